/** `holdfast check`: what it prints and answers, also for files that are none, are hostile, or never end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type CheckOptions, type CheckWorld, runCheck } from '../../src/cli/commands/check.js';
import type { Output } from '../../src/cli/output.js';
import { configFiles } from '../../src/host/config-files.js';
import { link } from '../support/machine.js';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-check-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const world: CheckWorld = {
  reader: configFiles,
  hostName: 'node1.example.com',
  machine: () => ({}),
  variable: () => undefined,
};

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

async function run(files: string[], options: CheckOptions = {}, colour = false, there = world): Promise<Ran> {
  const collect = (): Output & { text: string } => ({
    colour,
    text: '',
    write(part: string) {
      this.text += part;
    },
  });
  const [out, err] = [collect(), collect()];
  const exit = await runCheck(files, options, out, err, there);
  return { exit, out: out.text, err: err.text };
}

function file(name: string, text: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const good =
  'vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n';

const REFUSED = 'the daemon starts without what is wrong, and refuses the file at a reload';
const SCRIPT = 'vrrp_script s {\n script /x\n}\n';
const tracking = (name: string): string =>
  good.replace(' virtual_router', ` track_script {\n ${name}\n }\n virtual_router`);

/** What was read, its text, the exit status, and the line behind all findings. */
const LAST_LINES: readonly (readonly [string, string, number, string])[] = [
  ['nothing to say', good, 0, 'fine'],
  [
    'a warning without an exit status',
    `${good}track_file f {\n file /f\n}\n`,
    0,
    '1 warning: it runs, with remarks',
  ],
  [
    'scripts that others could change',
    SCRIPT + tracking('s'),
    6,
    '1 note: it runs, with remarks on who could change a script or read a key',
  ],
  ['an error beside that', SCRIPT + tracking('s\n t'), 6, `1 error, 1 note: ${REFUSED}`],
  [
    'a misspelt block that an instance needs',
    good.replace('virtual_ipaddress', 'virtual_ipadress').replace(' interface', ' version 3\n interface'),
    5,
    `1 error: ${REFUSED}`,
  ],
  [
    'a misspelt word',
    good.replace(' interface', ' priorty 3\n interface'),
    5,
    '1 warning: it runs without the words that are not known, and refuses a reload that brings them',
  ],
  [
    'a file without a line',
    '# later\n',
    0,
    '1 note: it runs and does nothing, and refuses a reload that would empty what runs',
  ],
  ['a word that resembles none', `${good}xyzzy 3\n`, 5, '1 warning: it runs, with remarks'],
  [
    'an interface that is not there',
    good.replace('eth0', 'eth7'),
    4,
    '1 error: it runs, and waits for what this machine does not have',
  ],
  ['that, and an error of the text', tracking('t').replace('eth0', 'eth7'), 4, `2 errors: ${REFUSED}`],
  ['two routers with one number', good + good.replace(' A', ' B'), 4, '1 fatal: it cannot run'],
  ['a value that is missing', good.replace('_id 1', '_id'), 2, '1 fatal: a value is missing, it cannot run'],
];

