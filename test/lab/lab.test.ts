/**
 * The stories of the seeds with real daemons on a real network: ours with ours, and with Debian's keepalived in
 * either role. Each plays in a lab of its own, several at once, since they mostly wait. A single one, for
 * looking closer: `node dist/test/lab/alone.js WORD`.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { beyondKeepalived, lookAround, obstacle, skipBecause } from './needs.js';
import { mixName, Stage } from './stage.js';
import { STORIES } from './stories.js';

const AT_ONCE = 6;
const TIMEOUT_MS = 8 * 60_000;
const machine = await lookAround();

describe('lab', { concurrency: AT_ONCE }, () => {
  for (const story of STORIES) {
    for (const mix of story.mixes) {
      const reason = obstacle(machine, story, mix);
      const beyond = beyondKeepalived(machine, story, mix);
      const skipping = beyond === undefined ? skipBecause(reason) : { skip: beyond };
      test(`${story.name} (${mixName(mix)})`, { ...skipping, timeout: TIMEOUT_MS }, async ({ signal }) => {
        assert.equal(reason, undefined);
        await Stage.play(story, mix, signal);
      });
    }
  }
});
