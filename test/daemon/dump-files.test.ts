/** Dumps of the living daemon: where they go, what they hold, whom they refuse (runtime reference section 4). */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { SIGNAL_NUMBERS } from '../../src/daemon/signals.js';
import { until } from '../lab/journal.js';
import { inHabitat } from './habitat.js';

const INSTANCE = `
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  virtual_ipaddress { 10.0.0.9/24 }
}
`;

inHabitat('dumps are written where and as Keepalived writes them', async (habitat) => {
  const daemon = await habitat.start(['-n', '-f', await habitat.configure(INSTANCE)]);
  await habitat.ready();
  const tmp = (name: string): string => `/proc/${daemon.pid}/root/tmp/${name}`;
  for (const [signal, name, sign] of [
    [SIGNAL_NUMBERS.DATA, 'keepalived.data', /^------< Global definitions >------\n/],
    [SIGNAL_NUMBERS.STATS, 'keepalived.stats', /^VRRP Instance: VI_1\n/],
    [SIGNAL_NUMBERS.JSON, 'keepalived.json', /^\[\{"data":\{"iname":"VI_1"/],
  ] as const) {
    daemon.signal(signal);
    await until(`${name} is written`, () => existsSync(tmp(name)));
    assert.match(readFileSync(tmp(name), 'utf8'), sign);
    assert.equal(statSync(tmp(name)).mode & 0o777, 0o600);
  }
  await daemon.stop();
  assert.deepEqual(daemon.exit, { code: 0, signal: null });
});

inHabitat('dumps go where the configuration says, and counters can be cleared', async (habitat) => {
  const globals = `global_defs {
    state_dump_file /run/state/mine.data
    stats_dump_file /run/state/
    json_dump_file /run/state/mine.json
    json_version 2
    data_use_instance
  }
  instance red
  `;
  await habitat.host.run(['mkdir', '/run/state']);
  const owner = INSTANCE.replace('100', '255');
  const daemon = await habitat.start(['-n', '-f', await habitat.configure(globals + owner)]);
  const where = '/run/holdfast_red';
  await habitat.ready(where);
  await until('it is MASTER', async () => (await habitat.status(where))?.instances[0]?.state === 'MASTER');
  const read = (name: string) =>
    until(`${name} is there`, async () => habitat.host.read(`/run/state/${name}`));
  daemon.signal(SIGNAL_NUMBERS.DATA);
  assert.match(await read('mine.red.data'), /^ VRRP Instance = VI_1$/m);
  daemon.signal(SIGNAL_NUMBERS.JSON);
  assert.match(await read('mine.json'), /^\{"vrrp":\[\{"data":\{"iname":"VI_1".*\}\]\}$/);
  daemon.signal(SIGNAL_NUMBERS.STATS_CLEAR);
  // What is written is what was there; what is counted from then on begins at zero.
  assert.match(await read('keepalived.stats'), /Became master: 1\n/);
  await until(
    'it is cleared',
    async () => (await habitat.status(where))?.instances[0]?.counters.becomeMaster === 0,
  );
  await daemon.stop();
});

inHabitat('config_save_dir holds configuration and state around every reload', async (habitat) => {
  const configuration = (more: string): string =>
    `global_defs {\n config_save_dir /run/saved\n}\n${INSTANCE}${more}`;
  const path = await habitat.configure(configuration(''));
  const daemon = await habitat.start(['-n', '-R', '-l', '-G', '-f', path]);
  await habitat.ready();
  const own = Number(habitat.host.read('/run/keepalived.pid'));
  const read = (name: string): Promise<string> =>
    until(`${name} is there`, async () => habitat.host.read(`/run/saved/${name}`));
  assert.match(await read(`keepalived.conf.${own}.0`), /vrrp_instance VI_1 \{/);
  await habitat.configure(configuration(INSTANCE.replace('VI_1', 'VI_2').replace('51', '52')));
  daemon.signal('SIGHUP');
  assert.match(await read(`keepalived_vrrp.${own}.1.post`), /^ VRRP Instance = VI_2$/m);
  const before = await read(`keepalived_vrrp.${own}.1.pre`);
  assert.match(before, /^ VRRP Instance = VI_1$/m);
  assert.doesNotMatch(before, /VI_2/);
  assert.match(await read(`keepalived.conf.${own}.1`), /vrrp_instance VI_2 \{/);
  await daemon.stop();
});

inHabitat('a symbolic link in the way of a dump is refused', async (habitat) => {
  const daemon = await habitat.start(['-n', '-l', '-G', '-f', await habitat.configure(INSTANCE)]);
  await habitat.ready();
  symlinkSync('/run/precious', `/proc/${daemon.pid}/root/tmp/keepalived.data`);
  daemon.signal('SIGUSR1');
  await until('the refusal is logged', () => /keepalived\.data is a symbolic link/.test(daemon.output));
  assert.equal(habitat.host.read('/run/precious'), undefined);
  await daemon.stop();
});
