/**
 * As whom, and by which path, commands run that do not say it themselves: `script_user`, `set_supplementary_groups`
 * and `use_symlink_paths` (configuration reference section 11). They hold for the whole configuration, wherever they
 * stand in it; what happens without a user is decided where commands are started.
 */
import { withCommands } from '../commands.js';
import type { Command, Configuration } from '../model.js';

export function nameScriptUser(configuration: Configuration): Configuration {
  const { scriptUser, scriptGroup, scriptSupplementaryGroups, setSupplementaryGroups, useSymlinkPaths } =
    configuration.globals;
  const usual: Partial<Command> = {
    ...(scriptUser === undefined ? {} : { user: scriptUser }),
    ...(scriptGroup === undefined ? {} : { group: scriptGroup }),
    ...(scriptSupplementaryGroups ? { supplementaryGroups: true } : {}),
  };
  return withCommands(configuration, (command) => ({
    ...(command.user === undefined ? { ...command, ...usual } : command),
    ...(setSupplementaryGroups ? { supplementaryGroups: true } : {}),
    ...(useSymlinkPaths === false ? { realPath: true } : {}),
  }));
}
