/** Checks in a network of their own: pings on both kinds of sockets, silence on the way, devices, marks that route. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { internetChecksum } from '../../../src/base/checksum.js';
import type { IpAddress } from '../../../src/base/ip-address.js';
import { seconds } from '../../../src/base/time.js';
import type { CheckVerdict, ProbeSettings } from '../../../src/core/health/check.js';
import { AF_INET, IPPROTO_ICMP, IPPROTO_UDP, SOCK_RAW } from '../../../src/host/linux/constants.js';
import { required } from '../../../src/host/linux/errno.js';
import { closeFd, openSocket } from '../../../src/host/linux/fd.js';
import { allocateArena, sendto } from '../../../src/host/linux/libc.js';
import { withNetworkNamespace } from '../../../src/host/linux/namespace.js';
import { putIpSocketAddress } from '../../../src/host/linux/socket-address.js';
import { cable, namespacesMissing } from '../rig.js';
import { Checks, LOOPBACK, TIMING, target, tcp, wordOf } from './rig.js';

describe('between two namespaces', { skip: namespacesMissing }, () => {
  const checks = new Checks();
  const ends = namespacesMissing === false ? cable() : undefined;
  const inside = <T>(body: () => T): T => (ends ? withNetworkNamespace(ends.left, body) : body());
  const run = (...command: [string, ...string[]]): string =>
    inside(() => execFileSync(command[0], command.slice(1), { encoding: 'utf8' }));

  /** One check whose sockets belong to the left namespace. */
  async function check(settings: ProbeSettings): Promise<CheckVerdict> {
    const checker = checks.define(settings);
    const seen = checks.inputs.length;
    inside(() => checks.host.start(checker, 0));
    return checks.verdict(checker, seen);
  }
  const ping = (address: string, more = {}): ProbeSettings => ({
    kind: 'PING_CHECK',
    ...TIMING,
    target: target(0, { address: address as IpAddress, connectTimeout: seconds(5), ...more }),
  });

  test('a ping is answered, whether or not the kernel lets us have an echo socket', async () => {
    for (const range of ['1 0', '0 2147483647']) {
      run('sysctl', '-qw', `net.ipv4.ping_group_range=${range}`);
      assert.equal(wordOf(await check(ping('10.9.0.2'))), 'good', range);
      assert.equal(wordOf(await check(ping('10.9.0.2', { bindInterface: 'eth0' }))), 'good', range);
      assert.equal(
        wordOf(await check(ping('10.9.0.2', { bindAddress: '10.9.0.1' as IpAddress }))),
        'good',
        range,
      );
      assert.equal(wordOf(await check(ping('::1'))), 'good', range);
      const two = await Promise.all([check(ping('10.9.0.2')), check(ping('10.9.0.2'))]);
      assert.deepEqual(two.map(wordOf), ['good', 'good'], range);
    }
  });

  test('nobody is there', async () => {
    for (const range of ['1 0', '0 2147483647']) {
      run('sysctl', '-qw', `net.ipv4.ping_group_range=${range}`);
      // The kernel says so when it has asked for the neighbour in vain; a raw socket may not hear of it.
      assert.match(wordOf(await check(ping('10.9.0.99'))), /^(?:connection|timeout)$/, range);
    }
    assert.equal(wordOf(await check(ping('192.0.2.1'))), 'unreachable');
    assert.equal(wordOf(await check(tcp(80, { address: '192.0.2.1' as IpAddress }))), 'unreachable');
  });

  test('a firewall that drops, and one that rejects', async () => {
    run(
      'nft',
      'add table inet t { chain out { type filter hook output priority 0; tcp dport 81 drop; tcp dport 82 reject with icmpx admin-prohibited; }; }',
    );
    const to = (port: number): ProbeSettings =>
      tcp(port, { address: '10.9.0.2' as IpAddress, connectTimeout: seconds(1) });
    assert.equal(wordOf(await check(to(81))), 'timeout');
    assert.match(wordOf(await check(to(82))), /^(?:connection|unreachable|timeout)$/);
    assert.match(wordOf(await check(to(83))), /^(?:connection|unreachable)$/);
  });

  test('a datagram that does not leave this machine', async () => {
    const udp: ProbeSettings = {
      kind: 'UDP_CHECK',
      ...TIMING,
      target: target(85, { address: '10.9.0.2' as IpAddress }),
      minReplyLength: 0,
      maxReplyLength: 255,
    };
    run('nft', 'add table inet u { chain out { type filter hook output priority 0; udp dport 85 drop; }; }');
    const forbidden = await check(udp);
    assert.deepEqual(forbidden.kind === 'bad' && forbidden.reason, {
      kind: 'write',
      error: { code: 'EPERM', message: 'a firewall of this machine' },
    });
    run('nft', 'delete table inet u');
    // A queue without room: nothing was learnt about the server.
    run('tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'bfifo', 'limit', '1');
    const full = await check(udp);
    run('tc', 'qdisc', 'del', 'dev', 'eth0', 'root');
    assert.equal(full.kind === 'unmade' && full.error.code, 'ENOBUFS');
  });

  test('that a datagram was too large for the way says nothing, and costs no time', async () => {
    run('nft', 'add table inet u { chain in { type filter hook input priority 0; udp dport 85 drop; }; }');
    let wakes = 0;
    checks.poller.onWake(() => {
      wakes++;
      checks.poller.poll();
    });
    const to = target(85, { bindPort: 4242, connectTimeout: seconds(0.5) });
    const udp: ProbeSettings = {
      kind: 'UDP_CHECK',
      ...TIMING,
      target: to,
      minReplyLength: 0,
      maxReplyLength: 255,
    };
    const dns: ProbeSettings = { kind: 'DNS_CHECK', ...TIMING, target: to, type: 'SOA', name: '' };
    for (const [settings, word] of [
      [udp, 'good'],
      [dns, 'timeout'],
    ] as const) {
      const verdict = check(settings);
      inside(() => tooLarge(4242, 85, 3));
      assert.equal(wordOf(await verdict), word);
    }
    assert.ok(wakes < 100, `${wakes} wakes`);
    run('nft', 'delete table inet u');
  });

  test('all source ports are taken: nothing is said about the server, and what is lacking is named', async () => {
    run('nft', 'add table inet u { chain in { type filter hook input priority 0; tcp dport 86 drop; }; }');
    run('sysctl', '-qw', 'net.ipv4.ip_local_port_range=40000 40001');
    const waiting = [checks.define(tcp(86)), checks.define(tcp(86))];
    for (const checker of waiting) inside(() => checks.host.start(checker, 0));
    const verdict = await check(tcp(86));
    assert.equal(
      verdict.kind === 'unmade' && verdict.error.message,
      'connecting to 127.0.0.1: no source port is free; widen net.ipv4.ip_local_port_range',
    );
    for (const checker of waiting) checks.host.forget(checker);
    run('sysctl', '-qw', 'net.ipv4.ip_local_port_range=32768 60999');
    run('nft', 'delete table inet u');
  });

  test('the mark of a check chooses its way', async () => {
    run('ip', 'rule', 'add', 'fwmark', '7', 'lookup', '77', 'priority', '10');
    run('ip', 'route', 'add', 'unreachable', '10.9.0.2', 'table', '77');
    const to = (fwmark: number): ProbeSettings => tcp(80, { address: '10.9.0.2' as IpAddress, fwmark });
    const marked = await check(to(7));
    assert.equal(
      marked.kind === 'bad' && 'error' in marked.reason && marked.reason.error.code,
      'EHOSTUNREACH',
    );
    const plain = await check(to(0));
    assert.equal(plain.kind === 'bad' && 'error' in plain.reason && plain.reason.error.code, 'ECONNREFUSED');
  });
});

/** What a router says of a datagram from one port of loopback to another, so many times: fragmentation needed. */
function tooLarge(from: number, to: number, times: number): void {
  const message = Buffer.alloc(8 + 20 + 8);
  message.set([3, 4]);
  message.writeUInt16BE(600, 6);
  message.set([0x45, 0, 0, 60, 0, 0, 0x40, 0, 64, IPPROTO_UDP, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1], 8);
  message.writeUInt16BE(from, 28);
  message.writeUInt16BE(to, 30);
  message.writeUInt16BE(40, 32);
  message.writeUInt16BE(internetChecksum(message), 2);
  const area = allocateArena(128);
  area.bytes.set(message);
  const length = putIpSocketAddress(area, 64, LOOPBACK, 0);
  const fd = required(openSocket(AF_INET, SOCK_RAW, IPPROTO_ICMP), 'a raw socket');
  for (let n = 0; n < times; n++)
    required(sendto(fd, area.address, message.length, 0, area.address + 64, length), 'sending');
  closeFd(fd);
}
