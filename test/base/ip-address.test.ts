/** Addresses: text both ways, order, prefixes. RFC 4291 section 2.2, RFC 5952. */
import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  bitsOf,
  compareIp,
  type Family,
  familyOf,
  formatPrefix,
  type IpAddress,
  ipFromBytes,
  ipToBytes,
  ipv4FromNumber,
  ipv4ToNumber,
  isLinkLocal,
  isMulticast,
  parseIpAddress,
  prefixContains,
} from '../../src/base/ip-address.js';
import { ip } from './values.js';

const bytesOf = (family: Family): fc.Arbitrary<Uint8Array> => {
  const length = family === 'ipv4' ? 4 : 16;
  // Zeros often, so that "::" finds its place.
  const octet = fc.oneof(fc.constant(0), fc.nat(255));
  return fc.array(octet, { minLength: length, maxLength: length }).map((octets) => Uint8Array.from(octets));
};
const anyBytes = fc.oneof(bytesOf('ipv4'), bytesOf('ipv6'));

describe('canonical text', () => {
  // RFC 5952 sections 1, 2, 4 and 5, and RFC 4291 section 2.2.
  const vectors: readonly (readonly [string, string])[] = [
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8::0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:0:1::1', '2001:db8::1:0:0:1'],
    ['2001:DB8:0:0:1::1', '2001:db8::1:0:0:1'],
    ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1'],
    ['2001:db8:aaaa:bbbb:cccc:dddd:0:1', '2001:db8:aaaa:bbbb:cccc:dddd:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8::', '2001:db8::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['::ffff:0:c000:201', '::ffff:0:c000:201'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['FE80::ABCD', 'fe80::abcd'],
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
  ];
  for (const [text, canonical] of vectors) test(text, () => assert.equal(ip(text), canonical));

  const wrong = [
    '',
    ' ',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.-4',
    '1.2.3.4 ',
    '1.2.3.4/24',
    '0x1.2.3.4',
    '1e1.2.3.4',
    ':',
    ':::',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    ':1',
    '1:',
    '1::2:',
    'fe80::1%eth0',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::1.2.3',
    '1:2:3:4:5:6:7:1.2.3.4',
    `::${'0'.repeat(100)}`,
  ];
  for (const text of wrong) {
    test(`refuses "${text.slice(0, 30)}"`, () => {
      const parsed = parseIpAddress(text);
      assert.equal(parsed.ok, false);
      assert.ok(!parsed.ok && parsed.error.includes('is not an'));
    });
  }
  test('bytes to text and back', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = ipFromBytes(bytes);
        assert.deepEqual(ipToBytes(text), bytes);
        assert.deepEqual(parseIpAddress(text), { ok: true, value: text });
        assert.equal(familyOf(text), bytes.length === 4 ? 'ipv4' : 'ipv6');
        assert.ok(bytes.length === 4 ? isIPv4(text) : isIPv6(text));
      }),
      { numRuns: 500 },
    );
  });
  test('reads what Node takes for an address, and nothing else', () => {
    const piece = fc.constantFrom(':', '::', '.', '0', '1', 'ff', '255', '256', 'abcd', '12345', '1.2.3.4');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
        const text = pieces.join('');
        assert.equal(parseIpAddress(text).ok, isIPv4(text) || isIPv6(text), text);
      }),
      { numRuns: 3000 },
    );
  });
  test('any text is a value or a refusal', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseIpAddress(text).ok === 'boolean'));
  });
  test('IPv4 as a number', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (word) => {
        assert.equal(ipv4ToNumber(ipv4FromNumber(word)), word);
        const [a = 0, b = 0, c = 0, d = 0] = ipToBytes(ipv4FromNumber(word));
        assert.equal(((a * 256 + b) * 256 + c) * 256 + d, word);
      }),
    );
  });
});

describe('order', () => {
  test('is numeric, as a tie between masters is broken', () => {
    assert.ok(compareIp(ip('192.0.2.10'), ip('192.0.2.9')) > 0);
    assert.ok(compareIp(ip('192.0.2.10'), ip('200.0.2.1')) < 0);
    assert.ok(compareIp(ip('fe80::a'), ip('fe80::9')) > 0);
    assert.ok(compareIp(ip('fe80::10'), ip('fe80::9')) > 0);
    assert.ok(compareIp(ip('255.255.255.255'), ip('::')) < 0);
  });
  test('is total', () => {
    const address = anyBytes.map(ipFromBytes);
    fc.assert(
      fc.property(address, address, address, (a, b, c) => {
        assert.equal(Math.sign(compareIp(a, b)) + Math.sign(compareIp(b, a)), 0);
        assert.equal(compareIp(a, b) === 0, a === b);
        if (compareIp(a, b) <= 0 && compareIp(b, c) <= 0) assert.ok(compareIp(a, c) <= 0);
      }),
    );
  });
});

describe('prefixes', () => {
  const bits = (address: IpAddress): string =>
    [...ipToBytes(address)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  test('contain what begins with the same bits', () => {
    const pair = fc
      .constantFrom('ipv4' as const, 'ipv6' as const)
      .chain((family) => fc.tuple(bytesOf(family), bytesOf(family), fc.nat(family === 'ipv4' ? 32 : 128)));
    fc.assert(
      fc.property(pair, ([x, y, length]) => {
        const [a, b] = [ipFromBytes(x), ipFromBytes(y)];
        const expected = bits(a).slice(0, length) === bits(b).slice(0, length);
        assert.equal(prefixContains({ address: a, length }, b), expected);
        assert.equal(prefixContains({ address: a, length }, a), true);
      }),
      { numRuns: 500 },
    );
  });
  test('at their edges', () => {
    const net = { address: ip('192.168.56.1'), length: 24 };
    assert.equal(prefixContains(net, ip('192.168.56.255')), true);
    assert.equal(prefixContains(net, ip('192.168.57.0')), false);
    assert.equal(prefixContains(net, ip('192.166.56.101')), false);
    assert.equal(prefixContains({ address: ip('10.0.0.0'), length: 0 }, ip('203.0.113.1')), true);
    assert.equal(prefixContains({ address: ip('0.0.0.0'), length: 0 }, ip('::')), false);
    assert.equal(prefixContains({ address: ip('192.0.2.1'), length: 32 }, ip('192.0.2.0')), false);
    assert.equal(prefixContains({ address: ip('192.0.2.0'), length: 31 }, ip('192.0.2.1')), true);
    assert.equal(formatPrefix(net), '192.168.56.1/24');
    assert.deepEqual([bitsOf('ipv4'), bitsOf('ipv6')], [32, 128]);
  });
});

describe('kinds', () => {
  test('multicast', () => {
    for (const yes of ['224.0.0.18', '239.255.255.255', 'ff02::12']) assert.equal(isMulticast(ip(yes)), true);
    for (const no of ['223.255.255.255', '240.0.0.1', 'fe80::1', '::ff02'])
      assert.equal(isMulticast(ip(no)), false);
  });
  test('link-local is fe80::/10, not text that begins alike', () => {
    for (const yes of ['fe80::1', 'febf:ffff::', 'fe90::']) assert.equal(isLinkLocal(ip(yes)), true);
    for (const no of ['fe8::1', 'fec0::1', 'fe7f::', '::fe80', '169.254.0.1', '::1'])
      assert.equal(isLinkLocal(ip(no)), false);
  });
});
