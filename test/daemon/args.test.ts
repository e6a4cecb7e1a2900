/** The command line against Keepalived's option table and getopt's rules (runtime reference section 2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DaemonOptions, parseArguments, type Request } from '../../src/daemon/args.js';
import { OPTIONS } from '../../src/daemon/options.js';
import { helpText, holdfastVersion, versionText } from '../../src/daemon/usage.js';

const DEFAULTS: DaemonOptions = {
  foreground: false,
  respawn: true,
  logConsole: false,
  logDetail: 0,
  logFacility: 'daemon',
  flushLogFile: false,
  syslog: true,
  dumpConfiguration: false,
  allIncludeChecks: false,
  leaveInPlace: false,
  logAddresses: false,
  withoutVrrp: false,
  withoutBfd: false,
  withoutBalancer: false,
  leaveBalancer: false,
  ignoreInterrupt: false,
  withoutEffect: [],
  strayArguments: [],
};

function parsed(...argv: string[]): Request {
  const result = parseArguments(argv);
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}
function options(...argv: string[]): DaemonOptions {
  const request = parsed(...argv);
  assert.ok(request.kind === 'run' || request.kind === 'test');
  return request.options;
}
function refusal(...argv: string[]): string {
  const result = parseArguments(argv);
  assert.ok(!result.ok, `${argv.join(' ')} was accepted`);
  return result.error;
}

const rows: readonly (readonly [argv: string[], expected: Partial<DaemonOptions>])[] = [
  [[], {}],
  [['-n'], { foreground: true }],
  [['--dont-fork'], { foreground: true }],
  [['-nlD'], { foreground: true, logConsole: true, logDetail: 1 }],
  [['-DD'], { logDetail: 2 }],
  [['-D', '--log-detail', '-D'], { logDetail: 2 }],
  [['-f', 'a.conf'], { configuration: 'a.conf' }],
  [['-fa.conf'], { configuration: 'a.conf' }],
  [['--use-file=a.conf'], { configuration: 'a.conf' }],
  [['--use-file', 'a.conf'], { configuration: 'a.conf' }],
  [['--use-f=a=b.conf'], { configuration: 'a=b.conf' }],
  [['-nf', 'a.conf'], { foreground: true, configuration: 'a.conf' }],
  [['-f', 'a', '-f', 'b'], { configuration: 'b' }],
  [['-S', '3'], { logFacility: 'local3' }],
  [['-S', 'local7'], { logFacility: 'local7' }],
  [['-S', 'user'], { logFacility: 'user' }],
  [['-S', 'daemon'], { logFacility: 'daemon' }],
  [['-g'], { logFile: '/tmp/keepalived.log' }],
  [['-g/var/log/x.log'], { logFile: '/var/log/x.log' }],
  [['--log-file=/x.log'], { logFile: '/x.log' }],
  [['-g', 'x'], { logFile: '/tmp/keepalived.log', strayArguments: ['x'] }],
  [['--flush-log-file'], { flushLogFile: true }],
  [['-G'], { syslog: false }],
  [['-u', '022'], { umask: 0o22 }],
  [['-u', '0x3f'], { umask: 0o77 }],
  [['-u', '18'], { umask: 18 }],
  [['-u', '0'], { umask: 0 }],
  [['-R'], { respawn: false }],
  [['-d'], { dumpConfiguration: true }],
  [['-p', '/a', '-r', '/b', '-b', '/c'], { pidFile: '/a', vrrpPidFile: '/b', bfdPidFile: '/c' }],
  [['-s', 'blue'], { namespace: 'blue' }],
  [['-e'], { allIncludeChecks: true }],
  [['-i', 'node1'], { configId: 'node1' }],
  [['-C'], { withoutVrrp: true }],
  [['-B'], { withoutBfd: true }],
  [['-P'], { withoutBalancer: true }],
  [['-I'], { leaveBalancer: true }],
  [['-c', '/x/c.pid'], { checkersPidFile: '/x/c.pid' }],
  [['-V'], { leaveInPlace: true }],
  [['-a'], { logAddresses: true }],
  [['--ignore-sigint'], { ignoreInterrupt: true }],
  [['--run-dir=/tmp/r'], { runDirectory: '/tmp/r' }],
  [['foo', '-n', 'bar'], { foreground: true, strayArguments: ['foo', 'bar'] }],
  [['-n', '--', '-x'], { foreground: true, strayArguments: ['-x'] }],
  [['-'], { strayArguments: ['-'] }],
];

for (const [argv, expected] of rows)
  test(`options: ${argv.join(' ') || '(none)'}`, () => {
    const { withoutEffect: _, ...got } = options(...argv);
    const { withoutEffect: __, ...want } = { ...DEFAULTS, ...expected };
    assert.deepEqual(got, want);
  });

test('every option of the table is accepted in each of its spellings', () => {
  for (const row of OPTIONS) {
    if (['signum', 'version', 'help', 'genhash'].includes(row.long)) continue;
    const value =
      row.long === 'log-facility' ? '1' : row.long === 'umask' ? '022' : row.argument ? 'value' : undefined;
    const spellings =
      value === undefined
        ? [[`--${row.long}`], ...(row.short ? [[`-${row.short}`]] : [])]
        : [[`--${row.long}=${value}`], ...(row.short ? [[`-${row.short}${value}`]] : [])];
    for (const argv of spellings) {
      const { strayArguments, withoutEffect } = options(...argv);
      assert.deepEqual(strayArguments, [], argv.join(' '));
      assert.equal(withoutEffect.length, row.without === undefined ? 0 : 1, argv.join(' '));
    }
  }
});

test('no two options share a name', () => {
  const names = OPTIONS.flatMap((row) => [row.long, ...(row.short ? [row.short] : [])]);
  assert.equal(new Set(names).size, names.length);
});

test('what has no effect is said, once', () => {
  const { withoutEffect } = options('-x', '-x', '-m');
  assert.equal(withoutEffect.length, 2);
  assert.match(withoutEffect[0] ?? '', /--snmp has no effect/);
});

test('-t in its forms', () => {
  assert.deepEqual(parsed('-t'), { kind: 'test', options: DEFAULTS });
  assert.deepEqual(parsed('-t/tmp/log'), { kind: 'test', options: DEFAULTS, logTo: '/tmp/log' });
  assert.deepEqual(parsed('--config-test=/tmp/log'), { kind: 'test', options: DEFAULTS, logTo: '/tmp/log' });
  const request = parsed('-t', '-f', 'x');
  assert.ok(request.kind === 'test' && request.options.configuration === 'x');
});

const signals = { STOP: 15, RELOAD: 1, DATA: 10, STATS: 12, STATS_CLEAR: 63, JSON: 36, TDUMP: 64 };
for (const [name, number] of Object.entries(signals))
  test(`--signum=${name} is ${number}`, () => {
    assert.deepEqual(parsed(`--signum=${name}`), { kind: 'signum', number });
    assert.deepEqual(parsed('--signum', name), { kind: 'signum', number });
  });

test('ends at once for version, help and genhash', () => {
  assert.deepEqual(parsed('-nv'), { kind: 'version' });
  assert.deepEqual(parsed('-f', 'x', '--help'), { kind: 'help' });
  assert.deepEqual(parsed('--genhash', '-s', 'localhost', '--no-such'), { kind: 'genhash' });
  assert.deepEqual(parsed('-T'), { kind: 'genhash' });
});

const refused: readonly (readonly [argv: string[], reason: RegExp])[] = [
  [['-q'], /no option "-q"/],
  [['-nq'], /no option "-q"/],
  [['--nothing'], /no option "--nothing"/],
  [['-f'], /"-f" needs an argument: FILE/],
  [['--use-file'], /needs an argument/],
  [['--use-file='], /empty argument/],
  [['--dont-fork=yes'], /takes no argument/],
  [['--dont'], /ambiguous: --dont-release-vrrp, --dont-release-ipvs, --dont-respawn, --dont-fork/],
  [['-S', '8'], /not a log facility/],
  [['-S', 'mail'], /not a log facility/],
  [['-u', '09'], /not a file mask/],
  [['-u', '01000'], /not a file mask/],
  [['-s', '../../etc'], /not the name of a network namespace/],
  [['--signum=FOO'], /"FOO" is not one of STOP/],
  [['-n', '-T'], /must come first/],
];
for (const [argv, reason] of refused)
  test(`refused: ${argv.join(' ')}`, () => assert.match(refusal(...argv), reason));

test('help names every option and marks what has no effect', () => {
  const text = helpText('holdfast');
  for (const row of OPTIONS) {
    const line = text.split('\n').findIndex((one) => one.includes(`--${row.long}`));
    assert.ok(line >= 0, row.long);
    const both = text
      .split('\n')
      .slice(line, line + 2)
      .join(' ');
    assert.equal(both.includes(`${row.help} *`), row.without !== undefined, row.long);
  }
});

test('the version is that of package.json, and keepalived is answered as its users match it', () => {
  assert.match(holdfastVersion(), /^\d+\.\d+\.\d+/);
  assert.match(versionText('holdfast'), /^Holdfast v\d+\.\d+\.\d+, compatible with Keepalived \d/);
  assert.match(versionText('keepalived'), /^Keepalived v\d+\.\d+\.\d+\n/);
});
