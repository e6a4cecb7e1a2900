/** The plane nftables on this kernel: real connections through it, what it refuses, what somebody else does to it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MAX_STICKY_CLIENTS } from '../../src/base/limits.js';
import type { BalancerOperation } from '../../src/core/lvs/plan.js';
import type { Destination, Service } from '../../src/core/lvs/table.js';
import { until } from '../lab/journal.js';
import { BalancerLab } from './balancer-lab.js';
import type { BalancerPilot } from './balancer-pilot.js';
import { nftPilot, server, table, web, web6 } from './nft-stage.js';
import { ip, namespacesMissing, rootMissing } from './rig.js';

const tally = (answers: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
};
const [A, B, C] = ['10.1.0.11', '10.1.0.12', '10.1.0.13'] as const;
const VIP = '192.0.2.100 80';

describe('nftables as the data plane', { skip: namespacesMissing || rootMissing }, () => {
  let lab: BalancerLab;
  let pilot: BalancerPilot;
  const start = (): BalancerPilot => nftPilot(lab.director);
  const rules = (): string => lab.run(lab.director, 'nft', 'list', 'ruleset');

  before(async () => {
    lab = new BalancerLab();
    pilot = start();
    await lab.serve(
      ...[A, B, C, '2001:db8:2::11', '2001:db8:2::12'].map((address) => `${address} 8080`),
      `${A} 80`,
      `${A} 9090`,
      `${B} 9090`,
    );
  });
  after(async () => {
    await pilot?.balancer.close();
    lab?.close();
  });

  test('round robin, and the server sees the client', async () => {
    await pilot.reach(table([web, server(A), server(B)]));
    assert.deepEqual(tally(await lab.met(VIP, 10)), { [A]: 5, [B]: 5 });
    assert.match(await lab.ask(VIP), /^10\.1\.0\.1[12] 8080 192\.0\.2\.\d$/);
  });

  test('weighted round robin, exact and spread; a changed weight counts at once, weight 0 gets nothing', async () => {
    const weighted = { ...web, scheduler: 'wrr' };
    await pilot.reach(table([weighted, server(A, { weight: 3 }), server(B, { weight: 1 })]));
    assert.deepEqual(tally(await lab.met(VIP, 12)), { [A]: 9, [B]: 3 });
    await pilot.reach(
      table([weighted, server(A, { weight: 1 }), server(B, { weight: 2 }), server(C, { weight: 0 })]),
    );
    assert.deepEqual(tally(await lab.met(VIP, 12)), { [A]: 4, [B]: 8 });
  });

  test('a service that loses very many servers at once is changed in parts, and comes to what is wanted', async () => {
    const places = Array.from({ length: 1000 }, (_, i) => server(`10.1.${4 + (i >> 8)}.${i & 255}`));
    const numbers = (): number => rules().match(/10\.1\.[4-7]\.\d+ \. 8080/g)?.length ?? 0;
    await pilot.reach(table([web, server(A), ...places]));
    assert.equal(numbers(), places.length);
    const operations = await pilot.reach(table([web, server(A), server(B)]));
    assert.equal(operations.length, places.length + 1);
    assert.equal(numbers(), 0);
    assert.deepEqual(tally(await lab.met(VIP, 4)), { [A]: 2, [B]: 2 });
    assert.deepEqual(pilot.logs, []);
  });

  test('by chance every server comes to its turn', async () => {
    await pilot.reach(table([{ ...web, scheduler: 'random' }, server(A), server(B)]));
    const counts = tally(await lab.met(VIP, 60));
    // Each of them stays away with a chance of 2 in 2 to the 60th.
    assert.deepEqual(Object.keys(counts).sort(), [A, B]);
  });

  test('by source a client keeps its server, and clients differ; with ports, connections do', async () => {
    await pilot.reach(table([{ ...web, scheduler: 'sh' }, server(A), server(B), server(C)]));
    const met = new Set<string>();
    for (let client = 1; client <= 9; client++) {
      const own = new Set(await lab.met(`${VIP} 192.0.2.${client}`, 3));
      assert.equal(own.size, 1);
      for (const one of own) met.add(one);
    }
    assert.ok(met.size > 1, 'nine clients are not all at one server');
    await pilot.reach(
      table([{ ...web, scheduler: 'sh', schedulerFlags: [2] }, server(A), server(B), server(C)]),
    );
    assert.ok(new Set(await lab.met(`${VIP} 192.0.2.1`, 40)).size > 1);
  });

  test('by source a server that returns has its clients again, and each director sends them to the same', async () => {
    const hashed: Service = { ...web, scheduler: 'sh' };
    const met = async (): Promise<string[]> => {
      const all: string[] = [];
      for (let client = 1; client <= 9; client++) all.push(...(await lab.met(`${VIP} 192.0.2.${client}`, 1)));
      return all;
    };
    await pilot.reach(table([hashed, server(A), server(B), server(C)]));
    const first = await met();
    await pilot.reach(table([hashed, server(B), server(C)]));
    assert.ok(!(await met()).includes(A));
    await pilot.reach(table([hashed, server(B), server(C), server(A)]));
    assert.deepEqual(await met(), first);
    await pilot.reach(table());
    await pilot.reach(table([hashed, server(C), server(A), server(B)]));
    assert.deepEqual(await met(), first);
  });

  test('by destination an address keeps its server', async () => {
    await pilot.reach(table([{ ...web, scheduler: 'dh' }, server(A), server(B), server(C)]));
    assert.equal(new Set(await lab.met(VIP, 6)).size, 1);
  });

  test('persistence: a client comes back to its server, also with weight 0, and to another when it is gone', async () => {
    const sticky: Service = { ...web, persistence: { seconds: 60, granularity: ip('255.255.255.255') } };
    await pilot.reach(table([sticky, server(A), server(B)]));
    const [first = ''] = await lab.met(`${VIP} 192.0.2.1`, 1);
    const other = first === A ? B : A;
    assert.deepEqual(tally(await lab.met(`${VIP} 192.0.2.1`, 5)), { [first]: 5 });
    const all = new Set<string>();
    for (let client = 2; client <= 9; client++)
      all.add((await lab.met(`${VIP} 192.0.2.${client}`, 1))[0] ?? '');
    assert.deepEqual([...all].sort(), [A, B], 'the others are spread');
    await pilot.reach(table([sticky, server(first, { weight: 0 }), server(other)]));
    assert.deepEqual(tally(await lab.met(`${VIP} 192.0.2.1`, 3)), { [first]: 3 });
    await pilot.reach(table([sticky, server(other)]));
    assert.deepEqual(tally(await lab.met(`${VIP} 192.0.2.1`, 3)), { [other]: 3 });
    await pilot.reach(table([sticky, server(other), server(first)]));
    assert.deepEqual(tally(await lab.met(`${VIP} 192.0.2.1`, 3)), { [other]: 3 }, 'and stays there');
  });

  test('persistence by granularity: clients of one network share a server', async () => {
    const sticky: Service = { ...web, persistence: { seconds: 60, granularity: ip('255.255.255.0') } };
    await pilot.reach(table([sticky, server(A), server(B)]));
    const met = new Set<string>();
    for (let client = 1; client <= 9; client++)
      met.add((await lab.met(`${VIP} 192.0.2.${client}`, 1))[0] ?? '');
    assert.equal(met.size, 1);
  });

  test('where no more clients can be remembered, a further one is balanced all the same', async () => {
    const sticky: Service = { ...web, persistence: { seconds: 60, granularity: ip('255.255.255.255') } };
    await pilot.reach(table());
    await pilot.reach(table([sticky, server(A), server(B)]));
    const clients = 'clients-tcp-192.0.2.100-80';
    const some = Array.from({ length: MAX_STICKY_CLIENTS }, (_, i) => `172.16.${i >> 8}.${i & 255} : none`);
    lab.load(lab.director, `add element ip holdfast_balancer ${clients} { ${some.join(', ')} }`);
    assert.deepEqual(tally(await lab.met(`${VIP} 192.0.2.1`, 4)), { [A]: 2, [B]: 2 });
    lab.run(lab.director, 'nft', 'delete', 'element', 'ip', 'holdfast_balancer', clients, '{ 172.16.0.0 }');
    const [own = ''] = await lab.met(`${VIP} 192.0.2.1`, 1);
    assert.deepEqual(tally(await lab.met(`${VIP} 192.0.2.1`, 4)), { [own]: 4 }, 'there is room for one');
    await pilot.reach(table());
  });

  test('a connection that stands goes on while its server goes and comes, and over the start of another life', async () => {
    await pilot.reach(table([web, server(A)]));
    assert.match(await lab.ask(`${VIP} - hold`), /^10\.1\.0\.11 8080/);
    await pilot.reach(table([web, server(B)]));
    assert.match(await lab.ask('again'), /^10\.1\.0\.11 8080/);
    await pilot.balancer.close();
    pilot = start();
    await pilot.reach(table([web, server(A), server(B)]));
    assert.match(await lab.ask('again'), /^10\.1\.0\.11 8080/);
    assert.deepEqual(tally(await lab.met(VIP, 6)), { [A]: 3, [B]: 3 });
  });

  test('the sorry server alone, without a port of its own; no server at all', async () => {
    await pilot.reach(table([web, server(A, { port: 0 })]));
    assert.match(await lab.ask(VIP), /^10\.1\.0\.11 80 /);
    await pilot.reach(table([web]));
    assert.equal(await lab.ask(VIP), 'timeout');
  });

  test('marks and services for every port; the mark comes first', async () => {
    const marked: Service = { ...web, identity: { kind: 'mark', family: 'ipv4', mark: 7 } };
    const every: Service = {
      ...web,
      identity: { kind: 'address', protocol: 'TCP', address: ip('192.0.2.100'), port: 0 },
    };
    await pilot.reach(table([marked, server(B)], [every, server(A, { port: 0 })]));
    assert.match(await lab.ask('192.0.2.100 9090'), /^10\.1\.0\.11 9090/);
    lab.shell(
      lab.director,
      `nft add table ip marker
       nft 'add chain ip marker pre { type filter hook prerouting priority -150; }'
       nft add rule ip marker pre ip daddr 192.0.2.100 tcp dport 81 meta mark set 7`,
    );
    assert.match(await lab.ask('192.0.2.100 81'), /^10\.1\.0\.12 8080/);
    // Somebody marks whatever goes to the address: a ping is not for the servers.
    lab.run(
      lab.director,
      'nft',
      'flush chain ip marker pre; add rule ip marker pre ip daddr 192.0.2.100 meta mark set 7',
    );
    for (const servers of [[], [server('10.1.0.99', { port: 0 })]]) {
      await pilot.reach(table([marked, ...servers]));
      lab.run(lab.client, 'ping', '-c1', '-W5', '192.0.2.100');
    }
    lab.run(lab.director, 'nft', 'delete', 'table', 'ip', 'marker');
  });

  test('IPv6', async () => {
    await pilot.reach(
      table(
        [
          { ...web6, persistence: { seconds: 60, granularity: 64 } },
          server('2001:db8:2::11'),
          server('2001:db8:2::12'),
        ],
        [web, server(A)],
      ),
    );
    const met = tally(await lab.met('2001:db8:1::100 80', 4));
    assert.deepEqual(Object.values(met), [4], 'one network, one server');
    await pilot.reach(table([web6, server('2001:db8:2::11'), server('2001:db8:2::12')]));
    assert.deepEqual(tally(await lab.met('2001:db8:1::100 80', 6)), {
      '2001:db8:2::11': 3,
      '2001:db8:2::12': 3,
    });
  });

  test('connections of each server are counted', async () => {
    await pilot.done([{ operation: 'flush' }]);
    await pilot.reach(table([{ ...web, scheduler: 'wrr' }, server(A, { weight: 2 }), server(B)]));
    await lab.met(VIP, 9);
    const { table: read } = await pilot.read({ statistics: true });
    assert.deepEqual(
      read.services[0]?.destinations.map(({ address, counters }) => [address, counters?.connections]),
      [
        [A, 6n],
        [B, 3n],
      ],
    );
  });

  test('what it cannot do is refused with its remedy, and holds up nothing else', async () => {
    await pilot.done([{ operation: 'flush' }]);
    const { identity } = web;
    const add = (destination: Destination): BalancerOperation => ({
      operation: 'add-destination',
      identity,
      destination,
    });
    const results = await pilot.apply([
      { operation: 'add-service', service: { ...web6, scheduler: 'wlc' } },
      { operation: 'add-service', service: web },
      { operation: 'add-service', service: web },
      add(server(A)),
      add(server(A)),
      add(server(B, { method: { kind: 'DR' } })),
      add(server('2001:db8:2::11')),
      add(server(C, { upperThreshold: 5 })),
      { operation: 'edit-service', service: { ...web, onePacket: true } },
      { operation: 'delete-destination', identity, destination: server(B) },
      { operation: 'start-daemon', daemon: { state: 'master', interface: 'cl', id: 1 } },
      { operation: 'set-timeouts', timeouts: { tcp: 900 } },
    ]);
    const not = 'EOPNOTSUPP';
    assert.deepEqual(
      results.map(({ error }) => error?.code),
      [not, undefined, 'EEXIST', undefined, 'EEXIST', not, not, not, not, 'ENOENT', not, not],
    );
    assert.match(results[0]?.error?.message ?? '', /cannot schedule by wlc; use rr, wrr, random, sh, dh/);
    assert.match(results[5]?.error?.message ?? '', /lvs_method NAT, or balancer ipvs/);
    assert.deepEqual(tally(await lab.met(VIP, 2)), { [A]: 2 });
  });

  test("somebody else's changes are put right when the table is read, and said", async () => {
    const wanted = table([web, server(A), server(B)]);
    const nft = (...args: string[]): string => lab.run(lab.director, 'nft', ...args);
    const handleOf = (chain: string): string =>
      /# handle (\d+)\n\t}/.exec(nft('-a', 'list', 'chain', 'ip', 'holdfast_balancer', chain))?.[1] ?? '';
    const replaced = (chain: string): string[] => [
      ...['replace', 'rule', 'ip', 'holdfast_balancer', chain, 'handle', handleOf(chain)],
    ];
    await pilot.reach(wanted);
    // How the kernel shows our rules is learnt while nobody else is at it.
    await pilot.read();
    const right = rules();
    for (const meddle of [
      () => nft('flush', 'map', 'ip', 'holdfast_balancer', 'slots-tcp-192.0.2.100-80'),
      () => nft('flush', 'chain', 'ip', 'holdfast_balancer', 'tcp-192.0.2.100-80'),
      () => nft('flush', 'map', 'ip', 'holdfast_balancer', 'services'),
      () => nft('delete', 'rule', 'ip', 'holdfast_balancer', 'prerouting', 'handle', handleOf('prerouting')),
      () => nft('add', 'rule', 'ip', 'holdfast_balancer', 'output', 'drop'),
      () => nft('add', 'element', 'ip', 'holdfast_balancer', 'slots-tcp-192.0.2.100-80', '{ 2 : 0:1 }'),
      // As many as before, but others.
      () => nft(...replaced('tcp-192.0.2.100-80'), 'accept'),
      () => nft(...replaced('prerouting'), 'accept'),
      () =>
        nft(
          'delete element ip holdfast_balancer services { 192.0.2.100 . tcp . 80 };' +
            'add element ip holdfast_balancer services { 192.0.2.100 . tcp . 80 : drop }',
        ),
      // One that cannot be mended: everything is made anew.
      () =>
        nft(
          'flush chain ip holdfast_balancer tcp-192.0.2.100-80;' +
            'delete map ip holdfast_balancer slots-tcp-192.0.2.100-80;' +
            'add map ip holdfast_balancer slots-tcp-192.0.2.100-80 { type ipv4_addr : mark; }',
        ),
      () => nft('chain ip holdfast_balancer output { policy drop; }'),
      () => nft('add table ip holdfast_balancer { flags dormant; }'),
      () => nft('delete', 'table', 'ip', 'holdfast_balancer'),
    ]) {
      pilot.logs.length = 0;
      meddle();
      assert.notEqual(rules(), right);
      assert.deepEqual(await pilot.reach(wanted), [], 'nothing is left to the engine');
      assert.match(pilot.logs.at(-1) ?? '', /somebody changed the table holdfast_balancer/);
      assert.deepEqual(tally(await lab.met(VIP, 4)), { [A]: 2, [B]: 2 }, String(meddle));
    }
    const said = pilot.logs.length;
    await pilot.read();
    nft('add', 'table', 'ip', 'stranger');
    nft('delete', 'table', 'ip', 'stranger');
    await pilot.read();
    assert.equal(pilot.logs.length, said, 'nothing is said of a table that is right');
  });

  test('a table that somebody takes is there again at once, without a look, and connections go on', async () => {
    await pilot.reach(table([web, server(A)]));
    assert.match(await lab.ask(`${VIP} - hold`), /^10\.1\.0\.11 8080/);
    const there = (): boolean => rules().includes('tcp-192.0.2.100-80');
    const back = (): Promise<true> => until('it is there again', () => there() || undefined);
    for (const take of ['flush ruleset', 'delete table ip holdfast_balancer']) {
      pilot.logs.length = 0;
      lab.run(lab.director, 'nft', take);
      await back();
      assert.match(await lab.ask('again'), /^10\.1\.0\.11 8080/);
      assert.deepEqual(tally(await lab.met(VIP, 2)), { [A]: 2 });
      assert.match(pilot.logs.join('\n'), /somebody changed the table holdfast_balancer/);
    }
    // A firewall that is started anew may bring along what it saved of us once: a server that is not there any more.
    const saved = rules();
    await pilot.reach(table([web, server(B)]));
    lab.load(lab.director, `flush ruleset\n${saved}`);
    await until('it is what it shall be', () => !rules().includes(`${A} . 8080`) || undefined);
    assert.deepEqual(tally(await lab.met(VIP, 2)), { [B]: 2 });
    // Nobody's business: it is neither looked at nor spoken of.
    pilot.logs.length = 0;
    lab.run(lab.director, 'nft', 'add table ip stranger; delete table ip stranger');
    await pilot.reach(table());
    lab.run(lab.director, 'nft', 'flush ruleset');
    await pilot.read();
    assert.deepEqual(pilot.logs, []);
    assert.equal(rules(), '', 'where nothing is balanced nothing comes back');
  });

  test('rules that were written just before somebody else came are written again, and nobody is blamed', async () => {
    const wanted = table([web, server(A), server(B)]);
    await pilot.reach(table());
    await pilot.reach(wanted);
    const said = pilot.logs.length;
    const handles = (): string =>
      lab.run(lab.director, 'nft', '-a', 'list', 'table', 'ip', 'holdfast_balancer');
    const before = handles();
    lab.run(lab.director, 'nft', 'add', 'table', 'ip', 'stranger');
    lab.run(lab.director, 'nft', 'delete', 'table', 'ip', 'stranger');
    await pilot.read();
    assert.notEqual(handles(), before);
    const after = handles();
    await pilot.read();
    assert.equal(handles(), after, 'once');
    assert.equal(pilot.logs.length, said);
  });

  test('an earlier life: clients stay with their servers, and a table of another shape is replaced', async () => {
    const sticky: Service = { ...web, persistence: { seconds: 60, granularity: ip('255.255.255.255') } };
    await pilot.reach(table([sticky, server(C), server(A), server(B)]));
    await pilot.reach(table([sticky, server(A), server(B)]));
    const met = async (): Promise<string[]> => {
      const all: string[] = [];
      for (let client = 1; client <= 4; client++) all.push(...(await lab.met(`${VIP} 192.0.2.${client}`, 1)));
      return all;
    };
    const first = await met();
    const restart = async (shape: Service, ...servers: Destination[]): Promise<void> => {
      await pilot.balancer.close();
      pilot = start();
      await pilot.reach(table([shape, ...servers]));
    };
    // In another order, beside a new one.
    await restart(sticky, server(C), server(B), server(A));
    assert.deepEqual(await met(), first);
    // Without a port to rewrite to, the map of servers is another one.
    const every: Service = { ...sticky, identity: { ...web.identity, port: 0 } as Service['identity'] };
    await pilot.reach(table([every, server(A, { port: 0 })]));
    await restart(every, server(A, { port: 8080 }));
    assert.match(await lab.ask(`${VIP} 192.0.2.9`), /^10\.1\.0\.11 8080/);
    assert.deepEqual(pilot.logs, []);
    await pilot.balancer.close();
    lab.run(lab.director, 'nft', 'delete', 'table', 'ip', 'holdfast_balancer');
    lab.load(lab.director, 'table ip holdfast_balancer { set services { type ipv4_addr; }; }');
    pilot = start();
    await pilot.reach(table([web, server(B)]));
    assert.deepEqual(tally(await lab.met(VIP, 2)), { [B]: 2 });
    assert.match(pilot.logs.join(), /of another shape is there: it is replaced/);
  });

  test('what nft lists can be loaded again, and balances', async () => {
    const sticky: Service = { ...web, persistence: { seconds: 60, granularity: ip('255.255.255.255') } };
    const marked: Service = { ...web, identity: { kind: 'mark', family: 'ipv4', mark: 7 } };
    await pilot.reach(table([sticky, server(A), server(B)], [marked, server(C)]));
    const listing = rules();
    lab.run(lab.director, 'nft', 'delete', 'table', 'ip', 'holdfast_balancer');
    lab.load(lab.director, listing);
    const all = new Set<string>();
    for (let client = 1; client <= 4; client++) {
      const own = tally(await lab.met(`${VIP} 192.0.2.${client}`, 3));
      assert.deepEqual(Object.values(own), [3]);
      all.add(Object.keys(own)[0] ?? '');
    }
    assert.deepEqual([...all].sort(), [A, B]);
    assert.match(listing, /0x0*7 : goto mark-7/);
  });

  test('with its last service everything of ours is gone', async () => {
    await pilot.reach(table());
    assert.doesNotMatch(rules(), /holdfast/);
  });
});
