/** The demo's picture: that it fits its window, and says what is the case. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RouterView } from '../../../src/demo/failover/cluster.js';
import { draw, type Picture } from '../../../src/demo/failover/view.js';
import type { Happening } from '../../../src/demo/happenings.js';
import { fold, painter, width } from '../../../src/demo/paint.js';
import { MIN_COLUMNS, MIN_ROWS } from '../../../src/demo/picture.js';
import { instanceStatus } from '../../support/status.js';

const NOW = 1_700_000_100_000;
const router = (name: 'srv1' | 'srv2', changes: Partial<RouterView> = {}): RouterView => ({
  name,
  address: name === 'srv1' ? '192.168.56.4' : '192.168.56.5',
  power: true,
  cable: true,
  httpd: true,
  instance: instanceStatus(),
  ...changes,
});
const picture = (changes: Partial<Picture> = {}): Picture => ({
  address: '192.168.56.7',
  routers: [router('srv1'), router('srv2', { instance: instanceStatus({ state: 'BACKUP', addresses: [] }) })],
  pings: Array.from({ length: 1000 }, (_, i) => ({ sent: NOW - 50_000 + i * 50, answered: i % 100 > 20 })),
  answered: 790,
  lost: 210,
  happenings: Array.from(
    { length: 50 },
    (_, i): Happening => ({
      at: NOW - i,
      who: 'client',
      text: `had no answer for ${'a very long time '.repeat(12)}`,
      mood: 'bad',
    }),
  ),
  now: NOW,
  ...changes,
});
const text = (shown: Picture, columns = 80, rows = 24): string =>
  draw(shown, { columns, rows, paint: painter(false) }).join('\n');

describe('the demo draws', () => {
  for (const [columns, rows] of [
    [MIN_COLUMNS, MIN_ROWS],
    [80, 24],
    [120, 40],
    [237, 61],
  ] as const) {
    for (const colours of [false, true]) {
      test(`exactly ${rows} lines of at most ${columns} columns, ${colours ? 'with' : 'without'} colours`, () => {
        const shapes = [
          picture(),
          picture({ pings: [], happenings: [], routers: [router('srv1'), router('srv2')] }),
          picture({
            routers: picture().routers.map(({ instance: _, ...rest }) => ({ ...rest, power: false })),
          }),
        ];
        for (const shown of shapes) {
          const lines = draw(shown, { columns, rows, paint: painter(colours) });
          assert.equal(lines.length, rows);
          for (const line of lines) assert.ok(width(line) <= columns, line);
        }
      });
    }
  }

  test('who is master, with which priority, since when and why', () => {
    const shown = text(picture());
    assert.match(shown, /● MASTER for 1 min 40 s/);
    assert.match(shown, /○ BACKUP/);
    assert.match(shown, /holds 192\.168\.56\.7/);
    assert.match(shown, /priority 254 = 244 \+ 10/);
    assert.match(shown, /no advert for 3\.609s/);
  });

  test('what is broken', () => {
    const off = text(picture({ routers: [router('srv1', { power: false }), router('srv2')] }));
    assert.match(off, /✗ switched off/);
    const fault = instanceStatus({
      state: 'FAULT',
      faults: [{ code: 'interface-down', text: 'enp0s8 is down' }],
    });
    const cut = text(
      picture({ routers: [router('srv1', { cable: false, instance: fault }), router('srv2')] }),
    );
    assert.match(cut, /✗ FAULT/);
    assert.match(cut, /enp0s8 is down/);
    assert.match(cut, /cable ✗/);
    const { instance: _, ...silent } = router('srv1', { ended: 'out of memory' });
    const ended = text(picture({ routers: [silent, router('srv2')] }));
    assert.match(ended, /✗ the daemon ended/);
    assert.match(ended, /out of memory/);
  });

  test('every ping of the rows in view, the newest last', () => {
    const pings = Array.from({ length: 10 }, (_, i) => ({ sent: NOW + i * 50, answered: i < 7 }));
    assert.match(text(picture({ pings })), /•{7}×{3}(\s|$)/);
  });

  test('whether the client is served right now', () => {
    assert.match(text(picture()), /● answered/);
    const silent = Array.from({ length: 30 }, (_, i) => ({ sent: NOW + i * 50, answered: i < 7 }));
    assert.match(text(picture({ pings: silent })), /✗ silence for 1\.1 s/);
  });

  test('with plain characters where there is no UTF-8', () => {
    const lines = draw(picture(), { columns: 80, rows: 24, paint: painter(true, false) });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are allowed
    for (const line of lines.map(painter(false, false).glyphs)) assert.match(line, /^[\x1b -~]*$/);
  });

  test('nothing but a request when the window is too small', () => {
    assert.match(text(picture(), 40, 10), /too small/);
  });
});

test('fold breaks at blanks and marks what it leaves out', () => {
  assert.deepEqual(fold('a bb ccc', 4, 2), ['a bb', 'ccc']);
  assert.deepEqual(fold('a bb ccc dddd', 4, 2), ['a bb', 'ccc…']);
  assert.deepEqual(fold('abcdefgh', 4, 1), ['abc…']);
});
