/**
 * What is started and as whom: a command's file, found as a shell would find it, and numbers for the names of
 * users and groups. It only looks; the runner starts. Runs in the runner's process, where blocking on a slow
 * file system holds up no advert. Reference: config-language section 11.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { ok, type Result, refuse } from '../base/result.js';
import { nearest } from '../config/suggest.js';
import type { Failure } from '../core/inputs.js';

/** Used where the environment has no PATH. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Whoever nobody named: this user if it exists, as Keepalived has it. */
const DEFAULT_USER = 'keepalived_script';
/** Variables that would change what a privileged shell or the dynamic linker does. */
const UNSAFE_VARIABLES = ['IFS', 'LD_PRELOAD', 'LD_LIBRARY_PATH'];

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Who a command runs as when it names nobody; undefined: as we are. */
export const defaultUser = (own: Identity, root = ''): Result<Identity | undefined, Failure> =>
  own.uid === 0 ? findUser(DEFAULT_USER, root) : ok(undefined);

/** The environment of scripts: ours, without what is unsafe. */
export function scriptEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const copy = { ...environment };
  for (const name of UNSAFE_VARIABLES) delete copy[name];
  return copy;
}

const failure = (code: string, message: string): { readonly ok: false; readonly error: Failure } =>
  refuse({ code, message });

/** What was read of a database, and of which file: one that was changed has another time, size or place. */
interface Database {
  readonly stamp: string;
  readonly records: readonly (readonly string[])[];
}

const databases = new Map<string, Database>();

/** The code of a failure that says nothing about who exists: a database is there, and cannot be read just now. */
export const UNREADABLE = 'EDATABASE';

/**
 * The lines of a colon-separated database as fields, read again when it was changed. Without the file there is nobody. One
 * that cannot be read is another matter: whoever took that for "there is no such user" would run as root what is another
 * user's, or leave a check out.
 */
