/**
 * PING_CHECK: one ICMP echo request, sequence 1, answered within connect_timeout. On an echo socket, where the kernel
 * keeps replies of others away; where net.ipv4.ping_group_range does not let us have one, on a raw socket that is
 * connected to the server, with an identifier of our own. (directives-lvs section 6.8)
 */
import { randomInt } from 'node:crypto';
import { MAX_DATAGRAMS_PER_CHECK } from '../../base/limits.js';
import type { PingCheckSettings } from '../../config/model-lvs.js';
import { decodeIcmpEcho, encodeIcmpEcho, type IcmpEcho } from '../../wire/icmp-echo.js';
import { decodeIcmpv6Echo, encodeIcmpv6Echo } from '../../wire/icmpv6-echo.js';
import { failureOf } from '../linux/errno.js';
import type { Poller } from '../linux/poller.js';
import { Connector } from './connector.js';
import { filler } from './filler.js';
import type { Attempt, Flight, Probe } from './probe.js';
import { SocketAttempt } from './socket-attempt.js';

const DATA_LENGTH = 128;
const SEQUENCE = 1;
/** What opening an echo socket says where it is not for us. */
const DENIED = new Set(['EACCES', 'EPERM', 'EPROTONOSUPPORT']);

export class PingProbe implements Probe {
  readonly #settings: PingCheckSettings;
  readonly #echo: Connector;
  readonly #raw: Connector;
  readonly #poller: Poller;

  constructor(settings: PingCheckSettings, poller: Poller) {
    this.#settings = settings;
    this.#echo = new Connector(settings.target, 'echo');
    this.#raw = new Connector(settings.target, 'raw-echo');
    this.#poller = poller;
  }

  start(_part: number, flight: Flight): Attempt {
    const attempt = new PingAttempt(this.#poller, flight, this.#settings);
    attempt.look(this.#echo, this.#raw);
    return attempt;
  }
}

class PingAttempt extends SocketAttempt {
  readonly #settings: PingCheckSettings;
  readonly #ipv4: boolean;
  readonly #identifier = randomInt(1, 0x1_0000);
  #raw = false;

  constructor(poller: Poller, flight: Flight, settings: PingCheckSettings) {
    super(poller, flight);
    this.#settings = settings;
    this.#ipv4 = !settings.target.address.includes(':');
  }

  look(echo: Connector, raw: Connector): void {
    let dialed = echo.dial();
    if (dialed.kind === 'unmade' && DENIED.has(dialed.error.code)) {
      this.#raw = true;
      dialed = raw.dial();
    }
    this.begin(dialed, this.#settings.target.connectTimeout);
  }

  protected connected(): void {
    const request: IcmpEcho = {
      type: 'request',
      identifier: this.#identifier,
      sequence: SEQUENCE,
      data: filler(DATA_LENGTH),
    };
    this.send(this.#ipv4 ? encodeIcmpEcho(request) : encodeIcmpv6Echo(request));
  }

  protected readable(): void {
    for (let read = 0; read < MAX_DATAGRAMS_PER_CHECK; read++) {
      const got = this.receive();
      if (got.kind === 'nothing') return;
      if (got.kind === 'error') {
        this.flight.bad({ kind: 'connection', error: failureOf(got.errno, 'waiting for the reply') });
        return;
      }
      if (got.kind === 'piece' && this.#isOurs(got.bytes)) {
        this.flight.good('');
        return;
      }
    }
  }

  #isOurs(bytes: Uint8Array): boolean {
    // Only a raw IPv4 socket shows the IP header.
    const headerLength = this.#raw && this.#ipv4 ? ((bytes[0] ?? 0) & 0x0f) * 4 : 0;
    const message = bytes.subarray(headerLength);
    const echo = this.#ipv4 ? decodeIcmpEcho(message) : decodeIcmpv6Echo(message);
    if (!echo.ok || echo.value.type !== 'reply' || echo.value.sequence !== SEQUENCE) return false;
    return !this.#raw || echo.value.identifier === this.#identifier;
  }
}
