/** What is promised about BFD beyond what its RFCs demand, each with the tests that fail when it is untrue. */
import type { Guard, Promised } from './promise.js';

export const BFD_PROMISES: readonly Promised[] = [];

export const BFD_GUARDS: readonly Guard[] = [];
