/** What is promised about BFD beyond what its RFCs demand, each with the tests that fail when it is untrue. */
import type { Promised } from './promise.js';

export { BFD_GUARDS } from './guards-bfd.js';
export const BFD_PROMISES: readonly Promised[] = [];
