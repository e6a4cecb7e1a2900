/**
 * What must hold of virtual routes and rules: once the kernel has answered they are there if and only if their instance
 * is MASTER, as they are configured now. Where they have their places is worked out here from the configuration, apart
 * from the core's own. Runtime reference sections 6.2, 6.4 and 8.
 */
import { formatPrefix } from '../base/ip-address.js';
import type { InstanceSettings } from '../config/model.js';
import type { Kernel } from './kernel.js';
import { nameOfRoute, placeOfRoute, placeOfRule } from './kernel-routing.js';
import type { Router } from './router.js';
import { broken, type Watched } from './watched.js';

const MAIN_TABLE = 254;

interface Item {
  readonly place: string;
  /** By which the kernel remembers that it refused it. */
  readonly name: string;
  readonly noTrack: boolean;
  readonly device: string | undefined;
  readonly there: boolean;
}

/** The virtual routes and rules of an instance, and whether the kernel has them. */
export function routingItems(kernel: Kernel, settings: InstanceSettings): Item[] {
  const routes = (settings.virtualRoutes ?? []).map((route): Item => {
    const { destination, table = MAIN_TABLE, metric = 0, noTrack, device, via } = route;
    const place = `route ${table} ${destination === 'default' ? destination : formatPrefix(destination)} ${metric}`;
    const there = kernel.routing.routes.some((one) => placeOfRoute(one) === place && one.via === via);
    return { place, name: nameOfRoute(place, via), noTrack, device, there };
  });
  const rules = (settings.virtualRules ?? []).map(({ family, preference = 0, noTrack }): Item => {
    const place = `rule ${family} ${preference}`;
    const there = kernel.routing.rules.some((one) => placeOfRule(one) === place);
    return { place, name: place, noTrack, device: undefined, there };
  });
  return [...routes, ...rules];
}

/** After a turn that left nothing open. */
export function judgeRouting(router: Router, watched: Watched): void {
  const { kernel } = router;
  const master = watched.state === 'MASTER';
  for (const { place, name, noTrack, device, there } of routingItems(kernel, watched.settings)) {
    if (there === master || kernel.wasRefused(name, there ? 'delete' : 'add')) continue;
    // What is not tracked may be deleted by anybody, and goes with its interface.
    const excused = noTrack || (device !== undefined && !kernel.linkOf(device)?.up);
    if (!there && excused) continue;
    broken('routing-follows-state', router, watched, `${watched.state} ${there ? 'has' : 'lacks'} ${place}`);
  }
}

/** What a daemon that has stopped left there. */
export const leftRouting = (kernel: Kernel, settings: InstanceSettings): string | undefined =>
  routingItems(kernel, settings).find(({ name, there }) => there && !kernel.wasRefused(name, 'delete'))
    ?.place;
