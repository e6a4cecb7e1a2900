/**
 * What virtual routers are made for: two of them, each with a virtual MAC, are the gateway between two networks, move
 * together, and forward for a client that learns nothing of it. RFC 9568 sections 6.4.3 and 8.2.
 */
import assert from 'node:assert/strict';
import type { LabHost } from '../../../src/lab/host.js';
import { until } from '../journal.js';
import type { Router } from '../router.js';
import { OURS, OURS_FIRST, type Stage, type Story } from '../stage.js';

const INSIDE = '192.168.61.100';
const OUTSIDE = '10.61.0.100';
const SERVER = '10.61.0.9';

const configuration = (router: Router, priority: number): string => `
global_defs {
  router_id ${router.name}
}
vrrp_sync_group GATEWAY {
  group { VI_IN VI_OUT }
}
vrrp_instance VI_IN {
  interface eth0
  virtual_router_id 61
  priority ${priority}
  use_vmac
  virtual_ipaddress { ${INSIDE}/24 }
}
vrrp_instance VI_OUT {
  interface eth1
  virtual_router_id 62
  priority ${priority}
  use_vmac
  virtual_ipaddress { ${OUTSIDE}/24 }
}
`;

async function answers(client: LabHost): Promise<boolean> {
  try {
    await client.run(['ping', '-c', '1', '-W', '1', SERVER]);
    return true;
  } catch {
    return false;
  }
}

const neighbour = async (host: LabHost, address: string): Promise<string | undefined> =>
  /lladdr (\S+)/.exec(await host.run(['ip', 'neigh', 'show', address]))?.[1];

/** The client reaches the server, and both know the gateway by its virtual MACs. */
async function forwards(client: LabHost, server: LabHost, master: Router): Promise<void> {
  await master.untilHolds(INSIDE);
  await master.untilHolds(OUTSIDE);
  await until(`${master.name} forwards`, () => answers(client));
  assert.equal(await neighbour(client, INSIDE), '00:00:5e:00:01:3d');
  assert.equal(await neighbour(server, OUTSIDE), '00:00:5e:00:01:3e');
}

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  const inside = await stage.wire('eth0', ['192.168.61.1/24', '192.168.61.2/24']);
  const outside = await stage.wire('eth1', ['10.61.0.1/24', '10.61.0.2/24']);
  const [client, server] = [await lab.host('client'), await lab.host('server')];
  await lab.cable(client, 'eth0', 'net-eth0', ['192.168.61.9/24']);
  await lab.cable(server, 'eth0', 'net-eth1', [`${SERVER}/24`]);
  await client.run(['ip', 'route', 'add', 'default', 'via', INSIDE]);
  await server.run(['ip', 'route', 'add', 'default', 'via', OUTSIDE]);
  for (const { host } of [srv1, srv2]) await host.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
  await srv1.start(configuration(srv1, 200));
  await srv2.start(configuration(srv2, 100));
  await forwards(client, server, srv1);

  await srv1.kill();
  for (const { cables } of [inside, outside]) await cables[0].cut();
  await forwards(client, server, srv2);
  await srv2.stop();
}

export const gateway: Story = {
  name: 'a gateway by its virtual MAC, forwarding for a client',
  mixes: [OURS, OURS_FIRST],
  play,
};
