/** What the daemon and the thread that polls links tell each other (linkbeat.ts, linkbeat-thread.ts). Plain data. */
import type { LinkbeatMethod } from '../core/effects.js';

export type ToLinkbeat =
  | { readonly kind: 'watch'; readonly interface: string; readonly method?: LinkbeatMethod }
  | { readonly kind: 'unwatch'; readonly interface: string };

export interface FromLinkbeat {
  readonly interface: string;
  readonly up: boolean;
  readonly method: LinkbeatMethod;
}
