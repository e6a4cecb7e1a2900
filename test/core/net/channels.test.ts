/** One socket per interface and family, whoever shares it; a packet finds the instance that it is for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Family } from '../../../src/base/ip-address.js';
import { MAX_RECEIVE_BUFFER, RECEIVE_BUFFER_PER_ROUTER } from '../../../src/base/limits.js';
import { Deadlines } from '../../../src/core/deadlines.js';
import type { Effect } from '../../../src/core/effects.js';
import { type ChannelMember, Channels } from '../../../src/core/net/channels.js';
import { Outbox } from '../../../src/core/outbox.js';
import { ip } from '../../base/values.js';

const member = (
  name: string,
  virtualRouterId: number,
  group: string | undefined,
  source = '10.0.0.1',
  family: Family = 'ipv4',
): ChannelMember => ({
  name,
  family,
  virtualRouterId,
  behindAh: false,
  multicastGroup: group === undefined ? undefined : ip(group),
  sourceAddress: ip(source),
  channelFailed: () => {},
  channelOpened: () => {},
});

function bench(): { channels: Channels; settle: () => Effect[] } {
  const outbox = new Outbox();
  const channels = new Channels(outbox, new Deadlines());
  const settle = (): Effect[] => {
    const effects: Effect[] = [];
    channels.settle();
    outbox.flush(effects);
    return effects;
  };
  return { channels, settle };
}

test('members that share an interface share a socket, asked for once', () => {
  const { channels, settle } = bench();
  const one = member('a', 9, '224.0.0.18');
  const two = member('b', 7, '224.0.0.200');
  channels.join(one, 2);
  channels.join(two, 2);
  channels.join(member('c', 7, 'ff02::12', 'fe80::1', 'ipv6'), 2);
  assert.deepEqual(
    settle().map((effect) => (effect.kind === 'open-channel' ? effect.channel : effect)),
    [
      {
        id: '2/ipv4',
        family: 'ipv4',
        interfaceIndex: 2,
        groups: ['224.0.0.18', '224.0.0.200'],
        virtualRouterIds: [7, 9],
      },
      { id: '2/ipv6', family: 'ipv6', interfaceIndex: 2, groups: ['ff02::12'], virtualRouterIds: [7] },
    ],
  );
  assert.deepEqual(settle(), []);
  channels.leave(two, '2/ipv4');
  const [changed] = settle();
  assert.ok(changed?.kind === 'open-channel');
  assert.deepEqual(changed.channel.virtualRouterIds, [9]);
  channels.leave(one, '2/ipv4');
  assert.deepEqual(settle(), [{ kind: 'close-channel', channel: '2/ipv4' }]);
});

test('wishes for the receive buffer add up, and who has none counts with what is usual', () => {
  const { channels, settle } = bench();
  const one = member('a', 9, '224.0.0.18');
  const two = member('b', 7, '224.0.0.18');
  const buffers = (): (number | undefined)[] =>
    settle().flatMap((effect) => (effect.kind === 'open-channel' ? [effect.channel.receiveBuffer] : []));
  channels.sizeBuffer(one, undefined, 5000);
  channels.join(one, 2);
  channels.join(two, 2);
  channels.sizeBuffer(two, '2/ipv4', 2000);
  assert.deepEqual(buffers(), [7000]);
  channels.join(member('c', 8, '224.0.0.18'), 2);
  assert.deepEqual(buffers(), [7000 + RECEIVE_BUFFER_PER_ROUTER]);
  channels.sizeBuffer(one, '2/ipv4', 2 ** 31 - 1);
  assert.deepEqual(buffers(), [MAX_RECEIVE_BUFFER]);
  // Nothing is asked for again that is as it was.
  channels.sizeBuffer(one, '2/ipv4', 2 ** 31 - 1);
  assert.deepEqual(buffers(), []);
});

test('the destination decides between instances of the same number', () => {
  const { channels } = bench();
  const plain = member('plain', 7, '224.0.0.18');
  const other = member('other', 7, '224.0.0.200');
  const unicast = member('unicast', 7, undefined, '10.0.0.5');
  for (const one of [plain, other, unicast]) channels.join(one, 2);
  const find = (destination: string): string | undefined => channels.find(2, 'ipv4', 7, destination)?.name;
  assert.equal(find('224.0.0.200'), 'other');
  assert.equal(find('224.0.0.18'), 'plain');
  assert.equal(find('10.0.0.5'), 'unicast');
  assert.equal(find('10.0.0.77'), 'unicast');
  assert.equal(channels.find(3, 'ipv4', 7, '224.0.0.18'), undefined);
  assert.equal(channels.find(2, 'ipv6', 7, 'ff02::12'), undefined);
});

test('an instance without an interface hears on any', () => {
  const { channels } = bench();
  channels.join(member('anywhere', 7, undefined), 0);
  assert.equal(channels.find(12, 'ipv4', 7, '10.0.0.1')?.name, 'anywhere');
});

test('adverts within AH have a socket of their own, and both are found by their number', () => {
  const { channels, settle } = bench();
  const plain = member('A', 1, '224.0.0.18');
  const hidden: ChannelMember = { ...member('B', 2, '224.0.0.18'), behindAh: true };
  assert.deepEqual([channels.join(plain, 2), channels.join(hidden, 2)], ['2/ipv4', '2/ipv4/ah']);
  const asked = settle().map((effect) => (effect.kind === 'open-channel' ? effect.channel : undefined));
  assert.deepEqual(
    asked.map((one) => [one?.id, one?.protocol, one?.virtualRouterIds]),
    [
      ['2/ipv4', undefined, [1]],
      ['2/ipv4/ah', 'ah', [2]],
    ],
  );
  assert.equal(channels.find(2, 'ipv4', 1, '224.0.0.18'), plain);
  assert.equal(channels.find(2, 'ipv4', 2, '224.0.0.18'), hidden);
  channels.leave(hidden, '2/ipv4/ah');
  assert.deepEqual(settle(), [{ kind: 'close-channel', channel: '2/ipv4/ah' }]);
  assert.equal(channels.find(2, 'ipv4', 2, '224.0.0.18'), undefined);
});

test('an instance without interface shares its number with one on an interface: the destination decides', () => {
  const { channels } = bench();
  const onEth0 = member('A', 1, '224.0.0.18');
  const anywhere = member('B', 1, undefined, '10.0.0.9');
  channels.join(onEth0, 2);
  channels.join(anywhere, 0);
  assert.equal(channels.find(2, 'ipv4', 1, '224.0.0.18'), onEth0);
  assert.equal(channels.find(2, 'ipv4', 1, '10.0.0.9'), anywhere);
  assert.equal(channels.find(3, 'ipv4', 1, '10.0.0.9'), anywhere);
});
