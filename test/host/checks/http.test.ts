/** HTTP_GET: what is sent, what of an answer counts, and servers that mean no good. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { IpAddress } from '../../../src/base/ip-address.js';
import { MAX_CHECK_ANSWER, MAX_CHUNK_LINE, MAX_REGEX_BODY, MAX_REGEX_MS } from '../../../src/base/limits.js';
import { seconds } from '../../../src/base/time.js';
import type { HttpCheckSettings, UrlSettings } from '../../../src/config/model-lvs.js';
import { ChunkReader } from '../../../src/host/checks/chunk-reader.js';
import { until } from '../rig.js';
import {
  answering,
  BRIEFLY,
  Checks,
  closedPort,
  descriptors,
  http,
  noLeak,
  serve,
  target,
  tcp,
  url,
  wordOf,
} from './rig.js';

const checks = new Checks();
const md5 = (text: string | Uint8Array): string => createHash('md5').update(text).digest('hex');
const page = (body: string, header = ''): string => `HTTP/1.0 200 OK\r\n${header}\r\n${body}`;

/** The verdict on this answer, in a word. */
async function judged(answer: string | Uint8Array, more: Partial<UrlSettings> = {}): Promise<string> {
  const { port } = await answering(answer);
  return wordOf(await checks.check(http(port, [url(more)])));
}

test('the bytes of a request are those of Keepalived', async () => {
  const { port, heard } = await answering(page(''));
  const asked = async (urls: UrlSettings[], more: Partial<HttpCheckSettings> = {}): Promise<string> => {
    heard.length = 0;
    await checks.check(http(port, urls, more));
    return heard[0] ?? '';
  };
  const agent = 'User-Agent: KeepAliveClient\r\n';
  assert.equal(await asked([url()]), `GET /p HTTP/1.0\r\n${agent}Host: 127.0.0.1:${port}\r\n\r\n`);
  for (const version of ['1.0C', '1.0c'] as const)
    assert.equal(
      await asked([url()], { version }),
      `GET /p HTTP/1.0\r\n${agent}Connection: close\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
    );
  assert.equal(
    await asked([url()], { version: '1.1' }),
    `GET /p HTTP/1.1\r\n${agent}Connection: close\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
  );
  assert.equal(
    await asked([url({ path: '/a?b=c', virtualhost: 'url.example:99' })]),
    `GET /a?b=c HTTP/1.0\r\n${agent}Host: url.example:99\r\n\r\n`,
  );
});

test('an IPv6 literal stands in brackets', async () => {
  const { port, heard } = await serve((socket) => socket.once('data', () => socket.end(page(''))), '::1');
  const verdict = await checks.check(
    http(port, [url()], { target: target(port, { address: '::1' as IpAddress }) }),
  );
  assert.equal(wordOf(verdict), 'good');
  assert.match(heard[0] ?? '', new RegExp(`Host: \\[::1\\]:${port}\\r\\n`));
});

test('each part asks for its own URL', async () => {
  const { port, heard } = await answering(page(''));
  const checker = checks.define(http(port, [url({ path: '/a' }), url({ path: '/b' })]));
  await checks.run(checker, 1);
  await checks.run(checker, 0);
  assert.deepEqual(
    heard.map((text) => text.split(' ')[1]),
    ['/b', '/a'],
  );
  assert.equal(wordOf(await checks.run(checker, 2)), 'unmade');
});

test('status codes: 2xx, or what is listed', async () => {
  assert.equal(await judged('HTTP/1.0 200 OK\r\n\r\n'), 'good');
  assert.equal(await judged('HTTP/1.1 299\r\n\r\n'), 'good');
  assert.equal(await judged('HTTP/1.0 500 no\r\n\r\n'), 'status');
  assert.equal(await judged('HTTP/1.0 302 there\r\n\r\n'), 'status');
  const some = {
    statusCodes: [
      { from: 301, to: 303 },
      { from: 404, to: 404 },
    ],
  };
  assert.equal(await judged('HTTP/1.0 302 there\r\n\r\n', some), 'good');
  assert.equal(await judged('HTTP/1.0 404 none\r\n\r\n', some), 'good');
  assert.equal(await judged('HTTP/1.0 200 OK\r\n\r\n', some), 'status');
});

