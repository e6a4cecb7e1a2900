/**
 * A configuration as the load balancer's process hears it: virtual servers that it has are only named, and stay the same
 * objects, by which the engine sees at once that nothing changed. The other end is handover.ts.
 */
import { invariant } from '../../base/invariant.js';
import type { VirtualServerSettings } from '../../config/model-lvs.js';
import type { LvsConfiguration } from '../../core/lvs/configuration.js';
import { unpack } from './packed-servers.js';
import type { ToBalancer } from './talk.js';

export class Received {
  #known = new Map<string, VirtualServerSettings>();
  #fresh: VirtualServerSettings[] = [];

  services({ fresh }: Extract<ToBalancer, { say: 'services' }>): void {
    for (const one of fresh) this.#fresh.push(unpack(one));
  }

  configuration({ frame, order }: Extract<ToBalancer, { say: 'configuration' }>): LvsConfiguration {
    const now = new Map<string, VirtualServerSettings>();
    const fresh = this.#fresh.values();
    this.#fresh = [];
    const virtualServers = order.map((digest) => {
      const settings = now.get(digest) ?? this.#known.get(digest) ?? fresh.next().value;
      invariant(settings, 'whatever is named was sent now or before');
      now.set(digest, settings);
      return settings;
    });
    this.#known = now;
    return { ...frame, virtualServers };
  }
}
