/**
 * One world: a cluster drawn from a seed, its network, its faults, and a time after them in which all must settle.
 * It plans and judges; routers run the engines (DESIGN section 3), faults.ts breaks things, invariants.ts and
 * settlement.ts say what must hold. The same seed and the same engine give the same world, byte for byte.
 */
import { Prng } from '../base/prng.js';
import { Agenda } from './agenda.js';
import { RouterClock } from './clock.js';
import { Faults } from './faults.js';
import { type Cluster, generateCluster, INTERFACES, MOST_ROUTERS } from './generator.js';
import { Invariants } from './invariants.js';
import { Network } from './network.js';
import { plugIn } from './plug.js';
import { type MachineFactory, Router } from './router.js';
import { judgeSettlement } from './settlement.js';
import type { Trace } from './trace.js';
import { drawTraits } from './traits.js';
import { BrokenInvariant } from './watched.js';

/** Faults strike until then, world microseconds (DESIGN section 7: at least 120 virtual seconds). */
export const FAULTS_END = 120_000_000;
/** First fault. */
const FAULTS_START = 4_000_000;
/** How often it is asked whether what must happen has happened. */
const TICK = 500_000;
/** At the end nothing may have moved for so long. */
const QUIET = 5_000_000;
/** 2026-01-01, so that wall time looks like wall time. */
const WALL_ORIGIN = 1_767_225_600_000_000;

export interface WorldOptions {
  readonly factory: MachineFactory;
  readonly trace?: Trace;
}

export class World {
  readonly agenda = new Agenda();
  readonly network: Network;
  readonly routers: readonly Router[];
  readonly cluster: Cluster;
  readonly invariants = new Invariants();
  readonly faults: Faults;
  readonly #trace: Trace | undefined;

  constructor(
    readonly seed: number,
    { factory, trace }: WorldOptions,
  ) {
    this.#trace = trace;
    // Separate streams: another draw in one of them leaves the others as they were.
    const stream = (n: number): Prng => new Prng(seed * 16 + n);
    this.cluster = generateCluster(stream(0), drawTraits(stream(4), MOST_ROUTERS));
    this.network = new Network(this.agenda, stream(1));
    const clocks = stream(2);
    const marksOwner = clocks.chance(0.8);
    const promoteSecondaries = clocks.chance(0.5);
    this.routers = this.cluster.configurations.map((configuration, index) => {
      const clock = new RouterClock(
        clocks.integer(1, 1e12),
        clocks.integer(-200, 200),
        WALL_ORIGIN + clocks.integer(-5e6, 5e6),
      );
      const router = new Router(index, `r${index + 1}`, clock, configuration, {
        agenda: this.agenda,
        prng: stream(8 + index),
        network: this.network,
        factory,
        observer: this.invariants,
        trace,
      });
      router.pace.latency = clocks.pick([80, 150, 1_500]);
      router.kernel.marksOwner = marksOwner;
      router.kernel.promoteSecondaries = promoteSecondaries;
      return router;
    });
    const scene = {
      agenda: this.agenda,
      network: this.network,
      routers: this.routers,
      cluster: this.cluster,
    };
    this.faults = new Faults({ ...scene, prng: stream(3), trace }, FAULTS_START, FAULTS_END);
    this.#furnish(clocks);
  }

  /** Loopback, interfaces, addresses, and daemons that start within a few seconds of each other. */
  #furnish(prng: Prng): void {
    for (const router of this.routers) {
      router.kernel.addInterface('lo', '');
      plugIn(router, this.cluster.hosts[router.router] ?? 0);
      for (const { segment } of INTERFACES) this.network.plug(segment, router);
      this.agenda.plan(prng.chance(0.3) ? 0 : prng.integer(0, 3_000_000), () => router.boot());
    }
  }

  /** Lives the world to its end; throws BrokenInvariant, or what the engine threw. */
  run(): void {
    this.#live(FAULTS_END);
    this.#trace?.line(this.agenda.now, 'world', '! everything is mended');
    this.faults.heal();
    const end = FAULTS_END + this.#patience();
    this.#live(end);
    if (end - this.invariants.lastTransition < QUIET)
      throw new BrokenInvariant('settled-quiet', end, 'world', 'still moving');
    judgeSettlement(this.routers, this.network, this.invariants, end);
  }

  #live(until: number): void {
    for (let at = this.agenda.now; at < until; ) {
      at = Math.min(until, at + TICK);
      this.agenda.runUntil(at);
      for (const router of this.routers) this.invariants.tick(router);
    }
  }

  /** How long settling may take: trackers report, delays pass, two elections follow each other. */
  #patience(): number {
    let longest = 0;
    for (const { globals, instances, scripts } of this.routers.map((r) => r.configuration)) {
      let wait = Math.max(globals.startupDelay ?? 0, globals.delayAfterBoot ?? 0);
      let election = 0;
      for (const i of instances)
        election = Math.max(
          election,
          3 * ((i.downTimerAdverts + 1) * i.advertInterval + 1_000_000) +
            i.preemptDelay +
            // A clock that was ahead is waited for by who heard it.
            3 * (i.hmac?.timeWindow ?? 0),
        );
      wait += election;
      let reports = 0;
      for (const s of scripts)
        reports = Math.max(reports, (Math.max(s.rise, s.fall) + 2) * s.interval + s.timeout);
      longest = Math.max(longest, wait + reports);
    }
    return Math.max(longest + QUIET, 40_000_000);
  }
}
