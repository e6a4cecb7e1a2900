// How long the death of a tracked process takes to be on the wire, while scripts, processes and files keep the master
// busy. Without a weight the death is a FAULT: the advert of priority 0 leaves at once. With one, the lower priority
// leaves with the next regular advert, so the process is killed shortly before that is due: a daemon that hears of it too
// late shows a whole interval more.

import { setTimeout as wait } from 'node:timers/promises';
import type { Running } from '../../src/lab/running.js';
import { Capture } from '../capture.js';
import { type Measure, type Occasion, Samples } from '../occasion.js';
import type { Comparison } from '../report.js';
import type { Rival } from '../rivals.js';
import { INTERVAL, LOSS, PRIORITY, TrackerScene, VICTIM, VITAL } from '../tracker-scene.js';
import { ALL, othersOf } from './trackers.js';

/** Milliseconds before the next advert is due in which the process is killed. */
const LEAD = 10;
/** Milliseconds in which a master with all its processes alive is one. */
const PATIENCE_MS = 20_000;

type Start = (scene: TrackerScene, rival: Rival) => Promise<Running>;

interface Figures {
  readonly fault: Samples;
  readonly weighted: Samples;
}

export const measureTrackedDeath: Measure = async (occasion) => {
  const inside: Figures = { fault: new Samples(), weighted: new Samples() };
  const outside: Figures = { fault: new Samples(), weighted: new Samples() };
  const { rights, rivals, say } = occasion;
  for (const rival of rivals) {
    // Keepalived hears of processes by the connector alone, and to it they are all dead in a network of its own.
    const start: Start = (scene) => scene.run(rival, PATIENCE_MS);
    await observe(occasion, rival, 'death', start, inside, rival.name === 'keepalived');
  }
  const [ours] = rivals.filter(({ name }) => name === 'holdfast');
  if (ours && rights.kind === 'root') {
    const start: Start = (scene, rival) => scene.runFromOutside(rival, PATIENCE_MS);
    await observe(occasion, ours, 'death (connector)', start, outside, true);
  } else say('death (connector): needs root');
  return [
    ...comparisons('death', 'pidfds', 20, inside, 'Keepalived follows no processes in a network namespace'),
    ...comparisons('death-connector', 'the connector', 5, outside, 'ours alone, for the same reason'),
  ];
};

function comparisons(id: string, source: string, aim: number, figures: Figures, note: string): Comparison[] {
  return [
    {
      id: `${id}-fault`,
      title: `a tracked process dies, seen by ${source}: until the advert of priority 0`,
      unit: 'ms',
      aim: `at most ${aim} ms`,
      samples: figures.fault.all,
      note: `scripts, processes and files go on; ${note}`,
    },
    {
      id: `${id}-weighted`,
      title: `a tracked process with a weight dies, seen by ${source}: until an advert says so`,
      unit: 'ms',
      aim: `at most ${aim} ms behind the advert that was due`,
      samples: figures.weighted.all,
      note: `killed ${LEAD} ms before the next advert is due: one that came too late would be ${INTERVAL} ms later`,
    },
  ];
}

async function observe(
  occasion: Occasion,
  rival: Rival,
  what: string,
  start: Start,
  { fault, weighted }: Figures,
  mayBeDeaf: boolean,
): Promise<void> {
  const { rights, runs, quick, say } = occasion;
  const scene = await TrackerScene.open(rights, { ...ALL, mortals: true }, othersOf(occasion));
  const { rig } = scene;
  let daemon: Running | undefined;
  try {
    let victim = await scene.start(VICTIM);
    let vital = await scene.start(VITAL);
    daemon = await start(scene, rival).catch((error: Error) => {
      if (!mayBeDeaf) throw error;
      say(`${what} ${rival.name}: the kernel tells it of no processes here (${error.message.slice(0, 60)})`);
      return undefined;
    });
    if (!daemon) return;
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
    for (const [kind, { all }] of [
      ['FAULT', fault],
      ['weight', weighted],
    ] as const)
      say(`${what} ${rival.name}, ${kind}: ${all[rival.name]?.map((ms) => ms.toFixed(1)).join(' ')} ms`);
  } catch (error) {
    throw new Error(`${what} of ${rival.name}: logs in ${rig.keepLogs('death')}`, { cause: error });
  } finally {
    // One from outside does not end with the scene.
    await daemon?.stop();
    await scene.close();
  }
}

/** Milliseconds since 1970, as tcpdump has them. */
const now = (): number => performance.timeOrigin + performance.now();
