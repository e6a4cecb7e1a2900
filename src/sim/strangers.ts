/**
 * Datagrams that no router of the cluster meant to send: noise, forged adverts (each right but for the one thing
 * that a receive check asks for, RFC 9568 section 7.1), and echoes of a router's own adverts. Built with the
 * project's own codecs. Which of them a router hears is the network's and the kernel's affair.
 */
import type { IpAddress } from '../base/ip-address.js';
import type { Prng } from '../base/prng.js';
import type { InstanceSettings } from '../config/model.js';
import { encodeVrrpOverIpv4, type VrrpAdvert } from '../wire/vrrp.js';
import { packAddresses } from '../wire/vrrp-header.js';
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
  const destination = unicast ? own : settings.multicastGroup;
  const { bytes, source } = forge(prng, settings, destination);
  const flight = flightOf('ipv4', source, destination, bytes, -1, false);
  // The kernel's filter admits by VRID alone; a forger that wants to be heard sets it.
  return { segment, flight: { ...flight, virtualRouterId: settings.virtualRouterId } };
}

/**
 * The last advert of `sender`, goodbyes included, once more for `receiver`: a loop in the network when both are the
 * same router, a datagram that was long on its way otherwise.
 */
export function echoFor(prng: Prng, sender: Router, receiver: Router): Junk | undefined {
  const place = placeOf(prng, receiver);
  const bytes = place && sender.lastAdvertOf(place.settings.name);
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
  const link = router.kernel.linkOf(settings.interface ?? '');
  const segment = link && router.kernel.segmentOf(link.index);
  const source = sourceOf(router, settings);
  return segment === undefined || source === undefined ? undefined : { settings, segment, source };
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
] as const;
type Forgery = (typeof FORGERIES)[number];

/** Whether the settings make this a fault at all: TTL matters for multicast, peers for unicast, and so on. */
function applies(forgery: Forgery, settings: InstanceSettings): boolean {
  const unicast = settings.unicastPeers.length > 0;
  switch (forgery) {
    case 'ttl':
      return !unicast;
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

function forge(
  prng: Prng,
  settings: InstanceSettings,
  destination: IpAddress,
): { bytes: Uint8Array; source: IpAddress } {
  const possible = FORGERIES.filter((forgery) => applies(forgery, settings));
  const forgery = prng.pick(possible);
  const source = forgery === 'stranger' ? STRANGER : (settings.unicastPeers[0]?.address ?? STRANGER);
  const envelope = { source, destination, ttl: forgery === 'ttl' ? 64 : 255, id: 1 };
  const advert = forgedAdvert(forgery, settings, prng.pick([0, 254, 255]));
  const bytes = encodeVrrpOverIpv4(envelope, advert, advert.version === 3 ? envelope : undefined);
  const checksumAt = IPV4_HEADER + 6;
  switch (forgery) {
    case 'noise':
      for (let i = IPV4_HEADER; i < bytes.length; i++) bytes[i] = prng.integer(0, 255);
      bytes[checksumAt] = (bytes[checksumAt] ?? 0) ^ 0x5a;
      // Noise with the right checksum, length and type would be an advert.
      bytes[IPV4_HEADER] = 0;
      break;
    case 'type': {
      bytes[IPV4_HEADER] = (settings.version << 4) | 2;
      // One more in the first byte is one less in the sum's complement: the checksum stays right.
      const sum = (((bytes[checksumAt] ?? 0) << 8) | (bytes[checksumAt + 1] ?? 0)) - 0x100;
      const folded = sum < 0 ? sum + 0xffff : sum;
      bytes[checksumAt] = folded >> 8;
      bytes[checksumAt + 1] = folded & 0xff;
      break;
    }
    case 'checksum':
      bytes[checksumAt] = (bytes[checksumAt] ?? 0) ^ (1 << prng.integer(0, 7));
      break;
    case 'truncated':
      return { bytes: bytes.slice(0, prng.integer(IPV4_HEADER + 3, bytes.length - 1)), source };
    case 'surplus': {
      const longer = new Uint8Array(bytes.length + 4);
      longer.set(bytes);
      longer[3] = longer.length;
      return { bytes: longer, source };
    }
    default:
      break;
  }
  return { bytes, source };
}

function forgedAdvert(forgery: Forgery, settings: InstanceSettings, priority: number): VrrpAdvert {
  const version = forgery === 'version' ? (settings.version === 2 ? 3 : 2) : settings.version;
  const common = {
    family: 'ipv4' as const,
    virtualRouterId: settings.virtualRouterId,
    priority,
    addresses: packAddresses(settings.virtualAddresses.map((a) => a.address)),
  };
  if (version === 3)
    return { ...common, version: 3, advertCentiseconds: Math.round(settings.advertInterval / 10_000) };
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
