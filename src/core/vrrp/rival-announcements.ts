/**
 * Announcements of a master that has heard another one: against it, as garp_lower_prio_* asks, and in any case once
 * more when it has fallen silent or said goodbye, for its last claim on the addresses may be what the neighbours
 * believe (runtime reference section 6.3; differences page). How often a rival may make us speak is bounded here.
 */
import { after, type Duration, type Instant, milliseconds } from '../../base/time.js';
import type { GarpSettings } from '../../config/model.js';
import { type DeadlineKind, OwnedDeadline } from '../deadlines.js';
import type { House } from '../house.js';
import type { AddressSlot } from '../net/addresses.js';

/** Bursts against rivals come no closer than this, however many adverts a rival sends. */
export const RIVAL_BURST_GAP: Duration = milliseconds(500);
/** For each frame of a burst the next one waits this long: a spoofed advert cannot make us flood the segment. */
export const RIVAL_FRAME_PACE: Duration = milliseconds(1);
/** A rival that is not heard for this many of its intervals has ended. */
export const RIVAL_SILENCE = 1.5;

/** What was heard of another master: an advert, or with `left` its goodbye; it advertises every `interval`. */
export interface RivalNews {
  readonly left: boolean;
  readonly interval: Duration;
}

/** What is read of the instance. */
export interface StaysMaster {
  readonly label: string;
  readonly settings: { readonly garp: GarpSettings };
  readonly holdings: { readonly addresses: readonly AddressSlot[] };
}

export class RivalAnnouncements {
  static readonly #SECOND: DeadlineKind<RivalAnnouncements> = {
    what: 'second announcement against a rival',
    periodic: false,
    fire: (owner) => owner.#send(owner.#garp.lowerPriorityRepeat),
  };
  static readonly #OVER: DeadlineKind<RivalAnnouncements> = {
    what: 'announcement after a rival',
    periodic: false,
    fire: (owner) => owner.#last(),
  };

  readonly #second = new OwnedDeadline(RivalAnnouncements.#SECOND, this);
  readonly #over = new OwnedDeadline(RivalAnnouncements.#OVER, this);
  /** No burst before. */
  #rest = 0 as Instant;

  constructor(
    readonly instance: StaysMaster,
    readonly house: House,
  ) {}

  get #garp(): GarpSettings {
    return this.instance.settings.garp;
  }

  /** We stay master. One that left clears its addresses away, and may be answered for a moment longer. */
  hear({ left, interval }: RivalNews): void {
    const { lowerPriorityDelay, lowerPriorityRepeat } = this.#garp;
    const { deadlines, outbox } = this.house;
    const rounds = left ? this.#rounds : lowerPriorityRepeat;
    if (rounds > 0 && outbox.now >= this.#rest) {
      this.#send(rounds);
      if (!left && lowerPriorityDelay > 0) deadlines.arm(this.#second, after(outbox.now, lowerPriorityDelay));
    }
    const wait = Math.ceil(interval * RIVAL_SILENCE) as Duration;
    deadlines.arm(this.#over, after(outbox.now, wait));
  }

  /** We are master no more. */
  end(): void {
    this.#rest = 0 as Instant;
    for (const deadline of [this.#second, this.#over]) this.house.deadlines.disarm(deadline);
  }

  get #rounds(): number {
    return Math.max(1, this.#garp.lowerPriorityRepeat);
  }

  #last(): void {
    const { deadlines, outbox } = this.house;
    if (outbox.now < this.#rest) {
      deadlines.arm(this.#over, this.#rest);
      return;
    }
    outbox.log(
      'info',
      `${this.instance.label} the other master is heard no more: announces its addresses again`,
    );
    this.#send(this.#rounds);
  }

  #send(rounds: number): void {
    const slots = this.instance.holdings.addresses;
    const pace = (slots.length * rounds * RIVAL_FRAME_PACE) as Duration;
    this.#rest = after(this.house.outbox.now, Math.max(RIVAL_BURST_GAP, pace) as Duration);
    this.house.announcer.announce(slots, rounds);
  }
}
