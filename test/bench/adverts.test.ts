// What the benchmark reads out of tcpdump's and iproute2's words, and what it makes of that. The lines are theirs
// (tcpdump 4.99.3, iproute2 6.1).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressIn } from '../../bench/address-watch.js';
import { advertsIn, firstAdverts, firstAnnouncements, gapsOf } from '../../bench/adverts.js';
import { settingTime } from '../../bench/cases/addresses.js';
import { quantile } from '../../bench/report.js';

const v2 = (at: number, source: string, id: number, priority = 200) => ({
  at,
  text: `aa:bb:cc:00:00:01 > 01:00:5e:00:00:12, ethertype IPv4 (0x0800), length 54: ${source} > 224.0.0.18: VRRPv2, Advertisement, vrid ${id}, prio ${priority}, authtype none, intvl 1s, length 20`,
});
const asked = (at: number, address: string) => ({
  at,
  text: `aa:bb:cc:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has ${address} (ff:ff:ff:ff:ff:ff) tell ${address}, length 28`,
});

test('adverts of both versions, at a port and at any', () => {
  const frames = [
    v2(1, '10.77.0.1', 7),
    {
      at: 2,
      text: 'first-eth3 In  ifindex 9 10.80.0.1 > 224.0.0.18: VRRPv3, Advertisement, vrid 250, prio 100, intvl 1cs, length 12',
    },
    asked(3, '10.77.1.7'),
  ];
  assert.deepEqual(advertsIn(frames), [
    { at: 1, source: '10.77.0.1', virtualRouterId: 7, priority: 200 },
    { at: 2, source: '10.80.0.1', virtualRouterId: 250, priority: 100 },
  ]);
});

test('a virtual router is its number and its network, and the first advert of each counts', () => {
  const adverts = advertsIn([v2(1, '10.77.0.1', 1), v2(2, '10.78.0.1', 1), v2(3, '10.77.0.1', 1)]);
  assert.deepEqual(
    [...firstAdverts(adverts).values()].map(({ at }) => at),
    [1, 2],
  );
});

test('an announcement asks for its own sender, or answers nobody; other ARP is none', () => {
  const frames = [
    { at: 1, text: 'ARP, Request who-has 10.77.1.1 tell 10.77.0.3, length 28' },
    asked(2, '10.77.1.1'),
    { at: 3, text: 'ARP, Reply 10.77.1.2 is-at aa:bb:cc:00:00:01, length 28' },
    asked(4, '10.77.1.1'),
  ];
  assert.deepEqual(
    [...firstAnnouncements(frames)],
    [
      ['10.77.1.1', 2],
      ['10.77.1.2', 3],
    ],
  );
});

test('addresses are set when the last of them was announced, and all must be', () => {
  const frames = [
    v2(10, '10.77.0.1', 1),
    asked(10.05, '10.77.1.1'),
    asked(10.25, '10.77.100.1'),
    asked(11, '10.77.1.1'),
  ];
  assert.ok(Math.abs(settingTime(frames, 2) - 250) < 0.001);
  assert.throws(() => settingTime(frames, 3), /only 2 of 3/);
  assert.throws(() => settingTime([asked(1, '10.77.1.1')], 1), /no advert/);
});

test('gaps are milliseconds, and the quantile is a sample', () => {
  const gaps = gapsOf(advertsIn([0, 0.01, 0.021, 0.031].map((at) => v2(at, '10.77.0.1', 1))));
  assert.deepEqual(
    gaps.map((gap) => Math.round(gap)),
    [10, 11, 10],
  );
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2);
  assert.equal(quantile([4, 1, 3, 2], 0.999), 4);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

test('ip monitor tells when an address came, not when it went', () => {
  const line = (text: string) => `[2026-11-25T22:39:50.853269] ${text}`;
  assert.deepEqual(addressIn(line('12: eth0    inet 10.77.1.9/16 scope global secondary eth0\\ valid_lft')), {
    at: Date.UTC(2026, 10, 25, 22, 39, 50, 853) / 1000,
    address: '10.77.1.9',
  });
  assert.equal(addressIn(line('1: lo    inet6 ::1/128 scope host \\'))?.address, '::1');
  assert.equal(addressIn(line('Deleted 1: lo    inet 10.9.9.9/32 scope global lo')), undefined);
});
