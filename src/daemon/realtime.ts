/**
 * How soon the main thread of a process of ours gets a processor that others want too: in real time, as its
 * configuration says, and a step higher each time that a deadline was met too late, if `max_auto_priority` admits it;
 * in real time without being asked where something is urgent (urgency.ts); otherwise as every process, in short slices
 * where it sends adverts. Only the main thread, which sends and receives, runs so; scripts and other threads do not.
 * (directives-global section 3.2; DESIGN section 5; adr/0028)
 */
import { LEAST_REALTIME_LIMIT } from '../base/limits.js';
import { type Duration, formatDuration, seconds } from '../base/time.js';
import type { LogLevel } from '../core/effects.js';
import { errnoText } from '../host/linux/errno.js';
import type { Outcome } from '../host/linux/libc.js';
import {
  realTimeWarning,
  runAsUsual,
  runInRealTime,
  runInShortSlices,
  runInUsualSlices,
  warnOfRealTime,
} from '../host/linux/scheduling.js';

/** What a configuration says about it. */
export interface RealtimeSettings {
  /** `vrrp_rt_priority`, 1..99. */
  readonly priority: number | undefined;
  /** `vrrp_rlimit_rttime`: processor time without a pause, after which the log warns. */
  readonly limit: Duration | undefined;
  /** `max_auto_priority`: 0 never, -1 never and unadvised. */
  readonly highest: number | undefined;
  /** `min_auto_priority_delay` */
  readonly lateness: Duration | undefined;
}

const USUAL_LATENESS = seconds(1);
/** Before all that does not run in real time, and behind all that does. */
const LOWEST_REALTIME = 1;
/** So long it runs as usual after it kept others waiting in real time that nobody had asked for. */
const REST = seconds(60);

