/**
 * One VRRP instance: its state, its timers, and what the guards and actions of the transition table mean for it.
 * Which row applies is decided by transitions.ts, which adverts are believed by receive-checks.ts, what holds it
 * in FAULT by holds.ts. Every change of state goes through one function, with its reason.
 */
import type { Family, IpAddress } from '../../base/ip-address.js';
import { MAX_HISTORY } from '../../base/limits.js';
import { after, type Duration, formatDuration, type Instant, milliseconds } from '../../base/time.js';
import type { InstanceSettings } from '../../config/model.js';
import { type Deadline, nextPeriod } from '../deadlines.js';
import type { ChannelId, Event, InstanceState, NotifyState, Reason } from '../effects.js';
import type { House } from '../house.js';
import type { Failure, ReceivedPacket } from '../inputs.js';
import { AddressSlot, type SlotOwner } from '../net/addresses.js';
import type { ChannelMember } from '../net/channels.js';
import { notifyCommands } from '../notify/content.js';
import { NotifyQueue } from '../notify/dispatch.js';
import type { InstanceCounters } from '../status.js';
import type { Tracking } from '../track/registry.js';
import { describeTracker, type Tracker, type TrackListener } from '../track/tracker.js';
import { type AdvertForm, advertForm, buildAdvert, nextIpId, type OpenedPacket } from './advert.js';
import { Announcements } from './announcements.js';
import { noCounts } from './counters.js';
import { effectivePriority } from './effective-priority.js';
import { compareCandidates } from './election.js';
import { findHolds, type Holds } from './holds.js';
import { eagerStart, masterDown, OWNER_PRIORITY, skew } from './intervals.js';
import { passesChecks } from './receive.js';
import { Refusals } from './refusals.js';
import type { SyncGroup } from './sync-group.js';
import type { Action, Guard, MachineEvent } from './transitions.js';

/** A master-down deadline handled later than this means that the process itself was stalled, and is said. */
export const STALL_NOTICE: Duration = milliseconds(100);
/** Answers to a rival or a goodbye come no closer than the shortest interval of VRRP: more tell it nothing. */
export const ANSWER_GAP: Duration = milliseconds(10);

/** An advert that passed every check. */
export interface AcceptedAdvert {
  readonly source: IpAddress;
  readonly priority: number;
  readonly interval: Duration;
}

export interface KnownMaster {
  readonly address: IpAddress;
  readonly priority: number;
}

const STARTUP: Reason = { code: 'startup', text: 'start' };

export class Instance implements ChannelMember, SlotOwner, TrackListener {
  settings: InstanceSettings;
  form: AdvertForm;
  group: SyncGroup | undefined;
  state: InstanceState = 'INIT';
  reason: Reason = STARTUP;
  since = 0;
  priority: number;
  /** What holds it by itself, without its group. */
  own: Holds = { faults: [], pending: [] };
  /** What holds it altogether. */
  holds: Holds = { faults: [], pending: [] };
  master: KnownMaster | undefined;
  sourceAddress: IpAddress | undefined;
  slots: readonly AddressSlot[] = [];
  trackings: readonly Tracking[] = [];
  readonly counters: InstanceCounters = noCounts();
  readonly history: Event[] = [];
  readonly refusals: Refusals;
  readonly notifies: NotifyQueue;
  readonly #announcements: Announcements;
  readonly #masterDown: Deadline;
  readonly #advertDue: Deadline;
  #channel: ChannelId | undefined;
  #channelFailure: Failure | undefined;
  /** The interval of the master (RFC 9568 Active_Adver_Interval); our own in version 2 and as MASTER. */
  #masterInterval: Duration;
  /** Why the armed master-down deadline would make us MASTER. */
  #expectation: Reason = STARTUP;
  #wish = false;
  #preemptFrom: Instant | undefined;
  #lastSource: IpAddress | undefined;
  #lastSent: Instant | undefined;
  /** When the periodic advert that is being sent was due. */
  #due: Instant | undefined;
  #ipId = 0;
  #notified: NotifyState | undefined;

