/** How much of many services one turn of the loop looks at or writes: by how many they are, and by how large. Pure. */
import { MAX_NFT_READ_SERVERS, MAX_NFT_READS } from '../../../base/limits.js';

/** In their order, as many in each part as a turn can carry, at least one. */
export function* inTurns<T>(all: Iterable<T>, serversOf: (one: T) => number): Generator<T[], void> {
  let part: T[] = [];
  let servers = 0;
  for (const one of all) {
    const more = serversOf(one);
    if (part.length === MAX_NFT_READS || (part.length > 0 && servers + more > MAX_NFT_READ_SERVERS)) {
      yield part;
      part = [];
      servers = 0;
    }
    part.push(one);
    servers += more;
  }
  if (part.length > 0) yield part;
}
