/**
 * What must hold at every instant of every world (DESIGN section 7, "Always"), judged from the effects alone and
 * from what the world knows to be true. Nothing here asks the engine about itself. When a BACKUP may and must
 * take over is expectation.ts's affair, notify scripts are notify-record.ts's, and what must hold once everything
 * has healed is settlement.ts's.
 */
import { compareIp, type IpAddress } from '../base/ip-address.js';
import type { AddressSettings, Configuration } from '../config/model.js';
import type { Effect, Event } from '../core/effects.js';
import type { Input } from '../core/inputs.js';
import { EARLY_SLACK, Expectation, LATE_SLACK } from './expectation.js';
import type { Flight } from './network.js';
import { NotifyRecord } from './notify-record.js';
import { groupOf, kernelFault } from './oracle.js';
import type { Observer, Router } from './router.js';
import { statusOf } from './status-of.js';
import { BrokenInvariant, type Step, Watched } from './watched.js';

/** An advert sent this recently also answers one that asks for an answer, microseconds. */
const ANSWER_GRACE = 100_000;
/** Bursts against a rival come no closer than this, microseconds. */
const BURST_GAP = 600_000;
/** How long after taking over every VIP must have been announced, microseconds. */
const ANNOUNCEMENT_LIMIT = 1_000_000;

/** How long after a refusal by the kernel all must be as if it had not been, microseconds. */
const REFUSAL_PATIENCE = 4_000_000;

/** What an instance had sent before the packet in hand, world times. */
interface LastSent {
  readonly lastAdvert: number;
  readonly lastFrame: number;
}

interface Daemon {
  readonly instances: Map<string, Watched>;
  readonly notify: NotifyRecord;
  configuration: Configuration;
  /** The kernel's state that was last judged. */
  version: number;
  dirty: boolean;
  started: boolean;
}

export class Invariants implements Observer {
  readonly #daemons = new Map<Router, Daemon>();
  #serial = 0;
  /** World time of the last transition of any instance. */
  lastTransition = 0;
  /** How often each thing was judged: a rule that is never asked proves nothing. */
  readonly judged = { adverts: 0, promotions: 0, addresses: 0, answers: 0, yields: 0, goodbyes: 0 };

  booted(router: Router): void {
    const { configuration } = router;
    const daemon: Daemon = {
      instances: new Map(),
      notify: new NotifyRecord(router.name),
      configuration,
      version: -1,
      dirty: true,
      started: false,
    };
    for (const settings of configuration.instances)
      daemon.instances.set(settings.name, new Watched(settings, groupOf(configuration, settings.name)));
    this.#daemons.set(router, daemon);
  }

  died(router: Router, graceful: boolean): void {
    const daemon = this.#daemons.get(router);
    this.#daemons.delete(router);
    if (!graceful || !daemon) return;
    for (const watched of daemon.instances.values()) {
      const { kernel } = router;
      const left = addressesOf(watched).find(
        (a) => kernel.hasAddress(deviceOf(watched, a), a.address) && !kernel.wasRefused(a.address),
      );
      if (left) this.#broken('stop-leaves-nothing', router, watched, `${left.address} is still there`);
      const status = statusOf(router, watched.settings.name);
      // INIT is shown as FAULT while a tracker has not reported.
      const waiting = status?.reason.code === 'tracker-pending' || status?.reason.code === 'sync-group';
      if (status && status.state !== 'INIT' && !(status.state === 'FAULT' && waiting))
        this.#broken('stop-leaves-nothing', router, watched, `stopped as ${status.state}`);
    }
  }

  instances(router: Router): ReadonlyMap<string, Watched> {
    return this.#daemons.get(router)?.instances ?? NO_INSTANCES;
  }
  notifyOf(router: Router): NotifyRecord | undefined {
    return this.#daemons.get(router)?.notify;
  }

  notifyEnded(router: Router, run: number): void {
    this.#daemons.get(router)?.notify.ended(run);
  }

