/** The process of the balancer is killed: its successor goes on where it was, and no connection notices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LvsRig, REFUSED } from './rig.js';

const text = (servers: number, more: string, check = 'TCP_CHECK {\n }'): string => `global_defs {
  lvs_notify_fifo /run/lvs.fifo
}
virtual_server 192.0.2.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 2
  warmup 0
  ${more}
${Array.from({ length: servers }, (_, n) => `  real_server 10.1.0.${n + 1} 80 {\n    ${check}\n  }`).join('\n')}
}`;

const told = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => / fifo lvs ([RV]S .*)$/.exec(line)?.slice(1) ?? []);
const changes = (lines: readonly string[]): string[] =>
  lines.filter((line) => / [-+~](service|server) /.test(line));

for (const inhibit of ['', 'inhibit_on_failure'])
  test(`with alpha ${inhibit} who was alive stays in the table, and is told of no second time`, () => {
    const rig = new LvsRig(text(2, `alpha\n ${inhibit}`));
    rig.behaviours.set('10.1.0.2:80', REFUSED);
    rig.start();
    rig.wait(10);
    const stood = rig.table.show();
    assert.match(stood[0] ?? '', /10\.1\.0\.1:80=1/);
    rig.take();
    rig.respawn();
    assert.deepEqual(told(rig.lines), ['VS [192.0.2.1]:tcp:80 UP']);
    rig.wait(10);
    assert.deepEqual(changes(rig.take()), []);
    assert.deepEqual(rig.table.show(), stood);
    // It fails as anybody does.
    rig.behaviours.set('10.1.0.1:80', REFUSED);
    rig.wait(10);
    assert.equal(told(rig.take())[0], 'RS [10.1.0.1]:tcp:80 [192.0.2.1]:tcp:80 DOWN');
  });

test('with alpha who is dead, or was never alive, begins so', () => {
  const rig = new LvsRig(text(1, 'alpha'));
  rig.behaviours.set('10.1.0.1:80', 'never');
  rig.start();
  rig.wait(10);
  rig.respawn();
  assert.deepEqual(rig.table.show(), ['tcp 192.0.2.1:80 rr']);
});

test('between its thresholds a quorum stays what it was', () => {
  for (const [down, up] of [
    [1, true],
    [3, false],
  ] as const) {
    const rig = new LvsRig(text(3, 'quorum 2\n hysteresis 1\n sorry_server 10.9.9.9 80'));
    for (let n = 1; n <= down; n++) rig.behaviours.set(`10.1.0.${n}:80`, REFUSED);
    rig.start();
    rig.wait(10);
    // Two are alive: enough to stay, and not enough to begin.
    rig.behaviours.delete('10.1.0.3:80');
    rig.behaviours.delete('10.1.0.2:80');
    rig.wait(10);
    const stood = rig.table.show();
    assert.equal(stood[0]?.includes('10.9.9.9'), !up);
    rig.take();
    rig.respawn();
    assert.deepEqual(told(rig.lines), [`VS [192.0.2.1]:tcp:80 ${up ? 'UP' : 'DOWN'}`]);
    assert.deepEqual(changes(rig.take()), []);
    assert.deepEqual(rig.table.show(), stood);
  }
});

test('a reload that brings alpha or hysteresis leaves who is alive alive, over a crash, too', () => {
  const rig = new LvsRig(text(3, 'quorum 2\n sorry_server 10.9.9.9 80'));
  rig.behaviours.set('10.1.0.1:80', REFUSED);
  rig.start();
  rig.wait(10);
  const after = text(3, 'quorum 2\n hysteresis 1\n sorry_server 10.9.9.9 80\n alpha');
  rig.reload(after);
  rig.wait(10);
  const stood = rig.table.show();
  rig.take();
  rig.respawn(after);
  rig.wait(10);
  assert.deepEqual(changes(rig.take()), []);
  assert.deepEqual(rig.table.show(), stood);
});

test('the first process dies and another follows: sync daemon and timeouts stay; with -I alone only the services do', () => {
  for (const succeeded of [true, false]) {
    const rig = new LvsRig(
      `global_defs {\n lvs_sync_daemon eth9 id 7\n lvs_timeouts tcp 77\n}\n${text(1, '')}`,
    );
    rig.start();
    rig.wait(5);
    rig.handle({ kind: 'stop', reason: 'the first process is gone', keep: true, succeeded });
    rig.wait(6);
    assert.deepEqual([...rig.table.daemons.keys()], succeeded ? ['master', 'backup'] : []);
    assert.equal(rig.table.timeouts.tcp, succeeded ? 77 : 900);
    assert.equal(rig.table.services.size, 1);
  }
});

test('lvs_flush is about the start of the daemon: a process that dies takes no connection with it', () => {
  const rig = new LvsRig(`global_defs {\n lvs_flush\n}\n${text(2, '')}`);
  rig.start();
  rig.wait(5);
  assert.ok(rig.take().some((line) => line.endsWith(' flush')));
  rig.respawn();
  rig.wait(5);
  const lines = rig.take();
  assert.deepEqual([changes(lines), lines.filter((line) => line.endsWith(' flush'))], [[], []]);
});
