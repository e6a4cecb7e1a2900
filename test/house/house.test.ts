/** The rules of the house, held against every source file (DESIGN section 1, and of 2 and 9 what can be checked). */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../wire/fixtures.js';
import {
  beginsWithHeader,
  boundsAreNamedInLimits,
  contractsAreData,
  dependenciesAreChosen,
  type Exceptions,
  filesStayShort,
  importsKoffi,
  importsPointDown,
  namesSaySomething,
  nothingBlocks,
  nothingPrints,
  nothingSpawns,
  onlyInvariantsThrow,
  portsOnlyDeclare,
  pureRoomsArePure,
  pureRoomsImportOnlyRooms,
} from './rules.js';
import { allSources, type Finding, filesBelow, formatFindings, type SourceFile } from './source.js';

const sources = allSources();

/** The files whose types cross the port boundary. */
const CONTRACTS = [
  'src/config/model.ts',
  'src/core/effects.ts',
  'src/core/inputs.ts',
  'src/core/net/facts.ts',
  'src/core/status.ts',
  'src/wire/netlink/facts.ts',
];

const MAY_BLOCK: Exceptions = {
  'src/daemon/config-test.ts': 'the command -t: prints and exits',
  'src/daemon/configuration.ts': 'looks for the default file once, before the loop begins',
  'src/daemon/process-name.ts': 'procfs copies fifteen bytes and keeps nobody waiting',
  'src/daemon/pidfile.ts': 'before the loop begins and after it has ended',
  'src/daemon/run-directory.ts': 'before the loop begins and after it has ended',
  'src/daemon/usage.ts': 'prints and exits',
  'src/daemon/supervise.ts': 'the parent has no loop to hold up; it reads one line of /proc',
  'src/daemon/inspector-sign.ts': 'our own descriptors, before the loop begins',
  'src/daemon/start-linked.ts': 'our own signals in /proc, which the kernel keeps in memory',
  'src/daemon/working-ahead.ts': 'a thread reads its own number in /proc',
  'src/host/name-files.ts': 'start, workers and commands read the names of iproute2, the loop does not',
  'src/host/command-facts.ts': 'worker threads and commands look at scripts, the loop does not',
  'src/host/forwarding.ts': 'start, workers and commands ask the kernel what it forwards, the loop does not',
  'src/host/linux/fd.ts': 'our own descriptors, once, before the loop begins',
  'src/host/linux/proc.ts': 'our own name in /proc, which the kernel keeps in memory',
  'src/host/logs.ts': 'what kind of file our own descriptor is: the kernel knows without a disk',
  'src/host/file-watch.ts': 'runs in the thread that follows files',
  'src/host/fifo-maker.ts': 'runs in the script runner, a process of its own',
  'src/host/script-command.ts': 'runs in the script runner, a process of its own',
  'src/host/script-output.ts': 'runs in the script runner, a process of its own',
  'src/host/script-runner.ts': 'a process of its own',
  'src/host/script-ledger.ts':
    'before the loop begins, in the script runner, and a file in memory when that one is dead',
  'src/daemon/cached-script.ts': 'a process or a thread runs its script before it has a loop',
  'src/host/config-files.ts': 'worker threads and commands read configurations, the loop does not',
};

const MAY_SPAWN: Exceptions = {
  'src/host/script-child.ts': 'runs in the script runner, a process of its own, there to start children',
  'src/host/start-process.ts': 'how it is done; who may is below',
  'src/host/scripts.ts': 'starts the runner before the loop begins, and again should it die',
  'src/daemon/life-scripts.ts': 'before the loop begins, and after it has ended',
  'src/daemon/start-linked.ts': 'the launcher and the parent start the daemon',
};

const MAY_PRINT: Exceptions = {
  'src/daemon/config-test.ts': 'the command -t: prints and exits',
  'src/daemon/main.ts': 'answers and ends, or ends after the loop',
  'src/host/script-runner.ts': 'a process of its own; its standard output is the way to the daemon',
  'src/daemon/boot.ts': 'the last words of a process that cannot begin',
};

function rule(name: string, check: (file: SourceFile) => readonly Finding[]): void {
  test(name, () => {
    const findings = sources.flatMap(check);
    assert.equal(findings.length, 0, `\n${formatFindings(findings)}`);
  });
}

/** The exception is needed: without it the rule would say something. */
function exceptionsAreNeeded(
  exceptions: Exceptions,
  check: (file: SourceFile, exceptions: Exceptions) => readonly Finding[],
): void {
  for (const path of Object.keys(exceptions)) {
    const file = sources.find((source) => source.path === path);
    assert.ok(file, `${path} is excepted and is not there`);
    assert.ok(check(file, {}).length > 0, `${path} needs no exception any more`);
  }
}

describe('rules of the house', () => {
  test('there is a house', () => {
    assert.ok(sources.length > 50);
    for (const room of ['base', 'wire', 'config', 'core', 'ports', 'host', 'daemon'])
      assert.ok(
        sources.some((file) => file.path.startsWith(`src/${room}/`)),
        room,
      );
  });
  rule('1: a pure room imports neither Node nor packages', pureRoomsImportOnlyRooms);
  rule('1 and 3: a pure room has no clock, chance, console, timer, promise or locale', pureRoomsArePure);
  rule('5: contracts are plain data', (file) =>
    CONTRACTS.includes(file.path) ? contractsAreData(file) : [],
  );
  test('5: every contract is there', () => {
    for (const path of CONTRACTS) assert.ok(existsSync(join(projectRoot, path)), path);
  });
  rule('6: imports point down', importsPointDown);
  test('6: one file imports koffi', () => {
    const importers = sources.filter(importsKoffi).map((file) => file.path);
    assert.deepEqual(importers, ['src/host/linux/libc.ts']);
  });
  rule('8: in a pure room only broken invariants throw', onlyInvariantsThrow);
  rule('9: bounds are named in base/limits', boundsAreNamedInLimits);
  rule('11: nothing on the loop waits for a disk or a child', (file) => nothingBlocks(file, MAY_BLOCK));
  rule('11: nothing on the loop starts a child', (file) => nothingSpawns(file, MAY_SPAWN));
  rule('11: nothing on the loop prints', (file) => nothingPrints(file, MAY_PRINT));
  test('11: every exception is needed and has its reason', () => {
    exceptionsAreNeeded(MAY_BLOCK, nothingBlocks);
    exceptionsAreNeeded(MAY_SPAWN, nothingSpawns);
    exceptionsAreNeeded(MAY_PRINT, nothingPrints);
  });
  rule('ports only declare', portsOnlyDeclare);
  rule('every file begins with what it decides', beginsWithHeader);
  rule('every file stays short', filesStayShort);
  test('every name says something', () => {
    const findings = ['src', 'test'].flatMap(filesBelow).flatMap(namesSaySomething);
    assert.equal(findings.length, 0, formatFindings(findings));
  });
  test('dependencies are those that earned their place, at exact versions', () => {
    const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
    assert.deepEqual(dependenciesAreChosen(manifest), []);
  });
});
