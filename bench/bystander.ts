// A second master of the same program, beside the one that is measured and with nothing to look after: what its adverts
// are late is the machine's doing (processors that others keep busy), and what ours are late beyond that is our own.

import { join } from 'node:path';
import type { SeenAdvert } from './adverts.js';
import { gapsOf } from './adverts.js';
import { untilLine } from './capture.js';
import { Samples } from './occasion.js';
import { type Comparison, figureOf } from './report.js';
import type { Rig } from './rig.js';
import { virtualAddress } from './rig.js';
import type { Rival, RivalName } from './rivals.js';

/** The number of its virtual router, on the network of the one that is measured. */
export const BYSTANDER = 77;

/** Runs it on the second router; resolves when it is master. It ends with the rig. */
export async function startBystander(
  { lab, second: { host } }: Rig,
  rival: Rival,
  interval: number,
  realTime = false,
): Promise<void> {
  const file = host.write('bystander.conf', bystander(interval, realTime));
  const logFile = join(lab.directory, `${host.name}-${rival.name}.log`);
  const daemon = await host.start(rival.command(file), { logFile });
  await untilLine(daemon, ({ text }) => /Entering MASTER STATE/.test(text), 60_000, 'the bystander');
}

/** In real time: so that the master that is measured is not the only one. */
export const REAL_TIME = 'vrrp_rt_priority 50';

export const bystander = (interval: number, realTime = false): string => `global_defs {
  router_id bystander
${realTime ? `  ${REAL_TIME}\n` : ''}}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id ${BYSTANDER}
  priority 200
  advert_int ${interval / 1000}
  version 3
  virtual_ipaddress {
    ${virtualAddress(BYSTANDER)}/16
  }
}
`;

/** Lateness of the adverts of the measured master and of the bystander, milliseconds. */
export class Lateness {
  readonly ours = new Samples();
  readonly #bystander = new Samples();
  readonly #beyond = new Samples();

  /** Of one run; returns what to say of it. */
  add(name: RivalName, adverts: readonly SeenAdvert[], vrid: number, interval: number): string {
    const of = (number: number): readonly number[] => {
      const own = adverts.filter(({ virtualRouterId }) => virtualRouterId === number);
      return gapsOf(own).map((gap) => Math.max(0, gap - interval));
    };
    const [late, beside] = [of(vrid), of(BYSTANDER)];
    this.ours.add(name, ...late);
    this.#bystander.add(name, ...beside);
    const [worst, machine] = [worstOf(late), worstOf(beside)];
    this.#beyond.add(name, Math.max(0, worst - machine));
    return `the latest of ${late.length} adverts ${worst.toFixed(2)} ms late, of ${beside.length} of a bystander ${machine.toFixed(2)} ms`;
  }

  /** `what` was going on meanwhile. */
  comparisons(id: string, what: string, interval: number): readonly Comparison[] {
    const adverts = `${what}: lateness of adverts every ${interval} ms`;
    const note = 'how much later than the interval an advert followed the one before';
    return [
      {
        id: `${id}-lateness`,
        title: adverts,
        unit: 'ms',
        aim: 'at most 2 ms worst',
        samples: this.ours.all,
        note,
      },
      {
        id: `${id}-bystander`,
        title: `${adverts} of a bystander`,
        unit: 'ms',
        samples: this.#bystander.all,
        note: 'the same program with nothing to look after, at the same time: what the machine does to anybody',
      },
      {
        id: `${id}-beyond`,
        title: `${what}: the latest advert, beyond the latest of the bystander`,
        unit: 'ms',
        aim: 'at most 2 ms',
        samples: this.#beyond.all,
        note: 'this is what is judged where others keep the machine busy',
      },
    ];
  }
}

const worstOf = (values: readonly number[]): number => figureOf(values)?.worst ?? Number.NaN;
