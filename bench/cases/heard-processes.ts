// What following processes costs where the kernel tells of them: Keepalived hears of processes by the kernel's connector
// alone, and that only outside of network namespaces. So both run outside, one after the other, with an instance on an
// interface that does not exist: it is in FAULT and sends nothing, but its processes are followed all the same. Beside
// thousands of others some start and end all the time.

import { setTimeout as wait } from 'node:timers/promises';
import { untilLine } from '../capture.js';
import { type Measure, type Occasion, Samples } from '../occasion.js';
import { sharesOfCore } from '../process-cost.js';
import type { Rival } from '../rivals.js';
import { type TrackerPlan, TrackerScene, VICTIM } from '../tracker-scene.js';
import { describePlan, othersOf } from './trackers.js';

/** Two processes each time: some 150 starts a second. */
const COMING_AND_GOING = 'while :; do /bin/true; sleep 0.01; done';
/** How each says that a tracked process has ended. */
const LOST = new RegExp(`Quorum lost for tracked process ${VICTIM}|process ${VICTIM} is now down`);
const PATIENCE_MS = 30_000;

export const measureHeard =
  (id: string, plan: TrackerPlan): Measure =>
  async (occasion) => {
    const cpu = new Samples();
    if (occasion.rights.kind === 'root')
      for (const rival of occasion.rivals) await observe(occasion, rival, id, plan, cpu);
    else occasion.say(`${id}: needs root`);
    return [
      {
        id: `${id}-cpu`,
        title: `${describePlan(plan, occasion)}, the kernel tells of processes: processor`,
        unit: '%',
        aim: "at most Keepalived's",
        samples: cpu.all,
        note: 'beside the scripts some 150 processes start and end each second; no adverts are sent',
      },
    ];
  };

async function observe(
  { rights, runs, quick, say }: Occasion,
  rival: Rival,
  id: string,
  plan: TrackerPlan,
  cpu: Samples,
): Promise<void> {
  const scene = await TrackerScene.open(rights, { ...plan, mortals: true, mute: true }, othersOf({ quick }));
  try {
    const victim = await scene.start(VICTIM);
    const daemon = await scene.runMute(rival);
    try {
      await wait(quick ? 5_000 : 10_000);
      victim.signal('SIGKILL');
      await untilLine(daemon, ({ text }) => LOST.test(text), PATIENCE_MS, 'the end of a tracked process');
      await scene.rig.first.host.start(['sh', '-c', COMING_AND_GOING]);
      await wait(quick ? 2_000 : 5_000);
      const shares: number[] = [];
      for (let run = 0; run < runs; run += 1)
        shares.push(...(await sharesOfCore([daemon.pid], quick ? 5_000 : 10_000)));
      cpu.add(rival.name, ...shares);
      say(`${id} ${rival.name}: ${shares.map((share) => share.toFixed(2)).join(' ')} % of a core`);
    } finally {
      await daemon.stop();
    }
  } catch (error) {
    throw new Error(`${id} of ${rival.name}: logs in ${scene.rig.keepLogs(id)}`, { cause: error });
  } finally {
    await scene.close();
  }
}
