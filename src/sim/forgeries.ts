/**
 * Forged adverts: each right but for the one thing that a receive check asks for (RFC 9568 section 7.1, runtime
 * reference section 9), so that a router which leaves that check out obeys it. Who is to hear one, and when, is decided
 * in strangers.ts and faults.ts.
 */
import type { IpAddress } from '../base/ip-address.js';
import type { Prng } from '../base/prng.js';
import type { InstanceSettings } from '../config/model.js';
import type { VrrpAdvert } from '../wire/vrrp.js';
import { packAddresses, VRRP_CHECKSUM_OFFSET } from '../wire/vrrp-header.js';
import { HMAC_TRAILER_LENGTH, sequenceOfClock } from '../wire/vrrp-hmac.js';
import { AUTH_AH, AUTH_NONE, AUTH_PASS, NO_AUTH_DATA, passwordData } from '../wire/vrrp-v2.js';
import { provesByAh } from './proof-record.js';
import { type Envelope, type Seal, seal, sealFor, startOf, unsealed } from './sealing.js';

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
/** What only some clusters can suffer: there half of all forgeries are of these kinds. */
const PROOF_FORGERIES = [
  'ip-length',
  'ah-missing',
  'ah-unasked',
  'ah-key',
  'ah-spi',
  'hmac-missing',
  'hmac-type',
  'hmac-stale',
  'hmac-unknown-key',
  'hmac-key',
  'hmac-stranger',
] as const;
type Forgery = (typeof FORGERIES)[number] | (typeof PROOF_FORGERIES)[number];

const WRONG_KEY = new Uint8Array(8).fill(0x67);
const UNKNOWN_KEY = 99;

/** Whether the settings make this a fault at all: TTL matters for multicast, peers for unicast, and so on. */
function applies(forgery: Forgery, settings: InstanceSettings): boolean {
  const { family, hmac, version, checkUnicastSource } = settings;
  const unicast = settings.unicastPeers.length > 0;
  switch (forgery) {
    case 'ttl':
      return !unicast;
    case 'destination':
      return !unicast;
    case 'peer-ttl':
      return unicast && checkUnicastSource && (settings.unicastPeers[0]?.minTtl ?? 0) > 64;
    case 'zero-interval':
      return version === 3;
    case 'stranger':
      return unicast && checkUnicastSource;
    case 'password':
      return version === 2 && settings.authentication.type === 'pass';
    case 'auth-type':
    case 'interval':
      return version === 2;
    case 'ip-length':
      return family === 'ipv4';
    case 'ah-missing':
    case 'ah-key':
    case 'ah-spi':
      return provesByAh(settings);
    case 'ah-unasked':
      return family === 'ipv4' && !provesByAh(settings);
    case 'hmac-missing':
      return hmac?.mode === 'enforce';
    case 'hmac-type':
    case 'hmac-unknown-key':
    case 'hmac-key':
      return hmac !== undefined;
    case 'hmac-stale':
      return hmac?.antiReplay === 'time';
    case 'hmac-stranger':
      return unicast && hmac !== undefined;
    default:
      return true;
  }
}

export interface Forged extends Envelope {
  readonly bytes: Uint8Array;
}

/** Whom a forger knows. */
export interface Scenery {
  /** Where adverts for the instance go. */
  readonly usual: IpAddress;
  /** The address of the router that is to hear it. */
  readonly own: IpAddress;
  /** A host of the segment that is nobody's peer. */
  readonly stranger: IpAddress;
  /** Wall time of the router that is to hear it, microseconds. */
  readonly wall: number;
  /** A sequence number of AH that nobody has come to. */
  readonly newest: number;
}

export function forge(prng: Prng, settings: InstanceSettings, scenery: Scenery): Forged {
  const { usual, own, stranger } = scenery;
  const forgery = pickForgery(prng, settings);
  const foreign = forgery === 'stranger' || forgery === 'hmac-stranger';
  const source = foreign ? stranger : (settings.unicastPeers[0]?.address ?? stranger);
  const destination = forgery === 'destination' ? own : usual;
  const ttl = forgery === 'ttl' || forgery === 'peer-ttl' ? 64 : 255;
  const envelope = { source, destination, ttl };
  const advert = forgedAdvert(forgery, settings, prng.pick([0, 254, 255]));
  const proof = forgedSeal(forgery, settings, source, scenery);
  const unicast = settings.unicastPeers.length > 0;
  const blank = unsealed(envelope, advert, proof);
  // An authentication header covers everything, so what is wrong with it must be so before it is sealed.
  const early = proof.ah !== undefined || ['noise', 'version', 'type'].includes(forgery);
  const place = { at: startOf(advert, proof), trailer: proof.hmac ? HMAC_TRAILER_LENGTH : 0 };
  const spoilt = (bytes: Uint8Array): Uint8Array => spoil(prng, forgery, settings, bytes, place);
  const drafted = early ? spoilt(blank) : blank;
  seal(drafted, advert, envelope, proof, unicast);
  return { ...envelope, bytes: early ? drafted : spoilt(drafted) };
}

