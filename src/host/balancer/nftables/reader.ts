/**
 * What the kernel has of our table, asked in pieces that are small each: one set, one chain, or a part of a long answer.
 * What is done about a difference is decided in nft-balancer.ts. linux/netfilter/nf_tables.h
 */
import { MAX_NFT_READS } from '../../../base/limits.js';
import type { NetlinkMessage } from '../../../wire/netlink/message.js';
import { readGeneration, writeGenerationQuery } from '../../../wire/netlink/nftables/batch.js';
import {
  decodeNftMessage,
  type NftElement,
  type NftObject,
  writeNftDump,
} from '../../../wire/netlink/nftables/object.js';
import { NETLINK_NETFILTER } from '../../linux/constants.js';
import { RtnlClient } from '../../linux/rtnl-client.js';
import { chainName, serversName, TABLE } from './names.js';
import { familyOfNft, mapsOf, type NftService, type OurFamily, rulesOf } from './rules.js';
import { ENTRIES, elementText, entryOf, entryRules, HOOKS, type NftEntry } from './steps.js';

export interface NftWhole {
  /** Those that are not hooked in. */
  readonly chains: readonly string[];
  readonly sets: ReadonlySet<string>;
  /** By the chain that they lead to. */
  readonly entries: ReadonlyMap<string, readonly NftEntry[]>;
}

export class NftReader {
  readonly #client = new RtnlClient(NETLINK_NETFILTER);

  /** How many transactions the rules have seen, whosesoever; undefined: the kernel does not tell. */
  generation(): number | undefined {
    const answer = this.#client.request('asking for the generation of nftables', writeGenerationQuery);
    return answer.ok ? answer.value.map(readGeneration).find((one) => one !== undefined) : undefined;
  }

  /** Whether the service's own rules and maps are as we made them: rules by their number, maps by what is in them. */
  isIntact(state: NftService, counters: boolean): boolean {
    const family = familyOfNft(state);
    if (this.#rules(family, chainName(state.service.identity)) !== rulesOf(state).length) return false;
    return mapsOf(state, counters).every(({ set, elements }) => {
      const found = this.#elements(family, set.set);
      return found !== undefined && (!elements || sameElements(found, elements.map(elementText)));
    });
  }

  /** The same of what leads to the services of one family; yields between parts of a long answer. */
  *isTableIntact(family: OurFamily, services: () => readonly NftService[]): Generator<void, boolean> {
    const rules = entryRules(family).length;
    if (HOOKS.some((hook) => this.#rules(family, hook) !== rules)) return false;
    for (const set of ENTRIES) {
      const found = yield* this.#entries(family, set);
      // Whatever was changed meanwhile is found at the next look.
      if (found === 'interrupted') continue;
      const expected = services()
        .map(entryOf)
        .filter((one) => one.set === set);
      if (
        !found ||
        !sameKeys(
          found,
          expected.map(({ element }) => element),
        )
      )
        return false;
    }
    return true;
  }

  /** Connections that each server was given, by its number. */
  *counted(services: Iterable<NftService>): Generator<void, ReadonlyMap<number, bigint>> {
    const counted = new Map<number, bigint>();
    let asked = 0;
    for (const state of services) {
      for (const { key, packets } of this.#elements(
        familyOfNft(state),
        serversName(state.service.identity),
      ) ?? [])
        if (packets !== undefined)
          counted.set(new DataView(key.buffer, key.byteOffset).getUint32(0, true), packets);
      if (++asked % MAX_NFT_READS === 0) yield;
    }
    return counted;
  }

  /** Undefined: there is no such set. */
  #elements(family: OurFamily, set: string): NftElement[] | undefined {
    const answer = this.#client.dump(`reading ${set}`, (writer, sequence) =>
      writeNftDump(writer, sequence, 'elements', family, TABLE, set),
    );
    return answer.ok ? answer.value.flatMap(elementsIn) : undefined;
  }

  /** What stands in a family's table; undefined: it changed while it was read. */
  *whole(family: OurFamily): Generator<void, NftWhole | undefined> {
    const chains = yield* this.#all('chain', family);
    const sets = yield* this.#all('set', family);
    if (!Array.isArray(chains) || !Array.isArray(sets)) return undefined;
    const entries = new Map<string, NftEntry[]>();
    for (const set of ENTRIES) {
      const found = yield* this.#entries(family, set);
      if (!Array.isArray(found)) return undefined;
      for (const element of found) {
        const chain = element.verdict && 'chain' in element.verdict ? element.verdict.chain : '';
        const known = entries.get(chain);
        if (known) known.push({ set, element });
        else entries.set(chain, [{ set, element }]);
      }
    }
    return {
      chains: chains.flatMap((one) => (one.kind === 'chain' && !one.base ? [one.chain] : [])),
      sets: new Set(sets.flatMap((one) => (one.kind === 'set' ? [one.set] : []))),
      entries,
    };
  }

  *#entries(family: OurFamily, set: string): Generator<void, NftElement[] | 'interrupted' | undefined> {
    const found = yield* this.#all('elements', family, set);
    return Array.isArray(found)
      ? found.flatMap((object) => (object.kind === 'elements' ? object.elements : []))
      : found;
  }

  /** Undefined: there is no such thing. */
  *#all(
    kind: 'chain' | 'set' | 'elements',
    family: OurFamily,
    of?: string,
  ): Generator<void, NftObject[] | 'interrupted' | undefined> {
    const client = new RtnlClient(NETLINK_NETFILTER);
    try {
      const found: NftObject[] = [];
      const parts = client.dumpInParts(`reading ${of ?? kind}`, (writer, sequence) =>
        writeNftDump(writer, sequence, kind, family, TABLE, of),
      );
      for (;;) {
        const part = parts.next();
        if (part.done) return part.value === 'interrupted' ? 'interrupted' : part.value ? undefined : found;
        found.push(...part.value.flatMap(objectIn));
        yield;
      }
    } finally {
      client.close();
    }
  }

  #rules(family: OurFamily, chain: string): number | undefined {
    const answer = this.#client.dump(`reading ${chain}`, (writer, sequence) =>
      writeNftDump(writer, sequence, 'rule', family, TABLE, chain),
    );
    return answer.ok ? answer.value.length : undefined;
  }

  close(): void {
    this.#client.close();
  }
}

const objectIn = (message: NetlinkMessage): readonly NftObject[] => {
  const read = decodeNftMessage(message);
  return read.ok ? [read.value.object] : [];
};
const elementsIn = (message: NetlinkMessage): readonly NftElement[] =>
  objectIn(message).flatMap((object) => (object.kind === 'elements' ? object.elements : []));

function sameElements(found: readonly NftElement[], expected: readonly string[]): boolean {
  const there = new Set(found.map(elementText));
  return there.size === expected.length && expected.every((one) => there.has(one));
}

const sameKeys = (found: readonly NftElement[], expected: readonly NftElement[]): boolean =>
  sameElements(
    found.map(({ key }) => ({ key })),
    expected.map(({ key }) => elementText({ key })),
  );
