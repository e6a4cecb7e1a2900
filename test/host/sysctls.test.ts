/** Kernel settings as files: set, raised, put back, remembered by whoever comes after a daemon that was killed. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { SysctlOperation, SysctlResult } from '../../src/core/net/sysctls.js';
import { Sysctls } from '../../src/host/sysctls.js';

const ALL = 'ipv4/conf/all/rp_filter';
const ETH0 = 'ipv4/conf/eth0/rp_filter';
let root = '';
let memory = '';
const warnings: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-sysctls-'));
  memory = join(root, 'sysctls.json');
  warnings.length = 0;
  put(ALL, 1);
  put(ETH0, 0);
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (name: string, value: number): void => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), `${value}\n`);
};
const setting = (name: string): number => Number(readFileSync(join(root, name), 'utf8'));

/** One life: what it is asked for, and what it answers. */
class Life {
  readonly #answers: (readonly SysctlResult[])[] = [];
  readonly room: Sysctls;

  constructor(where: string | undefined = memory) {
    this.room = new Sysctls({
      root,
      memory: where,
      warn: (text) => warnings.push(text),
      push: (input) => {
        if (input.kind === 'sysctls-applied') this.#answers.push(input.results);
      },
    });
  }

  async apply(...operations: SysctlOperation[]): Promise<readonly SysctlResult[]> {
    this.room.apply(1, operations);
    await this.room.close();
    return this.#answers.at(-1) ?? [];
  }
}

test('set, raise, read and put back', async () => {
  const life = new Life();
  await life.apply({ operation: 'raise', name: ETH0, value: 1 }, { operation: 'set', name: ALL, value: 0 });
  assert.deepEqual([setting(ALL), setting(ETH0)], [0, 1]);
  const [read] = await life.apply({ operation: 'read', name: ALL });
  assert.equal(read?.value, 1, 'what was there before us');
  await life.apply({ operation: 'restore', name: ALL }, { operation: 'restore', name: ETH0 });
  assert.deepEqual([setting(ALL), setting(ETH0)], [1, 0]);
  assert.equal(existsSync(memory), false);
});

test('what is high enough is neither raised nor put back', async () => {
  put(ETH0, 2);
  const life = new Life();
  await life.apply({ operation: 'raise', name: ETH0, value: 1 });
  assert.deepEqual(await life.room.changed(), []);
  await life.apply({ operation: 'restore', name: ETH0 });
  assert.equal(setting(ETH0), 2);
});

test('a life that ends without a word is put right by the next', async () => {
  await new Life().apply({ operation: 'set', name: ALL, value: 0 });
  const next = new Life();
  assert.deepEqual(await next.room.changed(), [ALL]);
  const [again] = await next.apply({ operation: 'set', name: ALL, value: 0 });
  assert.equal(again?.error, undefined);
  await next.apply({ operation: 'restore', name: ALL });
  assert.equal(setting(ALL), 1);
});

test('what somebody changed meanwhile is not put back', async () => {
  const life = new Life();
  await life.apply({ operation: 'set', name: ALL, value: 0 });
  put(ALL, 2);
  await life.apply({ operation: 'restore', name: ALL });
  assert.equal(setting(ALL), 2);
  assert.deepEqual(await life.room.changed(), []);
});

test('a setting that is not there, or is no number, is an answer', async () => {
  put('ipv4/tcp_congestion_control', 0);
  writeFileSync(join(root, 'ipv4/tcp_congestion_control'), 'cubic\n');
  const [missing, text] = await new Life().apply(
    { operation: 'set', name: 'ipv4/conf/gone/rp_filter', value: 0 },
    { operation: 'set', name: 'ipv4/tcp_congestion_control', value: 0 },
  );
  assert.equal(missing?.error?.code, 'ENOENT');
  assert.match(text?.error?.message ?? '', /"cubic" is no number/);
});

test('a memory of another boot, or one that was spoiled, is none', async () => {
  for (const content of [
    '{',
    'null',
    `{"boot":"another","changes":{"${ALL}":{"before":1,"ours":0}}}`,
    '{"boot":"","changes":{"../../x":{"before":1,"ours":0}}}',
  ]) {
    writeFileSync(memory, content);
    assert.deepEqual(await new Life().room.changed(), [], content);
  }
});

test('a memory that cannot be written is said once, and the settings are made all the same', async () => {
  const life = new Life(join(root, 'no-such-folder', 'sysctls.json'));
  await life.apply({ operation: 'set', name: ALL, value: 0 });
  await life.apply({ operation: 'set', name: ETH0, value: 1 });
  assert.deepEqual([setting(ALL), setting(ETH0)], [0, 1]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /sysctls\.json cannot be written .*not put back if we are killed/);
});
