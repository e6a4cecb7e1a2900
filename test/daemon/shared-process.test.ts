/** Whose settings count for the process that VRRP and BFD share; what the kernel makes of them is shown once. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { sharedProcess } from '../../src/daemon/shared-process.js';
import { until } from '../lab/journal.js';
import { configurationOf } from '../support/configuration.js';
import { inHabitat } from './habitat.js';

const SESSION = 'bfd_instance b {\n neighbor_ip 10.0.0.2\n}\n';
const INSTANCE = 'vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n}\n';
const globals = (lines: string): string => `global_defs {\n ${lines}\n}\n`;

const both = (lines: string) => sharedProcess(configurationOf(globals(lines) + SESSION + INSTANCE));
const alone = (lines: string) => sharedProcess(configurationOf(globals(lines) + SESSION));
const without = (lines: string) => sharedProcess(configurationOf(globals(lines) + INSTANCE));

test('bfd_priority: the lower of both', () => {
  assert.equal(both('bfd_priority -5').vrrpPriority, -5);
  assert.equal(both('vrrp_priority -7\n bfd_priority -5').vrrpPriority, -7);
  assert.equal(both('vrrp_priority 3\n bfd_priority -5').vrrpPriority, -5);
  assert.equal(without('bfd_priority -5').vrrpPriority, 0);
});
test('bfd_rt_priority: the higher of both; bfd_rlimit_rttime: the longer', () => {
  assert.equal(both('bfd_rt_priority 20').vrrpRealtimePriority, 20);
  assert.equal(both('vrrp_rt_priority 30\n bfd_rt_priority 20').vrrpRealtimePriority, 30);
  assert.equal(both('vrrp_rlimit_rttime 300000\n bfd_rlimit_rttime 400000').vrrpRealtimeLimit, 400_000);
  assert.equal(without('bfd_rt_priority 20').vrrpRealtimePriority, undefined);
});
test('bfd_cpu_affinity and bfd_process_name: where those of VRRP are not given', () => {
  assert.deepEqual(both('bfd_cpu_affinity 0').vrrpCpuAffinity, [0]);
  assert.deepEqual(both('vrrp_cpu_affinity 1\n bfd_cpu_affinity 0').vrrpCpuAffinity, [1]);
  assert.equal(both('bfd_process_name b').vrrpProcessName, 'b');
  assert.equal(both('vrrp_process_name v\n bfd_process_name b').vrrpProcessName, 'v');
  assert.equal(without('bfd_process_name b').vrrpProcessName, undefined);
});
test('where nothing speaks VRRP its settings do not count', () => {
  const { vrrpPriority, vrrpRealtimePriority } = alone(
    'vrrp_priority -7\n bfd_priority 4\n vrrp_rt_priority 9\n bfd_rt_priority 2',
  );
  assert.deepEqual([vrrpPriority, vrrpRealtimePriority], [4, 2]);
});

inHabitat('bfd_process_name, bfd.pid and bfd_no_swap in a process that only speaks BFD', async (habitat) => {
  const text = globals('bfd_process_name followers\n bfd_no_swap') + SESSION;
  const daemon = await habitat.start(['-n', '-R', '-l', '-G', '-f', await habitat.configure(text)]);
  const { pid } = (await habitat.ready()).daemon;
  await until(
    'it has its name',
    () => habitat.host.read(`/proc/${pid}/comm`)?.trim() === 'followers' || undefined,
  );
  await until('it is said', () => /bfd_no_swap has no effect/.test(daemon.output));
  assert.equal(await habitat.pidIn('/run/bfd.pid'), pid);
  // With the last session it goes, with the first one it comes.
  await habitat.configure(globals('bfd_process_name followers'));
  daemon.signal('SIGHUP');
  await until('it is gone', () => !existsSync(habitat.host.path('/run/bfd.pid')));
  await habitat.configure(text);
  daemon.signal('SIGHUP');
  assert.equal(await habitat.pidIn('/run/bfd.pid'), pid);
  await daemon.stop();
  assert.ok(!existsSync(habitat.host.path('/run/bfd.pid')));
});
