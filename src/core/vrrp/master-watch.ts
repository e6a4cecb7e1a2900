/**
 * The watch over the master: its interval, when it counts as dead, and why we would then take over. When the
 * deadline is armed, and what its passing means, is decided by the transition table. RFC 9568 section 6.1;
 * DESIGN rule 4 for the process that was itself stalled.
 */
import type { IpAddress } from '../../base/ip-address.js';
import {
  after,
  type Duration,
  formatDuration,
  type Instant,
  microseconds,
  milliseconds,
  ZERO,
} from '../../base/time.js';
import type { InstanceSettings } from '../../config/model.js';
import { type DeadlineKind, OwnedDeadline } from '../deadlines.js';
import type { ChannelId, Reason } from '../effects.js';
import type { House } from '../house.js';
import { eagerStart, masterDown, skew } from './intervals.js';

/** A master-down deadline handled later than this means that the process itself was stalled, and is said. */
export const STALL_NOTICE: Duration = milliseconds(100);

export interface KnownMaster {
  readonly address: IpAddress;
  readonly priority: number;
}

/** What the watch reads of its instance. */
export interface WatchedFor {
  readonly label: string;
  readonly settings: InstanceSettings;
  readonly priority: number;
  readonly channel: ChannelId | undefined;
  /** The deadline passed. */
  masterDown(expectation: Reason): void;
}

class MasterDown extends OwnedDeadline<MasterWatch> {
  waitsFor(): ChannelId | undefined {
    return this.owner.instance.channel;
  }
}

export class MasterWatch {
  static readonly #DOWN: DeadlineKind<MasterWatch> = {
    what: 'master down',
    periodic: false,
    fire: (watch, due) => {
      watch.#noteLateness(due);
      watch.instance.masterDown(watch.expectation ?? watch.#silence(due));
    },
  };

  master: KnownMaster | undefined;
  /** When an advert that was accepted arrived last, and when it was read. */
  heardAt: Instant | undefined;
  /**
   * Why the armed deadline would make us MASTER; undefined: because nobody is heard. An advert of a worse router is not
   * obeyed, and gives another reason.
   */
  expectation: Reason | undefined;
  #readAt: Instant | undefined;
  #armedAt = 0 as Instant;
  /** Whether the armed deadline depends on our priority: the eager start does not. */
  #skewed = false;
  /** The armed deadline is that of a router configured as MASTER, which listens for one interval first. */
  #eager = false;
  /** The interval of the master (RFC 9568 Active_Adver_Interval); our own in version 2 and as MASTER. */
  #interval: Duration;
  readonly #deadline = new MasterDown(MasterWatch.#DOWN, this);

  constructor(
    readonly instance: WatchedFor,
    readonly house: House,
  ) {
    this.#interval = instance.settings.advertInterval;
  }

