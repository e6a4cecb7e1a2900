/** Virtual router ids that clash on one network. (directives-vrrp section 1.1) */
import type { Report } from '../diagnostics.js';
import type { InstanceSettings } from '../model.js';
import type { Built } from '../settings/configuration.js';
import { argumentSpan } from '../tree.js';

/** Same id, interface, family and group (or source, in unicast) means answering each other's adverts. */
export function checkRouterIds({ configuration, instances }: Built, report: Report): void {
  const taken = new Map<string, InstanceSettings[]>();
  for (const instance of configuration.instances) {
    const {
      interface: where = '',
      family,
      virtualRouterId,
      unicastPeers,
      sourceAddress,
      multicastGroup,
    } = instance;
    const to = unicastPeers.length > 0 ? `unicast ${sourceAddress ?? ''}` : multicastGroup;
    const key = `${where} ${family} ${virtualRouterId} ${to}`;
    const others = taken.get(key) ?? [];
    const clash = others.find(
      (other) =>
        unicastPeers.length === 0 ||
        other.unicastPeers.some((peer) => unicastPeers.some(({ address }) => address === peer.address)),
    );
    taken.set(key, [...others, instance]);
    const here = instances.get(instance.name)?.values.virtualRouterId;
    const there = clash && instances.get(clash.name)?.values.virtualRouterId;
    if (!clash || !here) continue;
    const message = `instances "${clash.name}" and "${instance.name}" both use virtual_router_id ${virtualRouterId}`;
    report('clashingRouterId', argumentSpan(here.statement), message, {
      related: there ? [{ span: argumentSpan(there.statement), text: 'used here first' }] : [],
    });
  }
}
