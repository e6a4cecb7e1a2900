/**
 * A data plane that leads nowhere: it puts operations into the messages that IPVS would get, and nobody gets them. For who
 * wants that code to be warm (daemon/lvs/death-rehearsal.ts).
 */
import { ByteWriter } from '../../base/bytes.js';
import type { BalancerEffect, BalancerInput } from '../../core/lvs/balancer.js';
import { writeIpvsRequests } from '../../wire/netlink/ipvs/request.js';
import { requestsOf } from './ipvs/words.js';

/** More than one operation takes. */
const ROOM = 256;

/** What the kernel would answer: done, and an empty table. */
export function rehearse(effect: BalancerEffect): BalancerInput {
  const { request } = effect;
  if (effect.kind === 'read-balancer')
    return {
      kind: 'balancer-table',
      request,
      table: { services: [], daemons: [], timeouts: {}, ours: [] },
    };
  for (const operation of effect.operations) {
    const writer = new ByteWriter(ROOM);
    writeIpvsRequests(writer, 0, 0, requestsOf([operation]));
    writer.finish();
  }
  return {
    kind: 'balancer-applied',
    request,
    results: effect.operations.map((operation) => ({ operation })),
  };
}
