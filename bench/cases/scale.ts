// Two routers with 2,000 instances on eight interfaces: how long until all of them are up, what they cost once they
// are, and how long the backup takes to have all their addresses when the master dies without a word. Times are above
// the protocol's own bound, seen on the wire and by `ip monitor`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Running } from '../../src/lab/running.js';
import { AddressWatch } from '../address-watch.js';
import { advertsIn, firstAdverts } from '../adverts.js';
import { Capture } from '../capture.js';
import { type Measure, type Occasion, Samples } from '../occasion.js';
import { memoryOf, processTree, sharesOfCore } from '../process-cost.js';
import { freeze, killSilently, masterDownInterval, Rig, type Router } from '../rig.js';
import type { Rival } from '../rivals.js';

const INTERFACES = 8;
const PER_INTERFACE = 250;
const INSTANCES = INTERFACES * PER_INTERFACE;
const MASTER_PRIORITY = 200;
const BACKUP_PRIORITY = 100;
/** Nothing is given up before: Keepalived took half a minute for some of it. */
const PATIENCE_MS = 180_000;
/** An advert of everybody, and a little. */
const ROUND_MS = 1200;

export const measureScale: Measure = async (occasion) => {
  const { rights, rivals, runs } = occasion;
  const figures = {
    up: new Samples(),
    takenOver: new Samples(),
    master: new Samples(),
    backup: new Samples(),
    memory: new Samples(),
    growth: new Samples(),
  };
  for (let run = 1; run <= runs; run += 1) {
    for (const rival of rivals) {
      const rig = await Rig.open(rights, INTERFACES);
      try {
        await measureOne(rig, rival, occasion, figures);
      } catch (error) {
        throw new Error(`scale of ${rival.name} was not measured; logs in ${rig.keepLogs('scale')}`, {
          cause: error,
        });
      } finally {
        await rig.close();
      }
    }
  }
  const { up, takenOver, master, backup, memory, growth } = figures;
  const what = `${INSTANCES.toLocaleString('en')} instances on ${INTERFACES} interfaces`;
  const bound = (priority: number): string => `the bound of ${masterDownInterval(priority).toFixed(0)} ms`;
  return [
    {
      id: 'scale-up',
      title: `${what}: all up`,
      unit: 'ms',
      aim: 'at most 1 s above the bound (Keepalived took 25 s)',
      samples: up.all,
      note: `from the start of the program until each has sent an advert, above ${bound(MASTER_PRIORITY)}`,
    },
    {
      id: 'scale-takeover',
      title: `${what}: addresses on the backup`,
      unit: 'ms',
      aim: 'at most 0.5 s above the bound (Keepalived took 13 s)',
      samples: takenOver.all,
      note: `from the dead master's last advert until \`ip monitor\` tells of the last address, above ${bound(BACKUP_PRIORITY)}`,
    },
    {
      id: 'scale-cpu-master',
      title: `${what}: processor, master`,
      unit: '%',
      aim: "below Keepalived's (4.2 % of a core)",
      samples: master.all,
    },
    {
      id: 'scale-cpu-backup',
      title: `${what}: processor, backup`,
      unit: '%',
      aim: "below Keepalived's (1.8 % of a core)",
      samples: backup.all,
    },
    {
      id: 'memory-1',
      title: 'memory with one instance',
      unit: 'MiB',
      aim: 'at most 60 MiB',
      samples: memory.all,
      note: 'proportional: what processes share is divided among them, those of others with the same program too',
    },
    {
      id: 'memory-instance',
      title: 'memory of each further instance',
      unit: 'KiB',
      aim: 'at most 10 KiB',
      samples: growth.all,
      note: `the growth from one to ${INSTANCES.toLocaleString('en')} instances as MASTER, divided`,
    },
  ];
};

type Figures = Readonly<Record<'up' | 'takenOver' | 'master' | 'backup' | 'memory' | 'growth', Samples>>;

