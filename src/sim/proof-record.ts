/**
 * Which adverts of the cluster an instance must believe, and which are to it what it has heard before: the sequence
 * numbers of AH and of HMAC trailers, worked out from bytes and the router's clock alone, apart from the core's own
 * code. RFC 2402 section 3.4.3; runtime reference section 9; directives-vrrp section 1.8.
 */
import type { IpAddress } from '../base/ip-address.js';
import type { InstanceSettings } from '../config/model.js';
import type { Flight } from './flight.js';

const AH_LENGTH = 24;
const TRAILER_LENGTH = 28;
/** Where the sequence stands in each. */
const AH_SEQUENCE = 8;
const TRAILER_SEQUENCE = 4;
/** Multicast senders whose last sequence is known. */
const SENDERS = 4;

export class ProofRecord {
  /** The last number that was sent or believed: one for all routers. */
  #ah = 0;
  /** By sender, the one heard last at the end. */
  readonly #heard = new Map<IpAddress, bigint>();

  /** Of an advert whose keys are right: whether it must be believed at `wall` microseconds. It then counts as heard. */
  believes(flight: Flight, settings: InstanceSettings, wall: number): boolean {
    if (provesByAh(settings)) return this.#believesAh(flight);
    return settings.hmac === undefined || this.#believesTrailer(flight, settings, wall);
  }

  /** It sent an advert of its own. */
  sent(bytes: Uint8Array, at: number, settings: InstanceSettings): void {
    if (provesByAh(settings)) this.#ah = wordAt(bytes, at - AH_LENGTH + AH_SEQUENCE);
  }

  /** As MASTER it heard a worse one, and goes on behind the number of that one. */
  skipped(): void {
    this.#ah++;
  }

  #believesAh({ bytes, at }: Flight): boolean {
    if (at < 20 + AH_LENGTH) return false;
    const sequence = wordAt(bytes, at - AH_LENGTH + AH_SEQUENCE);
    if (sequence <= this.#ah) return false;
    this.#ah = sequence;
    return true;
  }

  #believesTrailer(flight: Flight, { hmac, unicastPeers }: InstanceSettings, wall: number): boolean {
    const { bytes, source } = flight;
    const trailer = flight.at + advertLength(flight);
    if (bytes.length !== trailer + TRAILER_LENGTH) return hmac?.mode !== 'enforce';
    const sequence = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(trailer + TRAILER_SEQUENCE);
    const timed = hmac?.antiReplay === 'time';
    const window = (hmac?.timeWindow ?? 0) / 1e6;
    const away = (other: bigint): boolean => Math.abs(secondsOf(other) - Math.floor(wall / 1e6)) > window;
    if (timed && away(sequence)) return false;
    const last = this.#heard.get(source);
    if (last !== undefined && sequence <= last && !(timed && away(last))) return false;
    this.#heard.delete(source);
    this.#heard.set(source, sequence);
    const [oldest] = this.#heard.keys();
    if (unicastPeers.length === 0 && this.#heard.size > SENDERS && oldest !== undefined)
      this.#heard.delete(oldest);
    return true;
  }
}

export const provesByAh = ({ authentication, version, family }: InstanceSettings): boolean =>
  authentication.type === 'ah' && version === 2 && family === 'ipv4';

const secondsOf = (sequence: bigint): number => Number(sequence >> 32n);

/** Without the trailer. RFC 3768 section 5.3 and RFC 9568 section 5.2; version 2 has its password over IPv4 only. */
function advertLength({ bytes, at, family }: Flight): number {
  const version = (bytes[at] ?? 0) >> 4;
  const addresses = (bytes[at + 3] ?? 0) * (family === 'ipv4' ? 4 : 16);
  return 8 + addresses + (version === 2 && family === 'ipv4' ? 8 : 0);
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
