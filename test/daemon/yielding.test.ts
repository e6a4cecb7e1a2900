/** The balancer's process at a start: others go before it, but only where it may have its priority back. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mayBeNice } from '../../src/host/linux/proc.js';
import { configurationOf } from '../support/configuration.js';

const SETTINGS = fileURLToPath(new URL('../../src/daemon/process-settings.js', import.meta.url));
const PROC = fileURLToPath(new URL('../../src/host/linux/proc.js', import.meta.url));

/** In a process of its own, started by these words: what `steps` returns. */
function run(before: readonly string[], steps: string): unknown {
  const program = `
    const { ProcessSettings } = await import(${JSON.stringify(SETTINGS)});
    const { mayBeNice } = await import(${JSON.stringify(PROC)});
    const { getPriority } = await import('node:os');
    const globals = ${JSON.stringify(configurationOf('global_defs {\n router_id x\n}').globals)};
    const said = [];
    const settings = new ProcessSettings({ part: 'checker', programName: 'holdfast', umask: 0o77, log: (_, text) => said.push(text) });
    const answer = ${steps};
    console.log(JSON.stringify(answer));`;
  const [command = process.execPath, ...words] = [
    ...before,
    process.execPath,
    '--input-type=module',
    '-e',
    program,
  ];
  return JSON.parse(execFileSync(command, words, { encoding: 'utf8' }).trim());
}

const own = getPriority();
const may = mayBeNice(own) && own === 0 ? {} : { skip: 'this user may not lower a nice value' };

test('it is five nicer than its keyword says, follows a reload, and is told when that is over', may, () => {
  const steps = `[
    () => settings.yieldToOthers(true),
    () => settings.apply({ ...globals, checkerPriority: 3 }),
    () => settings.apply({ ...globals, checkerPriority: 18 }),
    () => settings.apply({ ...globals, checkerPriority: -2 }),
    () => settings.yieldToOthers(false),
    () => settings.apply(globals),
  ].map((step) => { step(); return getPriority(); }).concat(said)`;
  assert.deepEqual(run([], steps), [5, 8, 19, 3, -2, 0]);
});

const userNamespace = ['unshare', '--user', '--map-root-user'];
const [unshare = '', ...options] = userNamespace;
const haveUserNamespace =
  spawnSync(unshare, [...options, 'true']).status === 0 ? {} : { skip: 'no user namespaces here' };

test(
  'root of another user namespace cannot have it back, and so never gives it away',
  haveUserNamespace,
  () => {
    const steps = `(settings.yieldToOthers(true), [mayBeNice(0), getPriority(), said])`;
    assert.deepEqual(run(userNamespace, steps), [false, own, []]);
  },
);

test('what the answer means: the kernel lets us back', may, () => {
  try {
    setPriority(own + 3);
    assert.equal(mayBeNice(own), true);
    setPriority(own);
    assert.equal(getPriority(), own);
  } finally {
    setPriority(own);
  }
});
