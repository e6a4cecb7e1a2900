/**
 * One BFD session: its variables (RFC 5880 section 6.8.1), what a packet does to them, when it sends and when the
 * neighbour counts as lost. Which packets are believed is decided by receive-checks.ts, which row applies by
 * transitions.ts, and who is told by sessions.ts.
 */
import { MAX_HISTORY } from '../../base/limits.js';
import type { Prng } from '../../base/prng.js';
import {
  after,
  between,
  type Duration,
  formatDuration,
  type Instant,
  microseconds,
  milliseconds,
} from '../../base/time.js';
import type { BfdInstanceSettings } from '../../config/model-bfd.js';
import {
  type BfdControl,
  type BfdState,
  DIAG_NONE,
  diagnosticText,
  isUsualBfd,
} from '../../wire/bfd-control.js';
import { DEADLINE_SLACK, type Deadline, type Deadlines } from '../deadlines.js';
import type { Failure } from '../inputs.js';
import type { Outbox } from '../outbox.js';
import { BfdAuthenticator } from './authentication.js';
import type { Departures } from './departures.js';
import type { BfdListenerId, BfdVerdict, ReceivedBfd } from './facts.js';
import {
  detectionTime,
  jittered,
  longestGap,
  SLOWEST_START,
  shortestGap,
  transmitInterval,
} from './intervals.js';
import type { CheckedSession } from './receive-checks.js';
import { type BfdTransition, noBfdCounts } from './session-status.js';
import { Speech } from './speech.js';
import { type BfdEvent, type BfdRow, selectBfdRow } from './transitions.js';

const SINGLE_HOP_PORT = 3784;
const MULTIHOP_PORT = 4784;
/** Answers to Polls are not closer to each other: a flood of Polls is no flood of answers. */
const ANSWER_GAP: Duration = milliseconds(1);
/** A loss noticed so much too late means that the process itself was stalled, and is said. */
const STALL_NOTICE: Duration = milliseconds(100);

export const portOf = ({ multihop }: BfdInstanceSettings): number =>
  multihop ? MULTIHOP_PORT : SINGLE_HOP_PORT;

/** What a session shares with the others. */
export interface SessionHouse {
  readonly outbox: Outbox;
  readonly deadlines: Deadlines;
  readonly chance: Prng;
  readonly departures: Departures;
  readonly transitions: readonly BfdRow[];
  readonly onRow: ((row: string) => void) | undefined;
  /** Whose unread packets a loss must wait for. */
  listenerOf(session: BfdSession): BfdListenerId;
  /** `from`: the state that it leaves. */
  changed(session: BfdSession, from: BfdState, verdict: BfdVerdict | undefined): void;
  /** The stop waits for nothing more of it. */
  settled(session: BfdSession): void;
}

/** What was heard of the neighbour last. */
interface Remote {
  readonly state: BfdState;
  readonly diagnostic: number;
  readonly discriminator: number;
  readonly desiredMinTx: Duration;
  readonly requiredMinRx: Duration;
  readonly multiplier: number;
  readonly demand: boolean;
}

/** 6.8.1: before anything was heard. */
const UNHEARD: Remote = {
  state: 'Down',
  diagnostic: DIAG_NONE,
  discriminator: 0,
  desiredMinTx: microseconds(0),
  requiredMinRx: microseconds(1),
  multiplier: 0,
  demand: false,
};

export class BfdSession implements CheckedSession {
  settings: BfdInstanceSettings;
  state: BfdState = 'Down';
  diagnostic: number = DIAG_NONE;
  reason = 'start';
  since = 0;
  remote: Remote = UNHEARD;
  authenticator: BfdAuthenticator | undefined;
  interfaceIndex: number | undefined;
  sourcePort = 0;
  /** Why nothing can be sent. */
  fault: Failure | undefined;
  readonly counters = noBfdCounts();
  readonly history: BfdTransition[] = [];
  /** Last believed packet; undefined: none since the session was made. */
  lastHeard: Instant | undefined;
  /** How often the neighbour then said that it sends, at most. */
  lastInterval = microseconds(0);
  /** What consumers believe (facts.ts); before the first time Up the neighbour is not reachable. */
  reachable = false;
  #open = false;
  #polling = false;
  /** What it believed last, if hearing that again changes nothing but the time. */
  #usual: ReceivedBfd | undefined;
  readonly #speech = new Speech();
  /** Something changed while a Poll was under way: its Final confirms none of that. */
  #pollsAgain = false;
  #answerDue = false;
  #lastSent: Instant | undefined;
  /** While up, what counts until the neighbour has confirmed a change (6.8.3). */
  #slowestTx: Duration | undefined;
  #shortestRx: Duration | undefined;
  /** Administratively down and still saying so: until when, and how often. */
  #farewell: { readonly until: Instant; readonly pace: Duration } | undefined;
  readonly #send: Deadline & { slack: Duration };
  readonly #detect: Deadline;