test('what is no status line is no good, and is said as it came', async () => {
  const told = async (answer: string) => {
    const { port } = await answering(answer);
    const verdict = await checks.check(http(port));
    return verdict.kind === 'bad' && verdict.reason.kind === 'not-http' ? verdict.reason.line : verdict;
  };
  for (const line of ['SSH-2.0-OpenSSH_9', 'HTTP/1.0 2000 OK', 'HTTP/1.0 20 OK', 'HTTP/1.0  200 OK'])
    assert.equal(await told(`${line}\r\n\r\nbody`), line);
  // Without the end of a header, and with what no terminal should see.
  assert.equal(await told('220 mail ESMTP\r\n'), '220 mail ESMTP');
  assert.equal(await told('\x15\x03\x01\x00\x02\x02\x46'), '??????F');
  assert.equal(await told('x'.repeat(1000)), 'x'.repeat(60));
  assert.equal(await told('\r\n\r\nbody'), '');
});

test('the digest is that of the body as it came', async () => {
  const digest = md5('hello\n');
  assert.equal(await judged(page('hello\n'), { digest }), 'good');
  assert.equal(await judged(page('hello'), { digest }), 'digest');
  assert.equal(await judged(page('', 'Content-Length: 0\r\n'), { digest: md5('') }), 'good');
  // At most Content-Length of it; what is missing is only remarked on.
  assert.equal(await judged(page('hello\nmore', 'content-length: 6\r\n'), { digest }), 'good');
  const { port } = await answering(page('hello\n', 'Content-Length: 60\r\n'));
  const short = await checks.check(http(port, [url({ digest })]));
  assert.equal(
    short.kind === 'good' && short.detail,
    '200, 6 bytes, content_length (60) does not match received bytes (6)',
  );
});

test('a header that only announces another one is waited past, whatever comes in one piece', async () => {
  const digest = md5('hello');
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
  const real = page('hello', 'Content-Length: 5\r\n');
  for (const announced of ['HTTP/1.1 100 Continue\r\n\r\n', early, `${early}${early}HTTP/1.1 102\r\n\r\n`]) {
    assert.equal(await judged(`${announced}${real}`, { digest }), 'good', announced);
    assert.equal(await judged(`${announced}HTTP/1.1 500 no\r\n\r\n`), 'status');
    const { port } = await serve((socket) => {
      socket.setNoDelay(true);
      socket.once('data', async () => {
        for (const byte of `${announced}${real}`) {
          socket.write(byte);
          await new Promise((next) => setImmediate(next));
        }
        socket.end();
      });
    });
    assert.equal(wordOf(await checks.check(http(port, [url({ digest })]))), 'good');
  }
  // Nobody asked for another protocol: that is an answer, and no good one.
  assert.equal(await judged(`HTTP/1.1 101 Switching Protocols\r\n\r\n${real}`), 'status');
});

test('who only announces an answer gives none', async () => {
  const { port } = await answering('HTTP/1.1 100 Continue\r\n\r\n');
  const closed = await checks.check(http(port));
  assert.deepEqual(closed.kind === 'bad' && closed.reason, { kind: 'no-data', interim: 100 });
  const silent = await serve((socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 100 Continue\r\n\r\n')),
  );
  assert.equal(wordOf(await checks.check(http(silent.port))), 'timeout');
  const endless = await serve((socket) =>
    socket.once('data', () => {
      const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(500)), 1);
      socket.on('close', () => clearInterval(timer));
      socket.on('error', () => clearInterval(timer));
    }),
  );
  const patient = { target: target(endless.port, { connectTimeout: seconds(20) }) };
  assert.equal(wordOf(await checks.check(http(endless.port, [url()], patient))), 'endless');
});

