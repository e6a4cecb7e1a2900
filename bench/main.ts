// `npm run bench`: measures Holdfast beside Debian's Keepalived in the same run, in network namespaces of its
// own, prints the ratios and keeps the figures under artifacts/bench/. Which suites there are is in suites.ts; the
// cases are in cases/, one file each.
//
//   npm run bench                     the suite `failover`
//   npm run bench -- failover --runs 20 --only takeover
//   npm run bench -- vrrp --quick     a short pass over all of it
//   npm run bench -- lvs              load balancing: large tables, health checks, NAT; in a second kernel where IPVS is needed
//   npm run bench -- bfd              detection, cost and takeovers with BFD, beside bird as well
//   npm run bench -- config           what testing and loading large configurations costs
//
// Exit codes: 0 measured; 1 a case failed (the others are measured and kept); 2 wrong arguments, or no namespaces
// to be had.

import { parseArgs } from 'node:util';
import { findRights } from '../src/lab/rights.js';
import { type Comparison, describeMachine, keep, renderTable } from './report.js';
import { holdfast, keepalived, projectRoot } from './rivals.js';
import { suites } from './suites.js';

const usage = `Usage: npm run bench -- [${Object.keys(suites).join('|')}] [--quick] [--runs N] [--only CASE]`;

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        runs: { type: 'string' },
        only: { type: 'string', multiple: true },
      },
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
    return { name, runs, quick: values.quick, cases };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

const { name, runs, quick, cases } = readArguments();
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
for (const [id, { measure, runs: usual, quickRuns }] of cases) {
  try {
    const occasion = { rights: rights.value, rivals, runs: runs ?? (quick ? quickRuns : usual), quick, say };
    comparisons.push(...(await measure(occasion)));
  } catch (error) {
    process.exitCode = 1;
    say(`the case ${id} failed: ${(error as Error).stack}`);
    if ((error as Error).cause !== undefined) say(`because of ${((error as Error).cause as Error).stack}`);
  }
}

const versions = Object.fromEntries(rivals.map((rival) => [rival.name, rival.version]));
const file = keep(projectRoot(), name, versions, comparisons, new Date());
const { processor, processors, kernel } = describeMachine();
console.log(`\n${rivals.map((rival) => `${rival.name} ${rival.version}`).join(' beside ')}`);
console.log(`${processors} x ${processor}, Linux ${kernel}\n`);
console.log(renderTable(comparisons));
console.log(`\nAll figures: ${file}`);
