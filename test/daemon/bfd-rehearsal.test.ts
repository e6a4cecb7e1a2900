/** The loss of a neighbour is played, can be repeated, ends when it is told to, and nobody hears of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_REHEARSED_TURNS, REHEARSED_TAKEOVERS } from '../../src/base/limits.js';
import { BfdRehearsal } from '../../src/daemon/bfd-rehearsal.js';
import { RehearsalHost } from '../../src/host/rehearsal.js';
import { decodeBfdControl } from '../../src/wire/bfd-control.js';
import { until } from '../lab/journal.js';
import { configurationOf } from '../support/configuration.js';

const NOWHERE = { links: [], addresses: [] };
const session = (...lines: string[]): string =>
  ['bfd_instance b {', 'min_tx 10', 'min_rx 10', 'multiplier 3', ...lines, '}\n'].join('\n');
const KINDS = {
  ipv4: session('neighbor_ip 10.0.0.2', 'source_ip 10.0.0.1'),
  ipv6: session('neighbor_ip 2001:db8::2', 'hoplimit 255'),
  'link-local': session('neighbor_ip fe80::2%eth0'),
  multihop: session('neighbor_ip 10.0.0.2', 'multihop', 'max_hops 3'),
  passive: session('neighbor_ip 10.0.0.2', 'passive'),
  authenticated: session('neighbor_ip 10.0.0.2', 'auth_type meticulous_sha1', 'auth_key 1 secret'),
};
const LINK = {
  index: 7,
  name: 'eth0',
  up: true,
  running: true,
  loopback: false,
  noArp: false,
  multicast: true,
  mtu: 1500,
};

/** What the sessions of a rehearsal say, as states, while `play` runs. */
async function spokenIn(play: () => Promise<void>): Promise<string[]> {
  const said: string[] = [];
  const run = RehearsalHost.prototype.run;
  RehearsalHost.prototype.run = function (effects) {
    for (const effect of effects) {
      if (effect.kind !== 'send-bfd') continue;
      const read = decodeBfdControl(effect.bytes);
      said.push(read.ok ? read.value.state : read.error);
    }
    run.call(this, effects);
  };
  try {
    await play();
  } finally {
    RehearsalHost.prototype.run = run;
  }
  return said;
}

for (const [kind, text] of Object.entries(KINDS))
  test(`losses of this kind are played to the end and can be repeated: ${kind}`, async () => {
    let turns = 0;
    const configuration = configurationOf(text);
    const rehearsal = new BfdRehearsal(configuration, { links: [LINK], addresses: [] }, async () => {
      turns++;
      return true;
    });
    try {
      const said = await spokenIn(() => rehearsal.play());
      assert.ok(turns < MAX_REHEARSED_TURNS, 'it got stuck');
      const losses = said.filter((state, n) => state === 'Down' && said[n - 1] === 'Up').length;
      if (kind === 'passive') assert.ok(said.includes('Up') && turns > REHEARSED_TAKEOVERS);
      else assert.equal(losses, REHEARSED_TAKEOVERS);
      for (let n = 0; n < 2; n++) {
        const before = turns;
        const repeated = await spokenIn(async () => rehearsal.repeat());
        // One packet at once; a second call does nothing until the stage is set again.
        assert.deepEqual(repeated, kind === 'passive' ? [] : ['Down']);
        assert.deepEqual(await spokenIn(async () => rehearsal.repeat()), []);
        await until('the stage is set again', () => turns > before + 3);
      }
    } finally {
      await rehearsal.close();
    }
  });

test('it ends when its pause says so, or when it is closed, and then does nothing more', async () => {
  let turns = 0;
  const called = new BfdRehearsal(configurationOf(KINDS.ipv4), NOWHERE, async () => ++turns < 5);
  await called.play();
  assert.equal(turns, 5);
  called.repeat();
  await called.close();
  turns = 0;
  const closed = new BfdRehearsal(configurationOf(KINDS.ipv4), NOWHERE, async () => {
    turns++;
    await new Promise((turned) => setImmediate(turned));
    return true;
  });
  const played = closed.play();
  await closed.close();
  await played;
  closed.repeat();
  assert.ok(turns <= 1, `${turns} turns after it was closed`);
});

test('nothing is rehearsed without sessions', async () => {
  const rehearsal = new BfdRehearsal(configurationOf('global_defs {\n}\n'), NOWHERE, async () => {
    throw new Error('there is nothing to play');
  });
  await rehearsal.play();
  rehearsal.repeat();
  await rehearsal.close();
});
