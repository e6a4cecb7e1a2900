/** A change of a list, said and carried out, comes to the list as it is now, and says little where little changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { changed, changeOf } from '../../src/daemon/lvs/list-change.js';

test('whatever a list becomes', () => {
  const list = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 });
  fc.assert(
    fc.property(list, list, (before, now) => {
      assert.deepEqual(changed(before, changeOf(before, now)), now);
    }),
  );
});

test('only what is between the beginning and the end that stay is said', () => {
  const of = (before: string, now: string) => changeOf([...before], [...now]);
  assert.deepEqual(of('abcd', 'abxd'), { first: 2, last: 1, between: ['x'] });
  assert.deepEqual(of('abcd', 'abcd'), { first: 4, last: 0, between: [] });
  assert.deepEqual(of('aa', 'aaa'), { first: 2, last: 0, between: ['a'] });
  assert.deepEqual(of('aaa', 'aa'), { first: 2, last: 0, between: [] });
  assert.deepEqual(of('', 'ab'), { first: 0, last: 0, between: ['a', 'b'] });
});

test('a change of another list is refused', () => {
  assert.throws(() => changed(['a'], { first: 1, last: 1, between: [] }), /the list that it was made from/);
});
