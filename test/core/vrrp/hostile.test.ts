/** What a hostile or clumsy neighbour may not achieve: silence, noise, growth, a crash. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_REFUSAL_SENDERS } from '../../../src/base/limits.js';
import type { Input } from '../../../src/core/inputs.js';
import { REFUSAL_LOG_INTERVAL } from '../../../src/core/vrrp/refusals.js';
import { ip } from '../../base/values.js';
import { type AdvertOptions, Rig } from '../rig.js';
import { single } from '../texts.js';

const master = (): Rig => {
  const rig = new Rig(single());
  rig.start().wait(4).take();
  return rig;
};

/** Adverts of the next ten seconds while `disturb` happens every 40 ms. */
function instants(disturb?: (rig: Rig) => void): number[] {
  const rig = master();
  for (let n = 0; n < 250; n++) {
    disturb?.(rig);
    rig.wait(0.04);
  }
  return rig.advertTimes();
}

const JUNK: readonly [string, AdvertOptions][] = [
  ['a wrong checksum', { priority: 200, spoil: (packet) => packet.with(26, 1) }],
  ['a wrong TTL', { priority: 200, ttl: 1 }],
  ['another password', { priority: 200, authType: 1, password: 'x' }],
  ['another version', { priority: 200, version: 3 }],
  ['a short packet', { priority: 200, spoil: (packet) => packet.subarray(0, 30) }],
  ['nothing but a header', { spoil: (packet) => packet.subarray(0, 20) }],
  ['nothing at all', { spoil: () => new Uint8Array(0) }],
];

for (const [what, options] of JUNK) {
  test(`a flood of ${what} does not move an advert by a microsecond`, () => {
    assert.deepEqual(
      instants((rig) => rig.advert(options)),
      instants(),
    );
  });
}

for (const [what, priority] of [
  ['lower adverts', 50],
  ['goodbyes', 0],
] as const)
  test(`a flood of ${what} is answered, but never silences and never multiplies without bound`, () => {
    const rig = master();
    for (let n = 0; n < 1000; n++) rig.advert({ priority, from: `10.1.${n >> 8}.${n & 255}` }).wait(0.001);
    const sent = rig.advertTimes();
    assert.ok(sent.length >= 50 && sent.length <= 101, `${sent.length} adverts in a second`);
    const announced = rig.lines.filter((line) => line.includes('announce'));
    assert.ok(announced.length <= 3, `${announced.length} bursts in a second`);
    const others = rig.lines.length - sent.length - announced.length;
    assert.ok(others <= MAX_REFUSAL_SENDERS + 1, `${others} lines in a second`);
  });

test('a flood from a thousand spoofed senders costs a bounded number of lines', () => {
  const rig = master();
  for (let n = 0; n < 1000; n++)
    rig.advert({ from: `10.1.${n >> 8}.${n & 255}`, ttl: 3 }).advert({ from: '10.0.0.2', ttl: 3 });
  const lines = rig.lines.filter((line) => line.includes('TTL'));
  assert.ok(lines.length > 10 && lines.length <= 65, `${lines.length} lines`);
  assert.equal(rig.engine.status().instances[0]?.counters.ttl, 2000);
});

test('after a while one more line says how many were silent', () => {
  const rig = master();
  for (let n = 0; n < 5; n++) rig.advert({ ttl: 3 });
  rig.wait(REFUSAL_LOG_INTERVAL / 1e6 + 1).take();
  rig.advert({ ttl: 3 });
  assert.equal(rig.lines.filter((line) => line.includes('and 4 more')).length, 1);
});

test('packets for nobody are counted, and reported once', () => {
  const rig = master();
  for (let n = 0; n < 5; n++) rig.advert({ vrid: 99 }).advert({ spoil: (packet) => packet.subarray(0, 9) });
  const lastSender = ip('10.0.0.2');
  assert.deepEqual(rig.engine.status().strayPackets, {
    unreadable: 5,
    unknownVirtualRouter: 5,
    virtualRouters: [{ interface: 'eth0', family: 'ipv4', virtualRouterId: 99, packets: 5, lastSender }],
  });
  assert.equal(rig.lines.length, 2);
  // A day later what goes on is nothing new, unless log_unknown_vrids asks for it.
  rig.wait(86_400).take();
  rig.advert({ vrid: 99 });
  assert.deepEqual(rig.take(), []);
  const asked = new Rig(single().replace('script_user root', 'script_user root\n log_unknown_vrids'));
  asked.start().wait(4);
  for (let n = 0; n < 90; n++) asked.advert({ vrid: 99 }).wait(1);
  const lines = asked.lines.filter((line) => line.includes('virtual router 99'));
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? '', /and 59 more like it/);
});

test('no bytes on a VRRP socket make the engine throw, or a MASTER yield', () => {
  const rig = master();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(2, 3, 7), (bytes, interfaceIndex) => {
      rig.handle({ kind: 'packet', packet: { family: 'ipv4', interfaceIndex, bytes } });
      rig.handle({ kind: 'packet', packet: { family: 'ipv6', interfaceIndex, bytes } });
      assert.equal(rig.state(), 'MASTER');
    }),
  );
});

test('inputs about things that nobody knows change nothing', () => {
  const rig = master();
  const strange: Input[] = [
    { kind: 'channel', channel: '9/ipv4' },
    { kind: 'channel', channel: '9/ipv4', error: { code: 'EPERM', message: 'no' } },
    { kind: 'send-failed', instance: 'nobody', error: { code: 'ENETDOWN', message: 'down' } },
    { kind: 'addresses-applied', request: 99, results: [] },
    { kind: 'check-finished', script: 'nobody', outcome: { kind: 'exit', code: 1 } },
    { kind: 'notify-finished', run: 99, outcome: { kind: 'exit', code: 1 } },
    { kind: 'process-count', tracker: 'nobody', count: 1, source: 'test' },
    { kind: 'file-content', tracker: 'nobody', content: '1' },
    { kind: 'start', links: [], addresses: [] },
    { kind: 'timeout', held: ['nothing'] },
  ];
  for (const input of strange) rig.handle(input);
  assert.equal(rig.state(), 'MASTER');
  assert.deepEqual(rig.take(), []);
});

test('what an instance above the interface hears by itself is no stray', () => {
  const rig = new Rig(`${single()}vrrp_instance VI_2 {
  virtual_router_id 77
  unicast_src_ip 10.0.0.9
  unicast_peer {
    10.0.0.2
  }
  virtual_ipaddress {
    10.0.0.101 dev eth0
  }
}
`);
  rig.start().wait(4).take();
  // An interface that no instance names is a virtual MAC or a VRF: whose number it is, hears it.
  rig.advert({ vrid: 51, device: 'eth1' });
  rig.advert({ vrid: 77, to: '224.0.0.18' });
  const { strayPackets } = rig.engine.status();
  assert.deepEqual(
    strayPackets.virtualRouters.map(({ virtualRouterId }) => virtualRouterId),
    [],
  );
});
