/**
 * The stories of the lab (lab.test.ts) with Debian's keepalived in either role. In a file of their own: they are two
 * thirds of all, and what a slow machine needs for a file has a bound (tools/test.mjs).
 */
import { isOurs } from './stage.js';
import { tellStories } from './told.js';

await tellStories('lab with keepalived', (mix) => !isOurs(mix));
