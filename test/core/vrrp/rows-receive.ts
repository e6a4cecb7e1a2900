/** What the receive checks promise, case by case, each with its clause. */
import assert from 'node:assert/strict';
import { internetChecksum } from '../../../src/base/checksum.js';
import type { AdvertOptions } from '../rig.js';
import { single } from '../texts.js';
import { type Case, is, master, sent, withoutCheck } from './rows.js';

/** A packet that would make a MASTER yield, but for one defect. */
const refused = (check: string, clause: string, defect: AdvertOptions, lines = ''): Case => ({
  clause,
  says: `refused: ${check}`,
  text: single(lines),
  play: (rig) => {
    master(rig);
    rig.advert({ priority: 200, ...defect });
  },
  holds: is('MASTER'),
  off: withoutCheck(check),
});

export const RECEIVE_CASES: readonly Case[] = [
  refused('ttl', 'RFC 9568 7.1: TTL 255', { ttl: 254 }),
  refused('version', 'RFC 9568 7.1: version', {
    version: 3,
    // Its interval field reads as one second without authentication, its checksum has no pseudo-header.
    interval: 0.01,
    spoil: (packet) => {
      const vrrp = packet.slice(20).with(6, 0).with(7, 0);
      const checksum = internetChecksum(vrrp);
      return packet.with(26, checksum >> 8).with(27, checksum & 0xff);
    },
  }),
  refused('auth-type', 'RFC 2338 7.1', { authType: 1 }),
  refused(
    'password',
    'RFC 2338 5.3.10',
    { password: 'guess' },
    'authentication {\n auth_type PASS\n auth_pass secret\n }',
  ),
  refused('interval', 'RFC 3768 7.1: Adver Int', { interval: 2 }),
  refused('type', 'RFC 9568 5.2.2', {
    spoil: (packet) => {
      // Another type with a right checksum: the type is in the first word.
      const changed = packet.with(20, 0x22);
      return changed.with(26, (changed[26] ?? 0) - 1);
    },
  }),
  refused('checksum', 'RFC 9568 7.1: checksum', { spoil: (packet) => packet.with(26, 1) }),
  refused('length', 'RFC 9568 7.1: length', {
    // One address more than there is room for, with a right checksum; the IP header agrees with the bytes.
    spoil: (packet) => packet.with(23, 2).with(27, (packet[27] ?? 0) - 1),
  }),
  refused('destination', 'runtime 9: unicast or multicast', { to: '10.0.0.1' }),
  refused('zero-interval', 'RFC 9568 5.2.7', { interval: 0 }, 'version 3'),
  {
    clause: 'RFC 9568 7.1: another Max Advertise Interval is logged',
    says: 'obeyed, and said: another advert interval of version 3',
    text: single('version 3'),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 200, interval: 3 });
    },
    holds: (rig) => {
      is('BACKUP')(rig);
      assert.ok(
        sent(rig, 'info: (VI_1) obeys an advert from 10.0.0.2: advert interval 3000 ms, ours is 1000 ms'),
      );
    },
    off: withoutCheck('other-interval'),
  },
  {
    clause: 'runtime 9: check_unicast_src; timeline 20',
    says: 'refused: a unicast advert of a router that is no peer',
    text: single('unicast_src_ip 10.0.0.1\n unicast_peer {\n 10.0.0.2 min_ttl 250\n }'),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 200, from: '10.0.0.9' });
    },
    holds: is('MASTER'),
    off: withoutCheck('peer'),
  },
  {
    clause: "runtime 9: TTL in the peer's range; timeline 20",
    says: 'refused: a peer from too far away',
    text: single('unicast_src_ip 10.0.0.1\n unicast_peer {\n 10.0.0.2 min_ttl 250\n }'),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 200, ttl: 64 });
    },
    holds: is('MASTER'),
    off: withoutCheck('peer-ttl'),
  },
  {
    clause: 'runtime 9: the list of addresses is counted and said, the advert obeyed; timeline 11',
    says: 'another list of addresses is counted',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 200, vips: ['10.0.0.101'] });
    },
    holds: (rig) => {
      assert.equal(rig.state(), 'BACKUP');
      assert.equal(rig.engine.status().instances[0]?.counters.addressList, 1);
    },
    off: withoutCheck('addresses'),
  },
  {
    clause: 'RFC 5798 5.2.9: one order is recommended, runtime 9: none is asked for',
    says: 'the same addresses in another order are ours',
    text: single().replace('10.0.0.100', '10.0.0.100\n  10.0.0.101\n  10.0.0.99'),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 200, vips: ['10.0.0.99', '10.0.0.100', '10.0.0.101'] });
    },
    holds: (rig) => {
      is('BACKUP')(rig);
      assert.equal(rig.engine.status().instances[0]?.counters.addressList, 0);
    },
  },
  {
    clause: 'RFC 3768 5.3.6.1 and 5.3.10',
    says: 'authentication data without authentication is not looked at',
    text: single(),
    play: (rig) => {
      master(rig);
      rig.advert({ priority: 200, authType: 0, password: 'whatever' });
    },
    holds: is('BACKUP'),
  },
];
