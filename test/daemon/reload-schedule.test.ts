/** Reloads that a file asks for: what a time is, and what becomes of the file. Times of day are those of UTC here. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ReloadSchedule } from '../../src/daemon/reload-schedule.js';
import { parseReloadTime } from '../../src/daemon/reload-time.js';
import { configurationOf } from '../support/configuration.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-schedule-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const times: readonly (readonly [line: string, at: number | RegExp])[] = [
  ['12:30:00Z', Date.UTC(2026, 0, 31, 12, 30)],
  ['11:00:00Z', Date.UTC(2026, 1, 1, 11)],
  ['26-02-01 00:00:00Z', Date.UTC(2026, 1, 1)],
  ['2026-12-24 18:00:05Z\n', Date.UTC(2026, 11, 24, 18, 0, 5)],
  ['2026-01-31 11:59:59Z', /past/],
  ['2026-02-30 00:00:00Z', /no such time/],
  ['25:00:00Z', /no such time/],
  ['12:30', /is not HH:MM:SS/],
  ['tomorrow', /is not HH:MM:SS/],
  ['2026-02-01T00:00:00Z', /is not HH:MM:SS/],
];
for (const [line, expected] of times) {
  test(`reload time ${JSON.stringify(line)}`, () => {
    const read = parseReloadTime(line, NOON);
    if (typeof expected === 'number') assert.equal(read.ok && read.value.at, expected);
    else assert.match(read.ok ? 'accepted' : read.error, expected);
  });
}

test('a local time of day is today, or tomorrow where it has passed', () => {
  const now = new Date(2026, 5, 10, 12, 0, 0);
  const soon = parseReloadTime('12:00:01', now.getTime());
  assert.equal(soon.ok && soon.value.at, new Date(2026, 5, 10, 12, 0, 1).getTime());
  const passed = parseReloadTime('12:00:00', now.getTime());
  assert.equal(passed.ok && passed.value.at, new Date(2026, 5, 11, 12, 0, 0).getTime());
});

/** A schedule, its log, and a way to wait for what it does; `line` is what stands in its file, if anything does. */
function setUp(name: string, line?: string) {
  const path = join(folder, name);
  if (line !== undefined) writeFileSync(path, line);
  const said: string[] = [];
  let reloads = 0;
  const schedule = new ReloadSchedule({
    log: (level, text) => said.push(`${level}: ${text}`),
    reload: () => {
      reloads++;
    },
  });
  const until = async (what: string, done: () => boolean): Promise<void> => {
    const limit = Date.now() + 120_000;
    while (!done()) {
      if (Date.now() > limit) throw new Error(`never happened: ${what}; said ${said.join(' | ')}`);
      await new Promise((next) => setTimeout(next, 5));
    }
  };
  const globals = (lines = '') =>
    configurationOf(`global_defs {\n reload_time_file ${path}\n ${lines}\n}\n`).globals;
  return { path, said, schedule, until, globals, reloads: () => reloads };
}
/** A moment from now as the file wants it. */
const soon = (milliseconds: number): string =>
  `${new Date(Date.now() + milliseconds).toISOString().slice(11, 19)}Z\n`;

test('reload_time_file: at its time a reload is asked for, and the file is gone', async () => {
  const { path, said, schedule, until, globals, reloads } = setUp('once', soon(5000));
  await schedule.configure(globals());
  assert.ok(said.some((one) => one.startsWith('notice: A reload is scheduled for ')));
  await until('the reload', () => reloads() === 1);
  await until('the file is removed', () => !existsSync(path));
  schedule.close();
});

test('reload_repeat: the file stays, and a time of day means tomorrow', async () => {
  const { path, said, schedule, until, globals, reloads } = setUp('daily', soon(5000));
  await schedule.configure(globals('reload_repeat'));
  await until('the reload', () => reloads() === 1);
  await until(
    'the next day is planned',
    () => said.filter((one) => one.includes('scheduled for')).length === 2,
  );
  assert.ok(existsSync(path));
  schedule.close();
});

test('a file that appears, changes, becomes wrong and goes away is followed', async () => {
  const { path, said, schedule, until, globals, reloads } = setUp('followed');
  await schedule.configure(globals());
  assert.equal(said.length, 0);
  const put = (text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  put('2099-01-01 00:00:00Z\n');
  await until('it is planned', () => said.some((one) => one.includes('2099-01-01T00:00:00.000Z')));
  put('2098-01-01 00:00:00Z\n');
  await until('it is planned anew', () => said.some((one) => one.includes('2098-01-01T00:00:00.000Z')));
  put('whenever\n');
  await until('it is refused', () => said.some((one) => one.includes('is not HH:MM:SS')));
  assert.ok(said.includes('notice: The scheduled reload is cancelled'));
  put('2097-01-01 00:00:00Z\n');
  await until('it is planned again', () => said.some((one) => one.includes('2097-01-01T00:00:00.000Z')));
  rmSync(path);
  await until('it is cancelled', () => said.at(-1) === 'notice: The scheduled reload is cancelled');
  assert.equal(reloads(), 0);
  schedule.close();
});

test('a folder that does not exist is said once, and nothing is planned', async () => {
  const { said, schedule, globals } = setUp('nowhere/at/all');
  await schedule.configure(globals());
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /cannot be watched/);
  schedule.close();
});
