/**
 * What a configuration says about the process that speaks VRRP and the parent that watches over it, as the kernel
 * tells it: names, file mask, nice value, processors, the directory of PID files (directives-global sections 1, 3.2).
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { getPriority, release, setPriority } from 'node:os';
import { test } from 'node:test';
import type { Running } from '../../src/lab/running.js';
import { until } from '../lab/journal.js';
import { Habitat, inHabitat, skip, skipWithoutRoot } from './habitat.js';

const configuration = (globals: string, outside = '', instance = ''): string => `
${outside}
global_defs {
  script_user root
  ${globals}
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress { 10.0.0.9/24 }
  ${instance}
}
`;

/** A field of /proc/PID/status. */
function field(habitat: Habitat, pid: number, name: string): string | undefined {
  const status = habitat.host.read(`/proc/${pid}/status`) ?? '';
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
}
function niceOf(habitat: Habitat, pid: number): number {
  const stat = habitat.host.read(`/proc/${pid}/stat`) ?? '';
  // The name may hold spaces: fields are counted behind it.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}

async function reloaded(habitat: Habitat, daemon: Running, text: string): Promise<void> {
  const before = (await habitat.status())?.daemon.lastReload?.at ?? 0;
  await habitat.configure(text);
  daemon.signal('SIGHUP');
  await until('the reload is done', async () => {
    const last = (await habitat.status())?.daemon.lastReload;
    return last && last.at > before ? last : undefined;
  });
}

inHabitat('process_name, vrrp_process_name and process_names name the processes', async (habitat) => {
  const both = configuration('process_name watcher\n vrrp_process_name speaker\n process_names');
  const daemon = await habitat.start(['-n', '-f', await habitat.configure(both)]);
  const { daemon: facts } = await habitat.ready();
  const parent = await habitat.pidIn();
  const named = (pid: number, name: string) =>
    until(`${pid} is called ${name}`, () => field(habitat, pid, 'Name') === name || undefined);
  await named(facts.pid, 'speaker');
  await named(parent, 'watcher');
  await reloaded(habitat, daemon, configuration('process_names'));
  await named(facts.pid, 'holdfast_vrrp');
  await named(parent, 'holdfast');
  await reloaded(habitat, daemon, configuration(''));
  await named(facts.pid, 'holdfast');
  await daemon.stop();
});

inHabitat('process_name is about the only process where there is no parent', async (habitat) => {
  const path = await habitat.configure(configuration('process_name watcher'));
  const daemon = await habitat.start(['-n', '-R', '-f', path]);
  const { daemon: facts } = await habitat.ready();
  assert.equal(field(habitat, facts.pid, 'Name'), 'watcher');
  await daemon.stop();
});

test(
  'vrrp_priority makes it nicer, not its scripts, and a reload without it undoes that',
  { skip: skipWithoutRoot },
  () =>
    Habitat.with(async (habitat) => {
      const script = 'notify_stop /bin/true';
      const path = await habitat.configure(configuration('vrrp_priority -7', '', script));
      const daemon = await habitat.start(['-n', '-R', '-f', path]);
      const { daemon: facts } = await habitat.ready();
      assert.equal(niceOf(habitat, facts.pid), -7);
      const runner = await until(
        'there is a runner',
        () =>
          Number(habitat.host.read(`/proc/${facts.pid}/task/${facts.pid}/children`)?.split(' ')[0]) ||
          undefined,
      );
      const usual = getPriority();
      await until('the runner is as nice as before', () => niceOf(habitat, runner) === usual || undefined);
      await reloaded(habitat, daemon, configuration('', '', script));
      assert.equal(niceOf(habitat, facts.pid), usual);
      await daemon.stop();
    }),
);

test('who is started niced stays so where the configuration says nothing', { skip: skipWithoutRoot }, () =>
  Habitat.with(async (habitat) => {
    const usual = getPriority();
    const path = await habitat.configure(configuration(''));
    // What is started has it from who starts it.
    setPriority(usual + 3);
    try {
      const daemon = await habitat.start(['-n', '-R', '-f', path]);
      const { daemon: facts } = await habitat.ready();
      assert.equal(niceOf(habitat, facts.pid), usual + 3);
      await daemon.stop();
    } finally {
      setPriority(usual);
    }
  }),
);

inHabitat('vrrp_cpu_affinity says where it runs, and a reload without it undoes that', async (habitat) => {
  const all =
    /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/thread-self/status', 'latin1'))?.[1] ?? '';
  const [one = ''] = all.split(/[-,]/);
  const path = await habitat.configure(configuration(`vrrp_cpu_affinity ${one}`));
  const daemon = await habitat.start(['-n', '-R', '-l', '-G', '-f', path]);
  const { daemon: facts } = await habitat.ready();
  assert.equal(field(habitat, facts.pid, 'Cpus_allowed_list'), one);
  await reloaded(habitat, daemon, configuration(''));
  assert.equal(field(habitat, facts.pid, 'Cpus_allowed_list'), all);
  await reloaded(habitat, daemon, configuration('vrrp_cpu_affinity 1023'));
  await until('what cannot be is said', () => /vrrp_cpu_affinity 1023: .*cpuset/.test(daemon.output));
  assert.equal(field(habitat, facts.pid, 'Cpus_allowed_list'), all);
  await daemon.stop();
});

inHabitat('umask is that of the file, of -u before it, and the usual one otherwise', async (habitat) => {
  const path = await habitat.configure(configuration('umask 0027'));
  for (const [options, mask] of [
    [[], '0027'],
    [['-u', '0077'], '0077'],
  ] as const) {
    const daemon = await habitat.start(['-n', '-R', ...options, '-f', path]);
    const { daemon: facts } = await habitat.ready();
    assert.equal(field(habitat, facts.pid, 'Umask'), mask);
    if (options.length === 0) {
      await reloaded(habitat, daemon, configuration(''));
      assert.equal(field(habitat, facts.pid, 'Umask'), '0177');
      await habitat.configure(configuration('umask 0027'));
    }
    await daemon.stop();
  }
});

inHabitat('use_pid_dir: the PID files are in /run/keepalived', async (habitat) => {
  const daemon = await habitat.start(['-n', '-f', await habitat.configure(configuration('', 'use_pid_dir'))]);
  const { daemon: facts } = await habitat.ready();
  assert.equal(await habitat.pidIn('/run/keepalived/vrrp.pid'), facts.pid);
  assert.notEqual(await habitat.pidIn('/run/keepalived/keepalived.pid'), facts.pid);
  for (const name of ['/run/keepalived.pid', '/run/vrrp.pid'])
    assert.ok(!existsSync(habitat.host.path(name)), name);
  await daemon.stop();
});

inHabitat('vrrp_no_swap: the log says that it has no effect', async (habitat) => {
  const path = await habitat.configure(configuration('vrrp_no_swap'));
  const daemon = await habitat.start(['-n', '-R', '-l', '-G', '-f', path]);
  const { daemon: facts } = await habitat.ready();
  await until('it is said', () => /vrrp_no_swap has no effect/.test(daemon.output));
  assert.equal(field(habitat, facts.pid, 'VmLck'), '0 kB');
  await daemon.stop();
});

/** Policy and priority of one thread: 0 as usual, 2 round robin (sched(7)). */
function scheduling(habitat: Habitat, task: string): string {
  const stat = habitat.host.read(`/proc/${task}/stat`) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `policy ${fields[38]} priority ${fields[37]}`;
}
const USUAL = 'policy 0 priority 0';
/** Warning and end, microseconds. */
const realtimeLimitOf = (habitat: Habitat, pid: number): string =>
  /^Max realtime timeout\s+(\S+\s+\S+)/m
    .exec(habitat.host.read(`/proc/${pid}/limits`) ?? '')?.[1]
    ?.replace(/\s+/, ' ') ?? '';
const runnerOf = (habitat: Habitat, pid: number): Promise<number> =>
  until(
    'there is a runner',
    () => Number(habitat.host.read(`/proc/${pid}/task/${pid}/children`)?.split(' ')[0]) || undefined,
  );
const NONE = 'unlimited unlimited';
const realTime =
  skip || spawnSync('chrt', ['--rr', '1', 'true']).status === 0
    ? { skip }
    : { skip: 'this machine gives nobody real-time priority' };

/** What the kernel grants it at a time, nanoseconds; undefined where it does not tell. */
const sliceOf = (habitat: Habitat, task: string): number | undefined => {
  const told = /^se\.slice\s+:\s+(\d+)$/m.exec(habitat.host.read(`/proc/${task}/sched`) ?? '')?.[1];
  return told === undefined ? undefined : Number(told);
};
const SHORT_SLICE = 100_000;
/** From this version on the kernel grants short slices to whoever asks. */
const grantsSlices =
  release().localeCompare('6.12', 'en', { numeric: true }) >= 0 && existsSync('/proc/self/sched');
const slices = skip || grantsSlices ? { skip } : { skip: 'this kernel grants no slices, or does not tell' };

test('the main thread runs in short slices, not its other threads, not its scripts', slices, () =>
  Habitat.with(async (habitat) => {
    const path = await habitat.configure(configuration('', '', 'notify_stop /bin/true'));
    const daemon = await habitat.start(['-n', '-R', '-f', path]);
    const { pid } = (await habitat.ready()).daemon;
    assert.equal(sliceOf(habitat, `${pid}`), SHORT_SLICE);
    for (const id of readdirSync(habitat.host.path(`/proc/${pid}/task`)))
      if (Number(id) !== pid) assert.notEqual(sliceOf(habitat, `${pid}/task/${id}`), SHORT_SLICE);
    assert.notEqual(sliceOf(habitat, `${await runnerOf(habitat, pid)}`), SHORT_SLICE);
    await daemon.stop();
  }),
);

test(
  'vrrp_rt_priority and vrrp_rlimit_rttime hold for the main thread, not for scripts',
  { ...realTime },
  () =>
    Habitat.with(async (habitat) => {
      const script = 'notify_stop /bin/true';
      const text = configuration('vrrp_rt_priority 3\n vrrp_rlimit_rttime 500000', '', script);
      const daemon = await habitat.start(['-n', '-R', '-l', '-D', '-G', '-f', await habitat.configure(text)]);
      const { pid } = (await habitat.ready()).daemon;
      assert.equal(scheduling(habitat, `${pid}`), 'policy 2 priority 3');
      assert.equal(realtimeLimitOf(habitat, pid), '500000 unlimited');
      const threads = readdirSync(habitat.host.path(`/proc/${pid}/task`)).filter((id) => Number(id) !== pid);
      assert.ok(threads.length > 0);
      for (const id of threads) assert.equal(scheduling(habitat, `${pid}/task/${id}`), USUAL);
      const runner = await runnerOf(habitat, pid);
      assert.equal(scheduling(habitat, `${runner}`), USUAL);
      await until('the runner is not limited', () => realtimeLimitOf(habitat, runner) === NONE || undefined);

      await reloaded(habitat, daemon, configuration('vrrp_rt_priority 3\n vrrp_rlimit_rttime 20000'));
      assert.equal(realtimeLimitOf(habitat, pid), '200000 unlimited');
      await until('that is said', () => /vrrp_rlimit_rttime is raised from/.test(daemon.output));
      await reloaded(habitat, daemon, configuration(''));
      assert.equal(scheduling(habitat, `${pid}`), USUAL);
      if (grantsSlices) assert.equal(sliceOf(habitat, `${pid}`), SHORT_SLICE);
      assert.equal(realtimeLimitOf(habitat, pid), NONE);
      await daemon.stop();
    }),
);
test(
  'max_auto_priority raises the priority of a process that is late by min_auto_priority_delay',
  { ...realTime },
  () =>
    Habitat.with(async (habitat) => {
      const patient = 'max_auto_priority 2\n min_auto_priority_delay 10000000';
      const path = await habitat.configure(configuration(patient));
      const daemon = await habitat.start(['-n', '-R', '-l', '-D', '-G', '-f', path]);
      const { pid } = (await habitat.ready()).daemon;
      const stall = async (): Promise<void> => {
        // Longer than the second between two adverts, so that a deadline is missed.
        daemon.signal('SIGSTOP');
        await new Promise((resolve) => setTimeout(resolve, 1200));
        daemon.signal('SIGCONT');
        await until('it lives', async () => (await habitat.status()) !== undefined || undefined);
      };
      await until('it is master', async () => (await habitat.status())?.instances[0]?.state === 'MASTER');
      await stall();
      assert.equal(scheduling(habitat, `${pid}`), USUAL, 'late by less than ten seconds is not late');
      await reloaded(habitat, daemon, configuration('max_auto_priority 2\n min_auto_priority_delay 1000'));
      await stall();
      await until('it is raised', () => /^policy 2 priority [12]$/.test(scheduling(habitat, `${pid}`)));
      await until('that is said', () => /late: real-time priority 1/.test(daemon.output));
      await reloaded(habitat, daemon, configuration('min_auto_priority_delay 1000'));
      assert.equal(scheduling(habitat, `${pid}`), USUAL);
      await stall();
      await until('what could be done is said, once', () => /with max_auto_priority/.test(daemon.output));
      assert.equal(scheduling(habitat, `${pid}`), USUAL);
      await daemon.stop();
    }),
);
