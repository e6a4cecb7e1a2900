/** The receive checks of authentication and checksums, case by case, played by rows.test.ts. */
import assert from 'node:assert/strict';
import { foldChecksum, sumOfWords } from '../../../src/base/checksum.js';
import { ipv4ToNumber } from '../../../src/base/ip-address.js';
import { ip } from '../../base/values.js';
import type { AdvertOptions, Rig } from '../rig.js';
import { single } from '../texts.js';
import { type Case, is, master, withoutCheck } from './rows.js';
import {
  fitted,
  KEY,
  OTHER_KEY,
  type Signature,
  type Spoil,
  signed,
  withAh,
  withChecksum,
} from './signing.js';

const hmac = (lines = '', transport = ''): string =>
  single(`${transport}\n auth_hmac {\n key 1 ${KEY}\n key 2 ${OTHER_KEY}\n active_key 1\n ${lines}\n }`);
const ah = (transport = ''): string =>
  single(`${transport}\n authentication {\n auth_type AH\n auth_pass secret\n }`);
const UNICAST = 'unicast_src_ip 10.0.0.1\n unicast_peer {\n 10.0.0.2\n }';

/** Wall-clock seconds of the rig. */
const clock = (rig: Rig): number => rig.moment.wall / 1e6;

/** A packet that would make a MASTER yield, but for one defect of its trailer. */
const unsigned = (
  check: string,
  counter: string,
  clause: string,
  defect: (rig: Rig) => Signature,
  text = hmac(),
): Case => ({
  clause,
  says: `refused: ${check}`,
  text,
  play: (rig) => {
    master(rig);
    rig.advert({ priority: 200, spoil: signed({ at: clock(rig), ...defect(rig) }) });
  },
  holds: (rig) => {
    assert.equal(rig.state(), 'MASTER');
    const counters: Record<string, number> = { ...rig.engine.status().instances[0]?.counters };
    assert.equal(counters[counter], 1, counter);
  },
  off: withoutCheck(check),
});

/** The same for other defects; `accepted` says whether it is one. */
const heard = (
  clause: string,
  says: string,
  text: string,
  advert: (rig: Rig) => AdvertOptions,
  accepted: boolean,
  check?: string,
): Case => ({
  clause,
  says,
  text,
  play: (rig) => {
    master(rig);
    rig.advert({ priority: 200, ...advert(rig) });
  },
  holds: is(accepted ? 'BACKUP' : 'MASTER'),
  ...(check === undefined ? {} : { off: withoutCheck(check) }),
});

/** The advert's checksum made anew over `destination` as pseudo-header, or over the advert alone. */
const checksummed =
  (destination: string | undefined): Spoil =>
  (packet) =>
    withChecksum(
      packet,
      destination === undefined ? undefined : { source: ip('10.0.0.2'), destination: ip(destination) },
    );

const padded =
  (surplus: number): Spoil =>
  (packet) => {
    const bytes = new Uint8Array(packet.length + surplus);
    bytes.set(packet);
    return fitted(bytes);
  };

/** A header of 24 bytes: with a router alert, whatever the rest. */
const withOptions: Spoil = (packet) => {
  const bytes = new Uint8Array(packet.length + 4);
  bytes.set(packet.subarray(0, 20));
  bytes.set([0x94, 0x04, 0, 0], 20);
  bytes.set(packet.subarray(20), 24);
  bytes[0] = 0x46;
  bytes[3] = bytes.length;
  bytes[10] = 0;
  bytes[11] = 0;
  const checksum = foldChecksum(sumOfWords(bytes, 0, 24));
  return bytes.with(10, checksum >> 8).with(11, checksum & 0xff);
};

