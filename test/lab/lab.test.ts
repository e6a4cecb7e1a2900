/**
 * The stories of the seeds with real daemons on a real network, ours with ours; those with Debian's keepalived in
 * either role are told in interop.test.ts. A single one, for looking closer: `node dist/test/lab/alone.js WORD`.
 */
import { isOurs } from './stage.js';
import { tellStories } from './told.js';

await tellStories('lab', isOurs);
