/**
 * What a command would meet if it were started now: program, user, and who could change what root runs. Looks
 * at the file system, so it belongs to workers and commands, never to the loop. The runner decides for itself
 * when it starts something. (configuration reference section 11)
 */
import { lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MAX_SYMBOLIC_LINKS } from '../base/limits.js';
import type { CommandFacts } from '../config/checks/commands.js';
import type { Command } from '../config/model.js';
import { defaultUser, type Identity, resolveIdentity, resolveProgram, UNREADABLE } from './script-command.js';

const OTHERS_MAY_WRITE = 0o002;
const GROUP_MAY_WRITE = 0o020;
const STICKY = 0o1000;
const SET_USER_ID = 0o4000;
const SET_GROUP_ID = 0o2000;
const NO_FINDINGS: readonly string[] = ['EPERM', UNREADABLE];

/** `root` is where /etc is, for tests. */
export function commandFacts(command: Command, root = ''): CommandFacts {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const identity = resolveIdentity(command, own, root);
  // That others than root cannot change users is no finding about the file, nor is what cannot be known just now: a reload
  // that took that for a finding would leave out the checks of a router that runs well. The runner looks again.
  const unknown =
    !identity.ok && !NO_FINDINGS.includes(identity.error.code) ? identity.error.message : undefined;
  const whom = identity.ok ? (identity.value ?? own) : undefined;
  const program = resolveProgram(command.argv[0], process.env);
  const refused = program.ok
    ? whom && notExecutable(program.value, whom, command.user)
    : program.error.message;
  const unsafe = program.ok && whom ? unsafeFor(program.value, whom) : undefined;
  return {
    ...(unknown === undefined ? {} : { identity: unknown }),
    ...(refused === undefined ? {} : { program: refused }),
    ...(unsafe === undefined ? {} : { unsafe }),
    ...(command.user === undefined && own.uid === 0 && nobodyByDefault(own, root)
      ? { asOurselves: true as const }
      : {}),
  };
}

/** Whether who names nobody is meant to run as we are. */
function nobodyByDefault(own: Identity, root: string): boolean {
  const user = defaultUser(own, root);
  return user.ok && user.value === undefined;
}

/** Why that user could not start it: the file itself, or a folder above it, is closed to them. */
function notExecutable(path: string, whom: Identity, user: string | undefined): string | undefined {
  if (whom.uid === 0) return undefined;
  for (let here = path; ; here = dirname(here)) {
    let facts: Stats;
    try {
      facts = statSync(here);
    } catch {
      return undefined;
    }
    const bit = facts.uid === whom.uid ? 0o100 : facts.gid === whom.gid ? 0o010 : 0o001;
    if ((facts.mode & bit) === 0) {
      const closed = here === path ? 'may not be executed' : 'may not be entered';
      // Groups that are not the first one may let them in: only who is shut out for certain is said.
      if (facts.gid !== whom.gid && (facts.mode & 0o010) !== 0) return undefined;
      return `${here} (${describe(facts)}) ${closed} by ${user ?? `user ${whom.uid}`}; mend it: chmod ${here === path ? 'a+rx' : 'a+x'} ${here}`;
    }
    if (here === '/') return undefined;
  }
}

/** Only what acts with root's rights is a danger: by who runs it, or by the file's own bits. */
function unsafeFor(path: string, whom: Identity): string | undefined {
  if (whom.uid === 0 || whom.gid === 0) return whoCouldChange(path);
  try {
    const { mode, uid, gid } = statSync(path);
    const asRoot = ((mode & SET_USER_ID) !== 0 && uid === 0) || ((mode & SET_GROUP_ID) !== 0 && gid === 0);
    return asRoot ? whoCouldChange(path) : undefined;
  } catch {
    return undefined;
  }
}

/** The first part of the path, links followed, that others than root may change; a sentence with the remedy. */
export function whoCouldChange(path: string): string | undefined {
  const seen = new Set<string>();
  const waiting = [resolve(path)];
  for (let links = 0; links <= MAX_SYMBOLIC_LINKS; ) {
    const here = waiting.pop();
    if (here === undefined) return undefined;
    if (seen.has(here)) continue;
    seen.add(here);
    if (here !== '/') waiting.push(dirname(here));
    let facts: Stats;
    try {
      facts = lstatSync(here);
    } catch {
      return undefined;
    }
    if (facts.isSymbolicLink()) {
      links++;
      waiting.push(resolve(dirname(here), readlinkSync(here)));
    } else {
      const wrong = openTo(facts);
      if (wrong.length > 0)
        return `${here} (${describe(facts)}) ${wrong.map(({ what }) => what).join(' and ')}, and root would run ${path}; mend it: ${wrong.map(({ mend }) => `${mend} ${here}`).join(' && ')}`;
    }
  }
  return `${path} is a link through too many links`;
}

/** `owner 1000, group 100, mode 0775`, as stat(1) would show it. */
const describe = ({ uid, gid, mode }: Stats): string =>
  `owner ${uid}, group ${gid}, mode 0${(mode & 0o7777).toString(8).padStart(3, '0')}`;

/** What makes a part of the path others' to change, all of it, each with its remedy. */
function openTo(facts: Stats): readonly { readonly what: string; readonly mend: string }[] {
  const { uid, gid, mode } = facts;
  const owner = uid === 0 ? [] : [{ what: `belongs to user ${uid}`, mend: 'chown root' }];
  // In a sticky folder nobody may replace what belongs to root.
  if (facts.isDirectory() && (mode & STICKY) !== 0) return owner;
  if ((mode & OTHERS_MAY_WRITE) !== 0)
    return [...owner, { what: 'may be written by everybody', mend: 'chmod go-w' }];
  if ((mode & GROUP_MAY_WRITE) !== 0 && gid !== 0)
    return [...owner, { what: `may be written by group ${gid}`, mend: 'chmod g-w' }];
  return owner;
}