async function measureOne(rig: Rig, rival: Rival, { quick, say }: Occasion, figures: Figures): Promise<void> {
  const { name } = rival;
  const settleMs = quick ? 5_000 : 20_000;
  const alone = await rig.run(rival, rig.first, { priority: MASTER_PRIORITY });
  await untilStates(alone, 'MASTER', 1);
  await wait(settleMs);
  const one = memoryOf(processTree(alone.pid)).proportional;
  figures.memory.add(name, one / 1024);
  await killSilently(alone);
  await rig.clean(rig.first);

  const plan = { instances: PER_INTERFACE, interfaces: INTERFACES };
  const { daemon: master, up } = await startAll(rig, rig.first, rival, {
    priority: MASTER_PRIORITY,
    ...plan,
  });
  figures.up.add(name, up);
  await wait(settleMs);
  const all = memoryOf(processTree(master.pid)).proportional;
  figures.growth.add(name, (all - one) / (INSTANCES - 1));
  say(
    `${name}: all up ${up.toFixed(0)} ms above the bound, ${(one / 1024).toFixed(1)} to ${(all / 1024).toFixed(1)} MiB`,
  );

  const backup = await rig.run(rival, rig.second, { priority: BACKUP_PRIORITY, ...plan });
  await untilStates(backup, 'BACKUP', INSTANCES);
  await wait(settleMs);
  const [sending = Number.NaN, hearing = Number.NaN] = await sharesOfCore(
    [master.pid, backup.pid],
    quick ? 5_000 : 20_000,
  );
  figures.master.add(name, sending);
  figures.backup.add(name, hearing);
  say(`${name}: ${sending.toFixed(1)} % of a core as master, ${hearing.toFixed(1)} % as backup`);

  const takenOver = await letDie(rig, master, backup);
  figures.takenOver.add(name, takenOver);
  say(`${name}: all addresses on the backup ${takenOver.toFixed(0)} ms above the bound`);
}

/** Notes the time with the machine's own clock, then becomes the daemon. */
const TIMED = 'date +%s.%N >"$1"; shift; exec "$@"';

/** Starts them and returns how long it took until each had sent an advert, above the bound. */
async function startAll(
  rig: Rig,
  router: Router,
  rival: Rival,
  plan: Parameters<Rig['run']>[2],
): Promise<{ daemon: Running; up: number }> {
  const started = join(rig.lab.directory, 'started');
  const file = join(rig.lab.directory, 'up.pcap');
  const capture = await Capture.start(rig.lab, 'any', 'ip proto 112', file);
  const daemon = await rig.run(rival, router, plan, ['sh', '-c', TIMED, 'sh', started]);
  await untilStates(daemon, 'MASTER', INSTANCES);
  await wait(ROUND_MS);
  const first = firstAdverts(advertsIn(await capture.stop()));
  if (first.size !== INSTANCES) throw new Error(`only ${first.size} instances have sent an advert`);
  const last = Math.max(...[...first.values()].map(({ at }) => at));
  const began = Number(readFileSync(started, 'utf8'));
  return { daemon, up: (last - began) * 1000 - masterDownInterval(plan.priority) };
}

/** Kills the master and returns how long the backup took to have every address, above the bound. */
async function letDie(rig: Rig, master: Running, backup: Running): Promise<number> {
  const addresses = await AddressWatch.start(rig.second.host);
  const file = join(rig.lab.directory, 'death.pcap');
  const capture = await Capture.start(rig.lab, 'any', 'ip proto 112', file);
  await wait(ROUND_MS);
  const sofar = backup.lines.length;
  freeze(master);
  await Promise.all(rig.first.cables.map((cable) => cable.silence()));
  await untilStates(backup, 'MASTER', INSTANCES, sofar);
  const deadline = Date.now() + PATIENCE_MS;
  while (addresses.first.size < INSTANCES) {
    if (Date.now() > deadline) throw new Error(`only ${addresses.first.size} addresses came to the backup`);
    await wait(50);
  }
  await addresses.stop();
  const adverts = advertsIn(await capture.stop());
  await killSilently(master);
  const lastOfMaster = adverts.findLast(({ priority }) => priority === MASTER_PRIORITY);
  if (lastOfMaster === undefined) throw new Error('nothing of the old master was captured');
  const lastAddress = Math.max(...addresses.first.values());
  return (lastAddress - lastOfMaster.at) * 1000 - masterDownInterval(BACKUP_PRIORITY);
}

/** Waits until the log has told of so many instances that they are in this state, from its line `from` on. */
async function untilStates(daemon: Running, state: string, wanted: number, from = 0): Promise<void> {
  const pattern = new RegExp(`\\((VI_\\d+)\\) Entering ${state} STATE`);
  const seen = new Set<string>();
  const deadline = Date.now() + PATIENCE_MS;
  for (let line = from; ; ) {
    for (; line < daemon.lines.length; line += 1) {
      const instance = pattern.exec(daemon.lines[line]?.text ?? '')?.[1];
      if (instance !== undefined) seen.add(instance);
    }
    if (seen.size >= wanted) return;
    if (daemon.exit !== undefined || Date.now() > deadline)
      throw new Error(`only ${seen.size} of ${wanted} instances came to be ${state}`);
    await wait(50);
  }
}
