/**
 * The balancer's table as it shall be, as it was last seen, and the way from one to the other: read at the start, so that
 * what is right there stays with its connections; changed as the servers change, at a cost that grows with what changed;
 * compared now and then, and put right where somebody else was at it. What a data plane refuses is said once and tried
 * again, and holds up nothing else. How operations are planned stands in plan.ts. (DESIGN rules 7 to 10)
 */
import { MAX_TABLE_REMARKS } from '../../base/limits.js';
import { after, type Duration, type Instant, seconds } from '../../base/time.js';
import type { GlobalSettings } from '../../config/model-globals.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { BalancerInput, BalancerTable } from './balancer.js';
import { GLANCE_REST, Glances } from './glances.js';
import { KernelTimeouts } from './kernel-timeouts.js';
import type { LvsOutbox } from './outbox.js';
import { type BalancerOperation, planTable } from './plan.js';
import type { RealServer } from './real-server.js';
import { Refusals } from './refusals.js';
import { SyncDaemons } from './sync-daemons.js';
import {
  type Destination,
  type DestinationKey,
  destinationKeyOf,
  type Service,
  type ServiceIdentity,
  type ServiceKey,
  serviceKeyOf,
  tableOf,
} from './table.js';
import { foundDifferent } from './table-words.js';
import type { VirtualServer } from './virtual-server.js';
import { Wishes } from './wishes.js';

/** How often the whole table is compared. */
const COMPARE_INTERVAL: Duration = seconds(60);
const FIRST_RETRY: Duration = seconds(1);
const LAST_RETRY: Duration = seconds(60);

interface Observed {
  service: Service;
  readonly destinations: Map<DestinationKey, Destination>;
}

type Reading =
  /** The first look, before anything is done. */
  | 'start'
  /** Somebody may have changed it. */
  | 'compare'
  /** Somebody has: one of its services is not as it was. */
  | 'changed'
  /** Something was refused. */
  | 'retry';

/**
 * One look at the table. A change is not put off for it, so its answer may have been read before a change was done and
 * arrive after: of what was on its way meanwhile it says nothing.
 */
interface Look {
  readonly request: number;
  readonly why: Reading;
  /** Services of which something was on its way at some moment of the look. */
  readonly overtaken: Set<ServiceKey>;
  /** Likewise daemons and timeouts; and everything, where all services were removed at once. */
  daemons: boolean;
  timeouts: boolean;
  all: boolean;
}

export class Upkeep {
  readonly #wishes = new Wishes();
  #observed = new Map<ServiceKey, Observed>();
  #request = 0;
  #reading: Look | undefined;
  readonly #applying = new Map<number, readonly BalancerOperation[]>();
  #known = false;
  readonly #refusals: Refusals;
  /** A whole look was taken, and what follows from it is not planned yet. */
  #looked = false;
  #pause: Duration = FIRST_RETRY;
  readonly #retry: Deadline;
  readonly #compare: Deadline;
  readonly #glances: Glances;
  readonly #daemons: SyncDaemons;
  readonly #timeouts: KernelTimeouts;
  #extra: BalancerOperation[] = [];
  /** While operations are gone through: the service that the last one was about, and what it holds. */
  #expecting:
    | {
        readonly identity: ServiceIdentity;
        readonly destinations: Map<DestinationKey, Destination> | undefined;
      }
    | undefined;
  /** Whatever stands there stays. */
  #keeps = false;
  #globals: GlobalSettings | undefined;
  /** The table begins empty, whatever was there. */
  #flushes = false;
  #beginning: (() => void) | undefined;
  /** What an earlier life made, until it is known whether it is wanted. */
  #leftBehind: readonly ServiceKey[] | undefined = [];
  /** What was found of what is wanted: differences in words, and how many services were right. */
  readonly #adopted = { differences: [] as string[], right: 0 };
  readonly #askers = new Map<number, (table: BalancerTable) => void>();

