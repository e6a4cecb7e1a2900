/** The control socket against clients that are many, slow, huge or broken (DESIGN rules 8, 9 and 11). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { DaemonStatus, ReloadReport, Snapshot } from '../../src/admin/report.js';
import { ControlServer, type ControlSource } from '../../src/admin/server.js';
import {
  MAX_CONTROL_BACKLOG,
  MAX_CONTROL_CLIENTS,
  MAX_CONTROL_REQUEST,
  MAX_CONTROL_WATCHERS,
} from '../../src/base/limits.js';
import { ok, type Result, refuse } from '../../src/base/result.js';
import { ask, follow } from '../../src/cli/client.js';
import type { DrainedPlace } from '../../src/core/lvs/effects.js';
import type { DrainQuestion } from '../../src/core/lvs/inputs.js';
import { instanceStatus } from '../support/status.js';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-admin-'));
after(() => rmSync(directory, { recursive: true, force: true }));
let count = 0;

const snapshot: Snapshot = { type: 'snapshot', wall: 1, instances: [] };
const facts: DaemonStatus['daemon'] = {
  version: '1',
  pid: 1,
  started: 1,
  configuration: { path: '/x', hash: 'h', loaded: 1 },
  droppedLogLines: 0,
  droppedClients: 0,
};

class FakeSource implements ControlSource {
  instances = 1;
  reports: ReloadReport[] = [];
  async status(): Promise<DaemonStatus> {
    return {
      daemon: facts,
      instances: Array.from({ length: this.instances }, (_, n) => instanceStatus({ name: `VI_${n}` })),
      syncGroups: [],
      strayPackets: { unreadable: 0, unknownVirtualRouter: 0, virtualRouters: [] },
    };
  }
  snapshot(): Snapshot {
    return snapshot;
  }
  health() {
    return { status: 'ok', version: '1', pid: 1 } as const;
  }
  async drain({ server, service, undo }: DrainQuestion): Promise<Result<readonly DrainedPlace[], string>> {
    if (server === '10.0.0.8') return refuse('it does not answer');
    return ok(
      server === '10.0.0.1' ? [{ service: service ?? 'any', server, connections: undo ? 0 : 3 }] : [],
    );
  }
  async reload(): Promise<ReloadReport> {
    const report = this.reports.shift();
    if (!report) throw new Error('nothing prepared');
    return report;
  }
}

async function serve<T>(
  use: (socket: string, server: ControlServer, source: FakeSource) => Promise<T>,
  patienceMs = 10_000,
): Promise<T> {
  const source = new FakeSource();
  const server = new ControlServer(source, patienceMs);
  const path = join(directory, `${count++}.sock`);
  const listening = await server.listen(path);
  assert.ok(listening.ok, listening.ok ? '' : listening.error);
  try {
    return await use(path, server, source);
  } finally {
    await server.close({ type: 'stopping', wall: 2 });
  }
}

/** Unlike once(), an error on the way does not matter. */
const closed = (emitter: NodeJS.EventEmitter): Promise<void> =>
  new Promise((done) => emitter.on('close', () => done()));

/** Sends raw bytes and gathers what comes back until the server closes. */
async function raw(path: string, bytes: string | Buffer): Promise<string> {
  const socket = connect(path);
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => {});
  socket.write(bytes);
  await closed(socket);
  return text;
}

const body = async (path: string, method: 'GET' | 'POST', route: string) => {
  const answer = await ask(path, method, route);
  assert.ok(answer.ok, answer.ok ? '' : answer.error);
  return answer.value;
};

test('nobody but the owner may open the socket', () =>
  serve(async (path) => assert.equal(statSync(path).mode & 0o777, 0o600)));

test('status, health and reload answer with JSON', () =>
  serve(async (path, _server, source) => {
    source.instances = 40;
    assert.deepEqual(await body(path, 'GET', '/status'), { status: 200, body: await source.status() });
    assert.deepEqual(await body(path, 'GET', '/health'), { status: 200, body: source.health() });
    source.instances = 0;
    assert.deepEqual(await body(path, 'GET', '/status?x=1'), { status: 200, body: await source.status() });
    const applied: ReloadReport = { outcome: 'applied', diagnostics: '' };
    const refused: ReloadReport = { outcome: 'refused', diagnostics: 'why' };
    source.reports.push(applied, refused);
    assert.deepEqual(await body(path, 'POST', '/reload'), { status: 200, body: applied });
    assert.deepEqual(await body(path, 'POST', '/reload'), { status: 422, body: refused });
    assert.equal((await body(path, 'POST', '/reload')).status, 500);
  }));

test('unknown paths and wrong methods are refused', () =>
  serve(async (path) => {
    assert.equal((await body(path, 'GET', '/nothing')).status, 404);
    assert.equal((await body(path, 'POST', '/status')).status, 405);
    assert.equal((await body(path, 'GET', '/reload')).status, 405);
  }));

