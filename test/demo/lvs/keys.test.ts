/** What each key of the demo does to the chosen server, and that the same key undoes it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deedOf } from '../../../src/demo/lvs/lvs.js';
import type { Protagonists } from '../../../src/demo/lvs/story.js';

/** A server in this state, and what was done to it. */
function play(state: { running?: boolean; wholePage?: boolean; drained?: boolean }) {
  const done: string[] = [];
  const note =
    (what: string) =>
    async (name: string): Promise<void> => {
      done.push(`${what} ${name}`);
    };
  const { drained = false, running = true, wholePage = true } = state;
  const deeds = ['stop', 'start', 'breakPage', 'mendPage', 'drain', 'fill'].map((what) => [what, note(what)]);
  const farm = {
    ...Object.fromEntries(deeds),
    server: (name: string) => ({ name, running, wholePage, status: { drained } }),
    download: (count: number) => done.push(`download ${count}`),
  } as unknown as Protagonists;
  return { farm, done };
}

test('keys stop a server, break its page, drain it, and the same keys undo that', async () => {
  for (const [key, state, deed] of [
    ['s', {}, 'stop web2'],
    ['s', { running: false }, 'start web2'],
    ['p', {}, 'breakPage web2'],
    ['p', { wholePage: false }, 'mendPage web2'],
    ['d', {}, 'drain web2'],
    ['d', { drained: true }, 'fill web2'],
    ['l', {}, 'download 12'],
  ] as const) {
    const { farm, done } = play(state);
    await deedOf(farm, key, 'web2')?.act();
    assert.deepEqual(done, [deed]);
  }
  const { farm, done } = play({});
  assert.equal(deedOf(farm, 'x', 'web2'), undefined);
  assert.deepEqual(done, []);
});
