/** Two virtual servers of the same address, port and protocol (HF0556): one service with the servers of both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LvsRig, REFUSED } from './rig.js';

const block = (servers: readonly string[], weight = 1): string => `virtual_server 192.0.2.1 80 {
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
  delay_loop 3
  warmup 0
${servers
  .map(
    (server) => `  real_server ${server} 80 {
    weight ${weight}
    TCP_CHECK {
      retry 0
      connect_timeout 2
    }
  }`,
  )
  .join('\n')}
}`;

function begun(): LvsRig {
  const rig = new LvsRig(`${block(['10.1.0.1'])}\n${block(['10.1.0.2'])}`);
  rig.start();
  rig.wait(2);
  return rig;
}

const held = (rig: LvsRig): string[] =>
  [...rig.table.services.values()].flatMap(({ destinations }) => [...destinations.keys()]);

test('a reload changes each of them, and neither loses its servers', () => {
  const rig = begun();
  assert.equal(held(rig).length, 2);
  rig.reload(`${block(['10.1.0.1'], 5)}\n${block(['10.1.0.2'], 7)}`);
  rig.wait(2);
  assert.match(rig.table.show().join('\n'), /10\.1\.0\.1\S*=5/);
  assert.match(rig.table.show().join('\n'), /10\.1\.0\.2\S*=7/);
});

test('one becomes two, and the first keeps its servers', () => {
  const rig = new LvsRig(block(['10.1.0.1']));
  rig.start();
  rig.wait(2);
  rig.reload(`${block(['10.1.0.1'])}\n${block(['10.1.0.2'])}`);
  rig.wait(2);
  assert.equal(held(rig).length, 2);
});

test('put into one, as the finding advises, nothing of the other stays behind', () => {
  const rig = begun();
  rig.reload(block(['10.1.0.1', '10.1.0.2']));
  rig.wait(2);
  assert.equal(held(rig).length, 2);
  assert.equal(rig.checkers.size, 2);
  rig.reload(block(['10.1.0.2']));
  rig.wait(2);
  assert.equal(held(rig).length, 1);
  rig.behaviours.set('10.1.0.2:80', REFUSED);
  rig.wait(10);
  assert.deepEqual(held(rig), []);
});

test('a mark of two groups is scheduled as the first of them says, and as the other once that has left it', () => {
  const text = (entries: string): string =>
    `virtual_server_group A {\n  ${entries}\n}\nvirtual_server_group B {\n  fwmark 7\n}\n` +
    ['A', 'B']
      .map((name) =>
        block([name === 'A' ? '10.1.0.1' : '10.1.0.2'])
          .replace('virtual_server 192.0.2.1 80', `virtual_server group ${name}`)
          .replace('wrr', name === 'A' ? 'wrr' : 'lc'),
      )
      .join('\n');
  const schedulers = (rig: LvsRig): string[] =>
    [...rig.table.services].map(([key, { service }]) => `${key} ${service.scheduler}`).sort();
  const rig = new LvsRig(text('fwmark 7'));
  rig.start();
  rig.wait(2);
  assert.deepEqual(schedulers(rig), ['mark ipv4 7 wrr']);
  rig.reload(text('192.0.2.1 80'));
  rig.wait(2);
  assert.deepEqual(schedulers(rig), ['mark ipv4 7 lc', 'tcp 192.0.2.1:80 wrr']);
  // It comes back, before the other one, as at a start with this file.
  rig.reload(text('fwmark 7'));
  rig.wait(2);
  assert.deepEqual(schedulers(rig), ['mark ipv4 7 wrr']);
});
