/** Random load balancing beside Debian's keepalived, in a kernel that has IPVS. */
import { cases } from './lvs-fuzz-cases.js';
import { kernelSuite } from './suite.js';

await kernelSuite('load balancing beside keepalived', new URL('./lvs-fuzz-cases.js', import.meta.url), cases);
