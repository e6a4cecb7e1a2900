/** Daemons that share a network, each with the plane nftables: neither touches what is the other's. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Service } from '../../src/core/lvs/table.js';
import { tableName } from '../../src/host/balancer/nftables/names.js';
import { BalancerLab } from './balancer-lab.js';
import type { BalancerPilot } from './balancer-pilot.js';
import { nftPilot, server, table, web } from './nft-stage.js';
import { ip, namespacesMissing, rootMissing } from './rig.js';

const A = '10.1.0.11';
const other: Service = {
  ...web,
  identity: { kind: 'address', protocol: 'TCP', address: ip('192.0.2.100'), port: 81 },
};

test('a table is named after the daemon, in letters that nft can write', () => {
  assert.equal(tableName(undefined), 'holdfast_balancer');
  assert.equal(tableName('lb-1'), 'holdfast_balancer_lb-1');
  assert.equal(tableName('a b'), 'holdfast_balancer_a_20b');
  assert.notEqual(tableName('a_b'), tableName('a b'));
});

describe('two daemons in one network', { skip: namespacesMissing || rootMissing }, () => {
  let lab: BalancerLab;
  const pilots: BalancerPilot[] = [];
  before(async () => {
    lab = new BalancerLab();
    await lab.serve(`${A} 8080`);
  });
  after(async () => {
    for (const one of pilots) await one.balancer.close();
    lab?.close();
  });

  test('each has a table of its own, at the start, at a look and at its end', async () => {
    for (const name of [undefined, 'second']) pilots.push(nftPilot(lab.director, name));
    const [first, second] = pilots;
    assert.ok(first && second);
    await first.reach(table([web, server(A)]));
    await second.reach(table([other, server(A)]));
    for (const one of pilots) await one.read();
    for (const port of [80, 81]) assert.match(await lab.ask(`192.0.2.100 ${port}`), /^10\.1\.0\.11 8080 /);
    await second.reach(table());
    await first.read();
    assert.match(await lab.ask('192.0.2.100 80'), /^10\.1\.0\.11 8080 /);
    assert.deepEqual([...first.logs, ...second.logs], []);
    const left = lab.run(lab.director, 'nft', 'list', 'tables');
    assert.equal(left, 'table ip holdfast_balancer\n');
  });
});
