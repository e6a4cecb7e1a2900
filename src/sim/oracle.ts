/**
 * What is true of an instance, worked out from the world itself and not from anything the engine said: what
 * holds it in FAULT, and its effective priority (runtime reference section 7). Written from the clauses, apart
 * from the core's own code, so that agreeing means something.
 */
import { type IpAddress, isLinkLocal } from '../base/ip-address.js';
import type { MacAddress } from '../base/mac-address.js';
import type { Configuration, InstanceSettings, SyncGroupSettings, TrackSettings } from '../config/model.js';
import type { AddressFacts } from '../core/net/facts.js';
import { POLL_INTERVAL, type Router } from './router.js';

/** linux/if_addr.h */
const IFA_F_SECONDARY = 0x01;
/** How late a delay that has passed may be acted on, microseconds. */
const LENIENCE = 100_000;

export const groupOf = (configuration: Configuration, instance: string): SyncGroupSettings | undefined =>
  configuration.syncGroups.find((g) => g.members.includes(instance));

export const instanceOf = (configuration: Configuration, name: string): InstanceSettings | undefined =>
  configuration.instances.find((i) => i.name === name);

/**
 * Faults that the engine must know of as soon as it has read what the kernel told it: its own interface, those
 * of its VIPs, tracked ones without weight, and the source address.
 */
export function kernelFault(router: Router, settings: InstanceSettings): string | undefined {
  const { kernel } = router;
  const own = settings.interface;
  if (own === undefined || isDown(router, own)) return `interface ${own ?? '(none)'} is not running`;
  for (const address of settings.virtualAddresses.concat(settings.excludedAddresses)) {
    const { device } = address;
    if (device !== undefined && !address.noTrack && isDown(router, device))
      return `interface ${device} of ${address.address} is not running`;
  }
  for (const tracked of trackersOf(router.configuration, settings, 'trackInterfaces')) {
    const surely = isDown(router, tracked.name) || isSettled(router, tracked.name);
    if (tracked.weight === 0 && surely && kernel.running(tracked.name) === tracked.reverse)
      return `tracked interface ${tracked.name}`;
  }
  return sourceOf(router, settings) === undefined ? 'no source address' : undefined;
}

/** How long a change of a link may go unheeded: its delay, and the time between two polls. */
function leniency({ configuration }: Router, name: string): number {
  const delays = configuration.interfaceDelays?.find((one) => one.interface === name);
  const polled = configuration.linkbeatInterfaces?.some((one) => one.interface === name);
  const delay = delays ? Math.max(delays.down, delays.up) : 0;
  return delay + (polled ? POLL_INTERVAL : 0) + (delays || polled ? LENIENCE : 0);
}

/** Whether a link has been as it is for so long that it must count; a daemon that did not run learns of it late. */
function isSettled(router: Router, name: string): boolean {
  const lenient = leniency(router, name);
  return lenient === 0 || Math.min(router.kernel.settledFor(name), router.now - router.lastStall) >= lenient;
}

/** Down, and for so long that it must be known; an interface that is not there is waited for by nobody. */
function isDown(router: Router, name: string): boolean {
  const { kernel } = router;
  if (kernel.running(name)) return false;
  return !kernel.linkOf(name) || isSettled(router, name);
}

/** The address that an instance's adverts come from now; undefined: it has none, which is a fault. */
export function sourceOf(router: Router, settings: InstanceSettings): IpAddress | undefined {
  const name = settings.interface ?? '';
  const held = router.kernel.addressesOf(name);
  const virtual = virtualAddressesOf(router.configuration);
  const { family } = settings;
  const own = (a: AddressFacts): boolean => a.family === family && !virtual.has(a.address);
  const configured = settings.sourceAddress;
  if (configured !== undefined) {
    const there = !settings.trackSourceAddress || held.some((a) => a.address === configured && own(a));
    return there ? configured : undefined;
  }
  // The first primary one, of IPv6 the link-local one (runtime reference section 8); a secondary goes with its primary.
  const usable = (a: AddressFacts): boolean =>
    family === 'ipv4' ? (a.flags & IFA_F_SECONDARY) === 0 : isLinkLocal(a.address);
  const there = held.find((a) => usable(a) && own(a))?.address;
  // Behind a virtual MAC the link-local address need not be there: it is made of the MAC underneath (RFC 4291, appendix A).
  const needless = family === 'ipv6' && settings.virtualMac?.transmitBase === false;
  return there ?? (needless ? linkLocalOf(router.kernel.linkOf(name)?.mac) : undefined);
}

