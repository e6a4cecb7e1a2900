// A table of 1,000 virtual servers with ten servers each, in a second kernel that has IPVS: start until it is complete,
// a reload with one weight changed, a stop with everything removed, and the adverts of the VRRP process meanwhile. Then
// how long a server's death takes to be in the table. Both daemons in the same boot.

import type { DeathFigures, TableFigures } from '../guest/cases.js';
import { GuestSession } from '../guest/session.js';
import { type Measure, Samples } from '../occasion.js';

export const measureTables: Measure = async ({ rivals, runs, say }) => {
  const names = [
    ...(['start', 'reload', 'stop', 'left'] as const),
    ...(['lateAtRest', 'lateAtStart', 'lateAtReload', 'lateAtStop'] as const),
  ] as const;
  const samples = Object.fromEntries(names.map((name) => [name, new Samples()])) as Record<
    (typeof names)[number],
    Samples
  >;
  const guest = await GuestSession.open();
  try {
    for (let run = 1; run <= runs; run += 1)
      for (const { name } of rivals) {
        const figures = await guest.measure<TableFigures>(`table ${name}`);
        say(`table ${run}/${runs} ${name}: ${JSON.stringify(figures)}`);
        for (const one of names) samples[one].add(name, figures[one]);
      }
  } finally {
    await guest.close();
  }
  const title = '1,000 x 10 servers';
  return [
    {
      id: 'table-start',
      title: `${title}: start to table complete`,
      unit: 'ms',
      aim: "half of Keepalived's",
      samples: samples.start.all,
      note: 'in a kernel with one processor in which starting Node.js once takes 0.5 s, and we start it three times',
    },
    {
      id: 'table-reload',
      title: `${title}: reload with one weight changed`,
      unit: 'ms',
      aim: 'at most 300 ms',
      samples: samples.reload.all,
    },
    {
      id: 'table-stop',
      title: `${title}: stop with everything removed`,
      unit: 'ms',
      aim: 'at most 1000 ms, nothing left',
      samples: samples.stop.all,
    },
    { id: 'table-left', title: `${title}: left behind`, unit: 'times', samples: samples.left.all },
    ...(
      [
        ['at rest', 'lateAtRest'],
        ['during the start', 'lateAtStart'],
        ['during the reload', 'lateAtReload'],
        ['during the stop', 'lateAtStop'],
      ] as const
    ).map(([when, name]) => ({
      id: `adverts-${name}`,
      title: `${title}: worst lateness of an advert ${when}`,
      unit: 'ms' as const,
      aim: 'as at rest',
      samples: samples[name].all,
      note: 'all processes share one processor there',
    })),
  ];
};

export const measureServerDeath: Measure = async ({ rivals, runs, say }) => {
  const samples = new Samples();
  const guest = await GuestSession.open();
  try {
    for (let run = 1; run <= runs; run += 1)
      for (const { name } of rivals) {
        const { beyond } = await guest.measure<DeathFigures>(`death ${name}`);
        say(
          `death ${run}/${runs} ${name}: ${beyond.map((one) => one.toFixed(0)).join(', ')} ms beyond the bound`,
        );
        samples.add(name, ...beyond);
      }
  } finally {
    await guest.close();
  }
  return [
    {
      id: 'server-death',
      title: 'last good check to weight changed in the kernel, beyond delay_loop and the retry',
      unit: 'ms',
      aim: "not above Keepalived's",
      samples: samples.all,
    },
  ];
};
