/**
 * A rehearsal of the loss of a BFD neighbour, for the same reason and on the same kind of host as that of a takeover
 * (rehearsal.ts): the packet that says Down must not wait for code that the machine has forgotten. It decides what is
 * played: the session that is given up soonest comes up, hears nothing any more, and says so, to nobody.
 */
import { MAX_REHEARSED_TURNS, REHEARSED_TAKEOVERS } from '../base/limits.js';
import { type Instant, instant, wallTime } from '../base/time.js';
import type { Configuration } from '../config/model.js';
import type { BfdInstanceSettings } from '../config/model-bfd.js';
import { BfdAuthenticator } from '../core/bfd/authentication.js';
import { portOf } from '../core/bfd/session.js';
import type { BfdSessionStatus } from '../core/bfd/session-status.js';
import { Engine } from '../core/engine.js';
import { RehearsalHost } from '../host/rehearsal.js';
import { type BfdControl, type BfdState, encodeBfdControl } from '../wire/bfd-control.js';
import { Loop } from './loop.js';
import { type Pause, SETTLING_MS, type Surroundings } from './rehearsal.js';
import { soonestGivenUp } from './urgency.js';

/** One rehearsal for one configuration, which can be repeated until it is closed. */
export class BfdRehearsal {
  readonly #pause: Pause;
  readonly #stage: Stage | undefined;
  #setting: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(configuration: Configuration, surroundings: Surroundings, pause: Pause) {
    const settings = soonestGivenUp(configuration.bfdInstances);
    this.#pause = async () => !this.#closed && (await pause()) && !this.#closed;
    this.#stage = settings && new Stage(configuration, settings, surroundings);
  }

  /** Loses the neighbour a few times; afterwards the session is about to lose it again. */
  async play(): Promise<void> {
    await this.#stage?.play(REHEARSED_TAKEOVERS, this.#pause);
  }

  /** One loss more, at once; afterwards the stage is set for another one. Nothing while it is not set. */
  repeat(): void {
    const stage = this.#stage;
    if (this.#closed || stage?.lose() !== true) return;
    this.#setting = setTimeout(() => void stage.play(0, this.#pause), SETTLING_MS);
    this.#setting.unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#setting);
    await this.#stage?.close();
  }
}

/** What the neighbour of the rehearsal calls itself. */
const ITS_DISCRIMINATOR = 1;

class Stage {
  readonly #settings: BfdInstanceSettings;
  readonly #host: RehearsalHost;
  readonly #engine: Engine;
  readonly #loop: Loop;
  readonly #seal: BfdAuthenticator | undefined;
  readonly #interfaceIndex: number;
  #now: Instant = instant(0);
  /** Somebody plays already, turn by turn. */
  #playing = false;
  /** The session is up, and nothing comes before the end of its detection time. */
  #isSet = false;
  #closed = false;

  constructor(configuration: Configuration, settings: BfdInstanceSettings, { links }: Surroundings) {
    this.#settings = settings;
    const link = links.find(({ name }) => name === settings.interface);
    this.#interfaceIndex = link?.index ?? 0;
    this.#seal = settings.authentication && new BfdAuthenticator(settings.authentication, 0);
    this.#host = new RehearsalHost(
      () => ({ now: this.#now, wall: wallTime(this.#now) }),
      this.#interfaceIndex,
    );
    const engine = new Engine(onlyWith(configuration, settings));
    this.#engine = engine;
    const nothing = (): void => {};
    this.#loop = new Loop(
      this.#host,
      {
        handle: (moment, input, effects) => engine.handle(moment, input, effects),
        get nextDeadline() {
          return engine.nextDeadline;
        },
      },
      {
        log: nothing,
        event: nothing,
        prepare: nothing,
        rehearse: nothing,
        hurry: nothing,
        relax: nothing,
        late: nothing,
        stopped: nothing,
      },
    );
    this.#loop.offer({ kind: 'start', links: link ? [link] : [], addresses: [] });
  }

  /** So many losses; then the stage is set for another one. */
  async play(losses: number, pause: Pause): Promise<void> {
    if (this.#playing) return;
    this.#playing = true;
    let left = losses;
    for (let turns = 0; turns < MAX_REHEARSED_TURNS && !(left <= 0 && this.#isSet); turns++) {
      if (!(await pause()) || this.#closed) return;
      if (this.#isSet) left--;
      this.#turn();
      this.#isSet = this.#engine.nextIsTakeover && this.#session?.state === 'Up';
    }
    this.#playing = false;
  }

  /** The neighbour is lost. False: the stage is not set. */
  lose(): boolean {
    if (this.#playing || !this.#isSet) return false;
    this.#isSet = false;
    this.#pass();
    return true;
  }

  get #session(): BfdSessionStatus | undefined {
    return this.#engine.status().bfd?.sessions[0];
  }

  /** Whatever is next: the neighbour comes up, or time passes. */
  #turn(): void {
    const session = this.#session;
    if (session?.state === 'Down') this.#hear('Down', session.discriminator);
    else if (session?.state === 'Init') this.#hear('Up', session.discriminator);
    else this.#pass();
  }

  #pass(): void {
    this.#now = instant(Math.max(this.#now, this.#engine.nextDeadline ?? 0));
    this.#loop.turn();
    this.#host.spoken.length = 0;
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

  async close(): Promise<void> {
    this.#closed = true;
    await this.#host.close();
  }
}

const onlyWith = ({ globals }: Configuration, settings: BfdInstanceSettings): Configuration => ({
  globals,
  scripts: [],
  trackFiles: [],
  trackProcesses: [],
  instances: [],
  syncGroups: [],
  bfdInstances: [settings],
  virtualServerGroups: [],
  virtualServers: [],
  hash: 'rehearsal',
});
