// How a server's death is read from what was said to IPVS and from the connections that the server took.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deathsIn, messagesIn } from '../../bench/server-deaths.js';
import { ByteWriter } from '../../src/base/bytes.js';
import type { IpAddress } from '../../src/base/ip-address.js';
import type { IpvsDestination } from '../../src/wire/netlink/ipvs/model.js';
import { writeIpvsRequests } from '../../src/wire/netlink/ipvs/request.js';
import { NLMSG_ERROR, writeNetlinkMessage } from '../../src/wire/netlink/message.js';

const NETLINK_GENERIC = 16;
const NETLINK_ROUTE = 0;
const FAMILY = 30;

const identity = { family: 'ipv4', protocol: 6, address: '10.1.0.0' as IpAddress, port: 80 } as const;
const destination = (weight: number): IpvsDestination => ({
  ...{ family: 'ipv4', address: '10.2.0.0' as IpAddress, port: 80, method: 0, weight },
  ...{ upperThreshold: 0, lowerThreshold: 0, tunnelType: 0, tunnelPort: 0, tunnelFlags: 0 },
});

/** A capture's file, of datagrams at these seconds. */
function capture(
  datagrams: readonly (readonly [at: number, protocol: number, bytes: Uint8Array])[],
): Uint8Array {
  const writer = new ByteWriter(4096);
  for (const word of [0xa1b2c3d4, 0x00040002, 0, 0, 65535, 253]) writer.u32Host(word);
  for (const [at, protocol, bytes] of datagrams) {
    const length = bytes.length + 16;
    for (const word of [Math.floor(at), Math.round((at % 1) * 1e6), length, length]) writer.u32Host(word);
    writer.zeros(15).u8(protocol).bytes(bytes);
  }
  return writer.finish();
}

function weightBecomes(weight: number, sequence: number): Uint8Array {
  const writer = new ByteWriter(512);
  writeIpvsRequests(writer, FAMILY, sequence, [
    { command: 'setDestination', identity, destination: destination(weight) },
  ]);
  return writer.finish();
}

function answered(sequence: number, errno = 0): Uint8Array {
  const writer = new ByteWriter(512);
  const payload = new ByteWriter(64);
  payload.u32Host(errno === 0 ? 0 : 2 ** 32 - errno).zeros(16);
  writeNetlinkMessage(writer, {
    type: NLMSG_ERROR,
    flags: 0,
    sequence,
    port: 767,
    payload: payload.finish(),
  });
  return writer.finish();
}

const accepted = [100, 101, 104, 105].map((at) => ({ at, text: '' }));

test('from the last connection that was taken until the kernel says that it is done', () => {
  const said = messagesIn(
    capture([
      [103.002, NETLINK_ROUTE, weightBecomes(0, 1)],
      [103.003, NETLINK_GENERIC, weightBecomes(0, 1)],
      [103.004, NETLINK_GENERIC, answered(1)],
      [103.9, NETLINK_GENERIC, weightBecomes(1, 2)],
      [103.91, NETLINK_GENERIC, answered(2)],
      [107.001, NETLINK_GENERIC, weightBecomes(0, 3)],
      [107.002, NETLINK_GENERIC, answered(7)],
      [107.005, NETLINK_GENERIC, answered(3)],
    ]),
  );
  assert.deepEqual(
    deathsIn(said, accepted, 2000).map((beyond) => beyond.toFixed(2)),
    ['4.00', '5.00'],
  );
});

test('what the kernel refused, or never answered, is no death', () => {
  const refused = [
    [103, NETLINK_GENERIC, weightBecomes(0, 1)],
    [103.001, NETLINK_GENERIC, answered(1, 2)],
    [103.5, NETLINK_GENERIC, weightBecomes(0, 2)],
  ] as const;
  assert.deepEqual(deathsIn(messagesIn(capture(refused)), accepted, 2000), []);
  assert.throws(() => messagesIn(new Uint8Array(24)), /not a capture/);
});
