/**
 * The rules of DESIGN section 1 that a machine can check, each as a function from source files to findings, so
 * that every rule can be shown a file that breaks it. What is checked by judgement is left to reviewers.
 */
import { type Finding, matches, roomOf, type SourceFile } from './source.js';

const PURE = ['base', 'wire', 'config', 'core'];

/**
 * What each room may import besides itself (rule 6). `config` sees the kernel's facts of wire, to hold a file
 * against the machine. The executable begins in daemon and hands over to cli, so cli
 * stands below it. `lab` and `demo` are tools above the product's rooms.
 */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wire: ['base'],
  config: ['base', 'wire'],
  core: ['base', 'wire', 'config'],
  ports: ['base', 'wire', 'config', 'core'],
  host: ['base', 'wire', 'config', 'core', 'ports'],
  sim: ['base', 'wire', 'config', 'core', 'ports'],
  lab: ['base', 'wire', 'config', 'core', 'ports', 'host'],
  admin: ['base', 'wire', 'config', 'core', 'ports', 'host'],
  cli: ['base', 'wire', 'config', 'core', 'ports', 'host', 'sim', 'admin'],
  daemon: ['base', 'wire', 'config', 'core', 'ports', 'host', 'admin', 'cli'],
  demo: ['base', 'wire', 'config', 'core', 'ports', 'host', 'sim', 'admin', 'daemon', 'cli', 'lab'],
};

/** Rule 6: imports point down. */
export function importsPointDown(file: SourceFile): Finding[] {
  const room = roomOf(file.path);
  if (room === undefined) return [];
  const allowed = BELOW[room];
  if (!allowed) return [{ path: file.path, line: 1, text: `the room ${room} is not in the plan` }];
  return file.imports.flatMap((i) => {
    if (i.path === undefined) return [];
    const target = roomOf(i.path);
    if (target === room || (target !== undefined && allowed.includes(target))) return [];
    return [{ path: file.path, line: i.line, text: `${room} imports ${i.path}` }];
  });
}

/** Rule 6: one file imports koffi. */
export function importsKoffi(file: SourceFile): boolean {
  return file.imports.some((i) => i.specifier === 'koffi' || i.specifier.startsWith('koffi/'));
}

/** ADR 0012: one file takes digests from Node, by name: nothing there that knows a clock, chance or a key store. */
const DIGESTS = {
  path: 'src/base/digest.ts',
  statement: "import { createHash, createHmac, timingSafeEqual } from 'node:crypto';",
};

/** Rule 1: a pure room imports neither Node nor packages. */
export function pureRoomsImportOnlyRooms(file: SourceFile): Finding[] {
  if (!PURE.includes(roomOf(file.path) ?? '')) return [];
  const lines = file.text.split('\n');
  return file.imports
    .filter((i) => i.path === undefined)
    .filter((i) => file.path !== DIGESTS.path || lines[i.line - 1] !== DIGESTS.statement)
    .map((i) => ({ path: file.path, line: i.line, text: `a pure room imports ${i.specifier}` }));
}

// `process` is also an honest word for what a tracker counts: only the global's own members betray it.
const PROCESS_MEMBERS =
  'env|argv|execArgv|execPath|exit|exitCode|abort|on|once|off|emit|hrtime|nextTick|stdout|stderr|stdin|pid|ppid|' +
  'uptime|cpuUsage|memoryUsage|resourceUsage|kill|cwd|chdir|umask|platform|arch|version|versions|getuid|geteuid';
const IMPURE = new RegExp(
  [
    String.raw`(?<![.\w$])(?:Date|console|performance|crypto|globalThis|navigator|Intl|Promise|Buffer|` +
      `setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|queueMicrotask|fetch|require|eval|` +
      String.raw`WeakRef|FinalizationRegistry|async|await)\b(?!\s*\??:)(?!['"])`,
    String.raw`\bMath\s*\.\s*random\b`,
    String.raw`\bimport\s*\.\s*meta\b`,
    String.raw`\.\s*toLocale\w*`,
    String.raw`\blocaleCompare\b`,
    String.raw`(?<![.\w$])process\s*\.\s*(?:${PROCESS_MEMBERS})\b`,
  ].join('|'),
  'g',
);

/** Rules 1 and 3: no clock, chance, console, timer, promise or locale in a pure room. */
export function pureRoomsArePure(file: SourceFile): Finding[] {
  if (!PURE.includes(roomOf(file.path) ?? '')) return [];
  return matches(file, IMPURE, (match) => `a pure room uses ${match[0].replaceAll(/\s+/g, ' ')}`);
}

/** Rule 8: in a pure room only a broken invariant throws. */
export function onlyInvariantsThrow(file: SourceFile): Finding[] {
  if (!PURE.includes(roomOf(file.path) ?? '') || file.path === 'src/base/invariant.ts') return [];
  return matches(file, /(?<![.\w$])throw\b(?!\s*\??:)/g, () => 'a pure room throws');
}

/**
 * Rule 9: the daemon's bounds have their place. A name that begins with MAX or LIMIT, or max and a number, is one;
 * INT32_MAX and HOP_LIMIT are facts of formats.
 */
