/**
 * What an instance tracks: its own track_* lines, those of its sync group, and without being asked the interfaces
 * of its VIPs, routes and rules, and of static items that it is to follow (runtime reference section 7). What a tracker's state means is decided in core/track.
 */
import type { InstanceSettings, SyncGroupSettings, TrackSettings } from '../../config/model.js';
import { interfacesOfRoute, interfacesOfRule } from '../net/resolve-routing.js';
import type { Trackers, Tracking } from '../track/registry.js';
import type { TrackerKind } from '../track/tracker.js';

/** The interfaces of VIPs, eVIPs, routes and rules that are neither its own nor excepted by `no_track`. */
export function holdingInterfaces(settings: InstanceSettings): Set<string> {
  const { virtualAddresses, excludedAddresses, virtualRoutes = [], virtualRules = [] } = settings;
  const names = new Set<string>();
  for (const { device, noTrack } of [...virtualAddresses, ...excludedAddresses]) {
    if (device !== undefined && !noTrack) names.add(device);
  }
  for (const route of virtualRoutes)
    if (!route.noTrack) for (const name of interfacesOfRoute(route)) names.add(name);
  for (const rule of virtualRules)
    if (!rule.noTrack) for (const name of interfacesOfRule(rule)) names.add(name);
  if (settings.interface !== undefined) names.delete(settings.interface);
  return names;
}

/** Its own interface and those of its VIPs. */
export function interfacesOf(settings: InstanceSettings): Set<string> {
  const names = new Set<string>();
  if (settings.interface !== undefined) names.add(settings.interface);
  if (settings.vrf !== undefined) names.add(settings.vrf);
  for (const { device } of [...settings.virtualAddresses, ...settings.excludedAddresses]) {
    if (device !== undefined) names.add(device);
  }
  return names;
}

export function trackingsOf(
  settings: InstanceSettings,
  group: SyncGroupSettings | undefined,
  trackers: Trackers,
  /** Of static items whose track_group it belongs to. */
  staticInterfaces: Iterable<string>,
): Tracking[] {
  const found: Tracking[] = [];
  const add = (kind: TrackerKind, lines: readonly TrackSettings[]): void => {
    for (const line of lines) {
      const tracker = trackers.find(kind, line.name);
      if (tracker) found.push({ tracker, settings: line });
    }
  };
  const interfaces = merge(settings.trackInterfaces, group?.trackInterfaces);
  // Its own interface is tracked as such (holds.ts), whatever track_interface says.
  const others = interfaces.filter(({ name }) => name !== settings.interface);
  add('interface', others);
  const unasked = new Set([...holdingInterfaces(settings), ...staticInterfaces]);
  if (settings.interface !== undefined) unasked.delete(settings.interface);
  for (const name of unasked) {
    // A weight given to it explicitly comes on top: a VIP without its interface is served by nobody.
    if (!others.some((line) => line.name === name && line.weight === 0))
      add('interface', [{ name, weight: 0, reverse: false }]);
  }
  add('script', merge(settings.trackScripts, group?.trackScripts));
  add('process', merge(settings.trackProcesses, group?.trackProcesses));
  add('file', merge(settings.trackFiles, group?.trackFiles));
  // One for fast takeover only is no fault while it is down: then its instance shall take over.
  const sessions = merge(settings.trackBfd ?? [], group?.trackBfd);
  add(
    'bfd',
    sessions.filter(({ fastTakeover, weight }) => !fastTakeover || weight !== 0),
  );
  return found;
}

/** On both: the group's weight replaces a non-zero one; an unweighted line of the instance stays unweighted. */
function merge(
  own: readonly TrackSettings[],
  group: readonly TrackSettings[] = [],
): readonly TrackSettings[] {
  const merged = new Map(own.map((line) => [line.name, line]));
  for (const line of group) {
    if (merged.get(line.name)?.weight !== 0) merged.set(line.name, line);
  }
  return [...merged.values()];
}
