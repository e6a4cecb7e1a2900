/** SSL_GET: what the client says in the handshake, which servers are good, and what broken TLS costs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { seconds } from '../../../src/base/time.js';
import type { HttpCheckSettings, SslSettings, UrlSettings } from '../../../src/config/model-lvs.js';
import { until } from '../rig.js';
import { Checks, descriptors, http, noLeak, serve, target, url, wordOf } from './rig.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../../test/fixtures/tls/${name}`, import.meta.url));
const key = readFileSync(fixture('key.pem'));
/** Valid in 2001, by its own signature. */
const cert = readFileSync(fixture('cert.pem'));

const checks = new Checks();
const servers = new Set<Server>();
after(() => {
  for (const server of servers) server.close();
});

async function serveTls(
  answer: (socket: TLSSocket) => void,
  options: TlsOptions = {},
): Promise<{ port: number; errors: string[]; server: Server }> {
  const errors: string[] = [];
  const server = createServer({ key, cert, ...options }, (socket) => {
    socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? error.message));
    answer(socket);
  });
  server.on('tlsClientError', (error) => errors.push(error.message));
  servers.add(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { port: (server.address() as AddressInfo).port, errors, server };
}

const ssl = (port: number, urls: readonly UrlSettings[] = [url()], more: Partial<HttpCheckSettings> = {}) =>
  http(port, urls, {
    kind: 'SSL_GET',
    target: target(port, { connectTimeout: seconds(60) }),
    ...more,
  });
const impatient = (port: number) => ({ target: target(port, { connectTimeout: seconds(0.5) }) });
const fine = (socket: TLSSocket): void => {
  socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nhello\n'));
};

test('a page is fetched and judged within TLS; an expired certificate that signed itself is no matter', async () => {
  const { port } = await serveTls(fine);
  const digest = 'b1946ac92492d2347c6235b4d2611184';
  assert.equal(wordOf(await checks.check(ssl(port, [url({ digest })]))), 'good');
  assert.equal(wordOf(await checks.check(ssl(port, [url({ digest: digest.replace('b', 'c') })]))), 'digest');
  const regex = { pattern: 'hel+o', options: [], noMatch: false };
  assert.equal(wordOf(await checks.check(ssl(port, [url({ regex })]))), 'good');
});

test('a server name only where one is wanted, no protocols, any version', async () => {
  const names: (string | false | null | undefined)[] = [];
  const protocols: unknown[] = [];
  const versions: unknown[] = [];
  const seen = (socket: TLSSocket): void => {
    names.push((socket as TLSSocket & { servername?: string | false }).servername);
    protocols.push(socket.alpnProtocol);
    versions.push(socket.getProtocol());
    fine(socket);
  };
  const { port } = await serveTls(seen, { ALPNProtocols: ['h2', 'http/1.1'] });
  await checks.check(ssl(port));
  await checks.check(ssl(port, [url({ serverName: 'www.example.com' })]));
  assert.deepEqual(names, [false, 'www.example.com']);
  assert.deepEqual(protocols, [false, false]);
  for (const version of ['TLSv1.2', 'TLSv1.1', 'TLSv1'] as const) {
    const old = await serveTls(seen, {
      minVersion: version,
      maxVersion: version,
      ciphers: 'ALL:@SECLEVEL=0',
    });
    assert.equal(wordOf(await checks.check(ssl(old.port))), 'good', version);
  }
  assert.deepEqual(versions, ['TLSv1.3', 'TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1']);
});

test('close_notify is sent where tls_compliant asks for it, and only there', async () => {
  const { port } = await serveTls(fine, { maxVersion: 'TLSv1.2' });
  const { port: outside, heard } = await serve((client) => {
    const inside = connect(port, '127.0.0.1');
    inside.on('error', () => {});
    client.on('data', (data) => inside.writable && inside.write(data));
    inside.on('data', (data) => client.write(data));
    inside.on('end', () => client.end());
  });
  for (const tlsCompliant of [false, true]) await checks.check(ssl(outside, [url({ tlsCompliant })]));
  const ALERT = 21;
  await until('the goodbye of the second', () => recordTypes(heard[1] ?? '').includes(ALERT));
  assert.deepEqual(
    heard.map((bytes) => recordTypes(bytes).includes(ALERT)),
    [false, true],
  );
});

/** The types of the TLS records in what a client sent. */
function recordTypes(text: string): number[] {
  const bytes = Buffer.from(text, 'latin1');
  const types: number[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes[at] ?? 0);
  return types;
}

