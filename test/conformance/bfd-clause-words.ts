/** Words that the clauses about BFD share: where their tests are, and why some are left out. */
export const SESSION = 'test test/core/bfd/session.test.ts:';
export const CHECKS = 'test test/core/bfd/receive-checks.test.ts:';
export const STATES = 'test test/core/bfd/transitions.test.ts:';
export const VARIABLES = 'test test/core/bfd/variables.test.ts:';
export const SEALS = 'test test/core/bfd/authentication.test.ts:';
export const WIRE = 'test test/wire/bfd-control.test.ts:';
export const LAB = 'test test/lab/bfd.test.ts: BFD in the lab';
export const NO_ECHO =
  'Left out: there is no Echo function, as in Keepalived; a neighbour is told so by a Required Min Echo RX Interval of 0.';
export const NO_DEMAND =
  'Left out: we never ask for Demand mode, as in Keepalived: who is silent cannot be told from who is dead by somebody else. That of a neighbour is respected.';
export const NO_PLANE =
  'Left out: BFD and what it watches live in one kernel; there is no other plane to report on.';
