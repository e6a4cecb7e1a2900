/** Stories as tests: each in a lab of its own, several at once, since they mostly wait. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { beyondKeepalived, lookAround, obstacle, skipBecause } from './needs.js';
import { type Mix, mixName, Stage } from './stage.js';
import { STORIES } from './stories.js';

const AT_ONCE = 4;
const TIMEOUT_MS = 8 * 60_000;

/** All stories in those of their mixes that belong to this file. */
export async function tellStories(title: string, belongs: (mix: Mix) => boolean): Promise<void> {
  const machine = await lookAround();
  describe(title, { concurrency: AT_ONCE }, () => {
    for (const story of STORIES) {
      for (const mix of story.mixes.filter(belongs)) {
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
}