test('a length that is none, or several, or beside chunks, is said, and is the reason given where the page differs', async () => {
  const framed = '5\r\nhello\r\n0\r\n\r\n';
  const chunks = 'Transfer-Encoding: chunked\r\n';
  const rows: readonly [header: string, body: string, digested: string, odd: string][] = [
    ['Content-Length: abc\r\n', 'hello', 'hello', 'Content-Length says "abc", which is no length'],
    ['Content-Length: -1\r\n', 'hello', 'hello', 'Content-Length says "-1", which is no length'],
    ['Content-Length: \r\n', 'hello', 'hello', 'Content-Length says "", which is no length'],
    [
      'Content-Length: 3\r\nContent-Length: 5\r\n',
      'hello',
      'hel',
      'Content-Length says 3 and then "5"; the first counts',
    ],
    [
      'Content-Length: x\r\nContent-Length: 3\r\n',
      'hello',
      'hello',
      'Content-Length says nothing and then "3"; the first counts',
    ],
    [
      `Content-Length: 5\r\n${chunks}`,
      framed,
      framed.slice(0, 5),
      'a Content-Length beside its chunks, which count',
    ],
    [`${chunks}Content-Length: 100\r\n`, framed, framed, 'a Content-Length beside its chunks, which count'],
  ];
  for (const [header, body, digested, odd] of rows) {
    const { port } = await serve((socket) =>
      // Only what has a framing is over while the connection stays.
      socket.once('data', () =>
        header.includes('chunked') ? socket.write(page(body, header)) : socket.end(page(body, header)),
      ),
    );
    const good = await checks.check(http(port, [url({ digest: md5(digested) })]));
    assert.equal(good.kind === 'good' && good.odd, odd, header);
    const bad = await checks.check(http(port, [url({ digest: md5('other') })]));
    assert.ok(bad.kind === 'bad' && bad.reason.kind === 'digest');
    assert.ok(bad.reason.body?.endsWith(`, ${odd}`), bad.reason.body);
    const regex = { pattern: 'other', options: [], noMatch: false };
    const unfound = await checks.check(http(port, [url({ regex })]));
    assert.ok(unfound.kind === 'bad' && unfound.reason.kind === 'regex');
    assert.ok(unfound.reason.body?.endsWith(`, ${odd}`));
  }
  const { port } = await answering(page('hello', 'Content-Length: 5\r\nContent-Length: 5\r\n'));
  const twice = await checks.check(http(port));
  assert.ok(twice.kind === 'good' && twice.odd === undefined, 'the same length twice is one');
});

test('chunks: the digest has their framing, a pattern sees through it', async () => {
  const framed = '3\r\nhel\r\n3;x=y\r\nlo\n\r\n0\r\nTrailer: x\r\n\r\n';
  const chunked = page(framed, 'Transfer-Encoding: chunked\r\n');
  assert.equal(await judged(chunked, { digest: md5(framed) }), 'good');
  const regex = { pattern: 'hello', options: [], noMatch: false };
  assert.equal(await judged(chunked, { regex }), 'good');
  // Without the header they are text.
  assert.equal(await judged(page(framed), { regex }), 'regex');
});

test('an answer that is complete by its own framing needs no end of the connection', async () => {
  const stays = async (answer: string, more: Partial<UrlSettings> = {}, patience = {}): Promise<string> => {
    const { port } = await serve((socket) => socket.once('data', () => socket.write(answer)));
    return wordOf(await checks.check(http(port, [url(more)], { target: target(port, patience) })));
  };
  assert.equal(await stays(page('hello', 'Content-Length: 5\r\n'), { digest: md5('hello') }), 'good');
  assert.equal(await stays(page('2\r\nab\r\n0\r\n\r\n', 'Transfer-Encoding: gzip, chunked\r\n')), 'good');
  assert.equal(await stays('HTTP/1.1 204 No Content\r\n\r\n', {}), 'good');
  assert.equal(await stays(page('hello'), {}, BRIEFLY), 'timeout');
});

test('broken chunks are no failure by themselves, but they are said', async () => {
  for (const framed of ['zz\r\nhello', '5\r\nhelloX\r\n', '5\r\nhel', `${'1'.repeat(5000)}\r\n`]) {
    const { port } = await answering(page(framed, 'Transfer-Encoding: chunked\r\n'));
    const verdict = await checks.check(http(port));
    assert.match(verdict.kind === 'good' ? verdict.detail : '', /its chunks broken$/, framed.slice(0, 20));
  }
});

test('the size of a chunk is looked for in a bounded number of bytes', () => {
  const reader = new ChunkReader();
  const seen: number[] = [];
  for (let n = 0; n < 3; n++)
    reader.take(Buffer.alloc(MAX_CHUNK_LINE, '1'), ({ length }) => seen.push(length));
  assert.equal(reader.broken, true);
  assert.deepEqual(seen, [MAX_CHUNK_LINE - 1, MAX_CHUNK_LINE], 'from then on it is text');
});

test('an answer in pieces of one byte is the same answer', async () => {
  const body = '4\r\nwiki\r\n0\r\n\r\n';
  const answer = page(body, 'Transfer-Encoding: chunked\r\n');
  const { port } = await serve((socket) => {
    socket.setNoDelay(true);
    socket.once('data', async () => {
      for (const byte of answer) {
        socket.write(byte);
        await new Promise((next) => setImmediate(next));
      }
      socket.end();
    });
  });
  const patient = { target: target(port, { connectTimeout: seconds(20) }) };
  assert.equal(wordOf(await checks.check(http(port, [url({ digest: md5(body) })], patient))), 'good');
});