function records(path: string): Result<readonly (readonly string[])[], Failure> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(path);
    const stamp = `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
    let database = databases.get(path);
    if (database?.stamp !== stamp) {
      const lines = readFileSync(path, 'utf8').split('\n');
      database = { stamp, records: lines.map((line) => line.split(':')) };
      databases.set(path, database);
    }
    return ok(database.records);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
    if (code === 'ENOENT' || code === 'ENOTDIR') return ok([]);
    return failure(UNREADABLE, `${path} cannot be read (${code}), so nobody can be found in it`);
  }
}

const NUMBER = /^[0-9]{1,10}$/;

function findUser(name: string, root: string): Result<Identity | undefined, Failure> {
  const known = records(`${root}/etc/passwd`);
  if (!known.ok) return known;
  for (const [login, , uid, gid] of known.value) {
    if (uid === undefined || gid === undefined || !NUMBER.test(uid) || !NUMBER.test(gid)) continue;
    if (login === name || uid === name) return ok({ uid: Number(uid), gid: Number(gid) });
  }
  return ok(undefined);
}

function findGroup(name: string, root: string): Result<number | undefined, Failure> {
  const known = records(`${root}/etc/group`);
  if (!known.ok) return known;
  for (const [group, , gid] of known.value) {
    if (gid !== undefined && NUMBER.test(gid) && (group === name || gid === name)) return ok(Number(gid));
  }
  return ok(undefined);
}

/** The beginning of a remedy, where a name of that database is near the unknown one. */
function perhaps(name: string, database: string): string {
  const known = records(database);
  const near = known.ok
    ? nearest(
        name,
        known.value.map(([one = '']) => one),
      )
    : undefined;
  return near === undefined ? '' : `did you mean ${near}? Otherwise `;
}

/**
 * Numbers for a command's user and group; undefined: stay who we are. `root` is where /etc is, for tests. Names
 * that only a directory service knows are not found: the message says so.
 */
export function resolveIdentity(
  command: { readonly user?: string; readonly group?: string },
  own: Identity,
  root = '',
): Result<Identity | undefined, Failure> {
  const { user, group } = command;
  if (user === undefined) return defaultUser(own, root);
  const known = findUser(user, root);
  if (!known.ok) return known;
  const found = known.value;
  if (!found)
    return failure(
      'EUSER',
      `the user "${user}" is not in /etc/passwd; ${perhaps(user, `${root}/etc/passwd`)}create it (useradd --system ${user}) or name another after the script`,
    );
  let gid = found.gid;
  if (group !== undefined) {
    const knownGroup = findGroup(group, root);
    if (!knownGroup.ok) return knownGroup;
    const foundGroup = knownGroup.value;
    if (foundGroup === undefined)
      return failure(
        'EGROUP',
        `the group "${group}" is not in /etc/group; ${perhaps(group, `${root}/etc/group`)}create it (groupadd --system ${group}) or name another`,
      );
    gid = foundGroup;
  }
  if (found.uid === own.uid && gid === own.gid) return ok(undefined);
  if (own.uid !== 0)
    return failure(
      'EPERM',
      `it should run as ${user}, but only root may start programs as somebody else: run holdfast as root`,
    );
  return ok({ uid: found.uid, gid });
}

/**
 * A command with all groups of its user: Node gives up the groups of whom it starts, so setpriv(1) of util-linux,
 * which every Debian has, takes the step from us to that user.
 */
export const withAllGroups = ({ uid, gid }: Identity, argv: readonly string[]): readonly string[] => [
  'setpriv',
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--init-groups',
  '--',
  ...argv,
];

/** The file to execute: a path as it is, a bare name looked up in PATH. The refusal names path and remedy. */
export function resolveProgram(name: string, environment: NodeJS.ProcessEnv): Result<string, Failure> {
  if (name.includes('/')) return checkProgram(name);
  const path = environment['PATH'] ?? DEFAULT_PATH;
  let first: Result<string, Failure> | undefined;
  for (const folder of path.split(':')) {
    if (folder === '') continue;
    const candidate = `${folder}/${name}`;
    // A folder that is missing or closed to us is passed over, as a shell does.
    if (!existsSync(candidate)) continue;
    const checked = checkProgram(candidate);
    if (checked.ok) return checked;
    first ??= checked;
  }
  return (
    first ?? failure('ENOENT', `there is no program "${name}" in PATH (${path}); give its full path instead`)
  );
}

function checkProgram(path: string): Result<string, Failure> {
  let mode: number;
  try {
    const facts = statSync(path);
    if (facts.isDirectory()) return failure('EISDIR', `${path} is a directory; name the program inside it`);
    if (!facts.isFile())
      return failure('EACCES', `${path} is not a regular file, so it cannot be executed; name a program`);
    mode = facts.mode;
  } catch (error) {
    return failure(...missing(path, error));
  }
  if ((mode & 0o111) === 0)
    return failure('EACCES', `${path} is not executable; make it so with: chmod +x ${path}`);
  return ok(path);
}

function missing(path: string, error: unknown): [code: string, message: string] {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
  if (code === 'ENOENT')
    return [code, `${path} does not exist; put the script there or correct the path in the configuration`];
  if (code === 'EACCES')
    return [code, `${path} cannot be looked at: a folder above it is closed to us; open it with: chmod a+x`];
  return [code, `${path} cannot be looked at (${code})`];
}

/** Why the kernel would not start what looked right. */
export function startFailure(code: string, path: string, user: string | undefined): Failure {
  const whom = user === undefined ? 'the daemon' : `the user ${user}`;
  const reasons: Readonly<Record<string, string>> = {
    EACCES: `${path} cannot be executed by ${whom}: check its mode, the folders above it, and noexec mounts`,
    ENOENT: `${path} names an interpreter (#!) that does not exist; install it or correct the first line`,
    EPERM: `${path} cannot be started as ${whom}: not permitted; run holdfast as root, or name no user`,
    E2BIG: `${path} has more arguments than can be passed; give it a file instead`,
    EAGAIN: `${path} cannot be started: too many processes; raise TasksMax or ulimit -u`,
    ENOMEM: `${path} cannot be started: no memory left; raise MemoryMax or free some`,
    EMFILE: `${path} cannot be started: too many open descriptors; raise LimitNOFILE or ulimit -n`,
  };
  return { code, message: reasons[code] ?? `${path} cannot be started (${code})` };
}