  handled(
    router: Router,
    input: Input,
    flight: Flight | undefined,
    effects: readonly Effect[],
    from: number,
  ): void {
    const daemon = this.#daemons.get(router);
    if (!daemon) return;
    const serial = ++this.#serial;
    if (input.kind === 'timeout' && !input.held) this.#judgeOverdue(router, daemon);
    if (input.kind === 'start') daemon.started = true;
    if (input.kind === 'reload') reconfigure(daemon, input.configuration);
    const subject = flight && subjectOf(router, daemon, input, flight);
    subject?.open(serial);
    const before = { lastAdvert: subject?.lastAdvert ?? 0, lastFrame: subject?.lastFrame ?? 0 };
    if (effects.length > from) this.#read(router, daemon, input, effects, from);
    if (input.kind === 'stop') this.#judgeStop(router, daemon);
    if (flight) this.#judgePacket(router, daemon, flight, subject, before);
    if (input.kind === 'reload') forget(daemon);
  }

  // What one handle() did

  #read(router: Router, daemon: Daemon, input: Input, effects: readonly Effect[], from: number): void {
    const serial = this.#serial;
    daemon.dirty = true;
    let moved = false;
    for (let i = from; i < effects.length; i++) {
      const effect = effects[i] as Effect;
      if (effect.kind !== 'event') continue;
      moved = this.#readEvent(router, daemon, effect.event) || moved;
    }
    for (let i = from; i < effects.length; i++) {
      const effect = effects[i] as Effect;
      if (effect.kind === 'send-advert') this.#readAdvert(router, daemon, input, effect);
      else if (effect.kind === 'send-frame') this.#readFrame(router, daemon, effect);
      else if (effect.kind === 'run-notify') daemon.notify.started(router.now, effect.run, effect.command);
    }
    if (!moved) return;
    for (const watched of daemon.instances.values())
      if (watched.serial === serial && watched.steps.length > 0)
        this.#judgeSteps(router, daemon, input, watched);
  }

  #readEvent(router: Router, daemon: Daemon, event: Event): boolean {
    if (event.type === 'tracker') return false;
    if (event.type === 'transition' && event.subject === 'GROUP') {
      const group = daemon.configuration.syncGroups.find((g) => g.name === event.name);
      if (group?.notify.any && event.to !== 'INIT')
        daemon.notify.entered('GROUP', event.name, event.to, event.priority);
      return false;
    }
    const watched = daemon.instances.get(event.name);
    if (!watched)
      throw new BrokenInvariant(
        'known-subject',
        router.now,
        `${router.name} ${event.name}`,
        'no such instance',
      );
    watched.open(this.#serial);
    if (event.type === 'priority') {
      if (event.from !== watched.priority)
        this.#broken(
          'priority-continuous',
          router,
          watched,
          `reported ${watched.priority}, now from ${event.from}`,
        );
      watched.priority = event.to;
      watched.expectation?.priorityChanged(event.to);
      return false;
    }
    if (event.from !== watched.state)
      this.#broken('state-continuous', router, watched, `was ${watched.state}, left ${event.from}`);
    watched.steps.push({ from: event.from, to: event.to, reason: event.reason });
    watched.state = event.to === 'STOP' ? 'INIT' : event.to;
    watched.since = router.now;
    // While it is held, trackers may move the priority without a word; it is said on the way out.
    if (event.from === 'INIT' || event.from === 'FAULT') watched.priority = event.priority;
    else if (event.priority !== watched.priority)
      this.#broken(
        'priority-continuous',
        router,
        watched,
        `is ${watched.priority}, entered with ${event.priority}`,
      );
    watched.wasMaster ||= watched.state === 'MASTER';
    if (watched.state === 'MASTER') watched.unannounced = new Set(addressesOf(watched).map((a) => a.address));
    this.lastTransition = router.now;
    if (watched.settings.notify.any && event.to !== 'INIT')
      daemon.notify.entered('INSTANCE', event.name, event.to, event.priority);
    return true;
  }

  #readAdvert(
    router: Router,
    daemon: Daemon,
    input: Input,
    effect: Extract<Effect, { kind: 'send-advert' }>,
  ): void {
    const watched = daemon.instances.get(effect.instance);
    if (!watched)
      throw new BrokenInvariant(
        'known-subject',
        router.now,
        `${router.name} ${effect.instance}`,
        'no such instance',
      );
    watched.open(this.#serial);
    this.judged.adverts++;
    const start = effect.source.includes(':') ? 0 : ((effect.bytes[0] ?? 0) & 0x0f) * 4;
    const priority = effect.bytes[start + 2] ?? 0;
    if (!watched.wasMaster)
      this.#broken('advert-from-master', router, watched, `${watched.state} advertises ${priority}`);
    if (priority === 0) {
      watched.goodbyes++;
      if (watched.state === 'MASTER')
        this.#broken('goodbye-leaves', router, watched, 'said goodbye and is still MASTER');
      return;
    }
    if (priority !== watched.priority && priority !== watched.priorityBefore)
      this.#broken(
        'advert-priority',
        router,
        watched,
        `advertises ${priority}, reported ${watched.priority}`,
      );
    const gap = router.now - watched.lastAdvert;
    const { advertInterval } = watched.settings;
    const expected = watched.stateBefore === 'MASTER' && input.kind === 'timeout' && watched.adverts === 0;
    // After a late one the rhythm goes on from when that was due.
    const onTime = router.lastStall < watched.lastAdvert - LATE_SLACK;
    if (expected && onTime && gap < advertInterval - EARLY_SLACK)
      this.#broken('advert-rhythm', router, watched, `advertises after ${gap} us of ${advertInterval}`);
    if (watched.stateBefore === 'MASTER') this.#judgeRhythm(router, watched);
    watched.adverts++;
    watched.lastAdvert = router.now;
    watched.source = effect.source;
  }

  /** No advert interval is missed by a router that was not kept from running. */
  #judgeRhythm(router: Router, watched: Watched): void {
    const free = Math.max(watched.lastAdvert, router.lastStall);
    const late = router.now - free - watched.settings.advertInterval;
    if (late > LATE_SLACK) this.#broken('advert-rhythm', router, watched, `silent, ${late} us late`);
  }

  #readFrame(router: Router, daemon: Daemon, effect: Extract<Effect, { kind: 'send-frame' }>): void {
    if (effect.etherType !== 0x0806) return;
    const address = Array.from(effect.bytes.subarray(14, 18)).join('.') as IpAddress;
    for (const watched of daemon.instances.values()) {
      const settings = addressesOf(watched).find((a) => a.address === address);
      if (!settings) continue;
      watched.open(this.#serial);
      if (!watched.wasMaster)
        this.#broken('announced-is-held', router, watched, `${watched.state} announces ${address}`);
      const lost = router.kernel.lastGone(address) > watched.since;
      if (!lost && !router.kernel.hasAddress(deviceOf(watched, settings), address))
        this.#broken('announced-is-held', router, watched, `${address} is announced and not there`);
      watched.unannounced.delete(address);
      watched.frames++;
      watched.lastFrame = router.now;
    }
  }

  #judgeSteps(router: Router, daemon: Daemon, input: Input, watched: Watched): void {
    for (const { from, to, reason } of watched.steps) {
      if (to === 'MASTER') this.#judgePromotion(router, input, watched, { from, to, reason });
      else if (from === 'MASTER') this.#judgeLeaving(router, daemon, watched, to, reason.code);
      if (from === 'FAULT' && to === 'MASTER')
        this.#broken('fault-goes-to-backup', router, watched, 'straight from FAULT to MASTER');
      watched.expectation = undefined;
      if (to === 'BACKUP') {
        const kind = this.#armedBy(watched, from, daemon);
        if (from === 'INIT' && kind === 'start' && watched.settings.priority === 255)
          this.#broken('owner-at-once', router, watched, 'an owner that wants to be MASTER listens first');
        watched.expectation = new Expectation(watched.settings, router.now, kind, watched.priority);
      }
    }
  }

  #armedBy(watched: Watched, from: string, daemon: Daemon): 'master-down' | 'skew' | 'start' {
    if (from === 'MASTER') return watched.goodbyes > 0 ? 'skew' : 'master-down';
    // A group wants to be MASTER from the start only if every member is an owner (runtime reference section 7).
    const eager = watched.group
      ? watched.group.members.every((m) => isEagerOwner(daemon.instances.get(m)))
      : watched.settings.initialState === 'MASTER';
    if (!eager) return 'master-down';
    return from === 'INIT' || watched.settings.priority === 255 ? 'start' : 'master-down';
  }

  /** A daemon that stops leaves every state at once. */
  #judgeStop(router: Router, daemon: Daemon): void {
    for (const watched of daemon.instances.values()) {
      watched.open(this.#serial);
      if (watched.state !== 'INIT')
        this.#broken('stop-leaves-nothing', router, watched, `${watched.state} after stop`);
      if (watched.adverts > 0) this.#broken('goodbye-said', router, watched, 'advertises while it stops');
    }
  }

  #judgePromotion(router: Router, input: Input, watched: Watched, { from, reason }: Step): void {
    this.judged.promotions++;
    if (watched.adverts === 0)
      this.#broken('promotion-advertises', router, watched, 'became MASTER without an advert');
    if (from === 'INIT' && watched.settings.priority !== 255)
      this.#broken('listen-first', router, watched, 'MASTER from INIT below priority 255');
    const expected = watched.expectation;
    if (from === 'BACKUP' && expected && router.now < expected.notBefore)
      this.#broken('listen-first', router, watched, `${expected.notBefore - router.now} us too early`);
    const because = watched.group ? undefined : expected?.because;
    if (from === 'BACKUP' && because !== undefined && reason.code !== because)
      this.#broken('reason-given', router, watched, `took over because of ${reason.code}, not ${because}`);
    if (input.kind === 'timeout' && input.held) {
      const index = router.kernel.linkOf(watched.settings.interface ?? '')?.index;
      if (input.held.includes(`${index}/${watched.settings.family}`))
        this.#broken('receive-before-expire', router, watched, 'took over with adverts unread');
    }
  }

  #judgeLeaving(router: Router, daemon: Daemon, watched: Watched, to: string, code: string): void {
    this.judged.goodbyes++;
    const owes =
      to !== 'BACKUP' ||
      code === 'address-lost' ||
      (code === 'sync-group' &&
        watched.group?.members.some((m) => lostAddress(daemon.instances.get(m), this.#serial)));
    if (owes && watched.goodbyes === 0)
      this.#broken('goodbye-said', router, watched, `left MASTER for ${to} (${code}) without a word`);
    if (!owes && watched.goodbyes > 0)
      this.#broken('goodbye-said', router, watched, `said goodbye when it left MASTER for ${to} (${code})`);
  }

  // What a packet may and must cause

  #judgePacket(
    router: Router,
    daemon: Daemon,
    flight: Flight,
    subject: Watched | undefined,
    last: LastSent,
  ): void {
    if (!flight.genuine || !subject) {
      for (const watched of daemon.instances.values()) {
        if (watched.serial === this.#serial && (watched.steps.length > 0 || watched.adverts > 0))
          this.#broken('junk-changes-nothing', router, watched, 'acted on a packet that is not for it');
      }
      return;
    }
    const before = subject.stateBefore;
    if (before === 'MASTER') this.#judgeRival(router, flight, subject, last);
    else if (subject.steps.length > 0)
      this.#broken('advert-in-backup', router, subject, `${before} moved on an advert`);
    else if (before === 'BACKUP') {
      const interval = intervalOf(flight, subject);
      subject.expectation?.heard(router.now, flight.priority, subject.priority, interval);
    }
  }

  #judgeRival(router: Router, flight: Flight, subject: Watched, last: LastSent): void {
    const own = subject.priorityBefore;
    const tie = subject.source === undefined ? 0 : compareIp(flight.source, subject.source);
    const better = flight.priority > own || (flight.priority === own && tie > 0);
    if (flight.priority > 0 && better) {
      this.judged.yields++;
      if (subject.state === 'MASTER')
        this.#broken(
          'yield-to-better',
          router,
          subject,
          `stays MASTER beside ${flight.priority} from ${flight.source}`,
        );
      if (subject.adverts > 0 !== subject.settings.higherPrioritySendAdvert)
        this.#broken(
          'yield-to-better',
          router,
          subject,
          `sent ${subject.adverts} adverts before it gave way`,
        );
      subject.expectation?.heard(router.now, flight.priority, own, intervalOf(flight, subject));
      return;
    }
    if (subject.state !== 'MASTER')
      this.#broken('insist', router, subject, `gave way to ${flight.priority} from ${flight.source}`);
    this.judged.answers++;
    const twin = flight.priority === own && tie === 0;
    if (twin) {
      if (subject.adverts > 0) this.#broken('twin-unanswered', router, subject, 'answered its own advert');
      return;
    }
    const silent = subject.settings.lowerPriorityNoAdvert && flight.priority > 0;
    if (subject.adverts === 0 && !silent && router.now - last.lastAdvert > ANSWER_GRACE)
      this.#broken('insist', router, subject, `did not answer ${flight.priority} from ${flight.source}`);
    if (flight.priority > 0 && subject.frames === 0 && this.#owesBurst(router, subject, last.lastFrame))
      this.#broken('insist', router, subject, 'did not announce its addresses again');
  }

  /** Whether nothing speaks against a burst of announcements against a rival. */
  #owesBurst({ kernel, now }: Router, subject: Watched, lastFrame: number): boolean {
    if (subject.settings.garp.lowerPriorityRepeat === 0 || now - lastFrame < BURST_GAP) return false;
    if (now - subject.since < ANNOUNCEMENT_LIMIT || subject.unannounced.size > 0) return false;
    return addressesOf(subject).some(
      (a) =>
        kernel.lastGone(a.address) < subject.since &&
        kernel.lastRefusal(a.address) < subject.since &&
        kernel.hasAddress(deviceOf(subject, a), a.address),
    );
  }

  // What must hold between turns

  turned(router: Router): void {
    const daemon = this.#daemons.get(router);
    if (!daemon?.started || !router.informed || router.stopping) return;
    const { version } = router.kernel;
    if (version === daemon.version && !daemon.dirty) return;
    daemon.version = version;
    daemon.dirty = false;
    this.judged.addresses++;
    for (const watched of daemon.instances.values()) {
      const fault = kernelFault(router, watched.settings);
      if (fault !== undefined && watched.state !== 'FAULT')
        this.#broken('fault-is-known', router, watched, `${watched.state} although ${fault}`);
      this.#judgeAddresses(router, watched);
      this.#judgeGroup(router, daemon, watched);
    }
  }

  #judgeAddresses(router: Router, watched: Watched): void {
    const { kernel } = router;
    const master = watched.state === 'MASTER';
    for (const address of addressesOf(watched)) {
      const there = kernel.hasAddress(deviceOf(watched, address), address.address);
      const device = deviceOf(watched, address);
      // Nothing can stand on an interface that is not there (a VIP's own interface need not be tracked).
      if (there === master || kernel.wasRefused(address.address) || !kernel.linkOf(device)) continue;
      this.#broken(
        'addresses-follow-state',
        router,
        watched,
        `${watched.state} ${there ? 'holds' : 'lacks'} ${address.address}`,
      );
    }
  }

  #judgeGroup(router: Router, daemon: Daemon, watched: Watched): void {
    for (const name of watched.group?.members ?? []) {
      const other = daemon.instances.get(name);
      if (!other || other === watched) continue;
      const apart =
        (other.state === 'MASTER') !== (watched.state === 'MASTER') ||
        (other.state === 'FAULT') !== (watched.state === 'FAULT');
      if (apart)
        this.#broken('group-together', router, watched, `${watched.state} while ${name} is ${other.state}`);
    }
  }

  /** Asked several times a second: for what must happen, and would be missed if nothing happened at all. */
  tick(router: Router): void {
    const daemon = this.#daemons.get(router);
    if (!daemon) return;
    this.#judgeOverdue(router, daemon);
    if (!atLiberty(router, daemon)) return;
    for (const watched of daemon.instances.values())
      if (watched.state === 'MASTER') this.#judgeMaster(router, watched);
  }

  #judgeOverdue(router: Router, daemon: Daemon): void {
    if (!atLiberty(router, daemon)) return;
    for (const watched of daemon.instances.values())
      if (watched.state === 'BACKUP' && overdue(daemon, watched, router.now))
        this.#broken('take-over', router, watched, 'nobody is master, and it does not take over');
  }

  #judgeMaster(router: Router, watched: Watched): void {
    this.#judgeRhythm(router, watched);
    const { kernel, now } = router;
    if (now - Math.max(watched.since, router.lastStall) < ANNOUNCEMENT_LIMIT) return;
    for (const address of watched.unannounced) {
      if (kernel.lastGone(address) > watched.since) continue;
      if (now - kernel.lastRefusal(address) < REFUSAL_PATIENCE) continue;
      this.#broken('announced', router, watched, `${address} was never announced`);
    }
  }

  #broken(invariant: string, router: Router, watched: Watched, detail: string): never {
    throw new BrokenInvariant(invariant, router.now, `${router.name} ${watched.settings.name}`, detail);
  }
}