export class Realtime {
  readonly #keyword: string;
  readonly #log: (level: LogLevel, text: string) => void;
  readonly #prompt: boolean;
  readonly #limitAtStart = realTimeWarning();
  #settings: RealtimeSettings = {
    priority: undefined,
    limit: undefined,
    highest: undefined,
    lateness: undefined,
  };
  /** How it is scheduled now; 0: not in real time, undefined: as it was started. */
  #priority: number | undefined;
  /** What being late has made of it. */
  #raised = 0;
  #advised = false;
  /** Why it should run in real time although nobody asks for that. */
  #urgency: string | undefined;
  /** The same before it was last decided: the kernel's warning about a long turn is read after that turn. */
  #urgencyBefore: string | undefined;
  #rest: NodeJS.Timeout | undefined;
  /** What was said of that last. */
  #said = '';
  /** In real time for a takeover. */
  #first = false;

  constructor(options: {
    /** What the limit is called in the configuration. */
    readonly limitKeyword: string;
    /** Short slices where it does not run in real time. */
    readonly prompt: boolean;
    readonly log: (level: LogLevel, text: string) => void;
  }) {
    this.#keyword = options.limitKeyword;
    this.#prompt = options.prompt;
    this.#log = options.log;
  }

  apply(settings: RealtimeSettings): void {
    this.#settings = settings;
    this.#raised = Math.min(this.#raised, Math.max(0, settings.highest ?? 0));
    this.#reschedule();
  }

  /** From now on it is urgent, and `why`, for the log; undefined: it is not, which is said where something was. */
  urge(why: string | undefined): void {
    this.#urgencyBefore = this.#urgency;
    this.#urgency = why;
    this.#reschedule();
    if (why !== undefined) return;
    if (this.#said !== '' && this.#mayBeUnasked)
      this.#log('info', 'nobody takes this process for dead soon any more: it is scheduled as usual');
    this.#said = '';
  }

  /** For a while it does what is not urgent, whatever else is: nobody needs to be told. */
  calm(): void {
    this.#urgencyBefore = this.#urgency;
    this.#urgency = undefined;
    this.#reschedule();
  }

  /** In real time it has computed for too long without a pause. False: the configuration wants it so. */
  exhausted(): boolean {
    if (!this.#isUnasked && !this.#wasUnasked) return false;
    // As usual there may be no limit any more.
    const limit = formatDuration(Math.max(this.#settings.limit ?? 0, LEAST_REALTIME_LIMIT) as Duration);
    const text = `this process computed for ${limit} without a pause, in real time that nobody asked for: as usual for ${formatDuration(REST)}`;
    this.#log('warning', text);
    this.#rest ??= setTimeout(() => {
      this.#rest = undefined;
      this.#reschedule();
    }, REST / 1000).unref();
    this.#reschedule();
    return true;
  }

  /** A deadline was met so much after its time. */
  late(by: Duration): void {
    const { highest = 0, lateness = USUAL_LATENESS } = this.#settings;
    if (by < lateness) return;
    const priority = this.#priority ?? 0;
    if (highest > priority) {
      this.#raised = priority + 1;
      this.#log(
        'notice',
        `a deadline was met ${formatDuration(by)} late: real-time priority ${this.#raised}`,
      );
      this.#reschedule();
    } else if (highest === 0 && priority === 0 && !this.#advised) {
      this.#advised = true;
      this.#log(
        'info',
        `a deadline was met ${formatDuration(by)} late: with max_auto_priority this process ` +
          'would go before others (max_auto_priority -1 takes this advice away)',
      );
    }
  }

  /**
   * A takeover is some milliseconds away, most of which are slept through: until it is done nobody interrupts us and we are
   * woken at once, where the kernel admits that. Whoever wants no priority beyond the configured one says so by
   * `max_auto_priority -1`; short slices have it woken soon as well.
   */
  prepare(): void {
    if (this.#mayHurry && !this.#first && this.#settings.highest !== -1)
      this.#first = runInRealTime(LOWEST_REALTIME) >= 0;
  }
  /** It is due at once: who still runs in short slices would be interrupted after each. */
  hurry(): void {
    this.prepare();
    if (this.#mayHurry && !this.#first) runInUsualSlices();
  }
  relax(): void {
    this.#first = false;
    if (this.#mayHurry) runInShortSlices();
  }
  get #mayHurry(): boolean {
    return this.#prompt && this.#priority === 0;
  }

  /** What comes last runs as what came first did. */
  restore(): void {
    clearTimeout(this.#rest);
    this.#schedule(0);
  }

  /** What the configuration asks for, or being late has made of it. */
  get #asked(): number {
    return Math.max(this.#settings.priority ?? 0, this.#raised);
  }
  get #isUnasked(): boolean {
    return this.#urgency !== undefined && this.#mayBeUnasked;
  }
  get #wasUnasked(): boolean {
    return this.#urgencyBefore !== undefined && this.#mayBeUnasked;
  }
  get #mayBeUnasked(): boolean {
    return this.#asked === 0 && this.#settings.highest !== -1;
  }

  #reschedule(): void {
    if (!this.#isUnasked || this.#rest !== undefined) {
      const outcome = this.#schedule(this.#asked);
      if (outcome < 0)
        this.#log(
          'warning',
          `real-time priority ${this.#asked}: ${errnoText(outcome)}; it needs CAP_SYS_NICE or LimitRTPRIO=, and a ` +
            'cgroup with real-time processor time',
        );
      return;
    }
    const outcome = this.#schedule(LOWEST_REALTIME);
    const text =
      outcome < 0
        ? `${this.#urgency}, but this process may not run in real time (${errnoText(outcome)})`
        : `${this.#urgency}: this process runs in real time, unless max_auto_priority is -1`;
    if (text !== this.#said) this.#log(outcome < 0 ? 'notice' : 'info', text);
    this.#said = text;
  }

  /** Who is refused real time runs as before. */
  #schedule(priority: number): Outcome {
    let outcome: Outcome = 0;
    if (priority !== this.#priority) {
      if (priority > 0) outcome = runInRealTime(priority);
      if (priority > 0 && outcome >= 0) this.#priority = priority;
      else if (priority === 0 || this.#priority === undefined) {
        if (this.#prompt) runInShortSlices();
        else runAsUsual();
        this.#priority = 0;
      }
    }
    this.#limit();
    return outcome;
  }

  #limit(): void {
    const { limit } = this.#settings;
    const limited = (this.#priority ?? 0) > 0 && limit !== undefined;
    const wanted = limited ? (Math.max(limit, LEAST_REALTIME_LIMIT) as Duration) : this.#limitAtStart;
    if (wanted === realTimeWarning()) return;
    const outcome = warnOfRealTime(wanted);
    if (outcome < 0) this.#log('warning', `${this.#keyword}: ${errnoText(outcome)}`);
    else if (limited && !this.#isUnasked && limit < LEAST_REALTIME_LIMIT)
      this.#log(
        'info',
        `${this.#keyword} is raised from ${formatDuration(limit)} to ${formatDuration(LEAST_REALTIME_LIMIT)}: ` +
          'collecting garbage may take longer than that',
      );
  }
}
