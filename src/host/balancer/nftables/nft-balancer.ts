/**
 * nftables as the data plane: connections are spread by NAT in a table of ours, each request one transaction. What stands
 * there is what we put there: a first transaction replaces whatever an earlier life left, so no connection is touched,
 * for the kernel keeps the translation of those it has. Somebody else's changes are seen when the table is read, and put
 * right. What is in the table is decided in core/lvs; how it is said in rules.ts. DESIGN rules 7, 8 and 11.
 */
import type { ByteWriter } from '../../../base/bytes.js';
import type { LogLevel } from '../../../core/effects.js';
import type { Failure } from '../../../core/inputs.js';
import type { BalancerEffect, BalancerResult } from '../../../core/lvs/balancer.js';
import {
  type Destination,
  type ObservedDestination,
  type ObservedService,
  type ServiceKey,
  serviceKeyOf,
} from '../../../core/lvs/table.js';
import type { Balancer, BalancerFeed } from '../../../ports/balancer.js';
import type { NftStep } from '../../../wire/netlink/nftables/batch.js';
import { decodeNftMessage, type NftElement, writeNftDump } from '../../../wire/netlink/nftables/object.js';
import { NETLINK_NETFILTER } from '../../linux/constants.js';
import { errnoSymbol, errnoText, SystemError } from '../../linux/errno.js';
import { type NftRefusal, NftTransactions, nftTableExists } from '../../linux/nft-transactions.js';
import { RtnlClient } from '../../linux/rtnl-client.js';
import { shownOperation } from '../refusals.js';
import { Draft, type DraftRefusal } from './draft.js';
import {
  changeSteps,
  FAMILIES,
  familyOfNft,
  type NftService,
  type OurFamily,
  SERVERS,
  TABLE,
  tableSteps,
} from './rules.js';

export interface NftBalancerOptions {
  readonly feed: BalancerFeed;
  /** Asks for a turn of the loop, in which step() goes on. */
  readonly requestTurn: () => void;
  readonly log: (level: LogLevel, text: string) => void;
}

type Apply = Extract<BalancerEffect, { kind: 'apply-balancer' }>;
type Read = Extract<BalancerEffect, { kind: 'read-balancer' }>;

export class NftBalancer implements Balancer {
  readonly #options: NftBalancerOptions;
  readonly #waiting: BalancerEffect[] = [];
  readonly #services = new Map<ServiceKey, NftService>();
  /** Families whose table is ours from this life. */
  readonly #tables = new Set<OurFamily>();
  #transactions: NftTransactions | undefined;
  /** The kernel counts in elements of maps. */
  #counters = true;
  #number = 0;
  #begun = false;

  constructor(options: NftBalancerOptions) {
    this.#options = options;
  }

