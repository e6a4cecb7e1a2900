/**
 * `npm run demo -- lvs`: three web servers behind one address, put together for main.ts: the farm, its picture, its
 * story, and which key does what.
 */
import type { Rights } from '../../lab/rights.js';
import type { Deed, Demo } from '../demo.js';
import { Farm, SERVERS, type ServerName } from './farm.js';
import { type Protagonists, tellStory } from './story.js';
import { draw } from './view.js';

/** Downloads that one key begins: with the example's weights 6, 4 and 2. */
const DOWNLOADS = 12;

export async function openLvs(rights: Rights): Promise<Demo> {
  const farm = await Farm.open(rights);
  let chosen: ServerName = SERVERS[0];
  return {
    draw: (canvas, busy) =>
      draw(
        {
          servers: farm.servers,
          director: farm.director,
          requests: farm.requests.all,
          downloads: farm.downloads,
          happenings: farm.happenings,
          chosen,
          ...(busy === undefined ? {} : { busy }),
        },
        canvas,
      ),
    deed: (key) => {
      const server = SERVERS[Number(key) - 1];
      if (server !== undefined) chosen = server;
      return server === undefined ? deedOf(farm, key, chosen) : undefined;
    },
    tell: (paint, print) => tellStory(farm, paint, print),
    farewell: () => {
      const { all, failed } = farm.requests;
      return [
        `${all.length} requests, ${failed} of them without an answer.`,
        'Next: docs/guides/load-balancing.md',
      ];
    },
    close: () => farm.close(),
  };
}

/** Each key does or undoes, whichever is due. */
export function deedOf(farm: Protagonists, key: string, name: ServerName): Deed | undefined {
  const server = farm.server(name);
  if (key === 's') {
    return server.running
      ? { words: `stopping ${name}`, act: () => farm.stop(name) }
      : { words: `starting ${name}`, act: () => farm.start(name) };
  }
  if (key === 'p') {
    return server.wholePage
      ? { words: `breaking the page of ${name}`, act: () => farm.breakPage(name) }
      : { words: `mending the page of ${name}`, act: () => farm.mendPage(name) };
  }
  if (key === 'd') {
    return server.status?.drained === true
      ? { words: `filling ${name}`, act: () => farm.fill(name) }
      : { words: `draining ${name}`, act: () => farm.drain(name) };
  }
  if (key === 'l') return { words: 'beginning downloads', act: async () => farm.download(DOWNLOADS) };
  return undefined;
}