test('servers that close, reset, or are not there', async () => {
  assert.equal(await judged(''), 'no-data');
  assert.equal(await judged('HTTP/1.0 200 OK\r\nX: y\r\n'), 'no-data');
  const reset = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
  assert.equal(wordOf(await checks.check(http(reset.port))), 'read');
  const late = await serve((socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.0 200 OK\r\n\r\nsome');
      setTimeout(() => socket.resetAndDestroy(), 20);
    }),
  );
  assert.equal(wordOf(await checks.check(http(late.port))), 'read');
  assert.match(wordOf(await checks.check(http(await closedPort()))), /^(?:connection|unreachable)$/);
});

test('silence before, within and after the header is bounded', async () => {
  const waits = async (first: string): Promise<unknown> => {
    const { port } = await serve((socket) => socket.once('data', () => socket.write(first)));
    const verdict = await checks.check(http(port, [url()], { target: target(port, BRIEFLY) }));
    return verdict.kind === 'bad' && verdict.reason;
  };
  assert.deepEqual(await waits(''), { kind: 'timeout', waiting: 'reply' });
  assert.deepEqual(await waits('HTTP/1.0 200 OK\r\n'), { kind: 'timeout', waiting: 'rest' });
  assert.deepEqual(await waits('HTTP/1.0 200 OK\r\n\r\nabc'), { kind: 'timeout', waiting: 'rest' });
});

test('a byte now and then keeps no check for ever', async () => {
  const trickle = (start: string) =>
    serve((socket) => {
      socket.once('data', () => {
        socket.write(start);
        const timer = setInterval(() => socket.write('x'), 20);
        socket.on('close', () => clearInterval(timer));
        socket.on('error', () => clearInterval(timer));
      });
    });
  const header = await trickle('HTTP/1.0 200 OK\r\nX: ');
  const inHeader = await checks.check(http(header.port, [url()], { target: target(header.port, BRIEFLY) }));
  assert.equal(wordOf(inHeader), 'timeout');
  const body = await trickle(page(''));
  // Ten times connect_timeout for the whole of it; where this machine itself pauses for one, it is over sooner.
  for (let attempt = 1; ; attempt++) {
    const inBody = await checks.check(http(body.port, [url()], { target: target(body.port, BRIEFLY) }));
    assert.equal(wordOf(inBody), 'timeout');
    if (inBody.elapsed >= seconds(5)) break;
    assert.ok(attempt < 20, `${inBody.elapsed} us`);
  }
});

test('answers without end are cut off, in the header and in the body', async () => {
  const flood = (start: string) =>
    serve((socket) =>
      socket.once('data', () => {
        const piece = Buffer.alloc(256 * 1024, 'x');
        const more = (): void => {
          while (!socket.destroyed && socket.write(piece));
        };
        socket.on('drain', more);
        socket.write(start);
        more();
      }),
    );
  const patient = (port: number) => ({ target: target(port, { connectTimeout: seconds(20) }) });
  const header = await flood('HTTP/1.0 200 OK\r\n');
  assert.equal(wordOf(await checks.check(http(header.port, [url()], patient(header.port)))), 'endless');
  const body = await flood(page(''));
  const verdict = await checks.check(http(body.port, [url({ digest: md5('') })], patient(body.port)));
  assert.ok(verdict.kind === 'bad' && verdict.reason.kind === 'endless');
  assert.ok(
    verdict.kind === 'bad' &&
      verdict.reason.kind === 'endless' &&
      verdict.reason.bytes < MAX_CHECK_ANSWER + 1024 * 1024,
  );
});

test('a page of 100 MB is cut off; meanwhile other checks are answered', async () => {
  const big = await serve((socket) =>
    socket.once('data', () => {
      socket.write(page('', 'Content-Length: 104857600\r\n'));
      const piece = Buffer.alloc(1024 * 1024, 'y');
      let left = 100;
      const more = (): void => {
        while (left > 0 && !socket.destroyed) {
          left -= 1;
          if (!socket.write(piece)) break;
        }
      };
      socket.on('drain', more);
      more();
    }),
  );
  const small = await serve((socket) => socket.on('end', () => socket.end()));
  const before = process.memoryUsage().rss;
  const patient = { target: target(big.port, { connectTimeout: seconds(20) }) };
  const slow = checks.define(http(big.port, [url({ digest: md5('') })], patient));
  const quick = checks.define(tcp(small.port, { connectTimeout: seconds(20) }));
  const seen = checks.inputs.length;
  checks.host.start(slow, 0);
  await until('the large page flows', () => big.heard[0] !== undefined && big.heard[0] !== '');
  assert.equal(wordOf(await checks.run(quick)), 'good');
  assert.equal(wordOf(await checks.verdict(slow, seen)), 'endless');
  // What was read was not kept: our own server holds a few megabytes of it.
  assert.ok(process.memoryUsage().rss - before < 96 * 1024 * 1024);
});

