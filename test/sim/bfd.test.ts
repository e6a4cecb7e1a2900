/**
 * Sessions over lossy, reordered and one-way links, through stalls, deaths and stops: the invariants hold in many
 * worlds, every row of the table is used in them, and no row can be taken away or bent unnoticed.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BFD_TRANSITIONS, type BfdRow } from '../../src/core/bfd/transitions.js';
import { BfdWorld, BrokenBfdInvariant, type Fate } from '../../src/sim/bfd-world.js';

const WORLDS = Math.max(40, Math.floor(Number(process.env['HOLDFAST_WORLDS'] ?? 0)));
const MUTANT_WORLDS = 40;

test(`${WORLDS} worlds hold, use every row, and their ways lose, reorder and fail in one direction`, () => {
  const used = new Map<string, number>();
  const fates = new Map<Fate, number>();
  for (let seed = 1; seed <= WORLDS; seed++) {
    const world = new BfdWorld(seed, {
      onBfdRow: (row) => {
        used.set(row, (used.get(row) ?? 0) + 1);
      },
      onWay: (fate) => {
        fates.set(fate, (fates.get(fate) ?? 0) + 1);
      },
    });
    try {
      world.run();
    } catch (error) {
      if (error instanceof Error) error.message += ` (seed ${seed})`;
      throw error;
    }
  }
  for (const { id } of BFD_TRANSITIONS) assert.ok((used.get(id) ?? 0) > 0, `${id} was never used`);
  for (const fate of ['lost', 'cut', 'one-way', 'overtaken', 'delivered'] as const)
    assert.ok((fates.get(fate) ?? 0) > WORLDS, `${fate}: ${fates.get(fate)}`);
});

function noticed(table: readonly BfdRow[]): string | undefined {
  for (let seed = 1; seed <= MUTANT_WORLDS; seed++) {
    try {
      new BfdWorld(seed, { bfdTransitions: table }).run();
    } catch (error) {
      if (!(error instanceof BrokenBfdInvariant)) throw error;
      return error.message;
    }
  }
  return undefined;
}

/** What nothing on the outside can tell, and why. */
const UNTOLD: Readonly<Record<string, string>> = {
  'three-way-2': 'from Init the next packet leads to Up as well, by three-way-3: one packet later',
};

test('a process that is stalled between reading and deciding reads again: without that, losses are false', () => {
  const broken: string[] = [];
  for (let seed = 1; seed <= MUTANT_WORLDS; seed++) {
    try {
      new BfdWorld(seed, { forgetsReading: true }).run();
    } catch (error) {
      if (!(error instanceof BrokenBfdInvariant)) throw error;
      broken.push(error.message);
    }
  }
  assert.ok(
    broken.some((text) => text.startsWith('receive-before-expire')),
    broken.join('\n'),
  );
});

describe('a broken table is noticed', () => {
  for (const row of BFD_TRANSITIONS) {
    test(`${row.id} is missing`, () => {
      assert.ok(noticed(BFD_TRANSITIONS.filter((one) => one !== row)));
    });
    const next = row.next === 'Up' ? 'Init' : 'Up';
    if (row.id in UNTOLD) continue;
    test(`${row.id} leads to ${next}`, () => {
      assert.ok(noticed(BFD_TRANSITIONS.map((one) => (one === row ? { ...one, next } : one))));
    });
  }
});