  constructor(
    readonly outbox: LvsOutbox,
    readonly deadlines: Deadlines,
  ) {
    this.#refusals = new Refusals(outbox);
    this.#retry = { what: 'the table is tried again', periodic: false, fire: () => this.#read('retry') };
    this.#compare = { what: 'the table is compared', periodic: false, fire: () => this.#read('compare') };
    this.#glances = new Glances(outbox, deadlines, this.#wishes, {
      mayLook: (key) => this.idle && !this.#refusals.concern(key),
      ask: (identity) => {
        const request = ++this.#request;
        outbox.table({ kind: 'read-balancer', request, services: [identity], statistics: false });
        return request;
      },
    });
    this.#daemons = new SyncDaemons((operation) => this.#extra.push(operation));
    this.#timeouts = new KernelTimeouts((operation) => this.#extra.push(operation));
  }

  /** Everything asked for was answered. */
  get idle(): boolean {
    return this.#applying.size === 0 && this.#reading === undefined;
  }
  /** Every change was answered. */
  get settled(): boolean {
    return this.#applying.size === 0;
  }
  /** Why the table is not what it should be, for people. */
  get problems(): readonly string[] {
    return this.#refusals.texts;
  }

  // The start.

  /** Reads what is there, and where it `flushes` empties it; `then` is called when that is known. */
  begin(flushes: boolean, then: () => void): void {
    this.#flushes = flushes;
    this.#beginning = then;
    this.#read('start');
  }

  #read(why: Reading): void {
    if (this.#reading) return;
    const look: Look = {
      ...{ request: ++this.#request, why, overtaken: new Set<ServiceKey>() },
      ...{ daemons: false, timeouts: false, all: false },
    };
    for (const operations of this.#applying.values()) for (const one of operations) overtake(look, one);
    this.#reading = look;
    this.outbox.table({ kind: 'read-balancer', request: this.#request, statistics: false });
  }

  /** The table with its numbers of connections, for who asks. */
  ask(then: (table: BalancerTable) => void): void {
    this.#askers.set(++this.#request, then);
    this.outbox.table({ kind: 'read-balancer', request: this.#request, statistics: true });
  }

  input(input: BalancerInput): void {
    if (input.kind === 'balancer-applied') this.#applied(input);
    else this.#table(input);
  }

  #table(input: Extract<BalancerInput, { kind: 'balancer-table' }>): void {
    const { request, table, error } = input;
    const asker = this.#askers.get(request);
    if (asker) {
      this.#askers.delete(request);
      asker(table);
      return;
    }
    if (this.#glances.findsDifferent(input)) this.#read('changed');
    if (request !== this.#reading?.request) return;
    const look = this.#reading;
    this.#reading = undefined;
    if (error) {
      this.#later(this.#refusals.unreadable(error));
    } else {
      this.#refusals.readable();
      this.#take(table, look);
    }
    const begin = this.#beginning;
    this.#beginning = undefined;
    begin?.();
    if (!error) this.#compareLater(look.why);
  }

  #take(table: BalancerTable, look: Look): void {
    // Read for a life that ended meanwhile.
    if (this.#keeps) return;
    const { why } = look;
    const first = !this.#known;
    this.#known = true;
    if (first) {
      this.#daemons.found(table.daemons);
      this.#timeouts.found(table.timeouts, table.timeoutsBefore);
      if (this.#flushes) {
        this.#extra.push({ operation: 'flush' });
        this.#markAll();
        return;
      }
    }
    const expected = this.#observed;
    if (!look.all) this.#observed = tableOf(table.services) as Map<ServiceKey, Observed>;
    for (const key of look.overtaken) {
      const there = expected.get(key);
      if (there) this.#observed.set(key, there);
      else this.#observed.delete(key);
    }
    if (this.#leftBehind) this.#leftBehind = table.ours;
    else this.#nobodyWants(table.ours);
    if (!first) this.#tellDifferences(why);
    this.#markAll();
    this.#looked = true;
    if (first) return;
    if (!look.daemons) this.#daemons.seen(table.daemons);
    if (!look.timeouts) this.#timeouts.seen(table.timeouts);
  }

  #nobodyWants(keys: readonly ServiceKey[]): void {
    for (const key of keys) if (!this.#wishes.table.has(key)) this.#wishes.changes.set(key, undefined);
  }

  /** At a start they are told when it is known what is wanted. */
  #tellDifferences(why: Reading): void {
    if (why === 'retry' || this.#leftBehind) return;
    const found: string[] = [];
    for (const [key, wish] of this.#wishes.table) {
      // What is missing of it is what was refused.
      if (this.#refusals.concern(key)) continue;
      const there = this.#observed.get(key);
      if (there) for (const words of foundDifferent(wish, there, false)) found.push(`${key}: ${words}`);
      else found.push(`${key} is missing`);
    }
    this.#tellFound(found);
  }

  #tellFound(found: string[]): void {
    for (const key of this.#wishes.changes.keys())
      if (!this.#wishes.table.has(key) && this.#observed.has(key))
        found.push(`${key} is left over from an earlier life`);
    for (const words of found.slice(0, MAX_TABLE_REMARKS))
      this.outbox.log('warning', `Balancer's table: ${words}; it is put right`);
    if (found.length > MAX_TABLE_REMARKS)
      this.outbox.log(
        'warning',
        `Balancer's table: ${found.length - MAX_TABLE_REMARKS} more differences are put right`,
      );
  }

  /** A part of what is wanted at the start stands: it is compared with what was there, before that changes. */
  adopt(): void {
    if (!this.#known || this.#flushes) return;
    for (const key of this.#wishes.changes.keys()) {
      const wish = this.#wishes.table.get(key);
      const there = this.#observed.get(key);
      if (!wish || !there) continue;
      const different = foundDifferent(wish, there, true);
      if (different.length === 0) this.#adopted.right++;
      for (const words of different) this.#adopted.differences.push(`${key}: ${words}`);
    }
  }

  /** All that is wanted at the start stands: now it can be said what was found, and what is left over goes. */
  begun(): void {
    this.adopt();
    this.#nobodyWants(this.#leftBehind ?? []);
    this.#leftBehind = undefined;
    if (!this.#known || this.#flushes) return;
    this.#tellFound(this.#adopted.differences.splice(0));
    const { right } = this.#adopted;
    if (right > 0)
      this.outbox.log(
        'info',
        `Balancer's table: ${right} services were there already and stay, with their connections`,
      );
  }

  #markAll(): void {
    for (const key of this.#wishes.table.keys()) this.#wishes.changes.set(key, undefined);
  }

  #compareLater(why: Reading): void {
    this.deadlines.arm(this.#compare, after(this.outbox.now, COMPARE_INTERVAL));
    this.#glances.later(why === 'changed' ? GLANCE_REST : undefined);
  }

  // What is wanted is the virtual servers' to say.

  serviceChanged(holder: VirtualServer): void {
    this.#wishes.serviceChanged(holder);
  }
  serviceRemoved(holder: VirtualServer): void {
    this.#wishes.serviceRemoved(holder);
  }
  /** After a reload: all of them, in the order of the text. */
  servicesInOrder(all: readonly VirtualServer[]): void {
    this.#wishes.inOrder(all);
  }
  serverChanged(server: RealServer): void {
    this.#wishes.serverChanged(server.service as VirtualServer, server, true);
  }
  serverRemoved(server: RealServer, holder: VirtualServer): void {
    this.#wishes.serverChanged(holder, server, false);
  }

  // Settings of the whole table.

  configure(globals: GlobalSettings, virtualRouterIds: Readonly<Record<string, number>>): void {
    const before = this.#globals;
    this.#globals = globals;
    this.#daemons.configure(globals.lvsSyncDaemon, virtualRouterIds);
    this.#timeouts.configure(globals.lvsTimeouts);
    if (before && before.balancer !== globals.balancer)
      this.outbox.log(
        'warning',
        `balancer ${globals.balancer ?? 'ipvs'} counts from the next start: until then the data plane stays what it is`,
      );
  }
  instanceTurned(instance: string, state: string): void {
    this.#daemons.instanceTurned(instance, state);
  }

  /** Nothing is wanted any more but services where it `keeps` them, and all else where another life follows. */
  end(keeps: boolean, succeeded: boolean): void {
    this.deadlines.disarm(this.#compare);
    this.deadlines.disarm(this.#retry);
    this.#glances.end();
    this.#daemons.end(succeeded);
    this.#timeouts.end(succeeded);
    this.#keeps = keeps;
    this.#nobodyWants(this.#leftBehind ?? []);
    this.#leftBehind = undefined;
    if (!this.#known || keeps) {
      this.#wishes.changes.clear();
      if (keeps) return;
    }
    if (this.#globals?.lvsFlushOnStop === 'all') {
      this.#wishes.changes.clear();
      this.#extra.push({ operation: 'flush' });
    }
  }

  // The way there.

  /** Asks for what this turn has changed. */
  settle(): void {
    if (!this.#known) return;
    if (this.#wishes.changes.size === 0 && this.#extra.length === 0 && !this.#looked) return;
    const changes = this.#wishes.takeChanges();
    const operations = [...this.#extra, ...planTable(this.#wishes.table, this.#observed, changes)];
    this.#extra = [];
    if (this.#looked && this.settled) this.#refusals.leave(operations);
    this.#looked = false;
    if (operations.length === 0) return;
    this.#expecting = undefined;
    this.#glances.overtaken();
    for (const operation of operations) {
      this.#expect(operation);
      if (this.#reading) overtake(this.#reading, operation);
    }
    this.#applying.set(++this.#request, operations);
    this.outbox.table({ kind: 'apply-balancer', request: this.#request, operations });
  }

  /** What is asked for is taken to be there, until somebody says otherwise. */
  #expect(operation: BalancerOperation): void {
    switch (operation.operation) {
      case 'add-service':
        this.#observed.set(serviceKeyOf(operation.service.identity), {
          service: operation.service,
          destinations: new Map(),
        });
        return;
      case 'edit-service': {
        const there = this.#observed.get(serviceKeyOf(operation.service.identity));
        if (there) there.service = operation.service;
        return;
      }
      case 'delete-service':
        this.#observed.delete(serviceKeyOf(operation.identity));
        return;
      case 'add-destination':
      case 'edit-destination':
        this.#destinations(operation.identity)?.set(
          destinationKeyOf(operation.destination),
          operation.destination,
        );
        return;
      case 'delete-destination':
        this.#destinations(operation.identity)?.delete(destinationKeyOf(operation.destination));
        return;
      case 'flush':
        this.#observed.clear();
        return;
      default:
    }
  }

  /** Operations on servers of one service come one after the other, and share its identity. */
  #destinations(identity: ServiceIdentity): Map<DestinationKey, Destination> | undefined {
    if (this.#expecting?.identity !== identity)
      this.#expecting = {
        identity,
        destinations: this.#observed.get(serviceKeyOf(identity))?.destinations,
      };
    return this.#expecting.destinations;
  }

  #applied({ request, results }: Extract<BalancerInput, { kind: 'balancer-applied' }>): void {
    this.#applying.delete(request);
    const failedServices = new Set<ServiceKey>();
    let again = false;
    let isNew = false;
    for (const { operation, error } of results) {
      if (!error) {
        this.#refusals.done(operation);
        continue;
      }
      // Who is gone already is what was wanted.
      const gone = operation.operation.startsWith('delete') || operation.operation === 'stop-daemon';
      if (gone && (error.code === 'ESRCH' || error.code === 'ENOENT')) continue;
      const key =
        'identity' in operation
          ? serviceKeyOf(operation.identity)
          : 'service' in operation
            ? serviceKeyOf(operation.service.identity)
            : '';
      const ofService = operation.operation === 'add-service' || operation.operation === 'edit-service';
      if (ofService) failedServices.add(key);
      again = true;
      // That a server cannot be added to a service that could not be made goes without saying.
      if (!ofService && (failedServices.has(key) || this.#refusals.has(key))) continue;
      if (this.#refusals.add(operation, error)) isNew = true;
    }
    if (again) this.#later(isNew);
    else if (this.#refusals.size === 0) this.#pause = FIRST_RETRY;
  }

  /** Ever more seldom, but for what is refused for the first time: what is refused for ever holds up nothing else. */
  #later(isNew: boolean): void {
    const { deadlines, outbox } = this;
    if (isNew) this.#pause = FIRST_RETRY;
    const at = after(outbox.now, this.#pause);
    const armed = deadlines.at(this.#retry);
    if (armed !== undefined && armed <= at) return;
    deadlines.arm(this.#retry, at);
    this.#pause = Math.min(this.#pause * 2, LAST_RETRY) as Duration;
  }

  /** When the table is looked at again, for tests. */
  get nextLook(): Instant | undefined {
    return this.deadlines.at(this.#compare);
  }
}

function overtake(look: Look, operation: BalancerOperation): void {
  if ('service' in operation) look.overtaken.add(serviceKeyOf(operation.service.identity));
  else if ('identity' in operation) look.overtaken.add(serviceKeyOf(operation.identity));
  else if ('daemon' in operation) look.daemons = true;
  else if (operation.operation === 'set-timeouts') look.timeouts = true;
  else if (operation.operation === 'flush') look.all = true;
}
