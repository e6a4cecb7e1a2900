/**
 * Bad input: every refusal with its counter, each row played again with its guard off, when the packet must have an
 * effect; nothing of what is refused moves the session, and a flood grows neither memory nor log.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BFD_CHECKS } from '../../../src/core/bfd/receive-checks.js';
import type { BfdRefusal } from '../../../src/core/bfd/session-status.js';
import { Rig } from '../rig.js';
import type { BfdChanges } from '../rig-bfd.js';
import { raised, sessionOf, started } from './rig-session.js';

interface BadPacket {
  readonly check: string;
  readonly counter: BfdRefusal;
  readonly packet: BfdChanges;
  /** Lines of the session. */
  readonly lines?: string;
}

/** All say Down, which takes a session down that believes them. */
const BAD: readonly BadPacket[] = [
  { check: 'multiplier', counter: 'multiplier', packet: { detectMultiplier: 0 } },
  { check: 'multipoint', counter: 'multipoint', packet: { multipoint: true } },
  { check: 'my-discriminator', counter: 'discriminator', packet: { myDiscriminator: 0 } },
  { check: 'flags', counter: 'flags', packet: { poll: true, final: true } },
  { check: 'diagnostic', counter: 'diagnostic', packet: { diagnostic: 9 } },
  { check: 'diagnostic', counter: 'diagnostic', packet: { diagnostic: 31 } },
  { check: 'port', counter: 'port', packet: { port: 4784 } },
  { check: 'address', counter: 'address', packet: { source: '10.0.0.9' } },
  { check: 'address', counter: 'address', packet: { destination: '10.0.0.200' } },
  { check: 'hop-limit', counter: 'hopLimit', packet: { hopLimit: 254 } },
  { check: 'hop-limit', counter: 'hopLimit', packet: { hopLimit: 252 }, lines: 'max_hops 2' },
  {
    check: 'authentication-type',
    counter: 'authenticationType',
    packet: {
      authentication: { type: 'simple-password', keyId: 1, password: Uint8Array.of(65) },
    },
  },
];

describe('refused packets', () => {
  for (const { check, counter, packet, lines } of BAD) {
    test(`${check}: ${JSON.stringify(packet)}`, () => {
      const rig = raised(lines);
      const before = sessionOf(rig);
      rig.bfd('b', packet);
      const { counters, ...rest } = sessionOf(rig);
      assert.equal(counters[counter], 1);
      assert.equal(counters.received, before.counters.received);
      assert.deepEqual({ ...rest, counters: before.counters }, before);
      assert.ok(rig.lines.some((line) => /discarding a packet from/.test(line)));
      const without = raised(lines, { bfdChecks: BFD_CHECKS.filter(({ id }) => id !== check) });
      without.bfd('b', packet);
      assert.equal(sessionOf(without).state, 'Down', 'without its guard the packet changes nothing, too');
    });
  }

  test('your-discriminator: Init or Up without ours', () => {
    for (const state of ['Init', 'Up'] as const) {
      const rig = started();
      rig.bfd('b', { yourDiscriminator: 0 });
      rig.bfd('b', { yourDiscriminator: 0, state });
      assert.equal(sessionOf(rig).state, 'Init');
      assert.equal(sessionOf(rig).counters.discriminator, 1);
      const without = started('', {
        bfdChecks: BFD_CHECKS.filter(({ id }) => id !== 'your-discriminator'),
      });
      without.bfd('b', { yourDiscriminator: 0 }).bfd('b', { yourDiscriminator: 0, state });
      assert.equal(sessionOf(without).state, 'Up');
    }
  });
  test("a discriminator that is nobody's, and a sender without a session", () => {
    const rig = raised();
    rig.bfd('b', { yourDiscriminator: 4711 });
    assert.equal(sessionOf(rig).counters.discriminator, 1);
    rig.bfd('b', { yourDiscriminator: 0, source: '10.0.0.77' });
    rig.bfd('b', { yourDiscriminator: 4711, source: '10.0.0.77' });
    assert.equal(rig.engine.status().bfd?.refused.discriminator, 2);
    assert.equal(sessionOf(rig).state, 'Up');
  });
  test('Down without a discriminator is from a neighbour that has restarted: obeyed', () => {
    const rig = raised();
    rig.bfd('b', { yourDiscriminator: 0, myDiscriminator: 78 });
    assert.equal(sessionOf(rig).state, 'Down');
    assert.equal(sessionOf(rig).remote?.discriminator, 78);
  });
  test('bytes that are no packet', () => {
    const rig = raised();
    const spoils: ((bytes: Uint8Array) => Uint8Array)[] = [
      (bytes) => bytes.slice(0, 23),
      (bytes) => bytes.with(0, 0x40),
      (bytes) => bytes.with(3, 25),
      (bytes) => bytes.with(1, (bytes[1] ?? 0) | 4),
      () => new Uint8Array(0),
    ];
    for (const spoil of spoils) rig.bfd('b', { spoil });
    assert.equal(sessionOf(rig).counters.malformed, spoils.length);
    assert.equal(sessionOf(rig).state, 'Up');
  });
  test('while we are administratively down nothing is heard', () => {
    const rig = raised();
    rig.handle({ kind: 'stop', reason: 'SIGTERM' });
    rig.bfd('b', { state: 'Up' });
    assert.equal(sessionOf(rig).state, 'AdminDown');
    assert.equal(sessionOf(rig).counters.disabled, 1);
  });
  test('max_hops: so many routers, any number with -1', () => {
    const near = raised('max_hops 2');
    near.bfd('b', { hopLimit: 253 });
    assert.equal(sessionOf(near).state, 'Down');
    const any = raised('max_hops -1');
    any.bfd('b', { hopLimit: 1 });
    assert.equal(sessionOf(any).state, 'Down');
  });
});

