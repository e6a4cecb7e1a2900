// The client that asks: an ICMP echo request every so often, never mind the answers, which tcpdump sees. ping(8)
// would do, but while it is not answered it waits by the kernel's tick, and its questions are up to ten milliseconds
// apart: longer than what is measured here.
// Arguments: ADDRESS INTERVAL-MS. Ends when it is killed.

import { parseIpAddress } from '../src/base/ip-address.js';
import { AF_INET, MSG_DONTWAIT, SOCK_RAW } from '../src/host/linux/constants.js';
import { required } from '../src/host/linux/errno.js';
import { openSocket } from '../src/host/linux/fd.js';
import { allocateArena, sendto } from '../src/host/linux/libc.js';
import { runInRealTime } from '../src/host/linux/scheduling.js';
import { putIpSocketAddress } from '../src/host/linux/socket-address.js';
import { encodeIcmpEcho } from '../src/wire/icmp-echo.js';

const IPPROTO_ICMP = 1;
/** Above what any daemon here takes for a takeover: a question takes some ten microseconds. */
const PRIORITY = 60;

const [text = '', interval = ''] = process.argv.slice(2);
const target = parseIpAddress(text);
if (!target.ok) throw new Error(`${text}: ${target.error}`);
const fd = required(openSocket(AF_INET, SOCK_RAW, IPPROTO_ICMP), 'opening a socket for questions');
const address = allocateArena(64);
const addressLength = putIpSocketAddress(address, 0, target.value, 0);
const question = allocateArena(64);
const bytes = encodeIcmpEcho({
  type: 'request',
  identifier: process.pid & 0xffff,
  sequence: 0,
  data: new Uint8Array(8),
});
question.bytes.set(bytes);
const never = new Int32Array(new SharedArrayBuffer(4));

// A client is a machine of its own in life: who keeps the routers busy here shall not keep it from asking. Where that is
// not permitted it asks like everybody.
runInRealTime(PRIORITY);
// Nothing else happens in this process, so it may as well block: the pause is then as exact as the kernel's timers.
let next = performance.now();
for (;;) {
  sendto(fd, question.address, bytes.length, MSG_DONTWAIT, address.address, addressLength);
  next = Math.max(next + Number(interval), performance.now());
  Atomics.wait(never, 0, 0, next - performance.now());
}
