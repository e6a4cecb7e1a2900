/**
 * Fast takeover: a BFD session with the master tells of its death long before three adverts are missed, and then
 * master-down expires at once. Decides when that is believed: not while adverts still arrive, not when our own link
 * or every other session went down in the same moment, and of one master not twice in a while. An extension, after the
 * idea of draft-ietf-rtgwg-vrrp-bfd-p2p. What an expired master-down does is decided by the transition table.
 */
import {
  after,
  between,
  type Duration,
  formatDuration,
  type Instant,
  microseconds,
  seconds,
} from '../../base/time.js';
import { DIAG_EXPIRED } from '../../wire/bfd-control.js';
import type { BfdSession } from '../bfd/session.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Reason } from '../effects.js';
import type { Inventory } from '../net/inventory.js';
import type { Outbox } from '../outbox.js';
import type { Instance } from './instance.js';

/** A master that came back so soon was not dead, or dies often: its adverts are waited for. */
export const REST: Duration = seconds(60);

/** What is read of the sessions. */
export interface SessionsOf {
  readonly all: Iterable<BfdSession>;
}

/** A session that was up and expired. */
interface Loss {
  readonly session: BfdSession;
  /** When its neighbour was heard last, and when it should have been heard again. */
  readonly heard: Instant;
  readonly missed: Instant;
  readonly at: Instant;
  readonly reason: string;
}

interface Follower {
  readonly instance: Instance;
  readonly deadline: Deadline;
  loss: Loss | undefined;
  /** The last master that it took over from in this way. */
  last: { readonly address: string; readonly at: Instant } | undefined;
}

type Verdict = 'dead' | 'wait' | { readonly not: string };

export class FastTakeover {
  readonly #followers = new Map<string, Follower>();
  /** Instances by the names of the sessions that they follow. */
  #bySession = new Map<string, Follower[]>();
  /** Sessions that were lost lately, by their keys: what went down in the same moment. */
  readonly #losses = new Map<string, Loss>();
  readonly #waiting = new Set<Follower>();

  constructor(
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
    readonly inventory: Inventory,
    readonly sessions: () => SessionsOf,
  ) {}

  /** After a start and after a reload. */
  configure(instances: readonly Instance[]): void {
    this.#bySession = new Map();
    const names = new Set<string>();
    for (const instance of instances) {
      const lines = [
        ...(instance.settings.trackBfd ?? []),
        ...(instance.group?.settings.trackBfd ?? []),
      ].filter(({ fastTakeover }) => fastTakeover);
      if (lines.length === 0) continue;
      names.add(instance.name);
      const follower = this.#followerOf(instance);
      for (const name of new Set(lines.map((line) => line.name)))
        this.#bySession.set(name, [...(this.#bySession.get(name) ?? []), follower]);
    }
    for (const [name, follower] of this.#followers) {
      if (names.has(name) && follower.instance === instances.find((one) => one.name === name)) continue;
      this.#drop(follower);
      this.#followers.delete(name);
    }
  }

