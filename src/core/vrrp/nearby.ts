/** Which instance hears a packet that the socket of its interface gave to nobody. */
import type { Family } from '../../base/ip-address.js';
import type { Instance } from './instance.js';
import { interfacesOf } from './trackings.js';

/** An instance above that interface (on a virtual MAC, in a VRF, on none) hears its adverts by itself. */
export function hasNearby(
  instances: readonly Instance[],
  interfaceName: string,
  family: Family,
  virtualRouterId: number,
): boolean {
  const stands = instances.some(({ settings }) => interfacesOf(settings).has(interfaceName));
  return instances.some(
    ({ settings }) =>
      settings.virtualRouterId === virtualRouterId &&
      settings.family === family &&
      (!stands || settings.interface === undefined || settings.interface === interfaceName),
  );
}
