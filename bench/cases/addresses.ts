// One instance with 1,000 addresses: from its first advert until the last of them is set and has been announced once.
// An address is announced only once the kernel has it, so what the wire shows is all that is needed.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { advertsIn, firstAnnouncements } from '../adverts.js';
import { Capture, type Frame, untilLine } from '../capture.js';
import { type Measure, Samples } from '../occasion.js';
import { killSilently, Rig } from '../rig.js';
import type { Rival } from '../rivals.js';

const ADDRESSES = 1000;
/** The first is advertised; these are not. In the network of the rig, clear of its own addresses. */
const excluded = Array.from(
  { length: ADDRESSES - 1 },
  (_, index) => `10.77.${100 + Math.floor(index / 250)}.${(index % 250) + 1}`,
);
/** Announcements may take that long: Keepalived's took 2.3 s. */
const ANNOUNCING_MS = 6_000;

export const measureManyAddresses: Measure = async ({ rights, rivals, runs, say }) => {
  const samples = new Samples();
  for (let run = 1; run <= runs; run += 1) {
    for (const rival of rivals) {
      const rig = await Rig.open(rights);
      try {
        const took = await becomeMaster(rig, rival);
        samples.add(rival.name, took);
        say(`${ADDRESSES} addresses ${run}/${runs} ${rival.name}: ${took.toFixed(0)} ms`);
      } catch (error) {
        throw new Error(`addresses of ${rival.name}: logs in ${rig.keepLogs('addresses')}`, { cause: error });
      } finally {
        await rig.close();
      }
    }
  }
  return [
    {
      id: 'addresses-1000',
      title: 'one instance with 1,000 addresses: first advert until all are set and announced',
      unit: 'ms',
      aim: '100 ms (Keepalived took 2.3 s)',
      samples: samples.all,
    },
  ];
};

async function becomeMaster(rig: Rig, rival: Rival): Promise<number> {
  const file = join(rig.lab.directory, 'addresses.pcap');
  const capture = await Capture.start(rig.lab, rig.first.cable.port, 'ip proto 112 or arp', file);
  const daemon = await rig.run(rival, rig.first, { priority: 200, excluded });
  await untilLine(daemon, ({ text }) => /Entering MASTER STATE/.test(text), 30_000, 'the master');
  await wait(ANNOUNCING_MS);
  const frames = await capture.stop();
  await killSilently(daemon);
  return settingTime(frames, ADDRESSES);
}

/** Milliseconds from the first advert to the first announcement of whichever address came last. */
export function settingTime(frames: readonly Frame[], wanted: number): number {
  const [advert] = advertsIn(frames);
  if (advert === undefined) throw new Error('no advert was captured');
  const announced = firstAnnouncements(frames);
  if (announced.size < wanted)
    throw new Error(`only ${announced.size} of ${wanted} addresses were announced`);
  return (Math.max(...announced.values()) - advert.at) * 1000;
}
