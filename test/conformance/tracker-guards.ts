/**
 * What keeps trackers and notifications from harm by bad input, each with the text that does it and the test that fails
 * when that text is taken away. `node tools/guards.mjs` takes them away and runs those tests; docs/reference/conformance-trackers.md is
 * made of this list.
 */
import { NOTIFY_GUARDS } from './guards-notify.js';
import { SCRIPT_GUARDS } from './guards-scripts.js';
import { FILE_GUARDS } from './guards-trackers.js';

export interface Guard {
  /** What would happen without it. */
  readonly against: string;
  readonly file: string;
  /** The text in that file that is the guard, or what does its work in it. */
  readonly take: string;
  /** What stands there when it is taken away. */
  readonly leave: string;
  /** `test FILE: TITLE` */
  readonly by: string;
}

export const TRACKER_GUARDS: readonly Guard[] = [...SCRIPT_GUARDS, ...FILE_GUARDS, ...NOTIFY_GUARDS];