test('the block SSL: a certificate of our own, also with a password', async () => {
  const subjects: unknown[] = [];
  const { port } = await serveTls(
    (socket) => {
      subjects.push(socket.getPeerCertificate().subject?.CN);
      fine(socket);
    },
    { requestCert: true, rejectUnauthorized: false },
  );
  const own: SslSettings = {
    certificate: fixture('cert.pem'),
    key: fixture('key.pem'),
    ca: fixture('cert.pem'),
  };
  assert.equal(wordOf(await checks.check(ssl(port), 0, own)), 'good');
  const locked = { ...own, key: fixture('key-with-password.pem') };
  assert.equal(wordOf(await checks.check(ssl(port), 0, { ...locked, password: 'secret' })), 'good');
  assert.equal(wordOf(await checks.check(ssl(port))), 'good');
  assert.deepEqual(subjects, ['real-server.example', 'real-server.example', undefined]);
  const wrong = await checks.check(ssl(port), 0, { ...locked, password: 'guess' });
  assert.equal(wrong.kind === 'unmade' && wrong.error.code, 'ETLS');
  const missing = await checks.check(ssl(port), 0, { certificate: '/nonexistent.pem' });
  assert.match(missing.kind === 'unmade' ? missing.error.message : '', /the block SSL: .*nonexistent/);
});

test('the block SSL: a renewed certificate is shown without a reload, and no half of one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-ssl-'));
  try {
    const subjects: unknown[] = [];
    const { port } = await serveTls(
      (socket) => {
        subjects.push(socket.getPeerCertificate().subject?.CN);
        fine(socket);
      },
      { requestCert: true, rejectUnauthorized: false },
    );
    const own: SslSettings = { certificate: join(folder, 'own.pem'), key: fixture('key.pem') };
    for (const content of [cert, 'half', readFileSync(fixture('renewed.pem'))]) {
      writeFileSync(join(folder, 'own.pem'), content);
      assert.equal(wordOf(await checks.check(ssl(port), 0, own)), 'good');
    }
    assert.deepEqual(subjects, ['real-server.example', 'real-server.example', 'renewed.example']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the block SSL: a file that nobody can read to its end says nothing about the server, and keeps no check', {
  timeout: 20_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-ssl-'));
  const stuck = join(folder, 'cert.pem');
  execFileSync('mkfifo', [stuck]);
  const { port } = await serveTls(fine);
  try {
    const own: SslSettings = { certificate: stuck, key: fixture('key.pem') };
    const verdict = await checks.check(ssl(port, [url()], impatient(port)), 0, own);
    assert.equal(
      verdict.kind === 'unmade' && verdict.error.message,
      'reading the files of the block SSL takes too long',
    );
  } finally {
    // Whoever waits for it reads its end.
    writeFileSync(stuck, '');
    rmSync(folder, { recursive: true });
  }
});

