/**
 * Instances of one file that are peers of each other: a machine may stand in two networks, or play two routers.
 * Where one sends to the other, the other must know it. Several files are cluster.ts's. (directives-vrrp 1.3)
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { Report } from '../diagnostics.js';
import type { InstanceSettings } from '../model.js';
import type { Built } from '../settings/configuration.js';
import { keywordSpan } from '../tree.js';

export function checkOwnPeers({ configuration, instances }: Built, report: Report): void {
  const bySource = new Map<string, InstanceSettings>();
  for (const instance of configuration.instances) {
    if (instance.sourceAddress && instance.unicastPeers.length > 0) {
      bySource.set(keyOf(instance, instance.sourceAddress), instance);
    }
  }
  for (const instance of configuration.instances) {
    const { sourceAddress: source, unicastPeers, name } = instance;
    if (source === undefined) continue;
    for (const { address } of unicastPeers) {
      const other = bySource.get(keyOf(instance, address));
      if (!other || other === instance || other.unicastPeers.some((peer) => peer.address === source))
        continue;
      const list = instances.get(other.name)?.values.unicastPeers;
      const back = instances.get(name);
      report(
        'ownPeerMissing',
        list && keywordSpan(list.statement),
        `"${name}" sends to "${other.name}" from ${source}, which is not among the peers of "${other.name}"`,
        back ? { related: [{ span: keywordSpan(back.statement), text: 'the one that sends' }] } : {},
      );
    }
  }
}

/** Only the same virtual router answers. */
const keyOf = ({ virtualRouterId, family }: InstanceSettings, source: IpAddress): string =>
  `${family} ${virtualRouterId} ${source}`;