  /** Of this one and no other, as the host knows it. */
  readonly key: string;

  constructor(
    settings: BfdInstanceSettings,
    readonly house: SessionHouse,
    /** bfd.LocalDiscr: nonzero, of no other session. */
    readonly discriminator: number,
  ) {
    this.settings = settings;
    this.key = `${settings.name}/${discriminator}`;
    this.since = house.outbox.wall;
    this.#authenticate();
    this.#send = {
      what: `bfd ${settings.name} sends`,
      periodic: true,
      slack: microseconds(0),
      fire: (due) => this.#sendDue(due),
    };
    this.#detect = {
      what: `bfd ${settings.name} detection time`,
      periodic: false,
      waitsFor: () => house.listenerOf(this),
      fire: (due) => this.#expired(due),
    };
  }

  get name(): string {
    return this.settings.name;
  }
  get port(): number {
    return portOf(this.settings);
  }
  get disabled(): boolean {
    return this.state === 'AdminDown';
  }
  get isUp(): boolean {
    return this.state === 'Up';
  }
  /** A change of intervals waits for the neighbour's Final. */
  get polling(): boolean {
    return this.#polling;
  }

  /** What we say that we want to send: slowly unless Up (6.8.3). */
  get desiredMinTx(): Duration {
    const { minTx, idleTx } = this.settings;
    return this.isUp ? minTx : (Math.max(idleTx, SLOWEST_START) as Duration);
  }
  get requiredMinRx(): Duration {
    return this.settings.minRx;
  }
  /** 0: nothing is sent by itself. */
  get transmitInterval(): Duration {
    if (!this.#sends()) return microseconds(0);
    if (this.#farewell) return this.#farewell.pace;
    const desired = this.desiredMinTx;
    const counting = this.#slowestTx === undefined ? desired : Math.min(desired, this.#slowestTx);
    return transmitInterval(counting as Duration, this.remote.requiredMinRx);
  }
  /** 0: nothing is waited for. */
  get detectionTime(): Duration {
    const { discriminator, multiplier, desiredMinTx } = this.remote;
    if (discriminator === 0) return microseconds(0);
    const required = Math.max(this.requiredMinRx, this.#shortestRx ?? 0) as Duration;
    return detectionTime(multiplier, required, desiredMinTx);
  }
  /** When the neighbour counts as lost unless it is heard. */
  get expires(): Instant | undefined {
    return this.house.deadlines.at(this.#detect);
  }

  /** 6.8.7: who may send by itself, and how often. */
  #sends(): boolean {
    const { remote, settings } = this;
    if (!this.#open) return false;
    if (this.state === 'AdminDown') return this.#farewell !== undefined;
    if (settings.passive && remote.discriminator === 0) return false;
    if (remote.requiredMinRx === 0) return false;
    const demanded = remote.demand && this.isUp && remote.state === 'Up';
    return !demanded || this.#polling;
  }

  /** The socket to send from is there. */
  opened(): void {
    this.fault = undefined;
    this.#open = true;
    this.#usual = undefined;
    this.#urgently();
  }
  /** It is not, or no longer. */
  closed(fault: Failure | undefined): void {
    this.fault = fault;
    this.#open = false;
    this.#usual = undefined;
    this.#unplan();
  }

  /** Settings of the same session, by a reload. */
  configure(settings: BfdInstanceSettings): void {
    const before = this.settings;
    const desired = this.desiredMinTx;
    this.settings = settings;
    this.#usual = undefined;
    if (JSON.stringify(before.authentication) !== JSON.stringify(settings.authentication))
      this.#authenticate();
    const { minRx, minTx, multiplier } = settings;
    if (this.isUp && (minRx !== before.minRx || minTx !== before.minTx)) {
      // 6.8.3: slower sending, or listening for a shorter time, only when the neighbour knows.
      if (minTx > desired) this.#slowestTx ??= desired;
      if (minRx < before.minRx) this.#shortestRx ??= before.minRx;
      if (this.#polling || this.#pollsAgain) this.#pollsAgain = true;
      else this.#poll();
    } else if (multiplier !== before.multiplier || before.idleTx !== settings.idleTx) this.#reschedule();
  }

  #authenticate(): void {
    const { authentication } = this.settings;
    this.authenticator = authentication && new BfdAuthenticator(authentication, this.house.chance.u32());
  }

  /** A packet that was believed and brings no news but that the neighbour lives; false: it has to be looked at. */
  hearsAgain(received: ReceivedBfd, waited: number): boolean {
    if (received !== this.#usual) return false;
    this.house.deadlines.arm(this.#detect, after(this.#hear(waited), this.detectionTime));
    return true;
  }

  /** When a packet came that had waited so long to be read. */
  #hear(waited: number): Instant {
    this.#noteStall();
    const heard = (this.house.outbox.now - waited) as Instant;
    this.lastHeard = heard;
    this.counters.received++;
    return heard;
  }

  /** A packet that passed every check, and had waited so long to be read. 6.8.6 from "Set bfd.RemoteDiscr" on. */
  receive(packet: BfdControl, received: ReceivedBfd, waited: number): void {
    const { outbox } = this.house;
    const heard = this.#hear(waited);
    this.remote = {
      state: packet.state,
      diagnostic: packet.diagnostic,
      discriminator: packet.myDiscriminator,
      desiredMinTx: microseconds(packet.desiredMinTx),
      requiredMinRx: microseconds(packet.requiredMinRx),
      multiplier: packet.detectMultiplier,
      demand: packet.demand,
    };
    if (packet.final && this.#polling) this.#confirmed();
    // 6.8.3: the next Poll begins when the one before is surely over.
    else if (!packet.final && !this.#polling && this.#pollsAgain) this.#poll();
    // A change of state is said at once, and the answer with it.
    this.#answerDue ||= packet.poll;
    this.#apply(`hears ${packet.state}`, `the neighbor says ${packet.state}`);
    this.lastInterval = Math.max(this.requiredMinRx, packet.desiredMinTx) as Duration;
    const detection = this.detectionTime;
    this.authenticator?.accepted(packet, outbox.now, detection);
    if (this.state !== 'AdminDown') this.house.deadlines.arm(this.#detect, after(heard, detection));
    if (this.#answerDue) this.#answer();
    this.#reschedule();
    const usual = this.isUp && isUsualBfd(received.bytes) && !packet.authentication && !this.#pollsAgain;
    this.#usual = usual ? received : undefined;
  }

  /** Packets waited in the socket while we did not run: they count first, and that is said. */
  #noteStall(): void {
    const due = this.expires;
    const late = due === undefined ? 0 : this.house.outbox.now - due;
    if (late <= STALL_NOTICE) return;
    const text = `the detection time passed ${formatDuration(late as Duration)} ago, but a packet waited in the socket and counts first`;
    this.house.outbox.log('warning', `(${this.name}) this process was stalled: ${text}`);
  }

  /** Administratively down, said for as long as a lost packet may matter (6.8.16), or until it was heard. */
  disable(patience: Duration): void {
    if (this.state === 'AdminDown') return;
    const known = this.state === 'Up' || this.state === 'Init';
    const pace = this.transmitInterval;
    if (known && pace > 0) {
      const wait = Math.min(patience, this.settings.multiplier * pace) as Duration;
      this.#farewell = { until: after(this.house.outbox.now, wait), pace };
    }
    this.#apply('disable', 'stopped here');
    this.house.deadlines.disarm(this.#detect);
    if (!this.#farewell) this.#settle();
  }
  /** While we say goodbye, the neighbour shows that it knows. */
  heardFarewell({ state }: BfdControl): void {
    if (this.#farewell && state !== 'Up' && state !== 'Init') this.#settle();
  }
  get settled(): boolean {
    return this.state === 'AdminDown' && !this.#farewell;
  }
  #settle(): void {
    this.#farewell = undefined;
    this.#unplan();
    this.house.settled(this);
  }

  #expired(due: Instant): void {
    const { outbox } = this.house;
    const waited = between(this.lastHeard ?? due, due);
    const overdue = (outbox.now - due) as Duration;
    const text = `Expired after ${Math.round(waited / 1000)} ms (${overdue} usec overdue)`;
    if (this.state === 'Up' || this.state === 'Init') outbox.log('info', `(${this.name}) ${text}`);
    // 6.8.1: bfd.RemoteDiscr is forgotten; and with it what was negotiated with whoever that was.
    this.remote = UNHEARD;
    this.#apply('expired', `nothing heard for ${formatDuration(waited)}`);
    this.#reschedule();
  }

  #apply(event: BfdEvent, reason: string): void {
    const row = selectBfdRow(this.house.transitions, this.state, event);
    if (!row) return;
    this.house.onRow?.(row.id);
    const from = this.state;
    this.state = row.next;
    this.#usual = undefined;
    this.diagnostic = row.diagnostic;
    this.reason = reason;
    const { now, wall } = this.house.outbox;
    this.since = wall;
    this.#slowestTx = undefined;
    this.#shortestRx = undefined;
    this.#polling = false;
    this.#pollsAgain = false;
    if (row.next === 'Up') {
      this.counters.becameUp++;
      // 6.8.3: another interval than the one of the slow start is announced by a Poll.
      this.#polling = this.settings.minTx !== this.settings.idleTx;
    }
    if (from === 'Up') this.counters.leftUp++;
    const remoteDiagnostic = this.remote.diagnostic;
    const verdict = this.#verdict(from, event);
    if (verdict === 'up' || verdict === 'down') this.reachable = verdict === 'up';
    const told: BfdTransition = {
      type: 'bfd',
      name: this.name,
      from,
      to: row.next,
      ...(verdict ? { verdict } : {}),
      diagnostic: diagnosticText(row.diagnostic),
      why: reason,
      at: now,
      wall,
    };
    this.history.push(told);
    if (this.history.length > MAX_HISTORY) this.history.shift();
    this.house.outbox.event(told);
    this.#say(from, remoteDiagnostic);
    this.#urgently();
    this.house.changed(this, from, verdict);
  }

  #say(from: BfdState, remoteDiagnostic: number): void {
    const { outbox } = this.house;
    if (this.state === 'Up') outbox.log('notice', `(${this.name}) Entering Up state`);
    else if (from === 'Up') {
      const local = `Local diagnostic - ${diagnosticText(this.diagnostic)}`;
      const remote = `Remote diagnostic - ${diagnosticText(remoteDiagnostic)}`;
      outbox.log('notice', `(${this.name}) Entering ${this.state} state (${local}, ${remote})`);
    }
  }

  /** What a change means for who relies on the neighbour. */
  #verdict(from: BfdState, event: BfdEvent): BfdVerdict | undefined {
    if (this.state === 'Up') return 'up';
    if (event === 'hears AdminDown') return 'admin-down';
    return from === 'Up' && event !== 'disable' ? 'down' : undefined;
  }

  #poll(): void {
    this.house.outbox.log('info', `(${this.name}) Starting poll sequence`);
    this.#polling = true;
    this.#pollsAgain = false;
    this.#urgently();
  }
  #confirmed(): void {
    this.#polling = false;
    if (this.#pollsAgain) return;
    this.#slowestTx = undefined;
    this.#shortestRx = undefined;
  }

  #answer(): void {
    const soonest = this.#lastSent === undefined ? undefined : after(this.#lastSent, ANSWER_GAP);
    if (soonest === undefined || this.house.outbox.now >= soonest) this.#transmit();
    else {
      this.#unplan();
      this.house.deadlines.arm(this.#send, soonest);
    }
  }

  /** 6.8.7: what has changed is said at once, between the periodic packets. */
  #urgently(): void {
    if (this.#sends()) this.#transmit();
    this.#reschedule();
  }

  #sendDue(due: Instant): void {
    if (this.#farewell && this.house.outbox.now >= this.#farewell.until) {
      this.#settle();
      return;
    }
    const interval = this.transmitInterval;
    if (interval > 0 && this.house.outbox.now - due > interval) this.counters.late++;
    if (this.#sends() || this.#answerDue) this.#transmit();
    this.#reschedule();
  }

  /** The next packet is due one interval after the last one; a shorter interval counts at once. */
  #reschedule(): void {
    const { deadlines, departures, outbox, chance } = this.house;
    const interval = this.transmitInterval;
    if (interval === 0) {
      if (!this.#answerDue) this.#unplan();
      return;
    }
    const since = this.#lastSent ?? outbox.now;
    const due = deadlines.at(this.#send);
    if (due !== undefined && due <= after(since, interval)) return;
    this.#unplan();
    const { multiplier } = this.settings;
    const soonest = (outbox.now + 1) as Instant;
    const from = Math.max(after(since, shortestGap(interval)), soonest) as Instant;
    const chosen = after(since, jittered(interval, multiplier, chance.fraction()));
    const next = departures.plan(outbox.now, {
      from,
      chosen: Math.max(chosen, soonest) as Instant,
      to: after(since, longestGap(interval, multiplier)),
    });
    // Whoever wakes us may take it along, but not before its window opens.
    this.#send.slack = Math.min(DEADLINE_SLACK, next - from) as Duration;
    deadlines.arm(this.#send, next);
  }

  #unplan(): void {
    const { deadlines, departures } = this.house;
    const due = deadlines.at(this.#send);
    if (due !== undefined) departures.cancel(due);
    deadlines.disarm(this.#send);
  }

  #transmit(): void {
    const { outbox } = this.house;
    if (!this.#open) return;
    const final = this.#answerDue;
    // 6.5: never both; an answer goes first, the Poll in the next packet.
    const poll = this.#polling && !final;
    this.#answerDue = false;
    this.#lastSent = outbox.now;
    this.#unplan();
    const effect = this.#speech.effect(this, poll, final);
    if (!effect) return;
    this.counters.sent++;
    outbox.bfd(effect);
  }

  /** Nothing of it is left. */
  end(): void {
    this.#unplan();
    this.house.deadlines.disarm(this.#detect);
  }
}
