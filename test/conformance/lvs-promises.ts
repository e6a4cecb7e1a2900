/** What is promised about load balancing, each with the tests that fail when it is untrue. */
import { BALANCER_GUARDS } from './guards-balancer.js';
import { CHECK_GUARDS } from './guards-checks.js';
import { CHECKER_PROMISES } from './lvs-promises-checkers.js';
import { PLANE_PROMISES } from './lvs-promises-planes.js';
import { PROOF_PROMISES } from './lvs-promises-proof.js';
import { SERVER_PROMISES } from './lvs-promises-servers.js';
import { TABLE_PROMISES } from './lvs-promises-table.js';
import type { Guard, Promised } from './promise.js';

export const LVS_PROMISES: readonly Promised[] = [
  ...TABLE_PROMISES,
  ...SERVER_PROMISES,
  ...CHECKER_PROMISES,
  ...PLANE_PROMISES,
  ...PROOF_PROMISES,
];

export const LVS_GUARDS: readonly Guard[] = [...CHECK_GUARDS, ...BALANCER_GUARDS];
