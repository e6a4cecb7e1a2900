/**
 * What goes wrong in a world, and when. Every world draws its own few kinds and rates (a swarm: a fault that
 * always comes with all others hides what it does alone). At the end everything is mended, except what may stay
 * as it is in a healthy cluster: trackers that report failure, a clean partition. What must hold meanwhile is
 * decided by the invariants.
 */
import type { IpAddress } from '../base/ip-address.js';
import type { Prng } from '../base/prng.js';
import type { Configuration } from '../config/model.js';
import type { Agenda } from './agenda.js';
import { editConfiguration } from './edits.js';
import { drawKinds, type FaultKind, LEAST_FAULTS, LEAST_KINDS, MOST_FAULTS } from './fault-kinds.js';
import { addressOn, type Cluster, INTERFACES, linkLocalOn, TRACKED_FILE } from './generator.js';
import { EINVAL, ENOBUFS, EPERM } from './kernel.js';
import type { Impairment, Network } from './network.js';
import { plugIn } from './plug.js';
import type { Router } from './router.js';
import { echoFor, type Junk, junkFor, rogueFor } from './strangers.js';
import type { Trace } from './trace.js';
import { deviceOf } from './watched.js';

/** Priority of a stranger that no router need fear. */
const LESSER = 2;

export interface Scene {
  readonly agenda: Agenda;
  readonly network: Network;
  readonly routers: readonly Router[];
  readonly cluster: Cluster;
  readonly prng: Prng;
  readonly trace: Trace | undefined;
}

interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
  readonly until: number;
}

export class Faults {
  readonly planned: readonly Fault[];
  readonly #scene: Scene;
  /** What mends the faults in force. */
  readonly #remedies = new Set<() => void>();
  #edition = 0;

