/** Authentication over time: numbers that grow, clocks that jump, keys that change, peers that speak an old dialect. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../src/core/effects.js';
import { decodeIpv4 } from '../../../src/wire/ipv4.js';
import { AH_PROTOCOL, ahIcv, readAhHeader } from '../../../src/wire/vrrp-ah.js';
import { vrrpChecksumHolds } from '../../../src/wire/vrrp-header.js';
import { HMAC_TRAILER_LENGTH, readHmacTrailer, sequenceOfClock } from '../../../src/wire/vrrp-hmac.js';
import { passwordData } from '../../../src/wire/vrrp-v2.js';
import { ip } from '../../base/values.js';
import { configurationOf } from '../../support/configuration.js';
import { address } from '../../support/machine.js';
import { Rig } from '../rig.js';
import { pair, single } from '../texts.js';
import { KEY, OTHER_KEY, signed, withAh, withChecksum } from './signing.js';

type Advert = Extract<Effect, { kind: 'send-advert' }>;
const sentBy = (rig: Rig): Advert[] =>
  rig.effects.flatMap((one) => (one.kind === 'send-advert' ? [one] : []));
const counters = (rig: Rig) => {
  const [instance] = rig.engine.status().instances;
  assert.ok(instance);
  return instance.counters;
};
const hmac = (lines = '', transport = ''): string =>
  single(`${transport}\n auth_hmac {\n key 1 ${KEY}\n key 2 ${OTHER_KEY}\n active_key 1\n ${lines}\n }`);
const ah = (lines = ''): string =>
  single(`authentication {\n auth_type AH\n auth_pass secret\n }\n ${lines}`);
const trailerOf = ({ bytes }: Advert) => {
  const trailer = readHmacTrailer(bytes, bytes.length - HMAC_TRAILER_LENGTH);
  assert.ok(trailer);
  return trailer;
};
const ahOf = ({ bytes }: Advert) => {
  const header = readAhHeader(bytes, 20);
  assert.ok(header);
  return header;
};
/** What one router sends reaches the others' sockets on eth0. */
const deliver = (adverts: readonly Advert[], ...receivers: Rig[]): void => {
  for (const { bytes, source, destination } of adverts) {
    const ipv6 = source.includes(':');
    const extra = ipv6 ? { source, destination, hopLimit: 255 } : {};
    const packet = { family: ipv6 ? 'ipv6' : 'ipv4', interfaceIndex: 2, bytes, ...extra } as const;
    for (const rig of receivers) rig.handle({ kind: 'packet', packet });
  }
};
const at = (host: string) => ({ addresses: [address(2, host, 24)] });

test('AH: a packet as it should be, numbered from one, with the next number left to who preempts us now', () => {
  const rig = new Rig(ah()).start().wait(6);
  const adverts = sentBy(rig);
  assert.deepEqual(
    adverts.map((one) => ahOf(one).sequence),
    [1, 3, 5],
  );
  for (const { bytes } of adverts) {
    const read = decodeIpv4(bytes);
    assert.ok(read.ok && read.value.header.protocol === AH_PROTOCOL);
    assert.deepEqual(ahIcv(bytes, 20, passwordData('secret'), false), readAhHeader(bytes, 20)?.icv);
    assert.equal(vrrpChecksumHolds(bytes, 44, bytes.length - 44), true);
    assert.equal(bytes[48], 2, 'authentication type');
  }
});

test('AH: a successor counts on where its master stopped, a master skips a number for a worse one', () => {
  const rig = new Rig(ah()).start();
  rig
    .advert({ priority: 200, authType: 2, spoil: withAh({ sequence: 41 }) })
    .wait(4)
    .take();
  rig.wait(1);
  assert.deepEqual(
    sentBy(rig).map((one) => ahOf(one).sequence),
    [45],
  );
  rig.take();
  rig.advert({ priority: 50, authType: 2, spoil: withAh({ sequence: 60 }) });
  assert.deepEqual(
    sentBy(rig).map((one) => ahOf(one).sequence),
    [63],
  );
});

test('AH: a reload keeps the number, and a router without a history is heard after a split', () => {
  const rig = new Rig(ah()).start().wait(10);
  const last = Math.max(...sentBy(rig).map((one) => ahOf(one).sequence));
  rig.take();
  rig.handle({ kind: 'reload', configuration: configurationOf(ah('garp_master_refresh 60')) }).wait(1);
  assert.equal(ahOf(sentBy(rig)[0] ?? assert.fail()).sequence, last + 2);
  // The other router knows nothing of the past and became MASTER behind a cut; now both hear each other.
  const other = new Rig(ah().replace('priority 100', 'priority 200'), at('10.0.0.2')).start().wait(5);
  rig.take();
  for (let n = 0; n < 4; n++) {
    other.take();
    rig.take();
    other.wait(1);
    deliver(sentBy(other), rig);
    rig.wait(1);
    deliver(sentBy(rig), other);
  }
  assert.deepEqual([rig.state(), other.state()], ['BACKUP', 'MASTER']);
});

