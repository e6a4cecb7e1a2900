/**
 * Datagrams that no router of the cluster meant to send: noise, forged adverts (each right but for the one thing
 * that a receive check asks for, RFC 9568 section 7.1), and echoes of a router's own adverts. Built with the
 * project's own codecs. Which of them a router hears is the network's and the kernel's affair.
 */
import type { IpAddress } from '../base/ip-address.js';
import type { Prng } from '../base/prng.js';
import type { InstanceSettings } from '../config/model.js';
import { encodeVrrpOverIpv4, type VrrpAdvert } from '../wire/vrrp.js';
import { packAddresses, VRRP_CHECKSUM_OFFSET } from '../wire/vrrp-header.js';
import { AUTH_NONE, AUTH_PASS, NO_AUTH_DATA, passwordData } from '../wire/vrrp-v2.js';
import type { Flight } from './network.js';
import { sourceOf } from './oracle.js';
import { flightOf, type Router } from './router.js';

/** Bytes of an IPv4 header without options. */
const IPV4_HEADER = 20;
/** A host of the segment that is nobody's peer. */
const STRANGER = '10.0.0.99' as IpAddress;

export interface Junk {
  readonly segment: string;
  readonly flight: Flight;
}

/** Something wrong for one of the router's instances; undefined when there is nowhere to send it. */
export function junkFor(prng: Prng, router: Router): Junk | undefined {
  const place = placeOf(prng, router);
  if (!place) return undefined;
  const { settings, segment, source: own } = place;
  const unicast = settings.unicastPeers.length > 0;
  const { bytes, source, destination } = forge(prng, settings, unicast ? own : settings.multicastGroup, own);
  const flight = flightOf('ipv4', source, destination, bytes, -1, false);
  // The kernel's filter admits by VRID alone; a forger that wants to be heard sets it.
  return { segment, flight: { ...flight, virtualRouterId: settings.virtualRouterId } };
}

/**
 * A router that is none of the cluster's speaks for one of its instances: as another owner with 255, which gives way
 * to nobody, with its goodbye 0, or with something lower. Its address is below those of all routers.
 */
export function rogueFor(router: Router, instance: number, priority: number): Junk | undefined {
  const settings = router.configuration.instances[instance];
  const segment = segmentOf(router, settings);
  const own = settings && sourceOf(router, settings);
  if (!settings || !own || segment === undefined || settings.unicastPeers.length > 0) return undefined;
  const source = own.replace(/\d+$/, priority === 255 || priority === 0 ? '2' : '3') as IpAddress;
  const destination = settings.multicastGroup;
  const envelope = { source, destination, ttl: 255, id: 1 };
  const advert = advertOf(settings, priority);
  const bytes = encodeVrrpOverIpv4(envelope, advert, advert.version === 3 ? envelope : undefined);
  return { segment, flight: flightOf('ipv4', source, destination, bytes, -1) };
}

/**
 * The last advert or goodbye of `sender` once more for `receiver`: a loop in the network when both are the
 * same router, a datagram that was long on its way otherwise.
 */
export function echoFor(prng: Prng, sender: Router, receiver: Router): Junk | undefined {
  const place = placeOf(prng, receiver);
  const bytes = place && sender.lastSentBy(place.settings.name, prng.chance(0.4));
  if (!bytes || place.settings.unicastPeers.length > 0) return undefined;
  const source = Array.from(bytes.subarray(12, 16)).join('.') as IpAddress;
  const flight = flightOf('ipv4', source, place.settings.multicastGroup, bytes, sender.router);
  return { segment: place.segment, flight };
}

function placeOf(
  prng: Prng,
  router: Router,
): { settings: InstanceSettings; segment: string; source: IpAddress } | undefined {
  const settings = prng.pick(router.configuration.instances);
  const segment = segmentOf(router, settings);
  const source = sourceOf(router, settings);
  return segment === undefined || source === undefined ? undefined : { settings, segment, source };
}

function segmentOf({ kernel }: Router, settings: InstanceSettings | undefined): string | undefined {
  const link = kernel.linkOf(settings?.interface ?? '');
  return link && kernel.segmentOf(link.index);
}

const FORGERIES = [
  'noise',
  'truncated',
  'surplus',
  'ttl',
  'version',
  'auth-type',
  'password',
  'interval',
  'type',
  'checksum',
  'stranger',
  'peer-ttl',
  'destination',
  'zero-interval',
] as const;
type Forgery = (typeof FORGERIES)[number];

/** Whether the settings make this a fault at all: TTL matters for multicast, peers for unicast, and so on. */
function applies(forgery: Forgery, settings: InstanceSettings): boolean {
  const unicast = settings.unicastPeers.length > 0;
  switch (forgery) {
    case 'ttl':
      return !unicast;
    case 'destination':
      return !unicast;
    case 'peer-ttl':
      return unicast && settings.checkUnicastSource && (settings.unicastPeers[0]?.minTtl ?? 0) > 64;
    case 'zero-interval':
      return settings.version === 3;
    case 'stranger':
      return unicast && settings.checkUnicastSource;
    case 'password':
      return settings.version === 2 && settings.authentication.type === 'pass';
    case 'auth-type':
    case 'interval':
      return settings.version === 2;
    default:
      return true;
  }
}

