/**
 * Every command of a configuration, to be changed or left out: one walk for who runs it and for whether it may run.
 * A check script that is left out is taken from those who track it; others are simply not told. What a command
 * means is decided where it is run. (configuration reference section 11)
 */
import type { Command, Configuration, NotifySettings, TrackSettings } from './model.js';

const GLOBAL_COMMANDS = [
  'notifyFifoScript',
  'vrrpNotifyFifoScript',
  'lvsNotifyFifoScript',
  'startupScript',
  'shutdownScript',
] as const;

/** `change` gives what stands in its place; undefined: nothing does. */
export function withCommands(
  configuration: Configuration,
  change: (command: Command) => Command | undefined,
): Configuration {
  const scripts = configuration.scripts.flatMap((script) => {
    const command = change(script.command);
    return command ? [{ ...script, command }] : [];
  });
  const kept = new Set(scripts.map(({ name }) => name));
  const holder = <
    T extends { readonly notify: NotifySettings; readonly trackScripts: readonly TrackSettings[] },
  >(
    one: T,
  ): T => ({
    ...one,
    notify: changed(one.notify, change),
    trackScripts: one.trackScripts.filter(({ name }) => kept.has(name)),
  });
  const globals: Record<string, unknown> = { ...configuration.globals };
  for (const key of GLOBAL_COMMANDS) {
    const command = configuration.globals[key];
    if (!command) continue;
    const other = change(command);
    if (other) globals[key] = other;
    else delete globals[key];
  }
  return {
    ...configuration,
    globals: globals as unknown as Configuration['globals'],
    scripts,
    instances: configuration.instances.map(holder),
    syncGroups: configuration.syncGroups.map(holder),
  };
}

function changed(notify: NotifySettings, change: (command: Command) => Command | undefined): NotifySettings {
  return Object.fromEntries(
    Object.entries(notify).flatMap(
      ([state, command]: [string, Command | 'fifo']): [string, Command | 'fifo'][] => {
        if (command === 'fifo') return [[state, command]];
        const other = change(command);
        // That it was deleted is told to FIFOs all the same.
        if (!other) return state === 'deleted' ? [[state, 'fifo']] : [];
        return [[state, other]];
      },
    ),
  );
}