/** A daemon that runs, is not told to stop and was not kept from running of late. */
const atLiberty = (router: Router, daemon: Daemon): boolean =>
  daemon.started &&
  !router.stopping &&
  router.now >= router.stalledUntil &&
  router.now - router.lastStall >= LATE_SLACK;

/** A member of a sync group waits for the slowest. */
function overdue(daemon: Daemon, watched: Watched, now: number): boolean {
  for (const name of watched.group?.members ?? [watched.settings.name]) {
    const member = daemon.instances.get(name);
    if (member?.state !== 'BACKUP' || !member.expectation || now <= member.expectation.notAfter) return false;
  }
  return true;
}

const NO_INSTANCES: ReadonlyMap<string, Watched> = new Map();

export const addressesOf = ({ settings }: Watched): readonly AddressSettings[] =>
  settings.excludedAddresses.length === 0
    ? settings.virtualAddresses
    : settings.virtualAddresses.concat(settings.excludedAddresses);

export const deviceOf = ({ settings }: Watched, address: AddressSettings): string =>
  address.device ?? settings.interface ?? '';

/** The instance that a datagram is for, if there is one. */
function subjectOf(router: Router, daemon: Daemon, input: Input, flight: Flight): Watched | undefined {
  if (input.kind !== 'packet') return undefined;
  for (const watched of daemon.instances.values()) {
    const { settings } = watched;
    if (settings.virtualRouterId !== flight.virtualRouterId || settings.family !== flight.family) continue;
    const link = router.kernel.linkOf(settings.interface ?? '');
    if (link?.index === input.packet.interfaceIndex) return watched;
  }
  return undefined;
}