test('AH: who preempts passes over the number that the old master may send in the same moment', () => {
  const low = new Rig(ah(), at('10.0.0.2')).start().wait(4);
  const high = new Rig(ah().replace('priority 100', 'priority 200')).start();
  const exchange = (): void => {
    const [ours, theirs] = [sentBy(high), sentBy(low)];
    high.take();
    low.take();
    deliver(theirs, high);
    deliver(ours, low);
  };
  exchange();
  while (high.state() === 'BACKUP') {
    low.wait(0.25);
    high.wait(0.25);
    if (high.state() === 'BACKUP') exchange();
  }
  // Both have sent, and neither has heard the other yet.
  low.wait(1);
  const numbers = [sentBy(low), sentBy(high)].map((adverts) => ahOf(adverts[0] ?? assert.fail()).sequence);
  assert.deepEqual(numbers[1], (numbers[0] ?? 0) + 1);
  const [ours, theirs] = [sentBy(high).slice(0, 1), sentBy(low).slice(0, 1)];
  deliver(ours, low);
  deliver(theirs, high);
  assert.deepEqual([low.state(), high.state()], ['BACKUP', 'MASTER']);
  assert.deepEqual([counters(low).authentication, counters(high).authentication], [0, 0]);
  assert.deepEqual(
    high.lines.filter((line) => /replay/.test(line)),
    [],
  );
});

test('AH: two masters whose numbers run in step hear each other after one interval, and one of them yields', () => {
  const low = new Rig(ah(), at('10.0.0.2')).start();
  const high = new Rig(ah(), at('10.0.0.3')).start();
  /** Both send before either hears the other. */
  const cross = (): number[] => {
    low.take();
    high.take();
    low.wait(1);
    high.wait(1);
    const [theirs, ours] = [sentBy(low), sentBy(high)];
    deliver(theirs.slice(0, 1), high);
    deliver(ours.slice(0, 1), low);
    return [theirs, ours].map((adverts) => ahOf(adverts[0] ?? assert.fail()).sequence);
  };
  low.wait(3.7);
  high.wait(3.7);
  assert.deepEqual([low.state(), high.state()], ['MASTER', 'MASTER']);
  assert.deepEqual(cross(), [3, 3]);
  assert.deepEqual(
    [low.state(), high.state()],
    ['MASTER', 'MASTER'],
    'a number that is not new is obeyed by nobody',
  );
  // Each leaves numbers out, who is to stay more of them.
  assert.deepEqual(cross(), [6, 7]);
  assert.deepEqual([low.state(), high.state()], ['BACKUP', 'MASTER']);
});

test('AH: a replay makes a master leave out numbers only if it has the last one of ours, and once', () => {
  const rig = new Rig(ah()).start().wait(5);
  const replay = (sequence: number, priority = 50, from = '10.0.0.9'): void => {
    rig.advert({ priority, from, authType: 2, spoil: withAh({ sequence }) });
  };
  const next = (): number => {
    rig.take();
    rig.wait(1);
    return ahOf(sentBy(rig)[0] ?? assert.fail()).sequence;
  };
  const last = next();
  replay(last - 1);
  replay(last, 50, '10.0.0.1');
  assert.equal(next(), last + 2, 'an older one, or an echo of our own');
  for (let n = 0; n < 20; n++) replay(last + 2);
  assert.equal(next(), last + 6);
  for (let n = 0; n < 20; n++) replay(last + 6, 200);
  assert.equal(next(), last + 9);
  assert.equal(rig.state(), 'MASTER');
});

test('AH: a backup leaves no numbers out, whatever comes again', () => {
  const rig = new Rig(ah()).start();
  const hear = (sequence: number) => rig.advert({ priority: 200, authType: 2, spoil: withAh({ sequence }) });
  hear(41);
  hear(41);
  hear(42);
  assert.deepEqual([counters(rig).advertReceived, counters(rig).authentication], [2, 1]);
});

