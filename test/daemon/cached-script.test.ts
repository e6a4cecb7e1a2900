/** Scripts with code caches: the cache saves compiling, and whatever is wrong with it changes nothing else. */
import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { runScript } from '../../src/daemon/cached-script.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-script-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const besides = pathToFileURL(join(folder, 'boot.cjs')).href;

/** A thread keeps what it has compiled: each time it must be another text, or no cache is looked at. */
let number = 100;
const nextText = (): string => `(function (module, require, url) {
  const answer = (n) => n * 2;
  module.exports = { answer: answer(21), path: require('node:path').sep, url, number: ${++number} };
})`;
const script = join(folder, 'one.script');
const cache = join(folder, 'one.cache');

/** Undefined: it was given none. */
let refused: boolean | undefined;
subscribe('holdfast.script', (message) => {
  refused = (message as { script: Script }).script.cachedDataRejected;
});

/** Whether V8 refused the cache that `make` makes of good code; the script must run in any case. */
function run(make: (code: Buffer) => readonly Uint8Array[] | undefined, cacheName = 'one'): typeof refused {
  const text = nextText();
  writeFileSync(script, text);
  const parts = make(codeOf(text));
  if (parts) writeFileSync(cache, Buffer.concat(parts));
  else rmSync(cache, { force: true });
  const expected = { answer: 42, path: '/', url: pathToFileURL(script).href, number };
  assert.deepEqual(runScript('one', cacheName, besides), expected);
  return refused;
}

/** Under another name than that of the file: else this thread would know it already. */
const codeOf = (text: string): Buffer => new Script(text).createCachedData();

/** Damaged at one byte. */
function flipped(code: Buffer, at: number): Buffer {
  const bad = Buffer.from(code);
  bad[at] = (bad[at] ?? 0) ^ 0xff;
  return bad;
}

test('a cache that was made for this text by this V8 is used', () => {
  assert.equal(
    run((good) => [good, good]),
    false,
  );
});

test('without a cache the script is compiled', () => {
  assert.equal(
    run(() => undefined),
    undefined,
  );
  assert.equal(
    run((good) => [good, good], 'no/such'),
    undefined,
  );
});

test('a cache with a byte changed is not even shown to V8, which would believe it', () => {
  for (let at = 64; at < 700; at += 37) {
    assert.equal(
      run((good) => [flipped(good, at), good]),
      undefined,
    );
    assert.equal(
      run((good) => [good, flipped(good, at)]),
      undefined,
    );
  }
});

test('modules of Node that take long to load are loaded when something of them is used', () => {
  const loaded = () => new Set((process as unknown as { moduleLoadList: string[] }).moduleLoadList);
  writeFileSync(
    script,
    `(function (module, require) {
       const http = require('node:http');
       module.exports = { codes: () => http.STATUS_CODES };
     })`,
  );
  const { codes } = runScript('one', 'none', besides) as { codes(): Record<number, string> };
  assert.ok(!loaded().has('NativeModule http'));
  assert.equal(codes()[404], 'Not Found');
  assert.ok(loaded().has('NativeModule http'));
});

test('a cache that is cut off, empty, of zeros or of something else', () => {
  const something = Buffer.from('not a cache'.repeat(50));
  const bad: readonly ((good: Buffer) => readonly Uint8Array[])[] = [
    () => [],
    (good) => [good],
    (good) => [good, good.subarray(1)],
    (good) => [good, good, Buffer.alloc(1)],
    (good) => [good.subarray(0, 200), good.subarray(0, 200)],
    (good) => [Buffer.alloc(good.length * 2)],
    () => [something],
    () => [something, something],
  ];
  for (const make of bad) assert.notEqual(run(make), false);
});

test('a cache for another text, or of a V8 of another version or with other options, is refused', () => {
  assert.equal(
    run((good) => Array(2).fill(codeOf(`${good.length}\n`))),
    true,
  );
  // The head of a cache: a magic number, then hashes of version, source and options, four bytes each.
  for (const field of [0, 4, 8, 12])
    assert.equal(
      run((good) => Array(2).fill(flipped(good, field))),
      true,
      `${field}`,
    );
});
