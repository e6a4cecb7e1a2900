/**
 * In which order notify scripts run: per instance or group strictly one at a time and in the order of the
 * transitions, so that the last script to run is the one of the last state. States that were passed through while a
 * script ran are left out; STOP goes first; a script that takes too long is reported and overtaken, never killed.
 * What a script is called with is decided in content.ts. Directives-vrrp section 11; DESIGN rule 9.
 */
import { after, type Duration, formatDuration, seconds } from '../../base/time.js';
import type { Command } from '../../config/model.js';
import { type DeadlineKind, type Deadlines, OwnedDeadline } from '../deadlines.js';
import type { NotifyWord } from '../effects.js';
import type { ScriptOutcome } from '../inputs.js';
import type { Outbox } from '../outbox.js';

/** How long a notify script may hold up the ones behind it. */
export const NOTIFY_PATIENCE: Duration = seconds(30);
/**
 * An event may happen with every packet that somebody sends: so long after the start of a run the next one waits, and
 * stands for all that happened meanwhile.
 */
export const EVENT_REST: Duration = seconds(1);
/** The same while stopping: Keepalived waits one second for its STOP scripts. */
export const NOTIFY_PATIENCE_AT_STOP: Duration = seconds(1);

interface Waiting {
  readonly command: Command;
  readonly word: NotifyWord;
  /** Counts the transitions; absent for an event. */
  readonly transition?: number;
}

