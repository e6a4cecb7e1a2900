/**
 * Where a daemon's control socket is: one rule for the daemon that makes it and the commands that look for it
 * (DESIGN section 4). Makes nothing.
 */
import { join } from 'node:path';

export const DEFAULT_RUN_DIRECTORY = '/run/holdfast';
export const SOCKET_NAME = 'control.sock';

export interface Whereabouts {
  /** `--run-dir`: taken as it is. */
  readonly runDirectory?: string;
  readonly namespace?: string;
  readonly instance?: string;
}

/** /run/holdfast[/NAMESPACE][_INSTANCE] */
export function runDirectory(where: Whereabouts): string {
  if (where.runDirectory !== undefined) return where.runDirectory;
  const base = where.namespace === undefined ? '' : `/${where.namespace}`;
  return `${DEFAULT_RUN_DIRECTORY}${base}${where.instance === undefined ? '' : `_${where.instance}`}`;
}

export const socketPath = (where: Whereabouts): string => join(runDirectory(where), SOCKET_NAME);
