// Health checks on loopback. Outside of any booted kernel: processor time per check, and how late the latest of 5,000
// checks a second is. Keepalived does not check without IPVS in the kernel: so what a check costs beside it is measured
// in a second kernel that has it, where both daemons check the same servers in the same boot.

import { fileURLToPath } from 'node:url';
import { Topology } from '../../src/lab/topology.js';
import type { CheckLoad } from '../check-load.js';
import type { CheckFigures } from '../guest/cases.js';
import { GuestSession } from '../guest/session.js';
import { type Measure, Samples } from '../occasion.js';

interface Kind {
  readonly kind: 'TCP_CHECK' | 'HTTP_GET';
  readonly checkers: number;
}

export const measureChecks =
  ({ kind, checkers }: Kind): Measure =>
  async ({ rights, runs, quick, say }) => {
    const script = fileURLToPath(new URL('../check-load.js', import.meta.url));
    const [processor, start, end] = [new Samples(), new Samples(), new Samples()];
    const lab = await Topology.open(rights);
    try {
      const host = await lab.host('director');
      await host.run(['ip', 'link', 'set', 'lo', 'up']);
      for (let run = 0; run < runs; run += 1) {
        const rounds = quick ? '2' : '10';
        const text = await host.run([process.execPath, script, kind, String(checkers), rounds]);
        const load = JSON.parse(text) as CheckLoad;
        if (load.failed + load.left > 0)
          throw new Error(`${load.failed} checks failed, ${load.left} were not made in time`);
        say(
          `${kind}: ${load.processor.toFixed(1)} us a check, the latest ${load.latestEnd.toFixed(1)} ms late`,
        );
        processor.add('holdfast', load.processor);
        start.add('holdfast', load.latestStart);
        end.add('holdfast', load.latestEnd);
      }
    } finally {
      await lab.close();
    }
    const id = kind === 'TCP_CHECK' ? 'tcp-check' : 'http-get';
    const title = `${kind}, ${checkers.toLocaleString('en')} a second`;
    const note = 'outside of the second kernel; Keepalived needs IPVS to check at all';
    return [
      {
        id: `${id}-processor`,
        title: `${title}: processor per check`,
        unit: 'us',
        samples: processor.all,
        note,
      },
      {
        id: `${id}-start`,
        title: `${title}: latest start`,
        unit: 'ms',
        aim: 'at most 100 ms',
        samples: start.all,
      },
      { id: `${id}-end`, title: `${title}: latest verdict after its time`, unit: 'ms', samples: end.all },
    ];
  };

export const measureChecksBesideKeepalived =
  (kind: Kind['kind'], share: number): Measure =>
  async ({ rivals, runs, say }) => {
    const samples = new Samples();
    const guest = await GuestSession.open();
    try {
      for (let run = 1; run <= runs; run += 1)
        for (const { name } of rivals) {
          const { processor, checks } = await guest.measure<CheckFigures>(`${kind} ${name}`);
          say(`${kind} ${run}/${runs} ${name}: ${processor.toFixed(1)} us of each of ${checks} checks`);
          samples.add(name, processor);
        }
    } finally {
      await guest.close();
    }
    return [
      {
        id: `${kind === 'TCP_CHECK' ? 'tcp-check' : 'http-get'}-beside`,
        title: `${kind}: processor of the checking process per check`,
        unit: 'us',
        aim: `checks per second of processor at least ${share} of Keepalived's: a ratio of at most ${(1 / share).toFixed(2)}`,
        samples: samples.all,
        note: 'in the second kernel',
      },
    ];
  };
