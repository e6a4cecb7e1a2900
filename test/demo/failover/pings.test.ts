/** What the demo makes of the pinger's reports: order, counts, outages. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Pings } from '../../../src/demo/failover/pings.js';

/** One ping every 50 ms; `fates` says of each whether it was answered. */
function after(fates: string): Pings {
  const pings = new Pings();
  for (const [number, fate] of [...fates].entries())
    pings.take({ number, sent: 1000 + number * 50, ...(fate === '.' ? { took: 0.3 } : {}) });
  return pings;
}

describe('pings', () => {
  test('counts what was answered and lost, and the answers in a row', () => {
    const pings = after('..xx...');
    assert.deepEqual([pings.answered, pings.lost, pings.streak], [5, 2, 3]);
    assert.equal(after('...').streak, 3);
    assert.equal(after('..x').streak, 0);
  });
  test('an answer that overtakes the loss of an earlier ping waits for it', () => {
    const pings = new Pings();
    pings.take({ number: 0, sent: 1000, took: 1 });
    pings.take({ number: 2, sent: 1100, took: 1 });
    assert.equal(pings.all.length, 1);
    pings.take({ number: 1, sent: 1050 });
    assert.deepEqual(
      pings.all.map((ping) => ping.answered),
      [true, false, true],
    );
  });
  test('an outage lasts from the last answered ping to the next one', () => {
    const pings = after('...xx..x.');
    assert.deepEqual(pings.outages, [
      { from: 1100, to: 1250 },
      { from: 1300, to: 1400 },
    ]);
    assert.equal(pings.longestOutage(0), 150);
    assert.equal(pings.longestOutage(1260), 100);
    assert.equal(pings.longestOutage(1400), 0);
  });
  test('one that still lasts counts up to now', () => {
    const pings = after('..xxx');
    assert.deepEqual(pings.outages, [{ from: 1050 }]);
    assert.equal(pings.longestOutage(0), 150);
  });
  test('before the first answer nothing is out', () => {
    assert.deepEqual(after('xxx..').outages, []);
    assert.equal(after('....').longestOutage(0), 0);
  });
});