  constructor(
    settings: InstanceSettings,
    readonly house: House,
  ) {
    this.settings = settings;
    this.form = advertForm(settings);
    this.priority = settings.priority;
    this.#masterInterval = settings.advertInterval;
    this.refusals = new Refusals(house.outbox);
    this.notifies = new NotifyQueue(`(${settings.name})`, house.notifies);
    this.#announcements = new Announcements(
      `(${settings.name})`,
      house,
      () => this.settings.garp,
      () => this.slots,
    );
    this.#masterDown = {
      what: `(${settings.name}) master down`,
      periodic: false,
      waitsFor: () => this.#channel,
      fire: (due) => this.#masterDownDue(due),
    };
    this.#advertDue = {
      what: `(${settings.name}) advert`,
      periodic: true,
      fire: (due) => {
        this.#due = due;
        this.apply('advert-due', this.reason);
        this.#due = undefined;
      },
    };
  }

  get name(): string {
    return this.settings.name;
  }
  get label(): string {
    return `(${this.settings.name})`;
  }
  get device(): string | undefined {
    return this.settings.interface;
  }
  get family(): Family {
    return this.settings.family;
  }
  get virtualRouterId(): number {
    return this.settings.virtualRouterId;
  }
  get multicastGroup(): IpAddress | undefined {
    return this.form.unicast ? undefined : this.settings.multicastGroup;
  }
  get channel(): ChannelId | undefined {
    return this.#channel;
  }
  get wishesMaster(): boolean {
    return this.state === 'MASTER' || this.#wish;
  }
  /** Nothing of its own holds it. */
  get free(): boolean {
    return this.own.faults.length === 0 && this.own.pending.length === 0;
  }

  /** Takes on settings, new or reloaded; `trackings` include those of its group and the interfaces of its VIPs. */
  configure(settings: InstanceSettings, trackings: readonly Tracking[]): void {
    const before = this.settings;
    this.settings = settings;
    this.form = advertForm(settings);
    for (const { tracker } of this.trackings) tracker.listeners.delete(this);
    this.trackings = trackings;
    for (const { tracker } of trackings) tracker.listeners.add(this);
    this.#renewSlots();
    if (before.advertInterval !== settings.advertInterval || before.version !== settings.version)
      this.#intervalChanged(before.advertInterval);
  }

  /** Reads the facts again; the caller then lets the group, or the instance itself, act on them. */
  measure(): void {
    const { inventory, channels } = this.house;
    const { interface: name, sourceAddress: configured, family } = this.settings;
    const link = name === undefined ? undefined : inventory.linkByName(name);
    const index = name === undefined ? 0 : link?.index;
    const channel = index === undefined ? undefined : `${index}/${family}`;
    if (channel !== this.#channel) {
      if (this.#channel !== undefined) channels.leave(this, this.#channel);
      this.#channelFailure = undefined;
      this.#channel = index === undefined ? undefined : channels.join(this, index);
    }
    this.sourceAddress =
      configured ??
      (link && inventory.primaryAddress(link.index, family, (address) => this.house.isVirtual(address)));
    if (this.sourceAddress !== undefined) this.#lastSource = this.sourceAddress;
    this.own = findHolds({
      settings: this.settings,
      inventory,
      trackings: this.trackings,
      sourceAddress: this.sourceAddress,
      channelFailure: this.#channelFailure,
    });
  }

  /** Something it depends on changed. */
  evaluate(cause?: Reason): void {
    this.measure();
    if (this.group) this.group.settle();
    else this.settle({ faults: [], pending: [] }, cause);
  }

  /** Acts on what holds it, its group included: the only way into FAULT, out of it, and out of INIT. */
  settle(byGroup: Holds, cause?: Reason): void {
    const faults = [...this.own.faults, ...byGroup.faults];
    const pending = [...this.own.pending, ...byGroup.pending];
    this.holds = { faults, pending };
    const [fault] = faults;
    if (fault) {
      if (this.state !== 'FAULT') this.apply('fault', fault);
      return;
    }
    this.#updatePriority(cause);
    if (pending.length > 0) return;
    if (this.state === 'INIT') this.apply('start', STARTUP);
    else if (this.state === 'FAULT')
      this.apply('recovered', { code: 'faults-cleared', text: `no longer: ${this.reason.text}` });
  }

  trackerChanged(tracker: Tracker): void {
    this.evaluate({ code: 'tracker-failed', text: describeTracker(tracker) });
  }
  channelFailed(failure: Failure): void {
    this.#channelFailure = failure;
    this.evaluate();
  }
  channelOpened(): void {
    if (!this.#channelFailure) return;
    this.#channelFailure = undefined;
    this.evaluate();
  }
  sendFailed(failure: Failure): void {
    this.counters.sendErrors++;
    const text = `could not send: ${failure.message} (${failure.code})`;
    this.refusals.report('error', this.label, `send ${failure.code}`, '', text);
  }

  /** A VIP's interface appeared: what waits for it is asked for now. */
  claimWaiting(): void {
    if (this.state !== 'MASTER') return;
    const waiting = this.slots.filter((slot) => slot.state === 'absent');
    if (waiting.length > 0) this.house.addresses.claim(waiting);
  }
  addressesPresent(slots: readonly AddressSlot[]): void {
    if (this.state === 'MASTER') this.#announcements.present(slots);
  }
  addressLost(slot: AddressSlot): void {
    this.apply('address-lost', {
      code: 'address-lost',
      text: `somebody deleted ${slot.text} from ${slot.device ?? 'its interface'}`,
    });
  }
  announceAgainstRival(): void {
    if (this.state === 'MASTER') this.#announcements.againstRival();
  }

  receive(packet: ReceivedPacket, opened: OpenedPacket): void {
    if (this.state !== 'BACKUP' && this.state !== 'MASTER') return;
    if (packet.family !== this.settings.family || !passesChecks(this, opened)) return;
    const { header, source } = opened;
    const interval = (
      this.settings.version === 2 ? this.settings.advertInterval : header.advertCentiseconds * 1e4
    ) as Duration;
    this.#noteStall(source);
    if (header.priority === 0) this.counters.priorityZeroReceived++;
    const advert = { source, priority: header.priority, interval };
    this.apply('advert', this.#reasonOf(advert), advert);
  }

  /** Shutdown: goodbye, addresses away, STOP told. */
  stop(reason: Reason): void {
    const from = this.state;
    this.apply('stop', reason);
    this.#tell('STOP', from, reason);
    this.#notify('STOP');
  }
  /** A reload took it out of the configuration: it leaves as at a stop, and FAULT is what its scripts hear. */
  remove(reason: Reason): void {
    const from = this.state;
    this.apply('stop', reason);
    this.#tell('FAULT', from, reason);
    this.#notify('FAULT');
    for (const { tracker } of this.trackings) tracker.listeners.delete(this);
    if (this.#channel !== undefined) this.house.channels.leave(this, this.#channel);
    this.#channel = undefined;
  }

  /** The one function through which every event goes. */
  apply(event: MachineEvent, reason: Reason, advert?: AcceptedAdvert): void {
    const row = this.house.transitions.select(this.state, event, (guard) => this.#holds(guard, advert));
    if (!row) return;
    this.house.onRow?.(row.id);
    const from = this.state;
    this.state = row.next;
    for (const action of row.actions) this.#perform(action, reason, advert);
    if (from === row.next) return;
    this.#entered(from, reason, event);
    this.group?.moved(this, event, from, reason);
  }

  #holds(guard: Guard, advert: AcceptedAdvert | undefined): boolean {
    switch (guard) {
      case 'eager':
        return this.settings.initialState === 'MASTER' && (this.group?.eager ?? true);
      case 'owner':
        return this.settings.priority === OWNER_PRIORITY;
      case 'goodbye':
        return advert?.priority === 0;
      case 'acceptable':
        return advert !== undefined && this.#acceptable(advert);
      case 'better':
        return advert !== undefined && this.#compare(advert) > 0;
      case 'same-candidate':
        return advert !== undefined && this.#compare(advert) === 0;
      case 'group-agrees':
        return this.group?.agrees(this) ?? true;
    }
  }

  #acceptable(advert: AcceptedAdvert): boolean {
    const { preempt, preemptDelay } = this.settings;
    if (!preempt || advert.priority >= this.priority) return true;
    if (preemptDelay === 0) return false;
    return this.#preemptFrom === undefined || this.house.outbox.now < this.#preemptFrom;
  }

  #compare(advert: AcceptedAdvert): number {
    const address = this.sourceAddress ?? this.#lastSource ?? advert.source;
    return compareCandidates(
      { priority: advert.priority, address: advert.source },
      { priority: this.priority, address },
    );
  }

  #perform(action: Action, reason: Reason, advert: AcceptedAdvert | undefined): void {
    const { settings, house } = this;
    switch (action) {
      case 'adopt-own-interval':
        this.#masterInterval = settings.advertInterval;
        this.#preemptFrom = undefined;
        return;
      case 'send-advert':
        return this.#sendPeriodic();
      case 'answer-advert':
        return this.#answer();
      case 'answer-lower':
        return settings.lowerPriorityNoAdvert ? undefined : this.#answer();
      case 'advert-first':
        return settings.higherPrioritySendAdvert ? this.#send(this.priority) : undefined;
      case 'send-goodbye':
        house.outbox.log('info', `${this.label} sent 0 priority; reason: ${reason.text}`);
        return this.#send(0);
      case 'claim-addresses':
        house.deadlines.disarm(this.#masterDown);
        this.#announcements.begin();
        return house.addresses.claim(this.slots);
      case 'release-addresses':
        house.deadlines.disarm(this.#advertDue);
        this.#announcements.end();
        return house.addresses.release(this.slots);
      case 'announce-again':
        return this.group ? this.group.announceAgain() : this.announceAgainstRival();
      case 'learn-master':
        return this.#learn(advert);
      case 'time-preemption':
        return this.#timePreemption(advert);
      case 'withdraw-wish':
        this.#wish = false;
        return;
      case 'wish-master':
        if (!this.#wish)
          house.outbox.log('info', `${this.label} wants to be MASTER and waits for its sync group`);
        this.#wish = true;
        return;
      case 'arm-start':
        return this.#arm(eagerStart(settings.version, settings.advertInterval), {
          code: 'startup',
          text: 'configured as MASTER, and nobody better was heard',
        });
      case 'arm-master-down':
        return this.#armMasterDown();
      case 'arm-skew':
        return this.#arm(skew(settings.version, this.priority, this.#masterInterval), reason);
      case 'stop-timers':
        house.deadlines.disarm(this.#masterDown);
        house.deadlines.disarm(this.#advertDue);
        this.master = undefined;
        return;
      case 'note-lower':
      case 'note-rival':
      case 'note-twin':
        return this.#note(action, advert);
    }
  }

  #arm(wait: Duration, expectation: Reason): void {
    this.#expectation = expectation;
    this.house.deadlines.arm(this.#masterDown, after(this.house.outbox.now, wait));
  }
  #masterDownInterval(priority = this.priority): Duration {
    const { version, downTimerAdverts } = this.settings;
    return masterDown(version, priority, this.#masterInterval, downTimerAdverts);
  }
  #armMasterDown(): void {
    const wait = this.#masterDownInterval();
    const whom = this.master ? ` from ${this.master.address} (priority ${this.master.priority})` : '';
    this.#arm(wait, { code: 'master-down', text: `no advert${whom} for ${formatDuration(wait)}` });
  }

  #masterDownDue(due: Instant): void {
    const late = (this.house.outbox.now - due) as Duration;
    if (late > STALL_NOTICE)
      this.house.outbox.log(
        'warning',
        `${this.label} this process was stalled: the master-down deadline is handled ${formatDuration(late)} late; no advert waited in the socket, so it counts`,
      );
    this.apply('master-down', this.#expectation);
  }
  #noteStall(source: IpAddress): void {
    const due = this.house.deadlines.at(this.#masterDown);
    const late = due === undefined ? 0 : this.house.outbox.now - due;
    if (this.state !== 'BACKUP' || late <= STALL_NOTICE) return;
    this.house.outbox.log(
      'warning',
      `${this.label} this process was stalled: the master-down deadline passed ${formatDuration(late as Duration)} ago, but an advert from ${source} waited in the socket and counts first`,
    );
  }

  #learn(advert: AcceptedAdvert | undefined): void {
    if (!advert) return;
    this.#masterInterval = advert.interval;
    this.master = { address: advert.source, priority: advert.priority };
  }

  /** Runtime reference section 6.1: a better or equal master stops the delay, the first worse one starts it. */
  #timePreemption(advert: AcceptedAdvert | undefined): void {
    const { preempt, preemptDelay } = this.settings;
    if (!advert || !preempt || preemptDelay === 0) return;
    if (advert.priority >= this.priority) this.#preemptFrom = undefined;
    else this.#preemptFrom ??= after(this.house.outbox.now, preemptDelay);
  }

  #reasonOf({ priority, source }: AcceptedAdvert): Reason {
    if (priority === 0) return { code: 'goodbye-received', text: `${source} said goodbye` };
    return {
      code: 'preempted',
      text: `advert from ${source} with priority ${priority}, ours is ${this.priority}`,
    };
  }

  #note(action: 'note-lower' | 'note-rival' | 'note-twin', advert: AcceptedAdvert | undefined): void {
    if (!advert) return;
    const { source, priority } = advert;
    const ours = `priority ${priority}, ours is ${this.priority}`;
    if (action === 'note-lower') {
      this.#expectation = { code: 'preempting', text: `the master ${source} has only ${ours}` };
      this.refusals.report('info', this.label, action, source, `ignores the advert of ${source}: ${ours}`);
    } else if (action === 'note-rival') {
      const text = `received advert from ${source} with lower priority ${priority}, ours ${this.priority}: stays MASTER`;
      this.refusals.report('warning', this.label, action, source, text);
    } else {
      const text = `received our own priority ${priority} from our own address ${source}: is there a second router with it?`;
      this.refusals.report('warning', this.label, action, source, text);
    }
  }

  #sendPeriodic(): void {
    const { deadlines, outbox } = this.house;
    const interval = this.settings.advertInterval;
    this.#send(this.priority);
    if (this.#due === undefined) {
      deadlines.arm(this.#advertDue, after(outbox.now, interval));
      return;
    }
    const next = nextPeriod(this.#due, interval, outbox.now);
    deadlines.arm(this.#advertDue, next.at);
    if (next.missed === 0) return;
    this.counters.missedAdverts += next.missed;
    const late = formatDuration((outbox.now - this.#due) as Duration);
    outbox.log(
      'warning',
      `${this.label} ${next.missed} adverts were not sent: this process was ${late} late`,
    );
  }
  #answer(): void {
    if (this.#lastSent !== undefined && after(this.#lastSent, ANSWER_GAP) > this.house.outbox.now) return;
    this.#sendPeriodic();
  }
  #send(priority: number): void {
    const source = this.sourceAddress ?? this.#lastSource;
    if (this.#channel === undefined || source === undefined) return;
    for (const destination of this.form.destinations) {
      this.#ipId = nextIpId(this.#ipId);
      this.house.outbox.advert({
        kind: 'send-advert',
        channel: this.#channel,
        instance: this.name,
        source,
        destination,
        bytes: buildAdvert(this.form, priority, source, destination, this.#ipId),
      });
    }
    this.counters.advertSent++;
    if (priority === 0) this.counters.priorityZeroSent++;
    this.#lastSent = this.house.outbox.now;
  }

  #updatePriority(cause: Reason | undefined): void {
    const contributions = this.trackings.map(({ tracker, settings }) => tracker.contribution(settings).add);
    const from = this.priority;
    const to = effectivePriority(this.settings.priority, contributions);
    if (from === to) return;
    this.priority = to;
    if (this.state !== 'BACKUP' && this.state !== 'MASTER') return;
    const { outbox, deadlines } = this.house;
    const reason = cause ?? { code: 'configuration', text: 'the configuration changed' };
    outbox.log(
      'info',
      `${this.label} Changing effective priority from ${from} to ${to}; reason: ${reason.text}`,
    );
    this.#remember({
      type: 'priority',
      name: this.name,
      from,
      to,
      reason,
      at: outbox.now,
      wall: outbox.wall,
    });
    // The running deadline moves by what the new priority changes of it.
    const due = deadlines.at(this.#masterDown);
    if (due === undefined) return;
    const shift = this.#masterDownInterval(to) - this.#masterDownInterval(from);
    deadlines.arm(this.#masterDown, after(due, shift as Duration));
  }

  #intervalChanged(before: Duration): void {
    const { deadlines } = this.house;
    const due = deadlines.at(this.#advertDue);
    if (due !== undefined) {
      const sent = (due - before) as Instant;
      deadlines.arm(
        this.#advertDue,
        nextPeriod(sent, this.settings.advertInterval, this.house.outbox.now).at,
      );
    }
    if (this.settings.version === 2 || this.state === 'MASTER')
      this.#masterInterval = this.settings.advertInterval;
    if (deadlines.at(this.#masterDown) !== undefined) this.#armMasterDown();
  }

  /** New address lines: what stays keeps its slot and so its place in the kernel. */
  #renewSlots(): void {
    const { virtualAddresses, excludedAddresses } = this.settings;
    const old = new Map(this.slots.map((slot) => [slotKey(slot.settings, slot.advertised), slot]));
    const lines = [
      ...virtualAddresses.map((settings) => ({ settings, advertised: true })),
      ...excludedAddresses.map((settings) => ({ settings, advertised: false })),
    ];
    const added: AddressSlot[] = [];
    const slots = lines.map(({ settings, advertised }) => {
      const key = slotKey(settings, advertised);
      const known = old.get(key);
      old.delete(key);
      if (known) return known;
      const slot = new AddressSlot(this, settings, advertised);
      added.push(slot);
      return slot;
    });
    this.slots = slots;
    if (this.state !== 'MASTER') return;
    this.house.addresses.release([...old.values()]);
    this.house.addresses.claim(added);
  }

  #entered(from: InstanceState, reason: Reason, event: MachineEvent): void {
    this.since = this.house.outbox.wall;
    this.reason = reason;
    if (this.state === 'MASTER') {
      this.counters.becomeMaster++;
      this.#wish = false;
      this.master = undefined;
    }
    if (from === 'MASTER') this.counters.releaseMaster++;
    if (event === 'stop') return;
    this.house.outbox.log('notice', `${this.label} Entering ${this.state} STATE; reason: ${reason.text}`);
    this.#tell(this.state, from, reason);
    if (this.state !== 'INIT') this.#notify(this.state);
  }

  #tell(to: InstanceState | 'STOP', from: InstanceState, reason: Reason): void {
    const { name, priority } = this;
    const { now: at, wall } = this.house.outbox;
    this.#remember({ type: 'transition', subject: 'INSTANCE', name, from, to, priority, reason, at, wall });
  }
  #remember(event: Event): void {
    this.house.outbox.event(event);
    this.history.push(event);
    if (this.history.length > MAX_HISTORY) this.history.shift();
  }
  #notify(state: NotifyState): void {
    if (this.#notified === state) return;
    this.#notified = state;
    this.notifies.add(
      state,
      notifyCommands(this.settings.notify, 'INSTANCE', this.name, state, this.priority),
    );
  }
}

const slotKey = (settings: AddressSlot['settings'], advertised: boolean): string =>
  JSON.stringify([settings, advertised]);
