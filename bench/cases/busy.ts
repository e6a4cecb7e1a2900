// Adverts every 10 ms while four processes want the machine's processors: how many times the backup believes that the
// master is gone, and how far apart the adverts really are, seen at the master's port. Once with the scheduling that
// every process has, once with `vrrp_rt_priority` in both files. Both programs play at the same time, each in networks of
// its own, so that what the machine does meanwhile it does to both.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Rights } from '../../src/lab/rights.js';
import type { Running } from '../../src/lab/running.js';
import { advertsIn, gapsOf } from '../adverts.js';
import { Capture, untilLine } from '../capture.js';
import { type Measure, Samples } from '../occasion.js';
import { quantile } from '../report.js';
import { Rig } from '../rig.js';
import type { Rival } from '../rivals.js';

const INTERVAL = 10;
const BURNERS = 4;
/** Of the first router, on its only interface. */
const MASTER_ADDRESS = '10.77.0.1';

/** Runs are minutes. */
export const measureBusyMachine =
  ({ realTime }: { readonly realTime: boolean }): Measure =>
  async ({ rights, rivals, runs: minutes, say }) => {
    const [failovers, gaps, means] = [new Samples(), new Samples(), new Samples()];
    const scenes: Scene[] = [];
    try {
      for (const rival of rivals) scenes.push(await Scene.open(rights, rival, realTime));
      await scenes[0]?.rig.burn(BURNERS);
      for (const scene of scenes) await scene.begin();
      await wait(minutes * 60_000);
      for (const scene of scenes) {
        const { name } = scene.rival;
        const seen = await scene.end();
        failovers.add(name, seen.failovers);
        gaps.add(name, seen.gap);
        means.add(name, seen.mean);
        say(
          `busy${realTime ? ', real time' : ''} ${name}: ${seen.failovers} false failovers, p99.9 ${seen.gap.toFixed(2)} ms, mean ${seen.mean.toFixed(3)} ms`,
        );
      }
    } catch (error) {
      const kept = scenes.map(({ rig, rival }) => rig.keepLogs(`busy-${rival.name}`));
      throw new Error(`busy: logs in ${kept.join(', ')}`, { cause: error });
    } finally {
      for (const { rig } of scenes) await rig.close();
    }
    const id = realTime ? 'busy-rt' : 'busy';
    const what = `adverts every ${INTERVAL} ms, ${BURNERS} busy processes${realTime ? ', vrrp_rt_priority' : ''}`;
    return [
      {
        id: `${id}-failovers`,
        title: `${what}: false failovers`,
        unit: 'times',
        aim: 'none in ten minutes',
        samples: failovers.all,
        note: `seen for ${minutes} minutes, both programs at the same time`,
      },
      {
        id: `${id}-gap`,
        title: `${what}: gap, p99.9`,
        unit: 'ms',
        aim: realTime ? '12 ms' : "at most Keepalived's (15 to 17 ms)",
        samples: gaps.all,
      },
      {
        id: `${id}-mean`,
        title: `${what}: gap, mean`,
        unit: 'ms',
        ...(realTime ? { aim: '10 ms, 100 adverts a second (Keepalived drifts to 98.5)' } : {}),
        samples: means.all,
      },
    ];
  };

/** A pair of routers of one program. */
class Scene {
  #before = 0;
  #capture: Capture | undefined;

  private constructor(
    readonly rig: Rig,
    readonly rival: Rival,
    readonly backup: Running,
  ) {}

  static async open(rights: Rights, rival: Rival, realTime: boolean): Promise<Scene> {
    const rig = await Rig.open(rights);
    const globals = realTime ? ['vrrp_rt_priority 50'] : [];
    const master = await rig.run(rival, rig.first, { priority: 200, interval: INTERVAL, globals });
    await untilLine(master, ({ text }) => /Entering MASTER STATE/.test(text), 30_000, 'the master');
    const backup = await rig.run(rival, rig.second, { priority: 100, interval: INTERVAL, globals });
    await untilLine(backup, ({ text }) => /Entering BACKUP STATE/.test(text), 30_000, 'the backup');
    // Both have started; what they do while they start is not of interest here.
    await wait(3_000);
    return new Scene(rig, rival, backup);
  }

  async begin(): Promise<void> {
    this.#before = this.backup.lines.length;
    const file = join(this.rig.lab.directory, 'busy.pcap');
    const filter = `ip proto 112 and src host ${MASTER_ADDRESS}`;
    this.#capture = await Capture.start(this.rig.lab, this.rig.first.cable.port, filter, file);
  }

  async end(): Promise<{
    readonly failovers: number;
    /** Milliseconds. */
    readonly gap: number;
    readonly mean: number;
  }> {
    const gaps = gapsOf(advertsIn((await this.#capture?.stop()) ?? []));
    const failovers = this.backup.lines
      .slice(this.#before)
      .filter(({ text }) => /Entering MASTER STATE/.test(text)).length;
    return {
      failovers,
      gap: quantile(gaps, 0.999),
      mean: gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length,
    };
  }
}
