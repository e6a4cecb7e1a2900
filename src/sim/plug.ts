/** How a router stands on its segments when all is well: its interfaces, up, each with its own addresses. */
import type { IpAddress } from '../base/ip-address.js';
import type { MacAddress } from '../base/mac-address.js';
import { addressOn, INTERFACES, linkLocalOn } from './generator.js';
import type { Router } from './router.js';

/** Brings about what is missing of that and leaves alone what is there. `host` is the host part. */
export function plugIn(router: Router, host: number): void {
  const { kernel, configuration } = router;
  const ipv6 = configuration.instances.some(({ family }) => family === 'ipv6');
  for (const [number, { name, segment }] of INTERFACES.entries()) {
    const linkLocal = ipv6 ? linkLocalOn(number, host) : undefined;
    if (!kernel.linkOf(name)) {
      const mac = `02:00:00:00:0${number}:${router.router.toString(16).padStart(2, '0')}` as MacAddress;
      kernel.addInterface(name, segment, mac, undefined, linkLocal);
    }
    kernel.setLink(name, { admin: true, carrier: true });
    const add = (address: IpAddress, length: number): void => {
      if (!kernel.hasAddress(name, address)) kernel.addAddress(name, address, length);
    };
    add(addressOn(number, host), 24);
    if (linkLocal === undefined) continue;
    add(linkLocal, 64);
    add(addressOn(number, host, 'ipv6'), 64);
  }
}
