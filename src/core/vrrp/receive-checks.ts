/**
 * What a received advert must pass before it means anything, as data in the order of runtime reference section 9
 * (RFC 3768 and RFC 9568 section 7.1). A refused packet costs its counter and at most one line; it never touches
 * a timer. What an accepted advert means is decided by the transition table.
 */
import { isMulticast } from '../../base/ip-address.js';
import { vrrpLength } from '../../wire/vrrp.js';
import { VRRP_ADVERTISEMENT, VRRP_HEADER_LENGTH, vrrpChecksumHolds } from '../../wire/vrrp-header.js';
import { AUTH_DATA_LENGTH } from '../../wire/vrrp-v2.js';
import type { InstanceCounters } from '../status.js';
import { type AdvertForm, MULTICAST_TTL, type OpenedPacket } from './advert.js';

export interface ReceiveCheck {
  readonly id: string;
  /** What is counted; absent: nothing, the deviation is legal and only said. */
  readonly counter?: keyof InstanceCounters;
  /** False: said and counted, but the advert is obeyed. */
  readonly drops: boolean;
  /** Checks of form come before the advert counts as received, checks of content after it. */
  readonly stage: 'form' | 'content';
  readonly clause: string;
  /** What is wrong, for people; undefined: nothing. `familiar`: BACKUP, and its sender was the last one checked. */
  readonly fault: (packet: OpenedPacket, form: AdvertForm, familiar: boolean) => string | undefined;
}

const byte = (n: number): string => `0x${n.toString(16).padStart(2, '0')}`;

