/** Links of every kind, in a kernel that has them. */
import { cases } from './link-cases.js';
import { kernelSuite } from './suite.js';

await kernelSuite('links in a kernel of its own', new URL('./link-cases.js', import.meta.url), cases);