export const AUTHENTICATION_CASES: readonly Case[] = [
  heard(
    'runtime 9: the trailer',
    'a signed advert is obeyed',
    hmac(),
    (rig) => ({ spoil: signed({ at: clock(rig) }) }),
    true,
  ),
  heard(
    'directives-vrrp 1.8: keys are rotated one router at a time',
    'so is one signed with another known key',
    hmac(),
    (rig) => ({ spoil: signed({ at: clock(rig), keyId: 2, key: OTHER_KEY }) }),
    true,
  ),
  heard(
    'runtime 9: presence by exact length',
    'refused: hmac-missing',
    hmac(),
    () => ({}),
    false,
    'hmac-missing',
  ),
  heard(
    'directives-vrrp 1.8: mode permissive',
    'permissive obeys unsigned adverts',
    hmac('mode permissive'),
    () => ({}),
    true,
  ),
  heard(
    'directives-vrrp 1.8: mode receive-only',
    'so does receive-only',
    hmac('mode receive-only'),
    () => ({}),
    true,
  ),
  ...['permissive', 'receive-only'].map((mode) =>
    heard(
      'directives-vrrp 1.8: a present trailer is always verified',
      `${mode}, but a wrong signature is refused`,
      hmac(`mode ${mode}`),
      (rig) => ({ spoil: signed({ at: clock(rig), key: OTHER_KEY }) }),
      false,
      'hmac-invalid',
    ),
  ),
  heard(
    'directives-vrrp 1.8: strict mode forces enforce',
    'strict mode refuses unsigned adverts, though permissive is configured',
    hmac('mode permissive', 'strict_mode'),
    () => ({}),
    false,
    'hmac-missing',
  ),
  heard(
    'runtime 9: without auth_hmac a trailer is too long',
    'refused: a trailer where none is configured',
    single(),
    (rig) => ({ spoil: signed({ at: clock(rig) }) }),
    false,
    'length',
  ),
  unsigned('hmac-malformed', 'hmacMalformed', 'runtime 9: type', () => ({ type: 2 })),
  unsigned('hmac-malformed', 'hmacMalformed', 'runtime 9: reserved', () => ({ reserved: 1 })),
  unsigned('hmac-stale', 'hmacStale', 'runtime 9: older than the window', (rig) => ({ at: clock(rig) - 6 })),
  unsigned('hmac-stale', 'hmacStale', 'runtime 9: from the future', (rig) => ({ at: clock(rig) + 7 })),
  unsigned(
    'hmac-stale',
    'hmacStale',
    'directives-vrrp 1.8: time_window',
    (rig) => ({ at: clock(rig) - 3 }),
    hmac('time_window 1'),
  ),
  unsigned('hmac-unknown-key', 'hmacUnknownKey', 'runtime 9: unknown key', () => ({ keyId: 3 })),
  unsigned('hmac-invalid', 'hmacInvalid', 'runtime 9: the MAC', () => ({ key: OTHER_KEY })),
  unsigned('hmac-invalid', 'hmacInvalid', 'runtime 9: the MAC covers the priority', () => ({
    // From 100 to 200 with a right checksum: 0x64 becomes 0xc8.
    spoil: (packet) => packet.with(22, 201).with(26, (packet[26] ?? 0) - 1),
  })),
  heard(
    'directives-vrrp 1.8: anti_replay monotonic',
    'monotonic: only the order counts, whatever the clocks say',
    hmac('anti_replay monotonic'),
    () => ({ spoil: signed({ at: 1000 }) }),
    true,
  ),
  {
    clause: 'runtime 9: the sequence must exceed the last one',
    says: 'refused: hmac-replay',
    text: hmac(),
    play: (rig) => {
      rig.start();
      const spoil = signed({ at: clock(rig) });
      for (let n = 0; n < 4; n++) rig.advert({ priority: 200, spoil }).wait(1);
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'MASTER');
      assert.equal(rig.engine.status().instances[0]?.counters.hmacReplay, 3);
    },
    off: withoutCheck('hmac-replay'),
  },
  {
    clause: 'runtime 9: skew above half the window is logged',
    says: 'a clock that drifts towards the edge of the window is said, and obeyed',
    text: hmac(),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 200, spoil: signed({ at: clock(rig) - 3 }) });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      assert.ok(
        rig.lines.some((line) => /warning: .* its clock is 3 s behind ours, the window is 5 s/.test(line)),
      );
    },
    off: withoutCheck('clock-skew'),
  },
  heard(
    'runtime 9: unicast senders must be peers',
    'refused: hmac-peer',
    hmac('', UNICAST),
    (rig) => ({ from: '10.0.0.9', spoil: signed({ at: clock(rig) }) }),
    false,
    'hmac-peer',
  ),
  heard(
    'RFC 2338 7.1',
    'an advert behind a right AH is obeyed',
    ah(),
    () => ({ authType: 2, spoil: withAh({ sequence: 99 }) }),
    true,
  ),
  heard(
    'runtime 9: TTL zeroed for unicast',
    'and over unicast, where its TTL may change on the way',
    ah(UNICAST),
    () => ({
      authType: 2,
      spoil: withAh({ sequence: 99, unicast: true, spoil: (packet) => fitted(packet.with(8, 9)) }),
    }),
    true,
  ),
  heard(
    'runtime 9: AH presence',
    'refused: no AH where there shall be one',
    ah(),
    () => ({ authType: 2 }),
    false,
    'ah-header',
  ),
  heard(
    'runtime 9: AH presence',
    'refused: AH where there shall be none',
    single(),
    () => ({ spoil: withAh({ sequence: 99 }) }),
    false,
    'ah-header',
  ),
  heard(
    'RFC 2402 3.4.4',
    'refused: AH with another password',
    ah(),
    () => ({ authType: 2, spoil: withAh({ sequence: 99, password: 'guess' }) }),
    false,
    'ah-icv',
  ),
  heard(
    'runtime 9: the SPI',
    'refused: AH with the SPI of another',
    ah(),
    () => ({ authType: 2, spoil: withAh({ sequence: 99, spi: ipv4ToNumber(ip('10.0.0.9')) }) }),
    false,
    'ah-spi',
  ),
  heard(
    'RFC 2402 3.4.3: a master refuses what is not above its own number',
    'refused: AH with a number that is over',
    ah(),
    () => ({ authType: 2, spoil: withAh({ sequence: 1 }) }),
    false,
    'ah-sequence',
  ),
  heard('runtime 9: auth type known', 'refused: auth-type-known', single(), () => ({ authType: 3 }), false),
  {
    clause: 'runtime 9: auth type known',
    says: 'an unknown authentication type is counted apart from another one',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 200, authType: 3 }).advert({ priority: 200, authType: 1 });
    },
    holds: (rig) => {
      const counters = rig.engine.status().instances[0]?.counters;
      assert.deepEqual([counters?.invalidAuthenticationType, counters?.authenticationType], [1, 1]);
    },
    off: withoutCheck('auth-type-known'),
  },
  heard(
    'runtime 9: padding',
    'six surplus bytes are Ethernet padding',
    single(),
    () => ({ spoil: padded(6) }),
    true,
  ),
  heard('runtime 9: padding', 'so are ten', single(), () => ({ spoil: padded(10) }), true),
  heard(
    'runtime 9: padding',
    'refused: eight surplus bytes',
    single(),
    () => ({ spoil: padded(8) }),
    false,
    'length',
  ),
  heard(
    'runtime 9: padding of frames below 46 bytes only',
    'refused: two surplus bytes behind a longer advert',
    single().replace('10.0.0.100\n', '10.0.0.100\n10.0.0.101\n10.0.0.102\n'),
    () => ({ spoil: padded(2) }),
    false,
    'length',
  ),
  heard(
    'runtime 9: IP total length',
    'refused: an IP header that promises less than came',
    single(),
    () => ({ spoil: (packet) => packet.with(3, (packet[3] ?? 0) - 4) }),
    false,
    'ip-length',
  ),
  heard(
    'RFC 791: options',
    'an advert behind IP options is read where it is',
    single(),
    () => ({ spoil: withOptions }),
    true,
  ),
  heard(
    'RFC 9568 5.2.8: the pseudo-header',
    'refused: version 3 without a pseudo-header',
    single('version 3'),
    () => ({ spoil: checksummed(undefined) }),
    false,
    'checksum',
  ),
  heard(
    'directives-vrrp 1.3: v3_checksum_as_v2',
    'v3_checksum_as_v2 accepts it',
    single('version 3\n v3_checksum_as_v2'),
    () => ({ spoil: checksummed(undefined) }),
    true,
  ),
  heard(
    'RFC 9568 5.2.8; differences: the right checksum is never refused',
    'and the one with the pseudo-header as well',
    single('version 3\n v3_checksum_as_v2'),
    () => ({}),
    true,
  ),
  heard(
    'RFC 9568 7.1; differences: v3_checksum_as_v2 does not switch the check off',
    'but no other',
    single('version 3\n v3_checksum_as_v2'),
    () => ({ spoil: (packet) => packet.with(27, (packet[27] ?? 0) ^ 1) }),
    false,
    'checksum',
  ),
  heard(
    'directives-vrrp 1.3: old_unicast_checksum; timeline 19',
    'the old checksum of unicast is obeyed',
    single(`version 3\n ${UNICAST}`),
    () => ({ spoil: checksummed('224.0.0.18') }),
    true,
  ),
  heard(
    'directives-vrrp 1.3: old_unicast_checksum never',
    'refused: the old checksum, with never',
    single(`version 3\n ${UNICAST}\n old_unicast_checksum never`),
    () => ({ spoil: checksummed('224.0.0.18') }),
    false,
    'checksum',
  ),
  heard(
    'runtime 9: owner_ignore_adverts',
    'refused: whatever an owner that listens to nobody hears',
    single('owner_ignore_adverts').replace('priority 100', 'priority 255'),
    () => ({ priority: 255, from: '10.0.0.9' }),
    false,
    'owner-ignores',
  ),
  {
    clause: 'runtime 9: the number of addresses is always compared',
    says: 'skip_check_adv_addr skips the list of a known sender, not its length',
    text: single('skip_check_adv_addr'),
    play: (rig) => {
      rig.start();
      for (let n = 0; n < 3; n++) rig.advert({ priority: 200, vips: ['10.0.0.101'] });
      rig.advert({ priority: 200, vips: ['10.0.0.101', '10.0.0.100'] });
    },
    holds: (rig) => assert.equal(rig.engine.status().instances[0]?.counters.addressList, 2),
    off: withoutCheck('address-count'),
  },
  {
    clause: 'runtime 9: a master always compares the list',
    says: 'skip_check_adv_addr does not count for a MASTER',
    text: single('skip_check_adv_addr'),
    play: (rig) => {
      master(rig);
      for (let n = 0; n < 3; n++) rig.advert({ priority: 50, vips: ['10.0.0.101'] });
    },
    holds: (rig) => assert.equal(rig.engine.status().instances[0]?.counters.addressList, 3),
    off: withoutCheck('addresses'),
  },
];
