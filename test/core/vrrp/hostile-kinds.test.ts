/**
 * A hostile neighbour, kind by kind: nothing is lost but the packet, each kind has its counter, the log stays
 * bounded, and the rhythm of a MASTER's adverts does not move by a microsecond. Issue "VRRP, whole", bad input.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_REFUSAL_SENDERS, MAX_STRAY_ROUTERS } from '../../../src/base/limits.js';
import type { ReceiveCheck } from '../../../src/core/vrrp/receive-check.js';
import { RECEIVE_CHECKS } from '../../../src/core/vrrp/receive-checks.js';
import { address } from '../../support/machine.js';
import { type AdvertOptions, Rig, type RigOptions } from '../rig.js';
import { single } from '../texts.js';
import { fitted, KEY, OTHER_KEY, signed, withAh } from './signing.js';

const HMAC = single(`auth_hmac {\n key 1 ${KEY}\n active_key 1\n }`);
const AH = single('authentication {\n auth_type AH\n auth_pass secret\n }');
const PASS = single('authentication {\n auth_type PASS\n auth_pass secret\n }');
const UNICAST = 'unicast_src_ip 10.0.0.1\n unicast_peer {\n 10.0.0.2\n }';
const PEERS = single(`check_unicast_src\n ${UNICAST}`);
const OWNER = single('owner_ignore_adverts').replace('priority 100', 'priority 255');
const V3 = single('version 3');
const wallOf = (rig: Rig): number => rig.moment.wall / 1e6;

interface Kind {
  readonly what: string;
  readonly text: string;
  readonly counter: string;
  readonly advert: (rig: Rig, n: number) => AdvertOptions;
  /** Each advert has a sender of its own, whatever else. */
  readonly strangers?: true;
}

/** Each would make a MASTER yield, were it not refused. */
const KINDS: readonly Kind[] = [
  {
    what: 'a wrong checksum',
    text: single(),
    counter: 'checksum',
    advert: () => ({ spoil: (p) => p.with(26, 1) }),
  },
  { what: 'a routed packet', text: single(), counter: 'ttl', advert: (_, n) => ({ ttl: n % 255 }) },
  {
    what: 'another version',
    text: single(),
    counter: 'version',
    advert: (_, n) => ({
      spoil: (p) =>
        p
          .with(20, ((3 + (n % 13)) << 4) | 1)
          .subarray(0, 32)
          .with(3, 32),
    }),
  },
  {
    what: 'a type of its own',
    text: single(),
    counter: 'type',
    advert: (_, n) => ({ spoil: (p) => p.with(20, 0x22 + (n % 14)) }),
  },
  {
    what: 'another interval',
    text: single(),
    counter: 'interval',
    advert: (_, n) => ({ interval: 2 + (n % 200) }),
  },
  { what: 'no interval', text: V3, counter: 'interval', advert: () => ({ interval: 0 }) },
  {
    what: 'a missing tail',
    text: single(),
    counter: 'packetLength',
    advert: (_, n) => ({ spoil: (p) => fitted(p.slice(0, 28 + (n % 12))) }),
  },
  {
    what: 'a promise of more',
    text: single(),
    counter: 'packetLength',
    advert: (_, n) => ({ spoil: (p) => p.with(3, 41 + (n % 200)) }),
  },
  {
    what: 'an address list of the wrong size',
    text: single(),
    counter: 'packetLength',
    advert: (_, n) => ({ spoil: (p) => p.with(23, 2 + (n % 254)) }),
  },
  {
    what: 'unicast where multicast belongs',
    text: single(),
    counter: 'destination',
    advert: () => ({ to: '10.0.0.1' }),
  },
  {
    what: 'a sender that is no peer',
    text: PEERS,
    counter: 'source',
    advert: (_, n) => ({ from: `10.9.${n % 250}.7` }),
    strangers: true,
  },
  {
    what: 'a peer from too far away',
    text: single(UNICAST.replace('10.0.0.2', '10.0.0.2 min_ttl 250')),
    counter: 'ttl',
    advert: (_, n) => ({ from: '10.0.0.2', ttl: n % 250 }),
  },
  {
    what: 'whatever an owner hears that listens to nobody',
    text: OWNER,
    counter: 'ownerIgnored',
    advert: () => ({ priority: 255 }),
  },
  {
    what: 'an unknown kind of authentication',
    text: PASS,
    counter: 'invalidAuthenticationType',
    advert: (_, n) => ({ authType: 3 + (n % 250) }),
  },
  { what: 'no authentication', text: PASS, counter: 'authenticationType', advert: () => ({ authType: 0 }) },
  {
    what: 'guessed passwords',
    text: PASS,
    counter: 'authentication',
    advert: (_, n) => ({ password: `guess${n}` }),
  },
  { what: 'no AH', text: AH, counter: 'authenticationType', advert: () => ({ authType: 2 }) },
  {
    what: 'AH without its key',
    text: AH,
    counter: 'authentication',
    advert: (_, n) => ({ authType: 2, spoil: withAh({ sequence: 1000 + n, password: `guess${n}` }) }),
  },
  {
    what: 'AH from the past',
    text: AH,
    counter: 'authentication',
    advert: () => ({ authType: 2, spoil: withAh({ sequence: 1 }) }),
  },
  {
    what: 'AH with the SPI of another',
    text: AH,
    counter: 'authentication',
    advert: (_, n) => ({ authType: 2, spoil: withAh({ sequence: 1000 + n, spi: n }) }),
  },
  { what: 'no trailer', text: HMAC, counter: 'hmacMissing', advert: () => ({}) },
  {
    what: 'a signature of who is no peer',
    text: single(`${UNICAST}\n auth_hmac {\n key 1 ${KEY}\n active_key 1\n }`),
    counter: 'source',
    advert: (rig, n) => ({ from: `10.9.${n % 250}.7`, spoil: signed({ at: wallOf(rig) + n / 1e5 }) }),
    strangers: true,
  },
  {
    what: 'a malformed trailer',
    text: HMAC,
    counter: 'hmacMalformed',
    advert: (rig, n) => ({ spoil: signed({ at: wallOf(rig), type: 2 + (n % 250) }) }),
  },
  {
    what: 'a trailer from the past',
    text: HMAC,
    counter: 'hmacStale',
    advert: (rig, n) => ({ spoil: signed({ at: wallOf(rig) - 100 - n }) }),
  },
  {
    what: 'unknown keys',
    text: HMAC,
    counter: 'hmacUnknownKey',
    advert: (rig, n) => ({ spoil: signed({ at: wallOf(rig), keyId: 2 + (n % 254) }) }),
  },
  {
    what: 'signatures by guess',
    text: HMAC,
    counter: 'hmacInvalid',
    advert: (rig) => ({ spoil: signed({ at: wallOf(rig), key: OTHER_KEY }) }),
  },
];

