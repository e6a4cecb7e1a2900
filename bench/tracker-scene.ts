// A master with things to look after, for the cases that measure what that costs: a crowd of processes of which some
// are tracked, files that somebody writes all the time, scripts; all in a network of its own, and the configuration
// that makes a daemon follow them. What is measured is decided by the cases.

import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rights } from '../src/lab/rights.js';
import { Running } from '../src/lab/running.js';
import { REAL_TIME } from './bystander.js';
import { untilLine } from './capture.js';
import { Rig, virtualAddress } from './rig.js';
import type { Rival } from './rivals.js';

export interface TrackerPlan {
  /** Check scripts, each once a second. */
  readonly scripts: number;
  /** Tracked processes. */
  readonly processes: number;
  /** Tracked files, each written ten times a second. */
  readonly files: number;
  /** Whether the two that are to die are tracked as well. */
  readonly mortals?: boolean;
  /** With `vrrp_rt_priority`. */
  readonly realTime?: boolean;
  /** On an interface that is nowhere: it tracks and never speaks. */
  readonly mute?: boolean;
}

/** What is tracked, and where. */
export interface TrackerSettings extends TrackerPlan {
  /** Milliseconds between adverts. */
  readonly interval: number;
  /** Where the files are. */
  readonly folder: string;
}

/** Milliseconds between the adverts of the master. */
export const INTERVAL = 100;
const WRITE_EVERY = 100;
/** No machine has an interface of that name. */
const NOWHERE = 'nowhere0';
/** Tracked with a weight, and without one: its death is a FAULT. */
export const [VICTIM, VITAL] = ['victim', 'vital'];
/** Priority of the master, and how much less it is with the victim dead. */
export const [PRIORITY, LOSS] = [200, 50];

/** What is in /run is its own; what follows is run. */
const OWN_RUN = 'mount -t tmpfs tmpfs /run; exec "$@"';

/** $1 is a process in the network; what follows is run. */
const NETWORK = 'router';
const NAME_NETWORK = `mount -t tmpfs tmpfs /run; mkdir /run/netns; touch /run/netns/${NETWORK}
mount --bind "/proc/$1/ns/net" /run/netns/${NETWORK}; shift; exec "$@"`;

export class TrackerScene {
  private constructor(
    readonly rig: Rig,
    private readonly folder: string,
    private readonly plan: TrackerPlan,
  ) {}

  /** `others`: how many processes run beside those that are tracked. */
  static async open(rights: Rights, plan: TrackerPlan, others: number): Promise<TrackerScene> {
    const rig = await Rig.open(rights);
    const { host } = rig.first;
    const folder = join(rig.lab.directory, 'tracked');
    mkdirSync(folder);
    for (let n = 0; n < plan.processes; n += 1) symlinkSync('/bin/sleep', join(folder, processName(n)));
    for (const name of [VICTIM, VITAL]) symlinkSync('/bin/sleep', join(folder, name));
    if (plan.processes > 0) {
      await host.start(['sh', '-c', `for i in $(seq ${others}); do sleep 100000 & done; wait`]);
      const crowd = `for f in ${folder}/t*; do "$f" 100000 & done; echo started; wait`;
      const running = await host.start(['sh', '-c', crowd]);
      await untilLine(running, ({ text }) => text === 'started', 60_000, 'the tracked processes');
    }
    if (plan.files > 0) {
      const writer = fileURLToPath(new URL('file-writer.js', import.meta.url));
      await host.start([process.execPath, writer, folder, String(plan.files), String(WRITE_EVERY)]);
    }
    return new TrackerScene(rig, folder, plan);
  }

  /** The master, once it is one; rejects when it is none in time. */
  async run(rival: Rival, patience = 60_000): Promise<Running> {
    const { host } = this.rig.first;
    const file = this.#configure(rival.name);
    const logFile = join(this.rig.lab.directory, `${host.name}-${rival.name}.log`);
    const daemon = await host.start(rival.command(file), { logFile });
    await untilLine(daemon, ({ text }) => /Entering MASTER STATE/.test(text), patience, 'the master');
    return daemon;
  }

