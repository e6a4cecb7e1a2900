// A master with everything to look after: 100 check scripts a second, 500 tracked processes among 5,000, 500 track
// files that somebody writes ten times a second. What that costs, how late its adverts every 100 ms come meanwhile, and
// how long the death of a tracked process takes to be in an advert. In a network namespace of
// its own the kernel's process connector is deaf: we follow pidfds and a scan there, Keepalived follows nothing.

import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { advertsIn, gapsOf } from '../adverts.js';
import { Capture, untilLine } from '../capture.js';
import { type Measure, type Occasion, Samples } from '../occasion.js';
import { sharesOfCore } from '../process-cost.js';
import { Rig, virtualAddress } from '../rig.js';
import type { Rival } from '../rivals.js';

export interface TrackerPlan {
  readonly scripts: number;
  readonly processes: number;
  readonly files: number;
  /** Milliseconds between adverts. */
  readonly interval: number;
  /** Where the files are. */
  readonly folder: string;
}

const SCRIPTS = 100;
const TRACKED = 500;
const FILES = 500;
const OTHERS = 4_500;
/** A short pass has fewer neighbours: starting and ending thousands of processes is most of what it would do. */
const QUICK_OTHERS = 500;
const INTERVAL = 100;
const WRITE_EVERY = 100;
const VICTIM = 'victim';
/** Priority of the master, less with the victim dead. */
const [PRIORITY, LOSS] = [200, 50];

export const measureTrackers: Measure = async (occasion) => {
  const { rivals, quick } = occasion;
  const figures = { cpu: new Samples(), lateness: new Samples(), death: new Samples() };
  for (const rival of rivals) await observe(occasion, rival, figures);
  const what = `${SCRIPTS} scripts, ${TRACKED} processes of ${(quick ? QUICK_OTHERS : OTHERS) + TRACKED}, ${FILES} files`;
  return [
    {
      id: 'trackers-cpu',
      title: `${what}: processor`,
      unit: '%',
      aim: "at most Keepalived's",
      samples: figures.cpu.all,
      note: 'the daemon with its helpers, without the scripts themselves',
    },
    {
      id: 'trackers-lateness',
      title: `${what}: lateness of adverts every ${INTERVAL} ms`,
      unit: 'ms',
      aim: 'at most 2 ms worst',
      samples: figures.lateness.all,
      note: 'how much later than the interval an advert followed the one before',
    },
    {
      id: 'trackers-death',
      title: 'a tracked process dies: until an advert says so',
      unit: 'ms',
      aim: 'at most 5 ms with the connector, 20 ms with pidfds (these)',
      samples: figures.death.all,
      note: `all else goes on; adverts every ${INTERVAL} ms`,
    },
  ];
};

