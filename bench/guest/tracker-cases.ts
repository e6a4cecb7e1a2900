// Trackers inside of the second kernel, of one daemon at a time: there the kernel's process connector answers, so that
// Keepalived follows processes, too, and both hear of a death in the same way. Runs in there, as root. What comes of the
// figures is decided by ../cases/.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sharesOfCore } from '../process-cost.js';
import type { RivalName } from '../rivals.js';
import {
  crowd,
  INTERVAL,
  LOSS,
  makePrograms,
  PRIORITY,
  type TrackerPlan,
  trackers,
  VICTIM,
  VITAL,
  WRITE_EVERY,
} from '../tracker-scene.js';
import { GuestDaemon } from './daemon.js';
import { network } from './network.js';

export interface CostFigures {
  /** Per cent of the one processor, of the daemon with its helpers. */
  readonly shares: readonly number[];
}
/** Milliseconds from the death to the advert that tells. */
export interface TrackedDeathFigures {
  readonly fault: readonly number[];
  readonly weighted: readonly number[];
}

/** What the issue states, at a tenth of the rate: that kernel has one processor, in which a system call is dear. */
const PLAN: TrackerPlan = { scripts: 10, processes: 500, files: 50 };
/** Processes that nobody tracks; the guest's memory holds no more. */
const OTHERS = 500;
const PATIENCE_MS = 60_000;
const SETTLE_MS = 6_000;
const OBSERVED_MS = 10_000;
const OBSERVATIONS = 1;
const DEATHS = 8;
/** Milliseconds before the next advert is due in which the process is killed. */
const LEAD = 4;

class Scene {
  readonly folder = join(mkdtempSync(join(tmpdir(), 'trackers-')), 'tracked');
  readonly #children: ChildProcess[] = [];

  static async open(plan: TrackerPlan): Promise<Scene> {
    network();
    const scene = new Scene();
    makePrograms(scene.folder, plan);
    const people = spawn('sh', ['-c', crowd(scene.folder, OTHERS)], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    scene.#children.push(people);
    await once(people.stdout, 'data');
    if (plan.files > 0) {
      const writer = fileURLToPath(new URL('../file-writer.js', import.meta.url));
      const words = [writer, scene.folder, String(plan.files), String(WRITE_EVERY)];
      scene.#children.push(spawn(process.execPath, words, { detached: true, stdio: 'ignore' }));
    }
    return scene;
  }

  async run(name: RivalName, plan: TrackerPlan): Promise<GuestDaemon> {
    const settings = { ...plan, interval: INTERVAL, folder: this.folder, link: 'front' };
    const daemon = new GuestDaemon(name, trackers(settings));
    await daemon.until('the master', PATIENCE_MS, () => /Entering MASTER STATE/.test(daemon.log));
    return daemon;
  }

  start(name: string): ChildProcess {
    return spawn(join(this.folder, name), ['100000'], { stdio: 'ignore' });
  }

  /** Ends whatever it started, with what that started. */
  close(): void {
    for (const { pid } of this.#children) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  }
}

export async function trackerCost(name: RivalName): Promise<CostFigures> {
  const scene = await Scene.open(PLAN);
  try {
    const daemon = await scene.run(name, PLAN);
    await wait(SETTLE_MS);
    const shares: number[] = [];
    for (let n = 0; n < OBSERVATIONS; n += 1) shares.push(...(await sharesOfCore([daemon.pid], OBSERVED_MS)));
    await daemon.stop();
    return { shares };
  } finally {
    scene.close();
  }
}

/** The adverts on the wire as they come, with their time in milliseconds since 1970. */
class Adverts {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  constructor() {
    const words = [
      'tcpdump',
      '-Z',
      'root',
      '-l',
      '-nn',
      '-tt',
      '--immediate-mode',
      '-i',
      'back',
      'ip proto 112',
    ];
    this.#child = spawn('ip', ['netns', 'exec', 'peer', ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
    if (!this.#child.stdout) throw new Error('tcpdump without its output');
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  next(priority: number): Promise<number> {
    const pattern = new RegExp(`^(\\d+\\.\\d+) .*prio ${priority}\\b`);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#lines.off('line', look);
        reject(new Error(`no advert of priority ${priority}`));
      }, PATIENCE_MS);
      const look = (line: string): void => {
        const [, at] = pattern.exec(line) ?? [];
        if (at === undefined) return;
        clearTimeout(late);
        this.#lines.off('line', look);
        resolve(Number(at) * 1000);
      };
      this.#lines.on('line', look);
    });
  }

  close(): void {
    this.#child.kill('SIGINT');
  }
}

export async function trackedDeath(name: RivalName): Promise<TrackedDeathFigures> {
  const plan = { scripts: 0, processes: 500, files: 0, mortals: true };
  const scene = await Scene.open(plan);
  const adverts = new Adverts();
  try {
    let victim = scene.start(VICTIM);
    let vital = scene.start(VITAL);
    const daemon = await scene.run(name, plan);
    await wait(SETTLE_MS);
    const fault: number[] = [];
    const weighted: number[] = [];
    while (fault.length < DEATHS) {
      const last = await adverts.next(PRIORITY);
      await wait(last + 2 * INTERVAL - LEAD - now());
      const lower = adverts.next(PRIORITY - LOSS);
      const killed = now();
      victim.kill('SIGKILL');
      const told = await lower;
      // Where we were late ourselves, the advert had left before the kill.
      if (killed < last + 2 * INTERVAL - LEAD / 2) weighted.push(told - killed);
      victim = scene.start(VICTIM);
      await adverts.next(PRIORITY);

      // The phase between adverts is left to chance.
      await wait(Math.random() * INTERVAL);
      const goodbye = adverts.next(0);
      const ended = now();
      vital.kill('SIGKILL');
      fault.push((await goodbye) - ended);
      vital = scene.start(VITAL);
      await adverts.next(PRIORITY);
    }
    await daemon.stop();
    victim.kill('SIGKILL');
    vital.kill('SIGKILL');
    return { fault, weighted };
  } finally {
    adverts.close();
    scene.close();
  }
}

const now = (): number => performance.timeOrigin + performance.now();