function pickForgery(prng: Prng, settings: InstanceSettings): Forgery {
  const usual = FORGERIES.filter((one) => applies(one, settings));
  const proofs = PROOF_FORGERIES.filter((one) => applies(one, settings));
  return prng.pick(proofs.length > 0 && prng.chance(proofs.length > 2 ? 0.5 : 0.15) ? proofs : usual);
}

function forgedSeal(
  forgery: Forgery,
  settings: InstanceSettings,
  source: IpAddress,
  { wall, newest }: Scenery,
): Seal {
  const late = forgery === 'hmac-stale' ? 2 * (settings.hmac?.timeWindow ?? 0) : 0;
  const right = sealFor(settings, source, { newest, sequence: sequenceOfClock(wall - late) });
  switch (forgery) {
    case 'ah-missing':
    case 'hmac-missing':
      return {};
    case 'ah-unasked':
      return { ah: { key: WRONG_KEY, sequence: newest, spi: source } };
    case 'ah-key':
      return right.ah ? { ah: { ...right.ah, key: WRONG_KEY } } : right;
    case 'ah-spi':
      return right.ah ? { ah: { ...right.ah, spi: '10.0.0.1' as IpAddress } } : right;
    case 'hmac-type':
      return right.hmac ? { hmac: { ...right.hmac, type: 2 } } : right;
    case 'hmac-unknown-key':
      return right.hmac ? { hmac: { ...right.hmac, keyId: UNKNOWN_KEY } } : right;
    case 'hmac-key':
      return right.hmac ? { hmac: { ...right.hmac, key: WRONG_KEY } } : right;
    default:
      // Who may do without a trailer hears forgeries without one, too.
      return settings.hmac?.mode === 'receive-only' && !forgery.startsWith('hmac') ? {} : right;
  }
}

/** `at`: where the VRRP bytes begin; `trailer`: how long what is behind them. */
function spoil(
  prng: Prng,
  forgery: Forgery,
  settings: InstanceSettings,
  bytes: Uint8Array,
  { at, trailer }: { readonly at: number; readonly trailer: number },
): Uint8Array {
  const field = at + VRRP_CHECKSUM_OFFSET;
  switch (forgery) {
    case 'noise':
      for (let i = at; i < bytes.length; i++) bytes[i] = prng.integer(0, 255);
      // Noise with the right version and type could by chance be an advert.
      bytes[at] = 0;
      return bytes;
    case 'type':
      return retitle(bytes, at, (settings.version << 4) | 2);
    case 'version':
      return retitle(bytes, at, (4 << 4) | 1);
    case 'checksum':
      bytes[field] = (bytes[field] ?? 0) ^ (1 << prng.integer(0, 7));
      return bytes;
    case 'truncated':
      return resize(bytes, prng.integer(at + 3, bytes.length - 1 - trailer), settings);
    case 'surplus':
      return resize(bytes, bytes.length + 4, settings);
    case 'ip-length':
      bytes[3] = (bytes[3] ?? 0) - 1;
      return bytes;
    default:
      return bytes;
  }
}

/** Another length, in the IP header too: what it does not fit, no kernel hands to a raw socket. */
function resize(bytes: Uint8Array, length: number, { family }: InstanceSettings): Uint8Array {
  const other = new Uint8Array(length);
  other.set(bytes.subarray(0, length));
  if (family === 'ipv4') other[3] = length;
  return other;
}

/** Another version and type in the first byte; what it adds to the sum, the checksum loses. */
function retitle(bytes: Uint8Array, start: number, title: number): Uint8Array {
  const at = start + VRRP_CHECKSUM_OFFSET;
  const more = (title - (bytes[start] ?? 0)) << 8;
  const checksum = ((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)) - more + 0xffff) % 0xffff;
  bytes[start] = title;
  bytes[at] = checksum >> 8;
  bytes[at + 1] = checksum & 0xff;
  return bytes;
}

/** As a router of the cluster would send it. */
export const advertOf = (settings: InstanceSettings, priority: number): VrrpAdvert =>
  forgedAdvert(undefined, settings, priority);

function forgedAdvert(
  forgery: Forgery | undefined,
  settings: InstanceSettings,
  priority: number,
): VrrpAdvert {
  const common = {
    family: settings.family,
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
  const ah = authentication.type === 'ah' && forgery !== 'auth-type';
  return {
    ...common,
    version: 2,
    advertSeconds: Math.max(1, Math.round(settings.advertInterval / 1e6)) + (forgery === 'interval' ? 1 : 0),
    authType: ah ? AUTH_AH : pass ? AUTH_PASS : AUTH_NONE,
    authData: pass ? passwordData(password) : NO_AUTH_DATA,
  };
}
