/**
 * The daemon's brain: routes each input to whoever it concerns, fires deadlines, and hands back effects in stages.
 * It decides who is concerned and when the engine starts, reloads and stops; everything else is decided in the
 * rooms below. Pure: the same inputs at the same moments give the same effects. DESIGN rules 1 to 4, 8 and 10.
 */
import type { IpAddress } from '../base/ip-address.js';
import { MAX_EARLY_EVENTS } from '../base/limits.js';
import { after, type Duration, type Instant, type Moment, seconds, ZERO } from '../base/time.js';
import type { Configuration, InstanceSettings } from '../config/model.js';
import { isListener } from './bfd/sessions.js';
import type { Deadline } from './deadlines.js';
import type { ChannelId, Effect, Reason } from './effects.js';
import type { House } from './house.js';
import { HEARD_WHILE_STOPPING, type Input, type ReceivedPacket } from './inputs.js';
import { type Inspection, inspect } from './inspection.js';
import { KernelBuffers } from './kernel-buffers.js';
import type { Machine } from './machine.js';
import { type HouseOptions, makeHouse } from './make-house.js';
import type { AddressFacts } from './net/facts.js';
import { allRouting, virtualAddresses } from './net/holdings.js';
import type { Change } from './net/inventory.js';
import { leftovers } from './net/leftovers.js';
import { Multimap } from './net/multimap.js';
import { bearsOurMark } from './net/plan.js';
import { Statics, staticInterfaces } from './net/statics.js';
import { Messages } from './notify/messages.js';
import { describePlan, diffConfigurations, renamesOf, vanishedIn } from './reload/diff.js';
import type { EngineStatus } from './status.js';
import { Strays } from './strays.js';
import { noCounts } from './vrrp/counters.js';
import { evaluateAll } from './vrrp/evaluate-all.js';
import { Instance } from './vrrp/instance.js';
import { instanceStatus } from './vrrp/instance-status.js';
import { kernelSettingsOf } from './vrrp/kernel-settings.js';
import { hasNearby } from './vrrp/nearby.js';
import { OpenedAdverts } from './vrrp/opened-adverts.js';
import { SyncGroup } from './vrrp/sync-group.js';
import { interfacesOf, trackingsOf } from './vrrp/trackings.js';

/** How long a stop waits for the kernel and STOP scripts where child_wait_time does not say it, and at least. */
export const STOP_PATIENCE: Duration = seconds(5);
const LEAST_STOP_PATIENCE: Duration = seconds(1);

export interface EngineOptions extends HouseOptions {
  /** Addresses of others that come and go are told in the log. */
  readonly logAddresses?: boolean;
}

export class Engine implements Machine {
  #configuration: Configuration;
  readonly #house: House;
  #instances: Instance[] = [];
  #byName = new Map<string, Instance>();
  /** Instances by the names of the interfaces they stand on. */
  #byInterface = new Multimap<string, Instance>();
  /** Instances whose source is a given address and not tied to an interface. */
  #withoutInterface: Instance[] = [];
  #groups: SyncGroup[] = [];
  #virtual: ReadonlySet<IpAddress> = new Set();
  #life: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #leavesInPlace = false;
  /** Events are subscribed to before the snapshot is taken: told after it, they make it the present again. */
  readonly #early: Input[] = [];
  /** Names of instances that may look again: something that they waited for has changed. */
  readonly #toEvaluate = new Set<string>();
  readonly #stopPatience: Deadline;
  readonly #statics: Statics;
  readonly #messages: Messages;
  readonly #buffers: KernelBuffers;
  readonly #logsAddresses: boolean;
  readonly #strays: Strays;
  readonly #openedAdverts = new OpenedAdverts();

