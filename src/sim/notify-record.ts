/**
 * Whether notify scripts run as promised: one at a time per instance or group, in the order of the transitions,
 * none invented, and the last one to start is that of the last state (directives-vrrp section 11). A state that
 * was passed through may be left out; the last may not.
 */
import type { Command } from '../config/model.js';
import { BrokenInvariant } from './watched.js';

/** Longest time for which a running script holds up the next, and the same once STOP is asked for. */
const PATIENCE = 30_000_000;
const PATIENCE_AT_STOP = 1_000_000;
const SLACK = 100_000;

interface Subject {
  /** States entered whose generic script has not started yet, oldest first, with the priority reported. */
  readonly owed: { readonly state: string; readonly priority: number; readonly optional: boolean }[];
  running: { readonly run: number; readonly since: number } | undefined;
  /** The state of the last generic script that started. */
  last: string | undefined;
  stopping: boolean;
}

export class NotifyRecord {
  readonly #subjects = new Map<string, Subject>();
  readonly #runs = new Map<number, Subject>();

  constructor(readonly router: string) {}

  #subject(type: string, name: string): Subject {
    const key = `${type} ${name}`;
    let subject = this.#subjects.get(key);
    if (!subject) {
      subject = { owed: [], running: undefined, last: undefined, stopping: false };
      this.#subjects.set(key, subject);
    }
    return subject;
  }

  /** A transition that has a generic script; `optional`: that had one before a reload of this very moment. */
  entered(type: string, name: string, state: string, priority: number, optional = false): void {
    const subject = this.#subject(type, name);
    if (state === 'STOP') subject.stopping = true;
    subject.owed.push({ state, priority, optional });
  }

  /** A script starts; generic ones carry TYPE NAME STATE PRIORITY, specific ones NAME and STATE as configured. */
  started(at: number, run: number, command: Command): void {
    const [type = '', name = '', state = '', priority] = command.argv.slice(-4);
    const generic = command.argv[0] === GENERIC_SCRIPT;
    const subject = this.#subject(generic ? type : state, generic ? name : (priority ?? ''));
    const who = `${this.router} ${generic ? `${type} ${name}` : command.argv.join(' ')}`;
    if (subject.running) {
      // The script of a state alone has the state in front of TYPE and NAME.
      const stopping = subject.stopping || (!generic && name === 'STOP');
      const patience = stopping ? PATIENCE_AT_STOP : PATIENCE;
      if (at - subject.running.since < patience - SLACK)
        throw new BrokenInvariant('notify-in-order', at, who, 'starts while the one before it still runs');
    }
    subject.running = { run, since: at };
    this.#runs.set(run, subject);
    if (!generic) return;
    const entered = subject.owed.filter((one) => one.state === state);
    if (entered.length === 0)
      throw new BrokenInvariant('notify-in-order', at, who, `nobody entered ${state}`);
    // Of several that it may have run for, the earlier ones may have been left out.
    const anyPriority = type !== 'INSTANCE' || state === 'STOP';
    const owed = entered.find((one) => anyPriority || String(one.priority) === priority);
    if (!owed) {
      const priorities = entered.map((one) => one.priority).join(', ');
      const text = `says priority ${priority}, entered ${state} with ${priorities}`;
      throw new BrokenInvariant('notify-in-order', at, who, text);
    }
    const found = subject.owed.indexOf(owed);
    subject.owed.splice(0, found + 1);
    subject.last = state;
  }

  ended(run: number): void {
    const subject = this.#runs.get(run);
    this.#runs.delete(run);
    if (subject?.running?.run === run) subject.running = undefined;
  }

  /** The state of the last generic script that started, and whether later ones are still owed. */
  outcome(type: string, name: string): { readonly last: string | undefined; readonly owed: number } {
    const subject = this.#subjects.get(`${type} ${name}`);
    // Where a state was entered several times, and the queue left out the earlier ones, which of them a script ran
    // for cannot be told: what counts is that the last one ran for the last state.
    const owed = subject?.owed.filter((one) => !one.optional) ?? [];
    return { last: subject?.last, owed: owed.at(-1)?.state === subject?.last ? 0 : owed.length };
  }
}

/** The program that generated configurations name as `notify`. */
export const GENERIC_SCRIPT = '/sim/notify';
/** The program that they name as notify_master and so on; its last two arguments are TYPE and NAME. */
export const SPECIFIC_SCRIPT = '/sim/notify-state';
