/**
 * Random configurations, each in two daemons at once, ours and Debian's keepalived: from what they do to the table of
 * IPVS, which scripts they call and what they tell by their FIFOs nobody can tell one from the other, be it after the
 * start, while servers fail and return, over reloads, or at the end. What differs by decision is not made
 * (docs/reference/differences.md). FUZZ_RUNS lives begin with the seed FUZZ_SEED and have FUZZ_STAGES
 * stages; beside each are FUZZ_STARTS starts of files with FUZZ_SLIPS slips of the pen.
 */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Prng } from '../../src/base/prng.js';
import { PATIENCE } from '../lab/journal.js';
import { projectRoot } from '../wire/fixtures.js';
import { compared, differences, type Pair } from './fuzz-compare.js';
import { edited, turned } from './fuzz-edit.js';
import { Side, type Sight } from './fuzz-lab.js';
import { Maker } from './fuzz-maker.js';
import { Starts } from './fuzz-starts.js';
import { isWhole, textOf } from './fuzz-text.js';
import type { Condition, Switch, World } from './fuzz-world.js';
import { withoutKeepalived } from './keepalived.js';
import { run } from './lvs-lab.js';
import type { KernelCase } from './suite.js';

/** Lives of a pair of daemons, one after the other. */
const LIVES = Number(process.env['FUZZ_RUNS'] ?? 1);
const STAGES = Number(process.env['FUZZ_STAGES'] ?? 9);
const FIRST = Number(process.env['FUZZ_SEED'] ?? 1);
/** Beside each life: starts of files with so many slips of the pen. */
const STARTS = Number(process.env['FUZZ_STARTS'] ?? 1);
const SLIPS = Number(process.env['FUZZ_SLIPS'] ?? 8);
/** What a stage may take on a busy machine. */
const STAGE_MS = 60_000;
const ARTIFACTS = join(projectRoot, 'artifacts');

const MODULES = 'ip_vs ip_vs_pe_sip dummy ipip sit ip6_tunnel'
  .split(' ')
  .concat('rr wrr lc wlc lblc lblcr dh sh fo ovf nq sed mh'.split(' ').map((name) => `ip_vs_${name}`));

/** After so many stages that differ the rest says little. */
const MAX_FAILURES = 2;

/** Somebody else's, which is nobody's business. */
const FOREIGN = '-A -t 203.0.113.1:80 -s rr\n-a -t 203.0.113.1:80 -r 10.1.0.50:80 -m -w 1';

/** What two daemons live through together, from the start to the stop. */
class Life {
  readonly report: string[] = [];
  readonly bad: string[] = [];
  readonly #began = Date.now();
  readonly #maker: Maker;
  /** What differed before is not said again. */
  readonly #known = new Set<string>();
  /** Services without their quorum, by their tags. */
  readonly #down = new Set<string>();
  #failures = 0;
  #world: World;
  #conditions: ReadonlyMap<Switch, Condition> = new Map();

  constructor(
    readonly seed: number,
    readonly pair: Pair,
  ) {
    this.#maker = new Maker(seed);
    this.#world = this.#maker.world();
  }

