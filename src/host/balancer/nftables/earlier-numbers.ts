/**
 * Numbers that servers had in an earlier life: who is still there keeps its own, so that the clients that stick to it
 * stay with it. When they are asked for is decided in nft-balancer.ts.
 */
import { randomInt } from 'node:crypto';
import { type Destination, type Service, type ServiceKey, serviceKeyOf } from '../../../core/lvs/table.js';
import { serversName } from './names.js';
import type { NftReader } from './reader.js';
import { familyOfNft, placesOf } from './rules.js';
import { textOf } from './steps.js';

export class EarlierNumbers {
  /** By service and place, as far as they were asked for and are not yet taken. */
  readonly #left = new Map<ServiceKey, Map<string, number>>();

  /** Undefined: it is a new one. */
  take(reader: NftReader, service: Service, destination: Destination): number | undefined {
    const { identity } = service;
    const key = serviceKeyOf(identity);
    const left = this.#left.get(key) ?? reader.serverNumbers(familyOfNft({ service }), serversName(identity));
    this.#left.set(key, left);
    for (const place of placesOf(service, destination).map(textOf)) {
      const number = left.get(place);
      left.delete(place);
      if (number !== undefined) return number;
    }
    return undefined;
  }

  forget(key: ServiceKey): void {
    this.#left.delete(key);
  }
  clear(): void {
    this.#left.clear();
  }

  /** From where a life counts that finds an earlier one: what clients remember of lives before that is no number of it. */
  static beyond(): number {
    return randomInt(1, 0x7fff) << 16;
  }
}
