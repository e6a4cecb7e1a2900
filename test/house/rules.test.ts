/** Each rule of the house is shown files that break it and files that look as if they did: none is vacuous. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  beginsWithHeader,
  boundsAreNamedInLimits,
  contractsAreData,
  dependenciesAreChosen,
  filesStayShort,
  importsKoffi,
  importsPointDown,
  LONGEST_FILE,
  namesSaySomething,
  nothingBlocks,
  nothingPrints,
  nothingSpawns,
  onlyInvariantsThrow,
  portsOnlyDeclare,
  pureRoomsArePure,
  pureRoomsImportOnlyRooms,
} from './rules.js';
import { type Finding, type SourceFile, sourceFile } from './source.js';

interface Row {
  readonly name: string;
  readonly check: (file: SourceFile) => readonly Finding[];
  readonly path: string;
  /** Each one alone is a violation. */
  readonly broken: readonly string[];
  readonly kept: readonly string[];
}

const spawnImport = `import { spawn } from 'node:child_process';\n`;

const rows: readonly Row[] = [
  {
    name: 'imports point down',
    check: importsPointDown,
    path: 'src/wire/x.ts',
    broken: [
      `import { a } from '../core/engine.js';`,
      `import type { A } from '../core/engine.js';`,
      `import {\n  a,\n  b,\n} from '../config/model.js';`,
      `export * from '../host/host.js';`,
      `const x = await import('../daemon/main.js');`,
      `import '../core/engine.js';`,
      `type A = import('../core/engine.js').A;`,
      `import { t } from '../../test/t.js';`,
    ],
    kept: [
      `import { a } from '../base/time.js';`,
      `import { a } from './ipv4.js';`,
      `// import { a } from '../core/engine.js';`,
      `/* from '../core/engine.js' */`,
      `const a = 1; // from '../core/x.js'`,
      `const words = ['to', 'from', '../core/x.js'];`,
      `const from = row('from', '../core/x.js');`,
    ],
  },
  {
    name: 'imports point down, not from the admin room to the daemon beside it',
    check: importsPointDown,
    path: 'src/admin/x.ts',
    broken: [`import { a } from '../cli/client.js';`],
    kept: [],
  },
  {
    name: 'imports point down, commands below the daemon that dispatches to them',
    check: importsPointDown,
    path: 'src/cli/x.ts',
    broken: [`import { a } from '../daemon/loop.js';`],
    kept: [`import { a } from '../admin/report.js';`],
  },
  {
    name: 'imports point down, unknown room',
    check: importsPointDown,
    path: 'src/attic/x.ts',
    broken: [`export const a = 1;`],
    kept: [],
  },
  {
    name: 'pure rooms import only rooms',
    check: pureRoomsImportOnlyRooms,
    path: 'src/core/x.ts',
    broken: [
      `import { readFile } from 'node:fs';`,
      `import fs from 'fs';`,
      `import { Command } from 'commander';`,
      `const x = require('fs');`,
    ],
    kept: [`import { a } from '../base/time.js';`, `const from = 'node:fs';`],
  },
  {
    name: 'pure rooms import only rooms, and digests in one file',
    check: pureRoomsImportOnlyRooms,
    path: 'src/base/digest.ts',
    broken: [
      `import { randomBytes } from 'node:crypto';`,
      `import { createHmac, randomBytes } from 'node:crypto';`,
      `import { readFile } from 'node:fs';`,
    ],
    kept: [`import { createHash, createHmac, timingSafeEqual } from 'node:crypto';`],
  },
  {
    name: 'pure rooms import only rooms, and digests in no other file',
    check: pureRoomsImportOnlyRooms,
    path: 'src/wire/digest.ts',
    broken: [`import { createHash, createHmac, timingSafeEqual } from 'node:crypto';`],
    kept: [],
  },
  {
    name: 'pure rooms are pure',
    check: pureRoomsArePure,
    path: 'src/core/x.ts',
    broken: [
      'const t = Date.now();',
      'const t = new Date();',
      'const r = Math.random();',
      "console.log('x');",
      'setTimeout(() => {}, 1);',
      'setImmediate(f);',
      'const t = performance.now();',
      'async function f() {}',
      'const f = async () => 1;',
      'for await (const x of y) {}',
      'return new Promise(() => {});',
      'let p: Promise<void>;',
      'process.exit(1);',
      'const e = process.env;',
      'globalThis.x = 1;',
      `const t = \`at \${Date.now()}\`;`,
      `const t = \`at \${{ a: \`\${Math.random()}\` }}\`;`,
      'queueMicrotask(f);',
      'const s = n.toLocaleString();',
      'names.sort((a, b) => a.localeCompare(b));',
      'Buffer.from([1]);',
    ],
    kept: [
      '// Date.now() would be wrong',
      '/** async, await, Promise, console */',
      "const s = 'Date.now()';",
      `const s = \`console.log(\${name})\`;`,
      'const re = /process.exit|Date/;',
      'const process = reader.u32(); f({ process });',
      'const n = tracker.process.length;',
      'interface A { readonly process: string; async?: boolean }',
      'const x = updated(row);',
      'facts.performance;',
      'const half = a / b; // Date',
    ],
  },
  {
    name: 'only invariants throw',
    check: onlyInvariantsThrow,
    path: 'src/config/x.ts',
    broken: ["throw new Error('x');", 'if (a) throw a;'],
    kept: ['// we never throw', "refuse('throw');", 'invariant(a, "must not throw");'],
  },
  {
    name: 'bounds are named in limits',
    check: boundsAreNamedInLimits,
    path: 'src/core/x.ts',
    broken: [
      'const MAX_THINGS = 5;',
      'export const MAX_THINGS = 5;',
      'const LIMIT_OF_X = 1;',
      'const maxThings = 16;',
      'class A { static MAX_A = 1; }',
      'class A { readonly #maxA = 12; }',
    ],
    kept: [
      "import { MAX_THINGS } from '../base/limits.js';",
      'if (n > MAX_THINGS) return;',
      'const maximum = Math.max(a, b);',
      'const INT32_MAX = 0x7fffffff;',
      'const HOP_LIMIT = 255;',
      'const maxTtl = peer.maxTtl;',
      '// const MAX_THINGS = 5;',
    ],
  },
  {
    name: 'contracts are data',
    check: contractsAreData,
    path: 'src/core/inputs.ts',
    broken: [
      'export class A {}',
      'export interface A { f: () => void }',
      'export interface A {\n  handle(x: number): void;\n}',
      'export interface A { readonly m: ReadonlyMap<string, string> }',
      'export interface A { readonly s: Set<string> }',
      'export interface A { readonly e?: Error }',
      'export type A = { p: Promise<void> };',
      'export interface A { readonly d: Date }',
      'export function f() {}',
      'export interface A { readonly x: unknown }',
    ],
    kept: [
      'export interface A { readonly bytes: Uint8Array; readonly error?: Failure }',
      '/** class, function, Map, (x) => y */\nexport type A = number;',
      "export type A = { readonly kind: 'function' };",
      'export const MARK = 0x48;',
      'export interface A {\n  /** f(x): y */\n  readonly a: readonly [string, ...string[]];\n}',
    ],
  },
  {
    name: 'ports only declare',
    check: portsOnlyDeclare,
    path: 'src/ports/x.ts',
    broken: ['export class A {}', 'export const a = 1;', 'export function f() {}'],
    kept: ['export interface A { f(x: number): void }', 'export type F = (x: number) => void;'],
  },
  {
    name: 'nothing blocks',
    check: (file) => nothingBlocks(file, {}),
    path: 'src/daemon/x.ts',
    broken: [
      "readFileSync('x');",
      "fs.writeFileSync('x');",
      "execSync('x');",
      "spawnSync('x');",
      "import { openSync } from 'node:fs';",
      'Atomics.wait(a, 0, 0);',
    ],
    kept: ['// readFileSync', "log('readFileSync');", 'const syncGroup = 1; lastSynced(a); resync();'],
  },
  {
    name: 'nothing spawns',
    check: (file) => nothingSpawns(file, {}),
    path: 'src/host/x.ts',
    broken: [
      `${spawnImport}spawn('x');`,
      `import { fork } from 'node:child_process';\nfork('x');`,
      `import { startProcess } from './start-process.js';\nstartProcess('x');`,
    ],
    kept: [
      `import type { ChildProcess } from 'node:child_process';\nlet c: ChildProcess;`,
      'scripts.spawn(run);',
      'const m = pattern.exec(text);',
    ],
  },
  {
    name: 'nothing prints',
    check: (file) => nothingPrints(file, {}),
    path: 'src/admin/x.ts',
    broken: ["console.error('x');", "process.stderr.write('x');", 'pipe(process . stdout);'],
    kept: ["log('console.log');", 'this.console.write(line);', '// console.log'],
  },
  {
    name: 'begins with a header',
    check: beginsWithHeader,
    path: 'src/core/x.ts',
    broken: [
      'export const a = 1;',
      "import { a } from './a.js';\n/** Late and long enough to be one. */",
      '/** x */',
      '//\n',
    ],
    kept: [
      '/** Decides what is decided here. */\n',
      '#!/usr/bin/env node\n// Starts what is to be started.\n',
    ],
  },
  {
    name: 'files stay short',
    check: filesStayShort,
    path: 'src/core/x.ts',
    broken: ['\n'.repeat(LONGEST_FILE + 1)],
    kept: ['\n'.repeat(LONGEST_FILE)],
  },
  {
    name: 'names say something',
    check: (file) => namesSaySomething(file.text),
    path: '',
    broken: [
      'src/core/utils.ts',
      'src/core/util/x.ts',
      'src/core/vrrp-helpers.ts',
      'test/lab/helper.ts',
      'src/host/socket-manager.ts',
    ],
    kept: ['src/core/utilisation.ts', 'src/core/engine.ts', 'src/daemon/service-manager.ts'],
  },
];

