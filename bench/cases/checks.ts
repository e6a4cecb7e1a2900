// Health checks on loopback, outside of any booted kernel: processor time per check, and how late the latest of 5,000
// checks a second is. Keepalived does not check without IPVS in the kernel, so its figures have to come from one that
// has it; here they are left out.

import { fileURLToPath } from 'node:url';
import { Topology } from '../../src/lab/topology.js';
import type { CheckLoad } from '../check-load.js';
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
        if (load.failed > 0) throw new Error(`${load.failed} checks failed`);
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
    const note = 'Keepalived needs IPVS in the kernel to check at all';
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
