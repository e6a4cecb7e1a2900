// The two daemons that are compared: how each is started for VRRP alone, in the foreground, or only tests a file.
// What they are made to do is decided by the cases.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TOOL_PATH } from '../src/lab/rights.js';

export type RivalName = 'holdfast' | 'keepalived';

export interface Rival {
  readonly name: RivalName;
  /** What it calls itself, for the report. */
  readonly version: string;
  /** The words that run it with this configuration; `options` come before. */
  command(configuration: string, ...options: readonly string[]): readonly string[];
  /** The words that test this configuration and end. */
  test(configuration: string): readonly string[];
}

/** VRRP only, in the foreground, with the log on standard error alone. */
const foreground = ['-n', '-l', '-P', '-G', '-f'];

/** Folder that holds package.json, whatever folder this was compiled into. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

export function holdfast(): Rival {
  const root = projectRoot();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    name: 'holdfast',
    version: `${version}${describeCommit(root)} on node ${process.version}`,
    command: (configuration, ...options) => [
      join(root, 'bin/holdfast'),
      ...options,
      ...foreground,
      configuration,
    ],
    test: (configuration) => [join(root, 'bin/holdfast'), '-t', '-f', configuration],
  };
}

/** Undefined when it is not installed: the report then has figures of ours only, and says so. */
export function keepalived(): Rival | undefined {
  const asked = spawnSync('keepalived', ['--version'], { encoding: 'utf8', env: { PATH: TOOL_PATH } });
  if (asked.status !== 0) return undefined;
  return {
    name: 'keepalived',
    version: /v[\d.]+/.exec(`${asked.stdout}${asked.stderr}`)?.[0] ?? 'of unknown version',
    command: (configuration, ...options) => ['keepalived', ...options, ...foreground, configuration],
    test: (configuration) => ['keepalived', '-t', '-f', configuration],
  };
}

/** The version of bird, a third program in the cases about BFD; undefined when it is not installed. */
export function bird(): string | undefined {
  const asked = spawnSync('bird', ['--version'], { encoding: 'utf8', env: { PATH: TOOL_PATH } });
  return asked.status === 0 ? /[\d.]+/.exec(`${asked.stdout}${asked.stderr}`)?.[0] : undefined;
}

function describeCommit(root: string): string {
  const asked = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' });
  return asked.status === 0 ? ` (${asked.stdout.trim()})` : '';
}
