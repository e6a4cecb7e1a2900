/**
 * The authentication of one session: what its packets carry, and what is believed of the neighbour's. An extension:
 * Keepalived has none. RFC 5880 section 6.7. Which of these checks comes when is decided by receive-checks.ts.
 */
import { sameDigest } from '../../base/digest.js';
import { after, type Duration, type Instant } from '../../base/time.js';
import type { BfdAuthenticationSettings } from '../../config/model-bfd.js';
import {
  type BfdAuthentication,
  type BfdControl,
  type BfdDigestType,
  bfdDigest,
  digestLength,
} from '../../wire/bfd-control.js';

const SEQUENCES = 2 ** 32;
/** The window is so many times the multiplier (6.7.3). */
const WINDOW = 3;

/** The key's bytes. */
function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export class BfdAuthenticator {
  readonly #type: BfdAuthenticationSettings['type'];
  readonly #keys: ReadonlyMap<number, Uint8Array>;
  readonly #keyId: number;
  /** bfd.XmitAuthSeq: starts anywhere (6.8.1). */
  #sending: number;
  /** bfd.RcvAuthSeq while bfd.AuthSeqKnown. */
  #received: number | undefined;
  #forget = 0 as Instant;

  /** `first`: a random 32-bit number. */
  constructor(
    readonly settings: BfdAuthenticationSettings,
    first: number,
  ) {
    this.#type = settings.type;
    this.#keys = new Map(settings.keys.map(({ id, hex }) => [id, bytesOf(hex)]));
    this.#keyId = settings.keys[0].id;
    this.#sending = first;
  }

  /** The packet with its section; undefined on a machine that forbids the digest. */
  seal(packet: BfdControl): BfdControl | undefined {
    const keyId = this.#keyId;
    const key = this.#keys.get(keyId) ?? new Uint8Array(1);
    const type = this.#type;
    if (type === 'simple-password') return { ...packet, authentication: { type, keyId, password: key } };
    const unsigned: BfdAuthentication = {
      type,
      keyId,
      sequence: this.#sending,
      digest: new Uint8Array(digestLength(type)),
    };
    this.#sending = (this.#sending + 1) % SEQUENCES;
    const digest = bfdDigest(type, { ...packet, authentication: unsigned }, key);
    return digest && { ...packet, authentication: { ...unsigned, digest } };
  }

  typeFault(section: BfdAuthentication | undefined): string | undefined {
    if (!section) return 'no authentication';
    if (section.type !== this.#type) return `authentication of type ${section.type}, ours is ${this.#type}`;
    return this.#keys.has(section.keyId) ? undefined : `the unknown key ${section.keyId}`;
  }

  replayFault({ authentication, detectMultiplier }: BfdControl, now: Instant): string | undefined {
    if (!authentication || authentication.type === 'simple-password') return undefined;
    if (this.#received === undefined || now >= this.#forget) return undefined;
    const ahead = (authentication.sequence - this.#received + SEQUENCES) % SEQUENCES;
    const least = this.#type === 'meticulous-md5' || this.#type === 'meticulous-sha1' ? 1 : 0;
    if (ahead >= least && ahead <= WINDOW * detectMultiplier) return undefined;
    return `a replay: sequence number ${authentication.sequence} after ${this.#received}`;
  }

  secretFault(packet: BfdControl): string | undefined {
    const { authentication } = packet;
    const key = authentication && this.#keys.get(authentication.keyId);
    if (!authentication || !key) return 'no authentication';
    if (authentication.type === 'simple-password')
      return sameDigest(authentication.password, key) ? undefined : 'another password';
    const digest = bfdDigest(authentication.type as BfdDigestType, packet, key);
    if (!digest) return 'this machine forbids the digest';
    return sameDigest(digest, authentication.digest) ? undefined : 'another key, or changed on its way';
  }

  /** A packet was believed; its number is forgotten after twice the detection time (6.8.1). */
  accepted({ authentication }: BfdControl, now: Instant, detection: Duration): void {
    if (!authentication || authentication.type === 'simple-password') return;
    this.#received = authentication.sequence;
    this.#forget = after(now, (2 * detection) as Duration);
  }
}
