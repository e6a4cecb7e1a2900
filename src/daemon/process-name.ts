/**
 * What our processes are called in lists: `comm`, by which `pidof`, `killall` and `ps -C` find them. The title, which
 * holds the command line, stays as it is. (directives-global section 3.2)
 */
import { writeFileSync } from 'node:fs';
import type { GlobalSettings } from '../config/model-globals.js';

type Names = Pick<GlobalSettings, 'processNames' | 'processName' | 'vrrpProcessName' | 'checkerProcessName'>;

/**
 * Of the process that speaks VRRP. Where no parent watches over it, it is the first process, too, and process_name is
 * about it. `programName` is what we were called by.
 */
export function vrrpName(names: Names, programName: string, alone: boolean): string {
  const { processNames, processName, vrrpProcessName } = names;
  const own = vrrpProcessName ?? (alone ? processName : undefined);
  return own ?? (processNames ? `${programName}_vrrp` : programName);
}

/** Of the process of the load balancer. */
export const checkerName = ({ processNames, checkerProcessName }: Names, programName: string): string =>
  checkerProcessName ?? (processNames ? `${programName}_lvs` : programName);

/** Of the parent that watches over it. */
export const parentName = ({ processName }: Names, programName: string): string => processName ?? programName;

/** Cut to fifteen bytes by the kernel. */
export function nameThisProcess(name: string): void {
  try {
    writeFileSync('/proc/self/comm', name);
  } catch {
    // Without /proc the name that we have has to do.
  }
}
