/**
 * DNS_CHECK: one question by UDP, one answer without error. An answer that is not to our question is not ours and is
 * waited past; one that is cut short because it was too long (TC) is an answer; one that cannot be read is a failure.
 * Messages are dns-packet's. (directives-lvs section 6.4, RFC 1035)
 */
import { randomInt } from 'node:crypto';
import dnsPacket from 'dns-packet';
import { MAX_DATAGRAMS_PER_CHECK, MAX_DNS_ANSWER } from '../../base/limits.js';
import type { DnsCheckSettings } from '../../config/model-lvs.js';
import type { CheckFailure } from '../../core/health/check.js';
import { failureOf } from '../linux/errno.js';
import type { Poller } from '../linux/poller.js';
import { Connector } from './connector.js';
import type { Attempt, Flight, Probe } from './probe.js';
import { SocketAttempt } from './socket-attempt.js';

const HEADER_LENGTH = 12;
const RESPONSE = 0x8000;
const TRUNCATED = 0x0200;
const CODE = 0x000f;

export class DnsProbe implements Probe {
  readonly #settings: DnsCheckSettings;
  readonly #connector: Connector;
  readonly #poller: Poller;

  constructor(settings: DnsCheckSettings, poller: Poller) {
    this.#settings = settings;
    this.#connector = new Connector(settings.target, 'datagram');
    this.#poller = poller;
  }

  start(_part: number, flight: Flight): Attempt {
    const attempt = new DnsAttempt(this.#poller, flight, this.#settings);
    attempt.look(this.#connector);
    return attempt;
  }
}

/** The question in bytes; the root is an empty name, or a dot. */
export function dnsQuery({ type, name }: Pick<DnsCheckSettings, 'type' | 'name'>, id: number): Uint8Array {
  const flags = dnsPacket.RECURSION_DESIRED;
  return dnsPacket.encode({
    type: 'query',
    id,
    flags,
    questions: [{ type, name: name || '.', class: 'IN' }],
  });
}

/** What a datagram says about our question: undefined where it is not for us. */
export function judgeDnsAnswer(query: Uint8Array, bytes: Uint8Array): 'good' | CheckFailure | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint16(2);
  if (bytes[0] !== query[0] || bytes[1] !== query[1] || (flags & RESPONSE) === 0) return undefined;
  // A server that cannot read our question need not repeat it.
  const code = flags & CODE;
  const repeated = questionOf(bytes, view.getUint16(4));
  const asked = questionOf(query, 1);
  if (repeated !== undefined && repeated !== asked) return undefined;
  if (code !== 0) return { kind: 'dns-code', code };
  if (repeated === undefined) return { kind: 'dns-malformed', message: 'it does not repeat the question' };
  return (flags & TRUNCATED) !== 0 ? 'good' : judgeAnswers(bytes);
}

/** The first question as text, for comparing; undefined where there is none that can be read. */
function questionOf(bytes: Uint8Array, count: number): string | undefined {
  if (count === 0) return undefined;
  try {
    const [question] = dnsPacket.decode(withCounts(bytes, [1, 0, 0, 0])).questions ?? [];
    return question && `${question.name.toLowerCase()} ${question.type} ${question.class}`;
  } catch {
    return undefined;
  }
}

/** Only the answers: what else a server adds is its own business. */
function judgeAnswers(bytes: Uint8Array): 'good' | CheckFailure {
  const answers = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint16(6);
  if (bytes.length > MAX_DNS_ANSWER) return 'good';
  try {
    dnsPacket.decode(withCounts(bytes, [1, answers, 0, 0]));
    return 'good';
  } catch (error) {
    return { kind: 'dns-malformed', message: error instanceof Error ? error.message : String(error) };
  }
}

/** A copy that claims to hold so many questions, answers, authorities and additionals. */
function withCounts(bytes: Uint8Array, counts: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [index, count] of counts.entries()) copy.writeUInt16BE(count, 4 + 2 * index);
  return copy;
}

class DnsAttempt extends SocketAttempt {
  readonly #settings: DnsCheckSettings;
  readonly #query: Uint8Array;

  constructor(poller: Poller, flight: Flight, settings: DnsCheckSettings) {
    super(poller, flight);
    this.#settings = settings;
    this.#query = dnsQuery(settings, randomInt(0x1_0000));
  }

  look(connector: Connector): void {
    this.begin(connector.dial(), this.#settings.target.connectTimeout);
  }

  protected connected(): void {
    this.send(this.#query);
  }

  protected readable(): void {
    for (let read = 0; read < MAX_DATAGRAMS_PER_CHECK; read++) {
      const got = this.receive();
      if (got.kind === 'nothing') return;
      if (got.kind === 'error') {
        this.flight.bad({ kind: 'connection', error: failureOf(got.errno, 'reading') });
        return;
      }
      // A datagram without bytes is nobody's answer.
      const verdict = got.kind === 'piece' ? judgeDnsAnswer(this.#query, got.bytes) : undefined;
      if (verdict === undefined) continue;
      if (verdict === 'good') this.flight.good('');
      else this.flight.bad(verdict);
      return;
    }
  }
}