describe('what it says', () => {
  test('a good file is fine', async () => {
    const path = file('good.conf', good);
    assert.deepEqual(await run([path]), { exit: 0, out: `${path}: fine\n`, err: '' });
  });

  test('findings with their lines, a count, exit 5', async () => {
    const path = file('typo.conf', good.replace('interface', 'priorty 3\n interface'));
    const { exit, out } = await run([path]);
    assert.equal(exit, 5);
    assert.ok(
      out.includes(`warning[HF0102]: unknown keyword "priorty" in vrrp_instance\n --> ${path}:2:2\n`),
      out,
    );
    assert.ok(
      out.endsWith(
        `${path}: 1 warning: it runs without the words that are not known, and refuses a reload that brings them\n`,
      ),
      out,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with it
    assert.doesNotMatch(out, /\u001b/);
  });

  test('colours where they are wanted', async () => {
    const { out } = await run([join(directory, 'typo.conf')], {}, true);
    assert.ok(out.includes('\u001b[33mwarning[HF0102]\u001b[0m'), out);
  });

  test('one line per finding', async () => {
    const path = join(directory, 'typo.conf');
    const { out } = await run([path], { brief: true });
    assert.equal(out, `${path}:2:2: warning: unknown keyword "priorty" in vrrp_instance [HF0102]\n`);
  });

  test('JSON for programs', async () => {
    const path = join(directory, 'typo.conf');
    const { exit, out } = await run([path], { json: true });
    const report = JSON.parse(out);
    assert.equal(exit, 5);
    assert.equal(report.exit, 5);
    assert.deepEqual(report.files[0].verdict.counts, { fatal: 0, error: 0, warning: 1, note: 0 });
    const [found] = report.files[0].diagnostics;
    assert.equal(found.code, 'HF0102');
    assert.deepEqual(
      [found.place.path, found.place.line, found.place.column, found.place.endColumn],
      [path, 2, 2, 9],
    );
  });

  test('of several files the worst counts', async () => {
    const missing = file('missing.conf', good.replace('interface eth0', 'priority'));
    const { exit, out } = await run([join(directory, 'good.conf'), missing, join(directory, 'typo.conf')]);
    assert.equal(exit, 2);
    assert.match(out, /missing\.conf: 1 fatal, .*: a value is missing, it cannot run/);
  });

  for (const [what, text, exit, last] of LAST_LINES) {
    test(`the last line says what the daemon does: ${what}`, async () => {
      const path = file('last.conf', text);
      const there = { ...world, machine: () => ({ links: [link(2, 'eth0')], commands: () => ({}) }) };
      const { exit: found, out } = await run([path], {}, false, there);
      assert.equal(out.trimEnd().split('\n').at(-1), `${path}: ${last}`);
      assert.equal(found, exit);
    });
  }

  test('no file', async () => {
    const { exit, err } = await run([]);
    assert.equal(exit, 1);
    assert.match(err, /name at least one/);
  });

  test('a single file is held against this machine, several are not, nor one on demand', async () => {
    const path = join(directory, 'good.conf');
    const there = { ...world, machine: () => ({ links: [] }) };
    assert.equal((await run([path], {}, false, there)).exit, 4);
    assert.equal((await run([path, path], {}, false, there)).exit, 0);
    assert.equal((await run([path], { machine: false }, false, there)).exit, 0);
  });

  test('the configuration id is the host name, or what is said', async () => {
    const path = file('id.conf', `@node1 ${good}@node2 x\n`);
    assert.equal((await run([path])).exit, 0);
    assert.equal((await run([path], { configId: 'node2' })).exit, 5);
  });
});

interface Bad {
  readonly what: string;
  readonly make: () => string;
  readonly exit: number;
  readonly code: string;
}

const bad: readonly Bad[] = [
  { what: 'a file that is not there', make: () => join(directory, 'none'), exit: 4, code: 'HF0001' },
  { what: 'a directory', make: () => directory, exit: 4, code: 'HF0001' },
  { what: 'a device', make: () => '/dev/zero', exit: 4, code: 'HF0001' },
  { what: 'a terminal that is not there', make: () => '/dev/tty', exit: 4, code: 'HF0001' },
  { what: 'a name inside a file', make: () => join(file('plain', ''), 'x'), exit: 4, code: 'HF0001' },
  { what: 'a link to itself', make: () => linkTo('loop', join(directory, 'loop')), exit: 4, code: 'HF0001' },
  { what: 'a fifo', make: fifo, exit: 4, code: 'HF0001' },
  { what: 'an executable file', make: executable, exit: 4, code: 'HF0001' },
  { what: 'an empty file', make: () => file('empty', ''), exit: 0, code: 'HF0011' },
  {
    what: 'binary junk',
    make: () =>
      file(
        'junk',
        Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251),
      ),
    exit: 4,
    code: 'HF0002',
  },
  { what: 'zero bytes in a text', make: () => file('zero', `${good}prio\0rity\n`), exit: 5, code: 'HF0008' },
  { what: 'UTF-16', make: () => file('utf16', Buffer.from(good, 'utf16le')), exit: 4, code: 'HF0002' },
  {
    what: 'bytes that are no UTF-8',
    make: () => file('latin', Buffer.from(`${good}gr\xfc\xdfe\n`, 'latin1')),
    exit: 5,
    code: 'HF0102',
  },
  {
    what: 'a line of 10 MB',
    make: () =>
      file('long', `${good}${'x'.repeat(10_000_000)}\n${good.replace('A', 'B').replace('_id 1', '_id 2')}`),
    exit: 5,
    code: 'HF0007',
  },
  { what: 'a file of 100 MB', make: sparse, exit: 4, code: 'HF0010' },
  {
    what: 'an include of itself',
    make: () => file('self', `${good}include self\n`),
    exit: 4,
    code: 'HF0006',
  },
  {
    what: 'includes in a circle',
    make: () => {
      file('two', 'include one\n');
      return file('one', 'include two\n');
    },
    exit: 4,
    code: 'HF0006',
  },
  {
    what: 'an include through a link to itself',
    make: () => {
      linkTo('other', join(directory, 'linked'));
      return file('linked', 'include other\n');
    },
    exit: 4,
    code: 'HF0006',
  },
  {
    what: 'a repetition of a billion',
    make: () => file('billion', '~SEQ(v, 1000000000) $v\n'),
    exit: 4,
    code: 'HF0010',
  },
  {
    what: 'repetitions in repetitions',
    make: () => file('nested', `${'~SEQ(v, 1000) '.repeat(8)}x\n`),
    exit: 4,
    code: 'HF0010',
  },
  {
    what: 'a definition that expands to itself',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a configuration.
    make: () => file('recursive', '$A=${A} ${A}\n$A\n'),
    exit: 5,
    code: 'HF0110',
  },
  { what: 'lines that double', make: doubling, exit: 4, code: 'HF0010' },
  {
    what: 'a hundred thousand braces',
    make: () => file('braces', '{\n'.repeat(100_000)),
    exit: 4,
    code: 'HF0106',
  },
  {
    what: 'braces on one line',
    make: () => file('oneline', `a ${'{'.repeat(900)}\n${good}`),
    exit: 4,
    code: 'HF0010',
  },
];

