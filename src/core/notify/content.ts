/**
 * Which scripts a state calls and with which arguments: the state's own script as it is configured, then the
 * generic one with TYPE NAME STATE PRIORITY appended. When they run is decided in dispatch.ts.
 * Directives-vrrp section 11.
 */
import type { Command, NotifySettings } from '../../config/model.js';
import type { NotifyState } from '../effects.js';

const SPECIFIC = {
  MASTER: 'master',
  BACKUP: 'backup',
  FAULT: 'fault',
  STOP: 'stop',
  DELETED: 'deleted',
} as const;

/** `priority` is the effective one of an instance and 0 for a group. */
export function notifyCommands(
  settings: NotifySettings,
  type: 'INSTANCE' | 'GROUP',
  name: string,
  state: NotifyState,
  priority: number,
): Command[] {
  const commands: Command[] = [];
  const specific = settings[SPECIFIC[state]];
  if (specific && specific !== 'fifo') commands.push(specific);
  if (settings.any) {
    const argv: Command['argv'] = [...settings.any.argv, type, name, state, String(priority)];
    commands.push({ ...settings.any, argv });
  }
  return commands;
}
