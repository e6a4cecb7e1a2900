/** Which data plane carries the connections, and a kernel without IPVS: said with the remedy, asked again, nothing held up. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { refuse } from '../../src/base/result.js';
import type { DataPlane } from '../../src/config/model-globals.js';
import { chooseBalancer } from '../../src/host/balancer/choose.js';
import type { IpvsSocket } from '../../src/host/balancer/ipvs/ipvs-socket.js';
import { createNetworkNamespace, withNetworkNamespace } from '../../src/host/linux/namespace.js';
import { BalancerPilot } from './balancer-pilot.js';
import { ip, namespacesMissing, rootMissing } from './rig.js';

const skip =
  namespacesMissing ||
  rootMissing ||
  (existsSync('/proc/net/ip_vs') && 'this kernel has IPVS: test/kernel does that');

const service = {
  identity: { kind: 'address', protocol: 'TCP', address: ip('192.0.2.100'), port: 80 },
  scheduler: 'rr',
  schedulerFlags: [],
  onePacket: false,
} as const;

/** In a namespace of its own; modprobe takes its time and finds nothing. */
function pilot(
  plane: DataPlane,
  loads: string[],
  open?: () => IpvsSocket,
  hasNftables?: () => boolean,
): BalancerPilot {
  return planes(loads).make(plane, open, hasNftables);
}

/** Several, one after the other. */
function planes(loads: string[]) {
  const made = createNetworkNamespace();
  assert.ok(made.ok);
  const make = (plane: DataPlane, open?: () => IpvsSocket, hasNftables?: () => boolean): BalancerPilot =>
    new BalancerPilot((seams) => {
      const inner = chooseBalancer(plane, {
        ...seams,
        ...(open ? { open } : {}),
        ...(hasNftables ? { hasNftables } : {}),
        scripts: {
          tool: (argv, _patience, done) => {
            loads.push(argv.join(' '));
            setImmediate(() => withNetworkNamespace(made.value, () => done({ kind: 'exit', code: 1 })));
          },
        },
      });
      const inside = <T>(body: () => T): T => withNetworkNamespace(made.value, body);
      return {
        run: (effect) => inside(() => inner.run(effect)),
        step: () => inside(() => inner.step()),
        close: () => inner.close(),
      };
    });
  return { namespace: made.value, make };
}

test('without IPVS everything is answered with the remedy, in order, and asked again', { skip }, async () => {
  const loads: string[] = [];
  const one = pilot('ipvs', loads);
  const add = [{ operation: 'add-service', service }] as const;
  const [read, applied] = await Promise.all([one.read(), one.apply(add)]);
  assert.equal(read.error?.code, 'ENOPROTOOPT');
  assert.match(read.error.message, /modprobe ip_vs, or write "balancer nftables"/);
  assert.deepEqual(
    applied.map(({ error }) => error?.code),
    ['ENOPROTOOPT'],
  );
  assert.deepEqual(loads, ['modprobe -q ip_vs'], 'loaded once for both');
  const [again] = await one.apply(add);
  assert.equal(again?.error?.code, 'ENOPROTOOPT');
  assert.equal(loads.length, 2);
  await one.balancer.close();
});

test('auto takes nftables where there is no IPVS, with all that was asked meanwhile', { skip }, async () => {
  const one = pilot('auto', []);
  const [read, applied] = await Promise.all([one.read(), one.apply([{ operation: 'add-service', service }])]);
  assert.equal(read.error, undefined);
  assert.deepEqual(
    applied.map(({ error }) => error),
    [undefined],
  );
  assert.deepEqual(one.logs, ['notice: Balancing by nftables, since this kernel has no IPVS']);
  assert.deepEqual((await one.read()).table.ours, ['tcp 192.0.2.100:80']);
  await one.apply([{ operation: 'delete-service', identity: service.identity }]);
  await one.balancer.close();
});

test('auto without either says so with both remedies, and looks again at whatever is asked next', {
  skip,
}, async () => {
  const loads: string[] = [];
  let there = false;
  const one = pilot('auto', loads, undefined, () => there);
  const add = [{ operation: 'add-service', service }] as const;
  const [read, applied] = await Promise.all([one.read(), one.apply(add)]);
  for (const error of [read.error, applied[0]?.error]) {
    assert.equal(error?.code, 'ENOPROTOOPT');
    assert.match(error.message, /neither IPVS nor nftables; .*modprobe ip_vs, or modprobe -a nf_tables/);
  }
  assert.deepEqual(one.logs, []);
  there = true;
  assert.equal((await one.read()).error, undefined);
  assert.deepEqual(loads, ['modprobe -q ip_vs', 'modprobe -q ip_vs'], 'IPVS may have come, too');
  assert.deepEqual(one.logs, ['notice: Balancing by nftables, since this kernel has no IPVS']);
  await one.balancer.close();
});

test('where IPVS balances, what an earlier life left in nftables goes first', { skip }, async () => {
  const { namespace, make } = planes([]);
  const tables = (): string =>
    withNetworkNamespace(namespace, () => spawnSync('nft', ['list', 'tables'], { encoding: 'utf8' }).stdout);
  for (const [plane, open] of [
    ['ipvs', undefined],
    ['auto', () => answering('ENOBUFS')],
  ] as const) {
    const earlier = make('nftables');
    await earlier.done([{ operation: 'add-service', service }]);
    await earlier.balancer.close();
    assert.equal(tables(), 'table ip holdfast_balancer\n');
    const one = make(plane, open);
    await one.read();
    assert.equal(tables(), '');
    assert.match(one.logs.join('\n'), /The table ip holdfast_balancer of nftables is removed/);
    await one.balancer.close();
  }
});

/** IPVS that is there and answers `code` to whoever asks for its services. */
const answering = (code: string): IpvsSocket =>
  ({
    find: () => 0,
    dump: () => refuse({ code, message: 'reading the services of IPVS' }),
    send: (requests: readonly unknown[]) => requests.map(() => 1),
    close: () => {},
  }) as unknown as IpvsSocket;

test('auto takes nftables where IPVS is, but not for us; another refusal may pass', { skip }, async () => {
  const one = pilot('auto', [], () => answering('EPERM'));
  assert.equal((await one.read()).error, undefined);
  assert.deepEqual(one.logs, [
    'notice: Balancing by nftables, since this kernel does not let us use its IPVS',
  ]);
  await one.balancer.close();
  const other = pilot('auto', [], () => answering('ENOBUFS'));
  assert.equal((await other.read()).error?.code, 'ENOBUFS');
  assert.deepEqual(other.logs, ['notice: Balancing by IPVS']);
  await other.balancer.close();
});
