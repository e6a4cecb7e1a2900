/** Adverts that leave: what is in them, and that a renumbered copy is as if built anew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advertForm, buildAdvert, nextIpId } from '../../../src/core/vrrp/advert.js';
import { advertRoom } from '../../../src/core/vrrp/advert-room.js';
import { openPacket } from '../../../src/core/vrrp/opened-packet.js';
import { numbered } from '../../../src/core/vrrp/seal.js';
import { decodeIpv4 } from '../../../src/wire/ipv4.js';
import { decodeVrrp } from '../../../src/wire/vrrp.js';
import { unpackAddresses } from '../../../src/wire/vrrp-header.js';
import { ip } from '../../base/values.js';
import { configurationOf } from '../../support/configuration.js';
import { Rig } from '../rig.js';
import { single } from '../texts.js';

const formOf = (text: string) => {
  const [settings] = configurationOf(text).instances;
  assert.ok(settings);
  return advertForm(settings, advertRoom(settings, 1500));
};

test('every identification gives a packet whose checksums hold', () => {
  const form = formOf(single('authentication {\n auth_type PASS\n auth_pass secret\n }'));
  const advert = buildAdvert(form, 100, ip('10.0.0.1'), ip('224.0.0.18'), undefined);
  for (const id of [1, 255, 256, 0x7fff, 0xfffe, 0xffff]) {
    const packet = decodeIpv4(numbered(advert, id));
    assert.ok(packet.ok, `id ${id}`);
    assert.deepEqual(
      [packet.value.header.id, packet.value.header.ttl, packet.value.header.tos],
      [id, 255, 0xc0],
    );
    const vrrp = decodeVrrp(packet.value.payload, 'ipv4');
    assert.ok(vrrp.ok && vrrp.value.version === 2);
    assert.equal(Buffer.from(vrrp.value.authData).toString('latin1'), 'secret\0\0');
  }
  assert.deepEqual([nextIpId(0), nextIpId(0xffff)], [1, 1]);
});

test('version 3 has a pseudo-header, its own interval and, over IPv6, no IP header', () => {
  const form = formOf(single('version 3\n advert_int 0.25'));
  const pseudo = { source: ip('10.0.0.1'), destination: ip('224.0.0.18') };
  const v3 = buildAdvert(form, 7, pseudo.source, pseudo.destination, pseudo);
  const opened = openPacket({ family: 'ipv4', interfaceIndex: 2, bytes: v3 });
  assert.equal(opened?.header.advertCentiseconds, 25);
  assert.equal(decodeVrrp(v3.subarray(20), 'ipv4', pseudo).ok, true);
  assert.equal(decodeVrrp(v3.subarray(20), 'ipv4').ok, false);
  const ends = { source: ip('fe80::1'), destination: ip('ff02::12') };
  const v6 = buildAdvert(
    formOf(single().replace('10.0.0.100', 'fe80::100')),
    7,
    ends.source,
    ends.destination,
    ends,
  );
  assert.equal(decodeVrrp(v6, 'ipv6', ends).ok, true);
});

test('addresses stand in an advert as they are written, a link-local one first where it is first', () => {
  const listed = (first: string, ...more: string[]): string[] => {
    const form = formOf(single().replace('10.0.0.100', [first, ...more].join('\n    ')));
    const ends = { source: ip('fe80::1'), destination: ip('ff02::12') };
    const read = decodeVrrp(buildAdvert(form, 7, ends.source, ends.destination, ends), 'ipv6', ends);
    assert.ok(read.ok);
    return unpackAddresses(read.value.addresses, 'ipv6');
  };
  const usual = ['fe80::100', '2001:db8::100', '2001:db8::99'] as const;
  assert.deepEqual(listed(...usual), usual);
  assert.deepEqual(listed('2001:db8::100', 'fe80::100'), ['2001:db8::100', 'fe80::100']);
});

test('what is sent follows the priority at once', () => {
  const rig = new Rig(single('track_interface {\n eth1 weight -5\n }')).start().wait(4);
  rig.setLink('eth1', { up: false }).take();
  rig.wait(1);
  assert.deepEqual(rig.adverts(), ['4.609 advert VI_1 95 10.0.0.1 > 224.0.0.18']);
});

test('an advert has room for as many addresses as one of Keepalived', () => {
  const room = (text: string, mtu: number): number => {
    const [settings] = configurationOf(text).instances;
    assert.ok(settings);
    return advertRoom(settings, mtu);
  };
  const auth = (type: string): string => single(`authentication {\n auth_type ${type}\n auth_pass x\n }`);
  // What 2.2.7 logs for 300 addresses.
  assert.equal(room(single(), 1500), 255);
  assert.equal(room(single(), 576), 131);
  assert.equal(room(auth('PASS'), 576), 131);
  assert.equal(room(auth('AH'), 576), 125);
  assert.equal(room(single('version 3'), 576), 133);
  assert.equal(room(single().replace('10.0.0.100', '2001:db8::1'), 1500), 89);
});

test('addresses beyond that are set, but not advertised, and the interface decides anew when its MTU changes', () => {
  const vips = Array.from({ length: 300 }, (_, i) => `10.0.${1 + (i >> 8)}.${i & 255}`);
  const rig = new Rig(single().replace('10.0.0.100', vips.join('\n    '))).start().wait(3.7);
  const counts = (): (number | undefined)[] =>
    rig.effects.flatMap((effect) => (effect.kind === 'send-advert' ? [effect.bytes[23]] : []));
  assert.equal(rig.held().length, 300);
  assert.deepEqual(counts(), [255]);
  assert.ok(rig.lines.some((line) => line.includes('an advert has room for 255 addresses: 45 more')));
  rig.take();
  rig.setLink('eth0', { mtu: 576 }).wait(1);
  assert.deepEqual(counts(), [131]);
  assert.equal(rig.held().length, 300);
});
