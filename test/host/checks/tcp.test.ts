/** TCP_CHECK and the connector: what is good, refused, silent or impossible, and what is set on the socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpAddress } from '../../../src/base/ip-address.js';
import { MAX_TIMEOUTS_PER_TURN } from '../../../src/base/limits.js';
import { seconds } from '../../../src/base/time.js';
import { rootMissing, until } from '../rig.js';
import { Checks, closedPort, descriptors, fullBacklog, LOOPBACK, noLeak, serve, tcp, wordOf } from './rig.js';

test('a server that accepts is good; it hears nothing but the end', async () => {
  const checks = new Checks();
  let ended = false;
  const { port, heard } = await serve((socket) =>
    socket.on('end', () => {
      ended = true;
      socket.end();
    }),
  );
  const verdict = await checks.check(tcp(port));
  assert.equal(wordOf(verdict), 'good');
  assert.ok(verdict.elapsed >= 0 && verdict.elapsed < seconds(20));
  await until('the server hears the end', () => ended);
  assert.deepEqual(heard, ['']);
});

test('refused', async () => {
  const checks = new Checks();
  const verdict = await checks.check(tcp(await closedPort()));
  assert.equal(verdict.kind, 'bad');
  if (verdict.kind !== 'bad') return;
  assert.ok(verdict.reason.kind === 'connection' || verdict.reason.kind === 'unreachable');
  assert.equal('error' in verdict.reason && verdict.reason.error.code, 'ECONNREFUSED');
});

test('a connection that ends where it began is none', async () => {
  const checks = new Checks();
  for (const address of [LOOPBACK, '::1' as IpAddress]) {
    const port = await closedPort();
    const verdict = await checks.check(tcp(port, { address, bindAddress: address, bindPort: port }));
    assert.deepEqual(verdict.kind === 'bad' && verdict.reason, {
      kind: 'connection',
      error: { code: 'ECONNREFUSED', message: 'connecting: connection refused' },
    });
  }
});

test('silence is a failure after connect_timeout, and not before', async () => {
  const checks = new Checks();
  const { port, close } = await fullBacklog();
  const verdict = await checks.check(tcp(port, { connectTimeout: seconds(0.3) }));
  close();
  assert.deepEqual(verdict.kind === 'bad' && verdict.reason, { kind: 'timeout', waiting: 'connection' });
  assert.ok(verdict.elapsed >= seconds(0.3));
});

test('no interface of that name: nothing is said about the server', { skip: rootMissing }, async () => {
  const checks = new Checks();
  const { port } = await serve(() => {});
  const verdict = await checks.check(tcp(port, { bindInterface: 'nosuch0' }));
  assert.deepEqual(verdict.kind === 'unmade' && verdict.error, {
    code: 'ENODEV',
    message: 'binding to nosuch0: there is no such device',
  });
});

test('an address that is not ours cannot be bound to', async () => {
  const checks = new Checks();
  const { port } = await serve(() => {});
  const verdict = await checks.check(tcp(port, { bindAddress: '192.0.2.1' as IpAddress }));
  assert.equal(verdict.kind === 'unmade' && verdict.error.code, 'EADDRNOTAVAIL');
});

test('it comes from the address and port that it shall come from, also twice in a row', async () => {
  const checks = new Checks();
  const from: string[] = [];
  const { port } = await serve((socket) => {
    from.push(`${socket.remoteAddress} ${socket.remotePort}`);
    socket.on('end', () => socket.end());
  });
  const bindPort = await closedPort();
  const bindAddress = '127.0.0.9' as IpAddress;
  await checks.check(tcp(port, { bindAddress, bindPort }));
  await until('the first is seen', () => from.length === 1);
  // The same four numbers are still in TIME_WAIT: the next check says so, or comes from there as well.
  const again = await checks.check(tcp(port, { bindAddress, bindPort }));
  assert.equal(from[0], `127.0.0.9 ${bindPort}`);
  assert.ok(again.kind === 'good' || (again.kind === 'unmade' && again.error.code === 'EADDRNOTAVAIL'));
});

test('a check never overlaps itself, and an abandoned one says nothing', async () => {
  const checks = new Checks();
  const before = descriptors();
  const { port, close } = await fullBacklog();
  const checker = checks.define(tcp(port, { connectTimeout: seconds(0.3) }));
  checks.host.start(checker, 0);
  checks.host.start(checker, 0);
  await checks.verdict(checker, 0);
  assert.equal(checks.inputs.length, 1);
  checks.host.start(checker, 0);
  checks.host.abandon(checker);
  const other = checks.define(tcp(port, { connectTimeout: seconds(0.4) }));
  await checks.run(other);
  assert.deepEqual(
    checks.inputs.map((input) => input.checker),
    [checker, other],
  );
  close();
  await noLeak(before);
});

test('a checker that is defined anew keeps its check in flight, with the old settings', async () => {
  const checks = new Checks();
  const { port, close } = await fullBacklog();
  const good = await serve(() => {});
  const checker = checks.define(tcp(port, { connectTimeout: seconds(0.3) }));
  checks.host.start(checker, 0);
  checks.host.define(checker, tcp(good.port));
  assert.equal(wordOf(await checks.verdict(checker, 0)), 'timeout');
  assert.equal(wordOf(await checks.run(checker)), 'good');
  close();
});

test('a thousand checks at once leave no descriptor open', async () => {
  const checks = new Checks();
  const before = descriptors();
  const { port } = await serve((socket) => socket.on('end', () => socket.end()));
  const shut = await closedPort();
  const checkers = Array.from({ length: 1000 }, (_, at) =>
    checks.define(tcp(at % 2 === 0 ? port : shut, { connectTimeout: seconds(20) })),
  );
  for (const checker of checkers) checks.host.start(checker, 0);
  await until('all have answered', () => checks.inputs.length === 1000);
  assert.equal(checks.inputs.filter(({ verdict }) => verdict.kind === 'good').length, 500);
  await noLeak(before + 1);
});

test('many that are out of time at once: a turn ends a bounded number of them, and the next ones the rest', async () => {
  const checks = new Checks();
  const { port, close } = await fullBacklog();
  const perTurn: number[] = [];
  checks.poller.onWake(() => {
    const before = checks.inputs.length;
    checks.poller.poll();
    perTurn.push(checks.inputs.length - before);
  });
  const count = 3 * MAX_TIMEOUTS_PER_TURN;
  const all = Array.from({ length: count }, () => checks.define(tcp(port, { connectTimeout: seconds(0.4) })));
  for (const checker of all) checks.host.start(checker, 0);
  // Nobody looks until all of them are due.
  const due = Date.now() + 450;
  while (Date.now() < due);
  await until('every verdict', () => checks.inputs.length === count);
  close();
  assert.ok(Math.max(...perTurn) <= MAX_TIMEOUTS_PER_TURN, `${Math.max(...perTurn)} in one turn`);
  assert.ok(checks.inputs.every(({ verdict }) => wordOf(verdict) === 'timeout'));
});
