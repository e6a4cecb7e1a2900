/**
 * IPVS as the data plane: operations as pipelined chunks, a bounded part per turn of the loop, reading beside them on a
 * socket of its own so that a dead server never waits for a dump; loads the module where it is missing. What is in the
 * table is decided in core/lvs. DESIGN section 5 and rules 8, 10 and 11.
 */
import { MAX_BALANCER_READS, MAX_NETLINK_OPERATIONS, MODPROBE_PATIENCE_MS } from '../../../base/limits.js';
import { ok, type Result } from '../../../base/result.js';
import type { LogLevel } from '../../../core/effects.js';
import type { Failure } from '../../../core/inputs.js';
import type { BalancerEffect, BalancerResult, BalancerTable } from '../../../core/lvs/balancer.js';
import type { BalancerOperation } from '../../../core/lvs/plan.js';
import {
  familyOfService,
  type ObservedService,
  type Service,
  type ServiceIdentity,
  serviceKeyOf,
} from '../../../core/lvs/table.js';
import type { Balancer, BalancerFeed } from '../../../ports/balancer.js';
import type { IpvsCounters } from '../../../wire/netlink/ipvs/model.js';
import type { IpvsReport } from '../../../wire/netlink/ipvs/report.js';
import { EEXIST, ENOENT, errnoSymbol, errnoText, SystemError } from '../../linux/errno.js';
import type { Scripts } from '../../scripts.js';
import { refusalOf } from '../refusals.js';
import { ServiceMemory } from '../service-memory.js';
import { IpvsSocket } from './ipvs-socket.js';
import { destinationFrom, requestsOf, serviceFrom, toIdentity } from './words.js';

export interface IpvsOptions {
  readonly feed: BalancerFeed;
  /** Asks for a turn of the loop, in which step() goes on. */
  readonly requestTurn: () => void;
  readonly log: (level: LogLevel, text: string) => void;
  /** Runs modprobe, off the loop. */
  readonly scripts: Pick<Scripts, 'tool'>;
  /** File that remembers which services are ours; undefined: nothing outlives this process. */
  readonly memory?: string | undefined;
  /** Opens a socket in the network namespace of the table; by default that of the calling thread. */
  readonly open?: () => IpvsSocket;
}

type Apply = Extract<BalancerEffect, { kind: 'apply-balancer' }>;
type Read = Extract<BalancerEffect, { kind: 'read-balancer' }>;

interface ApplyJob {
  readonly effect: Apply;
  readonly results: BalancerResult[];
}
interface ReadJob {
  readonly effect: Read;
  /** Absent until the services were asked for. */
  found?: { readonly service: ObservedService['service']; readonly counters?: IpvsCounters }[];
  readonly services: ObservedService[];
}

/** Nobody has asked yet; the module is being loaded; there it is; there is none. */
type Presence = 'unknown' | 'loading' | 'there' | 'missing';

export const NO_IPVS: Failure = {
  code: 'ENOPROTOOPT',
  message:
    'this kernel has no IPVS; load it with modprobe ip_vs, or write "balancer nftables" in global_defs where it cannot be had',
};

export class IpvsBalancer implements Balancer {
  readonly #options: IpvsOptions;
  readonly #memory: ServiceMemory;
  readonly #applies: ApplyJob[] = [];
  readonly #reads: ReadJob[] = [];
  #writer: IpvsSocket | undefined;
  #reader: IpvsSocket | undefined;
  #presence: Presence = 'unknown';
  #refusal: Failure = NO_IPVS;
  #recalled = false;
  #closed = false;

