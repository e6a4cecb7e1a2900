/**
 * What the verdicts of a checker come to: whether it counts as up, which URL is looked at next, and how long to wait
 * until then. Time itself and randomness are monitor.ts's; what an up or down checker means for its server is
 * core/lvs/real-server's. (directives-lvs sections 6.2 and 7)
 */
import { type Duration, ZERO } from '../../base/time.js';
import type { ProbeSettings } from './check.js';

export interface Step {
  /**
   * `confirmed`: the first good verdict of one that counted as up; `still-down`: the first bad one of one that counted
   * as down, which is told although nothing changed.
   */
  readonly change?: 'up' | 'down' | 'confirmed' | 'still-down';
  /** After the end of this check, of MISC_CHECK after its start. */
  readonly wait: Duration;
  /** Failures in a row before this one, where it is the one that counts. */
  readonly retries: number;
}

export interface Course {
  readonly up: boolean;
  /** Whether a failure of the next check would take it down. */
  readonly decides: boolean;
  /** Which part is looked at next. */
  readonly part: number;
  readonly settings: ProbeSettings;
  good(): Step;
  bad(): Step;
  /** This machine could not make the check. */
  unmade(): Step;
  /** Other settings of the same kind of checker: what is known of the server stays. */
  reconfigure(settings: ProbeSettings): void;
}

export interface CourseStart {
  readonly up: boolean;
  /**
   * Whether the first failure may be tried again, too: of a server that was added by a reload. At a start the first
   * failure counts, so that a dead server gets no traffic for longer than it must.
   */
  readonly patient: boolean;
}

export const courseOf = (settings: ProbeSettings, start: CourseStart): Course =>
  settings.kind === 'HTTP_GET' || settings.kind === 'SSL_GET'
    ? new UrlCourse(settings, start)
    : new PlainCourse(settings, start);

/** One question at a time: TCP, SMTP, DNS, UDP, PING, MISC. */
class PlainCourse implements Course {
  readonly part = 0;
  settings: ProbeSettings;
  #up: boolean;
  #ran = false;
  #failures = 0;
  readonly #patient: boolean;

  constructor(settings: ProbeSettings, { up, patient }: CourseStart) {
    this.settings = settings;
    this.#up = up;
    // A mail server may be busy: its retries count from the beginning.
    this.#patient = patient || settings.kind === 'SMTP_CHECK';
  }

  get up(): boolean {
    return this.#up;
  }

  get decides(): boolean {
    return this.#up && (this.#failures >= this.settings.retry || (!this.#ran && !this.#patient));
  }

  reconfigure(settings: ProbeSettings): void {
    this.settings = settings;
  }

  good(): Step {
    const first = !this.#ran;
    const wasUp = this.#up;
    this.#ran = true;
    this.#failures = 0;
    this.#up = true;
    const change = wasUp ? (first ? 'confirmed' : undefined) : 'up';
    return { ...(change ? { change } : {}), wait: this.settings.delayLoop, retries: 0 };
  }

  bad(): Step {
    const { retry, delayLoop } = this.settings;
    const first = !this.#ran;
    if ((this.#up || first) && this.#failures < retry && (!first || this.#mayRetryFirst)) {
      this.#failures++;
      if (this.#up) this.#ran = true;
      return { wait: retryWait(this.settings), retries: 0 };
    }
    const retries = this.#failures;
    const change = this.#up ? 'down' : first && this.#tellsFirst ? 'still-down' : undefined;
    this.#ran = true;
    this.#up = false;
    this.#failures = 0;
    return { ...(change ? { change } : {}), wait: failingWait(this.settings, delayLoop), retries };
  }

  /** Who has retries for its first failure, and counts as down, spends them in silence: it is told of only without any. */
  get #tellsFirst(): boolean {
    const { kind, retry } = this.settings;
    return !this.#patient || kind === 'SMTP_CHECK' || retry === 0;
  }

  /** Of one that counts as down only SMTP_CHECK tries again before it says so. */
  get #mayRetryFirst(): boolean {
    return this.#patient && (this.#up || this.settings.kind === 'SMTP_CHECK');
  }

  unmade(): Step {
    return { wait: this.settings.delayLoop, retries: 0 };
  }
}

/** HTTP_GET and SSL_GET: one URL after the other; while down the one that failed, and then all of them again. */
class UrlCourse implements Course {
  part = 0;
  settings: UrlSettings;
  #up: boolean;
  #ran = false;
  #failures: number;
  /** While it is set, only this URL is asked for. */
  #failed = false;
  readonly #patient: boolean;

  constructor(settings: UrlSettings, { up, patient }: CourseStart) {
    this.settings = settings;
    this.#up = up;
    this.#patient = patient;
    this.#failures = patient ? 0 : settings.retry;
  }

  get up(): boolean {
    return this.#up;
  }

  get decides(): boolean {
    return this.#up && this.#failures >= this.settings.retry;
  }

  reconfigure(settings: ProbeSettings): void {
    if (settings.kind !== 'HTTP_GET' && settings.kind !== 'SSL_GET') return;
    this.settings = settings;
    if (this.part >= settings.urls.length) this.part = 0;
  }

  good(): Step {
    const { delayLoop, fastRecovery, urls } = this.settings;
    let change: Step['change'];
    const last = this.part === urls.length - 1;
    if (this.#failed) {
      // It works again: now all of them have to.
      this.#failed = false;
      this.part = 0;
    } else if (last) {
      change = this.#up ? (this.#ran ? undefined : 'confirmed') : 'up';
      this.#up = true;
      this.#ran = true;
      this.part = 0;
    } else this.part++;
    this.#failures = this.#ran || this.#patient ? 0 : this.settings.retry;
    const hurries = fastRecovery && (!this.#ran || (!this.#up && !this.#failed));
    return { ...(change ? { change } : {}), wait: hurries ? ZERO : delayLoop, retries: 0 };
  }

  bad(): Step {
    const { retry, delayLoop, delayBeforeRetry } = this.settings;
    const slow = failingWait(this.settings, Math.max(delayLoop, delayBeforeRetry) as Duration);
    const counts = this.#up || !this.#ran;
    const preset = !this.#ran && !this.#patient;
    this.#ran = true;
    if (!counts) return { wait: this.#failed ? slow : retryWait(this.settings), retries: 0 };
    if (this.#failures < retry) {
      this.#failures++;
      return { wait: retryWait(this.settings), retries: 0 };
    }
    const change = this.#up ? 'down' : undefined;
    this.#up = false;
    this.#failed = true;
    const retries = preset ? 0 : this.#failures;
    this.#failures = 0;
    return { ...(change ? { change } : {}), wait: slow, retries };
  }

  unmade(): Step {
    return { wait: this.settings.delayLoop, retries: 0 };
  }
}

type UrlSettings = Extract<ProbeSettings, { kind: 'HTTP_GET' | 'SSL_GET' }>;

const retryWait = ({ delayBeforeRetry, fastInterval }: ProbeSettings): Duration =>
  fastInterval ?? delayBeforeRetry;
const failingWait = ({ fastInterval }: ProbeSettings, usual: Duration): Duration => fastInterval ?? usual;
