/**
 * Commands, wherever the tables have one: whether this machine has the program and the user, and whether others
 * could change what root runs. (configuration reference section 11)
 */
import type { CodeName } from '../codes.js';
import type { Report } from '../diagnostics.js';
import type { Command } from '../model.js';
import { command as commandArgument, userAndGroup } from '../schema/entries.js';
import { root } from '../schema/root.js';
import type { Block, Bound, BoundBlock, Rows } from '../schema/row.js';
import type { RootValues } from '../settings/context.js';
import { argumentSpan, type Statement } from '../tree.js';

/** What would happen if the command were started now; sentences are for people. */
export interface CommandFacts {
  /** Why the program cannot be started. */
  readonly program?: string;
  /** Why nobody can be found to run it. */
  readonly identity?: string;
  /** What others than root could change, where root would run it, or with root's rights. */
  readonly unsafe?: string;
  /** Nobody is named, and there is no user for such scripts: it would run as the daemon itself. */
  readonly asOurselves?: true;
}

/** What a program that cannot be started means, by the block of its command; elsewhere it only tells. */
const MISSING: Readonly<Record<string, CodeName>> = {
  vrrp_script: 'checkMissing',
  MISC_CHECK: 'healthCheckMissing',
};

type Identity = Pick<Command, 'user' | 'group'>;

export function checkCommands(
  values: RootValues,
  look: (command: Command) => CommandFacts,
  report: Report,
): void {
  const globals = values.globals?.values;
  const secure = globals?.enableScriptSecurity !== undefined;
  let first: Statement | undefined;
  /** Said once where somebody is named, however many commands it is for. */
  const unknown = new Map<Statement, { readonly why: string; readonly remedy?: string; count: number }>();
  visitCommands(values, ({ command, statement, whom, missing }) => {
    const at = argumentSpan(statement);
    const facts = look(command);
    if (facts.identity !== undefined) {
      const known = unknown.get(whom);
      if (known) known.count += 1;
      // Without quotes a second word is who runs the first.
      else if (whom === statement && command.user !== undefined)
        unknown.set(whom, { why: facts.identity, remedy: argumentsNeedQuotes(command), count: 1 });
      else unknown.set(whom, { why: facts.identity, count: 1 });
    }
    if (facts.program !== undefined)
      report(missing, at, facts.program, looksQuoted(command.argv[0]) ? { remedy: PLAIN_QUOTES } : {});
    else if (facts.unsafe !== undefined)
      report(secure ? 'programRefused' : 'programUnsafe', at, facts.unsafe);
    else if (secure && facts.asOurselves && facts.identity === undefined)
      report('identityUnknown', at, 'no user is named for it, and there is no user keepalived_script', {
        remedy:
          'Name one behind the command, in script_user, or create it: useradd --system keepalived_script.',
      });
    if (facts.program === undefined) first ??= statement;
  });
  for (const [statement, { why, remedy, count }] of unknown)
    report(
      'identityUnknown',
      argumentSpan(statement),
      count === 1 ? why : `${why}; ${count} commands wait for that`,
      remedy === undefined ? {} : { remedy },
    );
  if (first && !secure) {
    report(
      'scriptSecurityOff',
      argumentSpan(first),
      'programs are run, but enable_script_security is not set',
      globals?.scriptUser === undefined ? {} : { remedy: 'Add enable_script_security to global_defs.' },
    );
  }
}

const PLAIN_QUOTES = 'Write plain quotes ("): these are typographic ones, which belong to the word.';

const looksQuoted = (word: string): boolean => /^[\u2018-\u201f]/.test(word);

const argumentsNeedQuotes = ({ argv, user }: Command): string =>
  `If ${user} is an argument, put it into quotes with the program: "${argv[0]} ${user} ..."; otherwise create the user, or name another.`;

interface Found {
  readonly command: Command;
  readonly statement: Statement;
  /** The line that names who runs it; its own where nobody is named. */
  readonly whom: Statement;
  readonly missing: CodeName;
}

/** Where a block has commands: most have none anywhere inside, and a large file has very many of those. */
interface Places {
  /** Of its own `user` line. */
  readonly user: string | undefined;
  readonly commands: ReadonlySet<string>;
  readonly inner: ReadonlyMap<string, AnyBlock>;
}
type AnyBlock = Block<unknown, Rows>;

const known = new WeakMap<AnyBlock, Places | undefined>();

/** Undefined: there are none. */
function placesIn(block: AnyBlock): Places | undefined {
  if (known.has(block)) return known.get(block);
  const commands = new Set<string>();
  const inner = new Map<string, AnyBlock>();
  let user: string | undefined;
  for (const [key, row] of Object.entries(block.rows)) {
    if (row.kind === 'line' && row.argument === commandArgument) commands.add(key);
    else if (row.kind === 'line' && row.keyword === 'user' && row.argument === userAndGroup) user = key;
    else if ((row.kind === 'block' || row.kind === 'blocks') && placesIn(row.block())) {
      inner.set(key, row.block());
    }
  }
  const places = commands.size + inner.size === 0 ? undefined : { user, commands, inner };
  known.set(block, places);
  return places;
}

/** Every command of a configuration, with the identity that applies where it names none. */
export function visitCommands(values: RootValues, visit: (found: Found) => void): void {
  visitInside(root, values, values.globals?.values.scriptUser, visit);
}

/** Those of a block and of the blocks inside; whether there are any. */
function visitInside(
  block: AnyBlock,
  values: Readonly<Record<string, unknown>>,
  outer: Bound<Identity> | undefined,
  visit: (found: Found) => void,
): boolean {
  const places = placesIn(block);
  if (!places) return false;
  let any = false;
  const user = places.user === undefined ? undefined : (values[places.user] as Bound<Identity> | undefined);
  const identity = user ?? outer;
  for (const key in values) {
    const bound = values[key];
    const inside = places.inner.get(key);
    if (inside) {
      const all = (Array.isArray(bound) ? bound : [bound]) as readonly BoundBlock<unknown, Rows>[];
      // What several blocks have inside is the same values: where there was none, there is none.
      let barren: object | undefined;
      for (const one of all) {
        if (one.values === barren) continue;
        if (visitInside(inside, one.values, identity, visit)) any = true;
        else barren = one.values;
      }
    } else if (places.commands.has(key)) {
      const { value, statement } = bound as Bound<Command>;
      const own = value.user !== undefined;
      visit({
        command: own ? value : { ...identity?.value, argv: value.argv },
        statement,
        whom: own ? statement : (identity?.statement ?? statement),
        missing: MISSING[block.name] ?? 'programMissing',
      });
      any = true;
    }
  }
  return any;
}
