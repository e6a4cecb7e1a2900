/**
 * Datagrams know no end: the kernel sends those of a client that never pauses where its first one went, for as long as they
 * come, also when that server is gone, or when there was no service yet. So the kernel is made to forget such flows, and
 * their next datagram is balanced. Connections of TCP and SCTP are left alone. What is in the table is decided elsewhere.
 */
import { MAX_TRACKED_CONNECTIONS } from '../../../base/limits.js';
import type { Failure } from '../../../core/inputs.js';
import {
  decodeConntrack,
  writeConntrackDelete,
  writeConntrackDump,
} from '../../../wire/netlink/conntrack.js';
import { NETLINK_NETFILTER } from '../../linux/constants.js';
import { RtnlClient } from '../../linux/rtnl-client.js';
import { type Places, placesOf, serverOf, serversAsked } from './connections.js';
import { familyOfNft, type NftService, type OurFamily, PROTOCOLS } from './rules.js';

export class StaleFlows {
  /** Services with those of their servers that went. */
  #left: NftService[] = [];
  /** Services that came: what went to their addresses before was not theirs. */
  #come: NftService[] = [];
  #busy = false;
  #said = false;
  readonly #warn: (text: string) => void;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  /** A service is no longer as it was; undefined: it is not there. `wasAbsent`: the kernel had lost it meanwhile. */
  changed(before: NftService | undefined, after: NftService | undefined, wasAbsent: boolean): void {
    if (after && (!before || wasAbsent) && carriesDatagrams(after)) this.#come.push(after);
    if (!before || !carriesDatagrams(before)) return;
    const servers = new Map([...before.servers].filter(([key]) => !after?.servers.has(key)));
    if (servers.size > 0) this.#left.push({ ...before, servers });
  }

  forget(): void {
    this.#left = [];
    this.#come = [];
  }

  /** What is to be done about it in turns; undefined: nothing, or it is being done. May throw SystemError. */
  begin(services: () => Iterable<NftService>): Generator<void, void> | undefined {
    if (this.#busy || this.#left.length + this.#come.length === 0) return undefined;
    // From now on, not from its first turn: until then it would be begun again in every turn.
    this.#busy = true;
    return this.#end(services);
  }

  *#end(services: () => Iterable<NftService>): Generator<void, void> {
    try {
      const [left, come] = [this.#left, this.#come];
      this.forget();
      const ids = new Set(left.flatMap(({ servers }) => [...servers.values()].map(({ id }) => id)));
      // What came by a mark is known by its server alone, which other services may have, too.
      const others = left.some(({ service }) => service.identity.kind === 'mark') ? [...services()] : [];
      const gone = { ids, places: placesOf([...others, ...left]) };
      const fresh = placesOf(come);
      for (const family of new Set([...left, ...come].map(familyOfNft))) {
        const failure = yield* endFlows(family, gone, fresh);
        if (!failure || this.#said) continue;
        this.#said = true;
        this.#warn(
          `nftables: ${failure.message}: UDP clients that never pause stay with a server that left; modprobe nf_conntrack_netlink`,
        );
      }
    } finally {
      this.#busy = false;
    }
  }
}

const carriesDatagrams = ({ service: { identity } }: NftService): boolean =>
  identity.kind === 'mark' || identity.protocol === 'UDP';

function* endFlows(
  family: OurFamily,
  gone: { readonly ids: ReadonlySet<number>; readonly places: Places },
  fresh: Places,
): Generator<void, Failure | undefined> {
  const reader = new RtnlClient(NETLINK_NETFILTER);
  const writer = new RtnlClient(NETLINK_NETFILTER);
  let seen = 0;
  try {
    const parts = reader.dumpInParts('asking for flows of datagrams', (bytes, sequence) =>
      writeConntrackDump(bytes, sequence, family === 'ip' ? 'ipv4' : 'ipv6', PROTOCOLS.UDP),
    );
    for (;;) {
      const part = parts.next();
      if (part.done) return part.value === 'interrupted' ? undefined : part.value;
      seen += part.value.length;
      if (seen > MAX_TRACKED_CONNECTIONS) return undefined;
      for (const message of part.value) {
        const read = decodeConntrack(message);
        if (!read.ok || read.value.protocol !== PROTOCOLS.UDP) continue;
        const id = serverOf(read.value, gone.places);
        const wasNobodys =
          read.value.destination === read.value.answerer && serversAsked(read.value, fresh) !== undefined;
        if (wasNobodys || (id !== undefined && gone.ids.has(id)))
          writer.request('ending a flow', (bytes, sequence) =>
            writeConntrackDelete(bytes, sequence, message),
          );
      }
      yield;
    }
  } finally {
    reader.close();
    writer.close();
  }
}
