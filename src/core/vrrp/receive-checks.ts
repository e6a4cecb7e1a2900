/**
 * What a received advert must pass before it means anything, as data in the order of runtime reference section 9
 * (RFC 3768 and RFC 9568 section 7.1). A refused packet costs its counter and at most one line; it never touches
 * a timer. What an accepted advert means is decided by the transition table.
 */
import { standsAt } from '../../base/bytes.js';
import { isMulticast } from '../../base/ip-address.js';
import { VRRP_ADVERTISEMENT, VRRP_CHECKSUM_OFFSET, VRRP_HEADER_LENGTH } from '../../wire/vrrp-header.js';
import { HMAC_TRAILER_LENGTH } from '../../wire/vrrp-hmac.js';
import { AUTH_AH, AUTH_DATA_LENGTH, AUTH_NONE, AUTH_PASS } from '../../wire/vrrp-v2.js';
import { MULTICAST_TTL } from './advert.js';
import { AH_CHECKS, HMAC_CHECKS, isPadding, trailerOf } from './authentication-checks.js';
import { checksumFormOf } from './checksum-forms.js';
import type { ReceiveCheck } from './receive-check.js';

const byte = (n: number | undefined): string => (n ?? 0).toString(16).padStart(2, '0');

export const RECEIVE_CHECKS: readonly ReceiveCheck[] = [
  {
    id: 'ah-header',
    counter: 'authenticationType',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: AH presence as configured; RFC 2338 5.3.6.3',
    fault: ({ ah }, { ahKey, settings }) => {
      if (settings.family === 'ipv6' || (ah === undefined) === (ahKey === undefined)) return undefined;
      return ah ? 'an authentication header, but auth_type AH is not configured' : 'no authentication header';
    },
  },
  {
    id: 'length',
    counter: 'packetLength',
    drops: true,
    stage: 'form',
    clause: 'RFC 9568 7.1: the received packet length; runtime 9: exact but for Ethernet padding',
    fault: (packet, form) => {
      const { bytes, at, length } = packet;
      const expected = at + length + (trailerOf(packet, form) ? HMAC_TRAILER_LENGTH : 0);
      if (bytes.length === expected || isPadding(expected, bytes.length)) return undefined;
      return `${bytes.length - at} bytes of VRRP where ${expected - at} belong`;
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
  ...HMAC_CHECKS,
  {
    id: 'auth-type-known',
    counter: 'invalidAuthenticationType',
    drops: true,
    stage: 'form',
    clause: 'RFC 3768 5.3.6; runtime 9: auth type known',
    fault: ({ header }, { settings }) =>
      settings.version === 3 || [AUTH_NONE, AUTH_PASS, AUTH_AH].includes(header.authType)
        ? undefined
        : `unknown authentication type ${header.authType}`,
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
    fault: ({ bytes, at, length }, { authType, authData }) => {
      if (authType !== AUTH_PASS) return undefined;
      const start = at + length - AUTH_DATA_LENGTH;
      const differences = authData.reduce(
        (sum, expected, i) => sum | (expected ^ (bytes[start + i] ?? 0)),
        0,
      );
      return differences === 0 ? undefined : 'another password';
    },
  },
  ...AH_CHECKS,
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
    id: 'ip-length',
    counter: 'packetLength',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: IP total length; RFC 9568 7.1: the received packet length',
    fault: ({ bytes, totalLength }) => {
      if (totalLength === undefined || totalLength === bytes.length) return undefined;
      if (isPadding(totalLength, bytes.length)) return undefined;
      return `${bytes.length} bytes where the IP header promises ${totalLength}`;
    },
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
    clause: 'RFC 9568 7.1, erratum 8301: an interval of zero would make its receiver take over at once',
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
    clause: 'RFC 9568 7.1 and 5.2.8: the VRRP checksum, in the forms of checksum-forms.ts',
    fault: (packet, form) => {
      const field = packet.at + VRRP_CHECKSUM_OFFSET;
      return checksumFormOf(packet, form)
        ? undefined
        : `wrong checksum 0x${byte(packet.bytes[field])}${byte(packet.bytes[field + 1])}`;
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
    counter: 'ownerIgnored',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: owner_ignore_adverts drops what an address owner hears',
    counts: true,
    fault: (_packet, { settings }, { owner }) =>
      owner && settings.ownerIgnoreAdverts ? 'the owner of the addresses listens to nobody' : undefined,
  },
  {
    id: 'address-count',
    counter: 'addressList',
    drops: false,
    stage: 'content',
    clause: 'runtime 9: another number of addresses is counted, said, still obeyed',
    fault: ({ header }, { addresses, settings }) => {
      const ours = addresses.length / (settings.family === 'ipv4' ? 4 : 16);
      return header.addressCount === ours
        ? undefined
        : `it lists ${header.addressCount} addresses, we have ${ours}`;
    },
  },
  {
    id: 'addresses',
    counter: 'addressList',
    drops: false,
    stage: 'content',
    clause:
      'RFC 3768 7.1: the address list MAY be checked; runtime 9: counted, said, still obeyed; timeline 11',
    fault: ({ bytes, at, header }, { addresses, settings }, { familiar }) => {
      if (familiar && settings.skipCheckAdvertAddresses) return undefined;
      const width = settings.family === 'ipv4' ? 4 : 16;
      const start = at + VRRP_HEADER_LENGTH;
      const theirs = bytes.subarray(start, start + header.addressCount * width);
      // Another number of them has been told.
      if (theirs.length !== addresses.length) return undefined;
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
  if (standsAt(a, 0, b)) return true;
  const texts = (packed: Uint8Array): string[] => {
    const parts: string[] = [];
    for (let i = 0; i < packed.length; i += width) parts.push(packed.subarray(i, i + width).join('.'));
    return parts.sort();
  };
  const ours = texts(b);
  return texts(a).every((text, i) => text === ours[i]);
}
