/**
 * What the kernel has of our table, asked in pieces that are small each: one set, one chain, or a part of a long answer.
 * What is done about a difference is decided in nft-balancer.ts. linux/netfilter/nf_tables.h
 */
import { createHash } from 'node:crypto';
import { MAX_NFT_READ_SERVERS } from '../../../base/limits.js';
import type { NetlinkMessage } from '../../../wire/netlink/message.js';
import { readGeneration, writeGenerationQuery } from '../../../wire/netlink/nftables/batch.js';
import {
  decodeNftMessage,
  type NftElement,
  type NftObject,
  writeNftDump,
  writeNftQuery,
} from '../../../wire/netlink/nftables/object.js';
import { NETLINK_NETFILTER } from '../../linux/constants.js';
import { RtnlClient } from '../../linux/rtnl-client.js';
import { chainName, mapNames, serversName } from './names.js';
import { familyOfNft, mapsOf, type NftService, type OurFamily, rulesOf } from './rules.js';
import {
  ENTRIES,
  elementText,
  entryOf,
  entryRules,
  HOOKS,
  type NftEntry,
  tableSteps,
  textOf,
} from './steps.js';
import { inTurns } from './turns.js';
import { WrittenRules } from './written-rules.js';

/** Bytes of an answer that are a turn's work: the kernel's parts are of some 4 to 32 KiB, small sets of a few hundred bytes. */
const LONG_PART = 2048;

/** struct nfgenmsg. */
const NFGENMSG = 4;

/** `unsure`: there are as many rules as we wrote, and nobody knows whether they are the same. */
export type Standing = 'right' | 'unsure' | 'wrong';

export interface NftWhole {
  /** Those that are not hooked in. */
  readonly chains: readonly string[];
  readonly sets: ReadonlySet<string>;
  /** By the chain that they lead to. */
  readonly entries: ReadonlyMap<string, readonly NftEntry[]>;
}

export class NftReader {
  readonly #client = new RtnlClient(NETLINK_NETFILTER);
  readonly written = new WrittenRules();
  readonly #table: string;

  /** `table`: the name of ours. */
  constructor(table: string) {
    this.#table = table;
  }

  /** How many transactions the rules have seen, whosesoever; undefined: the kernel does not tell. */
  generation(): number | undefined {
    const answer = this.#client.request('asking for the generation of nftables', writeGenerationQuery);
    return answer.ok ? answer.value.map(readGeneration).find((one) => one !== undefined) : undefined;
  }

