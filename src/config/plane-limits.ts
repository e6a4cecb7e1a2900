/**
 * What each data plane cannot do of a virtual server, with the sentence that says so: nothing is done in another way than
 * it was asked for. The configuration tells it before it runs (checks/data-plane.ts), the plane where it was not told.
 */
import type { ForwardingMethod } from './model-lvs.js';

/** How a draw is made among the servers, where nftables balances; `turns` look at no weight but 0. */
export const SPREADING: Readonly<
  Record<string, 'turns' | 'weighted turns' | 'chance' | 'source' | 'destination'>
> = {
  rr: 'turns',
  wrr: 'weighted turns',
  random: 'chance',
  sh: 'source',
  dh: 'destination',
};

export interface LimitedService {
  /** As the kernel names it. */
  readonly scheduler: string;
  readonly schedulerFlags: readonly number[];
  readonly onePacket: boolean;
  readonly engine?: string | undefined;
}

/** Undefined: nftables can. */
export function nftablesServiceLimit(service: LimitedService): string | undefined {
  const { scheduler, schedulerFlags, onePacket, engine } = service;
  if (SPREADING[scheduler] === undefined)
    return `nftables cannot schedule by ${scheduler}; use ${Object.keys(SPREADING).join(', ')}, or balancer ipvs`;
  if (schedulerFlags.includes(3) || (schedulerFlags.length > 0 && scheduler !== 'sh'))
    return `nftables knows no flags of ${scheduler}; only sh-port and sh-fallback`;
  if (onePacket) return 'nftables cannot schedule packet by packet (ops); leave it out, or use balancer ipvs';
  if (engine !== undefined)
    return `nftables has no persistence engine "${engine}"; leave it out, or use balancer ipvs`;
  return undefined;
}

/** Undefined: nftables can. */
export function nftablesServerLimit(server: {
  readonly method: ForwardingMethod;
  readonly upperThreshold: number;
}): string | undefined {
  const { method, upperThreshold } = server;
  if (method.kind !== 'NAT')
    return `nftables balances by NAT only, not by ${method.kind}; use lvs_method NAT, or balancer ipvs`;
  if (upperThreshold > 0) return 'nftables knows no uthreshold; leave it out, or use balancer ipvs';
  return undefined;
}

/** One rule rewrites for all of a service's servers: it writes a port or leaves it. */
export const NFTABLES_MIXED_PORTS =
  'in a service without a port, nftables needs a port for all servers or for none, the sorry server included';
