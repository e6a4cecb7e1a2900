/** How a router stands on its segments when all is well: its interfaces, up, each with its own address. */
import type { MacAddress } from '../base/mac-address.js';
import { addressOn, INTERFACES } from './generator.js';
import type { Router } from './router.js';

/** Length of the prefix of a router's own addresses. */
const PREFIX = 24;

/** Brings about what is missing of that and leaves alone what is there. `host` is the host part. */
export function plugIn(router: Router, host: number): void {
  const { kernel } = router;
  for (const [number, { name, segment }] of INTERFACES.entries()) {
    if (!kernel.linkOf(name)) {
      const mac = `02:00:00:00:0${number}:${router.router.toString(16).padStart(2, '0')}` as MacAddress;
      kernel.addInterface(name, segment, mac);
    }
    kernel.setLink(name, { admin: true, carrier: true });
    const address = addressOn(number, host);
    if (!kernel.hasAddress(name, address)) kernel.addAddress(name, address, PREFIX);
  }
}
