/**
 * The checks of this host: which checkers there are, which of their checks are in flight, and when one of these has
 * waited long enough. Deadlines lie in one queue behind one timer. How each kind looks at its server is decided by
 * the probes beside this file; when, and what a verdict means, by the engine. (core/health/check, ports/checks)
 */
import { DeadlineQueue } from '../../base/deadline-queue.js';
import { unreachable } from '../../base/invariant.js';
import { MAX_TIMEOUTS_PER_TURN } from '../../base/limits.js';
import { after, between, type Duration, type Instant } from '../../base/time.js';
import type { SslSettings } from '../../config/model-lvs.js';
import type {
  CheckEffect,
  CheckerId,
  CheckFailure,
  CheckVerdict,
  GoodVerdict,
  ProbeSettings,
} from '../../core/health/check.js';
import type { Failure } from '../../core/inputs.js';
import type { CheckFeed, Checks } from '../../ports/checks.js';
import { monotonicNow } from '../linux/clock.js';
import type { Poller } from '../linux/poller.js';
import { Timer } from '../linux/timer.js';
import type { AnswerWatch } from './http-answer.js';
import { makeProbe, type ProbeMeans, type ScriptProbes } from './make-probe.js';
import { PatternSearch } from './pattern-search.js';
import { ANSWERED, type Attempt, type Flight, type Probe } from './probe.js';

interface Checker {
  settings: ProbeSettings;
  tls: SslSettings | undefined;
  /** Made when its first check is: a start with thousands of servers programs the table meanwhile. */
  probe: Probe | undefined;
  flight: CheckFlight | undefined;
}

export class HostChecks implements Checks {
  readonly #means: ProbeMeans;
  readonly #search = new PatternSearch();
  readonly #feed: CheckFeed;
  readonly #checkers = new Map<CheckerId, Checker>();
  readonly #deadlines = new DeadlineQueue<CheckFlight>();
  readonly #timer: Timer;
  /** When the timer will wake us: the earliest deadline of all, or one that is no longer wanted. */
  #armed: Instant | undefined;

  /** `watch` sees every answer to an HTTP check. Throws SystemError: only during setup. */
  constructor(poller: Poller, scripts: ScriptProbes, feed: CheckFeed, watch?: AnswerWatch) {
    this.#means = { poller, scripts, search: this.#search, watch };
    this.#feed = feed;
    this.#timer = new Timer(poller, () => this.#expire());
  }

  define(checker: CheckerId, settings: ProbeSettings, tls?: SslSettings): void {
    const known = this.#checkers.get(checker);
    if (!known) {
      this.#checkers.set(checker, { settings, tls, probe: undefined, flight: undefined });
      return;
    }
    known.probe?.close?.();
    known.probe = undefined;
    known.settings = settings;
    known.tls = tls;
  }

  forget(checker: CheckerId): void {
    this.abandon(checker);
    this.#checkers.get(checker)?.probe?.close?.();
    this.#checkers.delete(checker);
  }

  start(checker: CheckerId, part: number): void {
    const known = this.#checkers.get(checker);
    if (!known || known.flight) return;
    known.probe ??= makeProbe(this.#means, known.settings, checker, known.tls);
    const flight = new CheckFlight(monotonicNow(), this.#deadlines, {
      deadline: (at) => this.#arm(at),
      landed: (verdict) => {
        known.flight = undefined;
        this.#feed({ kind: 'check-verdict', checker, part, verdict });
      },
    });
    known.flight = flight;
    flight.take(known.probe.start(part, flight));
  }

  abandon(checker: CheckerId): void {
    const known = this.#checkers.get(checker);
    known?.flight?.abandon();
    if (known) known.flight = undefined;
  }

  run(effects: readonly CheckEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'define-checker':
          this.define(effect.checker, effect.settings, effect.tls);
          break;
        case 'forget-checker':
          this.forget(effect.checker);
          break;
        case 'start-check':
          this.start(effect.checker, effect.part);
          break;
        case 'abandon-check':
          this.abandon(effect.checker);
          break;
        default:
          unreachable(effect);
      }
    }
  }

  /** Only forward: a deadline that was taken back lets the timer come in vain, which is cheaper than moving it. */
  #arm(at: Instant): void {
    if (this.#armed !== undefined && this.#armed <= at) return;
    this.#armed = at;
    this.#timer.arm(at);
  }

  /** Thousands may be due at once: the rest gets the next turn, which follows as soon as others had theirs. */
  #expire(): void {
    this.#armed = undefined;
    const now = monotonicNow();
    for (let n = 0; n < MAX_TIMEOUTS_PER_TURN; n++) {
      const due = this.#deadlines.popDue(now);
      if (!due) break;
      due.key.expire();
    }
    const next = this.#deadlines.earliest;
    if (next !== undefined) this.#arm(next);
  }

  async close(): Promise<void> {
    for (const checker of [...this.#checkers.keys()]) this.forget(checker);
    this.#timer.close();
    await this.#search.close();
  }
}

interface Landing {
  deadline(at: Instant): void;
  landed(verdict: CheckVerdict): void;
}

/** One check between its start and its verdict. */
class CheckFlight implements Flight {
  readonly #started: Instant;
  readonly #deadlines: DeadlineQueue<CheckFlight>;
  readonly #landing: Landing;
  #attempt: Attempt | undefined;
  #over = false;
  /** While it is being started no time passes. */
  #starting = true;

  constructor(started: Instant, deadlines: DeadlineQueue<CheckFlight>, landing: Landing) {
    this.#started = started;
    this.#deadlines = deadlines;
    this.#landing = landing;
  }

  /** The attempt that flies; it may have answered already. */
  take(attempt: Attempt): void {
    this.#starting = false;
    this.#attempt = attempt;
    if (this.#over) this.#finish();
  }

  within(wait: Duration): void {
    if (this.#over) return;
    const at = after(this.#starting ? this.#started : monotonicNow(), wait);
    this.#deadlines.set(this, at);
    this.#landing.deadline(at);
  }

  wait(): void {
    this.#deadlines.clear(this);
  }

  expire(): void {
    this.#attempt?.expire();
  }

  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.#finish();
  }

  good(detail: string, more: Pick<GoodVerdict, 'weight' | 'odd'> = {}): void {
    this.#land({ kind: 'good', detail, ...more, elapsed: this.#elapsed() });
  }
  bad(reason: CheckFailure): void {
    this.#land({ kind: 'bad', reason, elapsed: this.#elapsed() });
  }
  unmade(error: Failure): void {
    this.#land({ kind: 'unmade', error, elapsed: this.#elapsed() });
  }

  #elapsed(): Duration {
    return between(this.#started, monotonicNow());
  }

  #land(verdict: CheckVerdict): void {
    if (this.#over) return;
    this.#over = true;
    this.#finish();
    this.#landing.landed(verdict);
  }

  #finish(): void {
    this.#deadlines.clear(this);
    const attempt = this.#attempt;
    this.#attempt = ANSWERED;
    attempt?.end();
  }
}
