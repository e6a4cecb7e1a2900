// From the start of the program to its first advert on the wire, less the protocol's own bound: a router that
// begins as BACKUP on a silent network must first wait for the master-down interval.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Capture } from '../capture.js';
import { type Measure, Samples } from '../occasion.js';
import { configuration, killSilently, masterDownInterval, Rig } from '../rig.js';
import type { Rival } from '../rivals.js';

const priority = 200;

/** Notes the time with the machine's own clock, then becomes the daemon: nothing of us is in between. */
const timed = 'date +%s.%N >"$1"; shift; exec "$@"';

export const measureStart: Measure = async ({ rights, rivals, runs, say }) => {
  const samples = new Samples();
  const rig = await Rig.open(rights);
  try {
    for (let run = 1; run <= runs; run += 1) {
      for (const rival of rivals) {
        const overhead = await startOnce(rig, rival);
        say(`start ${run}/${runs} ${rival.name}: ${overhead.toFixed(1)} ms above the bound`);
        samples.add(rival.name, overhead);
      }
    }
  } catch (error) {
    throw new Error(`the start case failed; logs in ${rig.keepLogs('start')}`, { cause: error });
  } finally {
    await rig.close();
  }
  return [
    {
      id: 'start-to-advert',
      title: 'start to first advert, above the bound',
      unit: 'ms',
      samples: samples.all,
      note: `the bound is ${masterDownInterval(priority).toFixed(1)} ms; starting the runtime is part of the figure`,
    },
  ];
};

async function startOnce(rig: Rig, rival: Rival): Promise<number> {
  const { host, cable } = rig.first;
  const file = host.write(`${rival.name}.conf`, configuration({ priority }));
  const startedFile = join(rig.lab.directory, 'started');
  const logFile = join(rig.lab.directory, `${host.name}-${rival.name}.log`);
  const adverts = await Capture.start(rig.lab, cable.port, 'ip proto 112');
  const words = ['sh', '-c', timed, 'sh', startedFile, ...rival.command(file)];
  const daemon = await host.start(words, { logFile });
  const first = await adverts.next(/VRRP/, 30_000);
  await killSilently(daemon);
  await adverts.stop();
  // A killed daemon leaves its address behind, and the next one must not find it.
  await rig.clean(rig.first);
  const started = Number(readFileSync(startedFile, 'utf8'));
  return (first.at - started) * 1000 - masterDownInterval(priority);
}
