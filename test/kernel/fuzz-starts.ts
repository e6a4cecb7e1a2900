/** Starts and stops of a pair of daemons with configurations that have slips of the pen. */
import { setTimeout as delay } from 'node:timers/promises';
import { Prng } from '../../src/base/prng.js';
import { compared, differences, type Pair } from './fuzz-compare.js';
import { turned } from './fuzz-edit.js';
import { Maker } from './fuzz-maker.js';
import { slipped } from './fuzz-slip.js';
import { isWhole, textOf } from './fuzz-text.js';

/** How long a start may take; one that serves nobody has nothing to show. */
const START_MS = 40_000;

const SERVICES = 14;

export class Starts {
  readonly report: string[] = [];
  readonly bad: string[] = [];

  constructor(
    readonly seed: number,
    readonly pair: Pair,
    readonly count: number,
    readonly slips: number,
  ) {}

  async play(): Promise<void> {
    await this.#both((side) => side.build());
    for (let n = 0; n < this.count; n++) await this.#once(this.seed * 1000 + n);
  }

  #both(body: (side: Pair[0]) => Promise<unknown>): Promise<unknown> {
    return Promise.all(this.pair.map(body));
  }

  async #once(seed: number): Promise<void> {
    const chance = new Prng(seed);
    const maker = new Maker(seed);
    const world = maker.world();
    // A slip mostly matters to one of them.
    while (world.virtuals.length < SERVICES) maker.add(world);
    const conditions = turned(new Map(), world, seed, 0);
    const { text, slips } = slipped(textOf(world), chance, this.slips);
    const what = `start ${seed} with\n  ${slips.join('\n  ')}`;
    this.report.push(text, [...conditions].map((one) => one.join(': ')).join('\n'), `=== ${what}`);
    await this.#both((side) => side.turn(conditions));
    for (const side of this.pair) {
      side.log += `--- ${what}\n`;
      side.write(text);
      side.start(isWhole(world));
    }
    await this.#both((side) => this.#haveBegun(side));
    await this.#judge(what, new Set(), false);
    await this.#both((side) => side.stop());
    const served = world.virtuals.flatMap(({ tag, sorry }) => (sorry ? [tag] : []));
    await this.#judge(`stop after ${what}`, new Set(served), true);
    await this.#both((side) => side.clear());
  }

  async #haveBegun(side: Pair[0]): Promise<void> {
    const end = Date.now() + START_MS;
    while (side.runs && Date.now() < end && (await side.see()).table.length === 0) await delay(400);
  }

  async #judge(when: string, spared: ReadonlySet<string>, stopped: boolean): Promise<void> {
    const { found } = await compared(this.pair, (theirs, ours) => [
      ...(this.pair[0].runs === this.pair[1].runs ? [] : [`runs: theirs ${this.pair[0].runs}`]),
      ...differences(theirs, ours, spared, stopped),
    ]);
    this.report.push(`--- ${found.length === 0 ? 'the same' : found.join('\n')}`);
    if (found.length > 0) this.bad.push(`after ${when}:`, ...found);
    for (const side of this.pair) side.forget();
  }
}