const counterOf = (rig: Rig, name: string): number => {
  const counters: Record<string, number> = { ...rig.engine.status().instances[0]?.counters };
  return counters[name] ?? -1;
};
/** Which checks have refused something. */
const refusing = new Set<string>();
const WATCHED: readonly ReceiveCheck[] = RECEIVE_CHECKS.map((check) => ({
  ...check,
  fault: (...about) => {
    const fault = check.fault(...about);
    if (fault !== undefined) refusing.add(check.id);
    return fault;
  },
}));
const masterOf = (text: string, options: RigOptions = {}): Rig => {
  const rig = new Rig(text, { receiveChecks: WATCHED, ...options }).start().wait(4);
  assert.equal(rig.state(), 'MASTER');
  rig.take();
  return rig;
};

/** Packets in ten seconds: each from its own sender, or all from one. */
const FLOOD = 200;

describe('a flood of one kind', () => {
  for (const { what, text, counter, advert, strangers } of KINDS) {
    for (const spoofed of [false, true]) {
      test(`${what}, from ${spoofed ? 'spoofed senders' : 'one sender'}`, () => {
        const rig = masterOf(text);
        const before = counterOf(rig, counter);
        for (let n = 0; n < FLOOD; n++) {
          const from = spoofed ? `10.1.${n >> 8}.${n & 255}` : '10.0.0.2';
          const options = advert(rig, n);
          rig.advert({ priority: 200, from, ...options }).wait(0.05);
        }
        assert.equal(rig.state(), 'MASTER');
        const undisturbed = masterOf(text).wait(10).advertTimes();
        assert.equal(undisturbed.length, 10);
        assert.deepEqual(rig.advertTimes(), undisturbed);
        assert.equal(counterOf(rig, counter) - before, FLOOD, counter);
        const lines = rig.lines.filter((line) => line.includes('refuses'));
        const most = spoofed || strangers ? MAX_REFUSAL_SENDERS + 1 : 1;
        assert.ok(lines.length >= 1 && lines.length <= most, `${lines.length} lines`);
        assert.equal(rig.take().filter((line) => / (add|del|announce|run) /.test(line)).length, 0);
      });
    }
  }
});

