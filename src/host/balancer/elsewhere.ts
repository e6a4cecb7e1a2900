/**
 * A data plane of another network namespace than ours (`net_namespace_ipvs`): whatever it does, it does there. Checks
 * stay where we are. directives-global section 1.
 */
import { ok, type Result } from '../../base/result.js';
import type { Failure } from '../../core/inputs.js';
import type { Balancer } from '../../ports/balancer.js';
import { closeFd } from '../linux/fd.js';
import { openNetworkNamespace, withNetworkNamespace } from '../linux/namespace.js';

/** What `net_namespace_ipvs` without a name means: that of the first process. */
export const DEFAULT_NAMESPACE = '/proc/1/ns/net';

/** `name` as in `ip netns`; empty: the default one. Refused where there is none, or we may not go there. */
export function balancerElsewhere(name: string, make: () => Balancer): Result<Balancer, Failure> {
  const fd = openNetworkNamespace(name === '' ? DEFAULT_NAMESPACE : name);
  if (!fd.ok) return fd;
  const there = <T>(body: () => T): T => withNetworkNamespace(fd.value, body);
  const inner = make();
  return ok({
    run: (effect) => there(() => inner.run(effect)),
    step: () => there(() => inner.step()),
    close: async () => {
      await inner.close();
      closeFd(fd.value);
    },
  });
}
