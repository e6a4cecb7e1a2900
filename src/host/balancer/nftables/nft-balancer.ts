/**
 * nftables as the data plane: connections are spread by NAT in a table of ours. A service changes in one transaction, or
 * in several where very much of it changes; of many services a bounded part does in each turn (apply-job.ts). What an earlier life left is replaced service by service under the same
 * names, servers keep their numbers, so that clients stay with theirs, and then what nobody wants goes; connections go on,
 * for the kernel keeps the translation of those it has.
 * Somebody else's changes are seen when the table is read, that it is gone at once, and put right. What is in the table is decided in core/lvs;
 * how it is said in rules.ts and steps.ts. DESIGN rules 7, 8, 10 and 11.
 */
import { MAX_NFT_READS } from '../../../base/limits.js';
import type { LogLevel } from '../../../core/effects.js';
import type { Failure } from '../../../core/inputs.js';
import type { BalancerEffect } from '../../../core/lvs/balancer.js';
import { type ConnectionCounts, type ServiceKey, serviceKeyOf } from '../../../core/lvs/table.js';
import type { Balancer, BalancerFeed } from '../../../ports/balancer.js';
import type { NftStep } from '../../../wire/netlink/nftables/batch.js';
import { EBUSY, SystemError } from '../../linux/errno.js';
import { type NftRefusal, NftTransactions, nftTableExists } from '../../linux/nft-transactions.js';
import type { Poller } from '../../linux/poller.js';
import { nftFailureOf, nftRefusalOf } from '../refusals.js';
import { ApplyJob, type Means, type Touched } from './apply-job.js';
import { standingConnections } from './connections.js';
import { Draft, type NumberOf } from './draft.js';
import { EarlierNumbers } from './earlier-numbers.js';
import { chainName, tableName } from './names.js';
import { observedService } from './observation.js';
import { NftReader, type Standing } from './reader.js';
import { FAMILIES, familyOfNft, type NftService, type OurFamily, type OurTable } from './rules.js';
import { StaleFlows } from './stale-flows.js';
import {
  changeSteps,
  dropTable,
  HOOKS,
  leftoverSteps,
  repairEntrySteps,
  repairSteps,
  repairTableSteps,
  strayMapSteps,
  tableSteps,
} from './steps.js';
import { TableGuard } from './table-guard.js';
import { inTurns } from './turns.js';

export interface NftBalancerOptions {
  readonly poller: Poller;
  /** The name of the daemon, where it has one. */
  readonly daemon?: string | undefined;
  readonly feed: BalancerFeed;
  /** Asks for a turn of the loop, in which step() goes on. */
  readonly requestTurn: () => void;
  readonly log: (level: LogLevel, text: string) => void;
}

type Read = Extract<BalancerEffect, { kind: 'read-balancer' }>;
/** What is not as it was made, by the surest word about it. */
type Damaged<T> = Record<Exclude<Standing, 'right'>, T[]>;

export class NftBalancer implements Balancer {
  readonly #options: NftBalancerOptions;
  readonly #table: string;
  readonly #applies: ApplyJob[] = [];
  /** Each goes on by a bounded part when it is asked for the next. */
  readonly #reads: Generator<void, void>[] = [];
  readonly #services = new Map<ServiceKey, NftService>();
  /** Families that have our table. */
  readonly #tables = new Set<OurFamily>();
  /** Of these, families in whose table there may be something of an earlier life. */
  readonly #adopted = new Set<OurFamily>();
  readonly #earlier = new EarlierNumbers();
  readonly #flows: StaleFlows;
  /** Services that are not in the kernel, since a table has to be made anew: their turn comes. */
  readonly #absent = new Set<ServiceKey>();
  #transactions: NftTransactions | undefined;
  #reader: NftReader | undefined;
  /** From the first transaction on. */
  #guard: TableGuard | undefined;
  /** The kernel counts in elements of maps. */
  #counters = true;
  #number = 0;
  #begun = false;
  /** Transactions of ours so far. */
  #commits = 0;
  /** Everything was right when the rules had seen so many transactions, and ours were so many. */
  #verified: { readonly generation: number; readonly commits: number } | undefined;

