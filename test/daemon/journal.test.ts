/** Names, levels and places of log lines (runtime reference section 4, "Logging"). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DaemonOptions, parseArguments } from '../../src/daemon/args.js';
import { logFilePath, OutletJournal } from '../../src/daemon/journal.js';
import type { LogOutlet } from '../../src/host/logs.js';

class Outlet implements LogOutlet {
  lines: string[] = [];
  dropped = 0;
  closed = false;
  write(line: string): void {
    this.lines.push(line);
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

function options(...argv: string[]): DaemonOptions {
  const parsed = parseArguments(argv);
  assert.ok(parsed.ok && parsed.value.kind === 'run');
  return parsed.value.options;
}

function setUp(...argv: string[]) {
  const syslog = new Outlet();
  const console = new Outlet();
  const files = new Map<string, Outlet>();
  const journal = new OutletJournal(options(...argv), {
    syslog,
    console,
    openFile: (path) => {
      if (path.includes('forbidden')) return `${path}: no`;
      const file = new Outlet();
      files.set(path, file);
      return file;
    },
  });
  return { journal, syslog, console, files };
}

test('lines carry the names that people filter by', () => {
  const { journal, syslog } = setUp('-S', '1');
  journal.main('info', 'one');
  journal.vrrp('error', 'two');
  journal.rename('blue', 'a');
  journal.vrrp('info', 'three');
  const shape = (ident: string, priority: number, text: string) =>
    new RegExp(
      `^<${priority}>[A-Z][a-z]{2} [ 123]\\d \\d\\d:\\d\\d:\\d\\d ${ident}\\[${process.pid}\\]: ${text}$`,
    );
  assert.match(syslog.lines[0] ?? '', shape('Keepalived', 17 * 8 + 6, 'one'));
  assert.match(syslog.lines[1] ?? '', shape('Keepalived_vrrp', 17 * 8 + 3, 'two'));
  assert.match(syslog.lines[2] ?? '', shape('Keepalived_vrrp_blue_a', 17 * 8 + 6, 'three'));
});

test('what others wrote steers no terminal and begins no line', () => {
  const { journal, syslog, console, files } = setUp('-g/var/log/h.log');
  journal.checkers('info', 'the answer was "220 \u001b[2J\u0000 one\r\ntwo \u009b31m \u202egnp", süß');
  const lines = [syslog, console, ...files.values()].flatMap(({ lines }) => lines);
  assert.equal(lines.length, 3);
  for (const line of lines)
    assert.match(line, /: the answer was "220 \?\[2J\? one\?\?two \?31m \?gnp", süß$/);
});

test('the console shows time and text', () => {
  const { journal, console } = setUp();
  journal.vrrp('info', '(VI_1) Entering MASTER STATE');
  assert.match(
    console.lines[0] ?? '',
    /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d \d{4}: \(VI_1\) Entering MASTER STATE$/,
  );
});

test('details are for those who ask', () => {
  const without = setUp();
  without.journal.vrrp('debug', 'x');
  assert.deepEqual(without.console.lines, []);
  const asked = setUp('-D');
  asked.journal.vrrp('debug', 'x');
  assert.equal(asked.console.lines.length, 1);
});

test('each part has its file, with a finer clock', () => {
  const { journal, files } = setUp('-g/var/log/k.log');
  journal.main('info', 'one');
  journal.vrrp('info', 'two');
  assert.deepEqual([...files.keys()], ['/var/log/k.log', '/var/log/k_vrrp.log']);
  assert.match(files.get('/var/log/k_vrrp.log')?.lines[0] ?? '', /:\d\d\.\d{9} \d{4}: two$/);
});

test('a file that cannot be opened is said once, elsewhere', () => {
  const { journal, console } = setUp('-g/forbidden.log');
  journal.main('info', 'one');
  journal.main('info', 'two');
  assert.equal(console.lines.filter((line) => line.includes('There will be no log file')).length, 1);
});

test('names of files', () => {
  assert.equal(logFilePath('/tmp/k.log', 'main', ''), '/tmp/k.log');
  assert.equal(logFilePath('/tmp/k.log', 'vrrp', '_blue'), '/tmp/k_vrrp_blue.log');
  assert.equal(logFilePath('/tmp.d/log', 'vrrp', ''), '/tmp.d/log_vrrp');
});

test('what outlets dropped is counted together, and closing closes all', async () => {
  const { journal, syslog, console, files } = setUp('-g/x.log');
  journal.main('info', 'x');
  syslog.dropped = 1;
  console.dropped = 2;
  assert.equal(journal.dropped, 3);
  await journal.close();
  assert.ok([syslog, console, ...files.values()].every((outlet) => outlet.closed));
});
