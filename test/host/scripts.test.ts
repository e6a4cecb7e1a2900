/** Scripts as real processes: who they run as, what they see, how they end, what is said when they cannot start. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { MAX_SCRIPT_OUTPUT } from '../../src/base/limits.js';
import { milliseconds } from '../../src/base/time.js';
import type { Command } from '../../src/config/model.js';
import type { Input, ScriptOutcome } from '../../src/core/inputs.js';
import { closeInheritedOnExec } from '../../src/host/linux/fd.js';
import {
  resolveIdentity,
  resolveProgram,
  scriptEnvironment,
  UNREADABLE,
} from '../../src/host/script-command.js';
import { Scripts } from '../../src/host/scripts.js';
import { rootMissing, until } from './rig.js';
import { alive, file, folder, shell } from './script-stage.js';

const inputs: Input[] = [];
const lines: string[] = [];
const scripts = new Scripts(
  (input) => inputs.push(input),
  (text) => lines.push(text),
);
after(() => scripts.close());

let count = 0;

async function check(command: Command, timeout = 10_000): Promise<ScriptOutcome> {
  count += 1;
  const script = `check-${count}`;
  scripts.check({ kind: 'run-check', script, command, timeout: milliseconds(timeout) });
  return outcomeOf(script);
}

async function outcomeOf(script: string): Promise<ScriptOutcome> {
  const find = () => inputs.find((input) => input.kind === 'check-finished' && input.script === script);
  await until(`the end of ${script}`, () => find() !== undefined);
  const found = find();
  assert.ok(found?.kind === 'check-finished');
  return found.outcome;
}

/**
 * The outcome of a command that is too long for its timeout, once it has begun; where this machine takes longer to start it
 * than that, it gets more.
 */
async function overrun(
  command: Command,
  hasBegun: (outcome: ScriptOutcome) => boolean,
): Promise<ScriptOutcome> {
  for (let timeout = 300; ; timeout *= 5) {
    const outcome = await check(command, timeout);
    assert.equal(outcome.kind, 'timeout');
    if (hasBegun(outcome)) return outcome;
    assert.ok(timeout < 60_000, 'it never began');
  }
}
const isWhole = (path: string): boolean => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n');

test('exit code and output, both streams', async () => {
  assert.deepEqual(await check(shell('echo out; echo err >&2; exit 3')), {
    kind: 'exit',
    code: 3,
    output: 'out\nerr\n',
  });
  assert.deepEqual(await check(shell('exit 0')), { kind: 'exit', code: 0 });
});

test('arguments arrive as they are', async () => {
  const { argv } = shell('printf "%s|" "$@"');
  assert.deepEqual(await check({ argv: [...argv, 'a b', '', '$HOME', "it's"] }), {
    kind: 'exit',
    code: 0,
    output: "a b||$HOME|it's|",
  });
});

test('death by signal', async () => {
  assert.deepEqual(await check(shell('kill -9 $$')), { kind: 'signal', signal: 'SIGKILL' });
});

test('a script may open its standard output and error again, whoever it runs as', async () => {
  const command = shell('echo one > /dev/stdout; echo two > /dev/stderr');
  assert.deepEqual(await check(command), { kind: 'exit', code: 0, output: 'one\ntwo\n' });
  if (rootMissing === false)
    assert.deepEqual(await check({ ...command, user: 'nobody' }), {
      kind: 'exit',
      code: 0,
      output: 'one\ntwo\n',
    });
});

test('bare names are found in PATH; a text without #! is a shell script', async () => {
  assert.deepEqual(await check({ argv: ['true'] }), { kind: 'exit', code: 0 });
  assert.deepEqual(await check({ argv: [file('echo plain')] }), { kind: 'exit', code: 0, output: 'plain\n' });
});

test('of much output only the end is kept', async () => {
  const outcome = await check(
    shell('i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done; printf END'),
  );
  assert.equal(outcome.kind, 'exit');
  const output = outcome.kind === 'exit' ? (outcome.output ?? '') : '';
  assert.ok(output.endsWith('line 2999\nEND'));
  assert.equal(output.length, MAX_SCRIPT_OUTPUT);
});

