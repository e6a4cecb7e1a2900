/** The shape of one receive check; which there are, and in which order, is decided in receive-checks.ts. */
import type { WallTime } from '../../base/time.js';
import type { LogLevel } from '../effects.js';
import type { InstanceCounters } from '../status.js';
import type { AdvertForm } from './advert.js';
import type { OpenedPacket } from './opened-packet.js';
import type { Proofs } from './proofs.js';

/** What a check may know beside the packet and the configuration. */
export interface ReceiveContext {
  /** BACKUP, and its sender was the last one checked. */
  readonly familiar: boolean;
  /** Our effective priority is 255. */
  readonly owner: boolean;
  readonly proofs: Proofs;
  readonly wall: WallTime;
}

export interface ReceiveCheck {
  readonly id: string;
  /** What is counted; absent: nothing, the deviation is legal and only said. */
  readonly counter?: keyof InstanceCounters;
  /** False: said and counted, but the advert is obeyed. */
  readonly drops: boolean;
  /** Absent: a warning for what drops, else an info. */
  readonly level?: LogLevel;
  /** Checks of form come before the advert counts as received, checks of content after it. */
  readonly stage: 'form' | 'content';
  readonly clause: string;
  /**
   * What it drops is a good advert all the same, and its AH number counts: who obeys none must go on behind the numbers
   * of the others to be heard by them.
   */
  readonly counts?: true;
  /** What it drops may also be of another master that counts in step with us. */
  readonly inStep?: true;
  /** What is wrong, for people; undefined: nothing. It changes nothing. */
  readonly fault: (packet: OpenedPacket, form: AdvertForm, context: ReceiveContext) => string | undefined;
}
