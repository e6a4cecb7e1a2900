/**
 * The table of the plane nftables as the installed nft lists it: it can, what it says can be read and loaded again, and
 * names tell the virtual server. And what a listing shows of many services: parts in each turn, one transaction each.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { type BalancerOperation, everythingOf, planTable } from '../../src/core/lvs/plan.js';
import type { Service } from '../../src/core/lvs/table.js';
import { NftBalancer } from '../../src/host/balancer/nftables/nft-balancer.js';
import { createNetworkNamespace, withNetworkNamespace } from '../../src/host/linux/namespace.js';
import { Poller } from '../../src/host/linux/poller.js';
import type { BalancerPilot } from './balancer-pilot.js';
import { nftPilot, server, table, web, web6 } from './nft-stage.js';
import { ip, namespacesMissing, rootMissing } from './rig.js';

const skip =
  namespacesMissing ||
  rootMissing ||
  (spawnSync('nft', ['--version']).status !== 0 && 'nft is not installed');

const namespace = (): number => {
  const made = createNetworkNamespace();
  assert.ok(made.ok);
  return made.value;
};
const at = (address: string, port: number, more: Partial<Service> = {}): Service => ({
  ...web,
  identity: { kind: 'address', protocol: 'TCP', address: ip(address), port },
  ...more,
});
/** Of servers, as nft lists them. */
const NUMBERS = /\b[0-9a-f]+:[0-9a-f]+(?= |,|$)/gm;
const everyKind = table(
  [web, server('10.1.0.11'), server('10.1.0.12')],
  [
    at('192.0.2.101', 80, {
      scheduler: 'wrr',
      persistence: { seconds: 50, granularity: ip('255.255.255.0') },
    }),
    server('10.1.0.11', { weight: 3 }),
    server('10.1.0.12', { weight: 0 }),
  ],
  [at('192.0.2.102', 0, { scheduler: 'sh' }), server('10.1.0.11', { port: 0 })],
  [at('192.0.2.103', 80, { scheduler: 'sh', schedulerFlags: [2] }), server('10.1.0.11')],
  [at('192.0.2.104', 80, { scheduler: 'dh' }), server('10.1.0.11'), server('10.1.0.12')],
  [at('192.0.2.105', 80, { scheduler: 'random' }), server('10.1.0.11'), server('10.1.0.12')],
  [at('192.0.2.106', 80)],
  [{ ...web, identity: { kind: 'mark', family: 'ipv4', mark: 7 } }, server('10.1.0.11')],
  [
    {
      ...web,
      identity: { kind: 'address', protocol: 'UDP', address: ip('192.0.2.107'), port: 53 },
      persistence: { seconds: 1, granularity: ip('255.255.255.255') },
    },
    server('10.1.0.11', { port: 53 }),
  ],
  [web6, server('2001:db8:2::11')],
  [
    {
      ...web6,
      identity: { kind: 'mark', family: 'ipv6', mark: 7 },
      persistence: { seconds: 60, granularity: 64 },
    },
    server('2001:db8:2::11', { port: 0 }),
  ],
);

