/**
 * Random configurations, each in two daemons at once, ours and Debian's keepalived: from what they do to the table of
 * IPVS, which scripts they call and what they tell by their FIFOs nobody can tell one from the other, be it after the
 * start, while servers fail and return, over reloads, or at the end. What differs by decision is not made
 * (docs/reference/differences.md). FUZZ_RUNS lives begin with the seed FUZZ_SEED and have FUZZ_STAGES stages.
 */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Prng } from '../../src/base/prng.js';
import { projectRoot } from '../wire/fixtures.js';
import { edited, turned } from './fuzz-edit.js';
import { Side, type Sight } from './fuzz-lab.js';
import { textOf } from './fuzz-text.js';
import { type Condition, Maker, type Switch } from './fuzz-world.js';
import { withoutKeepalived } from './keepalived.js';
import { run } from './lvs-lab.js';
import type { KernelCase } from './suite.js';

/** Lives of a pair of daemons, one after the other. */
const LIVES = Number(process.env['FUZZ_RUNS'] ?? 1);
const STAGES = Number(process.env['FUZZ_STAGES'] ?? 24);
const FIRST = Number(process.env['FUZZ_SEED'] ?? 1);
const ARTIFACTS = join(projectRoot, 'artifacts');

/** The first checks come a second after the start; a second later all have their verdict, mostly. */
const CALM_MS = 2200;
const PATIENCE_MS = 12_000;
const MODULES = 'ip_vs ip_vs_pe_sip dummy ipip sit ip6_tunnel'
  .split(' ')
  .concat('rr wrr lc wlc lblc lblcr dh sh fo ovf nq sed mh'.split(' ').map((name) => `ip_vs_${name}`));

/** Somebody else's, which is nobody's business. */
const FOREIGN = '-A -t 203.0.113.1:80 -s rr\n-a -t 203.0.113.1:80 -r 10.1.0.50:80 -m -w 1';

type Pair = readonly [theirs: Side, ours: Side];

function differences(theirs: Sight, ours: Sight): string[] {
  const found: string[] = [];
  for (const part of ['table', 'thresholds', 'timeouts', 'daemons'] as const)
    found.push(...unlike(part, theirs[part], ours[part]));
  const names = new Set([theirs, ours].flatMap(({ scripts, fifo }) => [...scripts.keys(), ...fifo.keys()]));
  for (const name of [...names].sort()) {
    const lists = [theirs, ours].flatMap(({ scripts, fifo }) => [scripts.get(name), fifo.get(name)]);
    // Who goes and comes within a moment does so by chance, as one check or another ends first; and scripts of one that
    // does run side by side there.
    if (lists.some((lines) => lines && lines.length > 1)) continue;
    for (const part of ['scripts', 'fifo'] as const)
      found.push(...unlike(part, theirs[part].get(name) ?? [], ours[part].get(name) ?? []));
  }
  return found;
}

function unlike(part: keyof Sight, theirs: readonly string[], ours: readonly string[]): string[] {
  const missing = theirs.filter((line) => !ours.includes(line));
  const more = ours.filter((line) => !theirs.includes(line));
  if (missing.length + more.length > 0)
    return [
      ...missing.map((line) => `${part}: theirs ${line}`),
      ...more.map((line) => `${part}: ours   ${line}`),
    ];
  const order = theirs.filter((line, n) => line !== ours[n]);
  return order.length === 0 ? [] : [`${part}: in another order than theirs: ${order.join(' | ')}`];
}

/** Until both have come to rest with the same, or not. */
async function compare(pair: Pair, known: ReadonlySet<string>): Promise<string[]> {
  const end = Date.now() + PATIENCE_MS;
  await delay(CALM_MS);
  for (;;) {
    const [theirs, ours] = await Promise.all([pair[0].see(), pair[1].see()]);
    const found = differences(theirs, ours).filter((line) => !known.has(line));
    if (found.length === 0 || Date.now() > end) return found;
    await delay(400);
  }
}

async function bothHaveBegun(pair: Pair): Promise<void> {
  const end = Date.now() + 30_000;
  for (const side of pair) {
    for (;;) {
      const { table } = await side.see();
      if (table.some((line) => line.startsWith('-A') && !line.includes('203.0.113.1'))) break;
      assert.ok(Date.now() < end, `${side.program} has not begun:\n${side.log}`);
      await delay(700);
    }
  }
}

async function live(seed: number, pair: Pair, report: string[], bad: string[]): Promise<void> {
  const began = Date.now();
  const maker = new Maker(seed);
  let world = maker.world();
  let conditions: ReadonlyMap<Switch, Condition> = turned(new Map(), world, seed * 1000 + 100, 0);
  const both = (body: (side: Side) => Promise<unknown>): Promise<unknown> => Promise.all(pair.map(body));
  const put = async (): Promise<void> => {
    report.push(textOf(world), [...conditions].map((one) => one.join(': ')).join('\n'));
    await both((side) => side.turn(conditions));
    for (const side of pair) side.write(textOf(world));
  };
  const known = new Set<string>();
  const judge = async (when: string): Promise<void> => {
    const found = await compare(pair, known);
    report.push(
      `=== ${((Date.now() - began) / 1000).toFixed(1)} s, ${when}: ${found.length === 0 ? 'the same' : found.join('\n')}`,
    );
    if (found.length > 0) bad.push(`seed ${seed}, ${when}:`, ...found);
    for (const line of found) known.add(line);
    for (const side of pair) side.forget();
  };
  await both((side) => side.build());
  await both((side) => side.prepare(FOREIGN));
  await put();
  for (const side of pair) side.start();
  await bothHaveBegun(pair);
  await judge('after the start');
  const chance = new Prng(seed);
  for (let n = 1; n < STAGES; n++) {
    const reloads = chance.chance(0.65);
    let what = 'servers turned';
    if (reloads) {
      const step = edited(world, maker, seed * 1000 + n);
      world = step.world;
      what = `reload with ${step.edits.join(', ')}`;
    }
    conditions = turned(conditions, world, seed * 1000 + 100 + n, reloads ? 0 : 0.5);
    report.push(`=== ${n}: ${what}`);
    await put();
    if (reloads) await both((side) => side.reload());
    await judge(`${n}: ${what}`);
  }
  await both((side) => side.stop());
  await judge('after the stop');
}

async function play(seed: number): Promise<string | undefined> {
  const pair: Pair = [new Side('keepalived', `${seed}`), new Side('holdfast', `${seed}`)];
  const report: string[] = [];
  const bad: string[] = [];
  try {
    await live(seed, pair, report, bad);
  } catch (error) {
    bad.push(String(error));
  } finally {
    await Promise.all(pair.map((side) => side.remove()));
    const logs = pair.flatMap(({ program, log }) => [`--- log of ${program}`, log]);
    if (existsSync(ARTIFACTS))
      writeFileSync(join(ARTIFACTS, `lvs-fuzz-${seed}.txt`), [...report, ...logs, ...bad].join('\n'));
  }
  return bad.length === 0 ? undefined : bad.join('\n');
}

export const cases: readonly KernelCase[] = Array.from({ length: LIVES }, (_, n) => ({
  name: `random configurations, seed ${FIRST + n}: nobody tells us from Debian's keepalived beside us`,
  obstacle: withoutKeepalived,
  run: async () => {
    run(`for one in ${MODULES.join(' ')}; do modprobe $one 2>/dev/null || true; done`);
    const bad = await play(FIRST + n);
    assert.equal(bad, undefined, bad);
  },
}));
