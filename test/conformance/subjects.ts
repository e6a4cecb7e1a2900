/**
 * What is promised beyond the RFCs, by subject. `npm run docs` makes docs/reference/promises-NAME.md of each;
 * `node tools/guards.mjs` takes the guards away and looks whether the test beside each fails.
 */
import { BFD_GUARDS, BFD_PROMISES } from './bfd-promises.js';
import { NOTIFY_GUARDS } from './guards-notify.js';
import { SCRIPT_GUARDS } from './guards-scripts.js';
import { FILE_GUARDS } from './guards-trackers.js';
import { LVS_GUARDS, LVS_PROMISES } from './lvs-promises.js';
import type { Subject } from './promise.js';
import { TRACKER_PROMISES } from './tracker-promises.js';
import { VRRP_GUARDS, VRRP_PROMISES } from './vrrp-promises.js';

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'vrrp',
    title: 'VRRP',
    about: 'VRRP beyond what its RFCs demand',
    promises: VRRP_PROMISES,
    guards: VRRP_GUARDS,
  },
  {
    name: 'trackers',
    title: 'Trackers and notifications',
    about: 'trackers, scripts and notifications',
    promises: TRACKER_PROMISES,
    guards: [...SCRIPT_GUARDS, ...FILE_GUARDS, ...NOTIFY_GUARDS],
  },
  {
    name: 'load-balancing',
    title: 'Load balancing',
    about: 'load balancing',
    promises: LVS_PROMISES,
    guards: LVS_GUARDS,
  },
  {
    name: 'bfd',
    title: 'BFD',
    about: 'BFD beyond what its RFCs demand',
    promises: BFD_PROMISES,
    guards: BFD_GUARDS,
  },
];
