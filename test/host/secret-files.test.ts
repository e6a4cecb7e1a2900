/** Files that hold keys: who could read them, and whether we can. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { secretFileFacts } from '../../src/host/secret-files.js';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-secret-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const key = (mode: number): string => {
  const path = join(directory, `key-${mode.toString(8)}`);
  writeFileSync(path, 'x'.repeat(32));
  chmodSync(path, mode);
  return path;
};

test('a file of its owner alone is in order', () => {
  for (const mode of [0o400, 0o600, 0o700]) assert.deepEqual(secretFileFacts(key(mode)), {});
});

test('others and the group are told apart', () => {
  for (const mode of [0o604, 0o602, 0o601, 0o644]) {
    assert.match(secretFileFacts(key(mode)).open ?? '', /open to everybody$/, mode.toString(8));
  }
  for (const mode of [0o640, 0o620, 0o610]) {
    assert.match(secretFileFacts(key(mode)).open ?? '', /open to group \d+$/, mode.toString(8));
  }
});

test('a link counts by the file it leads to', () => {
  const link = join(directory, 'link');
  symlinkSync(key(0o600), link);
  assert.deepEqual(secretFileFacts(link), {});
});

test('what cannot be read says why', () => {
  assert.match(secretFileFacts(join(directory, 'none')).unreadable ?? '', /^there is no file /);
  assert.match(secretFileFacts(join(key(0o600), 'below')).unreadable ?? '', /^there is no file /);
  assert.match(secretFileFacts(directory).unreadable ?? '', /is not a regular file$/);
  assert.match(secretFileFacts('/dev/null').unreadable ?? '', /is not a regular file$/);
});
