// `npm run bench`: measures Holdfast beside Debian's Keepalived in the same run, in network namespaces of its
// own, prints the ratios and keeps the figures under artifacts/bench/. It decides which suites there are and how
// often each case runs; the cases are in cases/, one file each.
//
//   npm run bench                     the suite `failover`
//   npm run bench -- failover --runs 20 --only takeover
//   npm run bench -- config           what testing and loading large configurations costs
//
// Exit codes: 0 measured; 1 a case failed; 2 wrong arguments, or no namespaces to be had.

import { parseArgs } from 'node:util';
import { findRights, type Rights } from '../src/lab/rights.js';
import { measureConfiguration } from './cases/configuration.js';
import { measureCost } from './cases/cost.js';
import { measureOutage } from './cases/outage.js';
import { measureStart } from './cases/start.js';
import { measureTakeover } from './cases/takeover.js';
import { type Comparison, describeMachine, keep, renderTable } from './report.js';
import { holdfast, keepalived, projectRoot, type Rival } from './rivals.js';

type Measure = (
  rights: Rights,
  rivals: readonly Rival[],
  runs: number,
  say: (text: string) => void,
) => Promise<Comparison | readonly Comparison[]>;

const outageAim = 'a median of at most 1 ms, the worst of 50 at most 5 ms';
const notAbove = "not above Keepalived's";

/** Suite, case, and how often it runs unless told. */
const suites: Readonly<Record<string, Readonly<Record<string, { measure: Measure; runs: number }>>>> = {
  failover: {
    takeover: { measure: measureTakeover, runs: 7 },
    start: { measure: measureStart, runs: 7 },
    cost: { measure: measureCost, runs: 3 },
  },
  vrrp: {
    'death-1s': { measure: measureOutage({ ending: 'death', interval: 1000, aim: outageAim }), runs: 50 },
    'death-100ms': { measure: measureOutage({ ending: 'death', interval: 100, aim: outageAim }), runs: 50 },
    'death-10ms': { measure: measureOutage({ ending: 'death', interval: 10, aim: outageAim }), runs: 50 },
    stop: { measure: measureOutage({ ending: 'stop', interval: 100, aim: notAbove }), runs: 20 },
    link: { measure: measureOutage({ ending: 'link', interval: 100, aim: notAbove }), runs: 20 },
  },
  config: {
    test: { measure: measureConfiguration, runs: 5 },
  },
};

const usage = `Usage: npm run bench -- [${Object.keys(suites).join('|')}] [--runs N] [--only CASE]`;

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { runs: { type: 'string' }, only: { type: 'string', multiple: true } },
    });
    const name = positionals[0] ?? 'failover';
    const suite = suites[name];
    if (suite === undefined) throw new Error(`There is no suite "${name}".`);
    for (const wanted of values.only ?? []) {
      if (!(wanted in suite)) throw new Error(`"${name}" has these cases: ${Object.keys(suite).join(', ')}.`);
    }
    const runs = values.runs === undefined ? undefined : Number(values.runs);
    if (runs !== undefined && !(Number.isInteger(runs) && runs >= 1))
      throw new Error('--runs wants a number.');
    const cases = Object.entries(suite).filter(([id]) => values.only?.includes(id) !== false);
    return { name, runs, cases };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

const { name, runs, cases } = readArguments();
const rights = await findRights();
if (!rights.ok) {
  console.error(`bench: ${rights.error}`);
  process.exit(2);
}
const say = (text: string): void => console.error(`bench: ${text}`);
const theirs = keepalived();
if (theirs === undefined) say('keepalived is not installed (apt install keepalived): no ratios today');
const rivals = [holdfast(), ...(theirs === undefined ? [] : [theirs])];

const comparisons: Comparison[] = [];
for (const [, { measure, runs: usual }] of cases) {
  const measured = await measure(rights.value, rivals, runs ?? usual, say);
  comparisons.push(
    ...(Array.isArray(measured) ? (measured as readonly Comparison[]) : [measured as Comparison]),
  );
}

const versions = Object.fromEntries(rivals.map((rival) => [rival.name, rival.version]));
const file = keep(projectRoot(), name, versions, comparisons, new Date());
const { processor, processors, kernel } = describeMachine();
console.log(`\n${rivals.map((rival) => `${rival.name} ${rival.version}`).join(' beside ')}`);
console.log(`${processors} x ${processor}, Linux ${kernel}\n`);
console.log(renderTable(comparisons));
console.log(`\nAll figures: ${file}`);
