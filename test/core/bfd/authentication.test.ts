/** Authentication of sessions: two engines that believe each other, and everybody who is not believed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instant, milliseconds } from '../../../src/base/time.js';
import type { BfdAuthenticationSettings } from '../../../src/config/model-bfd.js';
import { BfdAuthenticator } from '../../../src/core/bfd/authentication.js';
import { BFD_CHECKS } from '../../../src/core/bfd/receive-checks.js';
import { type BfdControl, decodeBfdControl, encodeBfdControl } from '../../../src/wire/bfd-control.js';
import type { Rig } from '../rig.js';
import { neighborPacket } from '../rig-bfd.js';
import { packets, sessionOf, started } from './rig-session.js';

const TYPES = {
  simple: 'simple-password',
  keyed_md5: 'keyed-md5',
  meticulous_md5: 'meticulous-md5',
  keyed_sha1: 'keyed-sha1',
  meticulous_sha1: 'meticulous-sha1',
} as const;
const hex = (text: string): string => Buffer.from(text).toString('hex');

/** The neighbour's end: seals what it sends. */
class Neighbor {
  readonly #authenticator: BfdAuthenticator;
  constructor(type: BfdAuthenticationSettings['type'], key = 'secret', id = 1, first = 1000) {
    this.#authenticator = new BfdAuthenticator({ type, keys: [{ id, hex: hex(key) }] }, first);
  }
  /** The bytes of a packet for the session, once. */
  packet(rig: Rig, changes: Partial<BfdControl> = {}): Uint8Array {
    const plain = neighborPacket(sessionOf(rig).discriminator, changes);
    const sealed = this.#authenticator.seal(plain);
    assert.ok(sealed);
    return encodeBfdControl(sealed);
  }
}
const give = (rig: Rig, bytes: Uint8Array): Rig => rig.bfd('b', { spoil: () => bytes });

for (const [keyword, type] of Object.entries(TYPES)) {
  const lines = `auth_type ${keyword}\n auth_key 1 secret`;
  describe(type, () => {
    test('comes up with a neighbour that has the same key, and seals what it sends', () => {
      const rig = started(lines);
      assert.ok(packets(rig).every((line) => line.endsWith(`auth ${type}`)));
      const neighbor = new Neighbor(type);
      give(rig, neighbor.packet(rig));
      give(rig, neighbor.packet(rig, { state: 'Init' }));
      assert.equal(sessionOf(rig).state, 'Up');
    });
    describe('who is not believed', () => {
      const strangers: readonly [string, Neighbor | undefined, 'authenticationType' | 'authentication'][] = [
        ['another key', new Neighbor(type, 'secrets'), 'authentication'],
        ['another number of a key', new Neighbor(type, 'secret', 2), 'authenticationType'],
        [
          'another type',
          new Neighbor(type === 'keyed-sha1' ? 'keyed-md5' : 'keyed-sha1'),
          'authenticationType',
        ],
        ['none', undefined, 'authenticationType'],
      ];
      for (const [what, stranger, counter] of strangers)
        test(`refuses ${what}`, () => {
          const rig = started(lines);
          if (stranger) give(rig, stranger.packet(rig));
          else rig.bfd('b', {});
          assert.equal(sessionOf(rig).state, 'Down');
          assert.equal(sessionOf(rig).counters[counter], 1);
          const without = started(lines, {
            bfdChecks: BFD_CHECKS.filter(({ counter: its }) => !/^authentication/.test(its)),
          });
          if (stranger) give(without, stranger.packet(without));
          else without.bfd('b', {});
          assert.equal(sessionOf(without).state, 'Init', 'without the guards it is believed');
        });
    });
    test('a goodbye is cut short by the neighbour, not by somebody who has no key', () => {
      const rig = started(lines);
      const neighbor = new Neighbor(type);
      give(rig, neighbor.packet(rig));
      rig.handle({ kind: 'stop', reason: 'SIGTERM' });
      rig.bfd('b', { state: 'Down' });
      assert.equal(rig.lines.at(-1)?.endsWith('stopped'), false);
      assert.equal(sessionOf(rig).counters.authenticationType, 1);
      give(rig, neighbor.packet(rig));
      assert.equal(rig.lines.at(-1)?.endsWith('stopped'), true);
    });
    if (type !== 'simple-password') {
      test('refuses what was changed on its way, and what was here before', () => {
        const rig = started(lines);
        const neighbor = new Neighbor(type);
        const first = neighbor.packet(rig);
        give(rig, first.with(2, 9));
        assert.equal(sessionOf(rig).counters.authentication, 1);
        give(rig, first);
        assert.equal(sessionOf(rig).state, 'Init');
        const second = neighbor.packet(rig);
        give(rig, second);
        give(rig, first);
        assert.equal(sessionOf(rig).counters.replay, 1);
        give(rig, second);
        // The keyed types may repeat a number, the meticulous ones may not.
        assert.equal(sessionOf(rig).counters.replay, type.startsWith('meticulous') ? 2 : 1);
      });
      test('refuses numbers far ahead, and forgets the last one after twice the detection time', () => {
        const rig = started(lines);
        give(rig, new Neighbor(type).packet(rig));
        give(rig, new Neighbor(type, 'secret', 1, 5000).packet(rig));
        assert.equal(sessionOf(rig).counters.replay, 1);
        rig.wait(0.07);
        give(rig, new Neighbor(type, 'secret', 1, 5000).packet(rig));
        assert.equal(sessionOf(rig).counters.replay, 1);
      });
    }
  });
}