function linkTo(name: string, target: string): string {
  const path = join(directory, name);
  symlinkSync(target, path);
  return path;
}
function fifo(): string {
  const path = join(directory, 'fifo');
  execFileSync('mkfifo', [path]);
  return path;
}
function executable(): string {
  const path = file('executable', good);
  chmodSync(path, 0o755);
  return path;
}
function sparse(): string {
  const path = join(directory, 'huge');
  const fd = openSync(path, 'w');
  writeSync(fd, good);
  ftruncateSync(fd, 100_000_000);
  closeSync(fd);
  return path;
}
/** Thirty definitions of two lines, each of which uses the one before twice. */
function doubling(): string {
  const lines = ['$D0=a \\', ' b'];
  for (let i = 1; i <= 30; i++) lines.push(`$D${i}=\${D${i - 1}} \\`, ` \${D${i - 1}}`);
  return file('doubling', `${lines.join('\n')}\n$D30\n`);
}

describe('bad input', () => {
  for (const { what, make, exit, code } of bad) {
    test(`${what}: a finding, exit ${exit}`, async () => {
      const path = make();
      const { exit: found, out } = await run([path], { json: true });
      const report = JSON.parse(out).files[0];
      const codes = report.diagnostics.map((one: { code: string }) => one.code);
      assert.ok(codes.includes(code), `${codes.slice(0, 10)}`);
      assert.equal(found, exit);
    });
  }

  test('a file that vanishes between the list and the reading', async () => {
    mkdirSync(join(directory, 'd'));
    writeFileSync(join(directory, 'd', 'a.conf'), 'x');
    const main = file('vanish', `includer d/*.conf\n${good}`);
    const reader = {
      ...configFiles,
      read: (path: string, limit: number) => {
        if (path.endsWith('a.conf')) rmSync(path);
        return configFiles.read(path, limit);
      },
    };
    const { exit, out } = await run([main], {}, false, { ...world, reader });
    assert.equal(exit, 6);
    assert.match(out, /"[^"]*a\.conf" does not exist/);
  });

  test('a file that shrinks while it is read', async () => {
    const path = file('shrinks', good);
    const reader = { ...configFiles, read: () => ({ kind: 'refused', why: 'changed', detail: '' }) as const };
    const { exit, out } = await run([path], {}, false, { ...world, reader });
    assert.equal(exit, 4);
    assert.match(out, /vanished or changed while it was read/);
  });

  test('not permitted', async () => {
    const path = file('secret', good);
    chmodSync(path, 0);
    chmodSync(dirname(path), 0o755);
    // Root may read everything, so it becomes somebody else for a moment.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      const { exit, out } = await run([path]);
      assert.equal(exit, 4);
      assert.match(out, /may not be read by this user/);
    } finally {
      if (root) process.seteuid?.(0);
    }
  });
});
