/**
 * Adverts as the engine sees them: what of a configuration stands in every packet, how one is built at send time
 * from the current state, and how a received datagram is opened. Bytes are wire's affair; whether a received
 * advert is believed is decided in receive-checks.ts.
 */
import { foldChecksum } from '../../base/checksum.js';
import { type IpAddress, parseIpAddress } from '../../base/ip-address.js';
import type { InstanceSettings, UnicastPeer } from '../../config/model.js';
import { readIpv4Header } from '../../wire/ipv4.js';
import { encodeVrrp, encodeVrrpOverIpv4, type VrrpAdvert } from '../../wire/vrrp.js';
import {
  packAddresses,
  readVrrpHeader,
  VRRP_HEADER_LENGTH,
  type VrrpHeader,
} from '../../wire/vrrp-header.js';
import { AUTH_NONE, AUTH_PASS, NO_AUTH_DATA, passwordData } from '../../wire/vrrp-v2.js';
import type { ReceivedPacket } from '../inputs.js';

/** TTL and hop limit of multicast adverts: RFC 9568 section 5.1.1.3. */
export const MULTICAST_TTL = 255;
const LARGEST_IP_ID = 0xffff;

/** What a configuration makes of every advert, packed once. */
export interface AdvertForm {
  readonly settings: InstanceSettings;
  /** The advertised VIPs as they stand on the wire. */
  readonly addresses: Uint8Array;
  readonly authType: number;
  readonly authData: Uint8Array;
  readonly advertSeconds: number;
  readonly advertCentiseconds: number;
  readonly unicast: boolean;
  readonly peers: ReadonlyMap<string, UnicastPeer>;
  readonly destinations: readonly IpAddress[];
}

export function advertForm(settings: InstanceSettings): AdvertForm {
  const { authentication, family, unicastPeers, version } = settings;
  const unicast = unicastPeers.length > 0;
  const password = version === 2 && family === 'ipv4' && authentication.type === 'pass';
  return {
    settings,
    addresses: packAddresses(settings.virtualAddresses.map(({ address }) => address)),
    authType: password ? AUTH_PASS : AUTH_NONE,
    authData: password ? passwordData(authentication.password) : NO_AUTH_DATA,
    advertSeconds: Math.round(settings.advertInterval / 1e6),
    advertCentiseconds: Math.round(settings.advertInterval / 1e4),
    unicast,
    peers: new Map(unicastPeers.map((peer) => [peer.address, peer])),
    destinations: unicast ? unicastPeers.map(({ address }) => address) : [settings.multicastGroup],
  };
}

/** The next IP identification: 1..65535, Keepalived's count. */
export const nextIpId = (id: number): number => (id % LARGEST_IP_ID) + 1;

/**
 * One advert for one destination, as Effect `send-advert` carries it. `priority` 0..255. Over IPv4 its
 * identification is 0: `numbered` gives copies with others.
 */
export function buildAdvert(
  form: AdvertForm,
  priority: number,
  source: IpAddress,
  destination: IpAddress,
): Uint8Array {
  const { family, version, virtualRouterId } = form.settings;
  const common = { family, virtualRouterId, priority, addresses: form.addresses };
  const advert: VrrpAdvert =
    version === 2
      ? {
          ...common,
          version,
          advertSeconds: form.advertSeconds,
          authType: form.authType,
          authData: form.authData,
        }
      : { ...common, version, advertCentiseconds: form.advertCentiseconds };
  const ends = { source, destination };
  if (family === 'ipv6') return encodeVrrp(advert, ends);
  const ttl = (form.unicast ? form.settings.unicastTtl : undefined) ?? MULTICAST_TTL;
  return encodeVrrpOverIpv4({ ...ends, ttl, id: 0 }, advert, ends);
}

/** Offsets of identification and header checksum (RFC 791). */
const IP_ID = 4;
const IP_CHECKSUM = 10;

/** A copy of an IPv4 advert that has identification 0, with another; the checksum follows. */
export function numbered(advert: Uint8Array, id: number): Uint8Array {
  const copy = advert.slice();
  const checksum = foldChecksum(
    (~((copy[IP_CHECKSUM] ?? 0) * 256 + (copy[IP_CHECKSUM + 1] ?? 0)) & 0xffff) + id,
  );
  copy[IP_ID] = id >> 8;
  copy[IP_ID + 1] = id & 0xff;
  copy[IP_CHECKSUM] = checksum >> 8;
  copy[IP_CHECKSUM + 1] = checksum & 0xff;
  return copy;
}

/** A datagram with its header read, and nothing believed yet. */
export interface OpenedPacket {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly bytes: Uint8Array;
  /** Where the VRRP bytes begin, and how many the IP header promises: there may be fewer. */
  readonly at: number;
  readonly length: number;
  readonly header: VrrpHeader;
}

/** Who sent a datagram that cannot be opened; empty where not even that can be read. */
export function senderOf({ bytes, family, source }: ReceivedPacket): string {
  if (family === 'ipv6') return source ?? '';
  const read = readIpv4Header(bytes);
  return read.ok ? read.value.source : '';
}

/** Undefined: too short to say for which virtual router it is, or without a sender. */
export function openPacket(packet: ReceivedPacket): OpenedPacket | undefined {
  return packet.family === 'ipv4' ? openIpv4(packet.bytes) : openIpv6(packet);
}

function openIpv4(bytes: Uint8Array): OpenedPacket | undefined {
  const read = readIpv4Header(bytes);
  if (!read.ok) return undefined;
  const { headerLength, totalLength, ttl, source, destination } = read.value;
  const length = totalLength - headerLength;
  if (length < VRRP_HEADER_LENGTH) return undefined;
  const header = readVrrpHeader(bytes, headerLength);
  if (!header) return undefined;
  return { source, destination, ttl, bytes, at: headerLength, length, header };
}

function openIpv6(packet: ReceivedPacket): OpenedPacket | undefined {
  const source = parseIpAddress(packet.source ?? '');
  const destination = parseIpAddress(packet.destination ?? '');
  const header = readVrrpHeader(packet.bytes);
  if (!source.ok || !destination.ok || !header) return undefined;
  return {
    source: source.value,
    destination: destination.value,
    ttl: packet.hopLimit ?? 0,
    bytes: packet.bytes,
    at: 0,
    length: packet.bytes.length,
    header,
  };
}
