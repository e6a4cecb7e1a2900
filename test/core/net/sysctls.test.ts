/** Kernel settings that an engine holds: shared, refused, lost with their interface, left over from an earlier life. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sysctls } from '../../../src/sim/sysctls.js';
import { configurationOf } from '../../support/configuration.js';
import { link } from '../../support/machine.js';
import { Rig } from '../rig.js';

const SETTING = 'ipv4/conf/eth0/promote_secondaries';
const block = (name: string, vrid: number, more = 'promote_secondaries'): string => `vrrp_instance ${name} {
  state BACKUP
  interface eth0
  virtual_router_id ${vrid}
  priority 100
  ${more}
  virtual_ipaddress { 10.0.0.${vrid} }
}
`;
const PAIR = block('VI_1', 51) + block('VI_2', 52);

const asked = (rig: Rig): string[] =>
  rig.effects.flatMap((effect) =>
    effect.kind === 'apply-sysctls'
      ? effect.operations.map(({ operation, name }) => `${operation} ${name}`)
      : [],
  );

test('promote_secondaries is set once for two instances and goes back with the last of them', () => {
  const rig = new Rig(PAIR).start();
  assert.deepEqual(asked(rig), [`set ${SETTING}`]);
  assert.equal(rig.sysctls.setting(SETTING), 1);
  rig.effects = [];
  rig.handle({ kind: 'reload', configuration: configurationOf(block('VI_1', 51, '') + block('VI_2', 52)) });
  assert.deepEqual(asked(rig), []);
  rig.handle({ kind: 'reload', configuration: configurationOf(block('VI_2', 52, '')) });
  assert.deepEqual(asked(rig), [`restore ${SETTING}`]);
  assert.equal(rig.sysctls.setting(SETTING), 0);
});

test('an instance that does not ask for it changes nothing', () => {
  assert.deepEqual(asked(new Rig(block('VI_1', 51, '')).start()), []);
});

test('a stop puts it back, and waits for the answer', () => {
  const rig = new Rig(PAIR).start();
  rig.kernelAnswers = false;
  rig.effects = [];
  rig.handle({ kind: 'stop', reason: 'SIGTERM' });
  assert.deepEqual(asked(rig), [`restore ${SETTING}`]);
  assert.equal(
    rig.effects.some(({ kind }) => kind === 'stopped'),
    false,
  );
  rig.handle({
    kind: 'sysctls-applied',
    request: 2,
    results: [{ operation: { operation: 'restore', name: SETTING }, value: 1 }],
  });
  assert.equal(rig.effects.at(-1)?.kind, 'stopped');
});

test('what is set already is left alone at the end', () => {
  const sysctls = new Sysctls(() => true);
  sysctls.administer(SETTING, 1);
  const rig = new Rig(PAIR, { sysctls }).start();
  rig.handle({ kind: 'stop', reason: 'SIGTERM' });
  assert.equal(sysctls.setting(SETTING), 1);
});

test('what somebody else changes meanwhile stays as it is', () => {
  const rig = new Rig(PAIR).start();
  rig.sysctls.administer(SETTING, 0);
  rig.handle({ kind: 'stop', reason: 'SIGTERM' });
  assert.equal(rig.sysctls.setting(SETTING), 0);
});

test('a killed daemon: the next one takes over what it needs and puts back the rest', () => {
  const sysctls = new Sysctls(() => true);
  const other = 'ipv4/conf/eth1/promote_secondaries';
  sysctls.apply([
    { operation: 'set', name: SETTING, value: 1 },
    { operation: 'set', name: other, value: 1 },
  ]);
  const rig = new Rig(PAIR, { sysctls }).start();
  assert.deepEqual([sysctls.setting(SETTING), sysctls.setting(other)], [1, 0]);
  rig.handle({ kind: 'stop', reason: 'SIGTERM' });
  assert.equal(sysctls.setting(SETTING), 0);
});

test('an interface that comes back has it again', () => {
  const rig = new Rig(PAIR).start();
  rig.effects = [];
  rig.handle({ kind: 'link', change: 'gone', link: link(2, 'eth0') });
  rig.handle({ kind: 'link', change: 'present', link: link(9, 'eth0') });
  assert.deepEqual(asked(rig), [`set ${SETTING}`]);
  rig.effects = [];
  rig.handle({ kind: 'link', change: 'present', link: link(9, 'eth0', { running: false }) });
  assert.deepEqual(asked(rig), []);
});

test('a refusal is said once, with place, value and remedy, and asked for again', () => {
  const sysctls = new Sysctls(() => true);
  sysctls.refusal = 1;
  const rig = new Rig(PAIR, { sysctls }).start();
  const said = (): string[] => rig.lines.filter((line) => line.includes('promote_secondaries could'));
  rig.wait(25);
  assert.equal(asked(rig).length, 3);
  assert.equal(said().length, 1);
  assert.match(
    said()[0] ?? '',
    /error: \/proc\/sys\/net\/ipv4\/conf\/eth0\/promote_secondaries could not be set to 1 \(it is 0\): read-only file system; trying again every 10s\. Make it writable, or set it before the start/,
  );
  sysctls.refusal = 0;
  rig.wait(10);
  assert.equal(sysctls.setting(SETTING), 1);
});
