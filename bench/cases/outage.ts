// How long a client is without its router when the master dies without a word, loses its link, or stops as it
// should: measured at the client's own port, above what the protocol itself must wait. One core is kept busy all
// the while. Both routers have the same priority and do not preempt: so whoever survives stays, a fresh backup
// takes the other's place, and each takeover is the first of its process, as it is in life.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Rights } from '../../src/lab/rights.js';
import type { Running } from '../../src/lab/running.js';
import { Capture, type Frame, untilLine } from '../capture.js';
import { type Measure, Samples } from '../occasion.js';
import { freeze, killSilently, masterDownInterval, Rig, type Router, skewTime } from '../rig.js';
import type { Rival } from '../rivals.js';

export type Ending = 'death' | 'link' | 'stop';

const priority = 100;
/** Milliseconds between two questions of the client; the figure is as fine as that. */
const askEvery = 0.5;
/** Takeovers of one daemon before it is the other's turn, so that whatever else the machine does meets both. */
const turn = 10;
/** A backup has this long after it says that it is one: nobody's start is measured here. */
const settleMs = 1000;

const words: Readonly<Record<Ending, string>> = {
  death: 'silent death',
  link: 'link down',
  stop: 'graceful stop',
};

export interface OutageCase {
  readonly ending: Ending;
  /** Milliseconds between adverts. */
  readonly interval: number;
  readonly aim: string;
}

export const measureOutage =
  (about: OutageCase): Measure =>
  async ({ rights, rivals, runs, say }) => {
    const { ending, interval, aim } = about;
    const title = `${words[ending]}, adverts every ${interval} ms: outage above the bound`;
    const samples = new Samples();
    for (let done = 0; done < runs; done += turn) {
      for (const rival of rivals) {
        const found = await takeOver(rights, rival, about, Math.min(turn, runs - done));
        samples.add(rival.name, ...found);
        say(`${title}: ${rival.name} ${found.map((ms) => ms.toFixed(2)).join(' ')}`);
      }
    }
    const bound =
      ending === 'stop'
        ? `the skew of ${skewTime(priority, interval).toFixed(1)} ms, counted from the old master's last answer`
        : `${masterDownInterval(priority, interval).toFixed(1)} ms from the last advert`;
    return [
      {
        id: `outage-${ending}-${interval}ms`,
        title,
        unit: 'ms',
        aim,
        samples: samples.all,
        note: `the bound is ${bound}; the client asks every ${askEvery} ms; one core is busy`,
      },
    ];
  };

/** So many takeovers in a row of one daemon by itself; milliseconds above the bound. */
async function takeOver(
  rights: Rights,
  rival: Rival,
  { ending, interval }: OutageCase,
  runs: number,
): Promise<number[]> {
  const rig = await Rig.open(rights);
  const overheads: number[] = [];
  const start = (router: Router): Promise<Running> =>
    rig.run(rival, router, { priority, interval, noPreempt: true });
  try {
    await rig.burn(1);
    await rig.ask(askEvery);
    let [master, backup] = [rig.first, rig.second];
    let reigning = await start(master);
    await untilLine(reigning, ({ text }) => /Entering MASTER STATE/.test(text), 30_000, 'the first master');
    for (let run = 0; run < runs; run++) {
      const waiting = await start(backup);
      await untilLine(waiting, ({ text }) => /Entering BACKUP STATE/.test(text), 30_000, 'the backup');
      await wait(settleMs + 3 * interval);

      const file = join(rig.lab.directory, `outage-${run}.pcap`);
      const filter = 'icmp[icmptype] == icmp-echoreply or ip proto 112';
      const capture = await Capture.start(rig.lab, rig.client.cable.port, filter, file);
      // A little of the old life is captured too, and the phase is left to chance.
      await wait(interval + Math.random() * interval);
      await end(ending, master, reigning);
      await untilLine(waiting, ({ text }) => /Entering MASTER STATE/.test(text), 30_000, 'the takeover');
      await wait(settleMs);
      const frames = await capture.stop();
      const survivor = await rig.macOf(backup);
      overheads.push(overheadOf(frames, ending, survivor, interval));

      // The loser comes back as an empty machine.
      if (ending === 'stop') await reigning.exited;
      else await killSilently(reigning);
      await rig.clean(master);
      if (ending === 'death') await master.cable.unsilence();
      if (ending === 'link') await master.cable.mend();
      [master, backup, reigning] = [backup, master, waiting];
    }
    return overheads;
  } catch (error) {
    throw new Error(
      `the outage of ${rival.name} was not measured; logs in ${rig.keepLogs(`outage-${ending}`)}`,
      {
        cause: error,
      },
    );
  } finally {
    await rig.close();
  }
}

async function end(ending: Ending, router: Router, daemon: Running): Promise<void> {
  switch (ending) {
    case 'death':
      await router.cable.silence();
      freeze(daemon);
      break;
    case 'link':
      await router.cable.cut();
      break;
    case 'stop':
      daemon.signal('SIGTERM');
  }
}

/** Milliseconds above the bound, from what passed the client's port. */
export function overheadOf(
  frames: readonly Frame[],
  ending: Ending,
  survivor: string,
  interval: number,
): number {
  const sentBy = (mac: string) => (frame: Frame) => frame.text.startsWith(`${mac} >`);
  const bySurvivor = sentBy(survivor);
  const answer = frames.find((frame) => bySurvivor(frame) && frame.text.includes('ICMP echo reply'));
  if (answer === undefined) throw new Error('the client was never answered again');
  const others = frames.filter((frame) => !bySurvivor(frame));
  const last =
    ending === 'stop'
      ? others.findLast(({ text }) => text.includes('ICMP echo reply'))
      : others.findLast(({ text }) => text.includes('VRRPv'));
  if (last === undefined) throw new Error('nothing of the old master was captured');
  const bound = ending === 'stop' ? skewTime(priority, interval) : masterDownInterval(priority, interval);
  return (answer.at - last.at) * 1000 - bound;
}
