/**
 * Collects garbage of V8's heap at a moment of our own choosing, which is one in which nothing can be late. Only after a
 * large configuration was read is there anything worth it: V8 lets a heap double before it looks, and what lives would
 * come to lie among what reading left behind, so that no page of it could be given back later. How long it takes depends
 * on what lives, not on what is garbage: some ten milliseconds before the engine is made.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collector = (what?: { readonly type: 'minor' }) => void;

/** V8's own: of the whole heap, or of the nursery alone. */
export function collectorOf(): Collector {
  // Node has no other way to it without an option of the command line.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  // V8's kept code (docs/adr/0022) is of use under the options only that it was made with.
  setFlagsFromString('--no-expose-gc');
  return typeof collect === 'function' ? (collect as Collector) : () => {};
}

export const collectGarbage = (): void => collectorOf()();
