/**
 * Adverts of routers that are not Keepalived, and bytes that once crashed somebody else: tcpdump's own captures, and
 * the packets and checksums that scapy's tests expect. Where each comes from stands in test/fixtures/README.md.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipFromBytes } from '../../src/base/ip-address.js';
import { openPacket } from '../../src/core/vrrp/opened-packet.js';
import { decodeIpv4 } from '../../src/wire/ipv4.js';
import { decodeVrrp, encodeVrrp, type VrrpAdvert } from '../../src/wire/vrrp.js';
import {
  type PseudoHeader,
  packAddresses,
  unpackAddresses,
  vrrpChecksum,
} from '../../src/wire/vrrp-header.js';
import { NO_AUTH_DATA, passwordData } from '../../src/wire/vrrp-v2.js';
import { ip } from '../base/values.js';
import { fixtureBytes, readPcap } from './fixtures.js';

interface Seen {
  readonly advert: VrrpAdvert;
  readonly pseudo: PseudoHeader;
  readonly payload: Uint8Array;
}

/** Every advert of tcpdump's capture of a router's five virtual routers. */
function adverts(): Seen[] {
  return readPcap(fixtureBytes('tcpdump/vrrp.pcap')).map(({ etherType, payload: bytes }) => {
    const ipv4 = etherType === 0x0800;
    const packet = ipv4 ? decodeIpv4(bytes) : undefined;
    const payload = packet?.ok ? packet.value.payload : bytes.slice(40, 40 + (bytes[5] ?? 0));
    const pseudo = packet?.ok
      ? packet.value.header
      : { source: ipFromBytes(bytes.slice(8, 24)), destination: ipFromBytes(bytes.slice(24, 40)) };
    const read = decodeVrrp(payload, ipv4 ? 'ipv4' : 'ipv6', pseudo);
    assert.ok(read.ok, read.ok ? '' : `refused: ${read.error}`);
    return { advert: read.value, pseudo, payload };
  });
}

test("tcpdump's capture: both versions and families read as tcpdump prints them, and encode to the same bytes", () => {
  const seen = adverts();
  const kinds = new Map<number, number>();
  for (const { advert, pseudo, payload } of seen) {
    kinds.set(advert.virtualRouterId, (kinds.get(advert.virtualRouterId) ?? 0) + 1);
    assert.deepEqual(encodeVrrp(advert, pseudo), payload);
  }
  assert.deepEqual(
    [...kinds].sort(([a], [b]) => a - b),
    [
      [42, 34],
      [43, 34],
      [44, 33],
      [45, 32],
      [46, 32],
    ],
  );
  const of = (vrid: number): VrrpAdvert => {
    const found = seen.find(({ advert }) => advert.virtualRouterId === vrid);
    assert.ok(found);
    return found.advert;
  };
  const [simple, none, v3, v6] = [of(42), of(43), of(44), of(45)];
  assert.ok(simple.version === 2 && none.version === 2 && v3.version === 3 && v6.version === 3);
  assert.deepEqual(
    [simple.authType, simple.authData, simple.advertSeconds],
    [1, passwordData('abcdefgh'), 10],
  );
  assert.deepEqual(unpackAddresses(simple.addresses, 'ipv4'), ['10.4.42.1', '10.4.42.2', '10.4.42.3']);
  assert.deepEqual([none.authType, none.authData], [0, NO_AUTH_DATA]);
  assert.deepEqual([v3.advertCentiseconds, v3.priority], [1000, 191]);
  assert.deepEqual(unpackAddresses(v6.addresses, 'ipv6'), ['fe80::200:5eff:fe00:22d', '2001::abcd:a']);
});

test("tcpdump's truncated and bent packets are refused and opened without a throw", () => {
  let tried = 0;
  for (const name of ['vrrp-vrrp_print-oobr', 'vrrp-vrrp_print-oobr-2']) {
    const file = fixtureBytes(`tcpdump/${name}.pcap`);
    // Whatever the link layer: an IP header may begin anywhere.
    for (let at = 0; at < file.length; at++) {
      const bytes = file.slice(at);
      const opened = openPacket({ family: 'ipv4', interfaceIndex: 2, bytes });
      const read = decodeIpv4(bytes);
      if (read.ok && read.value.header.protocol === 112)
        assert.equal(decodeVrrp(read.value.payload, 'ipv4', read.value.header).ok, false);
      decodeVrrp(bytes, 'ipv4');
      decodeVrrp(bytes, 'ipv6', { source: ip('fe80::1'), destination: ip('ff02::12') });
      if (opened) tried++;
    }
  }
  assert.ok(tried > 0);
});

test("scapy's packets: an advert without addresses, and one that promises an address it does not have", () => {
  const bare = Uint8Array.from(Buffer.from('210164000001' + '7afd' + '0000000000000000', 'hex'));
  const read = decodeVrrp(bare, 'ipv4');
  assert.ok(read.ok && read.value.version === 2);
  assert.deepEqual(
    [read.value.virtualRouterId, read.value.priority, read.value.addresses.length],
    [1, 100, 0],
  );
  assert.deepEqual(encodeVrrp(read.value), bare);
  const short = Uint8Array.from(Buffer.from('310164010064' + '6a1f', 'hex'));
  const ends = { source: ip('::1'), destination: ip('::1') };
  assert.deepEqual(decodeVrrp(short, 'ipv6', ends), { ok: false, error: 'length' });
  assert.equal(vrrpChecksum(short, 0, short.length, ends), 0x6a1f);
});

test("scapy's checksums", () => {
  const common = { virtualRouterId: 2, priority: 254, advertCentiseconds: 1, version: 3 } as const;
  const v4 = { source: ip('20.0.0.3'), destination: ip('224.0.0.18') };
  const over4 = encodeVrrp(
    { ...common, family: 'ipv4', addresses: packAddresses([ip('20.0.1.2'), ip('20.0.1.3')]) },
    v4,
  );
  const v6 = { source: ip('2001:db8::1'), destination: ip('ff02::12') };
  const over6 = encodeVrrp(
    { ...common, family: 'ipv6', addresses: packAddresses([ip('2001:db8::2'), ip('2001:db8::3')]) },
    v6,
  );
  const checksum = (bytes: Uint8Array): number => ((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0);
  assert.deepEqual([checksum(over4), checksum(over6)], [0xb25e, 0x481b]);
  // Version 1, which nobody speaks any more, has the checksum of version 2.
  const v1 = encodeVrrp({
    version: 2,
    family: 'ipv4',
    virtualRouterId: 2,
    priority: 254,
    advertSeconds: 1,
    authType: 0,
    authData: NO_AUTH_DATA,
    addresses: packAddresses([ip('20.0.1.2'), ip('20.0.1.3')]),
  });
  v1[0] = 0x11;
  assert.equal(vrrpChecksum(v1, 0, v1.length), 0xc6f4);
  assert.deepEqual(decodeVrrp(v1, 'ipv4'), { ok: false, error: 'version' });
});
