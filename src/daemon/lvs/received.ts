/**
 * A configuration as the load balancer's process hears it: virtual servers that it has are only named, and stay the same
 * objects, by which the engine sees at once that nothing changed. The other end is handover.ts.
 */
import { invariant } from '../../base/invariant.js';
import type { VirtualServerSettings } from '../../config/model-lvs.js';
import type { LvsConfiguration } from '../../core/lvs/configuration.js';
import { changed } from './list-change.js';
import { unpack } from './packed-servers.js';
import type { ToBalancer } from './talk.js';

export class Received {
  #order: readonly string[] = [];
  #services: readonly VirtualServerSettings[] = [];
  #fresh: VirtualServerSettings[] = [];

  services({ fresh }: Extract<ToBalancer, { say: 'services' }>): void {
    for (const one of fresh) this.#fresh.push(unpack(one));
  }

  configuration({ frame, order }: Extract<ToBalancer, { say: 'configuration' }>): LvsConfiguration {
    const fresh = this.#fresh.values();
    this.#fresh = [];
    const between: VirtualServerSettings[] = [];
    if (order.between.length > 0) {
      const known = new Map<string, VirtualServerSettings>();
      for (const [n, digest] of this.#order.entries())
        known.set(digest, this.#services[n] as VirtualServerSettings);
      for (const digest of order.between) {
        const settings = known.get(digest) ?? fresh.next().value;
        invariant(settings, 'whatever is named was sent now or before');
        known.set(digest, settings);
        between.push(settings);
      }
    }
    this.#order = changed(this.#order, order);
    this.#services = changed(this.#services, { ...order, between });
    return { ...frame, virtualServers: this.#services };
  }
}