  run(effect: BalancerEffect): void {
    this.#waiting.push(effect);
    // A change is not put off; a look waits for its turn.
    if (effect.kind === 'apply-balancer' && this.#waiting.length === 1) this.step();
    else this.#options.requestTurn();
  }

  step(): void {
    const effect = this.#waiting.shift();
    if (!effect) return;
    if (effect.kind === 'apply-balancer') this.#apply(effect);
    else this.#read(effect);
    if (this.#waiting.length > 0) this.#options.requestTurn();
  }

  #apply({ request, operations }: Apply): void {
    const draft = new Draft(this.#services, () => ++this.#number);
    const refusals = operations.map((operation) => draft.apply(operation));
    const failure = this.#commit(draft.touched);
    const results = operations.map((operation, i): BalancerResult => {
      const refusal = refusals[i];
      if (!refusal && !failure) return { operation };
      const { code, message } = refusal ? meaning(refusal) : (failure as Failure);
      return { operation, error: { code, message: `${shownOperation(operation)}: ${message}` } };
    });
    this.#options.feed({ kind: 'balancer-applied', request, results });
  }

  /** One transaction, or none at all: where it is refused nothing has changed. */
  #commit(touched: ReadonlyMap<ServiceKey, NftService | undefined>): Failure | undefined {
    try {
      const refused = this.#begun ? this.#send(touched) : this.#renew(touched);
      if (refused) return failureOfRefusal(refused);
    } catch (error) {
      if (error instanceof SystemError) return error.failure;
      throw error;
    }
    this.#keep(touched);
    return undefined;
  }

  #keep(touched: ReadonlyMap<ServiceKey, NftService | undefined>): void {
    for (const [key, service] of touched) {
      if (service) this.#services.set(key, service);
      else this.#services.delete(key);
    }
    if (this.#services.size > 0 || this.#tables.size === 0) return;
    // Nothing is left to balance: nothing of ours stays behind.
    const refused = this.#transaction(
      [...this.#tables].map((family) => ({
        verb: 'delete',
        object: { kind: 'table', family, table: TABLE },
      })),
    );
    if (!refused) this.#tables.clear();
  }

  #send(touched: ReadonlyMap<ServiceKey, NftService | undefined>): NftRefusal | undefined {
    const changes = [...touched].map(([key, after]) => ({ before: this.#services.get(key), after }));
    const needed = new Set(changes.flatMap(({ after }) => (after ? [familyOfNft(after)] : [])));
    const made = [...needed].filter((family) => !this.#tables.has(family));
    const refused = this.#withTables(made, () =>
      changes.flatMap(({ before, after }) => changeSteps(before, after)),
    );
    if (!refused) for (const family of made) this.#tables.add(family);
    return refused;
  }

  /** From nothing, whatever stands there: `touched` over what we have. */
  #renew(touched: ReadonlyMap<ServiceKey, NftService | undefined> = new Map()): NftRefusal | undefined {
    const wanted = new Map<ServiceKey, NftService | undefined>([...this.#services, ...touched]);
    const services = [...wanted.values()].flatMap((service) => (service ? [service] : []));
    const needed = [...new Set(services.map(familyOfNft))];
    const old = FAMILIES.filter((family) => nftTableExists(family, TABLE));
    const refused = this.#withTables(
      needed,
      () => services.flatMap((service) => changeSteps(undefined, service)),
      old,
    );
    if (refused) return refused;
    this.#begun = true;
    this.#tables.clear();
    for (const family of needed) this.#tables.add(family);
    return undefined;
  }

  /** Where the kernel cannot count in elements, nothing is counted. */
  #withTables(
    made: readonly OurFamily[],
    steps: () => NftStep[],
    old: readonly OurFamily[] = [],
  ): NftRefusal | undefined {
    for (;;) {
      const refused = this.#transaction([
        ...old.map(
          (family) => ({ verb: 'delete', object: { kind: 'table', family, table: TABLE } }) as const,
        ),
        ...made.flatMap((family) => tableSteps(family, this.#counters)),
        ...steps(),
      ]);
      const object = refused?.step?.object;
      if (!this.#counters || object?.kind !== 'set' || !object.counted) return refused;
      this.#counters = false;
      this.#options.log(
        'warning',
        'nftables: this kernel does not count in maps (Linux 5.7 does): no numbers of servers',
      );
    }
  }

  #transaction(steps: readonly NftStep[]): NftRefusal | undefined {
    this.#transactions ??= new NftTransactions();
    return this.#transactions.commit(steps);
  }

  #read({ request, services, statistics }: Read): void {
    const failure = this.#putRight();
    const wanted = services && new Set(services.map(serviceKeyOf));
    const counted = statistics ? this.#counted() : undefined;
    const found = failure ? [] : [...this.#services.entries()];
    const table: ObservedService[] = found.flatMap(([key, { service, servers }]) =>
      wanted && !wanted.has(key)
        ? []
        : [
            {
              service,
              destinations: [...servers.values()].map(({ id, destination }) =>
                observed(destination, counted?.get(id)),
              ),
            },
          ],
    );
    this.#options.feed({
      kind: 'balancer-table',
      request,
      table: { services: table, daemons: [], timeouts: {}, ours: [...this.#services.keys()] },
      ...(failure ? { error: failure } : {}),
    });
  }

  /** What somebody else did to our tables is undone, in one transaction. */
  #putRight(): Failure | undefined {
    try {
      if (!this.#begun || this.#tables.size === 0 || this.#intact()) return undefined;
      this.#options.log('warning', `nftables: somebody changed the table ${TABLE}: it is made anew`);
      const refused = this.#renew();
      return refused && failureOfRefusal(refused);
    } catch (error) {
      if (error instanceof SystemError) return error.failure;
      throw error;
    }
  }

  /** Whether as many rules and elements stand in our tables as we made. */
  #intact(): boolean {
    for (const family of this.#tables) {
      const steps = [
        ...tableSteps(family, this.#counters),
        ...[...this.#services.values()]
          .filter((service) => familyOfNft(service) === family)
          .flatMap((service) => changeSteps(undefined, service)),
      ];
      const expected = new Map<string, number>();
      for (const { object } of steps) {
        if (object.kind === 'rule') expected.set('', (expected.get('') ?? 0) + 1);
        else if (object.kind === 'set' && !object.dynamic)
          expected.set(object.set, expected.get(object.set) ?? 0);
        else if (object.kind === 'elements')
          expected.set(object.set, (expected.get(object.set) ?? 0) + object.elements.length);
      }
      for (const [set, count] of expected)
        if (this.#count(family, set === '' ? undefined : set) !== count) return false;
    }
    return true;
  }

  /** Rules of our table, or elements of one of its sets; undefined where it is not there. */
  #count(family: OurFamily, set: string | undefined): number | undefined {
    const elements = set === undefined ? undefined : this.#elements(family, set);
    if (set !== undefined) return elements?.length;
    return this.#dump(family, 'rule')?.length;
  }

  #elements(family: OurFamily, set: string): NftElement[] | undefined {
    return this.#dump(family, 'elements', set)?.flatMap((object) =>
      object.kind === 'elements' ? object.elements : [],
    );
  }

  #dump(family: OurFamily, kind: 'rule' | 'elements', set?: string) {
    const client = new RtnlClient(NETLINK_NETFILTER);
    try {
      const answers = client.dump('reading our table', (writer: ByteWriter, sequence) =>
        writeNftDump(writer, sequence, kind, family, TABLE, set),
      );
      if (!answers.ok) return undefined;
      return answers.value.flatMap((message) => {
        const read = decodeNftMessage(message);
        return read.ok ? [read.value.object] : [];
      });
    } finally {
      client.close();
    }
  }

  /** Connections that each server was given, by its number. */
  #counted(): ReadonlyMap<number, bigint> {
    const counted = new Map<number, bigint>();
    if (!this.#counters) return counted;
    for (const family of this.#tables)
      for (const { key, packets } of this.#elements(family, SERVERS) ?? [])
        if (packets !== undefined)
          counted.set(new DataView(key.buffer, key.byteOffset).getUint32(0, true), packets);
    return counted;
  }

  async close(): Promise<void> {
    this.#waiting.length = 0;
    this.#transactions?.close();
    this.#transactions = undefined;
  }
}

/** nf_tables sees the first packet of a connection only: connections are all that it counts. */
function observed(destination: Destination, connections: bigint | undefined): ObservedDestination {
  if (connections === undefined) return destination;
  return {
    ...destination,
    counters: { connections, packetsIn: 0n, packetsOut: 0n, bytesIn: 0n, bytesOut: 0n },
  };
}

const MEANINGS: Readonly<Record<DraftRefusal['code'], string>> = {
  EEXIST: 'it exists already',
  ESRCH: 'there is no such service',
  ENOENT: 'the service has no such server',
  EOPNOTSUPP: 'nftables cannot do that',
};
const meaning = ({ code, why }: DraftRefusal): Failure => ({ code, message: why ?? MEANINGS[code] });

function failureOfRefusal({ errno, text, step }: NftRefusal): Failure {
  const at = step ? ` at ${step.verb} ${step.object.kind}` : '';
  const said = text === undefined ? '' : ` (the kernel says: ${text})`;
  const remedy = 'modprobe nf_tables nft_chain_nat nft_numgen nft_hash nft_ct, as root or with CAP_NET_ADMIN';
  return { code: errnoSymbol(errno), message: `nftables: ${errnoText(errno)}${at}${said}; ${remedy}` };
}
