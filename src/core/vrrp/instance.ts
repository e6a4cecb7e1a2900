/**
 * One VRRP instance: its state, its timers, and what the guards and actions of the transition table mean for it.
 * Which row applies is decided by transitions.ts, which adverts are believed by receive-checks.ts, what holds it
 * in FAULT by holds.ts. Every change of state goes through one function, with its reason.
 */
import type { Family, IpAddress } from '../../base/ip-address.js';
import { type Duration, formatDuration } from '../../base/time.js';
import type { AddressSettings, InstanceSettings } from '../../config/model.js';
import type { ChannelId, InstanceState, Reason } from '../effects.js';
import type { House } from '../house.js';
import type { Failure, ReceivedPacket } from '../inputs.js';
import type { AddressSlot } from '../net/addresses.js';
import type { ChannelMember } from '../net/channels.js';
import type { LinkFacts } from '../net/facts.js';
import { type HeldBy, Holdings, linesOf } from '../net/holdings.js';
import type { InstanceCounters } from '../status.js';
import type { Tracking } from '../track/registry.js';
import { causeOf, describeTracker, type Tracker, type TrackListener } from '../track/tracker.js';
import { type AdvertForm, advertForm } from './advert.js';
import { advertRoom } from './advert-room.js';
import { Announcements } from './announcements.js';
import { ChecksumForms } from './checksum-forms.js';
import { noCounts } from './counters.js';
import { effectivePriority } from './effective-priority.js';
import { compareCandidates } from './election.js';
import { type Holds, NO_HOLDS, recovery, together } from './holds.js';
import { OWNER_PRIORITY } from './intervals.js';
import { type KnownMaster, MasterWatch } from './master-watch.js';
import { News } from './news.js';
import type { OpenedPacket } from './opened-packet.js';
import { OwnerConflict } from './owner-conflict.js';
import { Preemption } from './preemption.js';
import { Proofs } from './proofs.js';
import { Receiver } from './receive.js';
import { Refusals } from './refusals.js';
import { type AcceptedAdvert, noteLower, noteRival, noteTwin, preempting } from './remarks.js';
import type { RivalNews } from './rival-announcements.js';
import { Sender } from './sender.js';
import { Standing } from './standing.js';
import type { SyncGroup } from './sync-group.js';
import type { Action, Guard, MachineEvent } from './transitions.js';

const STARTUP: Reason = { code: 'startup', text: 'start' };

export class Instance implements ChannelMember, HeldBy, TrackListener {
  settings: InstanceSettings;
  form: AdvertForm;
  group: SyncGroup | undefined;
  state: InstanceState = 'INIT';
  reason: Reason = STARTUP;
  since = 0;
  priority: number;
  /** What holds it altogether. */
  holds = NO_HOLDS;
  trackings: readonly Tracking[] = [];
  readonly counters: InstanceCounters = noCounts();
  readonly refusals: Refusals;
  readonly proofs = new Proofs(this);
  readonly checksums = new ChecksumForms();
  /** What it has in the kernel while it is MASTER. */
  readonly holdings: Holdings;
  readonly news: News;
  readonly announcements: Announcements;
  readonly #receiver: Receiver;
  readonly #watch: MasterWatch;
  readonly #sender: Sender;
  readonly #standing: Standing;
  readonly #preemption: Preemption;
  readonly #ownerConflict: OwnerConflict;
  /** Why it wants to be MASTER, while it waits for its sync group. */
  #wish: Reason | undefined;
  #surplusTold = 0;
  /** MASTER because nobody was heard: another one may have been all the time, behind a cut. */
  #bySilence = false;

