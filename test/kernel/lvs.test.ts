/** Load balancing whole, in a kernel that has IPVS. */
import { cases } from './lvs-cases.js';
import { kernelSuite } from './suite.js';

await kernelSuite('load balancing with IPVS', new URL('./lvs-cases.js', import.meta.url), cases);
