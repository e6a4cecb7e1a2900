// BFD beside Keepalived and bird: how soon the first packet says that a silent neighbour is lost, losses that were
// none while all cores are busy, what a hundred sessions cost, and how long a client waits when VRRP follows a session.
// Both ends are always the same program.

import { setTimeout as wait } from 'node:timers/promises';
import type { LabHost } from '../../src/lab/host.js';
import type { Rights } from '../../src/lab/rights.js';
import type { Running } from '../../src/lab/running.js';
import { type Cable, Topology } from '../../src/lab/topology.js';
import { Capture, type Frame } from '../capture.js';
import type { Occasion } from '../occasion.js';
import { processorTime, processTree } from '../process-cost.js';
import type { Comparison } from '../report.js';
import { signalAll } from '../rig.js';
import { bird, type Rival, type RivalName } from '../rivals.js';

const AS_EVERYBODY = 'holdfast, max_auto_priority -1';
type Name = RivalName | 'bird' | typeof AS_EVERYBODY;
type Samples = Partial<Record<Name, number[]>>;

/** The address of an end in a session. */
const address = (end: number, session: number): string => `10.70.${session}.${end}`;
const WATCHER = 1;
const NEIGHBOR = 2;
/** So many packets that say Up after one another: nobody is on the way any more. */
const SETTLED = 10;

interface Plan {
  /** Milliseconds. */
  readonly interval: number;
  readonly multiplier: number;
  readonly sessions: number;
}

class Ends {
  private constructor(
    readonly lab: Topology,
    readonly hosts: readonly [LabHost, LabHost],
    readonly cable: Cable,
  ) {}

  static async open(rights: Rights, sessions: number): Promise<Ends> {
    const lab = await Topology.open(rights);
    await lab.network('lan');
    const hosts: LabHost[] = [];
    const cables: Cable[] = [];
    for (const end of [WATCHER, NEIGHBOR]) {
      const host = await lab.host(`end${end}`);
      const addresses = Array.from({ length: sessions }, (_, n) => `${address(end, n)}/24`);
      hosts.push(host);
      cables.push(await lab.cable(host, 'eth0', 'lan', addresses));
    }
    return new Ends(lab, hosts as unknown as [LabHost, LabHost], cables[0] as Cable);
  }

  /** The same intervals in each program's own words. */
  start(name: Name, end: 1 | 2, plan: Plan, rival: Rival | undefined): Promise<Running> {
    const host = this.hosts[end - 1] as LabHost;
    const { interval, multiplier, sessions } = plan;
    const each = Array.from({ length: sessions }, (_, n) => n);
    const other = end === WATCHER ? NEIGHBOR : WATCHER;
    if (rival === undefined) {
      const settings = `min rx interval ${interval} ms; min tx interval ${interval} ms; multiplier ${multiplier};`;
      const neighbors = each.map((n) => `  neighbor ${address(other, n)} dev "eth0";\n`).join('');
      const file = host.write(
        'bird.conf',
        `log stderr all;
router id 10.70.0.${end};
protocol device { }
protocol bfd b {
  debug { states, events };
  interface "*" { ${settings} };
${neighbors}}
`,
      );
      return host.start(['bird', '-f', '-c', file, '-s', `${file}.ctl`, '-P', `${file}.pid`]);
    }
    const blocks = each.map(
      (n) => `bfd_instance s${n} {
  neighbor_ip ${address(other, n)}
  source_ip ${address(end, n)}
  min_rx ${interval}
  min_tx ${interval}
  multiplier ${multiplier}
}
`,
    );
    const globals = name === AS_EVERYBODY ? 'global_defs {\n  max_auto_priority -1\n}\n' : '';
    const file = host.write(`${name.replaceAll(/\W+/g, '-')}.conf`, globals + blocks.join(''));
    // Not VRRP alone; and Keepalived tells of its sessions only when asked for details.
    return host.start(rival.command(file).map((word) => (word === '-P' ? '-D' : word)));
  }

  capture(): Promise<Capture> {
    const file = `${this.lab.directory}/bfd-${Math.random()}.pcap`;
    return Capture.start(this.lab, this.cable.port, 'udp port 3784', file);
  }

  /** Until both ends have said Up in every session, and nothing else since, some times. */
  async untilUp(sessions: number): Promise<void> {
    const up = new Map<string, number>();
    const settled = (): boolean =>
      up.size === 2 * sessions && [...up.values()].every((times) => times >= SETTLED);
    const watch = await Capture.start(this.lab, this.cable.port, 'udp port 3784');
    try {
      await watch.take(
        ({ text }) => {
          const sender = senderOf(text);
          up.set(sender, /State Up/.test(text) ? (up.get(sender) ?? 0) + 1 : 0);
          return settled();
        },
        60_000,
        'the sessions to be up',
      );
    } finally {
      await watch.stop();
    }
  }

  close(): Promise<void> {
    return this.lab.close();
  }
}

const senderOf = (text: string): string => / (\d+\.\d+\.\d+\.\d+)\.\d+ > /.exec(text)?.[1] ?? '';

/** All three, those that are installed. */
const players = (rivals: readonly Rival[]): (readonly [Name, Rival | undefined])[] => [
  ...rivals.map((rival) => [rival.name, rival] as const),
  ...(bird() ? [['bird', undefined] as const] : []),
];

const comparison = (samples: Samples, about: Omit<Comparison, 'samples' | 'others'>): Comparison => {
  const { bird: birds, [AS_EVERYBODY]: usual, ...two } = samples;
  const others = { ...(birds ? { bird: birds } : {}), ...(usual ? { [AS_EVERYBODY]: usual } : {}) };
  return { ...about, samples: two, ...(Object.keys(others).length > 0 ? { others } : {}) };
};

