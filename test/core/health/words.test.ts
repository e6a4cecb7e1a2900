/**
 * Why a check failed, as people read it: what was found, what was allowed, and what to do where that is not plain. Each
 * kind of a bad answer that issue 6 lists is met by a real server in test/host/checks; here are its words.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckFailure, ProbeSettings } from '../../../src/core/health/check.js';
import { describeFailure } from '../../../src/core/health/words.js';
import { configurationOf } from '../../support/configuration.js';

/** The settings of a checker, as the configuration has it. */
function settingsOf(checker: string): ProbeSettings {
  const { virtualServers } = configurationOf(
    `virtual_server 192.0.2.1 80 {\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n real_server 10.1.0.1 80 {\n ${checker}\n }\n}\n`,
  );
  const [settings] = virtualServers[0]?.realServers[0]?.checkers ?? [];
  assert.ok(settings && settings.kind !== 'FILE_CHECK' && settings.kind !== 'BFD_CHECK');
  return settings;
}
const page = settingsOf(
  'HTTP_GET {\n connect_timeout 3\n url {\n path /\n status_code 200 204 300-302\n digest 0123456789abcdef0123456789abcdef\n }\n }',
);
const tls = settingsOf('SSL_GET {\n connect_timeout 0.5\n url {\n path /\n }\n }');
const misc = settingsOf('MISC_CHECK {\n misc_path /x\n misc_timeout 7\n }');
const udp = settingsOf('UDP_CHECK {\n require_reply 01xx\n min_reply_length 2\n max_reply_length 9\n }');
const tcp = settingsOf('TCP_CHECK {\n connect_timeout 2\n }');
const reset = { code: 'ECONNRESET', message: 'reading: connection reset by peer' };

const rows: readonly [failure: CheckFailure, settings: ProbeSettings, words: string][] = [
  [
    { kind: 'timeout', waiting: 'connection' },
    tcp,
    'the connection was not made in time (connect_timeout, 2s)',
  ],
  [{ kind: 'timeout', waiting: 'tls' }, tls, 'TLS did not come about in time (connect_timeout, 500ms)'],
  [{ kind: 'timeout', waiting: 'reply' }, page, 'no answer came in time (connect_timeout, 3s)'],
  [
    { kind: 'timeout', waiting: 'rest' },
    page,
    'the answer was not complete in time (connect_timeout, 3s, for the header and for each pause; 30s for all of it)',
  ],
  [
    { kind: 'endless', bytes: 33554433 },
    page,
    'the answer goes on after 33554433 bytes, and no more is read; ask for a smaller page',
  ],
  [{ kind: 'endless', bytes: 513 }, tcp, 'the answer goes on after 513 bytes, and no more is read'],
  [{ kind: 'status', status: 500 }, page, 'HTTP status code 500, not 200, 204, 300-302'],
  [
    { kind: 'not-http', line: 'SSH-2.0-OpenSSH_9.2p1' },
    page,
    'the answer is not HTTP, it begins with "SSH-2.0-OpenSSH_9.2p1"; does another program, or TLS, listen there?',
  ],
  [{ kind: 'status', status: 301 }, tls, 'HTTP status code 301, not 200-299'],
  [
    { kind: 'digest', digest: 'f'.repeat(32) },
    page,
    `MD5 digest ${'f'.repeat(32)}, not 0123456789abcdef0123456789abcdef; genhash prints what to write`,
  ],
  [
    { kind: 'digest', digest: 'f'.repeat(32), body: '6 bytes, its chunks broken' },
    page,
    `MD5 digest ${'f'.repeat(32)}, not 0123456789abcdef0123456789abcdef; genhash prints what to write (6 bytes, its chunks broken)`,
  ],
  [
    { kind: 'regex', found: false, body: '6 bytes, its chunks broken' },
    tls,
    'the pattern was not found in the body (6 bytes, its chunks broken)',
  ],
  [{ kind: 'not-http', line: '' }, page, 'the answer does not begin with an HTTP status line'],
  [
    { kind: 'no-data', interim: 100 },
    page,
    'the connection was closed before an answer: HTTP status code 100 only announces one',
  ],
  [
    { kind: 'regex-time', milliseconds: 1000 },
    page,
    'looking for the pattern took more than 1000 ms; write a simpler one',
  ],
  [
    { kind: 'regex-memory' },
    page,
    'looking for the pattern took more memory than it may; write a simpler one',
  ],
  [{ kind: 'read', error: reset }, page, 'the answer could not be read: reading: connection reset by peer'],
  [{ kind: 'tls', message: 'wrong version number' }, tls, 'TLS: wrong version number'],
  [
    { kind: 'smtp-reply', to: 'HELO', line: '250-mail' },
    tcp,
    'the answer to HELO was "250-mail", not one line 250',
  ],
  [{ kind: 'dns-code', code: 3 }, tcp, 'DNS answer with code 3 (NXDOMAIN)'],
  [{ kind: 'dns-code', code: 15 }, tcp, 'DNS answer with code 15'],
  [
    { kind: 'udp-reply', bytes: 1 },
    udp,
    'an answer of 1 bytes that does not fit require_reply 01xx (2 to 9 bytes)',
  ],
  [
    { kind: 'exit', code: 2, output: 'looking\nno route to host\n' },
    misc,
    'exited with status 2: no route to host',
  ],
  [
    { kind: 'script-timeout', output: 'x'.repeat(500) },
    misc,
    `timed out (misc_timeout, 7s): ${'x'.repeat(120)}`,
  ],
];

for (const [failure, settings, words] of rows)
  test(`${settings.kind}, ${failure.kind}: ${words.slice(0, 60)}`, () =>
    assert.equal(describeFailure(failure, settings, 0), words));

test('without settings what was allowed is left out', () => {
  for (const [failure] of rows) {
    const words = describeFailure(failure);
    assert.doesNotMatch(words, /undefined|connect_timeout|, not [0-9a-f]/);
  }
});
