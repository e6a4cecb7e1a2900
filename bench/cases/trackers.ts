// What following things costs a master, and how late its adverts every 100 ms come meanwhile: 100 check scripts a second,
// 500 tracked processes among 5,000, 500 track files that somebody writes ten times a second, all at once or one kind
// alone. In a network namespace of its own the kernel's process connector is deaf: we follow pidfds and a scan there,
// Keepalived follows nothing, so its share of the processes is missing from its figure.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { advertsIn } from '../adverts.js';
import { Lateness, startBystander } from '../bystander.js';
import { Capture } from '../capture.js';
import { type Measure, type Occasion, Samples } from '../occasion.js';
import { sharesOfCore } from '../process-cost.js';
import type { Rival } from '../rivals.js';
import { INTERVAL, type TrackerPlan, TrackerScene } from '../tracker-scene.js';

/** As the issue states them. */
export const SCRIPTS: TrackerPlan = { scripts: 100, processes: 0, files: 0 };
export const PROCESSES: TrackerPlan = { scripts: 0, processes: 500, files: 0 };
export const FILES: TrackerPlan = { scripts: 0, processes: 0, files: 500 };
export const ALL: TrackerPlan = { scripts: 100, processes: 500, files: 500 };
export const ALL_IN_REAL_TIME: TrackerPlan = { ...ALL, realTime: true };
/** Processes that nobody tracks. */
const OTHERS = 4_500;
/** A short pass has fewer neighbours: starting and ending thousands of processes is most of what it would do. */
const QUICK_OTHERS = 500;

export const othersOf = ({ quick }: Pick<Occasion, 'quick'>): number => (quick ? QUICK_OTHERS : OTHERS);

export const describePlan = (plan: TrackerPlan, occasion: Occasion): string =>
  [
    ...(plan.scripts > 0 ? [`${plan.scripts} scripts`] : []),
    ...(plan.processes > 0 ? [`${plan.processes} of ${othersOf(occasion) + plan.processes} processes`] : []),
    ...(plan.files > 0 ? [`${plan.files} files`] : []),
    ...(plan.realTime ? ['vrrp_rt_priority'] : []),
  ].join(', ');

export const measureTrackers =
  (id: string, plan: TrackerPlan): Measure =>
  async (occasion) => {
    const figures = { cpu: new Samples(), lateness: new Lateness() };
    for (const rival of occasion.rivals)
      try {
        await observe(occasion, rival, id, plan, figures);
      } catch (error) {
        if (rival.name === 'holdfast') throw error;
        // Keepalived 2.2.7 in real time is killed by its own limit on processor time while it starts so many trackers.
        occasion.say(`${(error as Error).message}: its column stays empty`);
      }
    const what = describePlan(plan, occasion);
    return [
      {
        id: `${id}-cpu`,
        title: `${what}: processor`,
        unit: '%',
        aim: "at most Keepalived's",
        samples: figures.cpu.all,
        note: 'the daemon with its helpers, without the scripts themselves',
      },
      ...figures.lateness.comparisons(id, what, INTERVAL),
    ];
  };

async function observe(
  occasion: Occasion,
  rival: Rival,
  id: string,
  plan: TrackerPlan,
  { cpu, lateness }: { readonly cpu: Samples; readonly lateness: Lateness },
): Promise<void> {
  const { rights, runs, quick, say } = occasion;
  const scene = await TrackerScene.open(rights, plan, othersOf(occasion));
  const { rig } = scene;
  try {
    const daemon = await scene.run(rival);
    await startBystander(rig, rival, INTERVAL, plan.realTime);
    await wait(quick ? 5_000 : 15_000);
    const pcap = join(rig.lab.directory, 'trackers.pcap');
    const capture = await Capture.start(rig.lab, rig.first.cable.port, 'ip proto 112', pcap);
    const shares: number[] = [];
    for (let run = 0; run < runs; run += 1)
      shares.push(...(await sharesOfCore([daemon.pid], quick ? 5_000 : 10_000)));
    cpu.add(rival.name, ...shares);
    const said = lateness.add(rival.name, advertsIn(await capture.stop()), 1, INTERVAL);
    say(`${id} ${rival.name}: ${shares.map((share) => share.toFixed(1)).join(' ')} % of a core, ${said}`);
  } catch (error) {
    throw new Error(`${id} of ${rival.name}: logs in ${rig.keepLogs(id)}`, { cause: error });
  } finally {
    await scene.close();
  }
}
