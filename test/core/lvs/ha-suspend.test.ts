/**
 * `ha_suspend`: checks wait for an address of their virtual server, whichever of several, wherever it is, however we hear of
 * it; and nothing is said that is no news.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LvsInput } from '../../../src/core/lvs/inputs.js';
import { LvsRig } from './rig.js';

const SERVER = `real_server 10.1.0.1 80 {
    TCP_CHECK {
      retry 0
    }
  }`;
const block = (selector: string, more = 'ha_suspend'): string => `virtual_server ${selector} {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 2
  warmup 0
  ${more}
  ${SERVER}
}
`;
const group = (entries: string): string => `virtual_server_group G {\n  ${entries}\n}\n${block('group G')}`;

function started(text: string, addresses: readonly string[] = []): LvsRig {
  const rig = new LvsRig(text, { addresses });
  rig.showChecks = true;
  rig.start();
  rig.wait(5);
  return rig;
}
const isChecked = (rig: LvsRig): boolean => {
  rig.take();
  rig.wait(4);
  return rig.lines.some((line) => line.includes('check 10.1.0.1:80'));
};
const facts = (address: string, interfaceIndex: number): Extract<LvsInput, { kind: 'address' }>['address'] =>
  ({
    interfaceIndex,
    family: 'ipv4',
    address,
    prefixLength: 32,
    scope: 0,
    flags: 0x80,
  }) as Extract<LvsInput, { kind: 'address' }>['address'];

test('any address of a group is enough, and none of them is too little', () => {
  const rig = started(group('192.0.2.1 80\n  192.0.2.2 80'));
  assert.equal(isChecked(rig), false);
  rig.address('present', '192.0.2.2');
  assert.equal(isChecked(rig), true);
  rig.take();
  rig.address('present', '192.0.2.1');
  rig.address('gone', '192.0.2.2');
  assert.deepEqual(rig.take(), [], 'one of them is still here: no news');
  assert.equal(isChecked(rig), true);
  rig.address('gone', '192.0.2.1');
  assert.equal(isChecked(rig), false);
});

test('who has no address waits for none: a mark, or a group of marks', () => {
  assert.equal(isChecked(started(block('fwmark 7'))), true);
  assert.equal(isChecked(started(group('fwmark 7'))), true);
});

test('an address that is on two interfaces is here until it has left both', () => {
  const rig = started(block('192.0.2.1 80'));
  for (const device of [2, 3])
    rig.handle({ kind: 'address', change: 'present', address: facts('192.0.2.1', device) });
  assert.equal(isChecked(rig), true);
  rig.take();
  rig.handle({ kind: 'address', change: 'gone', address: facts('192.0.2.1', 2) });
  assert.deepEqual(rig.take(), [], 'no news');
  assert.equal(isChecked(rig), true);
  rig.handle({ kind: 'address', change: 'gone', address: facts('192.0.2.1', 3) });
  assert.match(rig.take().join(), /Suspending healthchecker/);
  assert.equal(isChecked(rig), false);
});

test('what is told again is no news', () => {
  const rig = started(block('192.0.2.1 80'), ['192.0.2.1']);
  rig.take();
  rig.address('present', '192.0.2.1');
  rig.address('gone', '192.0.2.9');
  rig.handle({ kind: 'resync', addresses: [facts('192.0.2.1', 2)] });
  assert.deepEqual(rig.take(), []);
});

test('after an overrun of the event socket the addresses as they are then count', () => {
  const rig = started(block('192.0.2.1 80'), ['192.0.2.1']);
  assert.equal(isChecked(rig), true);
  rig.handle({ kind: 'resync', addresses: [] });
  assert.equal(isChecked(rig), false);
  rig.handle({ kind: 'resync', addresses: [facts('192.0.2.1', 2)] });
  assert.equal(isChecked(rig), true);
});

test('a reload gives it and takes it, and who is gone is not spoken of any more', () => {
  const rig = started(block('192.0.2.1 80', 'omega'));
  assert.equal(isChecked(rig), true);
  rig.reload(block('192.0.2.1 80'));
  assert.equal(isChecked(rig), false);
  rig.reload(block('192.0.2.1 80', 'omega'));
  assert.equal(isChecked(rig), true);
  rig.take();
  rig.address('present', '192.0.2.1');
  rig.address('gone', '192.0.2.1');
  assert.deepEqual(rig.take(), [], 'it waits for no address any more');
  rig.reload(block('192.0.2.1 80'));
  rig.reload(block('192.0.2.2 80'));
  rig.take();
  rig.address('present', '192.0.2.1');
  assert.deepEqual(rig.take(), []);
  rig.address('present', '192.0.2.2');
  assert.match(rig.take().join(), /Activating healthchecker .* for VS \[192\.0\.2\.2\]/);
});

test('a suspended one looks for its address once in a delay_loop, and status says that it waits', () => {
  const rig = started(block('192.0.2.1 80'));
  let turns = 0;
  for (const end = rig.now + 20_000_000; (rig.engine.nextDeadline ?? end) < end; turns++) {
    rig.now = rig.engine.nextDeadline ?? end;
    rig.wait(0);
  }
  assert.ok(turns <= 12, `${turns} turns in twenty seconds`);
  rig.handle({ kind: 'ask', request: 1, question: { ask: 'status' } });
  const answer = rig.answers.at(-1);
  assert.ok(answer?.ask === 'status');
  assert.equal(answer.status.services[0]?.suspended, true);
  assert.equal(answer.status.services[0]?.servers[0]?.alive, true);
});
