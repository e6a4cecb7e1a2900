/**
 * What this machine's own kernel may lack, between two routers as in the lab: instances that advertise by an ipvlan, and
 * virtual MACs on an interface that belongs to a VRF. Beside Debian's keepalived, whose kernel is a slow one: so few mixes.
 */
import assert from 'node:assert/strict';
import type { LabHost } from '../../src/lab/host.js';
import { until } from '../lab/journal.js';
import type { Router } from '../lab/router.js';
import { mixName, OURS_FIRST, OURS_SECOND, Stage, type Story } from '../lab/stage.js';
import type { KernelCase } from './suite.js';

const VIP = '192.168.66.100';

const configuration = (router: Router, priority: number, line: string): string => `
global_defs {
  router_id ${router.name}
  vrrp_garp_master_delay 1
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 66
  priority ${priority}
  ${line}
  virtual_ipaddress { ${VIP}/24 }
}
`;

interface LinkShown {
  readonly ifname: string;
  readonly address: string;
  readonly master?: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly mode?: string } };
}
async function linksOf({ host }: Router, kind: string): Promise<LinkShown[]> {
  const links = JSON.parse(await host.run(['ip', '-j', '-d', 'link'])) as LinkShown[];
  return links.filter(({ linkinfo }) => linkinfo?.info_kind === kind);
}

/** The one of that kind, as soon as it is there. */
const only = (router: Router, kind: string): Promise<LinkShown> =>
  until(`${router.name} has one ${kind}`, async () => {
    const links = await linksOf(router, kind);
    return links.length === 1 ? links[0] : undefined;
  });

async function answers(client: LabHost): Promise<boolean> {
  try {
    await client.run(['ping', '-c', '1', '-W', '1', VIP]);
    return true;
  } catch {
    return false;
  }
}

/** Both routers and a client on one network; `senders`: whose adverts tshark shall judge. */
async function scene(stage: Stage, senders: readonly string[]) {
  const { lab, srv1, srv2 } = stage;
  await lab.network('net-eth0');
  const cables = [
    await lab.cable(srv1.host, 'eth0', 'net-eth0', ['192.168.66.1/24']),
    await lab.cable(srv2.host, 'eth0', 'net-eth0', ['192.168.66.2/24']),
  ] as const;
  const captures = [
    await stage.capture(cables[0], senders),
    await stage.capture(cables[1], senders),
  ] as const;
  const client = await lab.host('client');
  await lab.cable(client, 'eth0', 'net-eth0', ['192.168.66.9/24']);
  return { cables, captures, client };
}

const ipvlan: Story = {
  name: 'use_ipvlan: adverts by an interface and from an address of their own, before and after a takeover',
  mixes: [OURS_FIRST, OURS_SECOND],
  play: async (stage) => {
    const { srv1, srv2 } = stage;
    const { cables, captures, client } = await scene(stage, ['192.168.66.11', '192.168.66.12']);
    for (const [router, priority, own] of [
      [srv1, 200, 11],
      [srv2, 100, 12],
    ] as const)
      await router.start(configuration(router, priority, `use_ipvlan ipv.66 192.168.66.${own}/24`));
    await srv1.untilHolds(VIP);
    await captures[0].advert('192.168.66.11', 200);
    await until('the client is answered', () => answers(client));
    for (const router of [srv1, srv2]) {
      const link = await only(router, 'ipvlan');
      assert.equal(`${link.ifname} ${link.linkinfo?.info_data?.mode}`, 'ipv.66 l2');
    }

    await srv1.kill();
    await cables[0].cut();
    await srv2.untilHolds(VIP);
    await captures[1].advert('192.168.66.12', 100);
    await until('the client is answered', () => answers(client));
    await srv2.stop();
    assert.deepEqual(await linksOf(srv2, 'ipvlan'), []);
  },
};

const MAC = '00:00:5e:00:01:42';
const vmacInVrf: Story = {
  name: 'use_vmac in a VRF: the virtual MAC joins it, is reached in it, and moves',
  mixes: [OURS_FIRST],
  play: async (stage) => {
    const { srv1, srv2 } = stage;
    const { cables, captures, client } = await scene(stage, ['192.168.66.1', '192.168.66.2']);
    for (const { host } of [srv1, srv2]) {
      await host.run(['ip', 'link', 'add', 'red', 'type', 'vrf', 'table', '10']);
      await host.run(['ip', 'link', 'set', 'red', 'up']);
      await host.run(['ip', 'link', 'set', 'eth0', 'master', 'red']);
    }
    await srv1.start(configuration(srv1, 200, 'use_vmac'));
    await srv2.start(configuration(srv2, 100, 'use_vmac'));
    await srv1.untilHolds(VIP);
    for (const router of [srv1, srv2]) {
      const link = await only(router, 'macvlan');
      assert.equal(`${link.ifname} ${link.address} ${link.master}`, `vrrp.66 ${MAC} red`);
    }
    await until('the client is answered', () => answers(client));
    assert.match(await client.run(['ip', 'neigh', 'show', VIP]), new RegExp(MAC));
    await srv1.kill();
    await cables[0].cut();
    await srv2.untilHolds(VIP);
    await captures[1].advert('192.168.66.2', 100);
    await until('the client is answered', () => answers(client));
    await srv2.stop();
    assert.deepEqual(await linksOf(srv2, 'macvlan'), []);
  },
};

export const cases: readonly KernelCase[] = [ipvlan, vmacInVrf].flatMap((story) =>
  story.mixes.map((mix) => ({
    name: `${story.name} (${mixName(mix)})`,
    run: () => Stage.play(story, mix),
  })),
);