test('broken TLS, of every kind', async () => {
  const noise = await serve((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
  assert.equal(wordOf(await checks.check(ssl(noise.port))), 'tls');
  const silent = await serve(() => {});
  const verdict = await checks.check(ssl(silent.port, [url()], impatient(silent.port)));
  assert.deepEqual(verdict.kind === 'bad' && verdict.reason, { kind: 'timeout', waiting: 'tls' });
  const closing = await serve((socket) => socket.once('data', () => socket.end()));
  assert.equal(wordOf(await checks.check(ssl(closing.port))), 'tls');
  const reset = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
  assert.equal(wordOf(await checks.check(ssl(reset.port))), 'tls');
  const half = await serve((socket) =>
    socket.once('data', () => socket.write(Buffer.from('160303007a0200', 'hex'))),
  );
  assert.equal(wordOf(await checks.check(ssl(half.port, [url()], impatient(half.port)))), 'timeout');
});

test('of what OpenSSL says only the reason is told', async () => {
  const plain = await serve((socket) =>
    socket.once('data', () => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')),
  );
  const verdict = await checks.check(ssl(plain.port));
  assert.deepEqual(verdict.kind === 'bad' && verdict.reason, {
    kind: 'tls',
    message: 'wrong version number',
  });
});

test('silence within TLS, and a connection that breaks off within the body', async () => {
  const silent = await serveTls(() => {});
  const verdict = await checks.check(ssl(silent.port, [url()], impatient(silent.port)));
  assert.deepEqual(verdict.kind === 'bad' && verdict.reason, { kind: 'timeout', waiting: 'reply' });
  // Closed without close_notify, or reset: what came until then counts, as with Keepalived.
  const abrupt = await proxied((client) => client.end());
  assert.equal(wordOf(await checks.check(ssl(abrupt))), 'good');
  const reset = await proxied((client) => client.resetAndDestroy());
  assert.equal(wordOf(await checks.check(ssl(reset))), 'good');
  const early = await serveTls((socket) => socket.once('data', () => socket.destroy()));
  assert.match(wordOf(await checks.check(ssl(early.port))), /^(?:no-data|read)$/);
});

test('handshakes again and again give a server no more time, and no second request', async () => {
  let requests = 0;
  const { port } = await serveTls(
    (socket) => {
      socket.on('data', () => {
        requests++;
        askAgain(socket, 100);
      });
    },
    { maxVersion: 'TLSv1.2' },
  );
  const verdict = await checks.check(ssl(port, [url()], impatient(port)));
  assert.deepEqual(verdict.kind === 'bad' && verdict.reason, { kind: 'timeout', waiting: 'reply' });
  assert.equal(requests, 1);
});

/** A new handshake so many milliseconds after the one before, as long as the connection lasts. */
function askAgain(socket: TLSSocket, pause: number): void {
  if (socket.destroyed) return;
  socket.setMaxListeners(0);
  socket.renegotiate({}, () => setTimeout(() => askAgain(socket, pause), pause));
}

test('a server that sends much TLS around nothing is not listened to until connect_timeout', async () => {
  const { port } = await serveTls((socket) => socket.once('data', () => askAgain(socket, 0)), {
    maxVersion: 'TLSv1.2',
  });
  const verdict = await checks.check(ssl(port));
  assert.ok(verdict.kind === 'bad' && verdict.reason.kind === 'tls', wordOf(verdict));
  assert.match(verdict.reason.message, /^\d+ bytes came, and 0 were inside$/);
});

test('what comes at once is read in small pieces, so that records that cost much time cost little in a turn', async () => {
  let waiting = 0;
  const { port } = await serve((socket) => {
    socket.write(Buffer.alloc(1024 * 1024));
    waiting = receivedBy(socket.remotePort ?? 0);
  });
  assert.equal(wordOf(await checks.check(ssl(port))), 'tls');
  assert.ok(waiting > 0 && waiting <= 16 * 1024, `${waiting} bytes`);
});

/** Bytes that the kernel keeps for the socket at that port of loopback. */
function receivedBy(port: number): number {
  const place = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/self/net/tcp', 'latin1').split('\n');
  const row = rows.map((line) => line.trim().split(/\s+/)).find(([, local]) => local === place);
  return Number.parseInt(row?.[4]?.split(':')[1] ?? '0', 16);
}

/** A server behind a proxy that ends the connection itself, within TLS, once the answer has passed. */
async function proxied(end: (client: Socket) => void): Promise<number> {
  let answered = false;
  const { port } = await serveTls((socket) => {
    socket.once('data', () =>
      socket.write('HTTP/1.0 200 OK\r\n\r\nhello\n', () => {
        answered = true;
      }),
    );
  });
  const { port: outside } = await serve((client) => {
    const inside = connect(port, '127.0.0.1');
    inside.on('error', () => {});
    client.on('data', (data) => inside.write(data));
    inside.on('data', (data) => {
      client.write(data, () => {
        if (answered) setTimeout(() => end(client), 50);
      });
    });
    client.on('close', () => inside.destroy());
  });
  return outside;
}

test('no descriptor stays open', async () => {
  const good = await serveTls((socket) => {
    fine(socket);
    socket.on('end', () => socket.end());
  });
  const silent = await serve((socket) => socket.on('end', () => socket.destroy()));
  // The first check loads what TLS needs.
  await checks.check(ssl(good.port));
  const before = descriptors();
  const checkers = Array.from({ length: 20 }, (_, at) => {
    const { port } = at % 2 === 0 ? good : silent;
    return checks.define(
      ssl(port, [url({ tlsCompliant: at % 4 === 0 })], at % 2 === 0 ? {} : impatient(port)),
    );
  });
  const verdicts = await Promise.all(checkers.map((checker) => checks.run(checker)));
  assert.deepEqual(new Set(verdicts.map(wordOf)), new Set(['good', 'timeout']));
  const abandoned = checks.define(ssl(silent.port));
  checks.host.start(abandoned, 0);
  await new Promise((next) => setTimeout(next, 50));
  checks.host.forget(abandoned);
  await noLeak(before + 1);
});