  constructor(configuration: Configuration, options: EngineOptions = {}) {
    this.#configuration = configuration;
    this.#logsAddresses = options.logAddresses ?? false;
    this.#house = makeHouse(options, {
      links: {
        changed: (name) => this.#linkStateChanged(name),
        longestDelay: (name) => this.#longestDelay(name),
      },
      mayLookAgain: (instance) => this.#toEvaluate.add(instance),
      isVirtual: (address) => this.#virtual.has(address),
    });
    const { outbox, inventory } = this.#house;
    this.#statics = new Statics(this.#house);
    this.#messages = new Messages(outbox);
    this.#buffers = new KernelBuffers(outbox);
    outbox.onEvent = (event) => this.#messages.tell(event);
    this.#strays = new Strays(outbox, inventory);
    this.#stopPatience = { what: 'stop', periodic: false, fire: () => this.#endStop(true) };
  }

  get nextDeadline(): Instant | undefined {
    return this.#life === 'stopped' ? undefined : this.#house.deadlines.earliest;
  }

  get nextIsTakeover(): boolean {
    return this.#life === 'running' && this.#house.deadlines.earliestIsMasterDown;
  }

  /** Whether what `nextIsTakeover` says is the loss of a BFD neighbour. */
  get nextIsLoss(): boolean {
    return this.nextIsTakeover && isListener(this.#house.deadlines.earliestWaitsFor);
  }

  /** What is known of every BFD session. */
  get bfdFacts() {
    return this.#house.bfd.facts();
  }

  status(): EngineStatus {
    const { failure } = this.#house.firewall;
    return {
      instances: this.#instances.map(instanceStatus),
      syncGroups: this.#groups.map((group) => group.status()),
      ...(this.#configuration.statics ? { statics: this.#statics.holdings.status() } : {}),
      ...(failure ? { firewall: failure } : {}),
      ...(this.#configuration.bfdInstances.length > 0 ? { bfd: this.#house.bfd.status() } : {}),
      strayPackets: this.#strays.status(),
    };
  }

  inspect(): Inspection {
    return inspect(this.#house, this.#byName, this.#groups);
  }

  handle(moment: Moment, input: Input, effects: Effect[]): void {
    const { outbox, channels, firewall } = this.#house;
    outbox.begin(moment);
    if (this.#life === 'stopped') return;
    if (this.#life === 'new' && (input.kind === 'link' || input.kind === 'address')) {
      this.#early.push(input);
      if (this.#early.length > MAX_EARLY_EVENTS) this.#early.shift();
      return;
    }
    if (this.#life === 'running' || this.#life === 'new' || HEARD_WHILE_STOPPING.includes(input.kind))
      this.#route(input);
    this.#evaluateWaiting();
    channels.settle();
    firewall.settle();
    if (this.#life === 'stopping') this.#endStop(false);
    outbox.flush(effects);
  }

  #route(input: Input): void {
    const { addresses, channels, deadlines, firewall, inventory, notifies, outbox, routing, trackers } =
      this.#house;
    switch (input.kind) {
      case 'start':
        this.#start(input);
        break;
      case 'timeout':
        deadlines.fire(outbox.now, input.held, input.read);
        break;
      case 'packet':
        this.#receive(input.packet, input.channel, input.waited);
        break;
      case 'bfd-packet':
      case 'bfd-listening':
      case 'bfd-opened':
      case 'bfd-send-failed':
        this.#house.bfd.handle(input);
        break;
      case 'link':
        this.#follow(
          input.change === 'present'
            ? inventory.linkPresent(input.link)
            : inventory.linkGone(input.link.index),
        );
        break;
      case 'address':
        this.#addressInput(input.change, input.address);
        break;
      case 'forwarding':
        inventory.setForwarding(input.interfaceIndex, input.ipv6);
        break;
      case 'resync':
        addresses.resynced();
        this.#follow(inventory.resync(input.links, input.addresses), true);
        routing.resynced();
        break;
      case 'channel':
        channels.answered(input.channel, input.error);
        break;
      case 'send-failed':
        this.#byName.get(input.instance)?.sendFailed(input.error);
        break;
      case 'addresses-applied':
        addresses.applied(input.request, input.results);
        routing.addressesApplied(input.results);
        break;
      case 'firewall-applied':
        firewall.applied(input.request, input.error);
        break;
      case 'firewall-disturbed':
        firewall.disturbed(input.who);
        break;
      case 'links-applied':
        this.#house.virtualLinks.applied(input.request, input.results);
        break;
      case 'sysctls-applied':
        this.#house.sysctls.applied(input.request, input.results);
        break;
      case 'routes-applied':
        routing.applied(input.request, input.results);
        break;
      case 'route-gone':
        routing.routeGone(input.route);
        break;
      case 'rule-gone':
        routing.ruleGone(input.rule);
        break;
      case 'check-finished':
        trackers.checkFinished(input.script, input.outcome);
        break;
      case 'notify-finished':
        notifies.finished(input.run, input.outcome);
        break;
      case 'process-count':
        trackers.processCount(input.tracker, input.count, input.source);
        break;
      case 'file-content':
        trackers.fileContent(input.tracker, input.content, input.error);
        break;
      case 'fifo-reader':
        this.#messages.readerCame(input.fifo);
        break;
      case 'linkbeat':
        this.#house.links.polled(input.interface, input.up, input.method);
        break;
      case 'reload':
        this.#reload(input.configuration);
        break;
      case 'clear-counters':
        for (const { counters } of this.#instances) Object.assign(counters, noCounts());
        this.#house.bfd.clearCounters();
        break;
      case 'stop':
        this.#stop(input.reason, input.inPlace ?? false);
        break;
    }
  }

  #start(input: Extract<Input, { kind: 'start' }>): void {
    if (this.#life !== 'new') return;
    const { addresses, announcer, firewall, inventory, trackers, virtualLinks } = this.#house;
    announcer.configure(this.#configuration);
    inventory.resync(input.links, input.addresses);
    firewall.configure(this.#configuration.globals);
    firewall.start();
    this.#buffers.configure(this.#configuration.globals);
    this.#house.sysctls.inherit(input.sysctls ?? []);
    for (const early of this.#early.splice(0)) this.#route(early);
    this.#life = 'running';
    this.#house.startup.begin(this.#configuration.globals, input.uptime);
    this.#virtual = virtualAddresses(this.#configuration);
    for (const facts of inventory.allAddresses()) this.#logAddress('present', facts);
    addresses.cleanLeftovers(leftovers(this.#configuration, inventory));
    this.#house.routing.cleanLeftovers(allRouting(this.#configuration));
    this.#messages.configure(this.#configuration);
    this.#house.links.configure(this.#configuration);
    virtualLinks.configure(this.#configuration.globals);
    trackers.configure(this.#configuration);
    this.#house.bfd.seed(input.entropy ?? 0);
    this.#house.bfd.configure(this.#configuration.bfdInstances);
    this.#instances = this.#configuration.instances.map((settings) => new Instance(settings, this.#house));
    this.#arrange();
    virtualLinks.removeLeftovers();
    evaluateAll(this.#instances);
    this.#statics.begin();
    this.#house.sysctls.putBackRest();
  }

  /** Puts instances, groups, trackers and look-ups in the order of the running configuration. */
  #arrange(): void {
    this.#byName = new Map(this.#instances.map((instance) => [instance.name, instance]));
    this.#virtual = virtualAddresses(this.#configuration);
    const known = new Map(this.#groups.map((group) => [group.name, group]));
    for (const instance of this.#instances) instance.group = undefined;
    this.#groups = this.#configuration.syncGroups.map((settings) => {
      const group = known.get(settings.name) ?? new SyncGroup(settings, this.#house);
      group.settings = settings;
      group.members = settings.members.flatMap((name) => this.#byName.get(name) ?? []);
      for (const member of group.members) member.group = group;
      return group;
    });
    const { routing, sharedVirtualMacs, trackers } = this.#house;
    sharedVirtualMacs.configure(this.#configuration);
    routing.watch(allRouting(this.#configuration));
    this.#statics.configure(this.#configuration.statics);
    this.#house.fastTakeover.configure(this.#instances);
    const grouped = staticInterfaces(this.#configuration.statics);
    this.#byInterface = new Multimap();
    this.#withoutInterface = [];
    for (const settings of this.#configuration.instances) {
      const instance = this.#byName.get(settings.name);
      if (!instance) continue;
      const watched = grouped.get(settings.name) ?? [];
      instance.configure(settings, trackingsOf(settings, instance.group?.settings, trackers, watched));
      this.#house.sysctls.want(settings.name, kernelSettingsOf(settings));
      if (settings.interface === undefined) this.#withoutInterface.push(instance);
      for (const name of interfacesOf(settings)) this.#byInterface.add(name, instance);
    }
  }

  #receive(packet: ReceivedPacket, channel: ChannelId | undefined, waited: Duration = ZERO): void {
    if (this.#life !== 'running' || this.#house.startup.running) return;
    const opened = this.#openedAdverts.open(packet);
    if (!opened) {
      this.#strays.unreadable(packet);
      return;
    }
    const { destination, header } = opened;
    const { interfaceIndex, family } = packet;
    const member = this.#house.channels.find(interfaceIndex, family, header.virtualRouterId, destination);
    const instance = member && this.#byName.get(member.name);
    if (channel !== undefined && member && this.#house.channels.readsElsewhere(member, channel)) return;
    if (instance) {
      instance.receive(packet, opened, waited);
      return;
    }
    const where = this.#house.inventory.link(interfaceIndex)?.name ?? '';
    if (!hasNearby(this.#instances, where, family, header.virtualRouterId))
      this.#strays.foreign(packet, opened, this.#configuration.globals.logUnknownVrids ?? false);
  }

  #addressInput(change: 'present' | 'gone', facts: AddressFacts): void {
    const { addresses, inventory, routing } = this.#house;
    if (change === 'present') {
      this.#follow(inventory.addressPresent(facts));
      return;
    }
    const changes = inventory.addressGone(facts);
    for (const { kind } of changes) if (kind === 'address') this.#logAddress('gone', facts);
    // The echo of our own deletion comes after its answer has told us already: it counts all the same.
    if (addresses.gone(facts)) routing.addressAway(facts.address);
    this.#reactToAddresses(changes);
  }

  /** In Keepalived's words. */
  #logAddress(change: 'present' | 'gone', facts: AddressFacts): void {
    const { address, interfaceIndex } = facts;
    if (!this.#logsAddresses || bearsOurMark(facts) || this.#virtual.has(address)) return;
    const { inventory, outbox } = this.#house;
    const where = inventory.link(interfaceIndex)?.name ?? `interface ${interfaceIndex}`;
    const what = change === 'present' ? `added to ${where}` : `removed from ${where}`;
    outbox.log('info', `Netlink reflector reports IP ${address} ${what}`);
  }

  /** What the inventory says has changed: lost VIPs first, then trackers, then whoever stands on an interface. */
  #follow(changes: readonly Change[], resync = false): void {
    const { addresses, routing } = this.#house;
    for (const change of changes) {
      if (change.kind !== 'address' || change.change !== 'gone') continue;
      if (addresses.gone(change.facts)) routing.addressAway(change.facts.address);
    }
    if (this.#life !== 'running') return;
    for (const change of changes) {
      if (change.kind === 'address') {
        this.#logAddress(change.change, change.facts);
        if (change.change === 'present') routing.addressPresent(change.facts.address);
        if (change.change === 'present') this.#house.bfd.addressPresent();
        continue;
      }
      const { name } = change;
      if (change.appeared) this.#house.sysctls.linkAppeared(name);
      if (change.readdressed)
        for (const instance of this.#byInterface.of(name)) instance.announcements.readdressed(name);
      this.#house.links.observe(name);
      this.#house.virtualLinks.observe(name);
      this.#linkStateChanged(name);
      for (const instance of this.#byInterface.of(name)) instance.holdings.claimWaiting(name);
      this.#statics.holdings.claimWaiting(name);
      routing.linkChanged(name);
      this.#house.bfd.linkChanged(name);
    }
    this.#reactToAddresses(changes);
    if (resync) evaluateAll(this.#instances);
  }

  /** Whether an interface counts as up may be another thing now. */
  #linkStateChanged(name: string): void {
    if (this.#life !== 'running') return;
    this.#house.trackers.linkChanged(name);
    evaluateAll(this.#byInterface.of(name));
    // A virtual MAC counts as up a moment after the interface underneath: nobody else tells its instance.
    for (const owner of this.#house.virtualLinks.ownersAt(name)) this.#toEvaluate.add(owner);
  }

  /** What the adverts of the instances on an interface allow; undefined: there are none. */
  #longestDelay(name: string): Duration | undefined {
    let longest: Duration | undefined;
    for (const { settings, bearableOutage } of this.#byInterface.of(name)) {
      if (settings.interface !== name) continue;
      if (longest === undefined || bearableOutage < longest) longest = bearableOutage;
    }
    return longest;
  }

  #evaluateWaiting(): void {
    if (this.#toEvaluate.size === 0) return;
    const waiting = [...this.#toEvaluate].flatMap((name) => this.#byName.get(name) ?? []);
    this.#toEvaluate.clear();
    if (this.#life !== 'running') return;
    evaluateAll(waiting);
    for (const instance of waiting) instance.holdings.claimWaiting();
  }

  /** Source addresses may have come or gone; the VIPs themselves are nobody's source. */
  #reactToAddresses(changes: readonly Change[]): void {
    if (this.#life !== 'running') return;
    for (const change of changes) {
      if (change.kind !== 'address' || this.#virtual.has(change.facts.address)) continue;
      const name = this.#house.inventory.link(change.facts.interfaceIndex)?.name;
      if (name !== undefined) evaluateAll(this.#byInterface.of(name));
      evaluateAll(this.#withoutInterface);
    }
  }

  #reload(configuration: Configuration): void {
    if (this.#life !== 'running') return;
    const { announcer, outbox, startup, trackers } = this.#house;
    // Whoever waits for our adverts shall have heard us before anything else is done, and again afterwards.
    for (const instance of this.#instances) instance.advertiseBeforeReload();
    const before = this.#configuration.instances.map(({ name }) => name);
    const plan = diffConfigurations(this.#configuration, configuration);
    for (const line of describePlan(plan)) outbox.log('notice', `reload: ${line}`);
    const running = new Map<InstanceSettings, Instance>();
    for (const { before, after: settings } of [...plan.kept, ...plan.changed]) {
      const instance = this.#byName.get(before.name);
      if (instance) running.set(settings, instance);
    }
    for (const { before, why } of plan.removed) {
      const reason: Reason = {
        code: 'reload',
        text: `removed by a reload: ${why}`,
        cause: { kind: 'operator', asked: 'reload' },
      };
      this.#byName.get(before.name)?.remove(reason);
    }
    // What they had goes before others come who may want the name of it.
    for (const name of vanishedIn(plan)) this.#forget(name);
    this.#house.virtualLinks.rename(renamesOf(plan));
    this.#configuration = configuration;
    this.#messages.configure(configuration);
    announcer.configure(configuration);
    const moved = startup.reconfigure(configuration.globals);
    if (moved !== 0) for (const instance of running.values()) instance.startupMoved(moved);
    this.#house.firewall.configure(configuration.globals);
    this.#buffers.configure(configuration.globals);
    this.#house.links.configure(configuration);
    this.#house.virtualLinks.configure(configuration.globals);
    trackers.configure(configuration);
    this.#house.bfd.configure(configuration.bfdInstances);
    this.#instances = configuration.instances.map((settings) => {
      const instance = running.get(settings) ?? new Instance(settings, this.#house);
      // A new name is known before groups and look-ups are made by name.
      if (instance.name !== settings.name) instance.settings = { ...instance.settings, name: settings.name };
      return instance;
    });
    this.#arrange();
    for (const name of before) if (!this.#byName.has(name)) this.#forget(name);
    evaluateAll(this.#instances);
    for (const instance of running.values()) {
      instance.retryWish();
      instance.advertiseAfterReload();
    }
    this.#messages.reloaded();
  }

  /** What an instance of that name needed beyond its addresses goes. */
  #forget(name: string): void {
    this.#house.sysctls.want(name, []);
    this.#house.virtualLinks.want(name, []);
  }

  #stop(why: string, inPlace: boolean): void {
    const started = this.#life === 'running';
    this.#life = 'stopping';
    this.#leavesInPlace = inPlace;
    const { deadlines, outbox, trackers } = this.#house;
    const reason: Reason = { code: 'shutdown', text: why, cause: { kind: 'operator', asked: 'stop' } };
    if (started) {
      for (const instance of this.#instances) {
        instance.stop(reason, inPlace);
        // What addresses that stay need stays with them; the next life remembers it.
        if (!inPlace) this.#forget(instance.name);
      }
      this.#statics.end();
      for (const group of this.#groups) group.stop(reason);
      if (!inPlace) this.#house.sysctls.end();
      trackers.stop();
      this.#house.bfd.stop();
    }
    const { childWaitTime = STOP_PATIENCE } = this.#configuration.globals;
    const patience = childWaitTime > LEAST_STOP_PATIENCE ? childWaitTime : LEAST_STOP_PATIENCE;
    deadlines.arm(this.#stopPatience, after(outbox.now, patience));
  }

  #endStop(outOfPatience: boolean): void {
    if (this.#life !== 'stopping') return;
    const { addresses, firewall, outbox, routing, sysctls, virtualLinks } = this.#house;
    // What is stopped stays so until the last address is gone, and beyond our end where the addresses stay.
    if (!this.#leavesInPlace && (addresses.unanswered === 0 || outOfPatience)) firewall.end();
    const queues = [
      ...this.#instances.map(({ news }) => news.notifies),
      ...this.#groups.map((group) => group.notifies),
    ];
    const unanswered =
      addresses.unanswered + routing.unanswered + sysctls.unanswered + virtualLinks.unanswered;
    const answered = unanswered === 0 && firewall.idle && this.#house.bfd.idle;
    const idle = answered && queues.every((queue) => queue.idle);
    if (!idle && !outOfPatience) return;
    if (!idle)
      outbox.log('warning', 'stopping without waiting any longer for the kernel and for STOP scripts');
    this.#life = 'stopped';
    outbox.stopped();
  }
}