  /** How the service's own rules and maps are, compared with those that we made; yields between parts of a long answer. */
  *standing(state: NftService, counters: boolean): Generator<void, Standing> {
    const family = familyOfNft(state);
    for (const { set, elements } of mapsOf(state, counters)) {
      // What rules put there, thousands of clients, is theirs.
      if (!elements) {
        if (!this.#has(family, set.set)) return 'wrong';
        continue;
      }
      const found =
        elements.length > MAX_NFT_READ_SERVERS
          ? yield* this.#entries(family, set.set)
          : this.#elements(family, set.set);
      // Whatever was changed meanwhile is found at the next look.
      if (found === 'interrupted') continue;
      if (!found || !sameElements(found, elements)) return 'wrong';
    }
    return this.#rules(family, chainName(state.service.identity), rulesOf(state).length);
  }

  /** The same of what leads to the services of one family; yields between parts of a long answer. */
  *standingOfTable(family: OurFamily, services: () => readonly NftService[]): Generator<void, Standing> {
    if (this.#isDormant(family)) return 'wrong';
    const hooked = yield* this.#areHooked(family);
    if (!hooked) return 'wrong';
    for (const set of ENTRIES) {
      const found = yield* this.#entries(family, set);
      // Whatever was changed meanwhile is found at the next look.
      if (found === 'interrupted') continue;
      const expected = services()
        .map(entryOf)
        .filter((one) => one.set === set);
      if (
        !found ||
        !sameElements(
          found,
          expected.map(({ element }) => element),
        )
      )
        return 'wrong';
    }
    const all = HOOKS.map((hook) => this.#rules(family, hook, entryRules(family).length));
    return all.find((one) => one === 'wrong') ?? all.find((one) => one === 'unsure') ?? 'right';
  }

  /** Not there, or switched off. */
  #isDormant(family: OurFamily): boolean {
    const answer = this.#client.request('asking for our table', (writer, sequence) =>
      writeNftQuery(writer, sequence, family, this.#table),
    );
    return !answer.ok || answer.value.flatMap(objectIn).some((one) => one.kind === 'table' && one.dormant);
  }

  /** Whether the chains that the kernel enters are where they were hooked in, and let pass what they say nothing of. */
  *#areHooked(family: OurFamily): Generator<void, boolean> {
    const chains = yield* this.#all('chain', family);
    if (chains === 'interrupted') return true;
    const found = new Set((chains ?? []).map((chain) => JSON.stringify(chain)));
    return tableSteps({ family, table: this.#table }).every(
      ({ object }) => object.kind !== 'chain' || !object.base || found.has(JSON.stringify(object)),
    );
  }

  /** Connections that each server was given, by its number. */
  *counted(services: Iterable<NftService>): Generator<void, ReadonlyMap<number, bigint>> {
    const counted = new Map<number, bigint>();
    for (const part of inTurns(services, ({ servers }) => servers.size)) {
      for (const state of part)
        for (const { key, packets } of this.#elements(
          familyOfNft(state),
          serversName(state.service.identity),
        ) ?? [])
          if (packets !== undefined) counted.set(numberIn(key), packets);
      yield;
    }
    return counted;
  }

  /** Undefined: there is no such set. */
  #elements(family: OurFamily, set: string): NftElement[] | undefined {
    const answer = this.#client.dump(`reading ${set}`, (writer, sequence) =>
      writeNftDump(writer, sequence, 'elements', family, this.#table, set),
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
        writeNftDump(writer, sequence, kind, family, this.#table, of),
      );
      for (;;) {
        const part = parts.next();
        if (part.done) return part.value === 'interrupted' ? 'interrupted' : part.value ? undefined : found;
        found.push(...part.value.flatMap(objectIn));
        if (part.value.reduce((sum, { payload }) => sum + payload.length, 0) > LONG_PART) yield;
      }
    } finally {
      client.close();
    }
  }

  /** The rules of a chain as the kernel shows them, to be compared with the same; undefined: it cannot be read. */
  shown(family: OurFamily, chain: string): { readonly count: number; readonly digest: string } | undefined {
    const answer = this.#client.dump(`reading ${chain}`, (writer, sequence) =>
      writeNftDump(writer, sequence, 'rule', family, this.#table, chain),
    );
    if (!answer.ok) return undefined;
    const hash = createHash('sha1');
    // In front of the attributes stands how many transactions there were.
    for (const { payload } of answer.value) hash.update(payload.subarray(NFGENMSG));
    return { count: answer.value.length, digest: hash.digest('base64') };
  }

  #rules(family: OurFamily, chain: string, count: number): Standing {
    const shown = this.shown(family, chain);
    if (shown?.count !== count) return 'wrong';
    const known = this.written.of(family, chain);
    if (known === undefined) return 'unsure';
    return known === shown.digest ? 'right' : 'wrong';
  }

  /** Which of the maps that a chain's service may have are there. */
  mapsOfChain(family: OurFamily, chain: string): ReadonlySet<string> {
    return new Set(mapNames(chain).filter((set) => this.#has(family, set)));
  }

  #has(family: OurFamily, set: string): boolean {
    return this.#client.request(`asking for ${set}`, (writer, sequence) =>
      writeNftQuery(writer, sequence, family, this.#table, set),
    ).ok;
  }

  /** What numbers the servers of a service have in the kernel, by where they are. */
  serverNumbers(family: OurFamily, set: string): Map<string, number> {
    const numbers = new Map<string, number>();
    for (const { key, data } of this.#elements(family, set) ?? [])
      if (data) numbers.set(textOf(data), numberIn(key));
    return numbers;
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

const numberIn = (key: Uint8Array): number => new DataView(key.buffer, key.byteOffset).getUint32(0, true);

function sameElements(found: readonly NftElement[], expected: readonly NftElement[]): boolean {
  const there = new Set(found.map(elementText));
  return there.size === expected.length && expected.every((one) => there.has(elementText(one)));
}
