/**
 * What the kernel, or a process that may speak in its place, can do to our netlink sockets: datagrams without end or
 * larger than there is room for, answers that were dropped, that are old or that nobody can read.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { ByteWriter } from '../../src/base/bytes.js';
import { MAX_NETLINK_EVENTS_PER_TURN, MAX_NETLINK_OPERATIONS } from '../../src/base/limits.js';
import type { Input } from '../../src/core/inputs.js';
import type { AddressOperation } from '../../src/core/net/facts.js';
import { AF_NETLINK, NETLINK_ROUTE, SO_RCVBUF, SOL_SOCKET } from '../../src/host/linux/constants.js';
import { EEXIST, ENOBUFS, required } from '../../src/host/linux/errno.js';
import { scratch, setIntOption } from '../../src/host/linux/fd.js';
import { allocateArena, getsockname, sendto } from '../../src/host/linux/libc.js';
import { withNetworkNamespace } from '../../src/host/linux/namespace.js';
import { NetlinkSocket } from '../../src/host/linux/netlink-socket.js';
import { Poller } from '../../src/host/linux/poller.js';
import { RtnlClient } from '../../src/host/linux/rtnl-client.js';
import { RtnlEvents, readSnapshot } from '../../src/host/netlink-sockets.js';
import { RtnlPipeline } from '../../src/host/rtnl-pipeline.js';
import {
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  writeNetlinkMessage,
} from '../../src/wire/netlink/message.js';
import { writeAddressRequest } from '../../src/wire/netlink/rtnl-address.js';
import { writeLinkDump } from '../../src/wire/netlink/rtnl-link.js';
import { cable, ip, namespacesMissing } from './rig.js';

const skip = namespacesMissing;
const EADDRNOTAVAIL = 99;
/** A type that means nothing to anybody here. */
const STRANGE = 0x7ff0;
const ROOM = 32 * 1024;

/** Netlink sockets of this process. */
const descriptors = (): Set<number> =>
  new Set(
    readdirSync('/proc/self/fd')
      .map(Number)
      .filter((fd) => netlinkPort(fd) !== undefined),
  );

/** What `make` makes inside the namespace, and its netlink socket. */
function withDescriptor<T>(namespace: number, make: () => T): { readonly made: T; readonly fd: number } {
  return withNetworkNamespace(namespace, () => {
    const before = descriptors();
    const made = make();
    const opened = [...descriptors()].filter((fd) => !before.has(fd));
    assert.equal(opened.length, 1);
    return { made, fd: opened[0] as number };
  });
}

/** Undefined: no netlink socket. */
function netlinkPort(fd: number): number | undefined {
  scratch.view.setUint32(16, 12, true);
  if (getsockname(fd, scratch.address, scratch.address + 16) < 0) return undefined;
  return scratch.view.getUint16(0, true) === AF_NETLINK ? scratch.view.getUint32(4, true) : undefined;
}

/** Puts a datagram into another netlink socket, as a process with CAP_NET_ADMIN may. */
function put(namespace: number, fd: number, datagram: Uint8Array): void {
  const port = netlinkPort(fd) ?? 0;
  withNetworkNamespace(namespace, () => {
    const from = new NetlinkSocket(NETLINK_ROUTE);
    from.sendBuffer(4 * datagram.length);
    const bytes = allocateArena(datagram.length);
    bytes.bytes.set(datagram);
    const to = allocateArena(12);
    to.view.setUint16(0, AF_NETLINK, true);
    to.view.setUint32(4, port, true);
    required(sendto(from.fd, bytes.address, datagram.length, 0, to.address, 12), 'putting a datagram');
    from.close();
  });
}

interface Message {
  readonly type: number;
  readonly sequence?: number;
  readonly flags?: number;
  readonly payload: Uint8Array;
}
function datagram(...messages: Message[]): Uint8Array {
  const writer = new ByteWriter(64);
  for (const { type, sequence = 0, flags = 0, payload } of messages)
    writeNetlinkMessage(writer, { type, flags, sequence, port: 0, payload });
  return writer.finish();
}
/** What the kernel says of a request. */
function answer(sequence: number, errno: number): Message {
  const payload = new Uint8Array(20);
  new DataView(payload.buffer).setInt32(0, -errno, true);
  return { type: NLMSG_ERROR, sequence, payload };
}
const UNREADABLE = (sequence: number): Message => ({
  type: NLMSG_ERROR,
  sequence,
  payload: new Uint8Array(4),
});
/** So many bytes: of messages of 64 bytes, so that 32 KiB end between two of them, or of a single one. */
const large = (size: number, pieces: boolean): Uint8Array =>
  pieces
    ? datagram(...Array.from({ length: size / 64 }, () => ({ type: STRANGE, payload: new Uint8Array(48) })))
    : datagram({ type: STRANGE, payload: new Uint8Array(size - 16) });