test('a pattern, its negation and its window', async () => {
  const regex = (pattern: string, more = {}) => ({
    regex: { pattern, options: [], noMatch: false, ...more },
  });
  const body = page('status: all is WELL\n');
  assert.equal(await judged(body, regex('is W[A-Z]{3}L?')), 'good');
  assert.equal(await judged(body, regex('is bad')), 'regex');
  assert.equal(await judged(body, regex('is bad', { noMatch: true })), 'good');
  assert.equal(await judged(body, regex('WELL', { noMatch: true })), 'regex');
  assert.equal(await judged(body, regex('well', { options: ['caseless'] })), 'good');
  assert.equal(await judged(body, regex('all', { minOffset: 8 })), 'good');
  assert.equal(await judged(body, regex('all', { minOffset: 9 })), 'regex');
  assert.equal(await judged(body, regex('all', { maxOffset: 8 })), 'good');
  assert.equal(await judged(body, regex('all', { maxOffset: 7 })), 'regex');
  assert.equal(await judged(body, regex('(?(1)a|b)')), 'unmade');
});

test('a pattern is looked for in the beginning of a body only', async () => {
  const body = page(`${'x'.repeat(MAX_REGEX_BODY - 3)}end, and more`);
  const regex = (pattern: string) => ({ regex: { pattern, options: [], noMatch: false } });
  assert.equal(await judged(body, regex('xend')), 'good');
  assert.equal(await judged(body, regex('end,')), 'regex');
});

test('a pattern that a body keeps busy fails its own check, and no other', async () => {
  const hostile = await answering(page(`${'a'.repeat(40)}!`));
  const good = await answering(page('fine'));
  const settings = (port: number, pattern: string) =>
    http(port, [url({ regex: { pattern, options: [], noMatch: false } })]);
  const bad = checks.define(settings(hostile.port, '(?:a+)+$'));
  const fine = checks.define(settings(good.port, 'f.ne'));
  assert.equal(wordOf(await checks.run(bad)), 'regex-time');
  // From now on it waits elsewhere. Where this machine takes as long for the other, that shows nothing, and we try again.
  for (let took = MAX_REGEX_MS; took > MAX_REGEX_MS / 2; ) {
    const seen = checks.inputs.length;
    const began = performance.now();
    checks.host.start(bad, 0);
    assert.equal(wordOf(await checks.run(fine)), 'good');
    took = performance.now() - began;
    if (took <= MAX_REGEX_MS / 2)
      assert.ok(
        !checks.inputs.slice(seen).some(({ checker }) => checker === bad),
        'the other did not wait for it',
      );
    assert.equal(wordOf(await checks.verdict(bad, seen)), 'regex-time');
  }
});

test('a body that a pattern cannot remember its way through fails the check, as one that takes too long does', async () => {
  const { port } = await answering(page('a'.repeat(MAX_REGEX_BODY)));
  const regex = { pattern: '(?:(a)(b)?(c)?(d)?(e)?(f)?(g)?)*h', options: [], noMatch: false };
  assert.equal(wordOf(await checks.check(http(port, [url({ regex })]))), 'regex-memory');
});

test('no descriptor stays open, however a check ends', async () => {
  const before = descriptors();
  const { port } = await serve((socket) => {
    socket.once('data', () => socket.write('HTTP/1.0 200 OK\r\n\r\n'));
    socket.on('end', () => socket.end());
  });
  const checkers = Array.from({ length: 50 }, () =>
    checks.define(http(port, [url()], { target: target(port, BRIEFLY) })),
  );
  for (const [at, checker] of checkers.entries()) {
    checks.host.start(checker, 0);
    if (at % 2 === 0) setTimeout(() => checks.host.forget(checker), at);
  }
  const seen = checks.inputs.length;
  await until('the others have timed out', () => checks.inputs.length >= seen + 25);
  await noLeak(before + 1);
});