test('a packet that comes again while the session is up is a replay, however the host hands it over', () => {
  const rig = started('auth_type meticulous_sha1\n auth_key 1 secret');
  const neighbor = new Neighbor('meticulous-sha1');
  for (const state of ['Init', 'Up', 'Up'] as const) give(rig, neighbor.packet(rig, { state }));
  assert.equal(sessionOf(rig).state, 'Up');
  const last = neighbor.packet(rig, { state: 'Up' });
  for (let n = 0; n < 3; n++) give(rig.wait(0.009), last);
  assert.equal(sessionOf(rig).counters.replay, 2);
  // Nor does it keep the session up.
  give(rig.wait(0.009), last);
  rig.wait(0.004);
  assert.equal(sessionOf(rig).state, 'Down');
});

test('sequence numbers begin at random', () => {
  const firsts = [1, 2, 3].map((entropy) => {
    const rig = started('auth_type keyed_sha1\n auth_key 1 secret', { entropy });
    const [sent] = rig.effects.flatMap((effect) => (effect.kind === 'send-bfd' ? [effect.bytes] : []));
    const packet = decodeBfdControl(sent ?? new Uint8Array());
    assert.ok(packet.ok && packet.value.authentication?.type === 'keyed-sha1');
    return packet.value.authentication.sequence;
  });
  assert.equal(new Set(firsts).size, 3);
});

test('sequence numbers turn over', () => {
  const settings: BfdAuthenticationSettings = { type: 'meticulous-sha1', keys: [{ id: 1, hex: '00' }] };
  const receiver = new BfdAuthenticator(settings, 0);
  const sequence = (number: number): BfdControl =>
    ({
      detectMultiplier: 3,
      authentication: { type: 'meticulous-sha1', keyId: 1, sequence: number, digest: new Uint8Array(20) },
    }) as BfdControl;
  receiver.accepted(sequence(0xffff_fffe), instant(0), milliseconds(30));
  assert.equal(receiver.replayFault(sequence(0xffff_ffff), instant(1)), undefined);
  assert.equal(receiver.replayFault(sequence(3), instant(1)), undefined);
  assert.match(receiver.replayFault(sequence(8), instant(1)) ?? '', /replay/);
  assert.match(receiver.replayFault(sequence(0xffff_fffd), instant(1)) ?? '', /replay/);
});

test('several keys: the first signs, all are accepted', () => {
  const rig = started('auth_type simple\n auth_key 1 old\n auth_key 2 new');
  give(rig, new Neighbor('simple-password', 'new', 2).packet(rig));
  assert.equal(sessionOf(rig).state, 'Init');
});

test('keys never reach a dump or a log line', () => {
  const rig = started('auth_type keyed_sha1\n auth_key 1 topsecret');
  give(rig, new Neighbor('keyed-sha1', 'x').packet(rig));
  const shown = JSON.stringify(rig.engine.status()) + rig.lines.join('\n');
  assert.doesNotMatch(shown, new RegExp(`topsecret|${hex('topsecret')}`));
});
