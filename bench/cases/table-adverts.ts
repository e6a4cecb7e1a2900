// How late adverts come while the load balancer beside them makes, changes and removes a large table: outside of the
// second kernel, on the plane nftables, where there is a processor for each of the two processes. Ours alone, for
// Keepalived balances nothing there.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LabHost } from '../../src/lab/host.js';
import { Topology } from '../../src/lab/topology.js';
import { advertsIn, gapsOf } from '../adverts.js';
import { Capture, untilLine } from '../capture.js';
import { LISTENER, tableConfiguration } from '../guest/configuration.js';
import { type Measure, Samples } from '../occasion.js';
import { projectRoot } from '../rivals.js';

const SERVICES = 1000;
const SERVERS = 10;
const INTERVAL_MS = 100;
const REST_MS = 6_000;
/** A reload that changes one weight is long over by then. */
const RELOAD_MS = 4_000;
const LISTEN = fileURLToPath(new URL('../nat-load.js', import.meta.url));

const PHASES = ['rest', 'start', 'reload', 'stop'] as const;
type Phase = (typeof PHASES)[number];

const configuration = (lastWeight: number): string =>
  `global_defs {\n  balancer nftables\n}\n${tableConfiguration({ services: SERVICES, servers: SERVERS, lastWeight, realTime: false })}`;

export const measureTableAdverts: Measure = async ({ rights, runs, say }) => {
  const samples = new Map<Phase, Samples>(PHASES.map((phase) => [phase, new Samples()]));
  for (let run = 1; run <= runs; run += 1) {
    const worst = await once(rights);
    say(
      `adverts beside a table ${run}/${runs}: ${PHASES.map((phase) => `${phase} ${worst[phase].toFixed(1)} ms`).join(', ')}`,
    );
    for (const phase of PHASES) samples.get(phase)?.add('holdfast', worst[phase]);
  }
  const when: Record<Phase, string> = {
    rest: 'at rest, with its checks',
    start: 'during the start',
    reload: 'during a reload',
    stop: 'during the stop',
  };
  return PHASES.map((phase) => ({
    id: `table-adverts-${phase}`,
    title: `1,000 x 10 servers on nftables: worst lateness of an advert ${when[phase]}`,
    unit: 'ms' as const,
    aim: 'as at rest',
    samples: samples.get(phase)?.all ?? {},
  }));
};

async function once(rights: Parameters<typeof Topology.open>[0]): Promise<Record<Phase, number>> {
  const lab = await Topology.open(rights);
  try {
    await lab.network('net');
    const director = await lab.host('director');
    await lab.cable(director, 'front', 'net', ['10.77.0.1/16']);
    await director.run(['ip', 'link', 'set', 'lo', 'up']);
    const listener = await director.start([process.execPath, LISTEN, 'serve', String(LISTENER)]);
    await untilLine(listener, ({ text }) => text.includes('ready'), 10_000, 'the listener');
    const capture = await Capture.start(lab, 'any', 'ip proto 112', join(lab.directory, 'adverts'));
    const file = director.write('lb.conf', configuration(1));
    const marks: Partial<Record<Phase, readonly [from: number, to: number]>> = {};
    const during = async (phase: Phase, work: () => Promise<unknown>): Promise<void> => {
      const from = Date.now();
      await work();
      marks[phase] = [from, Date.now()];
    };
    const words = [join(projectRoot(), 'bin/holdfast'), '-n', '-l', '-G', '-f', file];
    const daemon = await director.start(words, { logFile: join(lab.directory, 'holdfast.log') });
    await during('start', () => untilServices(director, SERVICES));
    // What follows a start at once is not rest.
    await wait(REST_MS);
    await during('rest', () => wait(REST_MS));
    director.write('lb.conf', configuration(7));
    await during('reload', () => {
      daemon.signal('SIGHUP');
      return wait(RELOAD_MS);
    });
    await during('stop', () => {
      daemon.signal('SIGTERM');
      return daemon.exited;
    });
    // A daemon that stops says so early: that is no lateness.
    const adverts = advertsIn(await capture.stop()).filter(({ priority }) => priority > 0);
    const worst = (phase: Phase): number => {
      const [from, to] = marks[phase] ?? [0, 0];
      const gaps = gapsOf(adverts).filter((_, n) => {
        const at = (adverts[n + 1]?.at ?? 0) * 1000;
        return from < at && at <= to;
      });
      return Math.max(0, ...gaps.map((gap) => gap - INTERVAL_MS));
    };
    return { rest: worst('rest'), start: worst('start'), reload: worst('reload'), stop: worst('stop') };
  } finally {
    await lab.close();
  }
}

async function untilServices(director: LabHost, count: number): Promise<void> {
  for (let n = 0; n < 120; n += 1) {
    const there = await director.run([
      'sh',
      '-c',
      'nft list chains 2>/dev/null | grep -c "chain tcp-" || true',
    ]);
    if (Number(there) === count) return;
    await wait(500);
  }
  throw new Error('the table of the data plane is not complete');
}
