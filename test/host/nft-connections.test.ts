/** How many connections each server of the plane nftables has, as the kernel counts them: real ones, and of whom. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Service } from '../../src/core/lvs/table.js';
import { BalancerLab } from './balancer-lab.js';
import type { BalancerPilot } from './balancer-pilot.js';
import { nftPilot, server, table, web, web6 } from './nft-stage.js';
import { ip, namespacesMissing, rootMissing } from './rig.js';

const [A, B, A6] = ['10.1.0.11', '10.1.0.12', '2001:db8:2::11'] as const;

describe('connections of the plane nftables', { skip: namespacesMissing || rootMissing }, () => {
  let lab: BalancerLab;
  let pilot: BalancerPilot;
  before(async () => {
    lab = new BalancerLab();
    pilot = nftPilot(lab.director);
    await lab.serve(`${A} 8080`, `${B} 8080`, `${A6} 8080`, `${A} 81`, `${B} 90`);
  });
  after(async () => {
    await pilot?.balancer.close();
    lab?.close();
  });

  /** Of each server of each service: connections that stand, and others. */
  const counts = async (): Promise<Record<string, string>> => {
    const read = await pilot.read({ statistics: true });
    return Object.fromEntries(
      read.table.services.flatMap(({ destinations }) =>
        destinations.map(({ address, port, connections }) => [
          `${address} ${port}`,
          connections ? `${connections.active} + ${connections.inactive}` : 'not counted',
        ]),
      ),
    );
  };

  test('one that stands is active, one that has ended is not, and a server without any has none', async () => {
    await pilot.reach(table([web, server(A), server(B, { weight: 0 })]));
    await lab.ask('192.0.2.100 80 - hold');
    assert.deepEqual(await counts(), { [`${A} 8080`]: '1 + 0', [`${B} 8080`]: '0 + 0' });
    await lab.ask('192.0.2.100 80');
    assert.deepEqual(await counts(), { [`${A} 8080`]: '1 + 1', [`${B} 8080`]: '0 + 0' });
    await pilot.reach(table([web, server(A, { weight: 0 }), server(B)]));
    assert.match(await lab.ask('again'), /^10\.1\.0\.11 /);
    assert.deepEqual(await counts(), { [`${A} 8080`]: '1 + 1', [`${B} 8080`]: '0 + 0' });
  });

  test('services of both families, of every port and of a mark each count their own', async () => {
    const everyPort: Service = {
      ...web,
      identity: { kind: 'address', protocol: 'TCP', address: ip('192.0.2.101'), port: 0 },
      persistence: { seconds: 60, granularity: ip('255.255.255.255') },
    };
    const marked: Service = { ...web, identity: { kind: 'mark', family: 'ipv4', mark: 7 } };
    lab.shell(
      lab.director,
      `ip addr add 192.0.2.101/32 dev cl; ip addr add 192.0.2.102/32 dev cl
       nft 'add table ip m; add chain ip m p { type filter hook prerouting priority -150; }
         add rule ip m p ip daddr 192.0.2.102 meta mark set 7'`,
    );
    await pilot.reach(
      table([web6, server(A6)], [everyPort, server(A, { port: 0 })], [marked, server(B, { port: 90 })]),
    );
    await lab.ask('2001:db8:1::100 80 - hold');
    await lab.ask('192.0.2.101 81 - hold');
    await lab.ask('192.0.2.102 80 - hold');
    assert.deepEqual(await counts(), { [`${A6} 8080`]: '1 + 0', [`${A} 0`]: '1 + 0', [`${B} 90`]: '1 + 0' });
    const plain = await pilot.read();
    assert.ok(
      plain.table.services.every(({ destinations }) => destinations.every((one) => !one.connections)),
    );
  });
});