test('AH: the members of a sync group count together, so that none is deaf to a master that another one hears', () => {
  const rig = new Rig(pair('authentication {\n auth_type AH\n auth_pass secret\n }')).start();
  // The one that we heard tells how far the others have come with both.
  for (let sequence = 500; sequence < 504; sequence++) {
    rig.advert({ priority: 50, vrid: 52, device: 'eth1', authType: 2, spoil: withAh({ sequence }) }).wait(1);
  }
  const numbers = new Map(sentBy(rig).map((one) => [one.instance, ahOf(one).sequence] as const));
  assert.equal(rig.state(), 'MASTER');
  for (const sequence of numbers.values()) assert.ok(sequence >= 504, String(sequence));
  // From then on they keep step with each other: two numbers for each interval.
  rig.take();
  rig.wait(10);
  assert.ok(sentBy(rig).length >= 18);
  const after = sentBy(rig).map((one) => ahOf(one).sequence);
  assert.ok(Math.max(...after) - Math.max(...numbers.values()) <= 22, String(after));
});

test('AH: an owner that obeys nobody counts on behind the others all the same', () => {
  const owner = ah('owner_ignore_adverts').replace('priority 100', 'priority 255\n state MASTER');
  const rig = new Rig(owner).start();
  rig.take();
  rig.advert({ priority: 100, authType: 2, spoil: withAh({ sequence: 500 }) }).wait(1);
  assert.equal(ahOf(sentBy(rig)[0] ?? assert.fail()).sequence, 502);
});

test('AH: a reload that brings it, or takes it away, changes the socket', () => {
  const rig = new Rig(single()).start().wait(4);
  rig.take();
  rig.handle({ kind: 'reload', configuration: configurationOf(ah()) }).wait(1);
  assert.ok(rig.lines.some((line) => line.includes('open 2/ipv4/ah groups=224.0.0.18 vrids=51')));
  assert.ok(rig.lines.some((line) => line.includes('close 2/ipv4') && !line.includes('/ah')));
  // The advert before the reload leaves by the socket that was, those after it by the new one.
  assert.deepEqual([...new Set(sentBy(rig).map(({ channel }) => channel))], ['2/ipv4', '2/ipv4/ah']);
  rig.take();
  rig.handle({ kind: 'reload', configuration: configurationOf(single()) }).wait(1);
  assert.deepEqual([...new Set(sentBy(rig).map(({ channel }) => channel))], ['2/ipv4/ah', '2/ipv4']);
});

test('AH: the numbers do not come round', () => {
  const LAST = 0xffff_ffff;
  const rig = new Rig(ah()).start();
  rig.advert({ priority: 200, authType: 2, spoil: withAh({ sequence: LAST - 3 }) });
  rig.take();
  rig.wait(10);
  assert.equal(rig.state(), 'MASTER');
  const numbers = sentBy(rig).map((one) => ahOf(one).sequence);
  assert.deepEqual(numbers.slice(0, 3), [LAST - 1, LAST, LAST]);
  assert.ok(numbers.slice(3).every((number) => number === LAST));
});

test('AH: a number without the key moves nothing, however high', () => {
  const rig = new Rig(ah()).start();
  rig.advert({ priority: 200, authType: 2, spoil: withAh({ sequence: 9e8, password: 'guess' }) });
  rig.advert({ priority: 200, authType: 2, spoil: withAh({ sequence: 5 }) });
  const heard = counters(rig);
  assert.deepEqual([heard.authentication, heard.advertReceived], [1, 1]);
});

test('AH: copies of what was accepted are refused by whoever accepted it', () => {
  const master = new Rig(ah().replace('priority 100', 'priority 200'), at('10.0.0.2')).start().wait(4);
  const backup = new Rig(ah()).start();
  const adverts = sentBy(master);
  deliver(adverts, backup);
  deliver(adverts, backup);
  assert.equal(counters(backup).authentication, adverts.length);
  assert.equal(counters(backup).advertReceived, adverts.length);
});

for (const [kind, authentication, suffix] of [
  ['AH', 'authentication {\n auth_type AH\n auth_pass secret\n }', '/ah'],
  ['HMAC', `auth_hmac {\n key 1 ${KEY}\n active_key 1\n }`, ''],
] as const)
  test(`${kind}: the copy that the socket of another instance of that number reads is no replay`, () => {
    const unicast = (own: string, peer: string, priority: number, place = ''): string =>
      single(`${authentication}\n unicast_src_ip ${own}\n unicast_peer {\n ${peer}\n }`)
        .replace('priority 100', `priority ${priority}`)
        .replace('VI_1', 'VI_U')
        .replace(/interface eth0/, place)
        .replace('10.0.0.100', '10.0.0.200 dev eth0');
    const sender = new Rig(unicast('10.0.0.2', '10.0.0.1', 200, 'interface eth0'), at('10.0.0.2')).start();
    const receiver = new Rig(unicast('10.0.0.1', '10.0.0.2', 100) + single(authentication)).start();
    sender.wait(6);
    const adverts = sentBy(sender);
    assert.equal(adverts.length, 3);
    for (const { bytes } of adverts)
      for (const channel of [`2/ipv4${suffix}`, `0/ipv4${suffix}`])
        receiver.handle({ kind: 'packet', channel, packet: { family: 'ipv4', interfaceIndex: 2, bytes } });
    const heard = counters(receiver);
    assert.equal(heard.advertReceived, 3);
    assert.deepEqual([heard.authentication, heard.hmacReplay], [0, 0]);
    assert.equal(receiver.engine.status().instances[1]?.counters.advertReceived, 0);
  });