/** The neighbour stands still: from its last packet to the first that says Down, above the bound. */
export const measureDetection =
  (interval: number) =>
  async ({ rights, rivals, runs, say }: Occasion): Promise<readonly Comparison[]> => {
    const plan: Plan = { interval, multiplier: 3, sessions: 1 };
    const bound = plan.multiplier * interval;
    const samples: Samples = {};
    for (const [name, rival] of players(rivals)) {
      const ends = await Ends.open(rights, 1);
      try {
        await ends.start(name, WATCHER, plan, rival);
        const neighbor = await ends.start(name, NEIGHBOR, plan, rival);
        const found: number[] = [];
        for (let tries = 0; found.length < runs && tries < 4 * runs; tries++) {
          await ends.untilUp(1);
          const capture = await ends.capture();
          await wait(100 + Math.random() * interval);
          signalAll(neighbor, 'SIGSTOP');
          await wait(bound + interval + 100);
          const frames = await capture.stop();
          signalAll(neighbor, 'SIGCONT');
          const silent = frames.findLastIndex(({ text }) => senderOf(text) === address(NEIGHBOR, 0));
          const ours = (frame: Frame): boolean => senderOf(frame.text) === address(WATCHER, 0);
          const before = frames.slice(0, silent).findLast(ours);
          const first = frames
            .slice(silent + 1)
            .find((frame) => ours(frame) && /State Down/.test(frame.text));
          const last = frames[silent];
          // One that had lost its neighbour before, on a busy machine, tells nothing.
          if (first && last && before && /State Up/.test(before.text))
            found.push((first.at - last.at) * 1000 - bound);
        }
        samples[name] = found;
        say(`detection at ${interval} ms: ${name} ${found.map((ms) => ms.toFixed(2)).join(' ')}`);
      } finally {
        await ends.close();
      }
    }
    return [
      comparison(samples, {
        id: `bfd-detection-${interval}ms`,
        title: `BFD ${interval} ms x 3: first packet that says Down, above the bound`,
        unit: 'ms',
        aim: 'a median of at most 1 ms, the worst of 50 at most 5 ms',
        note: `the bound is ${bound} ms after the last packet of the neighbour, which is stopped`,
      }),
    ];
  };

/** Sessions that went down although both ends ran, all cores busy; `runs` are minutes. */
export async function measureFalseDowns({
  rights,
  rivals,
  runs,
  say,
}: Occasion): Promise<readonly Comparison[]> {
  const plan: Plan = { interval: 10, multiplier: 5, sessions: 1 };
  const samples: Samples = {};
  const all: Ends[] = [];
  const logs: [Name, Running][] = [];
  try {
    const ours = rivals.find(({ name }) => name === 'holdfast');
    const usual = ours ? [[AS_EVERYBODY, ours] as const] : [];
    for (const [name, rival] of [...players(rivals), ...usual]) {
      const ends = await Ends.open(rights, 1);
      all.push(ends);
      for (const end of [WATCHER, NEIGHBOR] as const)
        logs.push([name, await ends.start(name, end, plan, rival)]);
      await ends.untilUp(1);
    }
    const busy = all[0]?.hosts[0];
    for (let n = 0; n < 2; n++) await busy?.start(['sh', '-c', 'while :; do :; done']);
    const began = Date.now();
    const marks = logs.map(([, running]) => running.lines.length);
    await wait(runs * 60_000);
    for (const [at, [name, running]] of logs.entries()) {
      const downs = running.lines
        .slice(marks[at])
        .filter(({ text }) => /Entering Down state|changed state from Up to Down/.test(text))
        .map(({ at: moment }) => ((moment - began) / 1000).toFixed(1));
      samples[name] = [...(samples[name] ?? []), downs.length];
      // When: a machine that stood still as a whole is nobody's loss, and shows in all of them.
      say(`losses in ${runs} min: ${name} ${downs.length}, after ${downs.join(' ') || '-'} s`);
    }
  } finally {
    for (const ends of all) await ends.close();
  }
  return [
    comparison(samples, {
      id: 'bfd-false-downs',
      title: `BFD 10 ms x 5: losses in ${runs} minutes that were none`,
      unit: 'times',
      aim: 'none',
      note: 'both cores are kept busy; all programs at the same time; one figure for each end',
    }),
  ];
}

/** Processor time of one end with a hundred sessions. */
export async function measureBfdCost({
  rights,
  rivals,
  runs,
  say,
}: Occasion): Promise<readonly Comparison[]> {
  const plan: Plan = { interval: 50, multiplier: 5, sessions: 100 };
  const windowSeconds = 10;
  const samples: Samples = {};
  for (const [name, rival] of players(rivals)) {
    const ends = await Ends.open(rights, plan.sessions);
    try {
      const watcher = await ends.start(name, WATCHER, plan, rival);
      await ends.start(name, NEIGHBOR, plan, rival);
      await ends.untilUp(plan.sessions);
      await wait(5000);
      for (let run = 0; run < runs; run++) {
        const tree = processTree(watcher.pid);
        const before = processorTime(tree);
        await wait(windowSeconds * 1000);
        const used = Number(processorTime(tree) - before) / 1e6 / windowSeconds;
        samples[name] = [...(samples[name] ?? []), used];
        say(`cost of 100 sessions: ${name} ${used.toFixed(1)} ms each second`);
      }
    } finally {
      await ends.close();
    }
  }
  return [
    comparison(samples, {
      id: 'bfd-cost',
      title: 'BFD 100 sessions at 50 ms: processor time in a second',
      unit: 'ms',
      aim: "at most Keepalived's",
      note: `one end, all processes and threads, ${windowSeconds} s a figure`,
    }),
  ];
}
