/**
 * `npm run demo` and `npm run demo -- lvs`: networks of namespaces, which need neither root nor anything on this
 * machine but Node and util-linux. At a terminal a demo is live and has keys; otherwise, or with --story, it plays
 * by itself. Exit codes: 0 all went as it should, 1 it did not, 2 this machine cannot show it or there is no such demo.
 */
import { findRights, type Rights } from '../lab/rights.js';
import type { Demo } from './demo.js';
import { openFailover } from './failover/failover.js';
import { openLvs } from './lvs/lvs.js';
import { painter } from './paint.js';
import { showLive } from './terminal.js';

const DEMOS: Readonly<Record<string, (rights: Rights) => Promise<Demo>>> = {
  failover: openFailover,
  lvs: openLvs,
};

const words = process.argv.slice(2).filter((word) => word !== '--story');
const [name = 'failover'] = words;
const live =
  process.stdout.isTTY === true && process.stdin.isTTY === true && !process.argv.includes('--story');
const colours = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const locale = process.env['LC_ALL'] || process.env['LC_CTYPE'] || process.env['LANG'] || '';
const paint = painter(colours, !process.stdout.isTTY || /utf-?8/i.test(locale));

async function main(): Promise<number> {
  const open = Object.hasOwn(DEMOS, name) ? DEMOS[name] : undefined;
  if (open === undefined || words.length > 1) {
    console.error(`Usage: npm run demo [-- ${Object.keys(DEMOS).join('|')}] [--story]`);
    return 2;
  }
  const rights = await findRights();
  if (!rights.ok) {
    console.error(`The demo needs network namespaces: ${rights.error}.`);
    return 2;
  }
  const demo = await open(rights.value);
  try {
    if (!live) return (await demo.tell(paint, (line) => console.log(paint.glyphs(line)))) ? 0 : 1;
    await showLive(demo, paint);
    for (const line of demo.farewell()) console.log(line);
    return 0;
  } finally {
    await demo.close();
  }
}

// Whoever stops the story early shall not wait for it; the namespaces end with this process.
if (!live)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
process.exitCode = await main();
