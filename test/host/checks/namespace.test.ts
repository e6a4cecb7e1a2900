/** Checks in a network of their own: pings on both kinds of sockets, silence on the way, devices, marks that route. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import type { IpAddress } from '../../../src/base/ip-address.js';
import { seconds } from '../../../src/base/time.js';
import type { CheckVerdict, ProbeSettings } from '../../../src/core/health/check.js';
import { withNetworkNamespace } from '../../../src/host/linux/namespace.js';
import { cable, namespacesMissing } from '../rig.js';
import { Checks, TIMING, target, tcp, wordOf } from './rig.js';

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
