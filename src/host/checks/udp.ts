/**
 * UDP_CHECK: sends a datagram. With require_reply an answer is needed, and must look as asked; without, silence until
 * connect_timeout is good, and only an error that ICMP reports is bad. The socket is connected, so strangers are not
 * heard. (directives-lvs section 6.7)
 */
import type { UdpCheckSettings } from '../../config/model-lvs.js';
import * as k from '../linux/constants.js';
import { failureOf } from '../linux/errno.js';
import { setIntOption } from '../linux/fd.js';
import type { Poller } from '../linux/poller.js';
import { Connector } from './connector.js';
import { filler } from './filler.js';
import type { Attempt, Flight, Probe } from './probe.js';
import { SocketAttempt } from './socket-attempt.js';

const DEFAULT_PAYLOAD = 32;

/** Bytes with those bits of them that count. */
interface Pattern {
  readonly bytes: Uint8Array;
  readonly mask: Uint8Array;
}

export class UdpProbe implements Probe {
  readonly #settings: UdpCheckSettings;
  readonly #payload: Uint8Array;
  readonly #connector: Connector;
  readonly #poller: Poller;

  constructor(settings: UdpCheckSettings, poller: Poller) {
    this.#settings = settings;
    this.#payload =
      settings.payload === undefined ? filler(DEFAULT_PAYLOAD) : Buffer.from(settings.payload, 'hex');
    this.#connector = new Connector(settings.target, 'datagram');
    this.#poller = poller;
  }

  start(_part: number, flight: Flight): Attempt {
    const attempt = new UdpAttempt(this.#poller, flight, this.#settings);
    attempt.look(this.#connector, this.#payload);
    return attempt;
  }
}

function patternOf(digits: string): Pattern {
  const mask = digits.replace(/[0-9a-f]/gi, 'f').replace(/x/gi, '0');
  return { bytes: Buffer.from(digits.replace(/x/gi, '0'), 'hex'), mask: Buffer.from(mask, 'hex') };
}

/** An answer that is shorter than the pattern fits where it fits so far. */
export function udpReplyFits(
  reply: Uint8Array,
  { minReplyLength, maxReplyLength, requireReply }: UdpCheckSettings,
): boolean {
  if (!requireReply) return true;
  if (reply.length < minReplyLength || reply.length > maxReplyLength) return false;
  const { bytes, mask } = patternOf(requireReply);
  return reply
    .subarray(0, bytes.length)
    .every((byte, at) => ((byte ^ (bytes[at] ?? 0)) & (mask[at] ?? 0)) === 0);
}

class UdpAttempt extends SocketAttempt {
  readonly #settings: UdpCheckSettings;
  #payload: Uint8Array = new Uint8Array(0);

  constructor(poller: Poller, flight: Flight, settings: UdpCheckSettings) {
    super(poller, flight);
    this.#settings = settings;
  }

  look(connector: Connector, payload: Uint8Array): void {
    this.#payload = payload;
    this.begin(connector.dial(), this.#settings.target.connectTimeout);
  }

  protected connected(): void {
    const ipv4 = !this.#settings.target.address.includes(':');
    // Without it the kernel keeps most ICMP errors to itself.
    if (ipv4) setIntOption(this.fd, k.IPPROTO_IP, k.IP_RECVERR, 1);
    else setIntOption(this.fd, k.IPPROTO_IPV6, k.IPV6_RECVERR, 1);
    this.send(this.#payload);
  }

  protected readable(): void {
    const got = this.receive();
    if (got.kind === 'nothing') return;
    if (got.kind === 'error') {
      this.flight.bad({ kind: 'connection', error: failureOf(got.errno, 'waiting for an answer') });
      return;
    }
    const reply = got.kind === 'piece' ? got.bytes : new Uint8Array(0);
    if (udpReplyFits(reply, this.#settings)) this.flight.good(`${reply.length} bytes`);
    else this.flight.bad({ kind: 'udp-reply', bytes: reply.length });
  }

  override expire(): void {
    if (this.#settings.requireReply === undefined) this.flight.good('');
    else super.expire();
  }
}
