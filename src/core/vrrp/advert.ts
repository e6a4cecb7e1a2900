/**
 * Adverts as the engine sends them: what of a configuration stands in every packet, and how one is built at send
 * time from the current state. Bytes are wire's affair; what makes each copy new is seal.ts's; how a received
 * datagram is opened is opened-packet.ts's.
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { InstanceSettings, UnicastPeer } from '../../config/model.js';
import type { HmacSettings } from '../../config/model-vrrp.js';
import { encodeVrrp, encodeVrrpOverIpv4, type VrrpAdvert } from '../../wire/vrrp.js';
import { type PseudoHeader, packAddresses } from '../../wire/vrrp-header.js';
import { HMAC_TRAILER_LENGTH } from '../../wire/vrrp-hmac.js';
import { AUTH_AH, AUTH_NONE, AUTH_PASS, NO_AUTH_DATA, passwordData } from '../../wire/vrrp-v2.js';

/** TTL and hop limit of multicast adverts: RFC 9568 section 5.1.1.3. */
export const MULTICAST_TTL = 255;
const LARGEST_IP_ID = 0xffff;

/** What a configuration makes of every advert, packed once. */
export interface AdvertForm {
  readonly settings: InstanceSettings;
  /** The advertised VIPs as they stand on the wire: the first ones, as many as there is room for. */
  readonly addresses: Uint8Array;
  readonly room: number;
  readonly authType: number;
  readonly authData: Uint8Array;
  /** Present: adverts travel behind an authentication header. */
  readonly ahKey?: Uint8Array;
  readonly hmac?: HmacForm;
  readonly advertSeconds: number;
  readonly advertCentiseconds: number;
  readonly unicast: boolean;
  readonly peers: ReadonlyMap<string, UnicastPeer>;
  readonly destinations: readonly IpAddress[];
}

const AUTH_TYPES = { none: AUTH_NONE, pass: AUTH_PASS, ah: AUTH_AH } as const;

/** `auth_hmac` as it is used with every packet. */
export interface HmacForm {
  readonly keys: ReadonlyMap<number, Uint8Array>;
  readonly activeId: number;
  readonly activeKey: Uint8Array;
  /** `anti_replay time`: adverts must be as fresh as `window` seconds, and not only in order. */
  readonly timed: boolean;
  readonly window: number;
  /** Ours carry a trailer: not `receive-only`. */
  readonly signs: boolean;
  /** Those of others must carry one: `enforce`. */
  readonly demands: boolean;
}

const bytesOfHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

function hmacForm({ keys, activeKey, antiReplay, timeWindow, mode }: HmacSettings): HmacForm | undefined {
  const byId = new Map(keys.map(({ id, hex }) => [id, bytesOfHex(hex)]));
  const active = byId.get(activeKey);
  if (!active) return undefined;
  return {
    keys: byId,
    activeId: activeKey,
    activeKey: active,
    timed: antiReplay === 'time',
    window: timeWindow / 1e6,
    signs: mode !== 'receive-only',
    demands: mode === 'enforce',
  };
}

/** One for all: of thousands of instances most speak multicast. */
const NO_PEERS: ReadonlyMap<string, UnicastPeer> = new Map();

/** `room`: addresses that an advert can hold (advert-room.ts). */
export function advertForm(settings: InstanceSettings, room: number): AdvertForm {
  const { authentication, family, unicastPeers, version } = settings;
  const unicast = unicastPeers.length > 0;
  const type = version === 2 && family === 'ipv4' ? authentication.type : 'none';
  const secret = authentication.type === 'none' ? NO_AUTH_DATA : passwordData(authentication.password);
  const hmac = settings.hmac && hmacForm(settings.hmac);
  return {
    settings,
    addresses: packAddresses(settings.virtualAddresses.slice(0, room).map(({ address }) => address)),
    room,
    authType: AUTH_TYPES[type],
    authData: type === 'pass' ? secret : NO_AUTH_DATA,
    ...(type === 'ah' ? { ahKey: secret } : {}),
    ...(hmac ? { hmac } : {}),
    advertSeconds: Math.round(settings.advertInterval / 1e6),
    advertCentiseconds: Math.round(settings.advertInterval / 1e4),
    unicast,
    peers: unicast ? new Map(unicastPeers.map((peer) => [peer.address, peer])) : NO_PEERS,
    destinations: unicast ? unicastPeers.map(({ address }) => address) : [settings.multicastGroup],
  };
}

/** The next IP identification: 1..65535, Keepalived's count. */
export const nextIpId = (id: number): number => (id % LARGEST_IP_ID) + 1;

/**
 * One advert for one destination, as Effect `send-advert` carries it but for what seal.ts adds: over IPv4 its
 * identification is 0, and the room for a trailer is empty. `priority` 0..255; `pseudo`: what the checksum of
 * version 3 covers beside it.
 */
export function buildAdvert(
  form: AdvertForm,
  priority: number,
  source: IpAddress,
  destination: IpAddress,
  pseudo: PseudoHeader | undefined,
): Uint8Array {
  const { family, version, virtualRouterId } = form.settings;
  const { addresses } = form;
  const advert: VrrpAdvert =
    version === 2
      ? {
          family,
          virtualRouterId,
          priority,
          addresses,
          version,
          advertSeconds: form.advertSeconds,
          authType: form.authType,
          authData: form.authData,
        }
      : {
          family,
          virtualRouterId,
          priority,
          addresses,
          version,
          advertCentiseconds: form.advertCentiseconds,
        };
  const trailer = form.hmac?.signs ? HMAC_TRAILER_LENGTH : 0;
  if (family === 'ipv6') {
    const bytes = encodeVrrp(advert, pseudo);
    if (trailer === 0) return bytes;
    const roomy = new Uint8Array(bytes.length + trailer);
    roomy.set(bytes);
    return roomy;
  }
  const ttl = (form.unicast ? form.settings.unicastTtl : undefined) ?? MULTICAST_TTL;
  const envelope = { source, destination, ttl, id: 0, ah: form.ahKey !== undefined, trailer };
  return encodeVrrpOverIpv4(envelope, advert, pseudo);
}