describe('several sessions', () => {
  const TWO = `bfd_instance b {
 neighbor_ip 10.0.0.2
 source_ip 10.0.0.1
}
bfd_instance c {
 neighbor_ip 10.0.0.3
}
bfd_instance far {
 neighbor_ip 10.0.0.2
 source_ip 10.0.0.1
 multihop
}
bfd_instance six {
 neighbor_ip fe80::2%eth0
 hoplimit 255
}
`;
  const all = (): Rig => {
    const rig = new Rig(TWO).start();
    for (const name of ['b', 'c', 'far', 'six'])
      rig.bfd(name, { state: 'Init' }).bfd(name, { state: 'Up', final: true });
    for (const name of ['b', 'c', 'far', 'six']) assert.equal(sessionOf(rig, name).state, 'Up', name);
    return rig;
  };
  test('discriminators and ports differ; each has its own socket', () => {
    const rig = all();
    const sessions = rig.engine.status().bfd?.sessions ?? [];
    assert.equal(new Set(sessions.map(({ discriminator }) => discriminator)).size, 4);
    assert.equal(new Set(sessions.map(({ sourcePort }) => sourcePort)).size, 4);
  });
  test('the right discriminator from another neighbour is refused', () => {
    const rig = all();
    rig.bfd('b', { source: '10.0.0.3' });
    assert.equal(sessionOf(rig, 'b').state, 'Up');
    assert.equal(sessionOf(rig, 'c').state, 'Up');
    assert.equal(sessionOf(rig, 'b').counters.address, 1);
  });
  test('without one port, address and interface tell whose it is', () => {
    const rig = all();
    rig.bfd('far', { yourDiscriminator: 0 });
    assert.deepEqual([sessionOf(rig, 'far').state, sessionOf(rig, 'b').state], ['Down', 'Up']);
    rig.bfd('six', { yourDiscriminator: 0, device: 'eth1' });
    assert.equal(sessionOf(rig, 'six').state, 'Up');
    rig.bfd('six', { yourDiscriminator: 0 });
    assert.equal(sessionOf(rig, 'six').state, 'Down');
  });
  test('a flood of refused packets: counted, some lines, nobody disturbed', () => {
    const rig = all();
    rig.take();
    for (let n = 0; n < 20_000; n++) {
      const source = `10.1.${n >> 8}.${n & 255}`;
      rig.bfd('b', { source, yourDiscriminator: n % 3 === 0 ? 0 : n });
    }
    const refused = rig.engine.status().bfd?.refused.discriminator ?? 0;
    assert.ok(refused + sessionOf(rig, 'b').counters.address >= 19_990);
    assert.ok(rig.lines.length < 200, `${rig.lines.length} lines`);
    for (const name of ['b', 'c', 'far', 'six']) assert.equal(sessionOf(rig, name).state, 'Up');
  });
});

