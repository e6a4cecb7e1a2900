/** Trackers: numbers, weights, counters, delays. Runtime reference section 7, directives-vrrp 4, 5 and 10. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_TRACK_FILE_BYTES } from '../../../src/base/limits.js';
import { numberOf } from '../../../src/core/track/file.js';
import { contributionOf } from '../../../src/core/track/tracker.js';
import { configurationOf } from '../../support/configuration.js';
import { Rig } from '../rig.js';
import { pair, single } from '../texts.js';

const NUMBERS: readonly [string, number | undefined][] = [
  ['5\n', 5],
  ['  +7 rest', 7],
  ['-127', -127],
  ['0x1F', 31],
  ['-0x10', -16],
  ['010', 8],
  ['09', 0],
  ['0', 0],
  ['-0', 0],
  ['0x', 0],
  ['', 0],
  ['abc', 0],
  ['3.9', 3],
  ['2147483647', 2147483647],
  ['2147483648', undefined],
  ['-2147483648', -2147483648],
  ['-2147483649', undefined],
  ['99999999999999999999', undefined],
];
for (const [text, value] of NUMBERS)
  test(`a tracked file with ${JSON.stringify(text)} holds ${value}`, () => {
    assert.equal(numberOf(text), value);
    if (value === 0) assert.equal(Object.is(numberOf(text), -0), false);
  });

test('weights, their sign and reverse', () => {
  const of = (up: boolean, weight: number, reverse = false): unknown => {
    const { add, faulting } = contributionOf(up, { weight, reverse });
    return faulting ? 'FAULT' : add;
  };
  assert.deepEqual([of(true, 10), of(false, 10)], [10, 0]);
  assert.deepEqual([of(true, -10), of(false, -10)], [0, -10]);
  assert.deepEqual([of(true, 0), of(false, 0)], [0, 'FAULT']);
  assert.deepEqual([of(true, 10, true), of(false, 10, true)], [-10, 0]);
  assert.deepEqual([of(true, -10, true), of(false, -10, true)], [0, 10]);
  assert.deepEqual([of(true, 0, true), of(false, 0, true)], ['FAULT', 0]);
  assert.deepEqual(contributionOf(undefined, { weight: 10, reverse: false }).add, 0);
});

const LEVEL = '/tmp/level';
const fileRig = (weight: string): Rig =>
  new Rig(
    single('track_file {\n level\n }', `track_file level {\n file ${LEVEL}\n weight ${weight}\n }`),
  ).start();
const priority = (rig: Rig): number | undefined => rig.engine.status().instances[0]?.effectivePriority;

test('a file adds its number times its weight, at most 253, and is a FAULT from -254 downwards', () => {
  const rig = fileRig('2');
  rig.file('level', '5');
  assert.equal(priority(rig), 110);
  rig.file('level', '1000');
  assert.equal(priority(rig), 254);
  rig.file('level', '-126');
  assert.deepEqual([rig.state(), priority(rig)], ['BACKUP', 1]);
  rig.file('level', '-127');
  assert.equal(rig.state(), 'FAULT');
  rig.handle({ kind: 'file-content', tracker: 'level', error: { code: 'ENOENT', message: 'no such file' } });
  assert.deepEqual([rig.state(), priority(rig)], ['BACKUP', 100]);
  const lowered = new Rig(
    single(
      'track_file {\n level\n }\n track_interface {\n eth1 weight -200\n }',
      `track_file level {\n file ${LEVEL}\n }`,
    ),
  ).start();
  lowered.setLink('eth1', { running: false }).file('level', '1000');
  assert.equal(priority(lowered), 100 + 253 - 200);
});

test('reverse turns the number of a file, and what is its FAULT', () => {
  const weighted = fileRig('2 reverse');
  weighted.file('level', '5');
  assert.equal(priority(weighted), 90);
  weighted.file('level', '-5');
  assert.equal(priority(weighted), 110);
  const plain = fileRig('0 reverse');
  plain.file('level', '0');
  assert.equal(plain.state(), 'FAULT');
  plain.file('level', '1');
  assert.equal(plain.state(), 'BACKUP');
});

test('a number too large for 32 bits is ignored: the last one stays', () => {
  const rig = fileRig('1');
  rig.file('level', '5').file('level', '99999999999');
  assert.equal(priority(rig), 105);
});

describe('what a writer did not mean is said once, with what to do', () => {
  const remarks = (rig: Rig): string[] =>
    rig.lines.flatMap((line) => /warning: (file level.*)/.exec(line)?.[1] ?? []);
  test('text', () => {
    const rig = fileRig('1');
    rig.file('level', '5').file('level', 'degraded \x1b[1m by ops').file('level', 'still text');
    assert.equal(priority(rig), 100);
    assert.deepEqual(remarks(rig), [
      `file level: ${LEVEL} holds no number ("degraded ?[1m by ops") and counts as 0; write one at its beginning`,
    ]);
    rig.file('level', '6').file('level', 'text');
    assert.equal(remarks(rig).length, 2, 'and again after it was good');
  });
  test('a megabyte, of which the beginning is read', () => {
    const rig = fileRig('1');
    rig.file('level', '5').file('level', '7'.repeat(MAX_TRACK_FILE_BYTES));
    assert.equal(priority(rig), 105);
    assert.deepEqual(remarks(rig), [
      `file level: the number in ${LEVEL} does not fit 32 bits and is ignored, 5 still counts; write a smaller one`,
    ]);
  });
  test('no newline, or nothing at all, is no mistake', () => {
    const rig = fileRig('1');
    rig.file('level', '6');
    assert.equal(priority(rig), 106);
    rig.file('level', '');
    assert.equal(priority(rig), 100);
    assert.deepEqual(remarks(rig), []);
  });
});

test('a file of weight 0 is a FAULT while it is not zero', () => {
  const rig = fileRig('0');
  assert.equal(rig.engine.status().instances[0]?.reason.code, 'tracker-pending');
  rig.file('level', '0');
  assert.equal(rig.state(), 'BACKUP');
  rig.file('level', '1');
  assert.equal(rig.state(), 'FAULT');
});

const script = (keywords: string, line = 'chk'): string =>
  single(`track_script {\n ${line}\n }`, `vrrp_script chk {\n script /bin/chk\n ${keywords}\n }`);

test('rise and fall: consecutive results, and any other result starts again', () => {
  const rig = new Rig(script('rise 3\n fall 2\n interval 1')).start();
  const results = (codes: number[]): string => {
    for (const code of codes) rig.check('chk', code).wait(1);
    return rig.state() === 'FAULT' ? 'down' : 'up';
  };
  assert.equal(results([0]), 'up', 'the first success is enough');
  assert.equal(results([1, 0, 1, 0, 1]), 'up');
  assert.equal(results([1]), 'down');
  assert.equal(results([0, 0, 1, 0, 0]), 'down');
  assert.equal(results([0]), 'up');
  const patient = new Rig(script('rise 1\n fall 3\n interval 1')).start().check('chk', 0).wait(1);
  for (const code of [1, 1, 0, 1, 1]) patient.check('chk', code).wait(1);
  assert.equal(patient.state(), 'MASTER', 'no three failures in a row');
  assert.equal(patient.check('chk', 1).state(), 'FAULT');
});

test('the first failure is final, whatever fall says', () => {
  const rig = new Rig(script('rise 2\n fall 5')).start().check('chk', 1);
  assert.equal(rig.state(), 'FAULT');
});

test('init_fail: a script begins as failed and needs rise successes', () => {
  const rig = new Rig(script('rise 2\n interval 1\n init_fail')).start();
  assert.equal(rig.engine.status().instances[0]?.reason.code, 'tracker-failed');
  rig.check('chk', 0).wait(1);
  assert.equal(rig.state(), 'FAULT');
  rig.check('chk', 0);
  assert.equal(rig.state(), 'BACKUP');
});

test('timeout, signal and a script that cannot start are failures, and say so', () => {
  for (const [outcome, words] of [
    [{ kind: 'timeout' }, /no result within 1s/],
    [{ kind: 'signal', signal: 'SIGSEGV' }, /SIGSEGV/],
    [{ kind: 'failed', error: { code: 'ENOENT', message: 'no such file' } }, /no such file/],
    [{ kind: 'exit', code: 3, output: 'first\nlast words\n' }, /exit code 3: last words/],
  ] as const) {
    const rig = new Rig(script('interval 1')).start().check('chk', outcome);
    assert.equal(rig.state(), 'FAULT');
    assert.match(rig.engine.status().instances[0]?.reason.text ?? '', words);
  }
});

test('a script that overruns, is killed or cannot start is said once, with what to do', () => {
  for (const [outcome, line] of [
    [{ kind: 'timeout' }, 'script chk did not end within 1s: make it quicker, or raise its timeout'],
    [
      { kind: 'signal', signal: 'SIGSEGV' },
      'script chk was ended by SIGSEGV: it counts as failed; see who sends that',
    ],
    [
      { kind: 'signal', signal: 'SIGKILL' },
      'script chk was ended by SIGKILL: it counts as failed; see who sends that (dmesg tells of a lack of memory)',
    ],
    [
      { kind: 'failed', error: { code: 'ENOENT', message: '/x does not exist; put the script there' } },
      'script chk cannot run: /x does not exist; put the script there',
    ],
  ] as const) {
    const rig = new Rig(script('interval 1')).start();
    const said = (): number => rig.lines.filter((one) => one.endsWith(`: ${line}`)).length;
    rig.check('chk', outcome);
    assert.equal(said(), 1, line);
    rig.wait(1).check('chk', outcome);
    assert.equal(said(), 1, 'not each time');
    rig.wait(1).check('chk', 1).wait(1).check('chk', outcome);
    assert.equal(said(), 2, 'again after it was otherwise');
  }
});

test('a script runs at its interval without drift; a run that goes on makes the next beat be skipped', () => {
  const rig = new Rig(script('interval 2')).start().wait(4.5);
  const beats = (): string[] =>
    rig.lines.filter((line) => line.includes(' check ')).map((l) => l.slice(0, 5));
  assert.deepEqual(beats(), ['0.000']);
  rig.check('chk', 0).wait(2);
  assert.deepEqual(beats(), ['0.000', '6.000']);
});

test('a weighted script that has not reported holds nobody, one without a weight holds in INIT', () => {
  const rig = new Rig(script('weight 20')).start();
  assert.equal(rig.state(), 'BACKUP');
  rig.check('chk', 0);
  assert.equal(priority(rig), 120);
  const plain = new Rig(script('weight 0')).start();
  assert.equal(plain.engine.status().instances[0]?.reason.code, 'tracker-pending');
});

const proc = (keywords: string): string =>
  single('track_process {\n httpd\n }', `vrrp_track_process httpd {\n process httpd\n ${keywords}\n }`);

test('a process is up within its quorum', () => {
  const rig = new Rig(proc('quorum 2\n quorum_max 3\n weight 10')).start();
  for (const [count, expected] of [
    [1, 100],
    [2, 110],
    [3, 110],
    [4, 100],
    [0, 100],
  ] as const) {
    rig.processes('httpd', count);
    assert.equal(priority(rig), expected, `${count} running`);
  }
});

test('fork_delay and terminate_delay debounce, but not the first count', () => {
  const rig = new Rig(proc('weight 10\n fork_delay 1\n terminate_delay 2')).start().processes('httpd', 1);
  assert.equal(priority(rig), 110);
  rig.processes('httpd', 0).wait(1.9);
  assert.equal(priority(rig), 110);
  rig.processes('httpd', 1).wait(1);
  assert.equal(priority(rig), 110, 'it came back within the delay');
  rig.processes('httpd', 0).wait(2.1);
  assert.equal(priority(rig), 100);
  rig.processes('httpd', 1).wait(0.9);
  assert.equal(priority(rig), 100);
  rig.wait(0.2);
  assert.equal(priority(rig), 110);
});

test('fork_delay and terminate_delay: who comes back begins the delay anew', () => {
  const rig = new Rig(proc('weight 10\n terminate_delay 2')).start().processes('httpd', 1);
  rig.processes('httpd', 0).wait(1.5).processes('httpd', 1).wait(0.1).processes('httpd', 0).wait(1);
  assert.equal(priority(rig), 110);
  rig.wait(1.1);
  assert.equal(priority(rig), 100);
});

test('a weighted interface moves the priority, an unweighted one is a FAULT', () => {
  const weighted = new Rig(single('track_interface {\n eth1 weight -5\n }')).start();
  assert.equal(priority(weighted), 100);
  weighted.setLink('eth1', { running: false });
  assert.equal(priority(weighted), 95);
  const plain = new Rig(single('track_interface {\n eth1\n }')).start().setLink('eth1', { up: false });
  assert.equal(plain.state(), 'FAULT');
});

test('the interface of a VIP is tracked without being asked, unless no_track', () => {
  const vip = (more: string): Rig =>
    new Rig(single().replace('10.0.0.100', `10.0.1.100 dev eth1 ${more}`))
      .start()
      .setLink('eth1', { up: false });
  assert.equal(vip('').state(), 'FAULT');
  assert.equal(vip('no_track').state(), 'BACKUP');
});

test('the trackers of a group hold every member', () => {
  const rig = new Rig(pair('', 'track_interface {\n eth2\n }')).start();
  assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['FAULT', 'FAULT']);
});

test('init_file is for the start of the daemon, not for a tracker that a reload adds', () => {
  const text = (head: string, lines = ''): string => single(lines, head);
  const head = 'track_file level {\n file /tmp/level\n init_file 5 overwrite\n }';
  const inits = (rig: Rig): unknown[] =>
    rig.effects.flatMap((effect) => (effect.kind === 'watch-file' ? [effect.init] : []));
  const tracked = text(head, 'track_file {\n level\n }');
  assert.deepEqual(inits(new Rig(tracked).start()), [{ value: 5, overwrite: true }]);
  const later = new Rig(text('')).start();
  later.handle({ kind: 'reload', configuration: configurationOf(tracked) });
  assert.deepEqual(inits(later), [undefined]);
});
