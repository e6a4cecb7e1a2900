/**
 * Room in V8's nursery for what must go quickly: bin/holdfast keeps it small, and collecting it takes from half a
 * millisecond to several. Who has a moment to spare beforehand has it collected then: hardly more often than V8 would by
 * itself, as long as little room is asked for.
 */
import { getHeapSpaceStatistics } from 'node:v8';
import { collectorOf } from './collect-garbage.js';

export class Nursery {
  readonly #collect = collectorOf();

  /** Collects it unless it has room for so many bytes. True: it did. */
  makeRoom(bytes: number): boolean {
    const nursery = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    if (nursery === undefined || nursery.space_available_size >= bytes) return false;
    this.#collect({ type: 'minor' });
    return true;
  }
}
