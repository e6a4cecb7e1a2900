/** What a session tells of itself when asked: counters and the shape behind `status --json`. Plain data, no secrets. */
import type { IpAddress } from '../../base/ip-address.js';
import { type BfdState, diagnosticText } from '../../wire/bfd-control.js';
import type { Event } from '../effects.js';
import type { Failure } from '../inputs.js';
import type { BfdSession } from './session.js';

/** One counter for each kind of refused packet. */
export interface BfdCounters {
  received: number;
  sent: number;
  sendErrors: number;
  /** Periodic packets that left late by more than an interval. */
  late: number;
  becameUp: number;
  leftUp: number;
  /** Short, of another version, with lengths that lie, or an authentication section that does not parse. */
  malformed: number;
  multiplier: number;
  multipoint: number;
  /** Ours is zero or of no session; or theirs is zero. */
  discriminator: number;
  /** Poll and Final together. */
  flags: number;
  /** A code without a meaning. */
  diagnostic: number;
  /** From another address than the neighbour's, or to another than ours, or on another interface. */
  address: number;
  /** On the port of the other kind of session. */
  port: number;
  /** TTL or hop limit below what max_hops allows. */
  hopLimit: number;
  /** Absent where it is demanded, there where it is not, or of another type or key. */
  authenticationType: number;
  /** A wrong password or digest. */
  authentication: number;
  /** A sequence number outside of the window. */
  replay: number;
  /** While we are administratively down. */
  disabled: number;
}

export const noBfdCounts = (): BfdCounters => ({
  received: 0,
  sent: 0,
  sendErrors: 0,
  late: 0,
  becameUp: 0,
  leftUp: 0,
  malformed: 0,
  multiplier: 0,
  multipoint: 0,
  discriminator: 0,
  flags: 0,
  diagnostic: 0,
  address: 0,
  port: 0,
  hopLimit: 0,
  authenticationType: 0,
  authentication: 0,
  replay: 0,
  disabled: 0,
});

export type BfdRefusal = Exclude<
  keyof BfdCounters,
  'received' | 'sent' | 'sendErrors' | 'late' | 'becameUp' | 'leftUp'
>;

/** A change of state, as it is told to whoever listens. */
export type BfdTransition = Extract<Event, { readonly type: 'bfd' }>;

/** Intervals and times in microseconds. */
export interface BfdSessionStatus {
  readonly name: string;
  readonly neighbor: IpAddress;
  readonly source?: IpAddress;
  readonly interface?: string;
  readonly sourcePort: number;
  readonly multihop: boolean;
  readonly passive: boolean;
  readonly state: BfdState;
  /** Wall time of the last change of state. */
  readonly since: number;
  readonly diagnostic: string;
  /** Why it is in its state. */
  readonly reason: string;
  readonly discriminator: number;
  /** What consumers believe: facts.ts. */
  readonly reachable: boolean;
  /** What was heard of the neighbour; absent: nothing, or too long ago. */
  readonly remote?: {
    readonly state: BfdState;
    readonly diagnostic: string;
    readonly discriminator: number;
    readonly desiredMinTx: number;
    readonly requiredMinRx: number;
    readonly multiplier: number;
    readonly demand: boolean;
  };
  readonly multiplier: number;
  /** What we say of ourselves now. */
  readonly desiredMinTx: number;
  readonly requiredMinRx: number;
  /** Negotiated; 0: nothing is sent periodically, or nothing is waited for. */
  readonly transmitInterval: number;
  readonly detectionTime: number;
  /** A change of intervals waits for the neighbour's Final. */
  readonly polling: boolean;
  readonly authentication?: string;
  /** Why nothing can be sent. */
  readonly fault?: Failure;
  readonly counters: BfdCounters;
  /** Ups and downs, the oldest first, at most MAX_HISTORY. */
  readonly history: readonly BfdTransition[];
}

export interface BfdStatus {
  readonly sessions: readonly BfdSessionStatus[];
  /** Packets that belong to no session, by what was wrong with them. */
  readonly refused: Readonly<Record<BfdRefusal, number>>;
}

export function sessionStatus(session: BfdSession): BfdSessionStatus {
  const { settings, remote, fault } = session;
  const { name, neighbor, source, multihop, passive, multiplier, authentication } = settings;
  return {
    name,
    neighbor,
    ...(source === undefined ? {} : { source }),
    ...(settings.interface === undefined ? {} : { interface: settings.interface }),
    sourcePort: session.sourcePort,
    multihop,
    passive,
    state: session.state,
    since: session.since,
    diagnostic: diagnosticText(session.diagnostic),
    reason: session.reason,
    discriminator: session.discriminator,
    reachable: session.reachable,
    ...(remote.discriminator === 0
      ? {}
      : { remote: { ...remote, diagnostic: diagnosticText(remote.diagnostic) } }),
    multiplier,
    desiredMinTx: session.desiredMinTx,
    requiredMinRx: session.requiredMinRx,
    transmitInterval: session.transmitInterval,
    detectionTime: session.detectionTime,
    polling: session.polling,
    ...(authentication ? { authentication: authentication.type } : {}),
    ...(fault ? { fault } : {}),
    counters: { ...session.counters },
    history: [...session.history],
  };
}
