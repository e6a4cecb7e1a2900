/**
 * Which kinds of faults there are, and which of them a world draws: those that its cluster can have, a few of them. How
 * each begins and what mends it is in faults.ts.
 */
import type { Prng } from '../base/prng.js';
import type { InstanceSettings } from '../config/model.js';
import type { Cluster } from './generator.js';

export const FAULT_KINDS = [
  'loss',
  'delay',
  'reorder',
  'duplicate',
  'corrupt',
  'one-way-cut',
  'partition',
  'stall',
  'master-stall',
  'clock-step',
  'script',
  'process',
  'file',
  'refused-netlink',
  'slow-netlink',
  'refused-firewall',
  'flushed-firewall',
  'event-overrun',
  'link-flap',
  'interface-gone',
  'vip-deleted',
  'routing-deleted',
  'source-deleted',
  'kill',
  'stop',
  'early-stop',
  'reboot',
  'reload',
  'junk',
  'echo',
  'replay',
  'send-failure',
  'socket-refused',
  'slow-notify',
  'rogue-owner',
] as const;
/** Of clusters with virtual MACs. */
const VIRTUAL_MAC_KINDS = ['refused-links', 'virtual-mac-deleted', 'virtual-mac-down'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number] | (typeof VIRTUAL_MAC_KINDS)[number];

/** Faults per world: at least three, of at least two kinds (DESIGN section 7). */
export const LEAST_FAULTS = 3;
export const LEAST_KINDS = 2;
const MOST_KINDS = 5;
export const MOST_FAULTS = 14;

const some = ({ configurations }: Cluster, has: (instance: InstanceSettings) => boolean): boolean =>
  configurations.some(({ instances }) => instances.some(has));

/** What only some clusters can suffer would be rare if it were drawn like the rest. */
export function drawKinds(prng: Prng, cluster: Cluster): readonly FaultKind[] {
  const kinds = new Set<FaultKind>();
  if (some(cluster, ({ priority }) => priority === 255) && prng.chance(0.3)) kinds.add('rogue-owner');
  if (some(cluster, (one) => one.timerExpiredBackup !== undefined) && prng.chance(0.3))
    kinds.add('master-stall');
  if (some(cluster, ({ virtualMac }) => virtualMac !== undefined))
    for (const kind of VIRTUAL_MAC_KINDS) if (prng.chance(0.25)) kinds.add(kind);
  const count = prng.integer(LEAST_KINDS, MOST_KINDS);
  while (kinds.size < count) kinds.add(prng.pick(FAULT_KINDS));
  return [...kinds];
}
