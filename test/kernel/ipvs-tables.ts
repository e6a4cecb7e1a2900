/** The tables that Keepalived 2.4.3 made of published configurations, where they lie beside the repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Loaded, loadConfiguration } from '../../src/config/load.js';
import { type ConfigReader, textOf } from '../../src/config/source.js';
import { commandFacts } from '../../src/host/command-facts.js';
import { configFiles } from '../../src/host/config-files.js';
import { projectRoot } from '../wire/fixtures.js';

const shared = join(projectRoot, '..', 'shared');
const folder = join(shared, 'reference', 'ipvs-tables');

export interface ReferenceTable {
  readonly name: string;
  /** As `ipvsadm -Sn` printed it. */
  readonly table: string;
  readonly load: () => Loaded;
}

export function referenceTables(): ReferenceTable[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .sort()
    .map((file) => {
      const name = file.slice(0, -'.txt'.length);
      const edited = /\.(noalpha|with-include)$/.exec(name);
      const base = edited ? name.slice(0, edited.index) : name;
      const path = pathOf(base);
      return {
        name,
        table: readFileSync(join(folder, file), 'utf8'),
        load: () => loadEdited(path, edited?.[1]),
      };
    });
}

function pathOf(base: string): string {
  const candidates = [
    join(shared, 'corpus', `${base}.conf`),
    join(shared, 'corpus', base, 'keepalived.conf'),
    join(shared, 'seeds', `${base}.conf`),
  ];
  return candidates.find((path) => existsSync(path)) ?? base;
}

/** The file that 011 includes and that is not there. */
const MISSING = `real_server 10.10.32.31 11211 {
  weight 3
  TCP_CHECK {
    connect_timeout 3
  }
}
real_server 10.10.32.32 11211 {
}
`;

/** As published, without the word alpha, or with the file that it includes. */
function loadEdited(path: string, edit: string | undefined): Loaded {
  const supplied = (asked: string): boolean => edit === 'with-include' && asked.includes('/realserver/');
  const files: ConfigReader = {
    list: configFiles.list,
    exists: (asked) => supplied(asked) || configFiles.exists(asked),
    read: (asked, limit) => {
      if (supplied(asked)) return { kind: 'text', bytes: MISSING, mode: 0o644 };
      const read = configFiles.read(asked, limit);
      if (edit !== 'noalpha' || read.kind !== 'text') return read;
      return { ...read, bytes: textOf(read.bytes).replaceAll(/\balpha\b/g, '') };
    },
  };
  return loadConfiguration({ path, configId: 'node1' }, files, { commands: commandFacts });
}
