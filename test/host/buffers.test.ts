/** Receive buffers as the kernel has them after ours was asked for: it doubles each for its own account. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { BYTES_PER_ADVERT, MIN_ANSWER_BUFFER, RECEIVE_BUFFER_PER_ROUTER } from '../../src/base/limits.js';
import { ZERO } from '../../src/base/time.js';
import { NETLINK_CONNECTOR, NETLINK_ROUTE, SO_RCVBUF, SOL_SOCKET } from '../../src/host/linux/constants.js';
import { getIntOption } from '../../src/host/linux/fd.js';
import { cable, channel, namespacesMissing, Rig } from './rig.js';

const skip = namespacesMissing;
const SO_PROTOCOL = 38;
const SO_DOMAIN = 39;
const AF_INET = 2;
const AF_NETLINK = 16;

const rmemMax = Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'));

/** Halves of the buffers of this process's sockets of that kind, in the order of their opening. */
function buffers(domain: number, protocol: number): number[] {
  const found: number[] = [];
  const numbers = readdirSync('/proc/self/fd').map(Number);
  for (const fd of numbers.sort((a, b) => a - b)) {
    try {
      if (!readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')) continue;
    } catch {
      continue;
    }
    if (getIntOption(fd, SOL_SOCKET, SO_DOMAIN) !== domain) continue;
    if (getIntOption(fd, SOL_SOCKET, SO_PROTOCOL) !== protocol) continue;
    found.push(getIntOption(fd, SOL_SOCKET, SO_RCVBUF) / 2);
  }
  return found;
}

test('the VRRP socket has what its instances asked for, and room for one burst at least', {
  skip,
}, async () => {
  const net = cable();
  const rig = Rig.create(net.left);
  const largest = async (receiveBuffer: number | undefined, ids: readonly number[]): Promise<number> => {
    rig.forget();
    const one = channel(net.leftIndex, ids);
    rig.run({
      kind: 'open-channel',
      channel: receiveBuffer === undefined ? one : { ...one, receiveBuffer },
    });
    assert.equal((await rig.next('channel')).error, undefined);
    // The other one is for strays.
    return Math.max(...buffers(AF_INET, 112));
  };
  assert.equal(await largest(undefined, [1]), 64 * RECEIVE_BUFFER_PER_ROUTER);
  // Beyond the limit of the system, and back, while it is open.
  assert.equal(await largest(2 * rmemMax, [1]), 2 * rmemMax);
  assert.equal(await largest(50_000, [1]), 50_000);
  assert.equal(await largest(120, [1, 2, 3, 4, 5]), 5 * BYTES_PER_ADVERT);
  assert.equal(await largest(undefined, [1]), 64 * RECEIVE_BUFFER_PER_ROUTER);
  await rig.host.close();
});

test('netlink: sizes as they are configured, beyond the limit only by force, and back', {
  skip,
}, async () => {
  const before = buffers(AF_NETLINK, NETLINK_ROUTE).length;
  const net = cable();
  const rig = Rig.create(net.left);
  // Those for requests and for events come first.
  const now = (): number[] => buffers(AF_NETLINK, NETLINK_ROUTE).slice(before, before + 2);
  const [usual] = now();
  assert.deepEqual(now(), [usual, 1024 * 1024]);
  rig.run({
    kind: 'size-buffers',
    sizes: { answers: { bytes: 100_000, force: false }, events: { bytes: 150_000, force: false } },
  });
  assert.deepEqual(now(), [100_000, 150_000]);
  const lines = rig.lines.length;
  // Answers to one chunk must fit, whatever is asked for.
  const more = 3 * rmemMax;
  rig.run({
    kind: 'size-buffers',
    sizes: { answers: { bytes: 1, force: false }, events: { bytes: more, force: true } },
  });
  assert.deepEqual(now(), [MIN_ANSWER_BUFFER, more]);
  assert.deepEqual(rig.lines.slice(lines), []);
  rig.run({ kind: 'size-buffers', sizes: { events: { bytes: more, force: false } } });
  assert.deepEqual(now(), [usual, rmemMax]);
  assert.deepEqual(rig.lines.slice(lines), [
    `vrrp_netlink_monitor_rcv_bufs ${more}: the kernel gives ${rmemMax} bytes; raise net.core.rmem_max, or add vrrp_netlink_monitor_rcv_bufs_force`,
  ]);
  rig.run({ kind: 'size-buffers', sizes: {} });
  assert.deepEqual(now(), [usual, 1024 * 1024]);
  await rig.host.close();
});

test('the process connector: a size that was asked for before it opened, and one while it is open', async (t) => {
  const rig = Rig.create(undefined, { processSources: ['connector', 'pidfd'] });
  rig.run({ kind: 'size-buffers', sizes: { processes: { bytes: 90_000, force: false } } });
  const tracker = {
    name: 'p',
    process: 'no-such-process',
    parameters: [],
    match: 'name',
    quorum: 1,
    weight: 0,
    reverse: false,
    forkDelay: ZERO,
    terminateDelay: ZERO,
  } as const;
  rig.run({ kind: 'watch-process', tracker });
  const now = (): number[] => buffers(AF_NETLINK, NETLINK_CONNECTOR);
  if (now().length === 0) t.skip('the process connector does not answer here');
  else {
    assert.deepEqual(now(), [90_000]);
    rig.run({ kind: 'size-buffers', sizes: { processes: { bytes: 80_000, force: false } } });
    assert.deepEqual(now(), [80_000]);
    rig.run({ kind: 'size-buffers', sizes: {} });
    assert.deepEqual(now(), [1024 * 1024]);
  }
  await rig.host.close();
});
