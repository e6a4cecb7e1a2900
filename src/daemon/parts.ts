/**
 * The parts of the program that the first file loads on demand, and what it knows by then of what they will do. Here they
 * are single modules; in the bundle bundled-parts.ts stands in for this file (tools/bundle.mjs).
 */
import type { runCommand } from '../cli/main.js';
import type { main } from './main.js';

/** `supervises`: this process has a worker. */
export const loadDaemon = (_supervises: boolean): Promise<{ main: typeof main }> => import('./main.js');

export const loadCommands = (_argv: readonly string[]): Promise<{ runCommand: typeof runCommand }> =>
  import('../cli/main.js');