  #followerOf(instance: Instance): Follower {
    const known = this.#followers.get(instance.name);
    if (known?.instance === instance) return known;
    if (known) this.#drop(known);
    const follower: Follower = {
      instance,
      loss: undefined,
      last: undefined,
      deadline: {
        what: `${instance.label} fast takeover`,
        periodic: false,
        // Adverts that wait unread speak for the master.
        waitsFor: () => instance.channel,
        fire: () => this.#act(follower),
      },
    };
    this.#followers.set(instance.name, follower);
    return follower;
  }

  #drop(follower: Follower): void {
    follower.loss = undefined;
    this.#waiting.delete(follower);
    this.deadlines.disarm(follower.deadline);
  }

  /** A session went down. */
  lost(session: BfdSession): void {
    if (session.diagnostic !== DIAG_EXPIRED || session.lastHeard === undefined) return;
    const { now } = this.outbox;
    const heard = session.lastHeard;
    const { reason } = session;
    const loss: Loss = { session, heard, missed: after(heard, session.lastInterval), at: now, reason };
    this.#losses.set(session.key, loss);
    for (const follower of this.#bySession.get(session.name) ?? []) {
      follower.loss = loss;
      this.#weigh(follower);
    }
    for (const follower of [...this.#waiting]) this.#weigh(follower);
  }

  /** A neighbour was heard: that it is connected may be what somebody waits to know. */
  heard(session: BfdSession): void {
    if (this.#losses.size > 0 && session.isUp) this.#losses.delete(session.key);
    if (this.#waiting.size === 0) return;
    for (const follower of [...this.#waiting]) this.#weigh(follower);
  }

  #weigh(follower: Follower): void {
    this.#waiting.delete(follower);
    const verdict = this.#judge(follower);
    // Due since then: adverts that were read after it count, and it comes in this very turn.
    if (verdict === 'dead') this.deadlines.arm(follower.deadline, follower.loss?.missed ?? this.outbox.now);
    else if (verdict === 'wait') this.#waiting.add(follower);
    else this.#decline(follower, verdict.not);
  }

  #act(follower: Follower): void {
    const { loss, instance } = follower;
    const { master } = instance;
    if (!loss || !master) return;
    const verdict = this.#judge(follower);
    if (verdict !== 'dead') {
      this.#weigh(follower);
      return;
    }
    const { now } = this.outbox;
    follower.loss = undefined;
    follower.last = { address: master.address, at: now };
    const silent = between(loss.heard, now);
    const reason: Reason = {
      code: 'master-down',
      text: `BFD session ${loss.session.name} with the master ${master.address} went down: ${loss.reason}`,
      cause: {
        kind: 'silence',
        milliseconds: Math.round(silent / 1000),
        master: master.address,
        priority: master.priority,
      },
    };
    instance.apply('master-down', reason);
  }

  #judge({ instance, loss, last }: Follower): Verdict {
    if (!loss) return { not: '' };
    const { session, missed } = loss;
    const { master, settings, state } = instance;
    const { neighbor, interface: device } = session.settings;
    if (state !== 'BACKUP' || master?.address !== neighbor) return { not: '' };
    if (device !== undefined && device !== settings.interface) return { not: '' };
    if (session.isUp) return { not: 'it is up again' };
    const { heardAt } = instance.timing;
    if (heardAt !== undefined && heardAt > missed) return { not: 'adverts still arrive' };
    if (settings.interface !== undefined) {
      const link = this.inventory.linkByName(settings.interface);
      if (!link?.up || !link.running) return { not: `our own link ${settings.interface} is down` };
    }
    if (last?.address === neighbor && between(last.at, this.outbox.now) < REST)
      return { not: `it was taken for dead ${formatDuration(between(last.at, this.outbox.now))} ago` };
    return this.#neighborhood(loss);
  }

  /** Whether it is the neighbour that is gone, or everybody, which means us. */
  #neighborhood({ session, heard, at }: Loss): Verdict {
    // Who is heard in the second half of the silence does not share it. Where we were cut off the others fell silent at
    // about that time too: sooner or later by as much as a packet may be late on a busy machine, which is often an interval.
    const halfway = after(heard, microseconds(between(heard, at) / 2));
    let waiting = false;
    for (const other of this.sessions().all) {
      if (other === session || !other.isUp || other.settings.neighbor === session.settings.neighbor) continue;
      if (other.lastHeard !== undefined && other.lastHeard > halfway) return 'dead';
      waiting = true;
    }
    if (waiting) return 'wait';
    for (const other of this.#losses.values()) {
      if (other.session.settings.neighbor === session.settings.neighbor) continue;
      if (other.at >= heard) return { not: 'every other session went down in the same moment' };
    }
    return 'dead';
  }

  #decline(follower: Follower, why: string): void {
    const { loss, instance } = follower;
    follower.loss = undefined;
    if (!loss || why === '') return;
    const { name, settings } = loss.session;
    const text = `BFD session ${name} with the master ${settings.neighbor} went down, but ${why}`;
    this.outbox.log('notice', `${instance.label} ${text}: its adverts are waited for`);
  }
}
