/** The configurations in the guides are sound: each is read without a remark, and nothing in it waits for its effect. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../wire/fixtures.js';
import { load } from './support.js';

const folder = join(projectRoot, 'docs', 'guides');
/** Shows what is wrong; it has a test of its own. */
const MISTAKES = 'mistakes.md';

describe('guides', () => {
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.md') && one !== MISTAKES)) {
    const blocks = [...readFileSync(join(folder, name), 'utf8').matchAll(/^```conf\n([\s\S]*?)^```$/gm)];
    for (const [i, [, text = '']] of blocks.entries()) {
      test(`${name}: configuration ${i + 1}`, () => {
        const told = load(text).diagnostics.map(({ code, message }) => `${code} ${message}`);
        assert.deepEqual(told, []);
      });
    }
  }

  for (const name of ['README.md', 'docs/tutorial.md']) {
    // There they stand as indented text between two paragraphs.
    const blocks = readFileSync(join(projectRoot, name), 'utf8')
      .split(/\n(?=\S)/)
      .map((block) => block.replace(/^\S.*$/gm, '').replace(/^ {4}/gm, ''))
      .filter((block) => /^vrrp_instance .*\{$/m.test(block));
    test(`${name}: its configuration`, () => {
      assert.equal(blocks.length, 1);
      const told = load(blocks[0] ?? '').diagnostics.map(({ code, message }) => `${code} ${message}`);
      assert.deepEqual(told, []);
    });
  }

  test('some guides have configurations', () => {
    const all = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    assert.ok(all.some((text) => text.includes('```conf\n')));
  });
});