test('a script sees no descriptor but its three, a session of its own, / and a clean environment', async () => {
  process.env['LD_LIBRARY_PATH'] = '/nowhere';
  // What createHost does first: whoever runs the tests may have left something open.
  closeInheritedOnExec();
  const own = new Scripts(
    (input) => inputs.push(input),
    (text) => lines.push(text),
  );
  const command = shell('pwd; env | grep ^LD_ || echo clean; cat /proc/$$/stat; ls -l /proc/$$/fd');
  own.check({ kind: 'run-check', script: 'fds', command, timeout: milliseconds(10_000) });
  const outcome = await outcomeOf('fds');
  own.close();
  process.env['LD_LIBRARY_PATH'] = '';
  assert.ok(outcome.kind === 'exit');
  const [home, clean, stat = '', , ...descriptors] = (outcome.output ?? '').trim().split('\n');
  assert.equal(home, '/');
  assert.equal(clean, 'clean');
  const [pid, , , , group, session] = stat.split(' ');
  assert.equal(group, pid);
  assert.equal(session, pid);
  const open = descriptors.map((line) => line.replace(/^.* (\d+) -> (\/dev\/null|\w+|.*).*$/, '$1 $2'));
  // A shell reads its script from 10 or from 255.
  assert.deepEqual(
    open.filter((line) => !/^(10|255) \//.test(line)),
    ['0 /dev/null', '1 pipe', '2 pipe'],
  );
});

test('the environment loses what would change a linker or a shell, and nothing else', () => {
  assert.deepEqual(
    scriptEnvironment({ IFS: 'x', LD_PRELOAD: 'x', LD_LIBRARY_PATH: 'x', PATH: '/bin', LANG: 'C' }),
    { PATH: '/bin', LANG: 'C' },
  );
});

test('an overrun is a timeout at once; what ignores SIGTERM is killed, with its children', async () => {
  const pids = join(folder, 'pids');
  const command = shell(`trap "" TERM; sleep 1000 & echo "$$ $!" > ${pids}; wait; sleep 1000`);
  await overrun(command, () => isWhole(pids));
  const [leader = 0, child = 0] = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  assert.ok(leader > 0 && child > 0);
  await until('the whole group is gone', () => !alive(leader) && !alive(child));
});

const remark = async (path: string, pattern: RegExp): Promise<void> => {
  await until(`a remark about ${path}`, () => lines.some((line) => line.startsWith(`${path} `)));
  assert.match(lines.find((line) => line.startsWith(`${path} `)) ?? '', pattern);
};
const pathOf = ({ argv }: Command): string => argv[0] ?? '';

test('who writes more than is kept, once and not each time, reads what to do', async () => {
  const flood = shell('head -c 3000000 /dev/zero; printf END');
  for (let run = 0; run < 2; run += 1) {
    const outcome = await check(flood);
    assert.ok(outcome.kind === 'exit' && outcome.output?.length === MAX_SCRIPT_OUTPUT);
    assert.ok(outcome.output.endsWith('END'));
  }
  await remark(pathOf(flood), / writes more than 4096 bytes, of which the last are kept; let it write less$/);
  assert.equal(lines.filter((line) => line.startsWith(pathOf(flood))).length, 1);
});

test('a script that writes without end is ended by its timeout all the same', async () => {
  await overrun(
    shell('exec yes'),
    (outcome) => outcome.kind === 'timeout' && outcome.output?.length === MAX_SCRIPT_OUTPUT,
  );
});

test('who ignores SIGTERM is said to have been killed, and what to do', async () => {
  const mark = join(folder, 'deaf');
  const deaf = shell(`trap "" TERM; echo deaf > ${mark}; while :; do sleep 0.1; done`);
  await overrun(deaf, () => isWhole(mark));
  await remark(pathOf(deaf), / still ran 2 s after SIGTERM and was killed; let it end at SIGTERM, or give/);
});

test('who leaves a process behind that holds its output reads how to start it', async () => {
  const leaving = shell('sleep 20 & exit 0');
  assert.deepEqual(await check(leaving), { kind: 'exit', code: 0 });
  await remark(
    pathOf(leaving),
    / has ended, but what it started still holds its output, .*; start that with >\/dev\/null 2>&1$/,
  );
  // What closes it, or is waited for, is no matter.
  const clean = shell('sleep 0.1 >/dev/null 2>&1 & exit 0');
  assert.deepEqual(await check(clean), { kind: 'exit', code: 0 });
  assert.deepEqual(await check(shell('sleep 0.1 & wait')), { kind: 'exit', code: 0 });
  assert.equal(
    lines.some((line) => line.startsWith(`${pathOf(clean)} `)),
    false,
  );
});

test('signals that the daemon ignores, real-time ones too, are as usual for a script', async () => {
  const outcome = await check(shell("exec grep -E '^Sig(Ign|Blk)' /proc/self/status"));
  assert.equal(
    outcome.kind === 'exit' && outcome.output,
    'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n',
  );
});

test('SIGTERM comes first', async () => {
  const mark = join(folder, 'terminated');
  const command = shell(`trap 'echo yes > ${mark}; exit 0' TERM; echo ready; while :; do sleep 0.05; done`);
  const outcome = await overrun(command, (one) => one.kind === 'timeout' && one.output !== undefined);
  assert.deepEqual(outcome, { kind: 'timeout', output: 'ready\n' });
  await until('the trap', () => existsSync(mark));
});

test('grandchildren that hold the pipe do not hold the result', async () => {
  const pid = join(folder, 'grandchild');
  const outcome = await check(shell(`sleep 1000 & echo $! > ${pid}; echo done; exit 1`));
  assert.deepEqual(outcome, { kind: 'exit', code: 1, output: 'done\n' });
  const child = Number(readFileSync(pid, 'utf8'));
  assert.ok(alive(child));
  process.kill(child, 'SIGKILL');
});

test('a cancelled check ends and never answers; a new run of the same script is its own', async () => {
  const pid = join(folder, 'cancelled');
  const command = shell(`echo $$ > ${pid}; exec sleep 1000`);
  scripts.check({ kind: 'run-check', script: 'cancelled', command, timeout: milliseconds(60_000) });
  await until('its start', () => isWhole(pid));
  scripts.cancel('cancelled');
  const old = Number(readFileSync(pid, 'utf8'));
  await until('its end', () => !alive(old));
  scripts.check({
    kind: 'run-check',
    script: 'cancelled',
    command: shell('exit 4'),
    timeout: milliseconds(10_000),
  });
  assert.deepEqual(await outcomeOf('cancelled'), { kind: 'exit', code: 4 });
  assert.equal(
    inputs.filter((input) => input.kind === 'check-finished' && input.script === 'cancelled').length,
    1,
  );
});

test('a new run kills what is left of the one before', async () => {
  const pid = join(folder, 'left');
  const deaf = shell(`trap '' TERM; echo $$ > ${pid}; while :; do sleep 0.1; done`);
  const run = (command: Command, timeout: number): void =>
    scripts.check({ kind: 'run-check', script: 'again', command, timeout: milliseconds(timeout) });
  for (let timeout = 300; !isWhole(pid); timeout *= 5) {
    assert.ok(timeout < 60_000, 'it never began');
    inputs.length = 0;
    run(deaf, timeout);
    assert.equal((await outcomeOf('again')).kind, 'timeout');
  }
  const old = Number(readFileSync(pid, 'utf8'));
  assert.ok(alive(old), 'it does not hear SIGTERM');
  inputs.length = 0;
  // Long before the two seconds that it would be given.
  run(shell(`kill -0 ${old} && sleep 0.2; kill -0 ${old}`), 60_000);
  const outcome = await outcomeOf('again');
  assert.ok(outcome.kind === 'exit' && outcome.code !== 0, 'both ran');
});

test('notify scripts answer by their run', async () => {
  scripts.notify({ kind: 'run-notify', run: 77, command: shell('exit 2') });
  const find = () => inputs.find((input) => input.kind === 'notify-finished' && input.run === 77);
  await until('the notify', () => find() !== undefined);
  assert.deepEqual(find(), { kind: 'notify-finished', run: 77, outcome: { kind: 'exit', code: 2 } });
});

test('what cannot be started is said with its path and the remedy', async () => {
  const refused = async (command: Command): Promise<string> => {
    const outcome = await check(command);
    assert.equal(outcome.kind, 'failed');
    return outcome.kind === 'failed' ? `${outcome.error.code} ${outcome.error.message}` : '';
  };
  assert.match(
    await refused({ argv: [`${folder}/missing`] }),
    /^ENOENT .*missing does not exist; put the script/,
  );
  const plain = file('#!/bin/sh\n', 0o644);
  assert.equal(
    await refused({ argv: [plain] }),
    `EACCES ${plain} is not executable; make it so with: chmod +x ${plain}`,
  );
  assert.match(await refused({ argv: [folder] }), /^EISDIR .* is a directory; name the program inside it/);
  assert.equal(
    await refused({ argv: ['/dev/null'] }),
    'EACCES /dev/null is not a regular file, so it cannot be executed; name a program',
  );
  assert.match(await refused({ argv: ['no-such-program-at-all'] }), /^ENOENT there is no program .* in PATH/);
  const interpreter = file('#!/no/such/interpreter\n');
  assert.match(
    await refused({ argv: [interpreter] }),
    /^ENOENT .* names an interpreter \(#!\) that does not/,
  );
  assert.match(
    await refused({ argv: ['true'], user: 'nobody-here' }),
    /^EUSER the user "nobody-here" is not in \/etc\/passwd; create it/,
  );
});

test('a script on a filesystem mounted noexec names that as a cause', { skip: rootMissing }, () => {
  // A mount of its own in a mount namespace of its own, and a runner that lives there.
  const place = mkdtempSync(join(folder, 'noexec-'));
  const ask = `mount -t tmpfs -o noexec tmpfs ${place} && printf '#!/bin/sh\\n' >${place}/s && chmod 755 ${place}/s && exec "$0" --input-type=module -e "$1"`;
  const program = `
    const { Scripts } = await import('${new URL('../../src/host/scripts.js', import.meta.url)}');
    const rest = [{ user: 'nobody' }];
    const scripts = new Scripts(({ outcome }) => {
      console.log(JSON.stringify(outcome));
      const more = rest.pop();
      if (more) ask(more);
      else scripts.close();
    }, () => {});
    const ask = (more) =>
      scripts.check({ kind: 'run-check', script: 'x', command: { argv: ['${place}/s'], ...more }, timeout: 1e7 });
    ask({});`;
  const said = execFileSync('unshare', ['--mount', 'sh', '-c', ask, process.execPath, program], {
    encoding: 'utf8',
  });
  const outcomes = said.trim().split('\n');
  assert.equal(outcomes.length, 2);
  for (const [n, whom] of ['the daemon', 'the user nobody'].entries())
    assert.deepEqual(JSON.parse(outcomes[n] ?? ''), {
      kind: 'failed',
      error: {
        code: 'EACCES',
        message: `${place}/s cannot be executed by ${whom}: check its mode, the folders above it, and noexec mounts`,
      },
    });
});

test('the user and the group of a script', { skip: rootMissing }, async () => {
  const nobody = await check({ argv: ['id'], user: 'nobody' });
  assert.ok(nobody.kind === 'exit' && /^uid=\d+\(nobody\) gid=\d+\(nogroup\)/.test(nobody.output ?? ''));
  const group = await check({ argv: ['id'], user: 'nobody', group: 'daemon' });
  assert.ok(
    group.kind === 'exit' && /gid=\d+\(daemon\) groups=\d+\(daemon\)$/.test((group.output ?? '').trim()),
  );
  const unknown = await check({ argv: ['id'], user: 'nobody', group: 'no-such-group' });
  assert.ok(unknown.kind === 'failed' && unknown.error.code === 'EGROUP');
  mkdirSync(join(folder, 'closed'), { mode: 0o700 });
  writeFileSync(join(folder, 'closed', 'script'), '#!/bin/sh\n', { mode: 0o755 });
  const closed = await check({ argv: [join(folder, 'closed', 'script')], user: 'nobody' });
  assert.ok(closed.kind === 'failed' && /cannot be executed by the user nobody/.test(closed.error.message));
});

test('names become numbers by the files, the default user where it exists', () => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-etc-'));
  mkdirSync(join(root, 'etc'));
  const own = { uid: 0, gid: 0 };
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\njunk\nweb:x:33:34::/:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'adm:x:4:web\n');
  const value = (command: object, as = own) => resolveIdentity(command, as, root);
  assert.deepEqual(value({}), { ok: true, value: undefined });
  assert.deepEqual(value({ user: 'web' }), { ok: true, value: { uid: 33, gid: 34 } });
  assert.deepEqual(value({ user: '33', group: 'adm' }), { ok: true, value: { uid: 33, gid: 4 } });
  assert.deepEqual(value({ user: 'root' }), { ok: true, value: undefined });
  assert.equal(value({ user: 'junk' }).ok, false);
  const slip = value({ user: 'rooot' });
  assert.ok(!slip.ok && /did you mean root\? Otherwise create it/.test(slip.error.message));
  const plain = value({ user: 'web' }, { uid: 1000, gid: 1000 });
  assert.ok(!plain.ok && plain.error.code === 'EPERM');
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:\nkeepalived_script:x:77:78::/:\n');
  assert.deepEqual(value({}), { ok: true, value: { uid: 77, gid: 78 } });
  assert.deepEqual(value({}, { uid: 1000, gid: 1000 }), { ok: true, value: undefined });
  rmSync(root, { recursive: true });
});

