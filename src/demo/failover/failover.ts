/**
 * `npm run demo`: two routers that share an address and a client that pings it, put together for main.ts: the
 * cluster, its picture, its story, and which key does what.
 */
import type { Rights } from '../../lab/rights.js';
import type { Deed, Demo } from '../demo.js';
import { Cluster, type RouterName, VIRTUAL_ADDRESS } from './cluster.js';
import { tellStory } from './story.js';
import { draw } from './view.js';

export async function openFailover(rights: Rights): Promise<Demo> {
  const cluster = await Cluster.open(rights);
  return {
    draw: (canvas, busy) => {
      const { pings } = cluster;
      const picture = {
        address: VIRTUAL_ADDRESS,
        routers: cluster.routers,
        pings: pings.all,
        answered: pings.answered,
        lost: pings.lost,
        happenings: cluster.happenings,
        now: Date.now(),
        ...(busy === undefined ? {} : { busy }),
      };
      return draw(picture, canvas);
    },
    deed: (key) => deedOf(cluster, key),
    tell: (paint, print) => tellStory(cluster, paint, print),
    farewell: () => {
      const { answered, lost, outages } = cluster.pings;
      const longest = cluster.pings.longestOutage(0) / 1000;
      return [
        `${answered} pings answered, ${lost} lost in ${outages.length} outages.`,
        ...(outages.length > 0 ? [`The longest lasted ${longest.toFixed(2)} s.`] : []),
        'Next: docs/tutorial.md',
      ];
    },
    close: () => cluster.close(),
  };
}

/** Small letters are srv1's, capitals srv2's; each key does or undoes, whichever is due. */
function deedOf(cluster: Cluster, key: string): Deed | undefined {
  const name: RouterName = key === key.toLowerCase() ? 'srv1' : 'srv2';
  const router = cluster.router(name);
  const letter = key.toLowerCase();
  if (letter === 'p') {
    return router.power
      ? { words: `switching ${name} off`, act: () => cluster.switchOff(name) }
      : { words: `switching ${name} on`, act: () => cluster.switchOn(name) };
  }
  if (!router.power) return undefined;
  if (letter === 'h') {
    return router.httpd
      ? { words: `stopping httpd on ${name}`, act: () => cluster.stopHttpd(name) }
      : { words: `starting httpd on ${name}`, act: () => cluster.startHttpd(name) };
  }
  if (letter !== 'c') return undefined;
  return router.cable
    ? { words: `cutting the cable of ${name}`, act: () => cluster.cutCable(name) }
    : { words: `mending the cable of ${name}`, act: () => cluster.mendCable(name) };
}
