/**
 * What rehearsals have in common: a stage on which something is played turn by turn, while the daemon's own work comes in
 * between, and which is then set, so that it can be played once more at once. It decides when it is set again; what is
 * played is decided in rehearsal.ts and bfd-rehearsal.ts.
 */
import { MAX_REHEARSED_TURNS } from '../base/limits.js';
import type { Configuration } from '../config/model.js';
import type { Engine } from '../core/engine.js';
import type { Machine } from '../core/machine.js';
import type { RehearsalHost } from '../host/rehearsal.js';
import { Loop } from './loop.js';

/** Lets others run between two turns; false: it is ended early. */
export type Pause = () => Promise<boolean>;

/**
 * So long after a repetition the stage is set again: the true thing has kept others from the processor by then, and the
 * first answers of the new master are among what waits.
 */
const SETTLING_MS = 100;

/** What is due, and whatever comes before it. */
const TURNS_OF_A_REPETITION = 3;

export abstract class Stage {
  /** Somebody plays already, turn by turn. */
  #playing = false;
  #closed = false;

  /** What is rehearsed is what happens next. */
  protected abstract get isSet(): boolean;
  /** Whatever is next. True: what is rehearsed has happened once more. */
  protected abstract turn(): boolean;
  protected abstract end(): Promise<void>;

  /** So many times; then the stage is set. */
  async play(times: number, pause: Pause): Promise<void> {
    if (this.#playing) return;
    this.#playing = true;
    let left = times;
    for (let turns = 0; turns < MAX_REHEARSED_TURNS && !(left <= 0 && this.isSet); turns++) {
      if (!(await pause()) || this.#closed) return;
      if (this.turn()) left--;
    }
    this.#playing = false;
  }

  /** Once, now. False: the stage is not set. */
  once(): boolean {
    if (this.#playing || !this.isSet) return false;
    for (let turns = 0; turns < TURNS_OF_A_REPETITION; turns++) if (this.turn()) return true;
    return false;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.end();
  }
}

/** Stages, one after the other; what is on the last one can be repeated, until all is closed. */
export class Repertory {
  readonly #pause: Pause;
  #stage: Stage | undefined;
  #setting: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(pause: Pause) {
    this.#pause = async () => !this.#closed && (await pause()) && !this.#closed;
  }

  async play(stage: Stage, times: number): Promise<void> {
    await this.#stage?.close();
    this.#stage = stage;
    if (this.#closed) await stage.close();
    else await stage.play(times, this.#pause);
  }

  /** Once more, at once; afterwards the stage is set again, by so many times more. Nothing while it is not set. */
  repeat(times: number): void {
    const stage = this.#stage;
    if (this.#closed || stage?.once() !== true) return;
    this.#setting = setTimeout(() => void stage.play(times, this.#pause), SETTLING_MS);
    this.#setting.unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#setting);
    await this.#stage?.close();
  }
}

/** An engine on a host where nothing happens, and nobody is told of it. */
export function quietLoop(host: RehearsalHost, engine: Engine): Loop {
  const nothing = (): void => {};
  // Its own takeovers are not waited for: its clock stands still meanwhile.
  const machine: Machine = {
    handle: (moment, input, effects) => engine.handle(moment, input, effects),
    get nextDeadline() {
      return engine.nextDeadline;
    },
  };
  return new Loop(host, machine, {
    log: nothing,
    event: nothing,
    prepare: nothing,
    rehearse: nothing,
    hurry: nothing,
    relax: nothing,
    late: nothing,
    stopped: nothing,
  });
}

/** With nothing but what is played. */
export const playing = (
  { globals }: Configuration,
  played: Partial<Pick<Configuration, 'instances' | 'bfdInstances'>>,
): Configuration => ({
  globals,
  scripts: [],
  trackFiles: [],
  trackProcesses: [],
  instances: [],
  syncGroups: [],
  bfdInstances: [],
  virtualServerGroups: [],
  virtualServers: [],
  hash: 'rehearsal',
  ...played,
});