async function observe(
  { rights, runs, quick, say }: Occasion,
  rival: Rival,
  { cpu, lateness, death }: Readonly<Record<'cpu' | 'lateness' | 'death', Samples>>,
): Promise<void> {
  const rig = await Rig.open(rights);
  try {
    const { host, cable } = rig.first;
    const folder = join(rig.lab.directory, 'tracked');
    mkdirSync(folder);
    for (let n = 0; n < TRACKED; n += 1) symlinkSync('/bin/sleep', join(folder, processName(n)));
    symlinkSync('/bin/sleep', join(folder, VICTIM));
    await host.start([
      'sh',
      '-c',
      `for i in $(seq ${quick ? QUICK_OTHERS : OTHERS}); do sleep 100000 & done; wait`,
    ]);
    await host
      .start(['sh', '-c', `for f in ${folder}/t*; do "$f" 100000 & done; echo started; wait`])
      .then((crowd) => untilLine(crowd, ({ text }) => text === 'started', 60_000, 'the tracked processes'));
    const writer = fileURLToPath(new URL('../file-writer.js', import.meta.url));
    await host.start([process.execPath, writer, folder, String(FILES), String(WRITE_EVERY)]);
    let victim = await host.start([join(folder, VICTIM), '100000']);
    const plan = { scripts: SCRIPTS, processes: TRACKED, files: FILES, interval: INTERVAL, folder };
    const file = host.write(`${rival.name}.conf`, trackers(plan));
    const logFile = join(rig.lab.directory, `${host.name}-${rival.name}.log`);
    const daemon = await host.start(rival.command(file), { logFile });
    await untilLine(daemon, ({ text }) => /Entering MASTER STATE/.test(text), 60_000, 'the master');
    await wait(quick ? 5_000 : 20_000);

    const pcap = join(rig.lab.directory, 'trackers.pcap');
    const capture = await Capture.start(rig.lab, cable.port, 'ip proto 112', pcap);
    for (let run = 0; run < runs; run += 1)
      cpu.add(rival.name, ...(await sharesOfCore([daemon.pid], quick ? 5_000 : 20_000)));
    const late = gapsOf(advertsIn(await capture.stop())).map((gap) => Math.max(0, gap - INTERVAL));
    lateness.add(rival.name, ...late);
    say(
      `trackers ${rival.name}: ${cpu.all[rival.name]?.map((share) => share.toFixed(1)).join(' ')} % of a core, ${Math.max(...late).toFixed(2)} ms late at worst`,
    );

    const adverts = await Capture.start(rig.lab, cable.port, 'ip proto 112');
    // Keepalived hears of processes by the connector alone, and to it they are all dead here.
    const follows = await adverts.next(new RegExp(`prio ${PRIORITY}\\b`), PATIENCE_MS).then(
      () => true,
      () => false,
    );
    if (!follows) say(`trackers ${rival.name}: it does not follow processes in a network namespace`);
    for (let run = 0; follows && run < runs * DEATHS; run += 1) {
      await adverts.next(new RegExp(`prio ${PRIORITY}\\b`), 30_000);
      // The phase between adverts is left to chance.
      await wait(Math.random() * INTERVAL);
      const lowered = adverts.next(new RegExp(`prio ${PRIORITY - LOSS}\\b`), 30_000);
      const killed = performance.timeOrigin + performance.now();
      victim.signal('SIGKILL');
      death.add(rival.name, (await lowered).at * 1000 - killed);
      victim = await host.start([join(folder, VICTIM), '100000']);
    }
    await adverts.stop();
    const found = death.all[rival.name];
    if (found !== undefined)
      say(`trackers ${rival.name}: death to advert ${found.map((ms) => ms.toFixed(1)).join(' ')} ms`);
  } catch (error) {
    throw new Error(`trackers of ${rival.name}: logs in ${rig.keepLogs('trackers')}`, { cause: error });
  } finally {
    await rig.close();
  }
}

/** Milliseconds in which a master with all its processes alive has sent an advert that says so. */
const PATIENCE_MS = 5_000;

/** Deaths for each run of the rest. */
const DEATHS = 3;

const processName = (n: number): string => `t${n}`;

/** One master with that many trackers, none of which moves its priority while all is well, and the victim. */
export function trackers({ scripts, processes, files, interval, folder }: TrackerPlan): string {
  const each = (count: number, line: (n: number) => string): string =>
    Array.from({ length: count }, (_, n) => line(n)).join('');
  // A weight below zero counts only while the tracker is down, and the files all say 0.
  const block = (keyword: string, prefix: string, count: number): string =>
    `  ${keyword} {\n${each(count, (n) => `    ${prefix}${n} weight -1\n`)}  }\n`;
  return `global_defs {
  router_id bench
  enable_script_security
  script_user root
}
${each(scripts, (n) => `vrrp_script s${n} {\n  script "/bin/true"\n  interval 1\n  weight -1\n}\n`)}${each(
  processes,
  (n) => `vrrp_track_process p${n} {\n  process ${processName(n)}\n  weight -1\n}\n`,
)}vrrp_track_process ${VICTIM} {
  process ${VICTIM}
  weight -${LOSS}
}
${each(files, (n) => `track_file f${n} {\n  file ${folder}/f${n}\n  weight 1\n}\n`)}vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 1
  priority ${PRIORITY}
  advert_int ${interval / 1000}
  version 3
  virtual_ipaddress {
    ${virtualAddress(1)}/16
  }
${block('track_script', 's', scripts)}  track_process {
${each(processes, (n) => `    p${n} weight -1\n`)}    ${VICTIM} weight -${LOSS}
  }
  track_file {
${each(files, (n) => `    f${n} weight 1\n`)}  }
}
`;
}
