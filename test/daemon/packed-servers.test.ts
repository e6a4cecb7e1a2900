/** Virtual servers on their way to the other process: nothing is lost, and what is alike is said once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../src/base/prng.js';
import type { VirtualServerSettings } from '../../src/config/model-lvs.js';
import { type PackedService, pack, unpack } from '../../src/daemon/lvs/packed-servers.js';
import { load } from '../config/support.js';

const CHECKS = [
  '',
  'TCP_CHECK {\n}\n',
  'TCP_CHECK {\nconnect_ip 127.0.0.1\n}\n',
  'TCP_CHECK {\nconnect_port 81\n}\n',
  'TCP_CHECK {\nconnect_ip 10.2.0.1\nconnect_port 80\n}\n',
  'HTTP_GET {\nurl {\npath /\n}\n}\n',
  'MISC_CHECK {\nmisc_path /bin/true\n}\n',
];
const EXTRAS = [
  '',
  'weight 3\n',
  'inhibit_on_failure\n',
  'uthreshold 9\n',
  'notify_up /bin/true\n',
  'alpha\n',
];

function servicesOf(prng: Prng): readonly VirtualServerSettings[] {
  const server = (n: number): string => {
    const checks = Array.from({ length: prng.integer(0, 2) }, () => prng.pick(CHECKS)).join('');
    const port = prng.pick([80, 80, 81]);
    return `real_server 10.2.0.${n} ${port} {\n${prng.pick(EXTRAS)}${checks}}\n`;
  };
  const usual = server(0);
  const servers = Array.from({ length: prng.integer(1, 8) }, (_, n) =>
    prng.chance(0.6) ? usual.replace('10.2.0.0', `10.2.0.${n + 1}`) : server(n + 1),
  );
  const text = `virtual_server 10.1.0.1 80 {\nlvs_sched rr\nprotocol TCP\n${servers.join('')}}\n`;
  return load(text).configuration?.virtualServers ?? [];
}

const overTheWire = (service: VirtualServerSettings): VirtualServerSettings =>
  unpack(JSON.parse(JSON.stringify(pack(service))) as PackedService);

test('what is unpacked is what was packed', () => {
  let shared = 0;
  for (let n = 0; n < 300; n++) {
    for (const service of servicesOf(new Prng(n))) {
      assert.deepEqual(overTheWire(service), service);
      shared += service.realServers.length - pack(service).realServers.length;
    }
  }
  assert.ok(shared > 300, `only ${shared} servers were alike`);
});

function withServers(text: string): VirtualServerSettings {
  const { configuration } = load(`virtual_server 10.1.0.1 80 {\nlvs_sched rr\n${text}}\n`);
  const [one] = configuration?.virtualServers ?? [];
  assert.ok(one);
  return one;
}
const rows = (text: string): number => pack(withServers(text)).realServers.length;
const server = (address: string, inside = '', port = 80): string =>
  `real_server ${address} ${port} {\n${inside}}\n`;

test('address, port and weight make no other row; whatever else does', () => {
  const check = CHECKS[1];
  assert.equal(rows(server('10.2.0.1', check) + server('10.2.0.2', `weight 7\n${check}`, 81)), 1);
  for (const other of EXTRAS.slice(2))
    assert.equal(rows(server('10.2.0.1', check) + server('10.2.0.2', `${other}${check}`)), 2, other);
  for (const other of CHECKS.filter((one) => one !== check))
    assert.equal(rows(server('10.2.0.1', check) + server('10.2.0.2', other)), 2, other);
});

test('a check that goes to another server by name is not taken for one that goes to its own', () => {
  const named = CHECKS[4];
  // For the first it is its own address, for the second it is not.
  assert.equal(rows(server('10.2.0.1', named) + server('10.2.0.2', named)), 2);
  assert.equal(rows(server('10.2.0.3', named) + server('10.2.0.2', named)), 1);
});

test('servers of one row share the checks that are the same', () => {
  const inside = 'TCP_CHECK {\nconnect_ip 127.0.0.1\nconnect_port 81\n}\n';
  const [first, second] = overTheWire(
    withServers(server('10.2.0.1', inside) + server('10.2.0.2', inside)),
  ).realServers;
  assert.ok(first && second);
  assert.equal(first.checkers, second.checkers);
});
