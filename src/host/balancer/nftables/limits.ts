/**
 * What the plane nftables cannot do of a balancer's table, each with the sentence that says so: nothing is done in another
 * way than it was asked for. The configuration says the same before it runs (config/checks/balancer.ts).
 */
import { familyOf } from '../../../base/ip-address.js';
import { type Destination, familyOfService, type Service } from '../../../core/lvs/table.js';

/** How a draw is made among the slots; of those that look at no weight all servers have one slot. */
export const SPREADING: Readonly<
  Record<string, 'turns' | 'weighted turns' | 'chance' | 'source' | 'destination'>
> = {
  rr: 'turns',
  wrr: 'weighted turns',
  random: 'chance',
  sh: 'source',
  dh: 'destination',
};

/** Undefined: it can be done. */
export function serviceLimit({ scheduler, schedulerFlags, onePacket, engine }: Service): string | undefined {
  if (SPREADING[scheduler] === undefined)
    return `nftables cannot schedule by ${scheduler}; use ${Object.keys(SPREADING).join(', ')}, or balancer ipvs`;
  if (schedulerFlags.includes(3) || (schedulerFlags.length > 0 && scheduler !== 'sh'))
    return `nftables knows no flags of ${scheduler}; only sh-port and sh-fallback`;
  if (onePacket) return 'nftables cannot schedule packet by packet (ops); leave it out, or use balancer ipvs';
  if (engine !== undefined)
    return `nftables has no persistence engine "${engine}"; leave it out, or use balancer ipvs`;
  return undefined;
}

export function destinationLimit(destination: Destination, service: Service): string | undefined {
  const { method, address, upperThreshold } = destination;
  if (method.kind !== 'NAT')
    return `nftables balances by NAT only, not by ${method.kind}; use lvs_method NAT, or balancer ipvs`;
  if (familyOf(address) !== familyOfService(service.identity))
    return 'the server is of another family than its service';
  if (upperThreshold > 0) return 'nftables knows no uthreshold; leave it out, or use balancer ipvs';
  return undefined;
}
