/**
 * As whom commands run that name nobody: `script_user` (configuration reference section 11). It holds for the whole
 * configuration, wherever it stands in it; what happens without one is decided where commands are started.
 */
import type { Command, Configuration, NotifySettings } from '../model.js';

export function nameScriptUser(configuration: Configuration): Configuration {
  const { scriptUser: user, scriptGroup: group } = configuration.globals;
  if (user === undefined) return configuration;
  const named = (command: Command): Command =>
    command.user === undefined ? { ...command, user, ...(group === undefined ? {} : { group }) } : command;
  const notify = <T extends { readonly notify: NotifySettings }>(holder: T): T => ({
    ...holder,
    notify: Object.fromEntries(
      Object.entries(holder.notify).map(([state, command]: [string, Command | 'fifo']) => [
        state,
        command === 'fifo' ? command : named(command),
      ]),
    ),
  });
  const readers = Object.fromEntries(
    (['notifyFifoScript', 'vrrpNotifyFifoScript', 'lvsNotifyFifoScript'] as const).flatMap((key) => {
      const command = configuration.globals[key];
      return command ? [[key, named(command)]] : [];
    }),
  );
  return {
    ...configuration,
    globals: { ...configuration.globals, ...readers },
    scripts: configuration.scripts.map((script) => ({ ...script, command: named(script.command) })),
    instances: configuration.instances.map(notify),
    syncGroups: configuration.syncGroups.map(notify),
  };
}