test('every length from nothing to far too long: only the exact one, and padding, is heard', () => {
  for (const [text, exact] of [
    [single(), 40],
    [V3, 32],
  ] as const) {
    for (let length = 0; length <= 120; length++) {
      const rig = masterOf(text);
      rig.advert({
        priority: 200,
        spoil: (packet) => {
          const bytes = new Uint8Array(length);
          bytes.set(packet.subarray(0, length));
          return length >= 20 ? fitted(bytes) : bytes;
        },
      });
      const padding = length > exact && (length - exact) % 4 === 2;
      assert.equal(rig.state(), length === exact || padding ? 'BACKUP' : 'MASTER', `${length} bytes`);
      const { instances, strayPackets } = rig.engine.status();
      const counted = (instances[0]?.counters.packetLength ?? 0) + strayPackets.unreadable;
      assert.equal(counted, rig.state() === 'BACKUP' ? 0 : 1, `${length} bytes are counted`);
    }
  }
});

test('every length over IPv6', () => {
  const text = single().replace('10.0.0.100', 'fe80::100');
  const addresses = [address(2, 'fe80::1', 64)];
  for (let length = 0; length <= 80; length++) {
    const rig = masterOf(text, { addresses });
    rig.advert({
      priority: 200,
      from: 'fe80::2',
      to: 'ff02::12',
      spoil: (payload) => {
        const bytes = new Uint8Array(length);
        bytes.set(payload.subarray(0, length));
        return bytes;
      },
    });
    // Zeros behind it change no sum, but the pseudo-header counts them: padding has a wrong checksum.
    assert.equal(rig.state(), length === 24 ? 'BACKUP' : 'MASTER', `${length} bytes`);
    const { instances, strayPackets } = rig.engine.status();
    const { packetLength = 0, checksum = 0 } = instances[0]?.counters ?? {};
    assert.equal(packetLength + checksum + strayPackets.unreadable, length === 24 ? 0 : 1, `${length} bytes`);
  }
});

test('address lists of other sizes that fit their packets are counted and said, and obeyed', () => {
  for (const count of [0, 2, 40, 255]) {
    const vips = Array.from({ length: count }, (_, n) => `10.3.0.${n}`);
    const rig = masterOf(single()).advert({ priority: 200, vips });
    assert.equal(rig.state(), 'BACKUP', `${count} addresses`);
    assert.equal(counterOf(rig, 'addressList'), 1, `${count} addresses`);
    const said = `obeys an advert from 10.0.0.2: it lists ${count} addresses, we have 1`;
    assert.equal(rig.lines.filter((line) => line.includes(said)).length, 1, `${count} addresses`);
  }
});

test('a storm of priority 255 is obeyed once, and over when it is over', () => {
  const rig = masterOf(single());
  for (let n = 0; n < 600; n++) rig.advert({ priority: 255, from: '10.0.0.9' }).wait(0.005);
  assert.equal(rig.state(), 'BACKUP');
  assert.equal(rig.lines.filter((line) => line.includes('Entering')).length, 1);
  assert.ok(rig.lines.length < 20, `${rig.lines.length} lines`);
  rig.wait(3.61);
  assert.equal(rig.state(), 'MASTER');
});

test('a storm that alternates 255 and goodbyes costs no more transitions than skews fit into it', () => {
  const rig = masterOf(single());
  for (let n = 0; n < 2000; n++)
    rig.advert({ priority: n % 2 === 0 ? 255 : 0, from: '10.0.0.9' }).wait(0.005);
  const transitions = rig.lines.filter((line) => line.includes('Entering')).length;
  // Ten seconds, and 0.609 s from a goodbye to MASTER.
  assert.ok(transitions <= 2 * Math.ceil(10 / 0.609), `${transitions} transitions`);
});

test('a storm of other owners costs an owner one transition, and few lines', () => {
  for (const spoofed of [false, true]) {
    const rig = masterOf(single().replace('priority 100', 'priority 255'));
    for (let n = 0; n < 2000; n++)
      rig.advert({ priority: 255, from: spoofed ? `9.1.${n >> 8}.${n & 255}` : '9.0.0.1' }).wait(0.005);
    assert.equal(rig.lines.filter((line) => line.includes('Entering')).length, 1);
    assert.ok(rig.lines.length <= 20, `${rig.lines.length} lines`);
    rig.wait(4);
    assert.deepEqual(
      [rig.state(), rig.engine.status().instances[0]?.effectivePriority],
      ['MASTER', 255],
      'over when it is over',
    );
  }
});

