/**
 * BFD Control packets (RFC 5880 section 4): the mandatory section and the authentication sections of 4.2 to 4.4. Decides
 * which bytes are a packet; whether one is believed is core/bfd's. What stands behind the packet's own length is
 * padding and not looked at (6.8.6; RFC 9764 pads on purpose).
 */
import { ByteReader, ByteWriter } from '../base/bytes.js';
import { md5, sha1 } from '../base/digest.js';
import { ok, type Result, refuse } from '../base/result.js';

export const BFD_LENGTH = 24;
/** The longest packet: with a SHA1 section. */
export const BFD_LONGEST = BFD_LENGTH + 28;

/**
 * Of the first four bytes, in network order: version, state and flags. A usual packet is one of version 1 that says Up
 * and neither polls, nor answers, nor demands silence: between ends that are up it brings no news but that it came.
 */
export const BFD_USUAL = { mask: 0xe0f3_0000, word: 0x20c0_0000 } as const;
export const isUsualBfd = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 &&
  ((((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16)) & BFD_USUAL.mask) >>> 0 === BFD_USUAL.word;

/** In the order of their numbers 0..3. */
export const BFD_STATES = ['AdminDown', 'Down', 'Init', 'Up'] as const;
export type BfdState = (typeof BFD_STATES)[number];

/** Diagnostic codes that have a meaning for us (section 4.1); all of 0..31 can be received. */
export const DIAG_NONE = 0;
export const DIAG_EXPIRED = 1;
export const DIAG_NEIGHBOR_DOWN = 3;
export const DIAG_ADMIN_DOWN = 7;

const DIAGNOSTICS = [
  'no diagnostic',
  'control detection time expired',
  'echo function failed',
  'neighbor signaled session down',
  'forwarding plane reset',
  'path down',
  'concatenated path down',
  'administratively down',
  'reverse concatenated path down',
];
/** In the RFC's words, for people. */
export const diagnosticText = (code: number): string => DIAGNOSTICS[code] ?? `diagnostic ${code}`;

/** Section 4.3 and 4.4: types 2 to 5. */
export type BfdDigestType = 'keyed-md5' | 'meticulous-md5' | 'keyed-sha1' | 'meticulous-sha1';

export type BfdAuthentication =
  /** Section 4.2: 1 to 16 bytes. */
  | { readonly type: 'simple-password'; readonly keyId: number; readonly password: Uint8Array }
  /** `digest`: 16 bytes of MD5, 20 of SHA1. */
  | {
      readonly type: BfdDigestType;
      readonly keyId: number;
      /** 32 bits. */
      readonly sequence: number;
      readonly digest: Uint8Array;
    };

export interface BfdControl {
  /** 0..31 */
  readonly diagnostic: number;
  readonly state: BfdState;
  readonly poll: boolean;
  readonly final: boolean;
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  readonly multipoint: boolean;
  /** 0..255 */
  readonly detectMultiplier: number;
  readonly myDiscriminator: number;
  readonly yourDiscriminator: number;
  /** Intervals in microseconds, 32 bits. */
  readonly desiredMinTx: number;
  readonly requiredMinRx: number;
  readonly requiredMinEchoRx: number;
  readonly authentication?: BfdAuthentication;
}

/** Why bytes are no packet; in the order in which they are looked at. */
export type BfdFault = 'short' | 'version' | 'length' | 'authentication-section';

const TYPES: readonly (BfdAuthentication['type'] | undefined)[] = [
  undefined,
  'simple-password',
  'keyed-md5',
  'meticulous-md5',
  'keyed-sha1',
  'meticulous-sha1',
];
const SECTION_HEADER = 3;
const LONGEST_PASSWORD = 16;
/** Of a section with a digest: type, length, key, reserved, sequence. */
const DIGEST_AT = 8;

export const isSha1 = (type: BfdDigestType): boolean => type.endsWith('sha1');
export const digestLength = (type: BfdDigestType): 16 | 20 => (isSha1(type) ? 20 : 16);

const flag = (set: boolean, bit: number): number => (set ? bit : 0);

export function encodeBfdControl(packet: BfdControl): Uint8Array {
  const { authentication } = packet;
  const writer = new ByteWriter(BFD_LONGEST);
  writer.u8((1 << 5) | (packet.diagnostic & 0x1f));
  writer.u8(
    (BFD_STATES.indexOf(packet.state) << 6) |
      flag(packet.poll, 0x20) |
      flag(packet.final, 0x10) |
      flag(packet.controlPlaneIndependent, 0x08) |
      flag(authentication !== undefined, 0x04) |
      flag(packet.demand, 0x02) |
      flag(packet.multipoint, 0x01),
  );
  writer.u8(packet.detectMultiplier);
  writer.u8(BFD_LENGTH + (authentication ? sectionLength(authentication) : 0));
  writer.u32(packet.myDiscriminator).u32(packet.yourDiscriminator);
  writer.u32(packet.desiredMinTx).u32(packet.requiredMinRx).u32(packet.requiredMinEchoRx);
  if (authentication) putSection(writer, authentication);
  return writer.finish();
}

function sectionLength(section: BfdAuthentication): number {
  if (section.type === 'simple-password') return SECTION_HEADER + section.password.length;
  return DIGEST_AT + section.digest.length;
}

function putSection(writer: ByteWriter, section: BfdAuthentication): void {
  writer.u8(TYPES.indexOf(section.type)).u8(sectionLength(section)).u8(section.keyId);
  if (section.type === 'simple-password') writer.bytes(section.password);
  else writer.u8(0).u32(section.sequence).bytes(section.digest);
}

export function decodeBfdControl(bytes: Uint8Array): Result<BfdControl, BfdFault> {
  if (bytes.length < BFD_LENGTH) return refuse('short');
  const reader = new ByteReader(bytes);
  const first = reader.u8();
  const flags = reader.u8();
  const detectMultiplier = reader.u8();
  const length = reader.u8();
  if (first >> 5 !== 1) return refuse('version');
  const authenticated = (flags & 0x04) !== 0;
  if (length > bytes.length || length < BFD_LENGTH || (!authenticated && length !== BFD_LENGTH))
    return refuse('length');
  const packet: BfdControl = {
    diagnostic: first & 0x1f,
    state: BFD_STATES[flags >> 6] ?? 'AdminDown',
    poll: (flags & 0x20) !== 0,
    final: (flags & 0x10) !== 0,
    controlPlaneIndependent: (flags & 0x08) !== 0,
    demand: (flags & 0x02) !== 0,
    multipoint: (flags & 0x01) !== 0,
    detectMultiplier,
    myDiscriminator: reader.u32(),
    yourDiscriminator: reader.u32(),
    desiredMinTx: reader.u32(),
    requiredMinRx: reader.u32(),
    requiredMinEchoRx: reader.u32(),
  };
  if (!authenticated) return ok(packet);
  const authentication = readSection(bytes.subarray(BFD_LENGTH, length));
  return authentication ? ok({ ...packet, authentication }) : refuse('authentication-section');
}

/** The section fills what is left of the packet exactly. */
function readSection(bytes: Uint8Array): BfdAuthentication | undefined {
  const reader = new ByteReader(bytes);
  const type = TYPES[reader.u8()];
  const length = reader.u8();
  const keyId = reader.u8();
  if (type === undefined || length !== bytes.length) return undefined;
  if (type === 'simple-password') {
    const password = bytes.slice(SECTION_HEADER);
    return password.length >= 1 && password.length <= LONGEST_PASSWORD
      ? { type, keyId, password }
      : undefined;
  }
  if (length !== DIGEST_AT + digestLength(type)) return undefined;
  reader.skip(1);
  return { type, keyId, sequence: reader.u32(), digest: bytes.slice(DIGEST_AT) };
}

/**
 * The digest that belongs into a packet: over all its bytes, with the key, padded with zeros, in the digest's place
 * (6.7.3, 6.7.4). Undefined on a machine that forbids MD5.
 */
export function bfdDigest(type: BfdDigestType, packet: BfdControl, key: Uint8Array): Uint8Array | undefined {
  const { authentication } = packet;
  if (!authentication || authentication.type === 'simple-password') return undefined;
  const padded = new Uint8Array(digestLength(type));
  padded.set(key.subarray(0, padded.length));
  const bytes = encodeBfdControl({ ...packet, authentication: { ...authentication, type, digest: padded } });
  return isSha1(type) ? sha1(bytes) : md5(bytes);
}
