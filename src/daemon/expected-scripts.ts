/**
 * Whether a configuration will have programs started or messages sent, so that their runner is there before the first is due:
 * the loop must not wait for a fork in the moment of a transition. (DESIGN rule 11)
 */
import type { Configuration, NotifySettings } from '../config/model.js';

export function expectsScripts({ globals, scripts, instances, syncGroups }: Configuration): boolean {
  const { notifyFifo, vrrpNotifyFifo } = globals;
  if (scripts.length > 0 || notifyFifo || vrrpNotifyFifo) return true;
  return [...instances, ...syncGroups].some(({ notify }) => tellsPrograms(notify));
}

/** The same for the thread that delivers mail and webhooks. */
export function expectsMessages({ globals, instances, syncGroups }: Configuration): boolean {
  const told = [...instances, ...syncGroups];
  const mails = globals.smtpServer !== undefined && told.some(({ smtpAlert }) => smtpAlert);
  return mails || [globals, ...told].some(({ notifyUrls }) => (notifyUrls ?? []).length > 0);
}

const tellsPrograms = (notify: NotifySettings): boolean =>
  Object.values(notify).some((command) => command !== undefined && command !== 'fifo');