test('HMAC: the sequence follows the clock and always grows', () => {
  const rig = new Rig(hmac()).start().wait(6);
  const sequences = sentBy(rig).map((one) => trailerOf(one).sequence);
  assert.equal(sequences.length, 3);
  for (const [i, sequence] of sequences.entries()) assert.ok(i === 0 || sequence > (sequences[i - 1] ?? 0n));
  assert.equal(sequences.at(-1), sequenceOfClock(sentAtWall(rig, 5.609375)));
});
const sentAtWall = (rig: Rig, seconds: number): number =>
  rig.moment.wall - Math.round((rig.time - seconds) * 1e6);

test('HMAC: a clock set back a little is overtaken by counting, one set back beyond the window is followed', () => {
  const small = new Rig(hmac()).start().wait(4.6);
  const before = trailerOf(sentBy(small).at(-1) ?? assert.fail()).sequence;
  small.take();
  small.stepClock(-3);
  small.wait(1);
  assert.equal(trailerOf(sentBy(small)[0] ?? assert.fail()).sequence, before + 1n);
  small.take();
  small.stepClock(-60);
  small.wait(1);
  const after = trailerOf(sentBy(small)[0] ?? assert.fail()).sequence;
  assert.ok(after < before);
  assert.equal(after, sequenceOfClock(sentAtWall(small, 5.609375)));
});

test('HMAC: where only the order counts, a clock set back is never followed', () => {
  const rig = new Rig(hmac('anti_replay monotonic')).start().wait(4.6);
  const before = trailerOf(sentBy(rig).at(-1) ?? assert.fail()).sequence;
  rig.take();
  rig.stepClock(-3600);
  rig.wait(1);
  assert.equal(trailerOf(sentBy(rig)[0] ?? assert.fail()).sequence, before + 1n);
});

test('HMAC: after both clocks were set back the mark of the future is forgotten', () => {
  const rig = new Rig(hmac()).start();
  const wall = (): number => rig.moment.wall / 1e6;
  rig.advert({ priority: 200, spoil: signed({ at: wall() }) });
  rig.stepClock(-3600);
  rig.wait(1).advert({ priority: 200, spoil: signed({ at: wall() }) });
  assert.equal(counters(rig).hmacReplay, 0);
  assert.equal(counters(rig).advertReceived, 2);
  // Within the window it holds.
  rig.advert({ priority: 200, spoil: signed({ at: wall() - 2 }) });
  assert.equal(counters(rig).hmacReplay, 1);
});

test('HMAC: keys are rotated by reloads, and nobody loses an advert', () => {
  const sender = new Rig(hmac().replace('priority 100', 'priority 200'), at('10.0.0.2')).start().wait(4);
  const receiver = new Rig(hmac()).start();
  const next = (): void => {
    sender.take();
    sender.wait(1);
    receiver.wait(1);
    deliver(sentBy(sender), receiver);
  };
  next();
  const rotated = hmac().replace('active_key 1', 'active_key 2');
  sender.handle({
    kind: 'reload',
    configuration: configurationOf(rotated.replace('priority 100', 'priority 200')),
  });
  assert.ok(sender.lines.some((line) => line.includes('changed VI_1: hmac differs')));
  next();
  assert.equal(trailerOf(sentBy(sender)[0] ?? assert.fail()).keyId, 2);
  receiver.handle({ kind: 'reload', configuration: configurationOf(rotated.replace(`key 1 ${KEY}\n`, '')) });
  next();
  const { advertReceived, hmacUnknownKey, hmacInvalid, hmacReplay } = counters(receiver);
  assert.deepEqual([advertReceived >= 3, hmacUnknownKey, hmacInvalid, hmacReplay], [true, 0, 0, 0]);
  // A copy from before the reload stays one.
  deliver(sentBy(sender), receiver);
  assert.ok(counters(receiver).hmacReplay > 0);
});