  /** How long a link may be away before its loss counts: two adverts of three may be missed, and no more. */
  get bearableOutage(): Duration {
    const { downTimerAdverts } = this.instance.settings;
    if (downTimerAdverts === 1) return ZERO;
    return microseconds((downTimerAdverts - 1) * this.#interval - this.#interval / 256);
  }
  /** The interval that counts now, the master's or our own. */
  get interval(): Duration {
    return this.#interval;
  }
  get masterDownInterval(): Duration {
    return this.#masterDown(this.instance.priority);
  }
  /** Somebody advertises, obeyed or not. */
  get isHeard(): boolean {
    return this.heardAt !== undefined && this.house.outbox.now - this.heardAt < 2 * this.#interval;
  }
  /** When it passes; undefined: nobody is watched. */
  get due(): Instant | undefined {
    return this.house.deadlines.at(this.#deadline);
  }

  adoptOwnInterval(): void {
    this.#interval = this.instance.settings.advertInterval;
  }
  learn(address: IpAddress, priority: number, interval: Duration): void {
    const known = this.master;
    if (known?.address !== address || known.priority !== priority) this.master = { address, priority };
    this.#interval = interval;
  }

  armStart(): void {
    const { version, advertInterval } = this.instance.settings;
    const text = 'configured as MASTER, and nobody better was heard';
    this.#arm(eagerStart(version, advertInterval), { code: 'startup', text });
    this.#skewed = false;
    this.#eager = true;
  }
  /**
   * The socket is open. Where that took long (a busy machine, a long configuration) what is left of the eager start
   * may be less than the interval in which a master must be heard: it begins anew then. All other deadlines are long
   * enough.
   */
  listening(): void {
    const due = this.house.deadlines.at(this.#deadline);
    if (!this.#eager || due === undefined) return;
    if (due < after(this.house.startup.base, this.instance.settings.advertInterval)) this.armStart();
  }
  /** After a goodbye: the master's, or our own when we lost an address. */
  armSkew(reason: Reason): void {
    const { version } = this.instance.settings;
    const alone: Reason = { code: 'master-down', text: 'nobody took over after our goodbye' };
    const expectation = reason.code === 'goodbye-received' ? reason : alone;
    this.#arm(skew(version, this.instance.priority, this.#interval), expectation);
  }
  /** The owner after a startup delay. */
  armNow(): void {
    this.#arm(0 as Duration, { code: 'startup', text: 'the owner of the addresses' });
    this.#skewed = false;
  }
  armMasterDown(): void {
    this.#arm(this.#masterDown(this.instance.priority), undefined);
  }
  disarm(): void {
    this.house.deadlines.disarm(this.#deadline);
  }

  /** The running deadline moves by what another priority changes of the interval. */
  priorityChanged(from: number, to: number): void {
    const due = this.house.deadlines.at(this.#deadline);
    if (due === undefined || !this.#skewed) return;
    const shift = (this.#masterDown(to) - this.#masterDown(from)) as Duration;
    this.house.deadlines.arm(this.#deadline, after(due, shift));
  }

  /** Whatever the armed deadline waits for begins so much later, or earlier. */
  shift(by: Duration): void {
    const due = this.house.deadlines.at(this.#deadline);
    if (due === undefined) return;
    this.#armedAt = after(this.#armedAt, by);
    this.house.deadlines.arm(this.#deadline, after(due, by));
  }

  /** A reload changed the advert interval. */
  intervalChanged(): void {
    // Of another version only a master that is heard has an interval of its own.
    if (this.instance.settings.version === 2 || this.master === undefined) this.adoptOwnInterval();
    if (this.house.deadlines.at(this.#deadline) !== undefined) this.armMasterDown();
  }

  /**
   * An advert arrived so long ago: when the deadline had passed already, the advert counts first, and that is said.
   * Whatever it leads to in this moment is counted from its arrival.
   */
  heard(source: IpAddress, waited: Duration): void {
    this.#readAt = this.house.outbox.now;
    this.heardAt = (this.#readAt - waited) as Instant;
    const due = this.house.deadlines.at(this.#deadline);
    const late = (due === undefined ? 0 : this.house.outbox.now - due) as Duration;
    if (late <= STALL_NOTICE) return;
    this.#stalled(
      `the master-down deadline passed ${formatDuration(late)} ago, but an advert from ${source} waited in the socket and counts first`,
    );
  }

  #noteLateness(due: Instant): void {
    const late = (this.house.outbox.now - due) as Duration;
    if (late <= STALL_NOTICE) return;
    const waited = this.#readAt !== undefined && this.#readAt >= due;
    // One that is obeyed arms the deadline anew, counted from its arrival: that may have passed, too.
    const obeyed = waited && this.heardAt === this.#armedAt;
    const unobeyed = waited ? 'what waited in the socket is not obeyed' : 'no advert waited in the socket';
    const why = obeyed ? 'no later advert waited in the socket' : unobeyed;
    this.#stalled(`the master-down deadline is handled ${formatDuration(late)} late; ${why}, so it counts`);
  }
  #stalled(text: string): void {
    this.house.outbox.log('warning', `${this.instance.label} this process was stalled: ${text}`);
  }

  #silence(due: Instant): Reason {
    const whom = this.master ? ` from ${this.master.address} (priority ${this.master.priority})` : '';
    const wait = (due - this.#armedAt) as Duration;
    const text = `no advert${whom} for ${formatDuration(wait)}`;
    const who = this.master ? { master: this.master.address, priority: this.master.priority } : {};
    return {
      code: 'master-down',
      text,
      cause: { kind: 'silence', milliseconds: Math.round(wait / 1000), ...who },
    };
  }

  #arm(wait: Duration, expectation: Reason | undefined): void {
    this.expectation = expectation;
    this.#armedAt = this.#now;
    this.#skewed = true;
    this.#eager = false;
    this.house.deadlines.arm(this.#deadline, after(this.#armedAt, wait));
  }
  /** Where an advert is being heard: when it arrived. */
  get #now(): Instant {
    const { outbox, startup } = this.house;
    return this.heardAt !== undefined && this.#readAt === outbox.now ? this.heardAt : startup.base;
  }
  #masterDown(priority: number): Duration {
    const { version, downTimerAdverts } = this.instance.settings;
    return masterDown(version, priority, this.#interval, downTimerAdverts);
  }
}
