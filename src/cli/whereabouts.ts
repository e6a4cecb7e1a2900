/** The options by which every command finds a daemon, and the path they lead to. */
import type { Command } from 'commander';
import { socketPath } from '../admin/socket-path.js';

export interface WhereaboutsOptions {
  readonly socket?: string;
  readonly runDir?: string;
  readonly namespace?: string;
  readonly instance?: string;
}

export const withWhereabouts = (command: Command): Command =>
  command
    .option('--socket <path>', 'control socket of the daemon')
    .option('--run-dir <dir>', 'run directory of the daemon (/run/holdfast)')
    .option('-s, --namespace <name>', 'network namespace that the daemon was started for')
    .option('--instance <name>', 'instance name in the configuration of the daemon');

export const socketOf = (options: WhereaboutsOptions): string =>
  options.socket ??
  socketPath({
    ...(options.runDir === undefined ? {} : { runDirectory: options.runDir }),
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(options.instance === undefined ? {} : { instance: options.instance }),
  });
