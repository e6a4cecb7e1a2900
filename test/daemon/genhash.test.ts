/** genhash: options, output and digests, beside the genhash that Debian's keepalived brings. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { genhash, parseGenhash } from '../../src/daemon/genhash.js';

const THEIRS = '/usr/bin/genhash';
const theirsMissing = existsSync(THEIRS) ? false : 'Debian has no genhash here';

const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.httpVersion} ${request.headers.host}${request.headers.connection ? ' close' : ''}`);
  if (request.url === '/chunked') {
    response.write('one,');
    response.end('two');
  } else if (request.url === '/missing') {
    response.writeHead(404);
    response.end('no such page');
  } else response.end('hello\n');
});
let port = 0;
before(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  ({ port } = server.address() as AddressInfo);
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function ours(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await genhash(
    args,
    (text) => {
      stdout += text;
    },
    (text) => {
      stderr += text;
    },
  );
  return { code, stdout, stderr };
}
const theirs = (...args: string[]): Promise<string> =>
  new Promise((done) => execFile(THEIRS, args, (_error, stdout) => done(stdout)));

test('the digest of a page, whatever its status', async () => {
  const digest = 'b1946ac92492d2347c6235b4d2611184\n';
  assert.deepEqual(await ours('-s', '127.0.0.1', '-p', String(port), '-u', '/'), {
    code: 0,
    stdout: digest,
    stderr: '',
  });
  const missing = await ours(
    '--server=127.0.0.1',
    `-p${port}`,
    '--url',
    '/missing',
    '-P',
    '1.1',
    '-V',
    'a.example',
  );
  assert.equal(missing.code, 0);
  assert.match(missing.stderr, /^HTTP status code 404: no check takes this page, unless/);
  assert.equal(asked.at(-1), '1.1 a.example close');
});

test("the same digest as Debian's, also of chunks", { skip: theirsMissing }, async () => {
  for (const path of ['/', '/chunked', '/missing'])
    for (const protocol of ['1.0', '1.0c', '1.1']) {
      const args = ['-s', '127.0.0.1', '-p', String(port), '-u', path, '-P', protocol];
      const [theirDigest, mine] = [await theirs(...args), await ours(...args)];
      assert.equal(mine.stdout, theirDigest, `${path} ${protocol}`);
      assert.equal(asked.at(-1), asked.at(-2));
    }
});

test('verbose shows header, page and digest', async () => {
  const { stdout } = await ours('-v', '-s', '127.0.0.1', '-p', String(port), '-u', '/');
  assert.match(
    stdout,
    /^-+\[ {4}HTTP Header Buffer {4}\]-+\n0000 {2}48 54 54 50 2f 31 2e 31 - 20 32 30 30 20 4f 4b 0d {3}HTTP\/1.1 200 OK\.\n/,
  );
  assert.match(stdout, /\n0000 {2}68 65 6c 6c 6f 0a {7}- {27}hello\. {10}\n/);
  assert.match(
    stdout,
    /\nb1946ac92492d2347c6235b4d2611184\n\nGlobal response time for \[\/\] = \d+ usecs\n$/,
  );
});

test('no digest: a sentence, and exit code 1', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => silent.once('listening', listening));
  const { port: shut } = silent.address() as AddressInfo;
  await new Promise((closed) => silent.close(closed));
  const refused = await ours('-s', '127.0.0.1', '-p', String(shut), '-u', '/');
  assert.equal(refused.code, 1);
  assert.equal(refused.stdout, '');
  assert.match(refused.stderr, /refused/);
});

test('options are checked', () => {
  const error = (...args: string[]): string | undefined => {
    const parsed = parseGenhash(args);
    return parsed.ok ? undefined : parsed.error;
  };
  const page = ['-s', '127.0.0.1', '-u', '/'];
  assert.equal(error(...page), undefined);
  assert.equal(error('-h'), '');
  assert.equal(error('-s', '127.0.0.1'), '');
  assert.match(error(...page, '-p', '0') ?? '', /^port /);
  assert.match(error(...page, '-t', '0') ?? '', /^timeout /);
  assert.match(error(...page, '-m', 'x') ?? '', /^fwmark /);
  assert.match(error(...page, '-P', '2') ?? '', /^protocol /);
  assert.match(error(...page, 'more') ?? '', /"more"/);
  assert.match(error(...page, '-x') ?? '', /x/);
  const parsed = parseGenhash([...page, '-S', '-I', '-V', 'a.example', '-m', '7', '-t', '2.5']);
  assert.ok(parsed.ok);
  const { kind, target, urls } = parsed.value.settings;
  assert.equal(kind, 'SSL_GET');
  assert.deepEqual([target.port, target.fwmark, target.connectTimeout], [443, 7, 2_500_000]);
  assert.deepEqual([urls[0]?.virtualhost, urls[0]?.serverName], ['a.example', 'a.example']);
});