/** Of a MAC `02:00:00:..`, as all of the world's are. */
const linkLocalOf = (mac: MacAddress | undefined): IpAddress | undefined => {
  const [, , , , e = 0, f = 0] = (mac ?? '').split(':').map((octet) => Number.parseInt(octet, 16));
  return mac && (`fe80::ff:fe00:${(e * 256 + f).toString(16)}` as IpAddress);
};

const VIRTUAL = new WeakMap<Configuration, ReadonlySet<IpAddress>>();

/** All VIPs and eVIPs of a configuration. */
function virtualAddressesOf(configuration: Configuration): ReadonlySet<IpAddress> {
  const known = VIRTUAL.get(configuration);
  if (known) return known;
  const lines = configuration.instances.flatMap((i) => [...i.virtualAddresses, ...i.excludedAddresses]);
  const found = new Set(lines.map(({ address }) => address));
  VIRTUAL.set(configuration, found);
  return found;
}

/** Faults of one instance once every tracker has had time to report; the sync group's members not included. */
export function steadyFault(router: Router, settings: InstanceSettings): string | undefined {
  const fault = kernelFault(router, settings);
  if (fault !== undefined) return fault;
  for (const tracked of trackersOf(router.configuration, settings, 'trackScripts')) {
    if (tracked.weight === 0 && scriptPasses(router, tracked.name) === tracked.reverse)
      return `script ${tracked.name}`;
  }
  for (const tracked of trackersOf(router.configuration, settings, 'trackProcesses')) {
    if (tracked.weight === 0 && quorumHolds(router, tracked.name) === tracked.reverse)
      return `process ${tracked.name}`;
  }
  for (const tracked of trackersOf(router.configuration, settings, 'trackFiles')) {
    const value = fileValue(router, tracked.name);
    if (tracked.weight === 0 ? (value !== 0) !== tracked.reverse : contributionOfFile(tracked, value) <= -254)
      return `file ${tracked.name}`;
  }
  return undefined;
}

/** Base priority and what trackers add once all have reported, clamped to 1..254. */
export function steadyPriority(router: Router, settings: InstanceSettings): number {
  if (settings.priority === 255) return 255;
  const { configuration, kernel } = router;
  let total = settings.priority;
  for (const t of trackersOf(configuration, settings, 'trackInterfaces'))
    total += contribution(t, kernel.running(t.name));
  for (const t of trackersOf(configuration, settings, 'trackScripts'))
    total += contribution(t, scriptPasses(router, t.name));
  for (const t of trackersOf(configuration, settings, 'trackProcesses'))
    total += contribution(t, quorumHolds(router, t.name));
  for (const t of trackersOf(configuration, settings, 'trackFiles')) {
    const points = contributionOfFile(t, fileValue(router, t.name));
    if (points > -254) total += Math.min(253, points);
  }
  return Math.min(254, Math.max(1, total));
}

type TrackerBlock = 'trackInterfaces' | 'trackScripts' | 'trackFiles' | 'trackProcesses';

/** An instance's own trackers and those of its sync group. */
export function trackersOf(
  configuration: Configuration,
  settings: InstanceSettings,
  block: TrackerBlock,
): readonly TrackSettings[] {
  const group = configuration.syncGroups.length === 0 ? undefined : groupOf(configuration, settings.name);
  return group ? settings[block].concat(group[block]) : settings[block];
}

function contribution({ weight, reverse }: TrackSettings, good: boolean): number {
  const points = good === weight > 0 ? weight : 0;
  return reverse ? -points : points;
}

const contributionOfFile = ({ weight, reverse }: TrackSettings, value: number): number =>
  value * weight * (reverse ? -1 : 1);

export function scriptPasses(router: Router, name: string): boolean {
  const settings = router.configuration.scripts.find((s) => s.name === name);
  const { result, duration } = router.processes.scriptOf(name);
  return result === 'success' && settings !== undefined && duration < settings.timeout;
}

export function quorumHolds(router: Router, name: string): boolean {
  const settings = router.configuration.trackProcesses.find((p) => p.name === name);
  if (!settings) return false;
  const count = router.processes.countOf(name);
  return count >= settings.quorum && count <= (settings.quorumMax ?? Number.POSITIVE_INFINITY);
}

/** directives-vrrp section 10: strtol with base 0, trailing text ignored, nothing readable is 0. */
export function fileValue(router: Router, name: string): number {
  const settings = router.configuration.trackFiles.find((f) => f.name === name);
  const content = settings && router.processes.fileOf(settings.file);
  return content === undefined ? 0 : Number.parseInt(content, 10) || 0;
}
