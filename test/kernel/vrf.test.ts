/** VRF, in a kernel that has it. */
import { kernelSuite } from './suite.js';
import { cases } from './vrf-cases.js';

await kernelSuite('a virtual router in a VRF', new URL('./vrf-cases.js', import.meta.url), cases);
