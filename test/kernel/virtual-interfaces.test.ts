/** ipvlan, and virtual MACs within a VRF, in a kernel that has them. */
import { kernelSuite } from './suite.js';
import { cases } from './virtual-interface-cases.js';

const module = new URL('./virtual-interface-cases.js', import.meta.url);
await kernelSuite('virtual interfaces between two routers', module, cases);
