/**
 * Operations on the table of the plane nftables, carried out in memory first: which services come to differ, and what is
 * refused because it is not there, is there already, or cannot be done. Nothing has happened until it is kept; what the
 * kernel refuses is thrown away. The errors are those of IPVS, so that the engine meets one behaviour.
 */
import { familyOf } from '../../../base/ip-address.js';
import {
  NFTABLES_MIXED_PORTS,
  nftablesServerLimit,
  nftablesServiceLimit,
} from '../../../config/plane-limits.js';
import type { Failure } from '../../../core/inputs.js';
import type { BalancerOperation } from '../../../core/lvs/plan.js';
import {
  type Destination,
  destinationKeyOf,
  familyOfService,
  type ServiceKey,
  serviceKeyOf,
} from '../../../core/lvs/table.js';
import type { NftServer, NftService } from './rules.js';

export interface DraftRefusal {
  readonly code: 'EEXIST' | 'ESRCH' | 'ENOENT' | 'EOPNOTSUPP';
  /** What it means, where the code does not say it. */
  readonly why?: string;
}

/** A number for a server that comes: none that another server has had. */
export type NumberOf = (service: NftService['service'], destination: Destination) => number;

type Drafted = { table: string; service: NftService['service']; servers: Map<string, NftServer> } | undefined;

export class Draft {
  readonly #services: ReadonlyMap<ServiceKey, NftService>;
  readonly #number: NumberOf;
  readonly #table: string;
  /** What was touched, as it shall be; undefined: gone. */
  readonly #touched = new Map<ServiceKey, Drafted>();

  /** `table`: the name of the one in which services that come shall stand. */
  constructor(services: ReadonlyMap<ServiceKey, NftService>, number: NumberOf, table: string) {
    this.#services = services;
    this.#number = number;
    this.#table = table;
  }

  get touched(): ReadonlyMap<ServiceKey, NftService | undefined> {
    return this.#touched;
  }

  /** Each server is in one of the operations at most. What is refused is told in their order. */
  apply(operations: readonly BalancerOperation[]): (DraftRefusal | undefined)[] {
    const refusals = operations.map((operation) => this.#apply(operation));
    // Who comes stands before who goes; of either kind of ports all may take the place of all others.
    return operations.map((operation, i) =>
      refusals[i] === MIXED_PORTS ? this.#apply(operation) : refusals[i],
    );
  }

  #apply(operation: BalancerOperation): DraftRefusal | undefined {
    switch (operation.operation) {
      case 'flush':
        for (const key of this.#services.keys()) this.#touched.set(key, undefined);
        for (const key of this.#touched.keys()) this.#touched.set(key, undefined);
        return undefined;
      case 'set-timeouts':
        return unable(
          'nftables has no timeouts of its own: leave lvs_timeouts out, or set net.netfilter.nf_conntrack_*',
        );
      case 'start-daemon':
        return unable(
          'nftables synchronises no connections: leave lvs_sync_daemon out and let conntrackd do it, or use balancer ipvs',
        );
      case 'stop-daemon':
        return { code: 'ESRCH' };
      case 'add-service': {
        const { service } = operation;
        const key = serviceKeyOf(service.identity);
        if (this.#find(key)) return { code: 'EEXIST' };
        const limit = nftablesServiceLimit(service);
        if (limit !== undefined) return unable(limit);
        this.#touched.set(key, { table: this.#table, service, servers: new Map() });
        return undefined;
      }
      case 'edit-service': {
        const { service } = operation;
        const there = this.#find(serviceKeyOf(service.identity));
        if (!there) return { code: 'ESRCH' };
        const limit = nftablesServiceLimit(service);
        if (limit !== undefined) return unable(limit);
        there.service = service;
        return undefined;
      }
      case 'delete-service': {
        const key = serviceKeyOf(operation.identity);
        if (!this.#find(key)) return { code: 'ESRCH' };
        this.#touched.set(key, undefined);
        return undefined;
      }
      default:
        return this.#applyToServer(operation);
    }
  }

  #applyToServer({
    operation,
    identity,
    destination,
  }: Extract<BalancerOperation, { destination: unknown }>): DraftRefusal | undefined {
    const there = this.#find(serviceKeyOf(identity));
    if (!there) return { code: 'ESRCH' };
    const key = destinationKeyOf(destination);
    const known = there.servers.get(key);
    if (operation === 'add-destination' ? known : !known)
      return { code: operation === 'add-destination' ? 'EEXIST' : 'ENOENT' };
    if (operation === 'delete-destination') {
      there.servers.delete(key);
      return undefined;
    }
    const limit = nftablesServerLimit(destination) ?? otherFamily(there, destination);
    if (limit !== undefined) return unable(limit);
    if (mixedPorts(there, key, destination.port)) return MIXED_PORTS;
    there.servers.set(key, { id: known?.id ?? this.#number(there.service, destination), destination });
    return undefined;
  }

  #find(key: ServiceKey): Drafted {
    if (this.#touched.has(key)) return this.#touched.get(key);
    const there = this.#services.get(key);
    if (!there) return undefined;
    const copy = { ...there, servers: new Map(there.servers) };
    this.#touched.set(key, copy);
    return copy;
  }
}

const otherFamily = ({ service }: NonNullable<Drafted>, { address }: Destination): string | undefined =>
  familyOf(address) === familyOfService(service.identity)
    ? undefined
    : 'the server is of another family than its service';

function mixedPorts(there: NonNullable<Drafted>, key: string, port: number): boolean {
  const { identity } = there.service;
  if (identity.kind === 'address' && identity.port !== 0) return false;
  for (const [other, { destination }] of there.servers)
    if (other !== key && (destination.port === 0) !== (port === 0)) return true;
  return false;
}

const unable = (why: string): DraftRefusal => ({ code: 'EOPNOTSUPP', why });

const MIXED_PORTS = unable(NFTABLES_MIXED_PORTS);

const MEANINGS: Readonly<Record<DraftRefusal['code'], string>> = {
  EEXIST: 'it exists already',
  ESRCH: 'there is no such service',
  ENOENT: 'the service has no such server',
  EOPNOTSUPP: 'nftables cannot do that',
};
export const meaningOf = ({ code, why }: DraftRefusal): Failure => ({ code, message: why ?? MEANINGS[code] });