/** The runs of one instance or group. */
export class NotifyQueue {
  static readonly #SLOW: DeadlineKind<NotifyQueue> = {
    what: 'notify script takes long',
    periodic: false,
    fire: (queue) => queue.#overtake(),
  };

  static readonly #RESTED: DeadlineKind<NotifyQueue> = {
    what: 'notify script of an event may run again',
    periodic: false,
    fire: (queue) => queue.#rested(),
  };

  /** At most the rest of a state whose scripts have begun, the latest state, and one run of each event. */
  #waiting: Waiting[] = [];
  #running: (Waiting & { readonly run: number }) | undefined;
  #transitions = 0;
  /** The latest transition of which a script has started. */
  #begun = 0;
  #stopping = false;
  #passedOver = 0;
  readonly #patience = new OwnedDeadline(NotifyQueue.#SLOW, this);
  /** Of the event that rests; it happened again meanwhile where there is a command. */
  #resting: { again?: Waiting } | undefined;
  readonly #rest = new OwnedDeadline(NotifyQueue.#RESTED, this);

  constructor(
    /** Whose runs they are, for log lines: a reload may rename it. */
    readonly owner: { readonly name: string },
    readonly dispatch: NotifyDispatch,
  ) {}

  get subject(): string {
    return `(${this.owner.name})`;
  }
  get idle(): boolean {
    return this.#running === undefined && this.#waiting.length === 0;
  }

  /** The scripts of one transition, in order. */
  add(state: NotifyWord, commands: readonly Command[]): void {
    if (this.#stopping) return;
    const { outbox, deadlines } = this.dispatch;
    if (state === 'STOP') {
      this.#stopping = true;
      if (this.#running) deadlines.arm(this.#patience, after(outbox.now, NOTIFY_PATIENCE_AT_STOP));
    }
    // What happened in the state before is over with it.
    if (this.#resting) this.#resting = {};
    this.#passOver(state);
    const transition = ++this.#transitions;
    for (const command of commands) this.#waiting.push({ command, word: state, transition });
    this.#next();
  }

  /** What waits for earlier states is not wanted any more; but a state never runs half of its scripts, except at a STOP. */
  #passOver(state: NotifyWord): void {
    const kept = this.#waiting.filter(
      ({ transition }) => state !== 'STOP' && (transition === undefined || transition === this.#begun),
    );
    this.#passedOver += this.#waiting.length - kept.length;
    this.#waiting = kept;
  }

  /** A script for something that may happen again at once: one run that waits stands for all. There is one such word. */
  addEvent(word: NotifyWord, command: Command): void {
    if (this.#stopping || this.#waiting.some((one) => one.word === word)) return;
    if (this.#resting) {
      this.#resting.again = { command, word };
      return;
    }
    this.#waiting.push({ command, word });
    this.#next();
  }

  #rested(): void {
    const again = this.#resting?.again;
    this.#resting = undefined;
    if (again) this.addEvent(again.word, again.command);
  }

  /** The host's answer for a run of this queue. */
  finished(run: number, outcome: ScriptOutcome): void {
    const { outbox, deadlines } = this.dispatch;
    if (outcome.kind === 'failed')
      outbox.log('error', `${this.subject} notify script could not run: ${outcome.error.message}`);
    if (this.#running?.run !== run) return;
    this.#running = undefined;
    deadlines.disarm(this.#patience);
    this.dispatch.ended();
    this.#next();
  }

  /** Others have ended: it is this one's turn. */
  resume(): void {
    this.#next();
  }

  #next(): void {
    if (this.#running) return;
    const { outbox, deadlines } = this.dispatch;
    if (this.#waiting.length > 0 && !this.dispatch.admits(this)) return;
    const next = this.#waiting.shift();
    if (!next) return;
    if (this.#passedOver > 0) {
      outbox.log(
        'warning',
        `${this.subject} ${this.#passedOver} notify runs of states passed through were left out`,
      );
      this.#passedOver = 0;
    }
    const run = this.dispatch.begin(this);
    this.#running = { run, ...next };
    this.#begun = next.transition ?? this.#begun;
    outbox.notify({ kind: 'run-notify', run, command: next.command });
    if (next.transition === undefined) {
      this.#resting = {};
      deadlines.arm(this.#rest, after(outbox.now, EVENT_REST));
    }
    const patience = this.#stopping ? NOTIFY_PATIENCE_AT_STOP : NOTIFY_PATIENCE;
    deadlines.arm(this.#patience, after(outbox.now, patience));
  }

  #overtake(): void {
    const slow = this.#running;
    if (!slow) return;
    const patience = formatDuration(this.#stopping ? NOTIFY_PATIENCE_AT_STOP : NOTIFY_PATIENCE);
    this.dispatch.outbox.log(
      'warning',
      `${this.subject} notify script ${slow.command.argv[0]} for ${slow.word} runs for more than ${patience}: not waiting for it any longer; let it work in the background`,
    );
    this.#running = undefined;
    this.dispatch.ended();
    this.#next();
  }
}

/**
 * Numbers the runs and finds the queue that a finished one belongs to. Of thousands of queues that all have something to
 * run only so many do at once; the others follow in the order in which they came.
 */
export class NotifyDispatch {
  readonly #queues = new Map<number, NotifyQueue>();
  readonly #waiting = new Set<NotifyQueue>();
  #run = 0;
  #running = 0;

  constructor(
    readonly outbox: Pick<Outbox, 'now' | 'notify' | 'log'>,
    readonly deadlines: Deadlines,
    /** Scripts that run at once; one that is no longer waited for is not counted. */
    readonly most = Number.POSITIVE_INFINITY,
  ) {}

  /** False: not yet, and resume() is called when it is its turn. */
  admits(queue: NotifyQueue): boolean {
    if (this.#running < this.most) return true;
    if (this.#waiting.size === 0)
      this.outbox.log(
        'notice',
        `${this.most} notify scripts run at once: further ones wait until some have ended`,
      );
    this.#waiting.add(queue);
    return false;
  }

  begin(queue: NotifyQueue): number {
    this.#run++;
    this.#running++;
    this.#queues.set(this.#run, queue);
    return this.#run;
  }

  /** A queue waits for its run no longer. */
  ended(): void {
    this.#running--;
    for (const queue of this.#waiting) {
      if (this.#running >= this.most) return;
      this.#waiting.delete(queue);
      queue.resume();
    }
  }

  finished(run: number, outcome: ScriptOutcome): void {
    const queue = this.#queues.get(run);
    this.#queues.delete(run);
    queue?.finished(run, outcome);
  }
}
