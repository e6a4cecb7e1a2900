// A table of 1,000 virtual servers with ten servers each, in a second kernel that has IPVS: start until it is complete,
// a reload with one weight changed, a stop with everything removed, and the adverts of the VRRP process meanwhile. Then
// how long a server's death takes to be in the table. Both daemons in the same boot.

import type { DeathFigures, TableFigures } from '../guest/cases.js';
import type { FloorFigures } from '../guest/floor.js';
import { GuestSession } from '../guest/session.js';
import { type Measure, Samples } from '../occasion.js';
import type { Comparison } from '../report.js';

const LATENESS = ['lateAtRest', 'lateAtStart', 'lateAtReload', 'lateAtStop'] as const;
const FIGURES = ['start', 'reload', 'stop', 'left', ...LATENESS] as const;
type AllSamples = Readonly<Record<(typeof FIGURES)[number], Samples>>;

const samplesOf = (): AllSamples =>
  Object.fromEntries(FIGURES.map((name) => [name, new Samples()])) as Record<
    (typeof FIGURES)[number],
    Samples
  >;

const MOMENTS: Readonly<Record<(typeof LATENESS)[number], string>> = {
  lateAtRest: 'at rest',
  lateAtStart: 'during the start',
  lateAtReload: 'during the reload',
  lateAtStop: 'during the stop',
};

const adverts = (samples: AllSamples, id: string, title: string, note: string): Comparison[] =>
  LATENESS.map((name) => ({
    id: `${id}-${name}`,
    title: `${title}: worst lateness of an advert ${MOMENTS[name]}`,
    unit: 'ms' as const,
    aim: 'as at rest',
    samples: samples[name].all,
    note,
  }));

export const measureTables: Measure = async ({ rivals, runs, say }) => {
  const samples = samplesOf();
  const floor = { nodes: new Samples(), requests: new Samples() };
  const guest = await GuestSession.open();
  try {
    for (let run = 1; run <= runs; run += 1) {
      const { nodes, requests } = await guest.measure<FloorFigures>('floor');
      say(`floor ${run}/${runs}: ${JSON.stringify({ nodes, requests })}`);
      floor.nodes.add('holdfast', nodes);
      floor.requests.add('holdfast', requests);
      for (const { name } of rivals) {
        const figures = await guest.measure<TableFigures>(`table ${name}`);
        say(`table ${run}/${runs} ${name}: ${JSON.stringify(figures)}`);
        for (const one of FIGURES) samples[one].add(name, figures[one]);
      }
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
      note: 'in a kernel with one processor, in which the two figures below are what remains of a start without any code of ours',
    },
    {
      id: 'floor-nodes',
      title: 'Node.js without a program, three times',
      unit: 'ms',
      samples: floor.nodes.all,
    },
    {
      id: 'floor-requests',
      title: "the kernel's own time for the requests of that table",
      unit: 'ms',
      samples: floor.requests.all,
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
    ...adverts(samples, 'adverts', title, 'all processes share one processor there'),
  ];
};

/** The adverts alone, where both programs' files ask for real time. */
export const measureTablesInRealTime: Measure = async ({ rivals, runs, say }) => {
  const samples = samplesOf();
  const guest = await GuestSession.open();
  try {
    for (let run = 1; run <= runs; run += 1)
      for (const { name } of rivals) {
        const figures = await guest.measure<TableFigures>(`table-rt ${name}`);
        say(`table-rt ${run}/${runs} ${name}: ${JSON.stringify(figures)}`);
        for (const one of FIGURES) samples[one].add(name, figures[one]);
      }
  } finally {
    await guest.close();
  }
  return adverts(samples, 'adverts-rt', '1,000 x 10 servers, vrrp_rt_priority', 'in both files');
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
