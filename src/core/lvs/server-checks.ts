/**
 * The checks of one real server, by what they live on: verdicts of probes, the number in a tracked file, the state of a BFD
 * session. What their turns mean for the server is real-server's to decide. (directives-lvs section 6)
 */
import { MAX_SERVER_WEIGHT } from '../../base/limits.js';
import { after, type Duration, microseconds } from '../../base/time.js';
import type { BfdCheckSettings, FileCheckSettings } from '../../config/model-lvs.js';
import type { Deadline } from '../deadlines.js';
import type { ProbeSettings } from '../health/check.js';
import type { Step } from '../health/course.js';
import type { Monitor } from '../health/monitor.js';
import type { LvsHouse } from './house.js';

/** A product of a file's number and its weight at or below this is a failure. */
const FILE_FAULT = -(2 ** 31);
/** How long after a server's beginning a session may be told of. */
const FIRST_FACT: Duration = microseconds(20_000);

export type Check = ProbeCheck | FileCheck | BfdCheck;

/** The real server, as its checks see it. */
export interface ServerOfCheck {
  readonly name: string;
  readonly service: { readonly name: string };
  factTurned(check: FileCheck | BfdCheck, change: Step['change'], contribution: number, why: string): void;
}

export class ProbeCheck {
  contribution = 0;
  /** As of the last verdict, and which URL that was about. */
  wasUp: boolean;
  asked: number;
  /** Why this machine could not make the last check, as said. */
  unmade: string | undefined;
  /** URLs about whose last good answer something odd was said. */
  odd: Set<number> | undefined;

  constructor(readonly monitor: Monitor) {
    this.wasUp = monitor.up;
    this.asked = monitor.part;
  }
  get settings(): ProbeSettings {
    return this.monitor.settings;
  }
  get up(): boolean {
    return this.monitor.up;
  }
  noteOdd(part: number, isOdd: boolean): void {
    if (!isOdd) this.odd?.delete(part);
    else {
      this.odd ??= new Set();
      this.odd.add(part);
    }
  }
  end(): void {
    this.monitor.end();
  }
}

/** The number in a tracked file: weight 0, and it is good or bad; else times its weight it is added. */
export class FileCheck {
  up = true;
  contribution = 0;
  #read = false;
  readonly #changed = (): void => this.#look();

  constructor(
    readonly settings: FileCheckSettings,
    readonly server: ServerOfCheck,
    readonly house: LvsHouse,
  ) {
    house.facts.listen('file', settings.trackFile, this.#changed);
    const value = house.facts.file(settings.trackFile);
    if (value === undefined) return;
    const found = this.#judge(value);
    this.up = found.up;
    this.contribution = found.contribution;
  }

  end(): void {
    this.house.facts.ignore('file', this.settings.trackFile, this.#changed);
  }

  #judge(value: number): { up: boolean; contribution: number } {
    const { weight, reverse } = this.settings;
    const first = !this.#read;
    this.#read = true;
    // A file that is 0 from the beginning says nothing yet, even reversed, and even where it is read late.
    if (weight === 0) return { up: (value === 0) !== reverse || (first && value === 0), contribution: 0 };
    const product = value * (reverse ? -weight : weight);
    if (product <= FILE_FAULT) return { up: false, contribution: 0 };
    return { up: true, contribution: Math.min(MAX_SERVER_WEIGHT, product) + 0 };
  }

  #look(): void {
    const value = this.house.facts.file(this.settings.trackFile);
    if (value === undefined) return;
    const { up, contribution } = this.#judge(value);
    const change = up === this.up ? undefined : up ? 'up' : 'down';
    this.up = up;
    this.server.factTurned(
      this,
      change,
      contribution,
      `track_file ${this.settings.trackFile} holds ${value}`,
    );
  }
}

/** The state of a BFD session. One that nobody knows counts as down, soon after the start. */
export class BfdCheck {
  contribution = 0;
  up: boolean;
  #looked = false;
  readonly #changed = (): void => this.#look();
  readonly #first: Deadline;

  constructor(
    readonly settings: BfdCheckSettings,
    up: boolean,
    readonly server: ServerOfCheck,
    readonly house: LvsHouse,
  ) {
    this.up = up;
    const { deadlines, facts } = house;
    facts.listen('session', settings.instance, this.#changed);
    this.#first = { what: `BFD_CHECK ${settings.instance}`, periodic: false, fire: () => this.#look() };
    if (facts.session(settings.instance) === true) this.up = true;
    deadlines.arm(this.#first, after(house.now, FIRST_FACT));
  }

  end(): void {
    this.house.deadlines.disarm(this.#first);
    this.house.facts.ignore('session', this.settings.instance, this.#changed);
  }

  #look(): void {
    const { instance } = this.settings;
    const known = this.house.facts.session(instance);
    const up = known === true;
    const change = up !== this.up ? (up ? 'up' : 'down') : !up && !this.#looked ? 'still-down' : undefined;
    this.#looked = true;
    this.house.deadlines.disarm(this.#first);
    this.up = up;
    if (change === undefined) return;
    const { name, service } = this.server;
    this.house.notices.log('info', `BFD check of [${instance}] RS(${name}) is ${up ? 'UP' : 'DOWN'}`);
    const why =
      known === undefined
        ? `nothing is known of BFD session ${instance}`
        : `BFD session ${instance} is ${up ? 'up' : 'down'}`;
    this.server.factTurned(this, change, 0, `${why} (VS ${service.name})`);
  }
}