test('a database that cannot be read is not one without the user: nobody becomes root by that', () => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-etc-'));
  // A folder can be looked at and not read, for root as well.
  mkdirSync(join(root, 'etc/passwd'), { recursive: true });
  const own = { uid: 0, gid: 0 };
  for (const command of [{}, { user: 'web' }]) {
    const found = resolveIdentity(command, own, root);
    assert.ok(!found.ok && found.error.code === UNREADABLE, JSON.stringify(found));
    assert.match(found.error.message, /etc\/passwd cannot be read \(EISDIR\)/);
  }
  rmSync(join(root, 'etc/passwd'), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), 'web:x:33:34::/:\n');
  mkdirSync(join(root, 'etc/group'));
  const group = resolveIdentity({ user: 'web', group: 'adm' }, own, root);
  assert.ok(!group.ok && group.error.code === UNREADABLE, JSON.stringify(group));
  rmSync(root, { recursive: true });
});

test('without PATH the usual folders are searched', () => {
  assert.equal(resolveProgram('true', {}).ok, true);
  assert.equal(resolveProgram('true', { PATH: '/nowhere' }).ok, false);
  // What is found but cannot be executed is named, unless a later folder has a better one.
  const plain = file('', 0o644);
  const name = basename(plain);
  const refused = resolveProgram(name, { PATH: `/nowhere:${folder}` });
  assert.ok(!refused.ok && refused.error.message.startsWith(`${plain} is not executable`));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', name), '', { mode: 0o755 });
  assert.deepEqual(resolveProgram(name, { PATH: `${folder}:${folder}/bin` }), {
    ok: true,
    value: join(folder, 'bin', name),
  });
});

