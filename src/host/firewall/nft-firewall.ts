/**
 * The firewall by nf_tables: each request is one transaction, done by the kernel while it is sent. It knows what it
 * has made, so that a transaction that finds something missing is done anew from nothing, at once, before any address
 * is set; and it hears when somebody else changes our tables. What is wanted is the engine's. DESIGN section 3.
 */
import { MAX_NETLINK_EVENTS_PER_TURN } from '../../base/limits.js';
import type { Effect } from '../../core/effects.js';
import type { Failure, Input } from '../../core/inputs.js';
import { type FirewallEntry, type FirewallKey, firewallKey } from '../../core/net/firewall-facts.js';
import { readNetlinkMessages } from '../../wire/netlink/message.js';
import { type NftStep, readNftAuthor } from '../../wire/netlink/nftables/batch.js';
import { decodeNftMessage, tableOf, writeNftDump } from '../../wire/netlink/nftables/object.js';
import { NETLINK_NETFILTER, NFNLGRP_NFTABLES } from '../linux/constants.js';
import { EAGAIN, ENOBUFS, ENOENT, EOPNOTSUPP, errnoSymbol, errnoText, SystemError } from '../linux/errno.js';
import { NetlinkSocket } from '../linux/netlink-socket.js';
import { type NftRefusal, NftTransactions, nftTableExists } from '../linux/nft-transactions.js';
import type { Poller, Watch } from '../linux/poller.js';
import { RtnlClient } from '../linux/rtnl-client.js';
import {
  familyOfPiece,
  type KernelAbilities,
  NftRules,
  type OurFamily,
  PIECES,
  type Piece,
  piecesOf,
} from './nft-rules.js';

type Request = Extract<Effect, { kind: 'apply-firewall' }>;

const FAMILIES: readonly OurFamily[] = ['ip', 'ip6'];
export class NftFirewall {
  readonly #poller: Poller;
  readonly #feed: (input: Input) => void;
  readonly #warn: (text: string) => void;
  #transactions: NftTransactions | undefined;
  #events: { readonly socket: NetlinkSocket; readonly watch: Watch } | undefined;
  #rules: NftRules | undefined;
  #abilities: KernelAbilities = { duplicate: true, kinds: true };
  /** Name of the tables in which our pieces stand. */
  #table: string | undefined;
  readonly #pieces = new Set<Piece>();
  readonly #entries = new Map<FirewallKey, FirewallEntry>();
  #touched = false;

  constructor(poller: Poller, feed: (input: Input) => void, warn: (text: string) => void) {
    this.#poller = poller;
    this.#feed = feed;
    this.#warn = warn;
  }

  /** Does one request; undefined: all of it is done. */
  apply({ place, fresh, operations }: Request): Failure | undefined {
    try {
      this.#rules = new NftRules(place, this.#abilities);
      const change = fresh ? undefined : this.#change(operations);
      const done = change !== undefined && !this.#commit(change);
      if (fresh) this.#entries.clear();
      for (const { operation, entry } of operations) {
        if (operation === 'add') this.#entries.set(firewallKey(entry), entry);
        else this.#entries.delete(firewallKey(entry));
      }
      // Something that should be there is not: all of it is made anew, in one go.
      const refused = done ? undefined : this.#rebuild([...this.#entries.values()]);
      if (refused) return this.#failed(refused);
      this.#table = place.table;
      if (this.#entries.size > 0) this.#listen();
      else if (fresh) this.#unlisten();
      return undefined;
    } catch (error) {
      if (error instanceof SystemError) return this.#failed({ failure: error.failure });
      throw error;
    }
  }

  #failed(refused: NftRefusal | { readonly failure: Failure }): Failure {
    this.#entries.clear();
    this.#pieces.clear();
    if ('failure' in refused) return remedied(refused.failure.code, refused.failure.message);
    const { errno, text } = refused;
    const says = text === undefined ? '' : ` (the kernel says: ${text})`;
    return remedied(errnoSymbol(errno), `nftables: ${errnoText(errno)}${says}`);
  }

  /** Only what differs; undefined where rules would come to stand in the wrong order. */
  #change(operations: Request['operations']): NftStep[] | undefined {
    const rules = this.#rules;
    if (!rules) return undefined;
    const of = (verb: 'add' | 'delete'): FirewallEntry[] =>
      operations.flatMap(({ operation, entry }) => (operation === verb ? [entry] : []));
    const needed = new Set(of('add').flatMap(piecesOf));
    const missing = PIECES.filter((piece) => needed.has(piece) && !this.#pieces.has(piece));
    const later = (piece: Piece): boolean =>
      PIECES.some(
        (other, i) =>
          i > PIECES.indexOf(piece) &&
          familyOfPiece(other) === familyOfPiece(piece) &&
          this.#pieces.has(other),
      );
    if (missing.some(later)) return undefined;
    for (const piece of missing) this.#pieces.add(piece);
    return [
      ...missing.flatMap((piece) => rules.make(piece)),
      ...rules.elements('delete', of('delete')),
      ...rules.elements('add', of('add')),
    ];
  }