const operation = (verb: 'add' | 'delete', interfaceIndex: number, address: string): AddressOperation => ({
  operation: verb,
  address: { interfaceIndex, address: ip(address), prefixLength: 24, scope: 0 },
});

function listening(t: TestContext, namespace: number) {
  const inputs: Input[] = [];
  const lines: string[] = [];
  const poller = new Poller();
  const { made: events, fd } = withDescriptor(
    namespace,
    () =>
      new RtnlEvents(
        poller,
        (input) => inputs.push(input),
        (text) => lines.push(text),
      ),
  );
  t.after(() => {
    events.close();
    poller.close();
  });
  return { inputs, lines, fd, poll: () => withNetworkNamespace(namespace, () => poller.poll()) };
}

for (const pieces of [false, true])
  test(`events larger than there is room for ${pieces ? 'end between two messages' : 'are one message'}: the whole truth`, {
    skip,
  }, (t) => {
    const net = cable();
    const { inputs, lines, fd, poll } = listening(t, net.left);
    put(net.left, fd, large(ROOM, pieces));
    poll();
    assert.deepEqual([inputs, lines], [[], []], 'what fits is no loss');
    put(net.left, fd, large(ROOM + 64, pieces));
    // And one more behind it: both are older than the truth.
    put(net.left, fd, large(ROOM + 64, pieces));
    poll();
    assert.deepEqual(
      inputs.map(({ kind }) => kind),
      ['resync'],
    );
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /reading everything again/);
    poll();
    assert.equal(inputs.length, 1, 'once');
  });

test('what waits when events are lost is older than the truth, and thrown away', { skip }, (t) => {
  const net = cable();
  const { inputs, fd, poll } = listening(t, net.left);
  const claim = (address: string): Uint8Array => {
    const writer = new ByteWriter(64);
    const { address: facts } = operation('add', net.leftIndex, address);
    writeAddressRequest(writer, 1, 'add', facts, false, 1);
    return writer.finish();
  };
  put(net.left, fd, claim('10.77.0.1'));
  poll();
  assert.deepEqual(
    inputs.map(({ kind }) => kind),
    ['address'],
    'a message of this kind is an event',
  );
  for (let n = 0; n < 3; n++) {
    put(net.left, fd, large(ROOM + 64, false));
    put(net.left, fd, claim('10.77.0.2'));
  }
  poll();
  poll();
  assert.deepEqual(
    inputs.map(({ kind }) => kind),
    ['address', 'resync'],
  );
});

test('events without end: a bounded number in one turn', { skip }, (t) => {
  const net = cable();
  const { inputs, fd, poll } = listening(t, net.left);
  const writer = new ByteWriter(64);
  writeAddressRequest(writer, 1, 'add', operation('add', net.leftIndex, '10.77.0.1').address, false, 1);
  const event = writer.finish();
  for (let n = 0; n < MAX_NETLINK_EVENTS_PER_TURN + 10; n++) put(net.left, fd, event);
  poll();
  assert.equal(inputs.length, MAX_NETLINK_EVENTS_PER_TURN);
  poll();
  assert.equal(inputs.length, MAX_NETLINK_EVENTS_PER_TURN + 10);
});

function working(t: TestContext, namespace: number) {
  const inputs: Input[] = [];
  let turns = 0;
  const { made: pipeline, fd } = withDescriptor(
    namespace,
    () =>
      new RtnlPipeline(
        (input) => inputs.push(input),
        () => turns++,
        () => {},
      ),
  );
  t.after(() => pipeline.close());
  const errnos = (request: number): (number | undefined)[] | undefined => {
    for (const input of inputs)
      if (input.kind === 'addresses-applied' && input.request === request)
        return input.results.map(({ errno }) => errno);
    return undefined;
  };
  return { pipeline, fd, errnos, turns: () => turns };
}

