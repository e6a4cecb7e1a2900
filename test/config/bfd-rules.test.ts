/** What bfd_instance blocks mean together, and the findings about them. (directives-bfd section 1) */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODES, type CodeName } from '../../src/config/codes.js';
import { load } from './support.js';

const bfd = (name: string, ...lines: string[]): string => `bfd_instance ${name} {\n${lines.join('\n')}\n}\n`;
const PEER = 'neighbor_ip 10.0.0.1';

const RULES: readonly { name: string; text: string; told: readonly CodeName[]; left: readonly string[] }[] = [
  { name: 'one in order', text: bfd('a', PEER), told: [], left: ['a'] },
  { name: 'no neighbour', text: bfd('a', 'min_rx 50'), told: ['requiredMissing'], left: [] },
  {
    name: 'a wrong neighbour is told once',
    text: bfd('a', 'neighbor_ip host'),
    told: ['entryInvalid'],
    left: [],
  },
  { name: 'families', text: bfd('a', PEER, 'source_ip 2001:db8::1'), told: ['bfdFamily'], left: [] },
  {
    name: 'a wrong source is left out',
    text: bfd('a', PEER, 'source_ip x'),
    told: ['entryInvalid'],
    left: ['a'],
  },
  {
    name: 'one name twice',
    text: bfd('a', PEER) + bfd('a', 'neighbor_ip 10.0.0.2'),
    told: ['duplicateName'],
    left: ['a'],
  },
  {
    name: 'one name and neighbour twice',
    text: bfd('a', PEER) + bfd('a', PEER),
    told: ['duplicateName'],
    left: ['a'],
  },
  {
    name: 'one neighbour twice',
    text: bfd('a', PEER) + bfd('b', PEER),
    told: ['neighborClash'],
    left: ['a'],
  },
  {
    name: 'one neighbour from two sources',
    text: bfd('a', PEER, 'source_ip 10.0.0.8') + bfd('b', PEER, 'source_ip 10.0.0.9'),
    told: [],
    left: ['a', 'b'],
  },
  {
    name: 'one neighbour near and far',
    text: bfd('a', PEER) + bfd('b', PEER, 'multihop'),
    told: [],
    left: ['a', 'b'],
  },
  { name: 'no name', text: `bfd_instance {\n${PEER}\n}`, told: ['valueMissing'], left: [] },
  { name: 'a name of 31 bytes', text: bfd('x'.repeat(31), PEER), told: [], left: ['x'.repeat(31)] },
  { name: 'a name of 32 bytes', text: bfd('x'.repeat(32), PEER), told: ['invalidValue'], left: [] },
  {
    name: 'more hops than the ttl has',
    text: bfd('a', PEER, 'ttl 3', 'max_hops 5'),
    told: ['valueAdjusted'],
    left: ['a'],
  },
  { name: 'too many decimals', text: bfd('a', PEER, 'min_rx 1.2345'), told: ['valueAdjusted'], left: ['a'] },
  {
    name: 'a hop limit that others drop',
    text: bfd('a', 'neighbor_ip 2001:db8::1'),
    told: ['bfdHopLimit'],
    left: ['a'],
  },
  {
    name: 'the hop limit of the RFC',
    text: bfd('a', 'neighbor_ip 2001:db8::1', 'hoplimit 255'),
    told: [],
    left: ['a'],
  },
  {
    name: 'multihop over IPv6',
    text: bfd('a', 'neighbor_ip 2001:db8::1', 'multihop'),
    told: [],
    left: ['a'],
  },
  { name: 'slower than VRRP', text: bfd('a', PEER, 'min_rx 3000'), told: ['bfdSlow'], left: ['a'] },
  {
    name: 'an unknown option of the weight',
    text: bfd('a', PEER, 'weight 5 noreverse'),
    told: ['optionUnknown'],
    left: ['a'],
  },
];

describe('rules of BFD', () => {
  for (const { name, text, told, left } of RULES) {
    test(name, () => {
      const { configuration, diagnostics } = load(text);
      const found = diagnostics.map(({ code }) => code).filter((code) => code !== CODES.noEffectYet.id);
      assert.deepEqual(
        found,
        told.map((one) => CODES[one].id),
      );
      assert.deepEqual(
        configuration?.bfdInstances.map((one) => one.name),
        left,
      );
    });
  }

  test('values that were moved', () => {
    const { configuration } = load(
      bfd('a', PEER, 'ttl 3', 'max_hops 5', 'min_rx 1.2345', 'weight 5 noreverse'),
    );
    const [found] = configuration?.bfdInstances ?? [];
    assert.deepEqual([found?.maxHops, found?.minRx, found?.weight], [3, 1235, 5]);
  });
});
