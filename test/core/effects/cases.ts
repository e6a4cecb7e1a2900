/** All cases, by the blocks of their keywords. */
import { AUTHENTICATION_CASES, AUTHENTICATION_ELSEWHERE, STRAY_CASES } from './authentication-cases.js';
import { BFD_CASES } from './bfd-cases.js';
import type { EffectCase, ShownElsewhere } from './case.js';
import { CHECKER_CASES } from './checker-cases.js';
import { DATA_PLANE_ELSEWHERE } from './data-plane-cases.js';
import { DUMPS_ELSEWHERE } from './dump-cases.js';
import { GLOBAL_CASES, OTHERWISE_SHOWN } from './global-cases.js';
import { GROUP_CASES } from './group-cases.js';
import { INSTANCE_CASES } from './instance-cases.js';
import { LIFE_CASES, RELOAD_ELSEWHERE } from './life-cases.js';
import { LVS_CASES } from './lvs-cases.js';
import { OPTION_CASES } from './option-cases.js';
import { PROCESS_CASES, PROCESS_ELSEWHERE } from './process-cases.js';
import { ROUTING_CASES, ROUTING_ELSEWHERE } from './routing-cases.js';
import { TRACKER_CASES } from './tracker-cases.js';

export { OPTIONS, WITHOUT_EFFECT } from './option-cases.js';

export const ELSEWHERE: readonly ShownElsewhere[] = [
  ...OTHERWISE_SHOWN,
  ...AUTHENTICATION_ELSEWHERE,
  ...RELOAD_ELSEWHERE,
  ...DUMPS_ELSEWHERE,
  ...DATA_PLANE_ELSEWHERE,
  ...ROUTING_ELSEWHERE,
  ...PROCESS_ELSEWHERE,
];

export const CASES: readonly EffectCase[] = [
  ...INSTANCE_CASES,
  ...AUTHENTICATION_CASES,
  ...LIFE_CASES,
  ...STRAY_CASES,
  ...GROUP_CASES,
  ...TRACKER_CASES,
  ...BFD_CASES,
  ...ROUTING_CASES,
  ...GLOBAL_CASES,
  ...OPTION_CASES,
  ...PROCESS_CASES,
  ...LVS_CASES,
  ...CHECKER_CASES,
];