  async play(): Promise<void> {
    await this.#both((side) => side.build());
    await this.#both((side) => side.prepare(FOREIGN));
    await this.#put(0, 0);
    for (const side of this.pair) side.start(isWhole(this.#world));
    await this.#haveBegun();
    await this.#judge('the start');
    const chance = new Prng(this.seed);
    for (let n = 1; n < STAGES && this.#failures < MAX_FAILURES; n++) {
      if (chance.chance(0.65)) await this.#reload(n);
      else {
        await this.#put(n, 0.5);
        await this.#judge(`${n}: servers turned`);
      }
    }
    const spared = this.#served();
    await this.#both((side) => side.stop());
    await this.#judge('the stop', spared, true);
  }

  #both(body: (side: Side) => Promise<unknown>): Promise<unknown> {
    return Promise.all(this.pair.map(body));
  }

  async #put(n: number, turning: number): Promise<void> {
    this.#conditions = turned(this.#conditions, this.#world, this.seed * 1000 + 100 + n, turning);
    const text = textOf(this.#world);
    this.report.push(text, [...this.#conditions].map((one) => one.join(': ')).join('\n'));
    await this.#both((side) => side.turn(this.#conditions));
    for (const side of this.pair) side.write(text);
  }

  async #haveBegun(): Promise<void> {
    const end = Date.now() + PATIENCE;
    for (const side of this.pair) {
      while (!(await side.see()).table.some((line) => line.startsWith('-A') && !FOREIGN.includes(line))) {
        assert.ok(Date.now() < end, `${side.program} has not begun:\n${side.log}`);
        await delay(700);
      }
    }
  }

  async #reload(n: number): Promise<void> {
    const spared = this.#served();
    const { world, edits } = edited(this.#world, this.#maker, this.seed * 1000 + n);
    this.#world = world;
    const what = `${n}: reload with ${edits.join(', ')}`;
    this.report.push(`=== ${what}`);
    await this.#put(n, 0);
    await this.#both((side) => side.reload());
    await this.#judge(what, spared);
  }

  /** Services that are served by their sorry server. */
  #served(): Set<string> {
    return new Set(
      this.#world.virtuals.flatMap(({ tag, sorry }) => (sorry && this.#down.has(tag) ? [tag] : [])),
    );
  }

  /** When both have come to rest with the same, or not. */
  async #judge(when: string, spared: ReadonlySet<string> = new Set(), stopped = false): Promise<void> {
    const { found, theirs } = await compared(this.pair, (told, own) =>
      differences(told, own, spared, stopped).filter((line) => !this.#known.has(line)),
    );
    this.#learn(theirs);
    const seconds = ((Date.now() - this.#began) / 1000).toFixed(1);
    this.report.push(`=== ${seconds} s, ${when}: ${found.length === 0 ? 'the same' : found.join('\n')}`);
    if (found.length > 0) {
      this.#failures++;
      this.bad.push(`seed ${this.seed}, after ${when}:`, ...found);
    }
    for (const line of found) this.#known.add(line);
    for (const side of this.pair) side.forget();
  }

  #learn({ fifo }: Sight): void {
    for (const [name, lines] of fifo) {
      if (lines.at(-1)?.endsWith('DOWN')) this.#down.add(name);
      else this.#down.delete(name);
    }
  }
}

async function play(name: string, life: Life | Starts): Promise<void> {
  const { bad, pair, report } = life;
  run(`for one in ${MODULES.join(' ')}; do modprobe $one 2>/dev/null || true; done`);
  try {
    await life.play();
  } catch (error) {
    bad.push(String(error));
  } finally {
    await Promise.all(pair.map((side) => side.remove()));
    const logs = pair.flatMap(({ program, log }) => [`--- log of ${program}`, log]);
    if (existsSync(ARTIFACTS))
      writeFileSync(join(ARTIFACTS, `${name}.txt`), [...report, ...logs, ...bad].join('\n'));
  }
  assert.equal(bad.length, 0, bad.join('\n'));
}

const pairOf = (name: string): Pair => [new Side('keepalived', name), new Side('holdfast', name)];

export const cases: readonly KernelCase[] = Array.from({ length: LIVES }, (_, n) => FIRST + n).flatMap(
  (seed) => [
    {
      name: `random configurations, seed ${seed}: nobody tells us from Debian's keepalived beside us`,
      obstacle: withoutKeepalived,
      timeout: STAGES * STAGE_MS,
      run: () => play(`lvs-fuzz-${seed}`, new Life(seed, pairOf(`${seed}`))),
    },
    ...(STARTS === 0
      ? []
      : [
          {
            name: `slips of the pen, seed ${seed}: what both make of a file with them is the same`,
            obstacle: withoutKeepalived,
            timeout: STARTS * 2 * STAGE_MS,
            run: () => play(`lvs-slips-${seed}`, new Starts(seed, pairOf(`s${seed}`), STARTS, SLIPS)),
          },
        ]),
  ],
);
