// From the last advert of a master that dies without a word until the client has its first answer from the
// backup, less the protocol's own bound (RFC 3768: three adverts and the skew). What remains is the daemon's:
// noticing, setting the address, announcing it.

import { join } from 'node:path';
import type { Rights } from '../../src/lab/rights.js';
import { Capture, type Frame } from '../capture.js';
import { type Measure, Samples } from '../occasion.js';
import { freeze, killSilently, masterDownInterval, Rig } from '../rig.js';
import type { Rival } from '../rivals.js';

const masterPriority = 200;
const backupPriority = 100;
/** Milliseconds between two questions of the client; the figure is as fine as that. */
const askEvery = 0.5;

export const measureTakeover: Measure = async ({ rights, rivals, runs, say }) => {
  const samples = new Samples();
  for (let run = 1; run <= runs; run += 1) {
    // In turn, so that whatever else the machine does meets both alike.
    for (const rival of rivals) {
      const overhead = await takeOverOnce(rights, rival);
      say(`takeover ${run}/${runs} ${rival.name}: ${overhead.toFixed(2)} ms above the bound`);
      samples.add(rival.name, overhead);
    }
  }
  return [
    {
      id: 'takeover-1s',
      title: 'silent death to first answer, above the bound',
      unit: 'ms',
      aim: "no larger than Keepalived's",
      samples: samples.all,
      note: `adverts at 1 s, bound ${masterDownInterval(backupPriority).toFixed(1)} ms from the last advert; the client asks every ${askEvery} ms`,
    },
  ];
};

async function takeOverOnce(rights: Rights, rival: Rival): Promise<number> {
  const rig = await Rig.open(rights);
  try {
    const adverts = await Capture.start(rig.lab, rig.client.cable.port, 'ip proto 112');
    const master = await rig.run(rival, rig.first, { priority: masterPriority });
    const fromMaster = new RegExp(`prio ${masterPriority}\\b`);
    await adverts.next(fromMaster, 30_000);
    await rig.run(rival, rig.second, { priority: backupPriority });
    // The backup must have heard the master before it can miss it.
    for (let heard = 0; heard < 3; heard += 1) await adverts.next(fromMaster, 30_000);

    const file = join(rig.lab.directory, 'takeover.pcap');
    const capture = await Capture.start(rig.lab, rig.client.cable.port, 'icmp or ip proto 112', file);
    const client = await rig.ask(askEvery);
    await adverts.next(fromMaster, 30_000);
    await rig.first.cable.silence();
    freeze(master);

    await adverts.next(new RegExp(`prio ${backupPriority}\\b`), 30_000);
    // Answers follow at once; some more adverts' time makes sure that one is there.
    await adverts.next(new RegExp(`prio ${backupPriority}\\b`), 30_000);
    client.signal('SIGKILL');
    await client.exited;
    const frames = await capture.stop();
    await killSilently(master);
    await adverts.stop();
    return overheadIn(frames);
  } catch (error) {
    throw new Error(`takeover of ${rival.name} failed; logs in ${rig.keepLogs('takeover')}`, {
      cause: error,
    });
  } finally {
    await rig.close();
  }
}

/** Milliseconds between the bound after the master's last advert and the first answer after the silence. */
export function overheadIn(frames: readonly Frame[]): number {
  const last = frames.findLast(({ text }) => new RegExp(`vrid 1, prio ${masterPriority}\\b`).test(text));
  if (last === undefined) throw new Error('no advert of the master was captured');
  const bound = last.at + masterDownInterval(backupPriority) / 1000;
  // Answers between the last advert and the cut come from the old master; none can come in the silence.
  const answer = frames.find(({ at, text }) => at > bound - 0.5 && text.includes('ICMP echo reply'));
  if (answer === undefined) throw new Error('the client was never answered again');
  return (answer.at - bound) * 1000;
}