test('HMAC: receive-only sends unsigned adverts, permissive signed ones', () => {
  const [unsigned] = sentBy(new Rig(hmac('mode receive-only')).start().wait(4));
  const [plain] = sentBy(new Rig(single()).start().wait(4));
  assert.deepEqual(unsigned?.bytes, plain?.bytes);
  const [advert] = sentBy(new Rig(hmac('mode permissive')).start().wait(4));
  assert.equal(advert?.bytes.length, (plain?.bytes.length ?? 0) + HMAC_TRAILER_LENGTH);
});

test('HMAC: one signature for all peers, checksums of their own', () => {
  const text = hmac('', 'version 3\n unicast_src_ip 10.0.0.1\n unicast_peer {\n 10.0.0.2\n 10.0.0.3\n }');
  const adverts = sentBy(new Rig(text).start().wait(4));
  assert.equal(adverts.length, 2);
  const [first, second] = adverts;
  assert.ok(first && second);
  assert.deepEqual(trailerOf(first), trailerOf(second));
  for (const { bytes, source, destination } of adverts)
    assert.equal(vrrpChecksumHolds(bytes, 20, bytes.length - 20 - 28, { source, destination }), true);
});

test('HMAC: over IPv6 the checksum covers the trailer, and the other router believes it', () => {
  const text = hmac().replace('10.0.0.100', 'fe80::100');
  const link6 = (host: string) => ({ addresses: [address(2, host, 64)] });
  const sender = new Rig(text.replace('priority 100', 'priority 200'), link6('fe80::2')).start().wait(5);
  const receiver = new Rig(text, link6('fe80::1')).start().wait(5);
  const adverts = sentBy(sender);
  assert.ok(adverts.length > 0);
  for (const { bytes, source, destination } of adverts)
    assert.equal(vrrpChecksumHolds(bytes, 0, bytes.length, { source, destination }), true);
  deliver(adverts.slice(-1), receiver);
  assert.equal(receiver.state(), 'BACKUP');
});

test('HMAC: multicast remembers the four latest senders', () => {
  const rig = new Rig(hmac()).start();
  const wall = rig.moment.wall / 1e6;
  const from = (n: number): string => `10.0.0.${n}`;
  const hear = (n: number): void => {
    rig.advert({ from: from(n), priority: 200, spoil: signed({ at: wall }) });
  };
  for (const n of [11, 12, 13, 14]) hear(n);
  for (const n of [11, 12, 13, 14]) hear(n);
  assert.equal(counters(rig).hmacReplay, 4);
  hear(15);
  hear(11);
  assert.equal(counters(rig).hmacReplay, 4, 'the oldest made room for the fifth');
  hear(15);
  assert.equal(counters(rig).hmacReplay, 5);
});

test('the old unicast checksum is answered peer by peer, and the right one is never refused', () => {
  const peers = 'version 3\n unicast_src_ip 10.0.0.1\n unicast_peer {\n 10.0.0.2\n 10.0.0.3\n }';
  const rig = new Rig(single(peers)).start();
  const group = { source: ip('10.0.0.1'), destination: ip('224.0.0.18') };
  const forms = (): string[] => {
    rig.take();
    rig.wait(1);
    return sentBy(rig).map(({ bytes, source, destination }) => {
      const right = vrrpChecksumHolds(bytes, 20, bytes.length - 20, { source, destination });
      const old = vrrpChecksumHolds(bytes, 20, bytes.length - 20, group);
      return `${destination} ${right ? 'right' : ''}${old ? 'old' : ''}`;
    });
  };
  rig.wait(4);
  assert.deepEqual(forms(), ['10.0.0.2 right', '10.0.0.3 right']);
  const old = (priority: number) => {
    const delta = { source: ip('10.0.0.2'), destination: ip('224.0.0.18') };
    rig.advert({ priority, spoil: (packet) => withChecksum(packet, delta) });
  };
  old(50);
  assert.deepEqual(forms(), ['10.0.0.2 old', '10.0.0.3 right']);
  // Keepalived refuses the right form from here on; we take it, and answer in kind.
  rig.advert({ priority: 50 });
  assert.equal(counters(rig).checksum, 0);
  assert.deepEqual(forms(), ['10.0.0.2 right', '10.0.0.3 right']);
  rig.advert({ priority: 50 });
  assert.deepEqual(
    rig.lines.filter((line) => /checksum/.test(line)),
    [],
    'said when it changes, and only then',
  );
  const always = new Rig(single(`${peers}\n old_unicast_checksum`)).start().wait(4);
  for (const { bytes } of sentBy(always))
    assert.equal(vrrpChecksumHolds(bytes, 20, bytes.length - 20, group), true);
});
