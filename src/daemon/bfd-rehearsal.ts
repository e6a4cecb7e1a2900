/**
 * A rehearsal of the loss of a BFD neighbour, for the same reason and on the same kind of host as that of a takeover
 * (rehearsal.ts): the packet that says Down must not wait for code that the machine has forgotten. It decides what is
 * played: the session that is given up soonest comes up, hears nothing any more, and says so, to nobody.
 */
import { REHEARSED_TAKEOVERS } from '../base/limits.js';
import { type Instant, instant, wallTime } from '../base/time.js';
import type { Configuration } from '../config/model.js';
import type { BfdInstanceSettings } from '../config/model-bfd.js';
import { BfdAuthenticator } from '../core/bfd/authentication.js';
import { portOf } from '../core/bfd/session.js';
import type { BfdSessionStatus } from '../core/bfd/session-status.js';
import { Engine } from '../core/engine.js';
import { RehearsalHost } from '../host/rehearsal.js';
import { type BfdControl, type BfdState, encodeBfdControl } from '../wire/bfd-control.js';
import type { Loop } from './loop.js';
import type { Surroundings } from './rehearsal.js';
import { type Pause, playing, quietLoop, Repertory, Stage } from './stage.js';
import { soonestGivenUp } from './urgency.js';

/** One rehearsal for one configuration, which can be repeated until it is closed. */
export class BfdRehearsal {
  readonly #configuration: Configuration;
  readonly #surroundings: Surroundings;
  readonly #repertory: Repertory;

  constructor(configuration: Configuration, surroundings: Surroundings, pause: Pause) {
    this.#configuration = configuration;
    this.#surroundings = surroundings;
    this.#repertory = new Repertory(pause);
  }

  /** Loses the neighbour a few times; afterwards the session is about to lose it again. Throws SystemError: no sockets left. */
  async play(): Promise<void> {
    const settings = soonestGivenUp(this.#configuration.bfdInstances);
    if (!settings) return;
    const loss = new Loss(this.#configuration, settings, this.#surroundings);
    await this.#repertory.play(loss, REHEARSED_TAKEOVERS);
  }

  /** One loss more, at once. */
  repeat(): void {
    this.#repertory.repeat(0);
  }

  close(): Promise<void> {
    return this.#repertory.close();
  }
}

/** What the neighbour of the rehearsal calls itself. */
const ITS_DISCRIMINATOR = 1;

/** The session is up, and nothing comes before the end of its detection time. */
class Loss extends Stage {
  readonly #settings: BfdInstanceSettings;
  readonly #host: RehearsalHost;
  readonly #engine: Engine;
  readonly #loop: Loop;
  readonly #seal: BfdAuthenticator | undefined;
  readonly #interfaceIndex: number;
  #now: Instant = instant(0);
  protected isSet = false;

  constructor(configuration: Configuration, settings: BfdInstanceSettings, { links }: Surroundings) {
    super();
    this.#settings = settings;
    const link = links.find(({ name }) => name === settings.interface);
    this.#interfaceIndex = link?.index ?? 0;
    this.#seal = settings.authentication && new BfdAuthenticator(settings.authentication, 0);
    this.#host = new RehearsalHost(
      () => ({ now: this.#now, wall: wallTime(this.#now) }),
      this.#interfaceIndex,
    );
    this.#engine = new Engine(playing(configuration, { bfdInstances: [settings] }));
    this.#loop = quietLoop(this.#host, this.#engine);
    this.#loop.offer({ kind: 'start', links: link ? [link] : [], addresses: [] });
  }

  get #session(): BfdSessionStatus | undefined {
    return this.#engine.status().bfd?.sessions[0];
  }

  /** The neighbour is lost, or comes up, or time passes. */
  protected turn(): boolean {
    if (this.isSet) {
      this.isSet = false;
      this.#pass();
      return true;
    }
    const session = this.#session;
    if (session?.state === 'Down') this.#hear('Down', session.discriminator);
    else if (session?.state === 'Init') this.#hear('Up', session.discriminator);
    else this.#pass();
    this.isSet = this.#engine.nextIsTakeover && this.#session?.state === 'Up';
    return false;
  }

  #pass(): void {
    this.#now = instant(Math.max(this.#now, this.#engine.nextDeadline ?? 0));
    this.#loop.turn();
  }

  #hear(state: BfdState, yourDiscriminator: number): void {
    const { neighbor, source, multiplier, minTx, minRx, ttl } = this.#settings;
    const plain: BfdControl = {
      diagnostic: 0,
      state,
      poll: false,
      final: state === 'Up',
      controlPlaneIndependent: false,
      demand: false,
      multipoint: false,
      detectMultiplier: multiplier,
      myDiscriminator: ITS_DISCRIMINATOR,
      yourDiscriminator,
      desiredMinTx: minTx,
      requiredMinRx: minRx,
      requiredMinEchoRx: 0,
    };
    const packet = this.#seal ? this.#seal.seal(plain) : plain;
    if (!packet) return;
    this.#host.receive({
      kind: 'bfd-packet',
      packet: {
        family: neighbor.includes(':') ? 'ipv6' : 'ipv4',
        port: portOf(this.#settings),
        interfaceIndex: this.#interfaceIndex,
        source: neighbor,
        destination: source ?? neighbor,
        hopLimit: ttl,
        bytes: encodeBfdControl(packet),
      },
    });
    this.#loop.turn();
  }

  protected async end(): Promise<void> {
    await this.#host.close();
  }
}
