/**
 * The files of iproute2 on this machine that name routing tables and the like. What stands in them is read by
 * config/routing-names. Looks at disks, so it belongs to start, workers and commands, never to the loop.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NAME_FILES, type NameDirectories, type NameFileReader } from '../config/routing-names.js';

const PROTOCOLS = '/etc/protocols';
const USR_DIRECTORIES = ['/usr/share/iproute2', '/usr/lib/iproute2'];
const ETC_DIRECTORY = '/etc/iproute2';

/**
 * As iproute2 does: a file of the machine stands in place of the one that the system brings; what both have in a folder
 * NAME.d comes on top, the machine's last.
 */
export const nameFiles =
  ({ usr, etc = ETC_DIRECTORY }: NameDirectories): NameFileReader =>
  (kind) => {
    if (kind === 'ipProtocol') return textOf(PROTOCOLS);
    const file = NAME_FILES[kind];
    const system = usr === undefined ? USR_DIRECTORIES : [usr];
    const own = textOf(join(etc, file));
    const main =
      own.length > 0 ? own : system.flatMap((directory) => textOf(join(directory, file))).slice(0, 1);
    return [...main, ...[...system, etc].flatMap((directory) => textsOf(join(directory, `${file}.d`)))];
  };

/** One text, or none where there is no such file. */
function textOf(path: string): string[] {
  try {
    return [readFileSync(path, 'latin1')];
  } catch {
    return [];
  }
}

function textsOf(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.conf'))
      .sort()
      .flatMap((name) => textOf(join(directory, name)));
  } catch {
    return [];
  }
}
