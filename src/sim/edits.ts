/**
 * A configuration as an administrator might edit it while the cluster runs: one thing at a time, and what the neighbours
 * must agree on stays. What the cluster began with is generator.ts's affair.
 */
import type { IpAddress } from '../base/ip-address.js';
import type { Prng } from '../base/prng.js';
import { seconds, ZERO } from '../base/time.js';
import type { AddressSettings, Configuration, InstanceSettings } from '../config/model.js';
import type { RouteSettings } from '../config/model-net.js';
import { drawLinks, NEARLY_OWNER } from './generator.js';
import { rotated } from './traits.js';

const EDITS = [
  'nothing',
  'routes',
  'priority',
  'preempt',
  'address',
  'notify',
  'instance',
  'startup',
  'links',
  'group',
] as const;

/** What only some clusters have. */
const KEY_CHANGE = 'key';

/** A configuration as an administrator might edit it: what the neighbours must agree on stays. */
export function editConfiguration(
  prng: Prng,
  configuration: Configuration,
  original: Configuration,
  edition: number,
): Configuration {
  const signs = original.instances.some(({ hmac }) => hmac !== undefined);
  const what = signs && prng.chance(0.4) ? KEY_CHANGE : prng.pick(EDITS);
  const startupDelay = seconds(prng.integer(0, 15));
  const shift = prng.integer(-30, 30);
  const preempt = prng.chance(0.5);
  const edit = (settings: InstanceSettings): InstanceSettings => {
    const ordinary = settings.priority < NEARLY_OWNER;
    if (what === 'priority' && ordinary)
      return { ...settings, priority: Math.min(NEARLY_OWNER - 1, Math.max(1, settings.priority + shift)) };
    if (what === 'preempt' && ordinary && settings.initialState === 'BACKUP' && settings.version === 2)
      return { ...settings, preempt, preemptDelay: ZERO };
    if (what === 'routes') return { ...settings, virtualRoutes: editRoutes(settings) };
    if (what === 'address') return { ...settings, ...editAddresses(settings, edition) };
    if (what === 'notify') return { ...settings, notify: {} };
    if (what === KEY_CHANGE && settings.hmac) return { ...settings, hmac: rotated(settings.hmac) };
    return settings;
  };
  const [first] = configuration.instances;
  const dropped = what === 'instance' && first && original.syncGroups.length === 0;
  // What was taken away comes back with the next edit of the kind.
  const restored = configuration.instances.length < original.instances.length;
  const grouped = configuration.syncGroups.length > 0;
  return {
    ...configuration,
    ...(what === 'startup' ? { globals: { ...configuration.globals, startupDelay } } : {}),
    ...(what === 'links' ? drawLinks(prng) : {}),
    ...(what === 'group' ? { syncGroups: grouped ? [] : original.syncGroups } : {}),
    instances: dropped ? (restored ? original.instances : [first]) : configuration.instances.map(edit),
    hash: what === 'nothing' ? configuration.hash : `${configuration.hash.split('+')[0]}+${edition}`,
  };
}

/**
 * Takes the last address away, or the first one, with which the kernel takes others of its subnet; or moves it among those
 * that are not advertised. Where there is only one left, one more comes.
 */
function editAddresses(
  { virtualAddresses, excludedAddresses, virtualRouterId, family }: InstanceSettings,
  edition: number,
): Pick<InstanceSettings, 'virtualAddresses' | 'excludedAddresses'> {
  const [first, ...others] = virtualAddresses;
  if (first && others.length > 0) {
    const way = edition % 3;
    if (way === 0) return { virtualAddresses: virtualAddresses.slice(0, -1), excludedAddresses };
    const excluded = way === 1 ? excludedAddresses : [...excludedAddresses, first];
    return { virtualAddresses: others, excludedAddresses: excluded };
  }
  const address = (
    family === 'ipv4' ? `10.0.9.${virtualRouterId}` : `fd00::9:${virtualRouterId}`
  ) as IpAddress;
  const added: AddressSettings = { address, prefixLength: family === 'ipv4' ? 32 : 128 };
  return { virtualAddresses: [...virtualAddresses, added], excludedAddresses };
}

/** Other gateways, and one route less. */
const editRoutes = ({ virtualRoutes = [] }: InstanceSettings): readonly RouteSettings[] =>
  virtualRoutes
    .slice(0, Math.max(1, virtualRoutes.length - 1))
    .map((route) =>
      route.via === undefined ? route : { ...route, via: route.via.replace(/4$/, '3') as IpAddress },
    );
