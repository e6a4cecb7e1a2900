/** BFD sessions as people see them: in `status`, in `watch`, in keepalived.data. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_HISTORY } from '../../src/base/limits.js';
import { bfdTable } from '../../src/cli/commands/status-bfd.js';
import { watchText } from '../../src/cli/commands/watch.js';
import type { Output } from '../../src/cli/output.js';
import { bfdLines } from '../../src/daemon/dump/text-bfd.js';
import { raised, sessionOf, withLines } from '../core/bfd/rig-session.js';
import { configurationOf } from '../support/configuration.js';

const output: Output = { colour: false, write: () => {} };

test('status: state, detection time and why', () => {
  const rig = raised();
  const session = sessionOf(rig);
  const lines = bfdTable(output, [session], session.since + 4e6).split('\n');
  assert.match(lines[0] ?? '', /^BFD SESSION +STATE +SINCE +NEIGHBOR +DETECTION +WHY$/);
  assert.match(lines[1] ?? '', /^b +Up +4s +10\.0\.0\.2 +30ms +the neighbor says Init$/);
  const fault = { code: 'EADDRNOTAVAIL', message: 'the address is not on this machine' };
  assert.match(
    bfdTable(output, [{ ...session, fault }], session.since),
    /the address is not on this machine \(EADDRNOTAVAIL\)/,
  );
});

test('watch: a line for every change', () => {
  const [event] = raised()
    .bfd('b', { state: 'Down' })
    .effects.flatMap((effect) =>
      effect.kind === 'event' && effect.event.type === 'bfd' ? effect.event : [],
    );
  assert.ok(event);
  assert.match(watchText(output, event)[0] ?? '', /bfd b {2}Up -> Down {2}the neighbor says Down$/);
});

test('keepalived.data: the words of Keepalived, and no key', () => {
  const lines = ' auth_type simple\n auth_key 1 topsecret';
  const [settings] = configurationOf(withLines(lines)).bfdInstances;
  assert.ok(settings);
  const text = bfdLines(settings, sessionOf(raised())).join('\n');
  // As keepalived 2.2.7 writes them.
  for (const line of [
    ' BFD Instance = b',
    '   Neighbor IP = 10.0.0.2',
    '   Source IP = 10.0.0.1',
    '   Required min RX interval = 10000 us',
    '   Desired min TX interval = 10000 us',
    '   Desired idle TX interval = 1000000 us',
    '   Detection multiplier = 3',
    '   TTL = 255',
    '   max_hops = 0',
    '   passive = false',
    '   send event to VRRP process = Yes',
    '   local state = Up',
    '   remote state = Up',
    '   local tx intv = 10000 us',
    '   local detection time = 30000 us',
  ])
    assert.ok(`\n${text}\n`.includes(`\n${line}\n`), `no "${line}" in\n${text}`);
  assert.doesNotMatch(text, /topsecret|746f70/);
});

test('keepalived.data: what both ends say, what was negotiated, the last diagnostics, and what was counted', () => {
  const [settings] = configurationOf(withLines('')).bfdInstances;
  assert.ok(settings);
  const rig = raised();
  const changed = { desiredMinTx: 20_000, requiredMinRx: 30_000, detectMultiplier: 4, diagnostic: 8 };
  rig.bfd('b', { state: 'Up', demand: true, ...changed });
  rig.bfd('b', { state: 'Up', detectMultiplier: 0 }).bfd('b', { state: 'Up', hopLimit: 1 });
  const shows = (...lines: string[]): void => {
    const text = bfdLines(settings, sessionOf(rig)).join('\n');
    for (const line of lines) assert.ok(`\n${text}\n`.includes(`\n${line}\n`), `no "${line}" in\n${text}`);
  };
  shows(
    `   local discriminator = 0x${sessionOf(rig).discriminator.toString(16)}`,
    '   remote discriminator = 0x4d',
    '   local diag = no diagnostic',
    '   remote diag = reverse concatenated path down',
    '   remote min tx intv = 20000 us',
    '   remote min rx intv = 30000 us',
    '   remote demand = 1',
    '   remote detect multiplier = 4',
    '   !poll',
    '   local tx intv = 0 us',
    '   local detection time = 80000 us',
    '   counters',
    '     received = 3',
    '     multiplier = 1',
    '     hopLimit = 1',
  );
  rig.bfd('b', { state: 'Up', ...changed });
  shows('   local tx intv = 30000 us');
  rig.wait(1);
  shows(
    '   local state = Down',
    '   local diag = control detection time expired',
    '   remote discriminator = 0x0',
    '   local detection time = 0 us',
    '     becameUp = 1',
    '     leftUp = 1',
  );
  rig.handle({ kind: 'clear-counters' });
  const cleared = Object.entries(sessionOf(rig).counters).filter(([, count]) => count !== 0);
  assert.deepEqual(cleared, []);
});

test('keepalived.data: ups and downs in their order, with time and reason, no more than are kept', () => {
  const [settings] = configurationOf(withLines('')).bfdInstances;
  assert.ok(settings);
  const rig = raised();
  rig.bfd('b', { state: 'Down' });
  const history = () =>
    bfdLines(settings, sessionOf(rig)).join('\n').split('   history\n')[1]?.split('\n') ?? [];
  const moves = history().map((line) => / (\w+ -> \w+): /.exec(line)?.[1]);
  assert.deepEqual(moves, ['Down -> Up', 'Up -> Down']);
  assert.match(history().at(-1) ?? '', /^ {5}\d{4}-\d\d-\d\dT\S+Z Up -> Down: the neighbor says Down \(/);
  for (let n = 0; n < MAX_HISTORY; n++) rig.bfd('b', { state: 'Init' }).bfd('b', { state: 'Down' });
  assert.equal(history().length, MAX_HISTORY);
});
