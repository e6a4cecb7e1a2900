/**
 * Plays one story by itself, for looking closer: `node dist/test/lab/alone.js WORD [SRV1-KIND SRV2-KIND]`, where
 * WORD is a part of the story's name. Status 0 when it went as told. The tests start it too, as another user.
 */
import type { Kind } from './router.js';
import { type Mix, mixName, OURS, Stage } from './stage.js';
import { STORIES } from './stories.js';

const [word = '', srv1, srv2] = process.argv.slice(2);
const story = STORIES.find((one) => one.name.includes(word));
if (story === undefined) {
  console.error(
    `No story with "${word}" in its name. There are:\n  ${STORIES.map((one) => one.name).join('\n  ')}`,
  );
  process.exit(2);
}
const mix: Mix = srv1 === undefined ? OURS : { srv1: srv1 as Kind, srv2: (srv2 ?? srv1) as Kind };
const began = Date.now();
await Stage.play(story, mix);
console.log(`${story.name} (${mixName(mix)}): as told, in ${((Date.now() - began) / 1000).toFixed(1)} s`);
