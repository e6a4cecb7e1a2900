// What testing a configuration costs: time, processor and peak memory of `-t` for both daemons with the same file,
// and of the loading alone, which is what a reload pays. The files grow tenfold, so that a cost that grows faster
// than the file shows.

import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LabHost } from '../../src/lab/host.js';
import { Topology } from '../../src/lab/topology.js';
import type { Measure } from '../occasion.js';
import type { Comparison } from '../report.js';
import type { RivalName } from '../rivals.js';

/** Virtual routers that one interface has room for: the VRID has eight bits. */
const PER_INTERFACE = 255;
const INSTANCES = 2000;
const SERVERS = 5;
/** Milliseconds between two looks at a process's memory; the kernel keeps the peak for us. */
const LOOK_EVERY = 3;

interface Size {
  readonly id: string;
  readonly title: string;
  readonly text: () => string;
  readonly aims: Readonly<Partial<Record<Quantity, string>>>;
}

type Quantity = 'time' | 'processor' | 'memory';

const services = (count: number, aims: Size['aims'] = {}): Size => ({
  id: `services-${count}`,
  title: `${count.toLocaleString('en')} virtual servers`,
  text: () => virtualServers(count),
  aims,
});

const SIZES: readonly Size[] = [
  services(100),
  services(1000),
  services(10_000, { time: "at most twice Keepalived's", memory: 'at most 300 MiB' }),
  {
    id: `instances-${INSTANCES}`,
    title: `${INSTANCES.toLocaleString('en')} instances`,
    text: () => instances(INSTANCES),
    aims: {},
  },
];

interface Cost {
  /** Milliseconds of the clock, milliseconds of processor, MiB. */
  readonly time: number;
  readonly processor: number;
  readonly memory: number;
}

type Costs = Partial<Record<RivalName, Cost[]>>;

export const measureConfiguration: Measure = async ({ rights, rivals, runs, say }) => {
  const comparisons: Comparison[] = [];
  const lab = await Topology.open(rights);
  try {
    const host = await lab.host('router');
    for (let n = 0; n * PER_INTERFACE < INSTANCES; n += 1) {
      await host.run(['ip', 'link', 'add', `eth${n}`, 'type', 'veth', 'peer', 'name', `far${n}`]);
      await host.run(['ip', 'link', 'set', `eth${n}`, 'up']);
      await host.run(['ip', 'link', 'set', `far${n}`, 'up']);
    }
    for (const size of SIZES) {
      const text = size.text();
      const file = host.write(`${size.id}.conf`, text);
      say(`${size.title}: ${text.split('\n').length - 1} lines`);
      const whole: Costs = {};
      const alone: Cost[] = [];
      for (let run = 1; run <= runs; run += 1) {
        for (const rival of rivals) {
          const cost = await costOf(host, rival.test(file));
          whole[rival.name] = [...(whole[rival.name] ?? []), cost];
          say(`${size.title} ${run}/${runs} ${rival.name}: ${describe(cost)}`);
        }
        const cost = await loadingAlone(host, file);
        alone.push(cost);
        say(`${size.title} ${run}/${runs} loading alone: ${describe(cost)}`);
      }
      comparisons.push(...compare(size, '-t', whole));
      comparisons.push(...compare(size, 'loading', { ...whole, holdfast: alone }).slice(0, 2));
    }
  } finally {
    await lab.close();
  }
  return comparisons;
};

const UNITS = { time: 'ms', processor: 'ms', memory: 'MiB' } as const;

function compare({ id, title, aims }: Size, what: string, samples: Costs): Comparison[] {
  return (['time', 'processor', 'memory'] as const).map((quantity) => {
    const aim = aims[quantity];
    return {
      id: `${id}-${what === '-t' ? 'test' : what}-${quantity}`,
      title: `${title}, ${what}: ${quantity}`,
      unit: UNITS[quantity],
      ...(aim === undefined ? {} : { aim }),
      samples: Object.fromEntries(
        Object.entries(samples).map(([name, costs]) => [name, costs.map((cost) => cost[quantity])]),
      ),
      ...(what === 'loading' && quantity === 'time'
        ? {
            note: "reading, binding and checking without the start of the runtime, beside all of Keepalived's -t",
          }
        : {}),
    };
  });
}

const describe = ({ time, processor, memory }: Cost): string =>
  `${time.toFixed(0)} ms, ${processor.toFixed(0)} ms of processor, ${memory.toFixed(0)} MiB`;

/** bash tells the process that becomes the command, and then what that took; what it says goes nowhere. */
const TIMED = `TIMEFORMAT='took %R %U %S'
measured() { (echo "pid $BASHPID"; exec "$@" >/dev/null 2>&1); }
time measured "$@"; exit 0`;

/** Runs the command to its end in the host's network. Whatever it answers is fine: files have remarks. */
async function costOf(host: LabHost, words: readonly string[]): Promise<Cost> {
  const running = await host.start(['bash', '-c', TIMED, 'bash', ...words]);
  let ended = false;
  void running.exited.then(() => {
    ended = true;
  });
  const said = (pattern: RegExp): RegExpExecArray | undefined => {
    for (const { text } of running.lines) {
      const match = pattern.exec(text);
      if (match) return match;
    }
    return undefined;
  };
  let peak = 0;
  while (!ended) {
    const pid = said(/^pid (\d+)$/)?.[1];
    // Before it became the command it was bash, whose peak is forgotten then.
    if (pid !== undefined) peak = peakOf(host, pid) || peak;
    await wait(LOOK_EVERY);
  }
  const [, time, user, system] = (said(/^took ([\d.]+) ([\d.]+) ([\d.]+)$/) ?? []).map(Number);
  if (time === undefined || user === undefined || system === undefined) {
    throw new Error(`${words.join(' ')} was not measured`);
  }
  return { time: time * 1000, processor: (user + system) * 1000, memory: peak / 1024 };
}

/** KiB that the process had at most so far; 0 once it has ended. */
const peakOf = (host: LabHost, pid: string): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(host.read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0);

async function loadingAlone(host: LabHost, file: string): Promise<Cost> {
  const script = fileURLToPath(new URL('../load-once.js', import.meta.url));
  return JSON.parse(await host.run([process.execPath, script, file])) as Cost;
}

/** Services with five servers each, 40 lines a service. */
export function virtualServers(count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const [high, low] = [index >> 8, index & 255];
    const servers = Array.from(
      { length: SERVERS },
      (_, server) => `  real_server 10.${100 + server}.${high}.${low} 80 {
    HTTP_GET {
      url {
        path /
      }
    }
  }
`,
    );
    return `virtual_server 10.99.${high}.${low} 80 {
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
${servers.join('')}}
`;
  }).join('');
}

/** Instances on as many interfaces as their numbers need. */
export function instances(count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const [link, vrid] = [Math.floor(index / PER_INTERFACE), (index % PER_INTERFACE) + 1];
    return `vrrp_instance VI_${index} {
  state BACKUP
  interface eth${link}
  virtual_router_id ${vrid}
  priority 100
  advert_int 1
  virtual_ipaddress {
    10.${link}.1.${vrid}/16
  }
}
`;
  }).join('');
}