export const RECEIVE_CHECKS: readonly ReceiveCheck[] = [
  {
    id: 'length',
    counter: 'packetLength',
    drops: true,
    stage: 'form',
    clause: 'RFC 9568 7.1: the received packet length; runtime 9: IP total length',
    fault: ({ bytes, at, header, length }, { settings }) => {
      if (at + length > bytes.length) return 'fewer bytes than the IP header promises';
      const expected = vrrpLength(header.version, settings.family, header.addressCount) ?? length;
      return length === expected ? undefined : `${length} bytes of VRRP where ${expected} belong`;
    },
  },
  {
    id: 'ttl',
    counter: 'ttl',
    drops: true,
    stage: 'form',
    clause: 'RFC 9568 7.1: the TTL or hop limit is 255; runtime 9: multicast only',
    fault: ({ ttl }, { unicast }) =>
      unicast || ttl === MULTICAST_TTL ? undefined : `TTL ${ttl} instead of 255: it was routed`,
  },
  {
    id: 'version',
    counter: 'version',
    drops: true,
    stage: 'form',
    clause: 'RFC 9568 7.1: the VRRP version',
    fault: ({ header }, { settings }) =>
      header.version === settings.version
        ? undefined
        : `version ${header.version} instead of ${settings.version}`,
  },
  {
    id: 'auth-type',
    counter: 'authenticationType',
    drops: true,
    stage: 'form',
    clause: 'RFC 2338 7.1; RFC 3768 5.3.6',
    fault: ({ header }, { settings, authType }) =>
      settings.version === 3 || header.authType === authType
        ? undefined
        : `authentication type ${header.authType} instead of ${authType}`,
  },
  {
    id: 'password',
    counter: 'authentication',
    drops: true,
    stage: 'form',
    clause: 'RFC 2338 7.1 and 5.3.10',
    fault: ({ bytes, at, length }, { settings, authType, authData }) => {
      if (settings.version === 3 || authType === 0) return undefined;
      const start = at + length - AUTH_DATA_LENGTH;
      return authData.every((expected, i) => bytes[start + i] === expected) ? undefined : 'another password';
    },
  },
  {
    id: 'interval',
    counter: 'interval',
    drops: true,
    stage: 'form',
    clause: 'RFC 3768 7.1: Adver Int equals the one configured',
    fault: ({ header }, { settings, advertSeconds }) =>
      settings.version === 3 || header.advertSeconds === advertSeconds
        ? undefined
        : `advert interval ${header.advertSeconds} s instead of ${advertSeconds} s`,
  },
  {
    id: 'type',
    counter: 'type',
    drops: true,
    stage: 'form',
    clause: 'RFC 9568 5.2.2: packets of unknown type are discarded',
    fault: ({ header }) =>
      header.type === VRRP_ADVERTISEMENT ? undefined : `type ${header.type} instead of 1 (advertisement)`,
  },
  {
    id: 'other-interval',
    drops: false,
    stage: 'form',
    clause: 'RFC 9568 6.1: the interval of the Active router is adopted; runtime 9: said once',
    fault: ({ header }, { settings, advertCentiseconds }) =>
      settings.version === 2 || header.priority === 0 || header.advertCentiseconds === advertCentiseconds
        ? undefined
        : `advert interval ${header.advertCentiseconds * 10} ms, ours is ${advertCentiseconds * 10} ms`,
  },
  {
    id: 'zero-interval',
    counter: 'interval',
    drops: true,
    stage: 'form',
    clause: 'RFC 9568 5.2.7: Max Advertise Interval of at least one hundredth of a second',
    fault: ({ header }, { settings }) =>
      settings.version === 3 && header.priority > 0 && header.advertCentiseconds === 0
        ? 'advert interval 0'
        : undefined,
  },
  {
    id: 'checksum',
    counter: 'checksum',
    drops: true,
    stage: 'form',
    clause: 'RFC 9568 7.1 and 5.2.8: the VRRP checksum',
    fault: ({ bytes, at, length, source, destination, header }, { settings }) => {
      const pseudo =
        settings.version === 3 || settings.family === 'ipv6' ? { source, destination } : undefined;
      const field = at + VRRP_HEADER_LENGTH - 2;
      return vrrpChecksumHolds(bytes, at, length, pseudo)
        ? undefined
        : `wrong checksum ${byte(bytes[field] ?? 0)}${byte(header.checksum & 0xff).slice(2)}`;
    },
  },
  {
    id: 'destination',
    counter: 'destination',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: unicast or multicast kind matches',
    fault: ({ destination }, { unicast }) =>
      isMulticast(destination) === !unicast
        ? undefined
        : `sent to ${destination}, but ${unicast ? 'unicast' : 'multicast'} is configured`,
  },
  {
    id: 'owner-ignores',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: owner_ignore_adverts comes before the advert is counted',
    fault: (_packet, { settings }) =>
      settings.ownerIgnoreAdverts ? 'the owner of the addresses listens to nobody' : undefined,
  },
  {
    id: 'addresses',
    counter: 'addressList',
    drops: false,
    stage: 'content',
    clause:
      'RFC 3768 7.1: the address list MAY be checked; runtime 9: counted, said, still obeyed; timeline 11',
    fault: ({ bytes, at, header }, { addresses, settings }, familiar) => {
      if (familiar && settings.skipCheckAdvertAddresses) return undefined;
      const width = settings.family === 'ipv4' ? 4 : 16;
      const start = at + VRRP_HEADER_LENGTH;
      const theirs = bytes.subarray(start, start + header.addressCount * width);
      return sameAddresses(theirs, addresses, width) ? undefined : 'its list of addresses is not ours';
    },
  },
  {
    id: 'peer',
    counter: 'source',
    drops: true,
    stage: 'content',
    clause: 'runtime 9: check_unicast_src; timeline 20',
    fault: ({ source }, { settings, peers, unicast }) =>
      !unicast || !settings.checkUnicastSource || peers.has(source) ? undefined : 'the sender is not a peer',
  },
  {
    id: 'peer-ttl',
    counter: 'ttl',
    drops: true,
    stage: 'content',
    clause: "runtime 9: TTL within the peer's range; timeline 20",
    fault: ({ source, ttl }, { settings, peers, unicast }) => {
      const peer = unicast && settings.checkUnicastSource ? peers.get(source) : undefined;
      return !peer || (ttl >= peer.minTtl && ttl <= peer.maxTtl)
        ? undefined
        : `TTL ${ttl} is outside ${peer.minTtl}..${peer.maxTtl}`;
    },
  },
];

/** The same addresses, in whatever order. */
function sameAddresses(a: Uint8Array, b: Uint8Array, width: number): boolean {
  if (a.length !== b.length) return false;
  if (a.every((value, i) => value === b[i])) return true;
  const texts = (packed: Uint8Array): string[] => {
    const parts: string[] = [];
    for (let i = 0; i < packed.length; i += width) parts.push(packed.subarray(i, i + width).join('.'));
    return parts.sort();
  };
  const ours = texts(b);
  return texts(a).every((text, i) => text === ours[i]);
}
