/** Who leaves together, and that chance decides when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_BFD_DEPARTURE } from '../../../src/base/limits.js';
import { Prng } from '../../../src/base/prng.js';
import { instant, milliseconds } from '../../../src/base/time.js';
import { Departures } from '../../../src/core/bfd/departures.js';
import { jittered, longestGap, shortestGap } from '../../../src/core/bfd/intervals.js';

const window = (from: number, chosen: number, to: number) => ({
  from: instant(from),
  chosen: instant(chosen),
  to: instant(to),
});
const NOW = instant(0);

test('the nearest that the window allows; without any the instant that chance chose', () => {
  const departures = new Departures();
  assert.equal(departures.plan(NOW, window(75, 90, 100)), 90);
  assert.equal(departures.plan(NOW, window(80, 99, 110)), 90);
  assert.equal(departures.plan(NOW, window(91, 99, 110)), 99);
  assert.equal(departures.plan(NOW, window(80, 94, 110)), 90);
  assert.equal(departures.plan(NOW, window(80, 95, 110)), 99);
  assert.equal(departures.plan(NOW, window(50, 60, 89)), 60);
  // What has left is nobody's any more.
  assert.equal(departures.plan(instant(90), window(91, 93, 98)), 93);
});

test('one that is full is joined by nobody, until somebody leaves it', () => {
  const departures = new Departures();
  for (let n = 0; n < MAX_BFD_DEPARTURE; n++) assert.equal(departures.plan(NOW, window(75, 90, 100)), 90);
  assert.equal(departures.plan(NOW, window(75, 91, 100)), 91);
  departures.cancel(instant(90));
  assert.equal(departures.plan(NOW, window(75, 89, 100)), 90);
  departures.cancel(instant(91));
  departures.cancel(instant(91));
  assert.equal(departures.plan(NOW, window(91, 95, 100)), 95);
});

/** So many sessions of 50 ms for a minute: instants of departure, and the gaps of all packets in shares of the interval. */
function lived(sessions: number): { readonly departures: number; readonly gaps: readonly number[] } {
  const interval = milliseconds(50);
  const departures = new Departures();
  const chance = new Prng(7);
  const next = Array.from({ length: sessions }, () => chance.integer(1, interval));
  const last = next.map(() => 0);
  const gaps: number[] = [];
  let instants = 0;
  for (let now = 0; now < 60_000_000; now = Math.min(...next)) {
    instants++;
    for (const [n, at] of next.entries()) {
      if (at !== now) continue;
      if (last[n]) gaps.push((now - last[n]) / interval);
      last[n] = now;
      next[n] = departures.plan(
        instant(now),
        window(
          now + shortestGap(interval),
          now + jittered(interval, 3, chance.fraction()),
          now + longestGap(interval, 3),
        ),
      );
    }
  }
  return { departures: instants, gaps };
}

for (const [sessions, most] of [
  [1, 25],
  [100, 60],
] as const)
  test(`${sessions} of 50 ms: at most ${most} departures a second, every gap from 75 to 100 % as likely as any other`, () => {
    const { departures, gaps } = lived(sessions);
    assert.ok(departures / 60 <= most, `${departures / 60} a second`);
    const tenths = new Array<number>(10).fill(0);
    for (const gap of gaps) {
      assert.ok(gap >= 0.75 && gap <= 1, `${gap}`);
      const tenth = Math.min(9, Math.floor((gap - 0.75) * 40));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths)
      assert.ok(count / gaps.length > 0.05 && count / gaps.length < 0.2, `${tenths.join(' ')}`);
  });
