/** What is promised about VRRP beyond what its RFCs demand, each with the tests that fail when it is untrue. */
import type { Guard, Promised } from './promise.js';

export const VRRP_PROMISES: readonly Promised[] = [];

export const VRRP_GUARDS: readonly Guard[] = [];
