/**
 * Leaves out the commands that cannot or must not run: a program that is missing, somebody whom this machine does not
 * know, and with `enable_script_security` what others than root could change (configuration reference section 11).
 * checks/commands.ts says why; a script that vanishes later counts as failed when it should run.
 */
import type { CommandFacts } from '../checks/commands.js';
import { withCommands } from '../commands.js';
import type { Command, Configuration } from '../model.js';

export function withoutUnusable(
  configuration: Configuration,
  look: (command: Command) => CommandFacts,
): Configuration {
  const secure = configuration.globals.enableScriptSecurity;
  return withCommands(configuration, (command) => (mayRun(look(command), secure) ? command : undefined));
}

export function mayRun(facts: CommandFacts, secure: boolean): boolean {
  if (facts.program !== undefined || facts.identity !== undefined) return false;
  return !secure || (facts.unsafe === undefined && facts.asOurselves !== true);
}
