/** IPVS counts in 64 bits, and in 32 where the kernel is older than 4.1: what is read of both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '../../../src/base/bytes.js';
import {
  beginNest,
  endNest,
  writeAttribute,
  writeTextAttribute,
  writeU16Attribute,
  writeU32Attribute,
} from '../../../src/wire/netlink/attributes.js';
import { writeGenlHeader } from '../../../src/wire/netlink/genl-control.js';
import { COMMAND, IPVS_CMD, SERVICE } from '../../../src/wire/netlink/ipvs/model.js';
import { decodeIpvs } from '../../../src/wire/netlink/ipvs/report.js';

const AF_INET = 2;

function bytesOf(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** A service with counters under these attributes: 1 to 3 connections and packets, 4 and 5 bytes. */
function countersOf(fill: (writer: ByteWriter) => void) {
  const writer = new ByteWriter();
  writeGenlHeader(writer, IPVS_CMD.newService);
  const nest = beginNest(writer, COMMAND.service);
  writeU16Attribute(writer, SERVICE.family, AF_INET);
  writeU32Attribute(writer, SERVICE.mark, 7);
  writeTextAttribute(writer, SERVICE.scheduler, 'rr');
  fill(writer);
  endNest(writer, nest);
  const read = decodeIpvs(writer.finish());
  assert.ok(read.ok && read.value.kind === 'service');
  return read.value.counters;
}

function narrow(writer: ByteWriter): void {
  const nest = beginNest(writer, SERVICE.counters);
  for (const type of [1, 2, 3]) writeU32Attribute(writer, type, 0xffff_ff00 + type);
  for (const type of [4, 5]) writeAttribute(writer, type, bytesOf(2n ** 40n + BigInt(type)));
  endNest(writer, nest);
}

function wide(writer: ByteWriter): void {
  const nest = beginNest(writer, SERVICE.counters64);
  for (const type of [1, 2, 3, 4, 5]) writeAttribute(writer, type, bytesOf(2n ** 60n + BigInt(type)));
  endNest(writer, nest);
}

test('64-bit counters are read whole, and taken where both are there', () => {
  const expected = {
    connections: 2n ** 60n + 1n,
    packetsIn: 2n ** 60n + 2n,
    packetsOut: 2n ** 60n + 3n,
    bytesIn: 2n ** 60n + 4n,
    bytesOut: 2n ** 60n + 5n,
  };
  assert.deepEqual(countersOf(wide), expected);
  for (const [first, second] of [
    [narrow, wide],
    [wide, narrow],
  ] as const)
    assert.deepEqual(
      countersOf((writer) => {
        first(writer);
        second(writer);
      }),
      expected,
    );
});

test('32-bit counters have bytes of 64', () => {
  assert.deepEqual(countersOf(narrow), {
    connections: 0xffff_ff01n,
    packetsIn: 0xffff_ff02n,
    packetsOut: 0xffff_ff03n,
    bytesIn: 2n ** 40n + 4n,
    bytesOut: 2n ** 40n + 5n,
  });
});

test('without counters none are told', () => {
  assert.equal(
    countersOf(() => {}),
    undefined,
  );
});
