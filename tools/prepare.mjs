// Makes a checkout ready to run: installs the dependencies and builds dist/, but only what is missing or
// out of date, and silently when nothing is. Every `npm run` script of package.json begins with this file, so
// it must itself need nothing but Node. What to do with the result is left to the script that follows.
//
// Exit codes: 0 ready; 1 not ready, with a message on standard error that names the remedy.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sourceFolders = ['src', 'test', 'bench'];
const stampFile = join(root, 'dist', '.prepared');
const buildInfoFile = join(root, 'dist', '.tsbuildinfo');
/** What bin/holdfast runs: a bundle of all that this module needs. */
const bootSource = join(root, 'src', 'daemon', 'boot.ts');
const bundledBoot = join(root, 'dist', 'bundle', 'boot.cjs');
const lockWaitMs = 10 * 60 * 1000;

function say(text) {
  process.stderr.write(`prepare: ${text}\n`);
}

/** Ends the program with a message: first what is wrong, then what to do about it. */
function giveUp(problem, remedy) {
  process.stderr.write(`prepare: ${problem}\n`);
  for (const line of remedy) process.stderr.write(`         ${line}\n`);
  process.exit(1);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 11)) return;
  giveUp(`Node.js ${process.versions.node} is too old: Holdfast needs 20.11 or newer.`, [
    'Debian 13 and Ubuntu 24.10 or newer ship one: apt install nodejs npm',
    'Elsewhere take the current LTS from https://nodejs.org/',
  ]);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Whether node_modules holds exactly what package-lock.json asks for. npm leaves its own account of what it
 * installed in node_modules/.package-lock.json; comparing the two needs no stamp of ours and is right however
 * the installation came about. Packages for other platforms are allowed to be absent.
 */
function dependenciesAreInstalled() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const present = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (wanted === undefined || present === undefined) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const installed = present[path];
    if (installed === undefined) {
      if (entry.optional !== true) return false;
    } else if (installed.version !== entry.version || installed.integrity !== entry.integrity) {
      return false;
    }
    if (installed !== undefined && !existsSync(join(root, path))) return false;
  }
  return Object.keys(present).every((path) => path in wanted);
}

function* typescriptFiles(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* typescriptFiles(path);
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts')) yield path;
  }
}

function listSources() {
  return sourceFolders.flatMap((folder) => [...typescriptFiles(join(root, folder))]).sort();
}

function outputOf(source) {
  return join(root, 'dist', relative(root, source).replace(/\.ts$/, '.js'));
}

/**
 * One hash over everything that decides what the build makes: which files there are, their sizes and times; and the
 * version of Node, for which the bundle's code caches are made.
 */
