/** Version 3 over IPv6 against clumsy and hostile neighbours, and the election by link-local addresses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineOptions } from '../../../src/core/engine.js';
import { RECEIVE_CHECKS } from '../../../src/core/vrrp/receive-checks.js';
import { encodeVrrp } from '../../../src/wire/vrrp.js';
import { packAddresses } from '../../../src/wire/vrrp-header.js';
import { ip } from '../../base/values.js';
import { address } from '../../support/machine.js';
import { type AdvertOptions, Rig } from '../rig.js';

const TEXT = `vrrp_instance VI_6 {
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 0.1
  garp_master_delay 0
  virtual_ipaddress {
    fe80::100
    2001:db8::100/64
  }
}
`;
const OWN = address(2, 'fe80::5', 64, { scope: 253 });
const OTHER = 'fe80::9';

function master(options: EngineOptions = {}): Rig {
  const rig = new Rig(TEXT, { ...options, addresses: [OWN] }).start().wait(0.5);
  assert.equal(rig.state('VI_6'), 'MASTER');
  rig.take();
  return rig;
}
const counters = (rig: Rig) => {
  const found = rig.engine.status().instances[0]?.counters;
  assert.ok(found);
  return found;
};

/** A packet that would make a master yield, but for one defect; what counts it; which check is about it. */
const DEFECTS: readonly (readonly [string, AdvertOptions, keyof ReturnType<typeof counters>, string])[] = [
  ['hop limit 254', { ttl: 254 }, 'ttl', 'ttl'],
  ['a wrong checksum', { spoil: (packet) => packet.with(6, (packet[6] ?? 0) ^ 1) }, 'checksum', 'checksum'],
  ['sent to one', { to: 'fe80::5' }, 'destination', 'destination'],
  ['interval 0', { interval: 0 }, 'interval', 'zero-interval'],
];
for (const [what, defect, counter, check] of DEFECTS) {
  test(`refused over IPv6: ${what}`, () => {
    const play = (options?: EngineOptions): Rig =>
      master(options).advert({ from: OTHER, priority: 200, ...defect });
    const rig = play();
    assert.equal(rig.state('VI_6'), 'MASTER');
    assert.equal(counters(rig)[counter], 1);
    const without = { receiveChecks: RECEIVE_CHECKS.filter(({ id }) => id !== check) };
    assert.equal(play(without).state('VI_6'), 'BACKUP', 'and not without that check');
  });
}

test('every other length is refused, and none moves an advert', () => {
  const whole = encodeVrrp(
    {
      version: 3,
      family: 'ipv6',
      virtualRouterId: 51,
      priority: 200,
      advertCentiseconds: 10,
      addresses: packAddresses([ip('fe80::100'), ip('2001:db8::100')]),
    },
    { source: ip(OTHER), destination: ip('ff02::12') },
  );
  const rig = master();
  const quiet = master();
  for (let length = 0; length < whole.length + 60; length++) {
    if (length === whole.length) continue;
    const bytes = new Uint8Array(length);
    bytes.set(whole.subarray(0, length));
    const spoil = (): Uint8Array => bytes;
    rig.advert({ from: OTHER, priority: 200, spoil }).wait(0.02);
    quiet.wait(0.02);
  }
  assert.equal(rig.state('VI_6'), 'MASTER');
  assert.deepEqual(rig.advertTimes(), quiet.advertTimes());
});

test('equal priorities: the higher link-local address wins', () => {
  const meets = (from: string): string => master().advert({ from, priority: 100 }).state('VI_6');
  assert.equal(meets('fe80::4'), 'MASTER');
  assert.equal(meets('fe80::6'), 'BACKUP');
});

test('a link-local address that is gone gives way to another, and without any the goodbye is the last word', () => {
  const rig = master().addAddress(address(2, 'fe80::7', 64, { scope: 253 }));
  rig.deleteAddress('fe80::5').wait(0.2);
  assert.equal(rig.state('VI_6'), 'MASTER');
  assert.ok(rig.adverts().every((line) => line.includes('fe80::7 > ff02::12')));
  rig.take();
  rig.deleteAddress('fe80::7');
  assert.equal(rig.state('VI_6'), 'FAULT');
  assert.deepEqual(rig.held(), []);
});

test("a VIP that is link-local is nobody's source", () => {
  const rig = new Rig(TEXT, { addresses: [address(2, 'fe80::100', 128, { scope: 253 }), OWN] })
    .start()
    .wait(0.5);
  assert.ok(rig.adverts().length > 0);
  assert.ok(rig.adverts().every((line) => line.includes('fe80::5 > ff02::12')));
});

test('/128 is deprecated, a prefix is not, and preferred_lft decides otherwise', () => {
  const lifetimes = (lines: string): unknown => {
    const text = TEXT.replace('2001:db8::100/64', lines);
    const rig = new Rig(text, { addresses: [OWN] }).start().wait(0.5);
    const [claim] = rig.effects.flatMap((effect) => (effect.kind === 'apply-addresses' ? [effect] : []));
    return claim?.operations.map(({ address: { preferredLifetime } }) => preferredLifetime);
  };
  assert.deepEqual(lifetimes('2001:db8::100/64'), [0, undefined]);
  assert.deepEqual(lifetimes('2001:db8::100'), [0, 0]);
  assert.deepEqual(lifetimes('2001:db8::100 preferred_lft forever'), [0, undefined]);
  assert.deepEqual(lifetimes('2001:db8::100/64 preferred_lft 30'), [0, 30]);
});
