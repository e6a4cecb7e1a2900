/**
 * What must hold at every instant of every world (DESIGN section 7, "Always"), judged from the effects alone and
 * from what the world knows to be true. This file reads effects into memory and judges adverts and announcements;
 * transitions, received packets and standing still are judged in the judge-* files, takeovers by expectation.ts,
 * notify scripts by notify-record.ts, and what must hold once everything has healed by settlement.ts.
 */
import { type IpAddress, ipFromBytes } from '../base/ip-address.js';
import type { Configuration } from '../config/model.js';
import type { Effect, Event } from '../core/effects.js';
import type { Input } from '../core/inputs.js';
import type { AddressOperation } from '../core/net/facts.js';
import { DelayRecord } from './delay-record.js';
import { EARLY_SLACK, LATE_SLACK } from './expectation.js';
import { type Flight, vrrpStart } from './flight.js';
import { judgeGuards } from './judge-firewall.js';
import { judgePacket, subjectOf } from './judge-packets.js';
import { judgeLateness, judgeOverdue, judgeTick, judgeTurn } from './judge-standing.js';
import { judgeEnd, judgeSteps, judgeStop } from './judge-steps.js';
import { NotifyRecord } from './notify-record.js';
import { groupOf } from './oracle.js';
import type { Observer, Router } from './router.js';
import { addressesOf, BrokenInvariant, broken, type Daemon, deviceOf, Watched } from './watched.js';

export class Invariants implements Observer {
  readonly #daemons = new Map<Router, Daemon>();
  #serial = 0;
  /** World time of the last transition of any instance. */
  lastTransition = 0;

  booted(router: Router): void {
    const { configuration } = router;
    const daemon: Daemon = {
      instances: new Map(),
      notify: new NotifyRecord(router.name),
      delay: new DelayRecord(),
      configuration,
      groupsToldBefore: NO_GROUPS,
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
    if (graceful && daemon) judgeEnd(router, daemon);
  }

  instances(router: Router): ReadonlyMap<string, Watched> {
    return this.#daemons.get(router)?.instances ?? NO_INSTANCES;
  }
  notifyOf(router: Router): NotifyRecord | undefined {
    return this.#daemons.get(router)?.notify;
  }

  applying(router: Router, operations: readonly AddressOperation[]): void {
    const daemon = this.#daemons.get(router);
    if (daemon) judgeGuards(router, daemon, operations);
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
    if (input.kind === 'timeout' && !input.held) judgeOverdue(router, daemon);
    const { now } = router.clock.moment(router.now);
    daemon.delay.told(now);
    if (input.kind === 'start') {
      daemon.started = true;
      daemon.delay.begin(now, daemon.configuration.globals, input.uptime ?? 0);
    }
    if (input.kind === 'reload') {
      const moved = daemon.delay.reconfigure(now, input.configuration.globals);
      for (const { expectation } of daemon.instances.values()) expectation?.shift(moved);
      reconfigure(daemon, input.configuration);
    }
    const subject = flight && subjectOf(router, daemon, input, flight);
    subject?.open(serial);
    const believed =
      flight !== undefined && subject !== undefined && believes(router, daemon, flight, subject);
    const before = { lastAdvert: subject?.lastAdvert ?? 0, lastFrame: subject?.lastFrame ?? 0 };
    if (effects.length > from) this.#read(router, daemon, input, effects, from);
    if (input.kind === 'stop') judgeStop(router, daemon, serial);
    // What waited on an interface that has vanished meanwhile cannot be told to anybody any more.
    const lost = input.kind === 'packet' && !router.kernel.segmentOf(input.packet.interfaceIndex);
    if (flight && !(lost && flight.genuine))
      judgePacket(router, daemon, flight, subject, before, serial, believed);
    if (input.kind !== 'reload') return;
    forget(daemon);
    daemon.groupsToldBefore = NO_GROUPS;
    for (const watched of daemon.instances.values()) watched.toldBefore = false;
  }

  // What one handle() did

  #read(router: Router, daemon: Daemon, input: Input, effects: readonly Effect[], from: number): void {
    const serial = this.#serial;
    let moved = false;
    for (let i = from; i < effects.length; i++) {
      const effect = effects[i] as Effect;
      // What is only said, on the wire or in the log, changes nothing that has to be looked at again.
      if (!SAID.has(effect.kind)) daemon.dirty = true;
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
      if (watched.serial === serial && watched.steps.length > 0) judgeSteps(router, daemon, input, watched);
  }

  #readEvent(router: Router, daemon: Daemon, event: Event): boolean {
    if (event.type === 'tracker' || event.type === 'bfd' || event.type === 'lower-advert') return false;
    if (event.type === 'transition' && event.subject === 'GROUP') {
      const now = toldGroups(daemon.configuration).has(event.name);
      if ((now || daemon.groupsToldBefore.has(event.name)) && event.to !== 'INIT')
        daemon.notify.entered('GROUP', event.name, event.to, event.priority, !now);
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
        broken(
          'priority-continuous',
          router,
          watched,
          `reported ${watched.priority}, now from ${event.from}`,
        );
      watched.priority = event.to;
      if (event.to === 255) watched.yieldedTo = undefined;
      watched.expectation?.priorityChanged(event.to);
      return false;
    }
    if (event.from !== watched.state)
      broken('state-continuous', router, watched, `was ${watched.state}, left ${event.from}`);
    watched.steps.push({ from: event.from, to: event.to, reason: event.reason });
    watched.state = event.to === 'STOP' || event.to === 'DELETED' ? 'INIT' : event.to;
    watched.since = router.now;
    // While it is held, trackers may move the priority without a word; it is said on the way out.
    if (event.from === 'INIT' || event.from === 'FAULT') watched.priority = event.priority;
    else if (event.priority !== watched.priority)
      broken(
        'priority-continuous',
        router,
        watched,
        `is ${watched.priority}, entered with ${event.priority}`,
      );
    watched.wasMaster ||= watched.state === 'MASTER';
    watched.owesAnnouncementBy = Number.POSITIVE_INFINITY;
    if (watched.state === 'MASTER') watched.bySilence = event.reason.code === 'master-down';
    if (watched.state === 'MASTER') watched.unannounced = new Set(addressesOf(watched).map((a) => a.address));
    this.lastTransition = router.now;
    // Who gives way because of a reload does so with what it was told before.
    const now = watched.settings.notify.any !== undefined;
    if ((now || watched.toldBefore) && event.to !== 'INIT')
      daemon.notify.entered('INSTANCE', event.name, event.to, event.priority, !now);
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
    const start = vrrpStart(effect.bytes, watched.settings.family);
    const priority = effect.bytes[start + 2] ?? 0;
    watched.proofs.sent(effect.bytes, start, watched.settings);
    if (!watched.wasMaster)
      broken('advert-from-master', router, watched, `${watched.state} advertises ${priority}`);
    if (priority === 0) {
      watched.goodbyes++;
      if (watched.state === 'MASTER')
        broken('goodbye-leaves', router, watched, 'said goodbye and is still MASTER');
      return;
    }
    if (priority !== watched.priority && priority !== watched.priorityBefore)
      broken('advert-priority', router, watched, `advertises ${priority}, reported ${watched.priority}`);
    const gap = router.now - watched.lastAdvert;
    const { advertInterval } = watched.settings;
    const expected = watched.stateBefore === 'MASTER' && input.kind === 'timeout' && watched.adverts === 0;
    // After a late one the rhythm goes on from when that was due.
    const onTime = router.lastStall < watched.lastAdvert - LATE_SLACK;
    if (expected && onTime && gap < advertInterval - EARLY_SLACK)
      broken('advert-rhythm', router, watched, `advertises after ${gap} us of ${advertInterval}`);
    if (watched.stateBefore === 'MASTER') judgeLateness(router, watched);
    watched.rival?.sent();
    watched.adverts++;
    watched.lastAdvert = router.now;
    watched.source = effect.source;
  }

