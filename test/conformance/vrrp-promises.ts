/** What is promised about VRRP beyond what its RFCs demand, each with the tests that fail when it is untrue. */
import { HOSTILE_GUARDS } from './guards-vrrp.js';
import type { Guard, Promised } from './promise.js';
import { LIFE_PROMISES } from './vrrp-promises-life.js';
import { NET_PROMISES } from './vrrp-promises-net.js';
import { WIRE_PROMISES } from './vrrp-promises-wire.js';

export const VRRP_PROMISES: readonly Promised[] = [...WIRE_PROMISES, ...NET_PROMISES, ...LIFE_PROMISES];

export const VRRP_GUARDS: readonly Guard[] = HOSTILE_GUARDS;
