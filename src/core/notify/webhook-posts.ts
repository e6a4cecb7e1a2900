/**
 * What a webhook is told: one JSON object for each transition and each change of priority, with its cause. Which
 * URLs there are is decided in messages.ts; posting, signing and trying again is the host's work.
 * docs/guides/notifications.md describes the fields for who receives them.
 */
import type { Cause, Event } from '../effects.js';

/** The layout of the object; raised when a field changes its meaning. */
const LAYOUT = 1;

/** The body of a post, without the router's name, which the host knows. Undefined: webhooks are not told. */
export function webhookBody(event: Event): Readonly<Record<string, string | number | Cause>> | undefined {
  // Seconds since 1970 as a decimal, as every language can read them.
  const time = event.wall / 1e6;
  switch (event.type) {
    case 'transition':
      if (event.to === 'INIT') return undefined;
      return {
        layout: LAYOUT,
        event: 'transition',
        type: event.subject,
        name: event.name,
        from: event.from,
        to: event.to,
        priority: event.priority,
        reason: event.reason.text,
        code: event.reason.code,
        ...(event.reason.cause ? { cause: event.reason.cause } : {}),
        time,
      };
    case 'priority':
      return {
        layout: LAYOUT,
        event: 'priority',
        type: 'INSTANCE',
        name: event.name,
        from: event.from,
        to: event.to,
        priority: event.to,
        reason: event.reason.text,
        code: event.reason.code,
        ...(event.reason.cause ? { cause: event.reason.cause } : {}),
        time,
      };
    default:
      return undefined;
  }
}