  /**
   * The same from outside: it enters the router's network with `-s` and so hears the connector of the network where we
   * are. Of the machine's files it sees all but /run, where the network has a name. Rejects where the kernel does not
   * tell us of processes either.
   */
  async runFromOutside(rival: Rival, patience: number): Promise<Running> {
    const { host } = this.rig.first;
    const file = this.#configure('outside');
    const logFile = join(this.rig.lab.directory, `${host.name}-outside.log`);
    const words = [
      'sh',
      '-ec',
      NAME_NETWORK,
      'sh',
      String(host.pid),
      ...rival.command(file, '-D', '-s', NETWORK),
    ];
    const daemon = await Running.start(['unshare', '--mount'], words, { logFile });
    try {
      await untilLine(daemon, ({ text }) => /process connector/.test(text), patience, 'the connector');
      await untilLine(daemon, ({ text }) => /Entering MASTER STATE/.test(text), patience, 'the master');
    } catch (error) {
      await daemon.stop();
      throw error;
    }
    return daemon;
  }

  /**
   * Outside of all networks of the lab, where the kernel tells of processes; on an interface that does not exist, so
   * that nothing of the machine is touched.
   */
  async runMute(rival: Rival): Promise<Running> {
    const file = this.#configure(`mute-${rival.name}`);
    const logFile = join(this.rig.lab.directory, `mute-${rival.name}.log`);
    const words = ['sh', '-ec', OWN_RUN, 'sh', ...rival.command(file, '-D')];
    return await Running.start(['unshare', '--mount'], words, { logFile });
  }

  #configure(name: string): string {
    const settings = { ...this.plan, interval: INTERVAL, folder: this.folder };
    return this.rig.first.host.write(`${name}.conf`, trackers(settings));
  }

  /** A process of that name. */
  start(name: string): Promise<Running> {
    return this.rig.first.host.start([join(this.folder, name), '100000']);
  }

  close(): Promise<void> {
    return this.rig.close();
  }
}

const processName = (n: number): string => `t${n}`;

/** One master with that many trackers, none of which moves its priority while all is well. */
export function trackers({
  scripts,
  processes,
  files,
  mortals,
  realTime,
  mute,
  interval,
  folder,
}: TrackerSettings): string {
  const lines = (count: number, line: (n: number) => string): string[] =>
    Array.from({ length: count }, (_, n) => line(n));
  const each = (count: number, line: (n: number) => string): string => lines(count, line).join('');
  const script = (n: number): string =>
    `vrrp_script s${n} {\n  script "/bin/true"\n  interval 1\n  weight -1\n}\n`;
  const processBlock = (name: string, process: string, weight: number): string =>
    `vrrp_track_process ${name} {\n  process ${process}\n  weight ${weight}\n}\n`;
  const file = (n: number): string => `track_file f${n} {\n  file ${folder}/f${n}\n  weight 1\n}\n`;
  // A weight below zero counts only while the tracker is down, and the files all say 0.
  const list = (keyword: string, names: readonly string[]): string =>
    names.length === 0 ? '' : `  ${keyword} {\n${names.map((line) => `    ${line}\n`).join('')}  }\n`;
  const two = mortals === true;
  return `global_defs {
  router_id bench
  enable_script_security
  script_user root
${realTime ? `  ${REAL_TIME}\n` : ''}${mute ? '  dynamic_interfaces\n' : ''}}
${each(scripts, script)}${each(processes, (n) => processBlock(`p${n}`, processName(n), -1))}${
  two ? processBlock(VICTIM, VICTIM, -LOSS) + processBlock(VITAL, VITAL, 0) : ''
}${each(files, file)}vrrp_instance VI_1 {
  state BACKUP
  interface ${mute ? NOWHERE : 'eth0'}
  virtual_router_id 1
  priority ${PRIORITY}
  advert_int ${interval / 1000}
  version 3
  virtual_ipaddress {
    ${virtualAddress(1)}/16
  }
${list(
  'track_script',
  lines(scripts, (n) => `s${n} weight -1`),
)}${list('track_process', [
  ...lines(processes, (n) => `p${n} weight -1`),
  ...(two ? [`${VICTIM} weight -${LOSS}`, VITAL] : []),
])}${list(
  'track_file',
  lines(files, (n) => `f${n} weight 1`),
)}}
`;
}