test('a storm of 255 and goodbyes behind a secret moves nothing', () => {
  for (const text of [PASS, AH, HMAC]) {
    const rig = masterOf(text);
    for (let n = 0; n < 200; n++)
      rig.advert({ priority: n % 2 === 0 ? 255 : 0, authType: 1, password: 'guess' }).wait(0.05);
    assert.equal(rig.state(), 'MASTER');
    assert.equal(rig.lines.filter((line) => line.includes('Entering')).length, 0);
    assert.equal(rig.advertTimes().length, 10);
  }
});

test('our own adverts, echoed, move nothing and are said once', () => {
  const rig = masterOf(single());
  for (let n = 0; n < 200; n++) rig.advert({ priority: 100, from: '10.0.0.1' }).wait(0.05);
  assert.equal(rig.state(), 'MASTER');
  assert.equal(rig.advertTimes().length, 10);
  assert.equal(rig.lines.filter((line) => line.includes('our own address')).length, 1);
});

test('adverts of a dead master, replayed, keep nobody from taking over, when they are numbered', () => {
  for (const [text, counter] of [
    [AH, 'authentication'],
    [HMAC, 'hmacReplay'],
  ] as const) {
    const rig = new Rig(text, { receiveChecks: WATCHED }).start();
    const recorded = text === AH ? withAh({ sequence: 7 }) : signed({ at: wallOf(rig) });
    const options = { priority: 200, ...(text === AH ? { authType: 2 } : {}), spoil: recorded };
    rig.advert(options);
    assert.equal(rig.engine.status().instances[0]?.counters.advertReceived, 1);
    for (let n = 0; n < 40; n++) rig.wait(0.1).advert(options);
    assert.equal(rig.state(), 'MASTER');
    assert.ok(counterOf(rig, counter) > 30, counter);
    assert.ok(rig.lines.filter((line) => line.includes('replay')).length <= 1);
  }
});

test('without a secret nothing tells a replay apart: it holds a backup as long as it lasts, and no longer', () => {
  const rig = new Rig(single()).start();
  for (let n = 0; n < 20; n++) rig.advert({ priority: 200 }).wait(0.5);
  assert.equal(rig.state(), 'BACKUP');
  rig.wait(3.61);
  assert.equal(rig.state(), 'MASTER');
});

test('packets of a thousand foreign senders for every foreign number cost a bounded number of lines and counters', () => {
  const rig = masterOf(single());
  for (let n = 0; n < 1200; n++)
    rig.advert({ vrid: 52 + (n % 200), from: `10.2.${(n >> 8) % 256}.${n & 255}` });
  const { strayPackets } = rig.engine.status();
  assert.equal(strayPackets.unknownVirtualRouter, 1200);
  assert.equal(strayPackets.virtualRouters.length, 200);
  const most = MAX_REFUSAL_SENDERS + 200;
  assert.ok(rig.lines.length <= most, `${rig.lines.length} lines`);
  assert.equal(strayPackets.virtualRouters[0]?.interface, 'eth0');
  // The same numbers on another interface are other routers: what is more than the bound counts together.
  for (let n = 0; n < 200; n++) rig.advert({ vrid: 52 + n, device: 'eth1' });
  const after = rig.engine.status().strayPackets;
  assert.equal(after.unknownVirtualRouter, 1400);
  assert.equal(after.virtualRouters.length, MAX_STRAY_ROUTERS);
});

test('who was quiet for a while makes room for others, each with a line of its own', () => {
  const rig = masterOf(single());
  const from = (n: number): string => `10.1.${n >> 8}.${n & 255}`;
  for (let n = 0; n < MAX_REFUSAL_SENDERS + 50; n++) rig.advert({ ttl: 3, from: from(n) });
  const refused = (): number => rig.lines.filter((line) => line.includes('refuses')).length;
  assert.equal(refused(), MAX_REFUSAL_SENDERS + 1);
  rig.wait(61).take();
  for (let n = 1000; n < 1010; n++) rig.advert({ ttl: 3, from: from(n) });
  assert.equal(refused(), 10);
});

test('every check that refuses had its flood above, and has a counter', () => {
  const dropping = RECEIVE_CHECKS.filter(({ drops }) => drops);
  const idle = dropping.filter(({ id }) => !refusing.has(id));
  const uncounted = dropping.filter(({ counter }) => counter === undefined);
  // An advert that crossed one of ours is late, no fault of its sender.
  assert.deepEqual(
    [idle.map(({ id }) => id), uncounted.map(({ id }) => id)],
    [['ah-crossed'], ['ah-crossed']],
  );
});