  constructor(options: NftBalancerOptions) {
    this.#options = options;
    this.#table = tableName(options.daemon);
    this.#flows = new StaleFlows((text) => options.log('warning', text));
  }

  run(effect: BalancerEffect): void {
    if (effect.kind === 'apply-balancer') {
      this.#applies.push(new ApplyJob(effect.request, effect.operations));
      // A change is not put off; a look waits for its turn.
      if (this.#applies.length === 1) this.#stepApply();
    } else this.#reads.push(this.#read(effect));
    this.#goOn();
  }

  step(): void {
    this.#stepApply();
    if (this.#guard?.missing(this.#tables)) this.#reads.push(this.#comeBack());
    if (this.#reads[0]?.next().done) this.#reads.shift();
    this.#goOn();
  }

  #goOn(): void {
    const flows = this.#flows.begin(() => this.#services.values());
    if (flows) this.#reads.push(this.#quietly(flows));
    if (this.#applies.length + this.#reads.length > 0) this.#options.requestTurn();
  }

  #stepApply(): void {
    const [job] = this.#applies;
    if (!job) return;
    job.step(this.#means);
    if (!job.done) return;
    this.#applies.shift();
    if (this.#adopted.size > 0) this.#reads.push(this.#leaveBehind());
    this.#options.feed({ kind: 'balancer-applied', request: job.request, results: job.results });
  }

  readonly #means: Means = {
    draft: () => {
      // What stands there is known before servers get their numbers.
      this.#caught(() => this.#begin());
      return new Draft(this.#services, this.#numberOf, this.#table);
    },
    commit: (touched) => this.#tryCommit(touched),
    mayBeParted: () => this.#begun && this.#adopted.size === 0,
  };

  readonly #numberOf: NumberOf = (service, destination) => {
    const isAdopted = this.#adopted.has(familyOfNft({ service }));
    const earlier =
      isAdopted && !this.#services.has(serviceKeyOf(service.identity))
        ? this.#earlier.take(this.#look(), service, destination)
        : undefined;
    return earlier ?? ++this.#number;
  };

  /** One transaction; where it is refused each service has one of its own. What is refused is as it was before. */
  #commit(touched: Touched): ReadonlyMap<ServiceKey, Failure> {
    const failures = new Map<ServiceKey, Failure>();
    if (touched.size === 0) return failures;
    const failure = this.#tryCommit(touched);
    if (failure)
      for (const [key, service] of touched) {
        const own = touched.size === 1 ? failure : this.#tryCommit(new Map([[key, service]]));
        if (own) failures.set(key, own);
      }
    return failures;
  }

  #tryCommit(touched: Touched): Failure | undefined {
    const refused = this.#caught(() => {
      this.#begin();
      const refusal = this.#send(touched);
      if (refusal?.errno === EBUSY) return this.#takeBack() ?? this.#send(touched);
      // What was left behind may have maps of another shape.
      return refusal && this.#adopted.size > 0 ? this.#send(touched, 'maps anew') : refusal;
    });
    if (refused) return refused;
    for (const [key, service] of touched) {
      this.#flows.changed(this.#services.get(key), service, this.#absent.delete(key));
      this.#earlier.forget(key);
      if (service) this.#services.set(key, service);
      else this.#services.delete(key);
    }
    if (this.#services.size === 0) this.#flows.forget();
    return undefined;
  }