  constructor(
    settings: InstanceSettings,
    readonly house: House,
  ) {
    this.settings = settings;
    // Nobody has measured yet how much room there is.
    this.form = advertForm(settings, 0);
    this.priority = settings.priority;
    this.refusals = new Refusals(house.outbox);
    this.holdings = new Holdings(this, house);
    this.#standing = new Standing(this, house);
    this.news = new News(this, house);
    this.#preemption = new Preemption(this, house);
    this.#ownerConflict = new OwnerConflict(this, house);
    this.announcements = new Announcements(this, house);
    this.#receiver = new Receiver(this);
    this.#watch = new MasterWatch(this, house);
    this.#sender = new Sender(this, house);
  }

  get name(): string {
    return this.settings.name;
  }
  get label(): string {
    return `(${this.settings.name})`;
  }
  get device(): string | undefined {
    return this.#standing.device;
  }
  deviceOf(line: AddressSettings): string | undefined {
    return this.#standing.deviceOf(line);
  }
  get noAccept(): boolean {
    return this.settings.noAccept ?? false;
  }
  get dontTrackPrimary(): boolean {
    return this.settings.dontTrackPrimary;
  }
  get family(): Family {
    return this.settings.family;
  }
  get virtualRouterId(): number {
    return this.settings.virtualRouterId;
  }
  get behindAh(): boolean {
    return this.form.ahKey !== undefined;
  }
  get multicastGroup(): IpAddress | undefined {
    return this.form.unicast ? undefined : this.settings.multicastGroup;
  }
  get foreignSource(): boolean {
    return this.#standing.foreignSource;
  }
  get channel(): ChannelId | undefined {
    return this.#standing.channel;
  }
  get carrier(): LinkFacts | undefined {
    return this.#standing.carrier;
  }
  get master(): KnownMaster | undefined {
    return this.#watch.master;
  }
  /** What holds it by itself, without its group. */
  get own(): Holds {
    return this.#standing.own;
  }
  get sourceAddress(): IpAddress | undefined {
    return this.#standing.sourceAddress;
  }
  /** For who looks into it: the intervals that count, and when it acts by itself. */
  get timing() {
    const { interval, masterDownInterval, due, heardAt } = this.#watch;
    return { masterInterval: interval, masterDownInterval, due: this.#sender.due ?? due, heardAt };
  }
  get senderAddress(): IpAddress | undefined {
    return this.#standing.senderAddress;
  }
  get wishesMaster(): boolean {
    return this.state === 'MASTER' || this.#wish !== undefined;
  }
  /** Nothing of its own holds it. */
  get free(): boolean {
    return this.own.faults.length === 0 && this.own.pending.length === 0;
  }

  /** Takes on settings, new or reloaded; `trackings` include those of its group and the interfaces of its VIPs. */
  configure(settings: InstanceSettings, trackings: readonly Tracking[]): void {
    const before = this.settings;
    this.settings = settings;
    this.#standing.configure();
    this.#fitAdvert();
    for (const { tracker } of this.trackings) tracker.listeners.delete(this);
    this.trackings = trackings;
    for (const { tracker } of trackings) tracker.listeners.add(this);
    const hasNew = this.holdings.renew(linesOf(settings));
    if (hasNew !== undefined) this.announcements.reloaded(hasNew);
    if (before.preemptDelay !== settings.preemptDelay) this.#preemption.reset();
    if (before.advertInterval === settings.advertInterval && before.version === settings.version) return;
    this.#sender.intervalChanged(before.advertInterval);
    this.#watch.intervalChanged();
  }

  /** Reads the facts again; the caller then lets the group, or the instance itself, act on them. */
  measure(): void {
    this.#standing.measure();
    this.#fitAdvert();
  }

  /** Its adverts hold what the settings say, as far as the interface lets them. */
  #fitAdvert(): void {
    const { settings, form } = this;
    const { mtu } = this.#standing;
    const room = advertRoom(settings, mtu);
    if (form.settings !== settings || form.room !== room) {
      this.form = advertForm(settings, room);
      this.proofs.retain(this.form);
    }
    const surplus = settings.virtualAddresses.length - room;
    if (surplus === this.#surplusTold || (mtu === undefined && settings.interface !== undefined)) return;
    this.#surplusTold = surplus;
    const text = `an advert has room for ${room} addresses: ${surplus} more are set, but not advertised`;
    if (surplus > 0) this.house.outbox.log('warning', `${this.label} ${text}`);
  }

  /** How long its interface may be away before that counts. */
  get bearableOutage(): Duration {
    return this.#watch.bearableOutage;
  }

  /** Something it depends on changed. */
  evaluate(cause?: Reason): void {
    this.measure();
    if (this.group) this.group.settle(cause);
    else this.settle(NO_HOLDS, cause);
  }

  /** Acts on what holds it, its group included: the only way into FAULT, out of it, and out of INIT. */
  settle(byGroup: Holds, cause?: Reason): void {
    this.holds = together(this.own, byGroup);
    const { faults, pending } = this.holds;
    const [fault] = faults;
    if (fault) {
      if (this.state !== 'FAULT') this.apply('fault', fault);
      else this.news.heldBy(fault);
      return;
    }
    this.#updatePriority(cause);
    if (pending.length > 0) return;
    if (this.state === 'INIT') this.apply('start', STARTUP);
    else if (this.state === 'FAULT') this.apply('recovered', recovery(this.reason));
  }

  trackerChanged(tracker: Tracker): void {
    this.evaluate({ code: 'tracker-changed', text: describeTracker(tracker), cause: causeOf(tracker) });
  }
  channelFailed(failure: Failure): void {
    this.#standing.channelFailed(failure);
    this.evaluate();
  }
  channelOpened(): void {
    const { listens, mended } = this.#standing.channelOpened();
    if (listens) this.#watch.listening();
    if (mended) this.evaluate();
  }
  sendFailed(failure: Failure): void {
    this.counters.sendErrors++;
    const text = `could not send: ${failure.message} (${failure.code})`;
    this.refusals.report('error', this.label, `send ${failure.code}`, '', text);
  }

  addressesPresent(slots: readonly AddressSlot[]): void {
    this.announcements.present(slots);
  }
  lost(reason: Reason): void {
    this.apply('address-lost', reason);
  }
  announceBesideRival(news: RivalNews): void {
    if (this.state === 'MASTER') this.announcements.beside(news);
  }

  /** `waited`: so long it had been there when it was read. */
  receive(packet: ReceivedPacket, opened: OpenedPacket, waited: Duration): void {
    if (this.state !== 'BACKUP' && this.state !== 'MASTER') return;
    const advert = packet.family === this.settings.family ? this.#receiver.receive(opened) : undefined;
    if (!advert) return;
    this.#watch.heard(advert.source, waited);
    if (this.state === 'MASTER') this.#gaveWayLate();
    const reason = this.#receiver.reasonOf(advert, this.#compare(advert) < 0);
    if (this.#ownerConflict.endedBy(advert)) this.apply('rival-gone', reason, advert);
    this.apply('advert', reason, advert);
  }

  /** We were so late that a router of the priority of timer_expired_backup may be MASTER by now. */
  #gaveWayLate(): boolean {
    const late = this.#sender.outlived;
    if (late === undefined) return false;
    const text = `no advert was sent for ${formatDuration(late)}: another router may have taken over`;
    this.apply('outlived', { code: 'stalled', text });
    return this.state !== 'MASTER';
  }

  masterDown(expectation: Reason): void {
    this.apply('master-down', expectation);
  }
  advertDue(): void {
    if (!this.#gaveWayLate()) this.apply('advert-due', this.reason);
  }
  adverted(): void {
    this.#ownerConflict.advertSent();
  }

  /** Runtime reference section 5: a master says that it is there before a reload, and right after it. */
  advertiseBeforeReload(): void {
    if (this.state === 'MASTER' && !this.#gaveWayLate()) this.#sender.send(this.priority);
  }
  advertiseAfterReload(): void {
    if (this.state === 'MASTER') this.#sender.restart();
  }

  /** A reload may have taken away whom it waited for. */
  retryWish(): void {
    if (this.#wish && (this.group?.agrees(this) ?? true)) this.apply('master-down', this.#wish);
  }

  /** The end of the startup delay was moved by a reload. */
  startupMoved(by: Duration): void {
    this.#watch.shift(by);
  }

  /** Shutdown: goodbye, addresses away, STOP told. `inPlace`: no goodbye, and what it has stays in the kernel. */
  stop(reason: Reason, inPlace: boolean): void {
    const from = this.state;
    if (inPlace) this.holdings.leave();
    this.apply('stop', reason);
    this.house.outbox.log('notice', `${this.label} Stopping; reason: ${reason.text}`);
    this.news.transition(from, 'STOP', reason);
    this.news.notify('STOP');
  }
  /** A reload took it out of the configuration: it leaves as at a stop, and its scripts hear FAULT, or DELETED. */
  remove(reason: Reason): void {
    const from = this.state;
    this.apply('stop', reason);
    this.house.outbox.log('notice', `${this.label} Removed; reason: ${reason.text}`);
    const told = this.settings.notify.deleted ? 'DELETED' : 'FAULT';
    this.news.transition(from, told, reason);
    this.news.notify(told);
    for (const { tracker } of this.trackings) tracker.listeners.delete(this);
    this.#standing.leave();
  }

  /** The one function through which every event goes. */
  apply(event: MachineEvent, reason: Reason, advert?: AcceptedAdvert): void {
    const row = this.house.transitions.select(this.state, event, (guard) => this.#holds(guard, advert));
    if (!row) return;
    this.house.onRow?.(row.id);
    const from = this.state;
    this.state = row.next;
    for (const action of row.actions) this.#perform(action, from, reason, advert);
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
        return advert !== undefined && this.#preemption.accepts(advert.priority);
      case 'better':
        return advert !== undefined && this.#compare(advert) > 0;
      case 'same-candidate':
        return advert !== undefined && this.#compare(advert) === 0;
      case 'group-agrees':
        return this.group?.agrees(this) ?? true;
      case 'no-delay':
        return !this.house.startup.running;
      case 'rival-owner':
        return advert?.priority === OWNER_PRIORITY && this.priority === OWNER_PRIORITY;
      case 'rival-stays':
        return this.#ownerConflict.rivalStays;
    }
  }

  #compare(advert: AcceptedAdvert): number {
    const address = this.senderAddress ?? advert.source;
    return compareCandidates(
      { priority: advert.priority, address: advert.source },
      { priority: this.priority, address },
    );
  }

  #perform(action: Action, from: InstanceState, reason: Reason, advert: AcceptedAdvert | undefined): void {
    const { settings, house } = this;
    switch (action) {
      case 'adopt-own-interval':
        this.#watch.adoptOwnInterval();
        this.#preemption.reset();
        break;
      case 'send-advert':
        this.#sender.periodic();
        break;
      case 'answer-advert':
        this.#sender.answer();
        break;
      case 'answer-lower':
        this.proofs.skipAhSequence();
        if (!settings.lowerPriorityNoAdvert) this.#sender.answer();
        break;
      case 'advert-first':
        if (settings.higherPrioritySendAdvert || (this.#bySilence && !settings.strict))
          this.#sender.send(this.priority);
        break;
      case 'send-goodbye':
        if (this.holdings.left) break;
        if (this.#sender.send(0))
          house.outbox.log('info', `${this.label} sent 0 priority; reason: ${reason.text}`);
        break;
      case 'claim-addresses':
        this.#watch.disarm();
        this.announcements.begin();
        this.holdings.claim();
        break;
      case 'release-addresses':
        this.#sender.end();
        this.announcements.end();
        this.#ownerConflict.leftMaster();
        this.holdings.release();
        break;
      case 'announce-again':
      case 'announce-after': {
        const interval = advert?.interval || settings.advertInterval;
        const news = { left: action === 'announce-after', interval } as const;
        for (const member of this.group?.members ?? [this]) member.announceBesideRival(news);
        break;
      }
      case 'announce-source':
        this.announcements.source(this.form.unicast ? this.sourceAddress : undefined);
        break;
      case 'learn-master':
        if (advert) this.#watch.learn(advert.source, advert.priority, advert.interval);
        if (from === 'BACKUP') this.group?.obeysMaster(this, reason);
        break;
      case 'count-past-master':
        if (this.form.ahKey && this.#watch.isHeard) this.proofs.skipAhSequence();
        break;
      case 'time-preemption':
        if (advert) this.#preemption.heard(advert.priority);
        break;
      case 'withdraw-wish':
        this.#wish = undefined;
        break;
      case 'wish-master':
        if (!this.#wish)
          house.outbox.log('info', `${this.label} wants to be MASTER and waits for its sync group`);
        this.#wish = reason;
        break;
      case 'arm-start':
        this.#watch.armStart();
        break;
      case 'arm-master-down':
        this.#watch.armMasterDown();
        break;
      case 'arm-skew':
        this.#watch.armSkew(reason);
        break;
      case 'stop-timers':
        this.#watch.disarm();
        this.#watch.master = undefined;
        this.#sender.end();
        break;
      case 'arm-now':
        this.#watch.armNow();
        break;
      case 'warn-owner':
        if (advert) this.#ownerConflict.warn(advert.source, advert.interval);
        break;
      case 'yield-ownership':
        if (advert) this.#ownerConflict.yieldTo(advert.source);
        this.#updatePriority(reason);
        break;
      case 'reclaim-ownership':
        this.#ownerConflict.over();
        this.#updatePriority(reason);
        break;
      case 'note-lower':
        if (!advert) break;
        this.#watch.expectation = preempting(advert, this.priority);
        // Who waits for its group because nobody was heard has heard somebody now.
        if (this.#wish) this.#wish = this.#watch.expectation;
        noteLower(this, advert);
        break;
      case 'note-rival':
        if (advert) noteRival(this, advert);
        this.news.lowerAdvert();
        break;
      case 'note-twin':
        if (advert) noteTwin(this, advert);
        break;
    }
  }

  #updatePriority(cause: Reason | undefined): void {
    const contributions = this.trackings.map(({ tracker, settings }) => tracker.contribution(settings).add);
    const from = this.priority;
    const to = Math.min(
      effectivePriority(this.settings.priority, contributions),
      this.#ownerConflict.ceiling,
    );
    if (from === to) return;
    this.priority = to;
    if (this.state !== 'BACKUP' && this.state !== 'MASTER') return;
    const { outbox } = this.house;
    const reason = cause ?? { code: 'configuration', text: 'the configuration changed' };
    outbox.log(
      'info',
      `${this.label} Changing effective priority from ${from} to ${to}; reason: ${reason.text}`,
    );
    this.news.priorityChanged(from, to, reason);
    this.#watch.priorityChanged(from, to);
  }

  #entered(from: InstanceState, reason: Reason, event: MachineEvent): void {
    this.since = this.house.outbox.wall;
    this.reason = reason;
    if (this.state === 'MASTER') {
      this.counters.becomeMaster++;
      this.#bySilence = reason.code === 'master-down';
      this.#wish = undefined;
      this.#watch.master = undefined;
    }
    if (from === 'MASTER') this.counters.releaseMaster++;
    if (event === 'stop') return;
    this.house.outbox.log('notice', `${this.label} Entering ${this.state} STATE; reason: ${reason.text}`);
    this.news.transition(from, this.state, reason);
    if (this.state !== 'INIT') this.news.notify(this.state);
  }
}
