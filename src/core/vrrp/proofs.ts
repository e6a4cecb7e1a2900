/**
 * What an instance remembers for authentication, over transitions and reloads: the one AH sequence number that all
 * routers of a virtual router share, the sequence of its own HMAC trailers, and the highest sequence heard of each
 * sender. Runtime reference section 9. Whether a packet is authentic is asked in receive-checks.ts.
 */
import type { IpAddress } from '../../base/ip-address.js';
import { MAX_HMAC_MULTICAST_SENDERS } from '../../base/limits.js';
import type { WallTime } from '../../base/time.js';
import { AH_LAST_SEQUENCE } from '../../wire/vrrp-ah.js';
import { secondsBetween, secondsOfSequence, sequenceAfter, sequenceOfClock } from '../../wire/vrrp-hmac.js';
import type { AdvertForm, HmacForm } from './advert.js';

/** How far the members of a sync group have come with AH, by what any of them has sent or accepted. */
export interface GroupCount {
  highest: number;
}

/**
 * Every advert leaves one number out: it is what a Keepalived that preempts us in this very moment sends, and it would
 * take ours for a replay of its own.
 */
const STRIDE = 2;

/** Numbers that a master in step leaves out: who is to stay leaves out more, or both would be in step again. */
const STEP_OF_WORSE = 1;
const STEP_OF_BETTER = 2;

/** One for all who use no AH. */
const NOTHING = { above: 0, below: 0 };

export class Proofs {
  /** The highest sent or accepted one; a master goes on counting where its predecessor stopped. */
  #ahSequence = 0;
  /** What was heard or sent last, before numbers were skipped. */
  #base = 0;
  /** Between the two are the numbers that our last advert left out, for adverts that cross it. */
  #leftToOthers = NOTHING;
  /** How many the next advert leaves out. */
  #leftOut = 0;
  #sent = 0n;
  /** Made for the first one. By sender: peers, or the few latest senders of multicast in the order of their last advert. */
  #marks: Map<IpAddress, bigint> | undefined;

  constructor(
    /** Whose they are; `count` of its sync group, if it has one. */
    readonly instance: { readonly group: { readonly count: GroupCount } | undefined },
  ) {}

  /**
   * For the next advert. It never comes round: at the end the others hear no more of us and take over. Not below what
   * another member of the sync group has come to: a neighbour that we did not hear for a while counted there as far as
   * here, and would be deaf to less, while it follows us with its other members and so cannot take over.
   */
  nextAhSequence(): number {
    const own = this.#ahSequence === 0 ? 1 : this.#ahSequence + STRIDE + this.#leftOut;
    const next = Math.max(own, this.instance.group?.count.highest ?? 0);
    this.#leftOut = 0;
    this.#countedTo(Math.min(next, AH_LAST_SEQUENCE));
    this.#leftToOthers = { above: this.#base, below: this.#ahSequence };
    this.#base = this.#ahSequence;
    return this.#ahSequence;
  }
  get ahSequence(): number {
    return this.#ahSequence;
  }

  /** Whether we left it to somebody else: what has it is late, but was not here before. */
  wasLeftOut(sequence: number): boolean {
    return sequence > this.#leftToOthers.above && sequence < this.#leftToOthers.below;
  }

  /**
   * A master that heard a worse one: its answer shall be new to whoever heard both. Or a takeover from one who is still
   * heard: both may send at once, and the first advert needs a number that is behind whatever the other may send.
   */
  skipAhSequence(): void {
    if (this.#ahSequence < AH_LAST_SEQUENCE) this.#countedTo(this.#ahSequence + 1);
  }

  /**
   * As MASTER we heard an authentic advert of another router with the very number of our last one. It may be a replay,
   * so it is not obeyed; but where two took over in the same instant each would refuse the other for ever. So each
   * leaves out numbers once, not as many as the other, and who then has the higher one is heard.
   */
  breakStep(sequence: number, theyAreBetter: boolean): void {
    if (sequence === this.#ahSequence) this.#leftOut = theyAreBetter ? STEP_OF_WORSE : STEP_OF_BETTER;
  }

  #countedTo(sequence: number): void {
    this.#ahSequence = sequence;
    const group = this.instance.group?.count;
    if (group && sequence > group.highest) group.highest = sequence;
  }

  /**
   * The larger of the clock and the last one plus one. When the clock was set back by more than the receivers'
   * window, following it is the only way to be heard; where only the order counts it keeps growing.
   */
  nextSequence({ timed, window }: HmacForm, wall: WallTime): bigint {
    const clock = sequenceOfClock(wall);
    const ahead = secondsBetween(secondsOfSequence(this.#sent), secondsOfSequence(clock));
    if (sequenceAfter(clock, this.#sent) || (timed && ahead > window)) this.#sent = clock;
    else this.#sent = BigInt.asUintN(64, this.#sent + 1n);
    return this.#sent;
  }

  /** Whether this sender's sequence was heard already; a mark outside the window is worth nothing any more. */
  isReplay(source: IpAddress, sequence: bigint, { timed, window }: HmacForm, wall: WallTime): boolean {
    const mark = this.#marks?.get(source);
    if (mark === undefined) return false;
    const age = Math.abs(secondsBetween(secondsOfSequence(sequenceOfClock(wall)), secondsOfSequence(mark)));
    return (!timed || age <= window) && !sequenceAfter(sequence, mark);
  }

  /** Of an advert whose ICV is right and whose number is new. */
  heardAh(sequence: number): void {
    this.#leftOut = 0;
    this.#base = sequence;
    this.#countedTo(sequence);
  }

  /** An advert passed every check: older ones of its sender are replays from now on. */
  heardHmac(source: IpAddress, sequence: bigint, unicast: boolean): void {
    this.#marks ??= new Map();
    const marks = this.#marks;
    marks.delete(source);
    marks.set(source, sequence);
    if (unicast || marks.size <= MAX_HMAC_MULTICAST_SENDERS) return;
    for (const oldest of marks.keys()) {
      marks.delete(oldest);
      break;
    }
  }

  /** A reload changed the peers: who is none any more is forgotten. */
  retain({ unicast, peers }: AdvertForm): void {
    const marks = this.#marks;
    if (!unicast || !marks) return;
    for (const source of marks.keys()) if (!peers.has(source)) marks.delete(source);
  }
}