/** The interval that an accepted advert asks to be judged by, microseconds. */
function intervalOf(flight: Flight, subject: Watched): number {
  if (subject.settings.version === 2) return subject.settings.advertInterval;
  const at = flight.family === 'ipv4' ? ((flight.bytes[0] ?? 0) & 0x0f) * 4 + 4 : 4;
  return ((((flight.bytes[at] ?? 0) & 0x0f) << 8) | (flight.bytes[at + 1] ?? 0)) * 10_000;
}

const isEagerOwner = (watched: Watched | undefined): boolean =>
  watched?.settings.initialState === 'MASTER' && watched.settings.priority === 255;

const lostAddress = (watched: Watched | undefined, serial: number): boolean =>
  watched?.serial === serial && watched.steps.some((s) => s.reason.code === 'address-lost');

function reconfigure(daemon: Daemon, configuration: Configuration): void {
  daemon.configuration = configuration;
  for (const settings of configuration.instances) {
    const group = groupOf(configuration, settings.name);
    const known = daemon.instances.get(settings.name);
    if (!known) {
      daemon.instances.set(settings.name, new Watched(settings, group));
      continue;
    }
    known.settings = settings;
    known.group = group;
    if (known.expectation) known.expectation.settings = settings;
    for (const address of known.unannounced)
      if (!addressesOf(known).some((a) => a.address === address)) known.unannounced.delete(address);
  }
}

/** Instances that the configuration no longer has, once their farewell was read. */
function forget(daemon: Daemon): void {
  for (const name of daemon.instances.keys())
    if (!daemon.configuration.instances.some((i) => i.name === name)) daemon.instances.delete(name);
}
