/** Which sessions and virtual routers make a process urgent, and what the daemon makes of that while it lives: as the kernel tells it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { urgencyOf } from '../../src/daemon/urgency.js';
import { until } from '../lab/journal.js';
import { configurationOf } from '../support/configuration.js';
import { Habitat, skipWithoutRoot } from './habitat.js';

const session = (name: string, minTx: number, multiplier: number, ...lines: string[]): string =>
  [
    `bfd_instance ${name} {`,
    `neighbor_ip 10.0.0.${name.length + 1}`,
    `min_tx ${minTx}`,
    'min_rx 10',
    `multiplier ${multiplier}`,
    ...lines,
    '}\n',
  ].join('\n');
const instance = (interval: string, ...lines: string[]): string =>
  [
    'vrrp_instance VI_1 {',
    'interface eth0',
    'virtual_router_id 51',
    'priority 100',
    'version 3',
    'virtual_ipaddress {\n10.0.0.9\n}',
    `advert_int ${interval}`,
    ...lines,
    '}\n',
  ].join('\n');
const urgencyIn = (text: string) => urgencyOf(configurationOf(text));

test('urgent is what a neighbor gives up after less than 100 ms of silence', () => {
  assert.equal(
    urgencyIn(session('a', 10, 5)),
    'the neighbor of BFD session a gives up after 50ms of silence',
  );
  assert.match(urgencyIn(session('a', 33, 3)) ?? '', /99ms/);
  assert.equal(urgencyIn(session('a', 20, 5)), undefined);
  assert.equal(urgencyIn(session('a', 50, 3)), undefined);
  assert.equal(urgencyIn('global_defs {\n}\n'), undefined);
});
test('urgent is an instance whose backups take over after less than 100 ms of silence', () => {
  assert.equal(
    urgencyIn(instance('0.01')),
    'a backup of VI_1 takes over after little more than 30ms of silence',
  );
  assert.match(urgencyIn(instance('0.03')) ?? '', /90ms/);
  assert.equal(urgencyIn(instance('0.04')), undefined);
  assert.equal(urgencyIn(instance('0.01', 'down_timer_adverts 10')), undefined);
  assert.match(urgencyIn(instance('0.01') + session('a', 33, 3)) ?? '', /session a/);
});
test('of several the most impatient one is named', () => {
  const text = session('a', 50, 3) + session('bb', 10, 5) + session('ccc', 10, 3) + session('dddd', 20, 4);
  assert.match(urgencyIn(text) ?? '', /session ccc gives up after 30ms/);
});

test(
  'a daemon with such a session runs in real time, until a reload, or until it kept others waiting',
  { skip: skipWithoutRoot },
  () =>
    Habitat.with(async (habitat) => {
      const urgent = session('peer', 10, 5);
      const file = await habitat.configure(urgent);
      const daemon = await habitat.start(['-n', '-R', '-l', '-G', '-f', file]);
      const { pid } = (await habitat.ready()).daemon;
      const policy = (): string => {
        const stat = habitat.host.read(`/proc/${pid}/task/${pid}/stat`) ?? '';
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return `${fields[38]}/${fields[37]}`;
      };
      const untilPolicy = (wanted: string) => until(`it runs as ${wanted}`, () => policy() === wanted);
      await until('it says how it runs', () => /gives up after 50ms of silence/.test(daemon.output));
      // Some containers forbid it to everybody.
      if (/may not run in real time/.test(daemon.output)) return;
      await untilPolicy('2/1');
      assert.match(
        daemon.output,
        /session peer gives up after 50ms of silence: this process runs in real time/,
      );
      for (const [text, wanted] of [
        [session('peer', 50, 3), '0/0'],
        [instance('0.01'), '2/1'],
        [instance('1'), '0/0'],
        [urgent, '2/1'],
        [`global_defs {\nmax_auto_priority -1\n}\n${urgent}`, '0/0'],
        [urgent, '2/1'],
        [`global_defs {\nbfd_rt_priority 4\n}\n${urgent}`, '2/4'],
        [urgent, '2/1'],
      ] as const) {
        await habitat.configure(text);
        daemon.signal('SIGHUP');
        await untilPolicy(wanted);
      }
      daemon.signal('SIGXCPU');
      await until('it says so', () =>
        /without a pause, in real time that nobody asked for/.test(daemon.output),
      );
      assert.equal(policy(), '0/0');
      await daemon.stop();
    }),
);
