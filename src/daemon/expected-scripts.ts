/**
 * Whether a configuration will have programs started, so that their runner is there before the first one is due:
 * the loop must not wait for a fork in the moment of a transition. (DESIGN rule 11)
 */
import type { Configuration, NotifySettings } from '../config/model.js';

export function expectsScripts({ scripts, instances, syncGroups }: Configuration): boolean {
  return scripts.length > 0 || [...instances, ...syncGroups].some(({ notify }) => tellsPrograms(notify));
}

const tellsPrograms = (notify: NotifySettings): boolean =>
  Object.values(notify).some((command) => command !== undefined && command !== 'fifo');
