/** The options by which every command finds a daemon, and the path they lead to. */
import { type Command, InvalidArgumentError } from 'commander';
import { socketPath } from '../admin/socket-path.js';

export interface WhereaboutsOptions {
  readonly socket?: string;
  readonly runDir?: string;
  readonly namespace?: string;
  readonly instance?: string;
}

export const withWhereabouts = (command: Command): Command =>
  command
    .option('--socket <path>', 'control socket of the daemon', something)
    .option('--run-dir <dir>', 'run directory of the daemon (/run/holdfast)', something)
    .option('-s, --namespace <name>', 'network namespace that the daemon was started for', something)
    .option('--instance <name>', 'instance name in the configuration of the daemon', something);

/** A variable of a script that is not set leaves nothing between the quotes: that is meant for no daemon. */
function something(value: string): string {
  if (value === '') throw new InvalidArgumentError('It is empty: leave the option out, or say which.');
  return value;
}

export const socketOf = (options: WhereaboutsOptions): string =>
  options.socket ??
  socketPath({
    ...(options.runDir === undefined ? {} : { runDirectory: options.runDir }),
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(options.instance === undefined ? {} : { instance: options.instance }),
  });
