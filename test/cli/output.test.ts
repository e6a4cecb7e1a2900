/** What commands print: tables, ages, colour only on terminals, and nothing that could steer a terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaemonStatus, WatchLine } from '../../src/admin/report.js';
import { printable } from '../../src/base/printable.js';
import { statusText } from '../../src/cli/commands/status.js';
import { watchText } from '../../src/cli/commands/watch.js';
import { formatAge, formatTime, type Output, table, terminalOutput } from '../../src/cli/output.js';
import { ip } from '../base/values.js';
import { instanceStatus } from '../support/status.js';

const plain: Output = { colour: false, write: () => {} };
const coloured: Output = { colour: true, write: () => {} };
const since = 1_700_000_000_000_000;

const daemon: DaemonStatus['daemon'] = {
  version: '0.1.0',
  pid: 7,
  started: since,
  configuration: { path: '/etc/keepalived/keepalived.conf', hash: 'h', loaded: since },
  droppedLogLines: 0,
  droppedClients: 0,
};
const status = (changes: Partial<DaemonStatus> = {}): DaemonStatus => ({
  daemon,
  instances: [instanceStatus()],
  syncGroups: [],
  strayPackets: { unreadable: 0, unknownVirtualRouter: 0, virtualRouters: [] },
  ...changes,
});

test('colour is for terminals that want it', () => {
  const stream = (isTTY: boolean) => ({ isTTY, write: () => true }) as unknown as NodeJS.WriteStream;
  assert.equal(terminalOutput(stream(true), {}).colour, true);
  assert.equal(terminalOutput(stream(false), {}).colour, false);
  assert.equal(terminalOutput(stream(true), { NO_COLOR: '1' }).colour, false);
  assert.equal(terminalOutput(stream(true), { TERM: 'dumb' }).colour, false);
});

test('ages read as a person says them', () => {
  const rows: [seconds: number, text: string][] = [
    [-5, '0s'],
    [0, '0s'],
    [59.9, '59s'],
    [60, '1m 00s'],
    [123, '2m 03s'],
    [3600, '1h 00m'],
    [86_399, '23h 59m'],
    [273_600, '3d 4h'],
  ];
  for (const [seconds, text] of rows) assert.equal(formatAge(seconds * 1e6), text);
});

test('a table aligns its columns and leaves no blanks at the ends of lines', () => {
  const text = table(
    plain,
    ['A', 'LONG', 'C'],
    [
      [{ lines: ['x'] }, { lines: ['1', '22'] }, { lines: ['end'] }],
      [{ lines: ['wide'] }, { lines: [] }, { lines: ['end'] }],
    ],
  );
  assert.equal(text, 'A     LONG  C\nx     1     end\n      22\nwide        end\n');
});

test('status shows instance, state, age, priorities, master, addresses, trackers and why', () => {
  const text = statusText(plain, status(), since + 125e6);
  assert.equal(
    text,
    [
      'Holdfast 0.1.0, process 7, up 2m 05s, configuration /etc/keepalived/keepalived.conf',
      '',
      'INSTANCE  STATE   SINCE   PRIORITY        MASTER       ADDRESSES             TRACKERS                     WHY',
      'VI_1      MASTER  2m 05s  254 (base 244)  this router  192.168.56.7/24 eth0  process track_apache up +10  no advert for 3.609s',
      '',
    ].join('\n'),
  );
});

test('status of a backup in fault names the other master and every fault', () => {
  const text = statusText(
    plain,
    status({
      instances: [
        instanceStatus({
          state: 'FAULT',
          effectivePriority: 244,
          master: { address: ip('10.0.0.2'), priority: 100, self: false },
          faults: [
            { code: 'interface-down', text: 'eth0 is down' },
            { code: 'tracker-failed', text: 'script x failed' },
          ],
          addresses: [{ address: '10.0.0.9/24', present: false }],
          trackers: [
            { kind: 'script', name: 'x', state: 'down', weight: 0, contribution: 0, faulting: true },
          ],
        }),
      ],
      syncGroups: [{ name: 'G', state: 'FAULT', members: ['VI_1', 'VI_2'] }],
      daemon: { ...daemon, lastReload: { at: since, outcome: 'refused' } },
      firewall: { code: 'EPERM', message: 'nftables: not permitted' },
    }),
    since,
  );
  for (const part of [
    /10\.0\.0\.2 \(100\)/,
    /eth0 is down\n/,
    /script x failed\n/,
    /10\.0\.0\.9\/24 \(not here\)/,
    /script x down FAULT/,
    /G +FAULT +VI_1 VI_2/,
    /reload 0s ago was refused/,
    /no_accept and virtual MACs are not kept: nftables: not permitted \(EPERM\)/,
  ])
    assert.match(text, part);
});

test('without instances status says so', () => {
  const silent = statusText(plain, status({ instances: [], balancerProblem: 'it does not answer' }), since);
  assert.match(silent, /^it does not answer$/m);
  assert.doesNotMatch(silent, /No VRRP instance/);
  assert.match(statusText(plain, status({ instances: [] }), since), /No VRRP instance is configured/);
});

test('what comes from elsewhere cannot steer a terminal', () => {
  assert.equal(printable('a\u001b[2Jb\nc\u202e\u0085'), 'a?[2Jb?c??');
  const evil = instanceStatus({
    name: 'x\u001b[31m',
    trackers: [
      {
        kind: 'script',
        name: '\u001b]0;t\u0007',
        state: 'up\n',
        weight: 0,
        contribution: 0,
        faulting: false,
      },
    ],
  });
  const text = statusText(plain, status({ instances: [evil] }), since);
  assert.ok(!text.includes('\u001b'));
  const colours = statusText(coloured, status({ instances: [evil] }), since);
  assert.ok(colours.includes('\u001b[32mMASTER\u001b[0m'));
  assert.ok(!colours.includes('x\u001b[31m'));
});

test('watch prints one line per event and none for what it does not know', () => {
  const wall = since as never;
  const at = 0 as never;
  const reason = { code: 'master-down', text: 'no advert' } as const;
  const time = formatTime(since);
  const rows: [WatchLine, string[]][] = [
    [
      { type: 'snapshot', wall: since, instances: [instanceStatus()] },
      [`${time}  VI_1  MASTER  priority 254  no advert for 3.609s`],
    ],
    [
      {
        type: 'transition',
        subject: 'INSTANCE',
        name: 'VI',
        from: 'BACKUP',
        to: 'MASTER',
        priority: 9,
        reason,
        at,
        wall,
      },
      [`${time}  VI  BACKUP -> MASTER  priority 9  no advert`],
    ],
    [
      {
        type: 'transition',
        subject: 'GROUP',
        name: 'G',
        from: 'MASTER',
        to: 'STOP',
        priority: 0,
        reason,
        at,
        wall,
      },
      [`${time}  group G  MASTER -> STOP  no advert`],
    ],
    [
      { type: 'priority', name: 'VI', from: 1, to: 2, reason, at, wall },
      [`${time}  VI  priority 1 -> 2  no advert`],
    ],
    [
      { type: 'tracker', name: 'chk', tracker: 'script', state: 'down', at, wall },
      [`${time}  script chk  down`],
    ],
    [{ type: 'stopping', wall: since }, [`${time}  the daemon is stopping`]],
    [{ type: 'brand-new' } as unknown as WatchLine, []],
  ];
  for (const [line, expected] of rows) assert.deepEqual(watchText(plain, line), expected);
});
