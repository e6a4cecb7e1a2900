/** The unit under systemd, booted in a kernel of its own. */
import { kernelSuite } from './suite.js';
import { cases } from './systemd-cases.js';

await kernelSuite('the unit under systemd', new URL('./systemd-cases.js', import.meta.url), cases);
