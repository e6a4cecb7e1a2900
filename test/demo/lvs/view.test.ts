/** The picture of `npm run demo -- lvs`: that it fits its window, and says what is the case. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ServerName, ServerView } from '../../../src/demo/lvs/farm.js';
import { draw, type Picture } from '../../../src/demo/lvs/view.js';
import { painter, width } from '../../../src/demo/paint.js';
import { MIN_COLUMNS, MIN_ROWS } from '../../../src/demo/picture.js';
import { serverStatus } from '../../support/server-status.js';

const NOW = 1_700_000_100_000;
const server = (name: ServerName, changes: Partial<ServerView> = {}): ServerView => ({
  name,
  address: `192.168.33.${name.slice(3)}`,
  running: true,
  wholePage: true,
  status: serverStatus(),
  ...changes,
});
const picture = (changes: Partial<Picture> = {}): Picture => ({
  servers: [server('web1'), server('web2'), server('web3')],
  director: { master: true, plane: 'nftables' },
  requests: Array.from({ length: 1000 }, (_, i) => ({
    sent: NOW + i,
    server: i % 10 === 9 ? undefined : `web${(i % 3) + 1}`,
  })),
  downloads: [],
  happenings: Array.from({ length: 50 }, (_, i) => ({
    at: NOW - i,
    who: 'web1',
    text: `out: ${'a very long reason '.repeat(12)}`,
    mood: 'bad' as const,
  })),
  chosen: 'web2',
  ...changes,
});
const text = (shown: Picture, columns = 80, rows = 24): string =>
  draw(shown, { columns, rows, paint: painter(false) }).join('\n');

describe('the demo of the load balancer draws', () => {
  for (const [columns, rows] of [
    [MIN_COLUMNS, MIN_ROWS],
    [80, 24],
    [120, 40],
    [237, 61],
  ] as const) {
    for (const colours of [false, true]) {
      test(`exactly ${rows} lines of at most ${columns} columns, ${colours ? 'with' : 'without'} colours`, () => {
        const long = serverStatus({
          alive: false,
          reason: 'an answer that is very much too long '.repeat(9),
        });
        const shapes = [
          picture(),
          picture({ requests: [], happenings: [], director: { master: false } }),
          picture({ servers: picture().servers.map(({ status: _, ...rest }) => rest) }),
          picture({ servers: picture().servers.map((one) => ({ ...one, status: long })) }),
          picture({ director: { master: false, ended: 'the last words of a daemon '.repeat(9) } }),
        ];
        for (const shown of shapes) {
          const lines = draw(shown, { columns, rows, paint: painter(colours) });
          assert.equal(lines.length, rows);
          for (const line of lines) assert.ok(width(line) <= columns, line);
        }
      });
    }
  }

  test('a bar for each server and one for what nobody answered, as long as its share', () => {
    const requests = [...'1112 2.1111'].flatMap((sign) =>
      sign === ' ' ? [] : [{ sent: NOW, server: sign === '.' ? undefined : `web${sign}` }],
    );
    const shown = text(picture({ requests })).split('\n');
    const bar = (name: string): number =>
      shown.find((line) => line.startsWith(` ${name} `))?.match(/█/g)?.length ?? 0;
    const room = 80 - 24;
    assert.deepEqual(
      ['web1', 'web2', 'web3', 'nobody'].map(bar),
      [0.7, 0.2, 0, 0.1].map((share) => Math.round(share * room)),
    );
    assert.match(shown.join('\n'), /■{5}×■{4}/);
    assert.match(shown.join('\n'), /1 lost/);
  });

  test('in the colour of each server', () => {
    const coloured = draw(picture(), { columns: 80, rows: 24, paint: painter(true) }).join('\n');
    for (const [name, code] of [
      ['web1', 32],
      ['web2', 33],
      ['web3', 36],
      ['nobody', 31],
    ] as const)
      assert.match(coloured, new RegExp(`${name} +\\x1b\\[${code}m█`));
  });

  test('who is in, out or drained, and why; to whom the keys go', () => {
    const shown = text(
      picture({
        servers: [
          server('web1'),
          server('web2', {
            running: false,
            status: serverStatus({ alive: false, reason: 'connecting: connection refused' }),
          }),
          server('web3', { wholePage: false, status: serverStatus({ drained: true }) }),
        ],
        downloads: [{ kind: 'download', number: 0, server: 'web3', state: 'running' }],
      }),
    );
    assert.match(shown, /● in, weight 3/);
    assert.match(shown, /✗ out/);
    assert.match(shown, /connecting:/);
    assert.match(shown, /○ drained/);
    assert.match(shown, /5 open, 1 downloads/);
    assert.match(shown, /runs ✗/);
    assert.match(shown, /page ✗/);
    assert.match(shown, /▶ web2/);
    assert.match(shown, /balanced by nftables/);
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