describe('the table as nft lists it', { skip }, () => {
  let inside: number;
  let pilot: BalancerPilot;
  const nft = (where: number, args: string[], input?: string) =>
    withNetworkNamespace(where, () => spawnSync('nft', args, { encoding: 'utf8', input }));
  const listed = (...args: string[]): string => {
    const { status, signal, stdout, stderr } = nft(inside, [...args, 'list', 'ruleset']);
    assert.deepEqual([status, signal], [0, null], stderr);
    return stdout;
  };

  before(() => {
    inside = namespace();
    pilot = nftPilot(inside);
  });
  after(() => pilot?.balancer.close());

  test('as text and as JSON, with every kind of service in it, by names that tell the virtual server', async () => {
    await pilot.reach(everyKind);
    const text = listed();
    for (const name of [
      ...[
        'chain tcp-192.0.2.100-80 ',
        'chain udp-192.0.2.107-53 ',
        'chain tcp-192.0.2.102-any ',
        'chain mark-7 ',
      ],
      ...[
        'chain tcp-2001_db8_1__100-80 ',
        'map slots-tcp-192.0.2.101-80 ',
        'map clients-tcp-192.0.2.101-80 ',
      ],
    ])
      assert.ok(text.includes(name), name);
    assert.match(text, /192\.0\.2\.100 \. tcp \. 80 : goto tcp-192\.0\.2\.100-80/);
    assert.match(text, /numgen inc mod 2 map @slots-tcp-192\.0\.2\.100-80/);
    assert.match(text, /dnat ip to meta priority map @servers-tcp-192\.0\.2\.100-80/);
    assert.match(text, /counter packets 0 bytes 0 : 10\.1\.0\.11 \. 8080/);
    assert.match(text, /ip saddr & 255\.255\.255\.0 timeout 50s : meta priority/);
    const json = JSON.parse(listed('-j')) as { nftables: { chain?: { name: string } }[] };
    assert.ok(json.nftables.some(({ chain }) => chain?.name === 'tcp-2001_db8_1__100-80'));
  });

  test('a listing loaded elsewhere lists the same: nft understood all of it', () => {
    const text = listed();
    const elsewhere = namespace();
    const { status, stderr } = nft(elsewhere, ['-f', '-'], text);
    assert.equal(status, 0, stderr);
    assert.equal(nft(elsewhere, ['list', 'ruleset']).stdout, text);
  });

  test('another life takes the table over service by service: what is wanted is replaced, the rest goes', async () => {
    // Servers that were there before keep their numbers.
    const sorted = (text: string): string[] => text.replaceAll(NUMBERS, 'N').split('\n').sort();
    const wanted = new Map([...everyKind].filter(([key]) => !key.includes('192.0.2.10')));
    for (const [key, one] of table([at('192.0.2.104', 80), server('10.1.0.14')])) wanted.set(key, one);
    const elsewhere = namespace();
    const fresh = nftPilot(elsewhere);
    await fresh.reach(wanted);
    await pilot.balancer.close();
    const transactions = await watched(inside, async () => {
      pilot = nftPilot(inside);
      await pilot.reach(wanted);
      await pilot.read();
    });
    assert.ok(transactions > 2, 'not all at once');
    assert.deepEqual(sorted(listed()), sorted(nft(elsewhere, ['list', 'ruleset']).stdout));
    assert.deepEqual(pilot.logs, [], 'nobody is said to have been at it');
    await fresh.balancer.close();
  });

  test('another life leaves no map of clients behind for a service that no longer asks to remember them', async () => {
    const sticky = at('192.0.2.101', 80, {
      persistence: { seconds: 50, granularity: ip('255.255.255.255') },
    });
    await pilot.reach(table([sticky, server('10.1.0.11')]));
    assert.match(listed(), /map clients-tcp-192\.0\.2\.101-80 /);
    await pilot.balancer.close();
    pilot = nftPilot(inside);
    await pilot.reach(table([at('192.0.2.101', 80), server('10.1.0.11')]));
    await pilot.read();
    assert.doesNotMatch(listed(), /clients-/);
  });

  test('servers of a mark get ports all together, or lose them, in one change', async () => {
    const service: Service = { ...web, identity: { kind: 'mark', family: 'ipv4', mark: 9 } };
    const withPort = (...ports: readonly number[]) =>
      table([service, ...ports.map((port, i) => server(`10.1.0.1${i + 1}`, { port }))]);
    for (const wanted of [withPort(0, 0), withPort(8080, 8081), withPort(0)]) {
      await pilot.reach(wanted);
      assert.deepEqual(await pilot.reach(wanted), []);
    }
    const [refused] = await pilot.apply([
      {
        operation: 'add-destination',
        identity: service.identity,
        destination: server('10.1.0.12', { port: 8080 }),
      },
    ]);
    assert.match(refused?.error?.message ?? '', /a port for all servers or for none/);
  });

  test('while it takes over, a service whose turn has not come is there as it was', async () => {
    const many = table(
      ...Array.from({ length: 50 }, (_, i): [Service, ...ReturnType<typeof server>[]] => [
        at(`198.51.100.${i}`, 80),
        server(`10.2.0.${i}`),
      ]),
    );
    await pilot.reach(many);
    const before = listed();
    await pilot.balancer.close();
    // One that never gets a second turn.
    const poller = new Poller();
    const stuck = new NftBalancer({ poller, feed: () => {}, requestTurn: () => {}, log: () => {} });
    withNetworkNamespace(inside, () =>
      stuck.run({
        kind: 'apply-balancer',
        request: 1,
        operations: planTable(many, new Map(), everythingOf(many, new Map())),
      }),
    );
    assert.equal(listed(), before);
    await stuck.close();
    poller.close();
    pilot = nftPilot(inside);
    await pilot.reach(many);
  });

  test('of many services a part is done in each turn, and a service in one transaction', async () => {
    await pilot.reach(table());
    const many = table(
      ...Array.from({ length: 200 }, (_, i): [Service, ...ReturnType<typeof server>[]] => [
        at(`198.51.100.${i}`, 80),
        ...Array.from({ length: 4 }, (_, j) => server(`10.2.${j}.${i}`)),
      ]),
    );
    pilot.turns = 0;
    await pilot.reach(many);
    // 32 operations a turn, up to the end of a service: 7 services of 5 operations.
    assert.ok(pilot.turns >= 200 / 7, `${pilot.turns} turns`);
    const events = await watched(inside, async () => {
      const [first] = many.values();
      assert.ok(first);
      const operations: BalancerOperation[] = [...first.destinations.values()].map((destination) => ({
        operation: 'delete-destination',
        identity: first.service.identity,
        destination,
      }));
      await pilot.done(operations);
    });
    assert.equal(events, 1, 'all servers of one service in one transaction');
    await pilot.reach(table());
    assert.equal(listed(), '');
  });
});

/** How many transactions the rules of a namespace saw meanwhile, as `nft monitor` tells them. */
async function watched(inside: number, body: () => Promise<void>): Promise<number> {
  const nft = (...args: string[]) => withNetworkNamespace(inside, () => execFileSync('nft', args));
  const monitor = withNetworkNamespace(inside, () => spawn('nft', ['monitor']));
  try {
    let said = '';
    monitor.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    // It listens from some moment on: it has said all there was when it has said the end of the last.
    let begun = 0;
    while (!said.includes('add table ip begins')) {
      nft('add', 'table', 'ip', `begins_${++begun}`);
      await new Promise((done) => setTimeout(done, 20));
      nft('delete', 'table', 'ip', `begins_${begun}`);
    }
    while (!new RegExp(`delete table ip begins_${begun}\n# new generation.*\n`).test(said))
      await once(monitor.stdout, 'data');
    const start = said.length;
    await body();
    nft('add', 'table', 'ip', 'ends');
    while (!said.slice(start).includes('add table ip ends\n')) await once(monitor.stdout, 'data');
    nft('delete', 'table', 'ip', 'ends');
    const [during = ''] = said.slice(start).split('add table ip ends\n');
    return (during.match(/^# new generation/gm) ?? []).length;
  } finally {
    monitor.kill();
  }
}