describe('rules of the house, shown what breaks them', () => {
  for (const row of rows) {
    for (const text of row.broken) {
      test(`${row.name}: finds ${JSON.stringify(text.trim().slice(0, 60))}`, () => {
        assert.ok(row.check(sourceFile(row.path, text)).length > 0);
      });
    }
    for (const text of row.kept) {
      test(`${row.name}: lets ${JSON.stringify(text.trim().slice(0, 60))} pass`, () => {
        assert.deepEqual(row.check(sourceFile(row.path, text)), []);
      });
    }
  }
  test('rules of pure rooms and of the loop hold there only', () => {
    const impure = sourceFile('src/host/x.ts', "import 'node:fs';\nthrow Date.now();");
    assert.deepEqual([...pureRoomsArePure(impure), ...onlyInvariantsThrow(impure)], []);
    assert.deepEqual(pureRoomsImportOnlyRooms(impure), []);
    const command = sourceFile(
      'src/cli/x.ts',
      `${spawnImport}readFileSync('x'); spawn('x'); console.log(1);`,
    );
    assert.deepEqual(
      [...nothingBlocks(command, {}), ...nothingSpawns(command, {}), ...nothingPrints(command, {})],
      [],
    );
    assert.deepEqual(onlyInvariantsThrow(sourceFile('src/base/invariant.ts', 'throw e;')), []);
    for (const path of ['src/base/limits.ts', 'src/sim/x.ts', 'src/lab/x.ts'])
      assert.deepEqual(boundsAreNamedInLimits(sourceFile(path, 'const MAX_A = 1;')), []);
  });
  test('an exception excepts its file and no other', () => {
    const blocking = `readFileSync('x');`;
    const exceptions = { 'src/daemon/x.ts': 'before the loop' };
    assert.deepEqual(nothingBlocks(sourceFile('src/daemon/x.ts', blocking), exceptions), []);
    assert.equal(nothingBlocks(sourceFile('src/daemon/y.ts', blocking), exceptions).length, 1);
  });
  test('koffi is found however it is imported', () => {
    for (const text of [
      `import koffi from 'koffi';`,
      `import type { K } from "koffi";`,
      `await import('koffi')`,
    ])
      assert.equal(importsKoffi(sourceFile('src/host/x.ts', text)), true);
    for (const text of [`// from 'koffi'`, `const koffi = 1;`, `import a from './koffi.js';`])
      assert.equal(importsKoffi(sourceFile('src/host/x.ts', text)), false);
  });
  test('a finding says where', () => {
    const file = sourceFile('src/core/x.ts', '/** Two\n * lines. */\nconst t = Date.now();\n');
    assert.deepEqual(pureRoomsArePure(file), [
      { path: 'src/core/x.ts', line: 3, text: 'a pure room uses Date' },
    ]);
  });
  test('dependencies', () => {
    assert.deepEqual(dependenciesAreChosen({ dependencies: { koffi: '3.3.4' } }), []);
    assert.equal(dependenciesAreChosen({ dependencies: { koffi: '^3.3.4' } }).length, 1);
    assert.equal(dependenciesAreChosen({ devDependencies: { 'left-pad': '1.0.0' } }).length, 1);
  });
});