  #readFrame(router: Router, daemon: Daemon, effect: Extract<Effect, { kind: 'send-frame' }>): void {
    const address = announcedBy(effect);
    for (const watched of daemon.instances.values()) {
      watched.open(this.#serial);
      watched.sourceAnnounced ||=
        effect.interfaceIndex === router.kernel.indexOf(watched.settings.interface ?? '');
      const settings = addressesOf(watched).find((a) => a.address === address);
      if (!settings) continue;
      if (!watched.wasMaster)
        broken('announced-is-held', router, watched, `${watched.state} announces ${address}`);
      const lost = router.kernel.lastGone(address) > watched.since;
      if (!lost && !router.kernel.hasAddress(deviceOf(watched, settings), address))
        broken('announced-is-held', router, watched, `${address} is announced and not there`);
      watched.unannounced.delete(address);
      watched.frames++;
      if (router.now > watched.rivalAt) watched.owesAnnouncementBy = Number.POSITIVE_INFINITY;
      watched.lastFrame = router.now;
    }
  }

  turned(router: Router): void {
    const daemon = this.#daemons.get(router);
    if (daemon) judgeTurn(router, daemon);
  }

  /** Asked several times a second: for what must happen, and would be missed if nothing happened at all. */
  tick(router: Router): void {
    const daemon = this.#daemons.get(router);
    if (daemon) judgeTick(router, daemon);
  }
}

/** An instance listens while it is BACKUP or MASTER, and hears what is proved. */
function believes(router: Router, daemon: Daemon, flight: Flight, subject: Watched): boolean {
  const { settings, stateBefore, proofs } = subject;
  if (!flight.genuine || daemon.delay.running || (stateBefore !== 'BACKUP' && stateBefore !== 'MASTER'))
    return flight.genuine;
  return proofs.believes(flight, settings, router.clock.moment(router.now).wall);
}

/** The address in a gratuitous ARP (RFC 826), or the target of a neighbour advertisement (RFC 4861 section 4.4). */
const announcedBy = ({ etherType, bytes }: Extract<Effect, { kind: 'send-frame' }>): IpAddress =>
  etherType === 0x0806 ? ipFromBytes(bytes.subarray(14, 18)) : ipFromBytes(bytes.subarray(48, 64));

const SAID: ReadonlySet<Effect['kind']> = new Set([
  'send-advert',
  'send-frame',
  'log',
  'run-check',
  'run-notify',
]);

const NO_INSTANCES: ReadonlyMap<string, Watched> = new Map();

const NO_GROUPS: ReadonlySet<string> = new Set();

/** Those with a generic notify script. */
const toldGroups = ({ syncGroups }: Configuration): ReadonlySet<string> =>
  new Set(syncGroups.filter(({ notify }) => notify.any).map(({ name }) => name));

function reconfigure(daemon: Daemon, configuration: Configuration): void {
  daemon.groupsToldBefore = toldGroups(daemon.configuration);
  daemon.configuration = configuration;
  for (const settings of configuration.instances) {
    const group = groupOf(configuration, settings.name);
    const known = daemon.instances.get(settings.name);
    if (!known) {
      daemon.instances.set(settings.name, new Watched(settings, group));
      continue;
    }
    known.toldBefore = known.settings.notify.any !== undefined;
    known.settings = settings;
    // What a group was waited for has gone on counting meanwhile, by the group's clock and for its reasons.
    if (known.group && !group) known.expectation?.forgetReason();
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