  /** From nothing; what the kernel does not know how to do is left out, once that is known. */
  #rebuild(entries: readonly FirewallEntry[]): NftRefusal | undefined {
    for (;;) {
      const rules = new NftRules((this.#rules as NftRules).place, this.#abilities);
      this.#rules = rules;
      const needed = new Set(entries.flatMap(piecesOf));
      const pieces = PIECES.filter((piece) => needed.has(piece));
      const steps: NftStep[] = [];
      for (const name of new Set([this.#table ?? rules.place.table, rules.place.table]))
        for (const family of FAMILIES)
          if (nftTableExists(family, name))
            steps.push({ verb: 'delete', object: { kind: 'table', family, table: name } });
      steps.push(...pieces.flatMap((piece) => rules.make(piece)), ...rules.elements('add', entries));
      const refused = this.#commit(steps);
      if (refused && this.#doWithout(refused)) continue;
      this.#pieces.clear();
      if (refused) return refused;
      for (const piece of pieces) this.#pieces.add(piece);
      return refused;
    }
  }

  /** Whether the refusal is about something that can be left out. */
  #doWithout({ step, errno }: NftRefusal): boolean {
    if (step?.object.kind !== 'rule' || (errno !== ENOENT && errno !== EOPNOTSUPP)) return false;
    const has = (kind: string): boolean =>
      step.object.kind === 'rule' &&
      step.object.expressions.some((one) => one.kind === kind || ('key' in one && one.key === kind));
    if (has('oifkind') && this.#abilities.kinds && errno === EOPNOTSUPP) {
      this.#abilities = { ...this.#abilities, kinds: false };
      return true;
    }
    if (!has('duplicate') || !this.#abilities.duplicate) return false;
    this.#abilities = { ...this.#abilities, duplicate: false };
    this.#warn(
      'this kernel cannot duplicate packets (nft_dup): group memberships of virtual MACs are stopped, and not sent ' +
        'through the interface underneath; load nft_dup_ipv4 and nft_dup_ipv6 for that',
    );
    return true;
  }

  #commit(steps: readonly NftStep[]): NftRefusal | undefined {
    this.#transactions ??= new NftTransactions();
    return this.#transactions.commit(steps);
  }

  /** From the first rule on: whoever changes our tables is told of. */
  #listen(): void {
    if (this.#events) return;
    const socket = new NetlinkSocket(NETLINK_NETFILTER);
    try {
      socket.join(NFNLGRP_NFTABLES);
    } catch (error) {
      socket.close();
      throw error;
    }
    const watch = this.#poller.add(socket.fd, () => this.#readable(socket));
    this.#events = { socket, watch };
  }

  #unlisten(): void {
    this.#events?.watch.remove();
    this.#events?.socket.close();
    this.#events = undefined;
  }

  #readable(socket: NetlinkSocket): void {
    for (let count = 0; count < MAX_NETLINK_EVENTS_PER_TURN; count++) {
      const datagram = socket.receive();
      if (datagram === -EAGAIN) return;
      if (typeof datagram === 'number') {
        // Much happened, and what was dropped may have been about us.
        if (datagram === -ENOBUFS && !this.#intact()) this.#disturbed('somebody');
        continue;
      }
      for (const message of readNetlinkMessages(datagram).messages) {
        const author = readNftAuthor(message);
        if (author && this.#touched) this.#disturbed(`${author.name} (process ${author.pid})`);
        else if (message.port !== this.#transactions?.port && tableOf(message) === this.#rules?.place.table)
          this.#touched = true;
      }
    }
  }

  #disturbed(who: string): void {
    this.#touched = false;
    this.#feed({ kind: 'firewall-disturbed', who });
  }

  /** Whether as many rules and elements stand in our tables as we made. */
  #intact(): boolean {
    const rules = this.#rules;
    if (!rules) return true;
    const expected = new Map<string, number>();
    const count = (key: string, by: number): void => void expected.set(key, (expected.get(key) ?? 0) + by);
    const made = [
      ...PIECES.filter((piece) => this.#pieces.has(piece)).flatMap((piece) => rules.make(piece)),
      ...rules.elements('add', [...this.#entries.values()]),
    ];
    for (const { object } of made) {
      if (object.kind === 'rule') count(`${object.family} rules`, 1);
      if (object.kind === 'set') count(`${object.family} ${object.set}`, 0);
      if (object.kind === 'elements') count(`${object.family} ${object.set}`, object.elements.length);
    }
    const client = new RtnlClient(NETLINK_NETFILTER);
    try {
      for (const [key, number] of expected) {
        const [family, what = ''] = key.split(' ') as [OurFamily, string];
        const dumped = client.dump('reading our table', (writer, sequence) =>
          what === 'rules'
            ? writeNftDump(writer, sequence, 'rule', family, rules.place.table)
            : writeNftDump(writer, sequence, 'elements', family, rules.place.table, what),
        );
        if (!dumped.ok) return false;
        let found = 0;
        for (const message of dumped.value) {
          const read = decodeNftMessage(message);
          if (!read.ok) continue;
          const { object } = read.value;
          found += object.kind === 'elements' ? object.elements.length : 1;
        }
        if (found !== number) return false;
      }
      return true;
    } finally {
      client.close();
    }
  }

  close(): void {
    this.#unlisten();
    this.#transactions?.close();
    this.#transactions = undefined;
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  EPERM: 'run as root, or give CAP_NET_ADMIN; in a container it must be allowed for its network namespace',
  EOPNOTSUPP:
    'this kernel lacks nf_tables or a part of it: modprobe nf_tables, or build it with CONFIG_NF_TABLES_IPV4 and _IPV6',
  EPROTONOSUPPORT: 'this kernel has no nfnetlink: modprobe nf_tables, or build it with CONFIG_NF_TABLES',
};

function remedied(code: string, message: string): Failure {
  const remedy = REMEDIES[code];
  return { code, message: remedy === undefined ? message : `${message}; ${remedy}` };
}
