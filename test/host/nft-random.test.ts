/**
 * Random tables, one after the other, in one life of the plane nftables, with somebody else's hands in between and
 * successors that take over: after each step nft lists what it lists where the same table was made at once, from nothing,
 * and what the plane reads is what is wanted. NFT_RUNS lives begin with the seed NFT_SEED and have NFT_STEPS steps.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { Prng } from '../../src/base/prng.js';
import { everythingOf, planTable } from '../../src/core/lvs/plan.js';
import {
  type Destination,
  destinationKeyOf,
  familyOfService,
  type Service,
  type ServiceIdentity,
  serviceKeyOf,
  type Table,
  tableOf,
} from '../../src/core/lvs/table.js';
import { createNetworkNamespace, withNetworkNamespace } from '../../src/host/linux/namespace.js';
import type { BalancerPilot } from './balancer-pilot.js';
import { nftPilot, server, table } from './nft-stage.js';
import { ip, namespacesMissing, rootMissing } from './rig.js';

const LIVES = Number(process.env['NFT_RUNS'] ?? 2);
const FIRST = Number(process.env['NFT_SEED'] ?? 1);
const STEPS = Number(process.env['NFT_STEPS'] ?? 20);
const skip =
  namespacesMissing ||
  rootMissing ||
  (spawnSync('nft', ['--version']).status !== 0 && 'nft is not installed');

const address = (text: string, protocol: 'TCP' | 'UDP' | 'SCTP', port: number): ServiceIdentity => ({
  kind: 'address',
  protocol,
  address: ip(text),
  port,
});
const IDENTITIES: readonly ServiceIdentity[] = [
  address('192.0.2.100', 'TCP', 80),
  address('192.0.2.100', 'UDP', 80),
  address('192.0.2.100', 'TCP', 0),
  address('192.0.2.101', 'SCTP', 443),
  address('2001:db8:1::100', 'TCP', 80),
  address('2001:db8:1::100', 'UDP', 0),
  { kind: 'mark', family: 'ipv4', mark: 7 },
  { kind: 'mark', family: 'ipv6', mark: 7 },
  { kind: 'mark', family: 'ipv4', mark: 8 },
];

type Entry = [Service, ...Destination[]];

function randomService(chance: Prng, identity: ServiceIdentity): Service {
  const scheduler = chance.pick(['rr', 'wrr', 'wrr', 'sh', 'dh', 'random']);
  const masks =
    familyOfService(identity) === 'ipv4' ? ['255.255.255.255', '255.255.255.0'].map(ip) : [128, 64];
  return {
    identity,
    scheduler,
    schedulerFlags: scheduler === 'sh' && identity.kind === 'address' && chance.chance(0.4) ? [2] : [],
    onePacket: false,
    ...(chance.chance(0.4)
      ? { persistence: { seconds: chance.integer(1, 500), granularity: masks[chance.integer(0, 1)] ?? 64 } }
      : {}),
  };
}

function randomServers(chance: Prng, { identity }: Service, before: readonly Destination[]): Destination[] {
  const family = familyOfService(identity);
  // Without a port of the service's own all of its servers have one, or none.
  const free = identity.kind === 'mark' || identity.port === 0;
  const ports = free ? chance.pick([[0], [8080, 8081]]) : [8080, 8081, 0];
  const kept = before.filter(({ port }) => chance.chance(0.7) && (!free || ports.includes(port)));
  const servers = new Map(
    kept.map((one) => [
      destinationKeyOf(one),
      chance.chance(0.3) ? { ...one, weight: chance.integer(0, 6) } : one,
    ]),
  );
  for (let n = chance.integer(0, 3); n > 0; n--) {
    const host = chance.integer(11, 16);
    const one = server(family === 'ipv4' ? `10.1.0.${host}` : `2001:db8:2::${host}`, {
      port: chance.pick(ports),
      weight: chance.pick([0, 1, 1, 2, 3, 60, 2000]),
    });
    if (!servers.has(destinationKeyOf(one))) servers.set(destinationKeyOf(one), one);
  }
  return [...servers.values()];
}

function edited(chance: Prng, before: readonly Entry[]): Entry[] {
  const entries: Entry[] = [];
  for (const [service, ...servers] of before) {
    if (chance.chance(0.15)) continue;
    const next = chance.chance(0.25) ? randomService(chance, service.identity) : service;
    entries.push([next, ...(chance.chance(0.6) ? randomServers(chance, next, servers) : servers)]);
  }
  for (const identity of IDENTITIES) {
    if (entries.some(([{ identity: known }]) => serviceKeyOf(known) === serviceKeyOf(identity))) continue;
    if (!chance.chance(0.3)) continue;
    const service = randomService(chance, identity);
    entries.push([service, ...randomServers(chance, service, [])]);
  }
  return entries;
}

/** What nft lists, with servers by their places instead of their numbers, slots by how many each server has. */
function listed(namespace: number): string {
  const { status, stdout, stderr } = withNetworkNamespace(namespace, () =>
    spawnSync('nft', ['list', 'ruleset'], { encoding: 'utf8' }),
  );
  assert.equal(status, 0, stderr);
  return (
    stdout
      .split(/^(?=table )/m)
      // The table of a family stays until the last service of either has gone.
      .filter((text) => text.includes('goto '))
      .flatMap((text) => {
        const [, family = ''] = /^table (ip6?) /.exec(text) ?? [];
        const blocks = [...text.matchAll(/^\t(map|chain) (\S+) \{\n[\s\S]*?^\t\}$/gm)];
        const named = new Map(blocks.map(([block, , name = '']) => [name, block]));
        const places = new Map<string, Map<string, string>>();
        for (const [name, block] of named)
          if (name.startsWith('servers-')) places.set(name.slice('servers-'.length), numbersIn(block));
        return [...named].map(([name, block]) => `${family} ${shown(name, block, places)}`);
      })
      .sort()
      .join('\n')
  );
}