  /** Plans faults between `start` and `end`, world microseconds. */
  constructor(scene: Scene, start: number, end: number) {
    this.#scene = scene;
    const { prng, agenda } = scene;
    const kinds = drawKinds(prng, scene.cluster);
    const count = prng.integer(LEAST_FAULTS, MOST_FAULTS);
    const planned: Fault[] = [];
    for (let n = 0; n < count; n++) {
      const kind = n < LEAST_KINDS ? (kinds[n] as FaultKind) : prng.pick(kinds);
      const at = prng.integer(start, end);
      planned.push({ kind, at, until: Math.min(end, at + prng.integer(200_000, 25_000_000)) });
    }
    this.planned = planned;
    for (const fault of planned) agenda.plan(fault.at, () => this.#strike(fault));
  }

  /** Mends everything that is still broken. */
  heal(): void {
    for (const remedy of [...this.#remedies]) remedy();
    this.#remedies.clear();
    for (const router of this.#scene.routers) {
      router.kernel.refusal = undefined;
      router.firewall.refusal = undefined;
      router.kernel.sockets.sendFailure = undefined;
      router.kernel.sockets.channelFailure = undefined;
      router.links.refusal = router.sysctls.refusal = 0;
      router.processes.notify = { fails: false, duration: 20_000 };
      restoreNetwork(this.#scene, router);
      router.boot();
    }
    if (this.#scene.prng.chance(0.7)) this.#mendTrackers();
    if (this.#scene.prng.chance(0.1)) this.#partition();
  }

  #mendTrackers(): void {
    for (const router of this.#scene.routers) {
      for (const script of router.configuration.scripts)
        router.processes.setScript(script.name, { result: 'success', duration: 30_000 });
      for (const tracked of router.configuration.trackProcesses)
        router.processes.setCount(tracked.name, tracked.quorum);
      router.processes.setFile(TRACKED_FILE, '0');
    }
  }

  #strike({ kind, until }: Fault): void {
    const { trace, agenda, prng, routers } = this.#scene;
    const router = prng.pick(routers);
    trace?.line(agenda.now, router.name, `! ${kind} until ${(until / 1e6).toFixed(6)}`);
    const remedy = this.#begin(kind, router, until);
    if (!remedy) return;
    const once = (): void => {
      if (!this.#remedies.delete(once)) return;
      trace?.line(agenda.now, router.name, `! ${kind} ends`);
      remedy();
    };
    this.#remedies.add(once);
    agenda.plan(until, once);
  }

  /** Begins a fault; what it returns mends it. */
  #begin(kind: FaultKind, router: Router, until: number): (() => void) | undefined {
    const { prng, network, agenda } = this.#scene;
    const { kernel, processes } = router;
    switch (kind) {
      case 'loss':
        return network.impair({ ...this.#somewhere(router), loss: prng.fraction() * 0.6 });
      case 'delay':
        return network.impair({ ...this.#somewhere(router), delay: prng.integer(1_000, 700_000) });
      case 'reorder':
        return network.impair({ ...this.#somewhere(router), jitter: prng.integer(1_000, 1_500_000) });
      case 'duplicate':
        return network.impair({ ...this.#somewhere(router), duplicate: prng.fraction() });
      case 'corrupt':
        return network.impair({ ...this.#somewhere(router), corrupt: prng.fraction() * 0.8 });
      case 'one-way-cut':
        return this.#oneWayCut(router);
      case 'partition':
        return this.#partition();
      case 'stall':
        router.stall(Math.min(until, agenda.now + prng.integer(100_000, 12_000_000)));
        return undefined;
      case 'master-stall':
        this.#stallMaster();
        return undefined;
      case 'clock-step':
        return this.#stepClock(router);
      case 'script':
        return this.#breakScript(router);
      case 'process':
        return this.#countProcesses(router);
      case 'file':
        processes.setFile(TRACKED_FILE, prng.pick(['1', '5\n', '40', '-3', '-127', '200', 'x', undefined]));
        return undefined;
      case 'refused-netlink':
        kernel.refusal = {
          operation: prng.pick(['add', 'delete', 'both']),
          errno: prng.pick([EPERM, ENOBUFS, EINVAL]),
          probability: prng.pick([0.3, 1]),
        };
        return () => {
          kernel.refusal = undefined;
        };
      case 'slow-netlink':
        router.pace.acknowledgement = prng.integer(5_000, 900_000);
        return () => {
          router.pace.acknowledgement = 300;
        };
      case 'refused-firewall':
        router.firewall.refusal = { code: 'EPERM', message: 'refused by the simulation' };
        return () => {
          router.firewall.refusal = undefined;
        };
      case 'flushed-firewall':
        router.firewall.flush();
        router.feed({ kind: 'firewall-disturbed', who: 'nft (process 4711)' });
        return undefined;
      case 'refused-links':
        router.links.refusal = router.sysctls.refusal = prng.pick([0.3, 1]);
        return () => {
          router.links.refusal = router.sysctls.refusal = 0;
        };
      case 'virtual-mac-deleted':
        kernel.removeInterface(this.#virtualMacOf(router));
        return undefined;
      case 'virtual-mac-down': {
        const name = this.#virtualMacOf(router);
        kernel.setLink(name, { admin: false });
        return () => kernel.setLink(name, { admin: true });
      }
      case 'event-overrun':
        kernel.overrun();
        return undefined;
      case 'link-flap':
        return this.#flap(router);
      case 'interface-gone':
        return this.#removeInterface(router);
      case 'vip-deleted':
        this.#deleteVirtualAddress();
        return undefined;
      case 'routing-deleted':
        this.#deleteRouting();
        return undefined;
      case 'source-deleted':
        return this.#deleteSource(router);
      case 'kill':
        router.kill();
        return () => router.boot();
      case 'stop':
        router.stop();
        return () => router.boot();
      case 'early-stop':
        return this.#stopEarly(router);
      case 'reboot':
        return this.#reboot(router);
      case 'reload':
        this.#edition++;
        router.reload(editConfiguration(prng, router.configuration, this.#original(router), this.#edition));
        return undefined;
      case 'junk':
        return this.#strangers(router, () => junkFor(prng, router));
      case 'echo':
        return this.#strangers(router, () => echoFor(prng, router, router));
      case 'replay':
        return this.#strangers(router, () => echoFor(prng, prng.pick(this.#scene.routers), router));
      case 'send-failure':
        kernel.sockets.sendFailure = {
          code: prng.pick(['ENOBUFS', 'EPERM']),
          message: 'refused by the simulation',
        };
        return () => {
          kernel.sockets.sendFailure = undefined;
        };
      case 'socket-refused':
        kernel.sockets.channelFailure = { code: 'EMFILE', message: 'too many open files' };
        router.kill();
        router.boot();
        return () => {
          kernel.sockets.channelFailure = undefined;
        };
      case 'rogue-owner':
        return this.#rogueOwner(router);
      case 'slow-notify':
        processes.notify = {
          fails: prng.chance(0.3),
          duration: prng.pick([300_000, 4_000_000, 100_000_000]),
        };
        return () => {
          processes.notify = { fails: false, duration: 20_000 };
        };
    }
  }

  /**
   * Where signatures are only as good as the clock it is put right again; where a sequence must only grow it goes
   * forward for good, for a daemon that begins behind itself is not heard (runtime reference section 9).
   */
  #stepClock(router: Router): (() => void) | undefined {
    const step = this.#scene.prng.integer(-7_200_000_000, 7_200_000_000);
    const signing = router.configuration.instances.find(({ hmac }) => hmac !== undefined)?.hmac;
    const forwardOnly = signing?.antiReplay === 'monotonic';
    router.clock.stepWall(forwardOnly ? Math.abs(step) : step);
    return signing?.antiReplay === 'time' ? () => router.clock.stepWall(-step) : undefined;
  }

  /** What the router began with. */
  #original(router: Router): Configuration {
    return this.#scene.cluster.configurations[router.router] ?? router.configuration;
  }

  /** All ways, those of one router, or one way between two. */
  #somewhere(router: Router): Impairment {
    const { prng, routers } = this.#scene;
    const scope = prng.integer(0, 2);
    const other = prng.pick(routers);
    return {
      applies: (_segment, from, to) =>
        scope === 0 ||
        (scope === 1 && (from === router.router || to === router.router)) ||
        (from === router.router && to === other.router),
    };
  }

  #oneWayCut(router: Router): () => void {
    const { prng, network, routers } = this.#scene;
    const segment = prng.pick(['', 'lan0', 'lan1']);
    const other = prng.pick(routers);
    const outward = prng.chance(0.5);
    const everybody = prng.chance(0.5);
    return network.impair({
      cut: true,
      applies: (where, from, to) => {
        if (segment !== '' && where !== segment) return false;
        const [near, far] = outward ? [from, to] : [to, from];
        return near === router.router && (everybody || far === other.router);
      },
    });
  }

  /** Two halves that do not hear each other, on every segment. */
  #partition(): () => void {
    const { prng, network, routers } = this.#scene;
    const left = new Set(routers.filter(() => prng.chance(0.5)).map((r) => r.router));
    return network.impair({ cut: true, applies: (_segment, from, to) => left.has(from) !== left.has(to) });
  }

  #breakScript(router: Router): (() => void) | undefined {
    const { prng } = this.#scene;
    const { scripts } = router.configuration;
    if (scripts.length === 0) return undefined;
    const { name } = prng.pick(scripts);
    const result = prng.pick(['failure', 'failure', 'hang', 'crash', 'missing'] as const);
    router.processes.setScript(name, { result, duration: prng.integer(1_000, 3_000_000) });
    return () =>
      router.processes.setScript(name, { result: 'success', duration: prng.integer(1_000, 900_000) });
  }

  #countProcesses(router: Router): (() => void) | undefined {
    const { prng } = this.#scene;
    const tracked = router.configuration.trackProcesses[0];
    if (!tracked) return undefined;
    router.processes.setCount(tracked.name, prng.pick([0, 0, 1, 5]));
    return () => router.processes.setCount(tracked.name, tracked.quorum);
  }

  #flap(router: Router): () => void {
    const { prng } = this.#scene;
    const { name } = prng.pick(INTERFACES);
    const administrative = prng.chance(0.3);
    router.kernel.setLink(name, administrative ? { admin: false } : { carrier: false });
    return () => router.kernel.setLink(name, { admin: true, carrier: true });
  }

  #removeInterface(router: Router): () => void {
    router.kernel.removeInterface(this.#scene.prng.pick(INTERFACES).name);
    return () => restoreNetwork(this.#scene, router);
  }

  /** Where somebody holds one, it is taken from there; elsewhere there is nothing to take. */
  #deleteVirtualAddress(): void {
    const { prng, routers } = this.#scene;
    const held = routers.flatMap(({ kernel, configuration }) =>
      configuration.instances.flatMap((instance) =>
        instance.virtualAddresses.map((line) => ({
          kernel,
          address: line.address,
          device: deviceOf({ settings: instance }, line),
        })),
      ),
    );
    const there = held.filter(({ kernel, address, device }) => kernel.hasAddress(device, address));
    if (there.length === 0) return;
    const { kernel, address, device } = prng.pick(there);
    kernel.deleteAddress(device, address);
  }

  /** Somebody deletes a route or a rule that is there. */
  #deleteRouting(): void {
    const { prng, routers } = this.#scene;
    const there = routers.flatMap(({ kernel: { routing } }) => [
      ...routing.routes.map((route) => () => routing.deleteRoute(route)),
      ...routing.rules.map((rule) => () => routing.deleteRule(rule)),
    ]);
    if (there.length > 0) prng.pick(there)();
  }

  /** One of its own, whether it is there or not. */
  #virtualMacOf({ configuration }: Router): string {
    return this.#scene.prng.pick(configuration.instances).virtualMac?.name ?? '';
  }

  #deleteSource(router: Router): () => void {
    const number = this.#scene.prng.integer(0, INTERFACES.length - 1);
    for (const address of ownAddresses(this.#scene, router, number))
      router.kernel.deleteAddress(`eth${number}`, address);
    return () => restoreNetwork(this.#scene, router);
  }

  #reboot(router: Router): () => void {
    router.kill();
    for (const { name } of INTERFACES) router.kernel.removeInterface(name);
    return () => {
      router.poweredOn = this.#scene.agenda.now;
      restoreNetwork(this.#scene, router);
      router.boot();
    };
  }

  /** Restarted and told to stop again before it has found its feet. */
  #stopEarly(router: Router): () => void {
    const { agenda, prng } = this.#scene;
    router.kill();
    router.boot();
    let mended = false;
    agenda.plan(agenda.now + prng.integer(100, 8_000), () => {
      if (!mended) router.stop();
    });
    return () => {
      mended = true;
      router.boot();
    };
  }

  /** Somebody who holds addresses is kept from running for about as long as others wait for him. */
  #stallMaster(): void {
    const { agenda, prng, routers } = this.#scene;
    const masters = routers.filter(({ kernel, configuration }) =>
      configuration.instances.some((settings) =>
        settings.virtualAddresses.some((line) =>
          kernel.hasAddress(deviceOf({ settings }, line), line.address),
        ),
      ),
    );
    if (masters.length > 0) prng.pick(masters).stall(agenda.now + prng.integer(2_000_000, 14_000_000));
  }

  /** Where there is an owner, it is he who hears the other one. */
  #rogueOwner(router: Router): () => void {
    const { network, prng, routers } = this.#scene;
    const owners = routers.filter(({ configuration }) => configuration.instances[0]?.priority === 255);
    const victim = owners.length > 0 ? prng.pick(owners) : router;
    const rhythm = victim.configuration.instances[0]?.advertInterval ?? 1_000_000;
    // After a while it speaks for the second instance, and the first one's members wait for that.
    let beats = prng.integer(5, 12);
    let instance = 0;
    const speak = (): Junk | undefined => {
      if (beats-- === 0 && victim.configuration.instances.length > 1) instance = 1;
      // Now and then somebody else is heard who is worse.
      const other = prng.chance(0.25) ? rogueFor(victim, instance, LESSER) : undefined;
      if (other) network.inject(other.segment, victim.router, other.flight);
      return rogueFor(victim, instance, 255);
    };
    const silence = this.#strangers(victim, speak, rhythm);
    return () => {
      silence();
      const goodbye = prng.chance(0.5) ? rogueFor(victim, instance, 0) : undefined;
      if (goodbye) network.inject(goodbye.segment, victim.router, goodbye.flight);
    };
  }

  /** Datagrams that no router means to send now, one after the other. */
  #strangers(router: Router, make: () => Junk | undefined, steady?: number): () => void {
    const { agenda, prng, network } = this.#scene;
    const rhythm = steady ?? prng.pick([3_000, 80_000, 400_000]);
    let left = prng.integer(5, 400);
    let going = true;
    const next = (): void => {
      if (!going || left-- <= 0) return;
      const made = make();
      if (made) network.inject(made.segment, router.router, made.flight);
      agenda.plan(agenda.now + rhythm, next);
    };
    next();
    return () => {
      going = false;
    };
  }
}

/** What adverts may come from there. */
function ownAddresses({ cluster }: Scene, router: Router, number: number): IpAddress[] {
  const host = cluster.hosts[router.router] ?? 0;
  return [addressOn(number, host), addressOn(number, host, 'ipv6'), linkLocalOn(number, host)];
}

/** Interfaces there and up, with their own addresses: what an administrator's scripts would see to. */
function restoreNetwork({ cluster }: Scene, router: Router): void {
  plugIn(router, cluster.hosts[router.router] ?? 0);
}