test('answers that the kernel dropped are errors, and those that came are what they say', { skip }, (t) => {
  const net = cable();
  const { pipeline, fd, errnos } = working(t, net.left);
  // Room for a few answers only.
  setIntOption(fd, SOL_SOCKET, SO_RCVBUF, 1);
  const missing = Array.from({ length: MAX_NETLINK_OPERATIONS }, (_, i) =>
    operation('delete', net.leftIndex, `10.77.0.${i + 1}`),
  );
  pipeline.addresses(1, missing);
  const seen = errnos(1) ?? [];
  assert.equal(seen[0], EADDRNOTAVAIL);
  assert.equal(seen.at(-1), ENOBUFS);
  assert.deepEqual([...new Set(seen)], [EADDRNOTAVAIL, ENOBUFS], 'none of them counts as done');
  // The next request is whole again.
  pipeline.addresses(2, [operation('add', net.leftIndex, '10.77.1.1')]);
  pipeline.addresses(3, [operation('add', net.leftIndex, '10.77.1.1')]);
  assert.deepEqual([errnos(2), errnos(3)], [[undefined], [EEXIST]]);
});

test('an answer larger than there is room for, or that nobody can read, is an error', { skip }, (t) => {
  const net = cable();
  const { pipeline, fd, errnos } = working(t, net.left);
  put(net.left, fd, datagram(UNREADABLE(0)));
  pipeline.addresses(1, [
    operation('add', net.leftIndex, '10.77.1.1'),
    operation('add', net.leftIndex, '10.77.1.2'),
  ]);
  assert.deepEqual(errnos(1), [ENOBUFS, undefined]);
  put(net.left, fd, large(ROOM + 64, false));
  pipeline.addresses(2, [operation('add', net.leftIndex, '10.77.1.3')]);
  assert.equal(errnos(2)?.length, 1);
});

test('answers to older requests, and to requests never made, answer nothing', { skip }, (t) => {
  const net = cable();
  const { pipeline, fd, errnos } = working(t, net.left);
  pipeline.addresses(1, [operation('add', net.leftIndex, '10.77.1.1')]);
  for (const sequence of [0, 2, 3, 0xffff_ffff]) put(net.left, fd, datagram(answer(sequence, 1)));
  pipeline.addresses(2, [operation('add', net.leftIndex, '10.77.1.2')]);
  assert.deepEqual([errnos(1), errnos(2)], [[undefined], [undefined]]);
});

test('while the firewall is not ready nothing is touched; then all goes on in its order', { skip }, (t) => {
  const net = cable();
  const { pipeline, errnos, turns } = working(t, net.left);
  pipeline.hold(true);
  pipeline.addresses(1, [operation('add', net.leftIndex, '10.77.1.1')]);
  pipeline.step();
  assert.deepEqual([errnos(1), turns()], [undefined, 0]);
  pipeline.hold(false);
  assert.equal(turns(), 1);
  pipeline.step();
  assert.deepEqual(errnos(1), [undefined]);
});

describe('a request and its answer', { skip }, () => {
  const asking = (t: TestContext) => {
    const net = cable();
    const { made: client, fd } = withDescriptor(net.left, () => new RtnlClient());
    t.after(() => client.close());
    return {
      waiting: (...messages: Message[]) => put(net.left, fd, datagram(...messages)),
      overfill: () => put(net.left, fd, large(ROOM + 64, false)),
      read: () => readSnapshot(client),
      /** Of each message that answers, whether it is torn. */
      list: () => {
        const messages = client.dump('listing the interfaces', writeLinkDump);
        assert.ok(messages.ok);
        return messages.value.map(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0);
      },
    };
  };
  const failure = (t: TestContext, prepare: (asked: ReturnType<typeof asking>) => void): string => {
    const asked = asking(t);
    prepare(asked);
    const read = asked.read();
    return read.ok ? 'read' : read.error.code;
  };

  test('an answer to something else answers nothing', (t) => {
    assert.equal(
      failure(t, ({ waiting }) => waiting(answer(7, 1))),
      'read',
    );
  });
  test('an answer that nobody can read, or that was too large, is a failure', (t) => {
    assert.equal(
      failure(t, ({ waiting }) => waiting(UNREADABLE(1))),
      'ENOBUFS',
    );
    assert.equal(
      failure(t, ({ overfill }) => overfill()),
      'EMSGSIZE',
    );
  });
  test('a dump that ends with an error is a failure', (t) => {
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setInt32(0, -1, true);
    assert.equal(
      failure(t, ({ waiting }) => waiting({ type: NLMSG_DONE, sequence: 1, payload })),
      'EPERM',
    );
  });
  test('a table that changed while it was read is read again', (t) => {
    const { waiting, list } = asking(t);
    waiting({ type: STRANGE, sequence: 1, flags: NLM_F_DUMP_INTR, payload: new Uint8Array(4) });
    assert.deepEqual(list(), [false, false], 'two interfaces, and nothing of the first attempt');
  });
});