interface Forged {
  readonly bytes: Uint8Array;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** `usual` is where adverts for the instance go, `own` the router's address. */
function forge(prng: Prng, settings: InstanceSettings, usual: IpAddress, own: IpAddress): Forged {
  const forgery = prng.pick(FORGERIES.filter((one) => applies(one, settings)));
  const source = forgery === 'stranger' ? STRANGER : (settings.unicastPeers[0]?.address ?? STRANGER);
  const destination = forgery === 'destination' ? own : usual;
  const ttl = forgery === 'ttl' || forgery === 'peer-ttl' ? 64 : 255;
  const envelope = { source, destination, ttl, id: 1 };
  const advert = forgedAdvert(forgery, settings, prng.pick([0, 254, 255]));
  const right = encodeVrrpOverIpv4(envelope, advert, advert.version === 3 ? envelope : undefined);
  return { bytes: spoil(prng, forgery, settings, right), source, destination };
}

function spoil(prng: Prng, forgery: Forgery, settings: InstanceSettings, bytes: Uint8Array): Uint8Array {
  const at = IPV4_HEADER + VRRP_CHECKSUM_OFFSET;
  switch (forgery) {
    case 'noise':
      for (let i = IPV4_HEADER; i < bytes.length; i++) bytes[i] = prng.integer(0, 255);
      // Noise with the right version and type could by chance be an advert.
      bytes[IPV4_HEADER] = 0;
      return bytes;
    case 'type':
      return retitle(bytes, (settings.version << 4) | 2);
    case 'version':
      return retitle(bytes, (4 << 4) | 1);
    case 'checksum':
      bytes[at] = (bytes[at] ?? 0) ^ (1 << prng.integer(0, 7));
      return bytes;
    case 'truncated':
      return resize(bytes, prng.integer(IPV4_HEADER + 3, bytes.length - 1));
    case 'surplus':
      return resize(bytes, bytes.length + 4);
    default:
      return bytes;
  }
}

/** Another length, in the IP header too: what it does not fit, no kernel hands to a raw socket. */
function resize(bytes: Uint8Array, length: number): Uint8Array {
  const other = new Uint8Array(length);
  other.set(bytes.subarray(0, length));
  other[3] = length;
  return other;
}

/** Another version and type in the first byte; what it adds to the sum, the checksum loses. */
function retitle(bytes: Uint8Array, title: number): Uint8Array {
  const at = IPV4_HEADER + VRRP_CHECKSUM_OFFSET;
  const more = (title - (bytes[IPV4_HEADER] ?? 0)) << 8;
  const checksum = ((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)) - more + 0xffff) % 0xffff;
  bytes[IPV4_HEADER] = title;
  bytes[at] = checksum >> 8;
  bytes[at + 1] = checksum & 0xff;
  return bytes;
}

/** As a router of the cluster would send it. */
function advertOf(settings: InstanceSettings, priority: number): VrrpAdvert {
  const { authentication, virtualRouterId } = settings;
  const addresses = packAddresses(settings.virtualAddresses.map((a) => a.address));
  const common = { family: 'ipv4' as const, virtualRouterId, priority, addresses };
  if (settings.version === 3)
    return { ...common, version: 3, advertCentiseconds: Math.round(settings.advertInterval / 10_000) };
  const pass = authentication.type === 'pass';
  return {
    ...common,
    version: 2,
    advertSeconds: Math.max(1, Math.round(settings.advertInterval / 1e6)),
    authType: pass ? AUTH_PASS : AUTH_NONE,
    authData: pass ? passwordData(authentication.password) : NO_AUTH_DATA,
  };
}

function forgedAdvert(forgery: Forgery, settings: InstanceSettings, priority: number): VrrpAdvert {
  const common = {
    family: 'ipv4' as const,
    virtualRouterId: settings.virtualRouterId,
    priority: forgery === 'zero-interval' ? 254 : priority,
    addresses: packAddresses(settings.virtualAddresses.map((a) => a.address)),
  };
  const advertCentiseconds = forgery === 'zero-interval' ? 0 : Math.round(settings.advertInterval / 10_000);
  if (settings.version === 3) return { ...common, version: 3, advertCentiseconds };
  const { authentication } = settings;
  const pass = (authentication.type === 'pass') !== (forgery === 'auth-type');
  const password =
    authentication.type === 'pass' && forgery !== 'password' ? authentication.password : 'guess';
  return {
    ...common,
    version: 2,
    advertSeconds: Math.max(1, Math.round(settings.advertInterval / 1e6)) + (forgery === 'interval' ? 1 : 0),
    authType: pass ? AUTH_PASS : AUTH_NONE,
    authData: pass ? passwordData(password) : NO_AUTH_DATA,
  };
}
