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

export class Proofs {
  /** The highest sent or accepted one; a master goes on counting where its predecessor stopped. */
  #ahSequence = 0;
  /** A number that was left to a master who was preempted, for an advert that crosses our first one. */
  #passedAhSequence: number | undefined;
  #sent = 0n;
  /** Made for the first one. By sender: peers, or the few latest senders of multicast in the order of their last advert. */
  #marks: Map<IpAddress, bigint> | undefined;

  /** For the next advert. It never comes round: at the end the others hear no more of us and take over. */
  nextAhSequence(): number {
    if (this.#ahSequence < AH_LAST_SEQUENCE) this.#ahSequence++;
    return this.#ahSequence;
  }
  get ahSequence(): number {
    return this.#ahSequence;
  }

  /**
   * At a takeover from a master who is still heard: both would send the next number if both sent at once, and each would
   * take the other's for a replay. So the first advert has the one behind it.
   */
  passAhSequence(): void {
    this.skipAhSequence();
    this.#passedAhSequence = this.#ahSequence;
  }
  /** Whether it was left to somebody else. */
  wasPassed(sequence: number): boolean {
    return sequence === this.#passedAhSequence;
  }

  /** A master heard a worse one: it skips a number, so that its answer is new to whoever heard both. */
  skipAhSequence(): void {
    if (this.#ahSequence < AH_LAST_SEQUENCE) this.#ahSequence++;
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
    this.#ahSequence = sequence;
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
