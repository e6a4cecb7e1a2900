/**
 * What a command would meet if it were started now: program, user, and who could change what root runs. Looks
 * at the file system, so it belongs to workers and commands, never to the loop. The runner decides for itself
 * when it starts something. (configuration reference section 11)
 */
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MAX_SYMBOLIC_LINKS } from '../base/limits.js';
import type { CommandFacts } from '../config/checks/commands.js';
import type { Command } from '../config/model.js';
import { resolveIdentity, resolveProgram } from './script-command.js';

const OTHERS_MAY_WRITE = 0o002;
const GROUP_MAY_WRITE = 0o020;
const STICKY = 0o1000;

export function commandFacts(command: Command): CommandFacts {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const identity = resolveIdentity(command, own);
  // That others than root cannot change users is no finding about the file.
  const unknown = !identity.ok && identity.error.code !== 'EPERM' ? identity.error.message : undefined;
  const program = resolveProgram(command.argv[0], process.env);
  const asRoot = identity.ok && (identity.value ?? own).uid === 0;
  const unsafe = program.ok && asRoot ? whoCouldChange(program.value) : undefined;
  return {
    ...(unknown === undefined ? {} : { identity: unknown }),
    ...(program.ok ? {} : { program: program.error.message }),
    ...(unsafe === undefined ? {} : { unsafe }),
  };
}

/** The first part of the path, links followed, that others than root may change; a sentence. */
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
      if (wrong !== undefined) return `${here} ${wrong}, and root would run ${path}`;
    }
  }
  return `${path} is a link through too many links`;
}

function openTo(facts: Stats): string | undefined {
  if (facts.uid !== 0) return `belongs to user ${facts.uid}`;
  // In a sticky folder nobody may replace what belongs to root.
  if (facts.isDirectory() && (facts.mode & STICKY) !== 0) return undefined;
  if ((facts.mode & OTHERS_MAY_WRITE) !== 0) return 'may be written by everybody';
  if ((facts.mode & GROUP_MAY_WRITE) !== 0 && facts.gid !== 0) return `may be written by group ${facts.gid}`;
  return undefined;
}