export function boundsAreNamedInLimits(file: SourceFile): Finding[] {
  if (file.path === 'src/base/limits.ts' || ['sim', 'lab', 'demo'].includes(roomOf(file.path) ?? ''))
    return [];
  return matches(
    file,
    /\b(?:const|let|readonly|static)\s+((?:MAX|LIMIT)_\w+|#?max[A-Z]\w*(?=\s*=\s*\d))\b/g,
    (match) => `the bound ${match[1]} belongs into base/limits.ts`,
  );
}

/** Rule 5: contract files hold types of plain data: no classes, functions, or types that do not serialise. */
export function contractsAreData(file: SourceFile): Finding[] {
  return [
    ...matches(
      file,
      /(?<![.\w$])(class|abstract|function|enum|namespace)\b(?!\s*\??:)/g,
      (m) => `${m[1]} in a contract`,
    ),
    ...matches(file, /=>/g, () => 'a function in a contract'),
    ...matches(file, /^\s*(?:readonly\s+)?[\w$]+\??\s*(?:<[^>\n]*>)?\(/gm, () => 'a method in a contract'),
    ...matches(
      file,
      /(?<![.\w$])((?:Readonly)?(?:Map|Set)|WeakMap|WeakSet|Promise|Function|Date|RegExp|Error|Symbol|symbol|unknown|any|object)\b(?!\s*\??:)/g,
      (m) => `${m[1]} in a contract`,
    ),
  ];
}

/** Ports declare interfaces; nothing in them runs. */
export function portsOnlyDeclare(file: SourceFile): Finding[] {
  if (roomOf(file.path) !== 'ports') return [];
  return matches(
    file,
    /(?<![.\w$])(class|function|const|let|var|enum)\b(?!\s*\??:)/g,
    (m) => `${m[1]} in a port`,
  );
}

/** A place where a rule of the loop does not apply, and why: it is not the loop. */
export type Exceptions = Readonly<Record<string, string>>;

const ON_THE_LOOP = ['host', 'daemon', 'admin'];

/** Rule 11: no call that waits for a disk or a child. */
export function nothingBlocks(file: SourceFile, exceptions: Exceptions): Finding[] {
  if (!ON_THE_LOOP.includes(roomOf(file.path) ?? '') || file.path in exceptions) return [];
  return matches(file, /\b[a-z]\w*Sync\b|\bAtomics\s*\.\s*wait\b/g, (m) => `${m[0]} blocks the loop`);
}

/** Whose exports start children. */
const STARTERS = /^node:child_process$|\/start-process\.js$/;

/** Rule 11: no child is started on the loop. */
export function nothingSpawns(file: SourceFile, exceptions: Exceptions): Finding[] {
  if (!ON_THE_LOOP.includes(roomOf(file.path) ?? '') || file.path in exceptions) return [];
  const spawning = /(?<![.\w$])(spawn|fork|exec|execFile|startProcess)\s*\(/g;
  if (!file.imports.some(({ specifier }) => STARTERS.test(specifier))) return [];
  return matches(file, spawning, (m) => `${m[1]} on the loop`);
}

/** Rule 11: nothing on the loop writes to a terminal or a full pipe. */
export function nothingPrints(file: SourceFile, exceptions: Exceptions): Finding[] {
  if (!ON_THE_LOOP.includes(roomOf(file.path) ?? '') || file.path in exceptions) return [];
  return matches(
    file,
    /(?<![.\w$])(?:console\s*\.|process\s*\.\s*(?:stdout|stderr)\b)/g,
    (m) => `${m[0].replaceAll(/\s+/g, '')} on the loop`,
  );
}

/** Section 2: names that say nothing are not names. systemd's own word for itself is one: service manager. */
export function namesSaySomething(path: string): Finding[] {
  const parts = path.split('/').filter((part) => !part.startsWith('service-manager.'));
  return parts.some((part) => /^(?:.*[-_])?(?:utils?|helpers?|managers?)(?:\.\w+)*$/i.test(part))
    ? [{ path, line: 1, text: 'says nothing by its name' }]
    : [];
}

/** Section 2: a file begins with what it decides. */
export function beginsWithHeader(file: SourceFile): Finding[] {
  const text = file.text.replace(/^#!.*\n/, '');
  const header = /^(?:\/\*\*?([\s\S]*?)\*\/|((?:\/\/[^\n]*\n)+))/.exec(text);
  const words = (header?.[1] ?? header?.[2] ?? '')
    .replaceAll(/[^A-Za-z]+/g, ' ')
    .trim()
    .split(' ');
  return words.length >= 4
    ? []
    : [{ path: file.path, line: 1, text: 'does not begin with a header comment' }];
}

/** Lines after which a file decides more than one thing. */
export const LONGEST_FILE = 520;

export function filesStayShort(file: SourceFile): Finding[] {
  const lines = file.text.split('\n').length - 1;
  return lines > LONGEST_FILE ? [{ path: file.path, line: lines, text: `has ${lines} lines` }] : [];
}

/** Section 9: what earns its place. */
const CHOSEN = new Set([
  'koffi',
  'commander',
  'nodemailer',
  // A server for the tests of mail, by the hands that wrote nodemailer.
  'smtp-server',
  'dns-packet',
  'prom-client',
  'net-snmp',
  '@homebridge/dbus-native',
  'preact',
  'uplot',
  'esbuild',
  'fast-check',
  'playwright-core',
  'typescript',
  '@biomejs/biome',
]);

/** Section 9: only chosen dependencies, at exact versions. `@types/...` come with what they describe. */
export function dependenciesAreChosen(manifest: {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}): string[] {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  return Object.entries(all).flatMap(([name, version]) => [
    ...(CHOSEN.has(name) || name.startsWith('@types/') ? [] : [`${name} is not among DESIGN section 9`]),
    ...(/^\d+\.\d+\.\d+$/.test(version) ? [] : [`${name} ${version} is not an exact version`]),
  ]);
}
