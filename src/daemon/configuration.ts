/**
 * Which file is read, and reading it: used at the start, by the reload's worker thread and by -t. Synchronous
 * and as slow as the file is large, so never on a running daemon's loop (DESIGN rule 11). What the text means
 * is src/config's.
 */
import { existsSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Environment } from '../config/cross-check.js';
import type { Diagnostic } from '../config/diagnostics.js';
import { type Loaded, type LoadOptions, loadConfiguration } from '../config/load.js';
import type { LogLevel } from '../core/effects.js';
import { configFiles } from '../host/config-files.js';
import type { DaemonOptions } from './args.js';
import { EXIT_CONFIG, EXIT_NO_CONFIG } from './exit-codes.js';

/** Without -f the first that exists; if none does, the message names the first. */
export const DEFAULT_CONFIGURATIONS = [
  '/etc/holdfast/holdfast.conf',
  '/etc/keepalived/keepalived.conf',
] as const;

/** Whether there is nothing to read because nobody named a file and none lies where they usually do. */
export const hasNone = (options: DaemonOptions): boolean =>
  options.configuration === undefined && !DEFAULT_CONFIGURATIONS.some((one) => existsSync(one));

export const NO_CONFIGURATION = `There is no configuration: neither ${DEFAULT_CONFIGURATIONS.join(' nor ')} exists, and no -f names another`;

/** What a worker thread needs to read the same configuration: plain data. */
export interface ConfigurationRequest {
  /** Absolute, so that a daemon in the background, whose directory is /, finds it again. */
  readonly path: string;
  readonly configId: string;
  readonly allIncludes: boolean;
}

export function configurationRequest(options: DaemonOptions): ConfigurationRequest {
  const path =
    options.configuration ??
    DEFAULT_CONFIGURATIONS.find((one) => existsSync(one)) ??
    DEFAULT_CONFIGURATIONS[0];
  return {
    path: resolve(path),
    configId: options.configId ?? hostname().split('.', 1)[0] ?? '',
    allIncludes: options.allIncludeChecks,
  };
}

export function loadOptions(request: ConfigurationRequest): LoadOptions {
  return {
    // Configuration text and the paths in it hold one character per byte.
    path: Buffer.from(request.path).toString('latin1'),
    configId: request.configId,
    allIncludes: request.allIncludes,
    seed: Date.now() % 0x1_0000_0000,
    environmentVariable: (name) => process.env[name],
  };
}

/** Bytes; 0 where it cannot be told, and reading it will say why. */
export function mainFileSize({ path }: ConfigurationRequest): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

export function readConfiguration(request: ConfigurationRequest, environment: Environment = {}): Loaded {
  return loadConfiguration(loadOptions(request), configFiles, environment);
}

/** What the daemon ends with when it cannot start with what was read. */
export const startExitCode = (loaded: Loaded): number =>
  loaded.configuration === undefined || loaded.verdict.exit === EXIT_NO_CONFIG ? EXIT_NO_CONFIG : EXIT_CONFIG;

/** One finding as one line of a log, with Keepalived's prefix where the place is known. */
export function diagnosticLine({ code, message, place, remedy }: Diagnostic): string {
  const where = place === undefined ? '' : `(${place.path}: Line ${place.line}) `;
  return `${where}${message} [${code}] ${remedy}`;
}

export const diagnosticLevel = ({ severity }: Diagnostic): LogLevel => {
  switch (severity) {
    case 'fatal':
    case 'error':
      return 'error';
    case 'warning':
      return 'warning';
    case 'note':
      return 'info';
  }
};
