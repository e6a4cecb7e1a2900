/** What is promised about load balancing, each with the tests that fail when it is untrue. */
import type { Guard, Promised } from './promise.js';

export const LVS_PROMISES: readonly Promised[] = [];

export const LVS_GUARDS: readonly Guard[] = [];
