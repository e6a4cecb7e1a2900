/** All cases, by the blocks of their keywords. */
import type { EffectCase } from './case.js';
import { GLOBAL_CASES } from './global-cases.js';
import { GROUP_CASES } from './group-cases.js';
import { INSTANCE_CASES } from './instance-cases.js';
import { TRACKER_CASES } from './tracker-cases.js';

export { ELSEWHERE } from './global-cases.js';

export const CASES: readonly EffectCase[] = [
  ...INSTANCE_CASES,
  ...GROUP_CASES,
  ...TRACKER_CASES,
  ...GLOBAL_CASES,
];