test('twenty scripts at once, each with its own answer', async () => {
  const command = shell('sleep 0.2; exit $1');
  for (let i = 0; i < 20; i++)
    scripts.check({
      kind: 'run-check',
      script: `many-${i}`,
      command: { argv: [...command.argv, String(i)] as [string, ...string[]] },
      timeout: milliseconds(15_000),
    });
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => outcomeOf(`many-${i}`)));
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.kind === 'exit' ? outcome.code : outcome.kind)),
    Array.from({ length: 20 }, (_, i) => i),
  );
});

test('with all groups of its user where that is asked for', { skip: rootMissing }, async () => {
  const groups = async (more: object): Promise<string> => {
    const outcome = await check({ ...shell('id -G'), user: 'daemon', ...more });
    return 'output' in outcome ? (outcome.output ?? '').trim() : outcome.kind;
  };
  const alone = await groups({});
  assert.equal(alone, '1');
  const expected = execFileSync('id', ['-G', 'daemon'], { encoding: 'latin1' }).trim();
  assert.equal(await groups({ supplementaryGroups: true }), expected);
  assert.match(await groups({ supplementaryGroups: true, group: 'nogroup' }), /^65534\b/);
});

test('by the path as written, or by the one behind its links', async () => {
  const path = file('#!/bin/sh\necho "$0"\n');
  const link = `${path}-link`;
  symlinkSync(path, link);
  const said = async (more: object): Promise<unknown> => {
    const outcome = await check({ argv: [link], ...more });
    return 'output' in outcome ? outcome.output?.trim() : outcome;
  };
  assert.equal(await said({}), link);
  assert.equal(await said({ realPath: true }), path);
});
