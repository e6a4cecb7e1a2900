/**
 * Two routers that both claim to own the addresses (priority 255): an error of configuration that must not leave
 * two masters. The higher address stays, as between equals; where the other one does not give way to it, the owner
 * with the higher address yields after all: it bears two of its own adverts and a little more than an interval,
 * then takes priority 254 until the rival is silent. Runtime reference section 6.3. What is done at each step is
 * decided by the transition table.
 */
import type { IpAddress } from '../../base/ip-address.js';
import { after, type Duration, microseconds } from '../../base/time.js';
import { type DeadlineKind, OwnedDeadline } from '../deadlines.js';
import type { House } from '../house.js';
import { HIGHEST_PRIORITY } from './effective-priority.js';
import { OWNER_PRIORITY } from './intervals.js';

/** Adverts of ours that tell the rival to give way. */
const WARNINGS = 2;
/** By how much more than an interval the rival is then waited for. */
const PATIENCE = 1.2;

type Phase =
  | { readonly kind: 'none' }
  /** So many adverts of ours are still to be sent. */
  | { readonly kind: 'warning'; readonly rival: IpAddress; readonly interval: Duration; left: number }
  /** An advert of the rival before the deadline means that it does not give way. */
  | { readonly kind: 'waiting'; readonly rival: IpAddress }
  | { readonly kind: 'yielded'; readonly rival: IpAddress };

/** One for all: of thousands of instances most never meet another owner. */
const NONE: Phase = { kind: 'none' };

export class OwnerConflict {
  static readonly #GIVES_WAY: DeadlineKind<OwnerConflict> = {
    what: 'the other owner gives way',
    periodic: false,
    fire: (owner) => owner.#gaveWay(),
  };

  #phase = NONE;
  readonly #deadline = new OwnedDeadline(OwnerConflict.#GIVES_WAY, this);

  constructor(
    readonly instance: { readonly label: string; readonly settings: { readonly advertInterval: Duration } },
    readonly house: House,
  ) {}

  /** The highest priority that may be used now. */
  get ceiling(): number {
    return this.#phase.kind === 'yielded' ? HIGHEST_PRIORITY : OWNER_PRIORITY;
  }
  /** It had its warnings, and advertises still. */
  get rivalStays(): boolean {
    return this.#phase.kind === 'waiting';
  }

  /** Another owner, which should give way to us, advertises. */
  warn(rival: IpAddress, interval: Duration): void {
    if (this.#phase.kind !== 'none') return;
    const text = `configuration error: ${rival} has priority 255 as well, and only one router can own the addresses`;
    this.house.outbox.log('error', `${this.instance.label} ${text}; give one of them a lower priority`);
    this.#phase = { kind: 'warning', rival, interval, left: WARNINGS };
  }

  advertSent(): void {
    const phase = this.#phase;
    if (phase.kind !== 'warning' || --phase.left > 0) return;
    this.#phase = { kind: 'waiting', rival: phase.rival };
    const interval = Math.max(phase.interval, this.instance.settings.advertInterval);
    const { deadlines, outbox } = this.house;
    deadlines.arm(this.#deadline, after(outbox.now, microseconds(interval * PATIENCE)));
  }

  /** Whether an advert shows that the rival, yielded to, claims the addresses no longer: any but its own claim. */
  endedBy({ source, priority }: { readonly source: IpAddress; readonly priority: number }): boolean {
    const phase = this.#phase;
    return phase.kind === 'yielded' && !(priority === OWNER_PRIORITY && source === phase.rival);
  }

  yieldTo(rival: IpAddress): void {
    this.#phase = { kind: 'yielded', rival };
    this.house.deadlines.disarm(this.#deadline);
  }

  #gaveWay(): void {
    if (this.#phase.kind !== 'waiting') return;
    const text = `the other owner ${this.#phase.rival} has stopped advertising: stays MASTER`;
    this.#phase = NONE;
    this.house.outbox.log('notice', `${this.instance.label} ${text}`);
  }

  /** No longer MASTER: warnings end with that. */
  leftMaster(): void {
    if (this.#phase.kind !== 'yielded') this.over();
  }

  /** The rival is silent, or somebody else speaks: whoever owns the addresses may say so again. */
  over(): void {
    this.#phase = NONE;
    this.house.deadlines.disarm(this.#deadline);
  }
}
