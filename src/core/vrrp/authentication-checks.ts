/**
 * The receive checks of authentication: the HMAC trailer and the IPsec header, each step with its own counter, in
 * the order of runtime reference section 9. Cheap ones come first: a flood of stale copies costs no digest. Where
 * they stand among the other checks is decided in receive-checks.ts; what is remembered, in proofs.ts.
 */
import { sameDigest } from '../../base/digest.js';
import { ipv4ToNumber } from '../../base/ip-address.js';
import type { WallTime } from '../../base/time.js';
import { ahIcv } from '../../wire/vrrp-ah.js';
import {
  HMAC_SHA256_128,
  type HmacTrailer,
  hmacOf,
  secondsBetween,
  secondsOfSequence,
  sequenceOfClock,
} from '../../wire/vrrp-hmac.js';
import type { AdvertForm } from './advert.js';
import type { OpenedPacket } from './opened-packet.js';
import type { ReceiveCheck } from './receive-check.js';

/** Shortest payload of an Ethernet frame, bytes. */
const SHORTEST_PAYLOAD = 46;
/** Padding less VLAN tags of four bytes each. */
const TAG = 4;

/** Whether what is beyond `length` may be what Ethernet added to a short frame (runtime 9). */
export const isPadding = (length: number, received: number): boolean =>
  length < SHORTEST_PAYLOAD && received > length && (received - length) % TAG === SHORTEST_PAYLOAD % TAG;

/** The trailer, where one is configured and the length says that there is one. */
export const trailerOf = ({ trailer }: OpenedPacket, { hmac }: AdvertForm): HmacTrailer | undefined =>
  hmac && trailer;

/** Seconds by which our clock is ahead of the sender's. */
const skewOf = ({ sequence }: HmacTrailer, wall: WallTime): number =>
  secondsBetween(secondsOfSequence(sequenceOfClock(wall)), secondsOfSequence(sequence));

const skewText = (skew: number, window: number): string =>
  `its clock is ${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} ours, the window is ${window} s`;

export const HMAC_CHECKS: readonly ReceiveCheck[] = [
  {
    id: 'hmac-missing',
    counter: 'hmacMissing',
    drops: true,
    stage: 'form',
    clause: 'directives-vrrp 1.8: mode enforce; runtime 9: presence is decided by length',
    fault: (packet, form) =>
      form.hmac?.demands && !trailerOf(packet, form) ? 'no authentication trailer' : undefined,
  },
  {
    id: 'hmac-peer',
    counter: 'source',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: unicast senders with a trailer must be peers',
    fault: (packet, form) =>
      form.unicast && !form.peers.has(packet.source) && trailerOf(packet, form)
        ? 'the sender is not a peer'
        : undefined,
  },
  {
    id: 'hmac-malformed',
    counter: 'hmacMalformed',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: type 1, reserved 0',
    fault: (packet, form) => {
      const trailer = trailerOf(packet, form);
      if (!trailer || (trailer.type === HMAC_SHA256_128 && trailer.reserved === 0)) return undefined;
      return `an authentication trailer of type ${trailer.type} with ${trailer.reserved} where 0 belongs`;
    },
  },
  {
    id: 'hmac-stale',
    counter: 'hmacStale',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: anti_replay time, before the digest',
    fault: (packet, form, { wall }) => {
      const trailer = trailerOf(packet, form);
      if (!trailer || !form.hmac?.timed) return undefined;
      const skew = skewOf(trailer, wall);
      return Math.abs(skew) > form.hmac.window
        ? `a stale authentication trailer: ${skewText(skew, form.hmac.window)}`
        : undefined;
    },
  },
  {
    id: 'hmac-unknown-key',
    counter: 'hmacUnknownKey',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: unknown key',
    fault: (packet, form) => {
      const trailer = trailerOf(packet, form);
      return trailer && !form.hmac?.keys.has(trailer.keyId)
        ? `signed with the unknown key ${trailer.keyId}`
        : undefined;
    },
  },
  {
    id: 'hmac-invalid',
    counter: 'hmacInvalid',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: the MAC',
    fault: (packet, form) => {
      const trailer = trailerOf(packet, form);
      const key = trailer && form.hmac?.keys.get(trailer.keyId);
      if (!key) return undefined;
      const { bytes, at, length, source } = packet;
      const { family, version, virtualRouterId } = form.settings;
      const mac = hmacOf(key, { family, version, virtualRouterId, source }, bytes, at, length);
      return sameDigest(mac, trailer.mac) ? undefined : `a wrong signature with the key ${trailer.keyId}`;
    },
  },
  {
    id: 'hmac-replay',
    counter: 'hmacReplay',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: the sequence exceeds the last one of this sender',
    fault: (packet, form, { proofs, wall }) => {
      const trailer = trailerOf(packet, form);
      return trailer && form.hmac && proofs.isReplay(packet.source, trailer.sequence, form.hmac, wall)
        ? 'a replay: its authentication trailer was here before'
        : undefined;
    },
  },
  {
    id: 'clock-skew',
    drops: false,
    level: 'warning',
    stage: 'form',
    clause: 'runtime 9: skew above half the window is logged',
    fault: (packet, form, { wall }) => {
      const trailer = trailerOf(packet, form);
      if (!trailer || !form.hmac?.timed) return undefined;
      const skew = skewOf(trailer, wall);
      const half = Math.floor(form.hmac.window / 2);
      return Math.abs(skew) > half ? skewText(skew, form.hmac.window) : undefined;
    },
  },
];

export const AH_CHECKS: readonly ReceiveCheck[] = [
  {
    id: 'ah-icv',
    counter: 'authentication',
    drops: true,
    stage: 'form',
    clause: 'RFC 2402 3.4.4; runtime 9: HMAC-MD5-96 over IP header, AH and payload',
    fault: ({ bytes, ah }, { ahKey, unicast }) => {
      if (!ah || !ahKey) return undefined;
      const icv = ahIcv(bytes, ah.at, ahKey, unicast);
      if (!icv) return 'this machine forbids MD5, which AH needs';
      return sameDigest(icv, ah.icv) ? undefined : 'another password, or changed on its way (ICV)';
    },
  },
  {
    id: 'ah-spi',
    counter: 'authentication',
    drops: true,
    stage: 'form',
    clause: 'runtime 9: the SPI is the source address',
    fault: ({ source, ah }) =>
      !ah || ah.spi === ipv4ToNumber(source) ? undefined : 'the SPI of its AH is not its address',
  },
  {
    id: 'ah-crossed',
    drops: true,
    level: 'info',
    stage: 'form',
    clause: 'runtime 9: the sequence number must increase; ours left this one to an advert that crosses it',
    fault: ({ ah }, _form, { proofs }) =>
      ah && ah.sequence < proofs.ahSequence && proofs.wasLeftOut(ah.sequence)
        ? 'it crossed one of ours'
        : undefined,
  },
  {
    id: 'ah-sequence',
    counter: 'authentication',
    drops: true,
    stage: 'form',
    clause: 'RFC 2402 3.4.3; runtime 9: the sequence number must increase',
    inStep: true,
    fault: ({ ah }, _form, { proofs }) =>
      !ah || ah.sequence > proofs.ahSequence
        ? undefined
        : `a replay: AH sequence number ${ah.sequence} after ${proofs.ahSequence}`,
  },
];
