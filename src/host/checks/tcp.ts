/**
 * TCP_CHECK: good when a connection can be made within connect_timeout. It is closed at once with a FIN and carries
 * no data. (directives-lvs section 6.1)
 */
import type { TcpCheckSettings } from '../../config/model-lvs.js';
import { ECONNREFUSED, failureOf } from '../linux/errno.js';
import type { Poller } from '../linux/poller.js';
import { Connector } from './connector.js';
import type { Attempt, Flight, Probe } from './probe.js';
import { SocketAttempt } from './socket-attempt.js';

export class TcpProbe implements Probe {
  readonly #settings: TcpCheckSettings;
  readonly #connector: Connector;
  readonly #poller: Poller;

  constructor(settings: TcpCheckSettings, poller: Poller) {
    this.#settings = settings;
    this.#connector = new Connector(settings.target, 'stream');
    this.#poller = poller;
  }

  start(_part: number, flight: Flight): Attempt {
    const attempt = new TcpAttempt(this.#poller, flight, this.#connector);
    attempt.look(this.#settings);
    return attempt;
  }
}

class TcpAttempt extends SocketAttempt {
  readonly #connector: Connector;

  constructor(poller: Poller, flight: Flight, connector: Connector) {
    super(poller, flight);
    this.#connector = connector;
  }

  look({ target }: TcpCheckSettings): void {
    this.begin(this.#connector.dial(), target.connectTimeout);
  }
  protected connected(): void {
    if (this.#connector.isToItself(this.fd))
      this.flight.bad({ kind: 'connection', error: failureOf(ECONNREFUSED, 'connecting') });
    else this.flight.good('');
  }
  protected readable(): void {}
}
