// Trackers where the kernel tells of processes: in a second kernel, whose process connector answers because it is in its
// initial network namespace. Keepalived follows processes there as well, so that both can be compared, in the same boot.

import { GuestSession } from '../guest/session.js';
import type { CostFigures, TrackedDeathFigures } from '../guest/tracker-cases.js';
import { type Measure, Samples } from '../occasion.js';

const list = (values: readonly number[]): string => values.map((one) => one.toFixed(1)).join(' ');

export const measureTrackersWithConnector: Measure = async ({ rivals, runs, say }) => {
  const [cpu, fault, weighted] = [new Samples(), new Samples(), new Samples()];
  const guest = await GuestSession.open();
  try {
    for (let run = 1; run <= runs; run += 1)
      for (const { name } of rivals) {
        const { shares } = await guest.measure<CostFigures>(`trackers ${name}`);
        cpu.add(name, ...shares);
        const deaths = await guest.measure<TrackedDeathFigures>(`tracked death ${name}`);
        fault.add(name, ...deaths.fault);
        weighted.add(name, ...deaths.weighted);
        say(
          `connector ${run}/${runs} ${name}: ${list(shares)} %, FAULT ${list(deaths.fault)} ms, weight ${list(deaths.weighted)} ms`,
        );
      }
  } finally {
    await guest.close();
  }
  const note = 'in a second kernel with one processor, in which system calls are several times dearer';
  return [
    {
      id: 'connector-cpu',
      title: '10 scripts, 500 of 1,000 processes, 50 files, with the connector: processor',
      unit: '%',
      aim: "at most Keepalived's",
      samples: cpu.all,
      note,
    },
    {
      id: 'connector-fault',
      title: 'a tracked process dies, with the connector: until the advert of priority 0',
      unit: 'ms',
      aim: 'at most 5 ms',
      samples: fault.all,
      note,
    },
    {
      id: 'connector-weighted',
      title: 'a tracked process with a weight dies, with the connector: until an advert says so',
      unit: 'ms',
      aim: 'at most 5 ms',
      samples: weighted.all,
      note: 'killed 4 ms before the next advert is due: one that came too late would be 100 ms later',
    },
  ];
};