  #caught(send: () => NftRefusal | undefined): Failure | undefined {
    try {
      const refused = send();
      return refused && nftRefusalOf(refused);
    } catch (error) {
      if (error instanceof SystemError) return nftFailureOf(error.failure);
      throw error;
    }
  }

  /** Takes on the tables of an earlier life. */
  #begin(): undefined {
    if (this.#begun) return;
    for (const family of FAMILIES) {
      if (!nftTableExists(family, this.#table)) continue;
      if (this.#transaction(repairTableSteps(this.#at(family)))) {
        // Services come in their turns, as if there had been none.
        this.#options.log(
          'warning',
          `nftables: a table ${family} ${this.#table} of another shape is there: it is replaced`,
        );
        this.#transaction([dropTable(this.#at(family))]);
        continue;
      }
      this.#tables.add(family);
      this.#adopted.add(family);
    }
    if (this.#adopted.size > 0) this.#number = EarlierNumbers.beyond();
    const generation = this.#look().generation();
    // Of an earlier life nothing stays as it was.
    if (generation !== undefined) this.#verified = { generation, commits: this.#commits };
    this.#begun = true;
  }

  #send(touched: Touched, how?: 'maps anew'): NftRefusal | undefined {
    const changes = [...touched].map(([key, after]) => ({
      before: this.#absent.has(key) ? undefined : this.#services.get(key),
      after,
    }));
    // Nothing is left to balance: nothing of ours stays behind.
    if (![...this.#services.keys()].some((key) => !touched.has(key)) && !changes.some(({ after }) => after)) {
      const refused = this.#transaction([...this.#tables].map((family) => dropTable(this.#at(family))));
      if (!refused) this.#forgetTables();
      return refused;
    }
    const needed = new Set(changes.flatMap(({ after }) => (after ? [familyOfNft(after)] : [])));
    const made = [...needed].filter((family) => !this.#tables.has(family));
    const old = (state: NftService): ReadonlySet<string> | undefined =>
      how && this.#look().mapsOfChain(familyOfNft(state), chainName(state.service.identity));
    const refused = this.#counting((counters) => [
      ...made.flatMap((family) => tableSteps(this.#at(family))),
      ...changes.flatMap(({ before, after }) =>
        after && !before && this.#adopted.has(familyOfNft(after))
          ? repairSteps(after, counters, old(after))
          : changeSteps(before, after, counters),
      ),
    ]);
    if (!refused) for (const family of made) this.#tables.add(family);
    return refused;
  }

  /** What cannot be mended is made anew: the tables at once, services in their turns. */
  *#renew(): Generator<void, Failure | undefined> {
    return this.#caught(() => this.#dropAll()) ?? (yield* this.#returnAbsent());
  }

  #dropAll(): NftRefusal | undefined {
    const old = FAMILIES.filter((family) => nftTableExists(family, this.#table));
    const refused = this.#transaction(old.map((family) => dropTable(this.#at(family))));
    if (refused) return refused;
    this.#forgetTables();
    for (const key of this.#services.keys()) this.#absent.add(key);
    return undefined;
  }

  /** Somebody's rules in our table hold what has to go: they go with the table, and ours come back. */
  #takeBack(): NftRefusal | undefined {
    this.#options.log(
      'warning',
      `nftables: rules of somebody else in the table ${this.#table} hold what has to go: it is made anew without them`,
    );
    const refused = this.#dropAll();
    if (!refused) this.#reads.push(this.#comeBack());
    return refused;
  }

  *#returnAbsent(): Generator<void, Failure | undefined> {
    let failure: Failure | undefined;
    for (const keys of inTurns([...this.#absent], this.#sizeOf)) {
      // Who was removed meanwhile is no service any more.
      const part = keys.filter((key) => this.#absent.has(key));
      const failures = this.#commit(new Map(part.map((key) => [key, this.#services.get(key)])));
      failure ??= failures.values().next().value;
      yield;
    }
    return failure;
  }

  readonly #sizeOf = (key: ServiceKey): number => this.#services.get(key)?.servers.size ?? 0;

  /** Services of tables that somebody took come back in their turns. */
  #missTables(generation: number | undefined): void {
    if (this.#isAlone(generation)) return;
    const gone = [...this.#tables].filter((family) => !nftTableExists(family, this.#table));
    if (gone.length > 0) this.#sayChanged();
    // Where nothing of ours is left, all that will be there is what we write from now on.
    if (gone.length > 0 && gone.length === this.#tables.size && generation !== undefined)
      this.#verified = { generation, commits: this.#commits };
    for (const family of gone) {
      this.#tables.delete(family);
      this.#adopted.delete(family);
      for (const { service } of this.#ofFamily(family)) this.#absent.add(serviceKeyOf(service.identity));
    }
  }

  #sayChanged(): void {
    this.#options.log('warning', `nftables: somebody changed the table ${this.#table}: it is put right`);
  }

  #forgetTables(): void {
    this.#tables.clear();
    this.#adopted.clear();
    this.#earlier.clear();
  }

  /** Services of an earlier life that nobody wants any more go, some in each turn; what cannot be read stays until then. */
  *#leaveBehind(): Generator<void, void> {
    try {
      for (const family of [...this.#adopted]) yield* this.#leaveBehindOf(family);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }

  *#leaveBehindOf(family: OurFamily): Generator<void, void> {
    const there = yield* this.#look().whole(family);
    if (!there) return;
    for (let from = 0; from < there.chains.length; from += MAX_NFT_READS) {
      // Others may have come, or everything gone, meanwhile.
      if (!this.#adopted.has(family)) return;
      const ours = new Map(this.#ofFamily(family).map((one) => [chainName(one.service.identity), one]));
      const part = there.chains.slice(from, from + MAX_NFT_READS);
      const left = part.filter((chain) => !ours.has(chain));
      this.#transaction(left.flatMap((one) => leftoverSteps(this.#at(family), one, there)));
      this.#transaction(part.flatMap((chain) => strayMapSteps(ours.get(chain), there.sets)));
      yield;
    }
    this.#adopted.delete(family);
  }

  /** Where the kernel cannot count in elements, nothing is counted. */
  #counting(steps: (counters: boolean) => NftStep[]): NftRefusal | undefined {
    const refused = this.#transaction(steps(this.#counters));
    const object = refused?.step?.object;
    if (!this.#counters || object?.kind !== 'set' || !object.counted) return refused;
    if (this.#transaction(steps(false))) return refused;
    this.#counters = false;
    this.#options.log(
      'warning',
      'nftables: this kernel does not count in maps (Linux 5.7 does): no numbers of servers',
    );
    return undefined;
  }

  #transaction(steps: readonly NftStep[]): NftRefusal | undefined {
    this.#transactions ??= new NftTransactions();
    const refused = this.#transactions.commit(steps);
    if (refused || steps.length === 0) return refused;
    this.#commits++;
    const { log, poller, requestTurn } = this.#options;
    this.#guard ??= new TableGuard({
      table: this.#table,
      poller,
      requestTurn,
      warn: (text) => log('warning', text),
      ownPort: () => this.#transactions?.port,
    });
    for (const { verb, object } of steps)
      if (object.kind === 'table' && verb === 'add') this.#guard.made(object.family as OurFamily);
    this.#look().written.done(steps);
    return undefined;
  }

  /** What is refused is told at the next look. */
  #comeBack(): Generator<void, void> {
    return this.#quietly(this.#putRight());
  }

  *#quietly(work: Generator<void, unknown>): Generator<void, void> {
    try {
      yield* work;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }

  *#read({ request, services, statistics }: Read): Generator<void, void> {
    const wanted = services && new Set(services.map(serviceKeyOf));
    let given: ReadonlyMap<number, bigint> | undefined;
    let failure: Failure | undefined;
    const asked = (key: ServiceKey): boolean => !failure && (!wanted || wanted.has(key));
    let standing: ReadonlyMap<number, ConnectionCounts> | undefined;
    try {
      failure = yield* this.#putRight();
      const counting = [...this.#services].flatMap(([key, state]) => (asked(key) ? [state] : []));
      if (statistics && this.#counters) given = yield* this.#look().counted(counting);
      if (statistics) standing = yield* standingConnections(counting);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      failure = error.failure;
    }
    const table = [...this.#services].flatMap(([key, state]) =>
      asked(key) ? [observedService(state, { given, standing })] : [],
    );
    this.#options.feed({
      kind: 'balancer-table',
      request,
      table: { services: table, daemons: [], timeouts: {}, ours: [...this.#services.keys()] },
      ...(failure ? { error: failure } : {}),
    });
  }

  #at(family: OurFamily): OurTable {
    return { family, table: this.#table };
  }

  #look(): NftReader {
    this.#reader ??= new NftReader(this.#table);
    return this.#reader;
  }

  /**
   * What somebody else did to our tables is undone. May throw SystemError. Where nobody else had a transaction nothing is
   * looked at, but how the kernel shows our rules: so it is known later whether they are still the same.
   */
  *#putRight(): Generator<void, Failure | undefined> {
    if (!this.#begun || this.#tables.size + this.#absent.size === 0) return undefined;
    this.#missTables(this.#look().generation());
    const missing = yield* this.#returnAbsent();
    if (missing) return missing;
    yield* this.#leaveBehind();
    const generation = this.#look().generation();
    const commits = this.#commits;
    if (!this.#isAlone(generation)) {
      const damage = yield* this.#damage();
      if (damage.tables.wrong.length + damage.services.wrong.length > 0) this.#sayChanged();
      // Of rules that nobody can vouch for it is not said that they were changed.
      const failure = yield* this.#repair(damage.tables, [
        ...damage.services.wrong,
        ...damage.services.unsure,
      ]);
      if (failure) return failure;
      this.#verified = generation === undefined ? undefined : { generation, commits };
    }
    yield* this.#learn();
    return undefined;
  }

  /** Every transaction since everything was right was ours. */
  #isAlone(generation: number | undefined): boolean {
    const known = this.#verified;
    return known !== undefined && generation === known.generation + this.#commits - known.commits;
  }

  /** How rules are shown that we wrote since the last look, some chains in each turn, while nobody else writes. */
  *#learn(): Generator<void, void> {
    const reader = this.#look();
    const { written } = reader;
    const chains: [OurFamily, string][] = [...this.#tables].flatMap((family) => [
      ...HOOKS.map((hook): [OurFamily, string] => [family, hook]),
      ...this.#ofFamily(family).map(({ service }): [OurFamily, string] => [
        family,
        chainName(service.identity),
      ]),
    ]);
    const unknown = chains.filter(([family, chain]) => written.of(family, chain) === undefined);
    for (let from = 0; from < unknown.length; from += MAX_NFT_READS) {
      const part = unknown
        .slice(from, from + MAX_NFT_READS)
        .map(([family, chain]) => ({ family, chain, shown: reader.shown(family, chain) }));
      if (!this.#isAlone(reader.generation())) return;
      for (const { family, chain, shown } of part) if (shown) written.learn(family, chain, shown.digest);
      yield;
    }
  }

  *#damage(): Generator<void, { tables: Damaged<OurFamily>; services: Damaged<ServiceKey> }> {
    const reader = this.#look();
    const tables: Damaged<OurFamily> = { wrong: [], unsure: [] };
    for (const family of [...this.#tables]) {
      const standing = yield* reader.standingOfTable(family, () => this.#ofFamily(family));
      if (standing !== 'right' && this.#tables.has(family)) tables[standing].push(family);
    }
    const services: Damaged<ServiceKey> = { wrong: [], unsure: [] };
    for (const part of inTurns([...this.#services.keys()], this.#sizeOf)) {
      for (const key of part) {
        const state = this.#services.get(key);
        const standing = state ? yield* reader.standing(state, this.#counters) : 'right';
        // Of what we changed meanwhile the next look tells.
        if (standing !== 'right' && this.#services.get(key) === state) services[standing].push(key);
      }
      yield;
    }
    return { tables, services };
  }

  #ofFamily(family: OurFamily): NftService[] {
    return [...this.#services.values()].filter((state) => familyOfNft(state) === family);
  }

  /** First what leads to services, then some of them in each turn. */
  *#repair(tables: Damaged<OurFamily>, keys: readonly ServiceKey[]): Generator<void, Failure | undefined> {
    const mend = (steps: readonly NftStep[]): boolean => !this.#transaction(steps);
    let mended = mend([
      ...[...tables.wrong, ...tables.unsure].flatMap((family) => repairTableSteps(this.#at(family))),
      ...tables.wrong.flatMap((family) => repairEntrySteps(this.#at(family), this.#ofFamily(family))),
    ]);
    for (const part of inTurns(keys, this.#sizeOf)) {
      if (!mended) break;
      const states = part.flatMap((key) => this.#services.get(key) ?? []);
      mended = mend(states.flatMap((state) => repairSteps(state, this.#counters)));
      for (const state of states) this.#flows.changed(undefined, state, false);
      yield;
    }
    return mended ? undefined : yield* this.#renew();
  }

  async close(): Promise<void> {
    this.#applies.length = 0;
    this.#flows.forget();
    for (const read of this.#reads.splice(0)) read.return();
    this.#guard?.close();
    this.#guard = undefined;
    this.#transactions?.close();
    this.#transactions = undefined;
    this.#reader?.close();
    this.#reader = undefined;
  }
}
