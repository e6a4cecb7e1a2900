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
  for (const { command, statement, missing } of commandsIn(root, values, globals?.scriptUser?.value ?? {})) {
    const at = argumentSpan(statement);
    const facts = look(command);
    if (facts.identity !== undefined) report('identityUnknown', at, facts.identity);
    if (facts.program !== undefined) report(missing, at, facts.program);
    else if (facts.unsafe !== undefined)
      report(secure ? 'programRefused' : 'programUnsafe', at, facts.unsafe);
    else if (secure && facts.asOurselves && facts.identity === undefined)
      report('identityUnknown', at, 'no user is named for it, and there is no user keepalived_script', {
        remedy:
          'Name one behind the command, in script_user, or create it: useradd --system keepalived_script.',
      });
    if (facts.program === undefined) first ??= statement;
  }
  if (first && !secure) {
    report(
      'scriptSecurityOff',
      argumentSpan(first),
      'programs are run, but enable_script_security is not set',
    );
  }
}

/** Every command of a block and of the blocks inside, with the identity that applies where it names none. */
function* commandsIn(
  block: Block<unknown, Rows>,
  values: Readonly<Record<string, unknown>>,
  outer: Identity,
): Generator<{ command: Command; statement: Statement; missing: CodeName }> {
  const own = Object.entries(block.rows).find(
    ([, row]) => row.kind === 'line' && row.keyword === 'user' && row.argument === userAndGroup,
  );
  const user = own && (values[own[0]] as Bound<Identity> | undefined);
  const identity = user?.value ?? outer;
  for (const [key, bound] of Object.entries(values)) {
    const row = block.rows[key];
    if (!row || bound === undefined) continue;
    if (row.kind === 'line' && row.argument === commandArgument) {
      const { value, statement } = bound as Bound<Command>;
      const command = value.user === undefined ? { ...identity, argv: value.argv } : value;
      yield { command, statement, missing: MISSING[block.name] ?? 'programMissing' };
    } else if (row.kind === 'block' || row.kind === 'blocks') {
      const all = (row.kind === 'block' ? [bound] : bound) as readonly BoundBlock<unknown, Rows>[];
      for (const inner of all) yield* commandsIn(row.block(), inner.values, identity);
    }
  }
}
