/**
 * SMTP_CHECK: greeting, HELO, QUIT, as Keepalived says them. Greeting and the answer to HELO are one line each, with
 * 220 and 250; what QUIT is answered does not matter. Each answer has connect_timeout. (directives-lvs section 6.3)
 */
import { MAX_SMTP_LINE } from '../../base/limits.js';
import type { SmtpCheckSettings } from '../../config/model-lvs.js';
import { failureOf } from '../linux/errno.js';
import type { Poller } from '../linux/poller.js';
import { Connector } from './connector.js';
import type { Attempt, Flight, Probe } from './probe.js';
import { SocketAttempt } from './socket-attempt.js';

export class SmtpProbe implements Probe {
  readonly #settings: SmtpCheckSettings;
  readonly #connector: Connector;
  readonly #poller: Poller;

  constructor(settings: SmtpCheckSettings, poller: Poller) {
    this.#settings = settings;
    this.#connector = new Connector(settings.target, 'stream');
    this.#poller = poller;
  }

  start(_part: number, flight: Flight): Attempt {
    const attempt = new SmtpAttempt(this.#poller, flight, this.#settings);
    attempt.look(this.#connector);
    return attempt;
  }
}

class SmtpAttempt extends SocketAttempt {
  readonly #settings: SmtpCheckSettings;
  #expecting: 'greeting' | 'HELO' | 'QUIT' = 'greeting';
  #line = '';

  constructor(poller: Poller, flight: Flight, settings: SmtpCheckSettings) {
    super(poller, flight);
    this.#settings = settings;
  }

  look(connector: Connector): void {
    this.begin(connector.dial(), this.#settings.target.connectTimeout);
  }

  protected connected(): void {
    this.#await('greeting', undefined);
  }

  #await(expecting: 'greeting' | 'HELO' | 'QUIT', line: string | undefined): void {
    this.#expecting = expecting;
    this.#line = '';
    this.flight.within(this.#settings.target.connectTimeout);
    this.send(Buffer.from(line ?? ''));
  }

  protected readable(): void {
    const got = this.receive();
    if (got.kind === 'nothing') return;
    if (got.kind === 'error') {
      this.flight.bad({ kind: 'read', error: failureOf(got.errno, 'reading') });
      return;
    }
    if (got.kind === 'end') {
      this.flight.bad({ kind: 'no-data' });
      return;
    }
    // One line is all that may come before we speak: what follows it in the same breath is not looked at.
    const end = got.bytes.indexOf(0x0a);
    const part = end < 0 ? got.bytes : got.bytes.subarray(0, end);
    this.#line += Buffer.from(part.subarray(0, MAX_SMTP_LINE + 1)).toString('latin1');
    if (this.#line.length > MAX_SMTP_LINE) this.flight.bad({ kind: 'endless', bytes: this.#line.length });
    else if (end >= 0) this.#take(this.#line.replace(/\r$/, ''));
  }

  #take(line: string): void {
    const code = /^(\d{3})(?: |$)/.exec(line)?.[1];
    switch (this.#expecting) {
      case 'greeting':
        if (code === '220') this.#await('HELO', `HELO ${this.#settings.heloName}\r\n`);
        else this.flight.bad({ kind: 'smtp-reply', to: 'greeting', line });
        break;
      case 'HELO':
        if (code === '250') this.#await('QUIT', 'QUIT\r\n');
        else this.flight.bad({ kind: 'smtp-reply', to: 'HELO', line });
        break;
      default:
        this.flight.good(line);
    }
  }
}
