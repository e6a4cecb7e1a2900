/**
 * `-t`: reads and checks a configuration with the interfaces of this machine in view, says what it found, and
 * answers with Keepalived's exit codes (configuration reference section 9). Nothing is started.
 */
import { appendFileSync, closeSync, constants, openSync } from 'node:fs';
import { enterNetworkNamespace } from '../host/linux/namespace.js';
import { machineFacts } from '../host/machine-facts.js';
import type { DaemonOptions } from './args.js';
import {
  configurationRequest,
  diagnosticLine,
  hasNone,
  NO_CONFIGURATION,
  readConfiguration,
} from './configuration.js';
import { EXIT_FATAL } from './exit-codes.js';

/** Messages go to stderr, or are appended to `logTo`. Returns the exit code. */
export function testConfiguration(options: DaemonOptions, logTo: string | undefined): number {
  if (options.namespace !== undefined) {
    const entered = enterNetworkNamespace(options.namespace);
    if (!entered.ok) {
      process.stderr.write(
        `The network namespace "${options.namespace}" cannot be entered: ${entered.error.message}\n`,
      );
      return EXIT_FATAL;
    }
  }
  const { diagnostics, verdict } = readConfiguration(configurationRequest(options), machineFacts());
  const findings = diagnostics.map((diagnostic) => `${diagnosticLine(diagnostic)}\n`).join('');
  const text = hasNone(options) ? `${NO_CONFIGURATION}\n` : findings;
  if (logTo === undefined) process.stderr.write(text);
  else if (!append(logTo, text)) return EXIT_FATAL;
  return verdict.exit;
}

function append(path: string, text: string): boolean {
  try {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    const file = openSync(path, flags, 0o644);
    appendFileSync(file, text);
    closeSync(file);
    return true;
  } catch (error) {
    process.stderr.write(
      `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return false;
  }
}