function fingerprint(sources) {
  const hash = createHash('sha256').update(`${process.version}\n`);
  const tools = [
    ...['tsconfig.json', 'package-lock.json', 'bin/holdfast', 'tools/bundle.mjs', 'tools/code-cache.mjs'],
    ...['tools/code-cache-trial.mjs', 'tools/code-cache-keeper.cjs'],
  ].map((file) => join(root, file));
  for (const file of [...sources, ...tools.filter((tool) => existsSync(tool))]) {
    const facts = statSync(file);
    hash.update(`${relative(root, file)}\0${facts.size}\0${facts.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function buildIsCurrent(sources) {
  let stamp;
  try {
    stamp = readFileSync(stampFile, 'utf8');
  } catch {
    return false;
  }
  if (stamp !== fingerprint(sources) || !sources.every((source) => existsSync(outputOf(source))))
    return false;
  return !sources.includes(bootSource) || existsSync(bundledBoot);
}

function describeWho(file) {
  try {
    return `user id ${statSync(file).uid}`;
  } catch {
    return 'another user';
  }
}

/** The tree belongs to somebody else: say so at once, before npm or tsc say it in their own way. */
function checkWritable() {
  const probe = join(root, 'dist');
  try {
    mkdirSync(probe, { recursive: true });
    writeFileSync(join(probe, '.writable'), '');
    rmSync(join(probe, '.writable'));
  } catch (error) {
    giveUp(`${probe} cannot be written (${error.code}).`, [
      `This checkout belongs to ${describeWho(root)}, and you are user id ${process.getuid?.()}.`,
      'Run `npm run build` once as its owner, or make a clone of your own: git clone THIS YOURS',
    ]);
  }
}

function install() {
  say('installing dependencies (npm ci)');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund'];
  args.push('--fetch-retries=2', '--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=8000');
  const [program, programArgs] =
    npm?.endsWith('.js') === true ? [process.execPath, [npm, ...args]] : ['npm', args];
  const run = spawnSync(program, programArgs, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (run.error?.code === 'ENOENT') {
    giveUp('npm is not installed, and the dependencies are not there yet.', [
      'Install it (Debian: apt install npm), or bring node_modules/ from a machine that has it.',
    ]);
  }
  if (run.status === 0) return;
  const said = `${run.stdout ?? ''}${run.stderr ?? ''}`;
  process.stderr.write(said);
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/.test(
      said,
    )
  ) {
    giveUp('the npm registry cannot be reached.', [
      'See which one it is: npm config get registry',
      'Check the network, or name a proxy or a mirror: npm config set proxy URL, npm config set registry URL',
      'Without any network: copy node_modules/ from a checkout of the same commit that has it.',
    ]);
  }
  if (/EACCES|EROFS|EPERM/.test(said)) {
    giveUp('npm could not write what it installs.', [
      'Its cache is in ~/.npm and must belong to you; HOME must be writable: HOME=/tmp/me npm test',
    ]);
  }
  giveUp(`npm ci failed with exit code ${run.status ?? run.signal}; its own words are above.`, [
    'If package.json was just edited, run `npm install` to bring package-lock.json up to date.',
  ]);
}

/** Removes compiled files whose source is gone: a deleted test must not go on running. */
function removeOrphans(sources) {
  const wanted = new Set(sources.map(outputOf));
  const visit = (folder) => {
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (/\.js(\.map)?$/.test(entry.name) && !wanted.has(path.replace(/\.map$/, ''))) rmSync(path);
    }
  };
  for (const folder of sourceFolders) visit(join(root, 'dist', folder));
}

function build(sources) {
  say('building (tsc)');
  const before = fingerprint(sources);
  // The compiler believes its build information, not the folder: where an output is gone it must start anew.
  if (!sources.every((source) => existsSync(outputOf(source)))) rmSync(buildInfoFile, { force: true });
  rmSync(stampFile, { force: true });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const run = spawnSync(
    process.execPath,
    [compiler, '-p', root, '--pretty', String(process.stderr.isTTY === true)],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  if (run.status !== 0) {
    process.stderr.write(`${run.stdout ?? ''}${run.stderr ?? ''}${run.error?.message ?? ''}`);
    giveUp('the sources do not compile.', [
      'Mend what the compiler names above, then run the same command again.',
    ]);
  }
  removeOrphans(sources);
  const missing = sources.find((source) => !existsSync(outputOf(source)));
  if (missing !== undefined) {
    giveUp(`the compiler made nothing of ${relative(root, missing)}.`, [
      'Is it outside `include` in tsconfig.json?',
    ]);
  }
  if (sources.includes(bootSource)) bundle();
  writeFileSync(stampFile, before);
}

function bundle() {
  const run = spawnSync(process.execPath, [join(root, 'tools', 'bundle.mjs'), root], { encoding: 'utf8' });
  if (run.status === 0) return;
  process.stderr.write(`${run.stdout ?? ''}${run.stderr ?? ''}${run.error?.message ?? ''}`);
  giveUp('the daemon could not be bundled (esbuild); its own words are above.', [
    'If it cannot run on this machine, say which processor and system: node -p process.platform,process.arch',
  ]);
}

/**
 * Runs `work` while no other copy of this program does so in the same checkout. The lock is a listening socket
 * in Linux's abstract namespace: it has no file to go stale, and the kernel frees it however its owner ends.
 */
async function alone(work) {
  const name = `\0holdfast-prepare-${createHash('sha256').update(root).digest('hex').slice(0, 32)}`;
  const until = Date.now() + lockWaitMs;
  let told = false;
  for (;;) {
    const server = await listen(name);
    if (server !== undefined) {
      work();
      server.close();
      return;
    }
    if (!told) say('another run is preparing this checkout; waiting for it');
    told = true;
    if (Date.now() > until) {
      giveUp('another run has been preparing this checkout for ten minutes.', [
        'Look for it: pgrep -af prepare.mjs',
      ]);
    }
    await untilReleased(name);
  }
}

function listen(name) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(name, () => resolve(server));
  });
}

/** The owner never accepts: the connection stays until it closes the socket, or a second has passed. */
function untilReleased(name) {
  return new Promise((resolve) => {
    const socket = connect(name);
    const done = () => {
      socket.destroy();
      setTimeout(resolve, 20);
    };
    socket.setTimeout(1000, done);
    socket.once('close', done);
    socket.once('error', done);
  });
}

function prepare() {
  if (!dependenciesAreInstalled()) {
    checkWritable();
    install();
  }
  const sources = listSources();
  if (!buildIsCurrent(sources)) {
    checkWritable();
    build(sources);
  }
}

checkNode();
// An installed package carries dist/ and no sources: there is nothing to prepare.
if (existsSync(join(root, 'tsconfig.json')) && existsSync(join(root, 'src'))) {
  if (!dependenciesAreInstalled() || !buildIsCurrent(listSources())) await alone(prepare);
} else if (!existsSync(join(root, 'dist', 'src'))) {
  giveUp(`${root} holds neither sources nor a build.`, ['Install it again, or clone the repository.']);
}
