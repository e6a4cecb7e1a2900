// What 250 instances with ten adverts a second each cost, on the side that sends them and on the side that hears them.

import { setTimeout as wait } from 'node:timers/promises';
import { untilLine } from '../capture.js';
import { type Measure, Samples } from '../occasion.js';
import { sharesOfCore } from '../process-cost.js';
import { Rig } from '../rig.js';

const INSTANCES = 250;
const INTERVAL = 100;

export const measureFastAdverts: Measure = async ({ rights, rivals, runs, quick, say }) => {
  const sending = new Samples();
  const hearing = new Samples();
  const settleMs = quick ? 4_000 : 15_000;
  const windowMs = quick ? 4_000 : 10_000;
  for (const rival of rivals) {
    const rig = await Rig.open(rights);
    try {
      const plan = { instances: INSTANCES, interval: INTERVAL };
      const master = await rig.run(rival, rig.first, { priority: 200, ...plan });
      const last = new RegExp(`\\(VI_${INSTANCES}\\) Entering MASTER STATE`);
      await untilLine(master, ({ text }) => last.test(text), 60_000, 'the last instance');
      const backup = await rig.run(rival, rig.second, { priority: 100, ...plan });
      await wait(settleMs);
      for (let run = 1; run <= runs; run += 1) {
        const [sent = Number.NaN, heard = Number.NaN] = await sharesOfCore(
          [master.pid, backup.pid],
          windowMs,
        );
        sending.add(rival.name, sent);
        hearing.add(rival.name, heard);
        say(
          `fast adverts ${run}/${runs} ${rival.name}: ${sent.toFixed(1)} % master, ${heard.toFixed(1)} % backup`,
        );
      }
    } catch (error) {
      throw new Error(`fast adverts of ${rival.name}: logs in ${rig.keepLogs('fast-adverts')}`, {
        cause: error,
      });
    } finally {
      await rig.close();
    }
  }
  const what = `${INSTANCES} instances at ${INTERVAL} ms: processor`;
  return [
    {
      id: 'fast-cpu-master',
      title: `${what}, master`,
      unit: '%',
      aim: "half of Keepalived's (10.7 % of a core)",
      samples: sending.all,
    },
    { id: 'fast-cpu-backup', title: `${what}, backup`, unit: '%', samples: hearing.all },
  ];
};
