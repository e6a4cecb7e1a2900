// What 250 instances cost: processor time per advert on the side that sends them and on the side that hears
// them, and the memory of a daemon with one instance and with 250.

import { setTimeout as wait } from 'node:timers/promises';
import type { Running } from '../../src/lab/running.js';
import { Capture, type Frame } from '../capture.js';
import { type Measure, Samples } from '../occasion.js';
import { memoryOf, processorTime, processTree } from '../process-cost.js';
import type { Comparison } from '../report.js';
import { killSilently, Rig } from '../rig.js';
import type { Rival } from '../rivals.js';

export const instances = 250;
/** Seconds that a processor figure covers. */
const windowSeconds = 10;
/** Seconds before anything is measured: the start is over by then, and a compiler that learns has learnt. */
const settleSeconds = 15;

export const measureCost: Measure = async ({ rights, rivals, runs, say }) => {
  const sending = new Samples();
  const hearing = new Samples();
  const memory: Record<string, Samples> = {};
  const addMemory = (size: string, rival: Rival, daemon: Running): void => {
    const { proportional, resident } = memoryOf(processTree(daemon.pid));
    for (const [kind, kib] of Object.entries({ proportional, resident })) {
      const samples = memory[`${kind}-${size}`] ?? new Samples();
      memory[`${kind}-${size}`] = samples;
      samples.add(rival.name, kib / 1024);
    }
  };
  for (const rival of rivals) {
    const rig = await Rig.open(rights);
    try {
      const alone = await rig.run(rival, rig.first, { priority: 200 });
      await untilAdverts(rig, 1);
      await wait(settleSeconds * 1000);
      addMemory('1', rival, alone);
      await killSilently(alone);
      await rig.clean(rig.first);

      const master = await rig.run(rival, rig.first, { priority: 200, instances });
      await untilAdverts(rig, instances);
      await wait(settleSeconds * 1000);
      addMemory(String(instances), rival, master);
      const backup = await rig.run(rival, rig.second, { priority: 100, instances });
      await wait(settleSeconds * 1000);
      for (let run = 1; run <= runs; run += 1) {
        const cost = await perAdvert(rig, [master, backup]);
        sending.add(rival.name, cost[0] ?? Number.NaN);
        hearing.add(rival.name, cost[1] ?? Number.NaN);
        say(
          `cost ${run}/${runs} ${rival.name}: ${cost.map((us) => us.toFixed(1)).join(' us sent, ')} us heard`,
        );
      }
    } catch (error) {
      throw new Error(`the cost of ${rival.name} was not measured; logs in ${rig.keepLogs('cost')}`, {
        cause: error,
      });
    } finally {
      await rig.close();
    }
  }
  const aim = "no larger than Keepalived's (about 40 us at 250 per second)";
  const note = `${instances} instances at 1 s, ${windowSeconds} s a figure, all processes and threads, user and kernel`;
  return [
    { id: 'cpu-sent', title: 'processor time per advert, sent', unit: 'us', aim, samples: sending.all, note },
    { id: 'cpu-heard', title: 'processor time per advert, heard', unit: 'us', samples: hearing.all },
    ...Object.entries(memory).map(([id, samples]): Comparison => {
      const [kind, size] = id.split('-');
      return {
        id: `memory-${id}`,
        title: `memory, ${kind}, instances: ${size}`,
        unit: 'MiB',
        samples: samples.all,
      };
    }),
  ];
};

/** Waits until this many different virtual routers were heard. */
async function untilAdverts(rig: Rig, wanted: number): Promise<void> {
  const capture = await Capture.start(rig.lab, rig.first.cable.port, 'ip proto 112');
  const heard = new Set<string>();
  const complete = ({ text }: Frame): boolean => {
    const vrid = /vrid (\d+)/.exec(text)?.[1];
    return vrid !== undefined && heard.add(vrid).size === wanted;
  };
  await capture.take(complete, 60_000, `adverts of ${wanted} instances`);
  await capture.stop();
}

/** Microseconds of processor per advert for each daemon. The adverts are counted by the kernel's interface. */
async function perAdvert(rig: Rig, daemons: readonly Running[]): Promise<readonly number[]> {
  const trees = daemons.map((daemon) => processTree(daemon.pid));
  const packets = async (): Promise<number> => {
    const shown = await rig.lab.run(['ip', '-j', '-s', 'link', 'show', 'dev', rig.first.cable.port]);
    const [link] = JSON.parse(shown) as [{ stats64: { rx: { packets: number } } }];
    return link.stats64.rx.packets;
  };
  const sentBefore = await packets();
  const before = trees.map(processorTime);
  await wait(windowSeconds * 1000);
  const after = trees.map(processorTime);
  const sent = (await packets()) - sentBefore;
  return after.map((total, index) => Number(total - (before[index] ?? 0n)) / 1000 / sent);
}
