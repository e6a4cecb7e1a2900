/**
 * Check scripts: when the next run is due, and what its outcome makes of the script's state. One counter as in
 * Keepalived: 0..rise-1 is down, rise..rise+fall-1 is up; until the first result nothing is known, one success or
 * failure then decides. Directives-vrrp section 4. Starting, timing out and killing is the host's work.
 */
import { MAX_CAUSE_OUTPUT } from '../../base/limits.js';
import { after, formatDuration } from '../../base/time.js';
import type { ScriptSettings, WeightSettings } from '../../config/model.js';
import { type Deadline, type Deadlines, nextPeriod } from '../deadlines.js';
import type { TrackerCause } from '../effects.js';
import type { ScriptOutcome } from '../inputs.js';
import { lastLine } from '../last-line.js';
import type { Outbox } from '../outbox.js';
import { type Contribution, contributionOf, type Tracker, type TrackListener } from './tracker.js';

export class ScriptTracker implements Tracker {
  readonly kind = 'script';
  readonly listeners = new Set<TrackListener>();
  detail: string | undefined;
  lastRun: ReturnType<typeof lastRunOf>;
  #settings: ScriptSettings;
  #counter: number;
  #known: boolean;
  #running = false;
  /** How its last run ended. */
  #ending: ScriptOutcome['kind'] | undefined;
  readonly #beat: Deadline;

  constructor(
    settings: ScriptSettings,
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
    readonly changed: (tracker: Tracker) => void,
  ) {
    this.#settings = settings;
    // init_fail: it begins as failed, and `rise` successes are needed. Otherwise one success is enough.
    this.#known = settings.initFail;
    this.#counter = settings.initFail ? 0 : settings.rise - 1;
    this.#beat = { what: `run script ${settings.name}`, periodic: true, fire: (due) => this.#run(due) };
  }

  get name(): string {
    return this.#settings.name;
  }
  get settings(): ScriptSettings {
    return this.#settings;
  }
  get up(): boolean | undefined {
    return this.#known ? this.#counter >= this.#settings.rise : undefined;
  }
  /** 0..rise-1 is down, rise..rise+fall-1 is up. */
  get counter(): number {
    return this.#counter;
  }
  get running(): boolean {
    return this.#running;
  }
  get state(): string {
    return this.up === undefined ? 'pending' : this.up ? 'up' : 'down';
  }

  contribution(settings: WeightSettings): Contribution {
    return contributionOf(this.up, settings);
  }

  start(): void {
    this.#run(this.outbox.now);
  }

  stop(): void {
    this.deadlines.disarm(this.#beat);
    if (this.#running) this.outbox.watch({ kind: 'cancel-check', script: this.name });
    this.#running = false;
  }

  /** A reload: the counter stays where it is, within the new bounds; the rhythm goes on. */
  reconfigure(settings: ScriptSettings): void {
    const up = this.up;
    const due = this.deadlines.at(this.#beat);
    const interval = this.#settings.interval;
    this.#settings = settings;
    const top = settings.rise + settings.fall - 1;
    if (up === undefined) this.#counter = settings.rise - 1;
    else if (up) this.#counter = Math.min(top, Math.max(settings.rise, this.#counter));
    else this.#counter = Math.min(settings.rise - 1, this.#counter);
    if (due !== undefined && settings.interval !== interval)
      this.deadlines.arm(this.#beat, after(this.outbox.now, settings.interval));
  }

  /**
   * A reload gave its name to another command: what the one before found counts until the new one has ended once, which
   * then decides.
   */
  replace(settings: ScriptSettings): void {
    const { up } = this;
    this.stop();
    this.#settings = settings;
    this.#known = up !== undefined || settings.initFail;
    const { rise } = settings;
    this.#counter = up === true ? rise : up === undefined && settings.initFail ? 0 : rise - 1;
    this.start();
  }

  finished(outcome: ScriptOutcome): void {
    if (!this.#running) return;
    this.#running = false;
    const before = this.state;
    const success = outcome.kind === 'exit' && outcome.code === 0;
    this.#say(outcome);
    this.#count(success);
    if (this.state !== before) this.changed(this);
  }

  #count(success: boolean): void {
    const { rise, fall } = this.#settings;
    if (!this.#known) {
      this.#known = true;
      this.#counter = success ? rise + fall - 1 : 0;
    } else if (success) {
      this.#counter = this.#counter < rise - 1 ? this.#counter + 1 : rise + fall - 1;
    } else {
      this.#counter = this.#counter > rise ? this.#counter - 1 : 0;
    }
  }

  #say(outcome: ScriptOutcome): void {
    this.detail = describeOutcome(outcome, this.#settings);
    this.lastRun = lastRunOf(outcome);
    // Once, and again after it was otherwise in between.
    if (outcome.kind !== this.#ending) this.#remark(outcome);
    this.#ending = outcome.kind;
  }

  /** What its author did not mean, and what to do. An exit code is an answer, whatever it is. */
  #remark(outcome: ScriptOutcome): void {
    const { outbox, name } = this;
    if (outcome.kind === 'failed') outbox.log('error', `script ${name} cannot run: ${outcome.error.message}`);
    else if (outcome.kind === 'timeout') {
      const limit = formatDuration(this.#settings.timeout);
      outbox.log(
        'warning',
        `script ${name} did not end within ${limit}: make it quicker, or raise its timeout`,
      );
    } else if (outcome.kind === 'signal') {
      const text = `script ${name} was ended by ${outcome.signal}: it counts as failed; see who sends that`;
      outbox.log(
        'warning',
        outcome.signal === 'SIGKILL' ? `${text} (dmesg tells of a lack of memory)` : text,
      );
    }
  }

  #run(due: number): void {
    const { interval, timeout, command } = this.#settings;
    const next = nextPeriod(due as typeof this.outbox.now, interval, this.outbox.now);
    this.deadlines.arm(this.#beat, next.at);
    // Still running from an earlier beat: this one is skipped.
    if (this.#running) return;
    this.#running = true;
    this.outbox.watch({ kind: 'run-check', script: this.name, command, timeout });
  }
}

function describeOutcome(outcome: ScriptOutcome, settings: ScriptSettings): string {
  switch (outcome.kind) {
    case 'exit':
      return `exit code ${outcome.code}${lastLine(outcome.output)}`;
    case 'signal':
      return `ended by ${outcome.signal}${lastLine(outcome.output)}`;
    case 'timeout':
      return `no result within ${formatDuration(settings.timeout)}${lastLine(outcome.output)}`;
    case 'failed':
      return outcome.error.message;
  }
}

function lastRunOf(outcome: ScriptOutcome): Pick<TrackerCause, 'exitCode' | 'signal' | 'output'> | undefined {
  if (outcome.kind === 'failed') return undefined;
  const output = outcome.output?.trimEnd().slice(-MAX_CAUSE_OUTPUT);
  return {
    ...(outcome.kind === 'exit' ? { exitCode: outcome.code } : {}),
    ...(outcome.kind === 'signal' ? { signal: outcome.signal } : {}),
    ...(output ? { output } : {}),
  };
}
