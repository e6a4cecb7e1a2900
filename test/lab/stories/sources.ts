/**
 * Adverts from chosen addresses and to chosen groups: mcast_src_ip, unicast_src_ip, two unicast virtual routers with
 * one number, an instance without interface, mcast_dst_ip, and another group for all the rest. In each the higher
 * priority is master, its adverts come from where they shall and go where they shall, and the lower one obeys.
 */
import assert from 'node:assert/strict';
import type { Router } from '../router.js';
import { ALL_MIXES, type Stage, type Story } from '../stage.js';

/** Of srv1 and srv2: the primary address, and further ones. */
const HOSTS = [
  ['10.7.0.1', '10.7.0.11', '10.7.0.21', '10.7.0.31'],
  ['10.7.0.2', '10.7.0.12', '10.7.0.22', '10.7.0.32'],
] as const;
const GROUP = '239.255.0.99';
const OTHER_GROUP = '239.255.0.50';

interface Cell {
  readonly name: string;
  readonly vrid: number;
  /** Which of the addresses adverts come from. */
  readonly source: number;
  /** Where they go; undefined: to the same address of the other. */
  readonly group?: string;
  readonly lines: (own: string, other: string) => string;
  readonly nowhere?: true;
}

const unicast = (own: string, other: string): string =>
  `unicast_src_ip ${own}\n unicast_peer {\n ${other}\n }`;
const CELLS: readonly Cell[] = [
  { name: 'VI_plain', vrid: 1, source: 0, group: GROUP, lines: () => '' },
  { name: 'VI_mcast_src', vrid: 2, source: 1, group: GROUP, lines: (own) => `mcast_src_ip ${own}` },
  {
    name: 'VI_mcast_dst',
    vrid: 3,
    source: 0,
    group: OTHER_GROUP,
    lines: () => `mcast_dst_ip ${OTHER_GROUP}`,
  },
  { name: 'VI_unicast', vrid: 4, source: 1, lines: unicast },
  { name: 'VI_same_number', vrid: 4, source: 2, lines: unicast },
  { name: 'VI_nowhere', vrid: 5, source: 3, lines: unicast, nowhere: true },
];
const address = (cell: Cell): string => `10.7.0.${101 + CELLS.indexOf(cell)}`;

/** Debian's keepalived, 2.2.7, knows no instance without interface: beside ours it has one there. */
const configuration = ({ kind }: Router, own: 0 | 1, priority: number): string =>
  `global_defs {\n vrrp_mcast_group4 ${GROUP}\n}\n${CELLS.map(
    (cell) => `vrrp_instance ${cell.name} {
  ${cell.nowhere && kind === 'holdfast' ? '' : 'interface eth0'}
  virtual_router_id ${cell.vrid}
  priority ${priority}
  garp_master_delay 0
  ${cell.lines(HOSTS[own][cell.source] ?? '', HOSTS[1 - own]?.[cell.source] ?? '')}
  virtual_ipaddress {
    ${address(cell)}/32 dev eth0
  }
}`,
  ).join('\n')}`;

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const on = (which: 0 | 1): string[] => HOSTS[which].map((one, i) => `${one}/${i === 0 ? 24 : 32}`);
  const { captures } = await stage.wire('eth0', [on(0), on(1)]);
  const [wire] = captures;
  await srv2.start(configuration(srv2, 1, 100));
  for (const cell of CELLS) await srv2.untilHolds(address(cell));
  await srv1.start(configuration(srv1, 0, 150));
  for (const cell of CELLS) {
    await srv1.untilHolds(address(cell));
    await srv2.untilFree(address(cell));
  }
  // By the clock: what was sent before may reach the capture's reader only now.
  const settled = Date.now() / 1000;
  for (const cell of CELLS) {
    const source = HOSTS[0][cell.source];
    const destination = cell.group ?? HOSTS[1][cell.source];
    await wire.adverts.collect(
      `${cell.name}: ${source} > ${destination}`,
      2,
      (advert) =>
        advert.at > settled &&
        advert.source === source &&
        advert.destination === destination &&
        advert.virtualRouterId === cell.vrid,
    );
  }
  // Nothing goes anywhere else.
  const ways = new Set(
    CELLS.map((cell) => `${HOSTS[0][cell.source]} > ${cell.group ?? HOSTS[1][cell.source]}`),
  );
  const strange = wire.adverts.entries.filter(
    (one) => one.at > settled && !ways.has(`${one.source} > ${one.destination}`),
  );
  assert.deepEqual(strange, []);
  await srv1.kill();
  for (const cell of CELLS) await srv2.untilHolds(address(cell));
}

export const sources: Story = {
  name: 'adverts from chosen addresses to chosen groups, unicast twice under one number, no interface',
  mixes: ALL_MIXES,
  play,
};
