/** The network model: every copy is accounted for, cuts cut one way, nothing is reordered without jitter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../src/base/ip-address.js';
import { Prng } from '../../src/base/prng.js';
import { Agenda } from '../../src/sim/agenda.js';
import type { Flight } from '../../src/sim/flight.js';
import { type Impairment, Network } from '../../src/sim/network.js';

const everywhere = { applies: () => true };

function flight(sender: number, tag: number): Flight {
  const bytes = new Uint8Array(28);
  bytes[0] = 0x45;
  bytes[20] = 0x21;
  bytes[21] = 51;
  bytes[22] = tag;
  return {
    family: 'ipv4',
    source: `10.0.0.${sender}` as IpAddress,
    destination: '224.0.0.18' as IpAddress,
    multicast: true,
    bytes,
    at: 20,
    hopLimit: 255,
    virtualRouterId: 51,
    priority: tag,
    sender,
    genuine: true,
  };
}

/** Three stations on one segment; `picky` refuses all. */
function segment(seed: number, picky?: number) {
  const agenda = new Agenda();
  const network = new Network(agenda, new Prng(seed));
  const heard: Flight[][] = [[], [], []];
  for (const router of [0, 1, 2]) {
    network.plug('lan', {
      router,
      receive: (_segment, arrived) => {
        if (router === picky) return false;
        heard[router]?.push(arrived);
        return true;
      },
    });
  }
  return { agenda, network, heard };
}

const balance = ({ counters: c }: Network): number =>
  c.copies - (c.delivered + c.refused + c.lost + c.cut + c.underWay);

test('every copy is delivered, refused, lost, cut or under way, at every instant', () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  const impairment = fc.record({
    loss: fraction,
    duplicate: fraction,
    corrupt: fraction,
    jitter: fc.nat(5000),
  });
  fc.assert(
    fc.property(fc.nat(1000), impairment, fc.nat(3), (seed, wrong, picky) => {
      const { agenda, network, heard } = segment(seed, picky);
      network.impair({ ...everywhere, ...wrong });
      for (let n = 0; n < 40; n++) {
        network.transmit('lan', flight(n % 3, n));
        agenda.runUntil(agenda.now + 300);
        assert.equal(balance(network), 0);
      }
      agenda.runUntil(agenda.now + 100_000);
      assert.equal(network.counters.underWay, 0);
      assert.equal(balance(network), 0);
      assert.equal(
        network.counters.delivered,
        heard.reduce((sum, one) => sum + one.length, 0),
      );
    }),
    { numRuns: 60 },
  );
});

test('undisturbed, everybody else hears everything once and in order', () => {
  const { agenda, network, heard } = segment(7);
  for (let n = 0; n < 50; n++) {
    network.transmit('lan', flight(0, n));
    agenda.runUntil(agenda.now + 10);
  }
  agenda.runUntil(agenda.now + 10_000);
  const expected = Array.from({ length: 50 }, (_, n) => n);
  assert.deepEqual(
    heard.map((one) => one.map((f) => f.priority)),
    [[], expected, expected],
  );
});

test('a cut is one way, and mends', () => {
  const { agenda, network, heard } = segment(7);
  const cut: Impairment = { cut: true, applies: (_segment, from, to) => from === 0 && to === 1 };
  const mend = network.impair(cut);
  assert.equal(network.connected('lan', 0, 1), false);
  assert.equal(network.connected('lan', 1, 0), true);
  network.transmit('lan', flight(0, 1));
  agenda.runUntil(5_000);
  network.transmit('lan', flight(1, 2));
  agenda.runUntil(10_000);
  assert.deepEqual(
    heard.map((one) => one.map((f) => f.priority)),
    [[2], [], [1, 2]],
  );
  mend();
  network.transmit('lan', flight(0, 3));
  agenda.runUntil(20_000);
  assert.deepEqual(
    heard[1]?.map((f) => f.priority),
    [3],
  );
});

test('jitter reorders', () => {
  const { agenda, network, heard } = segment(3);
  network.impair({ ...everywhere, jitter: 50_000 });
  for (let n = 0; n < 50; n++) network.transmit('lan', flight(0, n));
  agenda.runUntil(1_000_000);
  const order = heard[1]?.map((f) => f.priority) ?? [];
  assert.equal(order.length, 50);
  assert.notDeepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
});

test('a damaged copy is marked, differs in one bit of the VRRP message, and leaves the original alone', () => {
  const { agenda, network, heard } = segment(3);
  network.impair({ ...everywhere, corrupt: 1 });
  const sent = flight(0, 9);
  const before = sent.bytes.slice();
  network.transmit('lan', sent);
  agenda.runUntil(10_000);
  const [arrived] = heard[1] ?? [];
  assert.ok(arrived);
  assert.equal(arrived.genuine, false);
  assert.deepEqual(sent.bytes, before);
  const different = [...arrived.bytes].map((b, i) => b ^ (before[i] ?? 0));
  assert.deepEqual(different.slice(0, 20), new Array(20).fill(0));
  const flipped = different.reduce((sum, b) => sum + b.toString(2).replaceAll('0', '').length, 0);
  assert.equal(flipped, 1);
});