describe('no session is disturbed by packets of another', () => {
  const THREE = `bfd_instance b {
 neighbor_ip 10.0.0.2
 source_ip 10.0.0.1
}
bfd_instance c {
 neighbor_ip 10.0.0.3
 source_ip 10.0.0.1
}
bfd_instance six {
 neighbor_ip fe80::2%eth0
 hoplimit 255
}
`;
  const NAMES = ['b', 'c', 'six'];
  const up = (): Rig => {
    const rig = new Rig(THREE).start();
    for (const name of NAMES) rig.bfd(name, { state: 'Init' }).bfd(name, { state: 'Up', final: true });
    rig.take();
    return rig;
  };
  /** What is known of it, but for the counters of what was refused. */
  const known = (rig: Rig, name: string) => {
    const { counters, ...rest } = sessionOf(rig, name);
    return { ...rest, received: counters.received, sent: counters.sent };
  };

  test('our discriminator on another interface is refused', () => {
    const rig = up();
    const before = known(rig, 'six');
    rig.bfd('six', { device: 'eth1' });
    assert.deepEqual(known(rig, 'six'), before);
    assert.equal(sessionOf(rig, 'six').counters.address, 1);
    rig.bfd('six', {});
    assert.equal(sessionOf(rig, 'six').state, 'Down');
  });
  test('whatever one neighbor or a stranger sends, in whosever name, with whatever in its fields', () => {
    const states = ['AdminDown', 'Down', 'Init', 'Up'] as const;
    const u32 = fc.oneof(fc.constantFrom(0, 1, 0xffff_ffff), fc.nat(0xffff_ffff));
    const fields = fc.record({
      diagnostic: fc.nat(31),
      state: fc.constantFrom(...states),
      poll: fc.boolean(),
      final: fc.boolean(),
      demand: fc.boolean(),
      multipoint: fc.boolean(),
      detectMultiplier: fc.oneof(fc.constantFrom(0, 1, 255), fc.nat(255)),
      myDiscriminator: u32,
      desiredMinTx: u32,
      requiredMinRx: u32,
      requiredMinEchoRx: u32,
    });
    const rig = up();
    const own = NAMES.map((name) => sessionOf(rig, name).discriminator);
    const packet = fc.record({
      fields,
      yourDiscriminator: fc.oneof(fc.constantFrom(0, ...own), u32),
      source: fc.constantFrom('10.0.0.2', '10.0.0.9', '10.0.0.1'),
      port: fc.constantFrom(3784, 4784),
      hopLimit: fc.constantFrom(255, 254, 1, 0),
      bent: fc.option(fc.uint8Array({ maxLength: 60 }), { freq: 6 }),
    });
    const before = known(rig, 'c');
    fc.assert(
      fc.property(packet, ({ fields: its, bent, ...rest }) => {
        rig.bfd('b', { ...its, ...rest, ...(bent ? { spoil: () => bent } : {}) });
        assert.deepEqual(known(rig, 'c'), before);
      }),
      { numRuns: 3000 },
    );
    // Nor is the neighbor's own session beyond help.
    rig.wait(3600).bfd('b', { yourDiscriminator: 0, myDiscriminator: 80 });
    rig.bfd('b', { state: 'Init', myDiscriminator: 80 }).bfd('b', { state: 'Up', myDiscriminator: 80 });
    assert.equal(sessionOf(rig, 'b').state, 'Up');
  });
  test('the longest and the shortest intervals that a packet can name count as they are, and no longer than they are named', () => {
    const rig = up();
    rig.bfd('b', {
      state: 'Up',
      detectMultiplier: 255,
      desiredMinTx: 0xffff_ffff,
      requiredMinRx: 0xffff_ffff,
    });
    const { detectionTime, transmitInterval } = sessionOf(rig, 'b');
    assert.deepEqual([detectionTime, transmitInterval], [255 * 0xffff_ffff, 0xffff_ffff]);
    rig.wait(4000);
    assert.equal(sessionOf(rig, 'b').state, 'Up');
    rig.bfd('b', { state: 'Up', detectMultiplier: 1, desiredMinTx: 0, requiredMinRx: 1 });
    const named = sessionOf(rig, 'b');
    assert.deepEqual([named.detectionTime, named.transmitInterval], [10_000, 10_000], 'no shorter than ours');
    rig.take();
    rig.wait(0.011);
    assert.equal(sessionOf(rig, 'b').state, 'Down');
    assert.ok(rig.lines.length < 10, rig.lines.join('\n'));
  });
});
