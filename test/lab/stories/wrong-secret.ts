/**
 * Routers that do not share their secret, or not its kind: each refuses the other's adverts and is master by itself,
 * says so, and counts. A virtual router between them whose secret is right works on as if nothing were.
 */
import assert from 'node:assert/strict';
import { until } from '../journal.js';
import type { Router } from '../router.js';
import { ALL_MIXES, type Stage, type Story } from '../stage.js';

const SRV1 = '10.7.0.1';
const SRV2 = '10.7.0.2';
const secret = (type: 'PASS' | 'AH', word: string): string =>
  `authentication {\n auth_type ${type}\n auth_pass ${word}\n }`;

interface Cell {
  readonly first: string;
  readonly second: string;
  /** What a refusal is counted as; absent: nothing is refused. */
  readonly counter?: 'authentication' | 'authenticationType';
}

const CELLS: readonly Cell[] = [
  { first: secret('PASS', 'right'), second: secret('PASS', 'right') },
  { first: secret('AH', 'right'), second: secret('AH', 'right') },
  { first: secret('PASS', 'right'), second: secret('PASS', 'wrong'), counter: 'authentication' },
  { first: secret('AH', 'right'), second: secret('AH', 'wrong'), counter: 'authentication' },
  { first: secret('PASS', 'right'), second: '', counter: 'authenticationType' },
  { first: secret('AH', 'right'), second: secret('PASS', 'right'), counter: 'authenticationType' },
];
const address = (cell: number): string => `10.7.0.${101 + cell}`;

const configuration = (which: 'first' | 'second', priority: number): string =>
  CELLS.map(
    (cell, i) => `vrrp_instance VI_${i + 1} {
  interface eth0
  virtual_router_id ${i + 1}
  priority ${priority}
  garp_master_delay 0
  ${cell[which]}
  virtual_ipaddress {
    ${address(i)}/24
  }
}`,
  ).join('\n');

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const { captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const [wire] = captures;
  // They will say that they refuse each other where we made them to.
  for (const [i, cell] of CELLS.entries())
    if (cell.counter) for (const router of [srv1, srv2]) router.forgiveAbout(`(VI_${i + 1})`);
  await srv2.start(configuration('second', 100));
  for (const i of CELLS.keys()) await srv2.untilHolds(address(i));
  await srv1.start(configuration('first', 150));
  for (const i of CELLS.keys()) await srv1.untilHolds(address(i));
  for (const [i, cell] of CELLS.entries()) {
    if (cell.counter === undefined) await srv2.untilFree(address(i));
    else await wire.adverts.find(`srv2 still speaks for ${i + 1}`, fits(SRV2, i), wire.adverts.mark());
  }
  for (const router of [srv1, srv2]) if (router.kind === 'holdfast') await counted(router);
}

const fits =
  (source: string, cell: number) =>
  (advert: { readonly source: string; readonly virtualRouterId: number }): boolean =>
    advert.source === source && advert.virtualRouterId === cell + 1;

/** Ours has counted each refusal as what it is, and nothing where nothing is wrong. */
async function counted(router: Router): Promise<void> {
  for (const [i, { counter }] of CELLS.entries()) {
    const read = async () => (await router.status(`VI_${i + 1}`))?.counters;
    if (counter) {
      await until(
        `${router.name} counts ${counter} of ${i + 1}`,
        async () => ((await read())?.[counter] ?? 0) > 0,
      );
      const sign = new RegExp(`\\(VI_${i + 1}\\) refuses an advert from`);
      await router.waitForLog(sign);
    }
    const counters = await read();
    const other = counter === 'authentication' ? 'authenticationType' : 'authentication';
    assert.equal(counters?.[other], 0, `${router.name}, ${i + 1}: ${JSON.stringify(counters)}`);
  }
}

export const wrongSecret: Story = {
  name: 'secrets that do not fit: refused, counted, said; those that fit are not disturbed',
  mixes: ALL_MIXES,
  play,
};