test('a body that is too long is refused without being read to its end', () =>
  serve(async (path, _server, source) => {
    source.reports.push({ outcome: 'applied', diagnostics: '' });
    const length = 100 * MAX_CONTROL_REQUEST;
    const socket = connect(path);
    socket.on('error', () => {});
    socket.write(`POST /reload HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
    socket.write(Buffer.alloc(2 * MAX_CONTROL_REQUEST));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1.1 413 /);
    assert.equal(source.reports.length, 1, 'the reload was done all the same');
    socket.destroy();
  }));

test('a head that is too long, and what is no HTTP at all, are refused', () =>
  serve(async (path) => {
    assert.match(await raw(path, `GET /${'x'.repeat(1_000_000)} HTTP/1.1\r\n\r\n`), /^HTTP\/1.1 4\d\d |^$/);
    assert.match(await raw(path, Buffer.alloc(10_000, 0xff)), /^HTTP\/1.1 400 /);
    assert.equal((await body(path, 'GET', '/health')).status, 200);
  }));

test('half a request is not waited for for ever', () =>
  serve(async (path) => {
    await raw(path, 'GET /health HTTP/1.1\r\nHo');
    await raw(path, 'POST /reload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab');
    await raw(path, '');
  }, 200));

test('connections beyond the bound are closed, and there is room again afterwards', () =>
  serve(async (path) => {
    const crowd: Socket[] = [];
    for (let n = 0; n < MAX_CONTROL_CLIENTS; n++) {
      const socket = connect(path);
      socket.on('error', () => {});
      crowd.push(socket);
      await once(socket, 'connect');
    }
    assert.equal(await raw(path, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'), '');
    for (const socket of crowd) socket.destroy();
    for (;;) {
      const answer = await ask(path, 'GET', '/health');
      if (answer.ok && answer.value.status === 200) break;
    }
  }));

test('watchers get the snapshot, every event in order, and a goodbye', async () => {
  const lines: unknown[] = [];
  const ended = await serve(async (path, server) => {
    const following = follow(path, '/events', (line) => lines.push(line));
    while (server.events.watchers === 0) await new Promise((next) => setImmediate(next));
    for (let n = 0; n < 100; n++) server.events.publish({ type: 'snapshot', wall: n, instances: [] });
    await server.close({ type: 'stopping', wall: 2 });
    return following;
  });
  assert.deepEqual(ended, { ok: true, value: 'ended' });
  assert.equal(lines.length, 102);
  assert.deepEqual(lines[0], snapshot);
  assert.deepEqual(lines[1], { ...snapshot, wall: 0 });
  assert.deepEqual(lines.at(-1), { type: 'stopping', wall: 2 });
});

test('watchers cannot take every connection', () =>
  serve(async (path, server) => {
    for (let n = 0; n < MAX_CONTROL_WATCHERS; n++) void follow(path, '/events', () => {});
    while (server.events.watchers < MAX_CONTROL_WATCHERS) await new Promise((next) => setImmediate(next));
    const refused = await follow(path, '/events', () => {});
    assert.ok(!refused.ok);
    assert.match(refused.error, /too many watchers/);
    assert.equal((await body(path, 'GET', '/status')).status, 200);
  }));

test('a watcher that does not read is dropped, others are not', () =>
  serve(async (path, server) => {
    const slow = connect(path);
    slow.on('error', () => {});
    slow.pause();
    slow.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
    let seen = 0;
    void follow(path, '/events', () => {
      seen++;
    });
    while (server.events.watchers < 2) await new Promise((next) => setImmediate(next));
    const reason = 'r'.repeat(64 * 1024);
    const enough = (4 * MAX_CONTROL_BACKLOG) / reason.length;
    for (let n = 0; n < enough; n++) {
      const before = seen;
      server.events.publish({
        type: 'priority',
        name: 'VI',
        from: 1,
        to: 2,
        reason: { code: 'startup', text: reason },
        at: 0 as never,
        wall: 0 as never,
      });
      while (seen === before) await new Promise((next) => setImmediate(next));
    }
    assert.equal(server.events.dropped, 1);
    assert.equal(server.events.watchers, 1);
    slow.destroy();
  }));

test('a status of thousands of instances that nobody reads is not piled up in memory', () =>
  serve(async (path, server, source) => {
    source.instances = 20_000;
    const slow = connect(path);
    slow.on('error', () => {});
    slow.write('GET /status HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(slow, 'readable');
    slow.pause();
    // While it hangs there, others are served.
    assert.equal((await body(path, 'GET', '/health')).status, 200);
    const status = await body(path, 'GET', '/status');
    assert.equal((status.body as DaemonStatus).instances.length, 20_000);
    while (server.dropped === 0) await new Promise((next) => setTimeout(next, 5));
    slow.destroy();
    // Far more than this process is ever held up between two parts of the answer that is read.
  }, 3000));

test('who vanishes in the middle does no harm', () =>
  serve(async (path, _server, source) => {
    source.instances = 5_000;
    for (let n = 0; n < 10; n++) {
      const sent = request({ socketPath: path, path: '/status' }, (response) => response.destroy());
      sent.on('error', () => {});
      sent.end();
      await closed(sent);
    }
    assert.equal((await body(path, 'GET', '/health')).status, 200);
  }));

test('POST /drain says where the server is; nothing but a server is understood', async () => {
  await serve(async (path) => {
    const drain = async (question: object) => {
      const answer = await ask(path, 'POST', '/drain', undefined, question);
      assert.ok(answer.ok);
      return answer.value;
    };
    const places = [{ service: 'any', server: '10.0.0.1', connections: 3 }];
    assert.deepEqual(await drain({ server: '10.0.0.1' }), { status: 200, body: { places } });
    assert.equal((await drain({ server: '10.0.0.9' })).status, 404);
    for (const nothing of [{}, { server: 7 }, [], { service: 'x' }])
      assert.equal((await drain(nothing)).status, 400, JSON.stringify(nothing));
    const silent = await ask(path, 'POST', '/drain', undefined, { server: '10.0.0.8' });
    assert.ok(silent.ok);
    assert.deepEqual(silent.value, { status: 503, body: { error: 'it does not answer' } });
    const answer = await ask(path, 'GET', '/drain');
    assert.ok(answer.ok && answer.value.status === 405);
  });
});
