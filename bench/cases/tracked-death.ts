// How long the death of a tracked process takes to be on the wire, while scripts, processes and files keep the master
// busy. Without a weight the death is a FAULT: the advert of priority 0 leaves at once. With one, the lower priority
// leaves with the next regular advert, so the process is killed shortly before that is due: a daemon that hears of it too
// late shows a whole interval more.

import { setTimeout as wait } from 'node:timers/promises';
import { Capture } from '../capture.js';
import { type Measure, type Occasion, Samples } from '../occasion.js';
import type { Rival } from '../rivals.js';
import { INTERVAL, LOSS, PRIORITY, TrackerScene, VICTIM, VITAL } from '../tracker-scene.js';
import { ALL, othersOf } from './trackers.js';

/** Milliseconds before the next advert is due in which the process is killed. */
const LEAD = 10;
/** Milliseconds in which a master with all its processes alive is one. */
const PATIENCE_MS = 20_000;

export const measureTrackedDeath: Measure = async (occasion) => {
  const [fault, weighted] = [new Samples(), new Samples()];
  for (const rival of occasion.rivals) await observe(occasion, rival, fault, weighted);
  return [
    {
      id: 'death-fault',
      title: 'a tracked process dies: until the advert of priority 0',
      unit: 'ms',
      aim: 'at most 20 ms with pidfds (these)',
      samples: fault.all,
      note: 'scripts, processes and files go on; Keepalived follows no processes in a network namespace',
    },
    {
      id: 'death-weighted',
      title: 'a tracked process with a weight dies: until an advert says so',
      unit: 'ms',
      aim: 'at most 20 ms with pidfds (these)',
      samples: weighted.all,
      note: `killed ${LEAD} ms before the next advert is due: one that came too late would be ${INTERVAL} ms later`,
    },
  ];
};

async function observe(occasion: Occasion, rival: Rival, fault: Samples, weighted: Samples): Promise<void> {
  const { rights, runs, quick, say } = occasion;
  const scene = await TrackerScene.open(rights, { ...ALL, mortals: true }, othersOf(occasion));
  const { rig } = scene;
  try {
    let victim = await scene.start(VICTIM);
    let vital = await scene.start(VITAL);
    // Keepalived hears of processes by the connector alone, and to it they are all dead here.
    const follows = await scene.run(rival, PATIENCE_MS).then(
      () => true,
      () => false,
    );
    if (!follows) {
      if (rival.name === 'holdfast') throw new Error('it is no master');
      say(`death ${rival.name}: it does not follow processes in a network namespace`);
      return;
    }
    await wait(quick ? 3_000 : 15_000);
    const adverts = await Capture.start(rig.lab, rig.first.cable.port, 'ip proto 112');
    const [whole, lowered] = [PRIORITY, PRIORITY - LOSS].map(
      (priority) => new RegExp(`prio ${priority}\\b`),
    ) as [RegExp, RegExp];
    for (let run = 0; run < runs; run += 1) {
      const last = (await adverts.next(whole, PATIENCE_MS)).at * 1000;
      await wait(last + 2 * INTERVAL - LEAD - now());
      const heard = adverts.next(lowered, PATIENCE_MS);
      const killed = now();
      victim.signal('SIGKILL');
      weighted.add(rival.name, (await heard).at * 1000 - killed);
      victim = await scene.start(VICTIM);
      await adverts.next(whole, PATIENCE_MS);

      // The phase between adverts is left to chance.
      await wait(Math.random() * INTERVAL);
      const goodbye = adverts.next(/prio 0\b/, PATIENCE_MS);
      const ended = now();
      vital.signal('SIGKILL');
      fault.add(rival.name, (await goodbye).at * 1000 - ended);
      vital = await scene.start(VITAL);
      await adverts.next(whole, PATIENCE_MS);
    }
    await adverts.stop();
    for (const [what, { all }] of [
      ['FAULT', fault],
      ['weight', weighted],
    ] as const)
      say(`death ${rival.name}, ${what}: ${all[rival.name]?.map((ms) => ms.toFixed(1)).join(' ')} ms`);
  } catch (error) {
    throw new Error(`death of ${rival.name}: logs in ${rig.keepLogs('death')}`, { cause: error });
  } finally {
    await scene.close();
  }
}

/** Milliseconds since 1970, as tcpdump has them. */
const now = (): number => performance.timeOrigin + performance.now();
