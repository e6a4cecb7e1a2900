/**
 * `npm run demo`: two routers and a client in namespaces of their own, which need neither root nor anything on
 * this machine but Node and util-linux. At a terminal it is live and has keys; otherwise, or with --story, it
 * plays by itself. Exit codes: 0 all went well (the client was answered again each time), 1 it did not,
 * 2 this machine cannot show it.
 */
import { findRights } from '../lab/rights.js';
import { Cluster } from './cluster.js';
import { painter } from './paint.js';
import { tellStory } from './story.js';
import { showLive } from './terminal.js';

const live =
  process.stdout.isTTY === true && process.stdin.isTTY === true && !process.argv.includes('--story');
const colours = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const locale = process.env['LC_ALL'] || process.env['LC_CTYPE'] || process.env['LANG'] || '';
const paint = painter(colours, !process.stdout.isTTY || /utf-?8/i.test(locale));

async function main(): Promise<number> {
  const rights = await findRights();
  if (!rights.ok) {
    console.error(`The demo needs network namespaces: ${rights.error}.`);
    return 2;
  }
  const cluster = await Cluster.open(rights.value);
  try {
    if (!live) return (await tellStory(cluster, paint, (line) => console.log(paint.glyphs(line)))) ? 0 : 1;
    await showLive(cluster, paint);
    const { answered, lost, outages } = cluster.pings;
    const longest = cluster.pings.longestOutage(0) / 1000;
    console.log(`${answered} pings answered, ${lost} lost in ${outages.length} outages.`);
    if (outages.length > 0) console.log(`The longest lasted ${longest.toFixed(2)} s.`);
    console.log('Next: docs/tutorial.md');
    return 0;
  } finally {
    await cluster.close();
  }
}

// Whoever stops the story early shall not wait for it; the namespaces end with this process.
if (!live)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
process.exitCode = await main();
