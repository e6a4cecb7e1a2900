/**
 * What must hold of no_accept: traffic to an address is stopped from before the kernel has it until after it is gone,
 * and not longer. While the firewall refuses, and between somebody's flush and its repair, nothing can be kept.
 * Runtime reference sections 6.2, 6.4 and 11.
 */
import type { AddressOperation } from '../core/net/facts.js';
import type { Router } from './router.js';
import { addressesOf, broken, type Daemon, deviceOf, type Watched } from './watched.js';

/** Just before addresses are changed: the turn's firewall is done by then. */
export function judgeGuards(router: Router, daemon: Daemon, operations: readonly AddressOperation[]): void {
  if (!router.firewall.whole) return;
  const added = new Set(
    operations.flatMap(({ operation, address }) => (operation === 'add' ? [address.address] : [])),
  );
  for (const watched of daemon.instances.values()) {
    if (!watched.settings.noAccept) continue;
    for (const { address } of addressesOf(watched)) {
      if (added.has(address) && !router.firewall.stops(address))
        broken('no-accept-first', router, watched, `${address} is added, and its traffic is not stopped`);
    }
  }
}

/** After a turn that left nothing open. */
export function judgeGuarded(router: Router, watched: Watched): void {
  const { firewall, kernel } = router;
  if (!firewall.whole) return;
  for (const settings of addressesOf(watched)) {
    const { address } = settings;
    const there = kernel.hasAddress(deviceOf(watched, settings), address);
    const stopped = firewall.stops(address);
    if (there && watched.settings.noAccept && watched.state === 'MASTER' && !stopped)
      broken('no-accept-kept', router, watched, `${address} is there, and its traffic is let in`);
    if (!there && stopped && watched.state !== 'MASTER' && !kernel.wasRefused(address, 'delete'))
      broken('no-accept-ends', router, watched, `${address} is gone, and its traffic is still stopped`);
  }
}