  constructor(options: IpvsOptions) {
    this.#options = options;
    this.#memory = new ServiceMemory(options.memory, (text) => options.log('warning', text));
    void this.#memory.recalled().then(() => {
      this.#recalled = true;
      if (this.#reads.length > 0) options.requestTurn();
    });
  }

  run(effect: BalancerEffect): void {
    if (this.#closed) return;
    if (effect.kind === 'apply-balancer') {
      this.#applies.push({ effect, results: [] });
      if (this.#applies.length === 1) this.step();
    } else {
      this.#reads.push({ effect, services: [] });
      this.#options.requestTurn();
    }
  }

  step(): void {
    if (this.#closed || (this.#applies.length === 0 && this.#reads.length === 0)) return;
    // A module that was missing may have been loaded since by somebody else.
    if (this.#presence === 'unknown' || this.#presence === 'missing') this.#look();
    if (this.#presence !== 'loading') this.#work();
  }

  #work(): void {
    if (this.#presence === 'missing') {
      this.#refuseAll();
      return;
    }
    this.#stepApplies();
    this.#stepReads();
    if (this.#applies.length > 0 || (this.#reads.length > 0 && this.#recalled)) this.#options.requestTurn();
  }

  #refuseAll(): void {
    const error = this.#refusal;
    for (const { effect, results } of this.#applies.splice(0)) {
      for (const operation of effect.operations.slice(results.length)) results.push({ operation, error });
      this.#options.feed({ kind: 'balancer-applied', request: effect.request, results });
    }
    for (const job of [...this.#reads]) this.#answer(job, error);
  }

  /** The one question that the kernel may answer with another: whether its module is there. */
  #look(): void {
    try {
      this.#writer ??= this.#open();
      this.#reader ??= this.#open();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#missing(error.failure);
      return;
    }
    const errno = this.#writer.find() || this.#reader.find();
    if (errno === 0) this.#presence = 'there';
    else if (errno === ENOENT) this.#load();
    else this.#missing({ code: errnoSymbol(errno), message: `looking for IPVS: ${errnoText(errno)}` });
  }

  #open(): IpvsSocket {
    return (this.#options.open ?? (() => new IpvsSocket()))();
  }

  #load(): void {
    this.#presence = 'loading';
    this.#options.scripts.tool(['modprobe', '-q', 'ip_vs'], MODPROBE_PATIENCE_MS, () => {
      if (this.#closed) return;
      const errno = this.#writer?.find() ?? ENOENT;
      if (errno === 0 && this.#reader?.find() === 0) this.#presence = 'there';
      else this.#missing(NO_IPVS);
      this.#work();
    });
  }

  #missing(refusal: Failure): void {
    this.#presence = 'missing';
    this.#refusal = refusal;
  }

  #stepApplies(): void {
    let room = MAX_NETLINK_OPERATIONS;
    for (let job = this.#applies[0]; job && room > 0; job = this.#applies[0]) {
      const { operations, request } = job.effect;
      const from = job.results.length;
      // All of them at once: the file is written once for a thousand services, and before most of them are made.
      if (from === 0)
        for (const operation of operations) if (operation.operation === 'add-service') this.#own(operation);
      const chunk = operations.slice(from, from + room);
      room -= chunk.length;
      if (chunk.length > 0) this.#advance(job, chunk);
      if (job.results.length < operations.length) break;
      this.#applies.shift();
      this.#options.feed({ kind: 'balancer-applied', request, results: job.results });
    }
  }

  #advance(job: ApplyJob, chunk: readonly BalancerOperation[]): void {
    const errnos = this.#writer?.send(requestsOf(chunk)) ?? [];
    for (const [i, operation] of chunk.entries()) {
      const errno = errnos[i] ?? 0;
      this.#remember(operation, errno);
      job.results.push(errno === 0 ? { operation } : { operation, error: refusalOf(operation, errno) });
    }
  }

  #remember(operation: BalancerOperation, errno: number): void {
    if (operation.operation === 'set-timeouts' && errno === 0) this.#memory.timeouts = operation.before;
    else if (operation.operation === 'flush' && errno === 0) this.#memory.clear();
    else if (operation.operation === 'delete-service') this.#memory.delete(serviceKeyOf(operation.identity));
    else if (operation.operation === 'add-service') {
      // What the kernel did not take is nobody's; what is there already is ours from now on, flushed before or not.
      if (errno !== 0 && errno !== EEXIST) this.#memory.delete(serviceKeyOf(operation.service.identity));
      else this.#own(operation);
    }
  }

  #own({ service }: { readonly service: Service }): void {
    this.#memory.add(serviceKeyOf(service.identity));
  }

  #stepReads(): void {
    if (!this.#recalled) return;
    const [job] = this.#reads;
    if (!job || !this.#reader) return;
    if (!job.found) {
      const services = this.#services(this.#reader, job.effect.services);
      if (!services.ok) {
        this.#answer(job, services.error);
        return;
      }
      job.found = services.value.flatMap((report) => {
        const service = report.kind === 'service' ? serviceFrom(report.service) : undefined;
        const counters = report.kind === 'service' ? report.counters : undefined;
        return service ? [{ service, ...(counters ? { counters } : {}) }] : [];
      });
    }
    const found = job.found;
    const until = Math.min(found.length, job.services.length + MAX_BALANCER_READS);
    for (const { service, counters } of found.slice(job.services.length, until)) {
      const destinations = this.#destinations(this.#reader, service.identity, job.effect.statistics);
      if ('code' in destinations) {
        this.#answer(job, destinations);
        return;
      }
      job.services.push({
        service,
        destinations,
        ...(job.effect.statistics && counters ? { counters } : {}),
      });
    }
    if (job.services.length === found.length) this.#answer(job);
  }

  /** Of these, or of all; what is not there is left out. Who asks for none learns whether the kernel answers us. */
  #services(
    socket: IpvsSocket,
    wanted: readonly ServiceIdentity[] | undefined,
  ): Result<readonly IpvsReport[], Failure> {
    if (!wanted || wanted.length === 0) {
      const all = socket.dump('reading the services of IPVS', { command: 'getService' });
      return all.ok && wanted ? ok([]) : all;
    }
    const found: IpvsReport[] = [];
    for (const identity of wanted) {
      const question = { command: 'getService', identity: toIdentity(identity) } as const;
      const one = socket.dump(`reading ${serviceKeyOf(identity)}`, question, familyOfService(identity));
      if (one.ok) found.push(...one.value);
      else if (one.error.code !== 'ESRCH') return one;
    }
    return ok(found);
  }

  #destinations(
    socket: IpvsSocket,
    identity: ServiceIdentity,
    statistics: boolean,
  ): ObservedService['destinations'] | Failure {
    const question = { command: 'getDestination', identity: toIdentity(identity) } as const;
    const answer = socket.dump(
      `reading the servers of ${serviceKeyOf(identity)}`,
      question,
      familyOfService(identity),
    );
    if (!answer.ok) return answer.error;
    return answer.value.flatMap((report) =>
      report.kind === 'destination' ? [destinationFrom(report, statistics)] : [],
    );
  }

  #answer(job: ReadJob, error?: Failure): void {
    this.#reads.shift();
    const { request, services } = job.effect;
    const rest = error || services ? { daemons: [], timeouts: {} } : this.#rest();
    const table: BalancerTable = {
      services: error ? [] : job.services,
      ...rest,
      ours: this.#memory.keys,
      ...(this.#memory.timeouts ? { timeoutsBefore: this.#memory.timeouts } : {}),
    };
    this.#options.feed({ kind: 'balancer-table', request, table, ...(error ? { error } : {}) });
  }

  /** Sync daemons and timeouts; what cannot be read is not told. */
  #rest(): Pick<BalancerTable, 'daemons' | 'timeouts'> {
    const daemons = this.#reader?.dump('reading the sync daemons', { command: 'getDaemon' });
    const config = this.#reader?.dump('reading the timeouts', { command: 'getConfig' });
    const timeouts = config?.ok ? config.value[0] : undefined;
    return {
      daemons: daemons?.ok
        ? daemons.value.flatMap((report) => (report.kind === 'daemon' ? [report.daemon] : []))
        : [],
      timeouts: timeouts?.kind === 'timeouts' ? timeouts.timeouts : {},
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#applies.length = 0;
    this.#reads.length = 0;
    this.#writer?.close();
    this.#reader?.close();
    await this.#memory.close();
  }
}