const elementsOf = (block: string): string[] =>
  (/elements = \{ ([^}]*) \}/.exec(block)?.[1] ?? '').split(',').flatMap((one) => one.trim() || []);

/** `3:1 counter packets 0 bytes 0 : 10.1.0.11 . 8080`, or without the counter. */
function numbersIn(block: string): Map<string, string> {
  return new Map(
    elementsOf(block).map((one) => {
      const [number = ''] = one.split(' ');
      return [number, one.slice(one.lastIndexOf(' : ') + 3)];
    }),
  );
}

function shown(
  name: string,
  block: string,
  places: ReadonlyMap<string, ReadonlyMap<string, string>>,
): string {
  const [kind = ''] = name.split('-');
  const service = name.slice(kind.length + 1);
  const elements = elementsOf(block);
  const words =
    kind === 'servers'
      ? [...numbersIn(block).values()]
      : kind === 'slots'
        ? counted(
            elements.map((one) => places.get(service)?.get(one.replace(/^.* : /, '')) ?? `lost: ${one}`),
          )
        : elements;
  return block.replace(/elements = \{ [^}]* \}/, words.sort().join(', '));
}

function counted(words: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} of ${word}`).sort();
}

const simple = (wanted: Table) =>
  [...wanted]
    .map(([key, { service, destinations }]) => [key, service, [...destinations.values()].sort(byKey)])
    .sort();
const byKey = (a: Destination, b: Destination): number =>
  destinationKeyOf(a) < destinationKeyOf(b) ? -1 : 1;

/** Somebody empties a map, takes a rule away, or all. */
function meddle(chance: Prng, namespace: number): string {
  const nft = (...words: string[]): string =>
    withNetworkNamespace(namespace, () => spawnSync('nft', words, { encoding: 'utf8' })).stdout;
  const names = [...nft('list', 'ruleset').matchAll(/^table (ip6?) |^\t(map|chain) (\S+) \{/gm)];
  let family = 'ip';
  const places = names.flatMap(([, table, kind, name]) => {
    if (table) family = table;
    return kind && name ? [[family, kind, name] as const] : [];
  });
  if (places.length === 0) return 'nothing';
  const [where, kind, name] = chance.pick(places);
  if (chance.chance(0.1)) return `${nft('flush', 'ruleset')}everything`;
  nft('flush', kind, where, 'holdfast_balancer', name);
  return `${kind} ${name}`;
}

describe('random tables of the plane nftables', { skip }, () => {
  const pilots: BalancerPilot[] = [];
  const opened: number[] = [];
  const namespace = (): number => {
    const made = createNetworkNamespace();
    assert.ok(made.ok);
    opened.push(made.value);
    return made.value;
  };
  const take = (inside: number): BalancerPilot => {
    const pilot = nftPilot(inside);
    pilots.push(pilot);
    return pilot;
  };
  after(async () => {
    for (const pilot of pilots) await pilot.balancer.close();
    for (const one of opened) closeSync(one);
  });

  for (let seed = FIRST; seed < FIRST + LIVES; seed++)
    test(`seed ${seed}`, async () => {
      const chance = new Prng(seed);
      const inside = namespace();
      let pilot = take(inside);
      let entries: Entry[] = [];
      let observed: Table = new Map();
      for (let step = 0; step < STEPS; step++) {
        const what = chance.pick([
          'edit',
          'edit',
          'edit',
          'edit',
          'two edits',
          'successor',
          'meddling',
        ] as const);
        let done: string = what;
        const before = entries;
        entries = edited(chance, entries);
        if (what === 'successor') {
          await pilot.balancer.close();
          pilots.splice(pilots.indexOf(pilot), 1);
          pilot = take(inside);
          await pilot.reach(table(...entries));
        } else if (what === 'meddling') {
          entries = before;
          done = `meddling with ${meddle(chance, inside)}`;
          await pilot.reach(table(...entries));
        } else {
          const middle = what === 'two edits' ? [edited(chance, before)] : [];
          const answers = [...middle, entries].map((next) => {
            const wanted = table(...next);
            const operations = planTable(wanted, observed, everythingOf(wanted, observed));
            observed = wanted;
            return operations.length > 0 ? pilot.done(operations) : undefined;
          });
          await Promise.all(answers);
        }
        observed = table(...entries);
        const at = `seed ${seed}, step ${step}: ${done}`;
        const { table: read, error } = await pilot.read();
        assert.equal(error, undefined, at);
        assert.deepEqual(simple(tableOf(read.services)), simple(observed), at);
        const fresh = namespace();
        const other = take(fresh);
        await other.reach(observed);
        assert.equal(listed(inside), listed(fresh), at);
        await other.balancer.close();
        pilots.splice(pilots.indexOf(other), 1);
        closeSync(opened.pop() ?? -1);
      }
    });
});
