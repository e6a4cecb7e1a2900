/**
 * keepalived.data: configuration and state as text, in the sections and with the ` Name = value` lines that
 * people and scripts know from Keepalived (runtime reference section 4). Passwords are masked. Sections without a
 * line are left out. What stands in a section is decided in the files named after them.
 */

import { routeLine, ruleLine } from './route-words.js';
import type { DumpSource } from './source.js';
import { bfdLines } from './text-bfd.js';
import { globalLines } from './text-globals.js';
import { instanceLines } from './text-instance.js';
import { interfaceLines, socketLines } from './text-machine.js';
import { addressLines, garpGroupLines, trackGroupLines } from './text-statics.js';
import { processLines, scriptLines, syncGroupLines, trackFileLines } from './text-trackers.js';

type Section = readonly [heading: string, parts: Iterable<readonly string[]>];

/** In parts, one for each thing; ends with a newline. */
export function* textDump(source: DumpSource): Iterable<string> {
  for (const [heading, parts] of sections(source)) {
    let begun = false;
    for (const lines of parts) {
      if (lines.length === 0) continue;
      const head = begun ? [] : [`------< ${heading} >------`];
      begun = true;
      yield `${[...head, ...lines].join('\n')}\n`;
    }
  }
}

function sections({ configuration, inspection }: DumpSource): Section[] {
  const { globals, instances, syncGroups, scripts, trackFiles, trackProcesses, statics } = configuration;
  const groups = new Map(inspection.syncGroups.map((one) => [one.name, one]));
  return [
    ['Global definitions', [globalLines(globals)]],
    ['Static Addresses', addressLines(statics)],
    ['Static Routes', (statics?.routes ?? []).map((one) => [`     ${routeLine(one)}`])],
    ['Static Rules', (statics?.rules ?? []).map((one) => [`     ${ruleLine(one)}`])],
    ['Static Track groups', trackGroupLines(statics)],
    [
      'VRRP Topology',
      map(instances, (one) => instanceLines(one, inspection.instance(one.name), configuration)),
    ],
    ['VRRP Sockpool', map(inspection.sockets, (one) => socketLines(one, inspection, configuration))],
    ['VRRP Sync groups', map(syncGroups, (one) => syncGroupLines(one, groups.get(one.name), inspection))],
    ['VRRP Scripts', map(scripts, (one) => scriptLines(one, inspection.script(one.name), configuration))],
    [
      'VRRP Track files',
      map(trackFiles, (one) => trackFileLines(one, inspection.file(one.name), configuration)),
    ],
    [
      'VRRP Track processes',
      map(trackProcesses, (one) => processLines(one, inspection.process(one.name), configuration)),
    ],
    ['BFD Topology', map(configuration.bfdInstances, (one) => bfdLines(one, inspection.bfd(one.name)))],
    ['Gratuitous ARP delays', garpGroupLines(configuration)],
    ['Interfaces', map(inspection.links, (one) => interfaceLines(one, inspection, configuration))],
  ];
}

/** One by one, when it is asked for: many instances are not looked at in one go. */
function* map<T>(items: readonly T[], lines: (item: T) => readonly string[]): Iterable<readonly string[]> {
  for (const item of items) yield lines(item);
}
