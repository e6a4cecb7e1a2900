/**
 * use_vmac on both routers, IPv4 and IPv6 with one VRID: adverts and answers come from the virtual MAC, a client's
 * neighbour entries outlive a takeover, an interface that somebody deletes comes back, a daemon that was killed finds
 * its own again, and a stop leaves the machine as it was. Directives-vrrp section 1.4.
 */
import assert from 'node:assert/strict';
import type { LabHost } from '../../../src/lab/host.js';
import type { Advert, Capture } from '../capture.js';
import { until } from '../journal.js';
import type { Router } from '../router.js';
import { ALL_MIXES, type Stage, type Story } from '../stage.js';

const VIP = '192.168.51.100';
const VIP6 = '2001:db8:51::100';
const MAC = '00:00:5e:00:01:33';
const MAC6 = '00:00:5e:00:02:33';

const configuration = (router: Router, priority: number): string => `
global_defs {
  router_id ${router.name}
  vrrp_garp_master_delay 1
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  use_vmac
  virtual_ipaddress { ${VIP}/24 }
}
vrrp_instance VI_6 {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  use_vmac
  virtual_ipaddress {
    fe80::51/64
    ${VIP6}/64
  }
}
`;

interface LinkShown {
  readonly ifname: string;
  readonly address: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly mode?: string } };
}

/** The macvlans of a router as `ip` shows them: name, MAC, mode. */
async function macvlans({ host }: Router): Promise<string[]> {
  const links = JSON.parse(await host.run(['ip', '-j', '-d', 'link'])) as LinkShown[];
  return links
    .filter(({ linkinfo }) => linkinfo?.info_kind === 'macvlan')
    .map(({ ifname, address, linkinfo }) => `${ifname} ${address} ${linkinfo?.info_data?.mode}`)
    .sort();
}
const BOTH = [`vrrp.51 ${MAC} private`, `vrrp6.51 ${MAC6} private`];

/** Settings of the interfaces that are there without us. */
const settings = ({ host }: Router): Promise<string> =>
  host.run([
    'sh',
    '-c',
    'cd /proc/sys/net/ipv4/conf; for i in all default eth0; do grep . $i/rp_filter $i/arp_*; done',
  ]);

/** What the client knows of the addresses: MACs, without the state of the entries. */
const known = async (client: LabHost): Promise<string> =>
  (await Promise.all([VIP, VIP6].map((vip) => client.run(['ip', 'neigh', 'show', vip]))))
    .map((shown) => /^\S+ .*lladdr \S+/.exec(shown)?.[0])
    .join('\n');

async function answers(client: LabHost, target: string): Promise<boolean> {
  try {
    await client.run(['ping', '-c', '1', '-W', '1', target]);
    return true;
  } catch {
    return false;
  }
}

/** The client reaches both addresses, and knows them by the virtual MACs. */
async function reached(client: LabHost, master: Router): Promise<void> {
  await master.untilHolds(VIP6);
  for (const [vip, mac] of [
    [VIP, MAC],
    [VIP6, MAC6],
  ] as const) {
    await until(`${vip} answers by ${master.name}`, () => answers(client, vip));
    // Behind Keepalived the interface underneath asks for the client in the name of the address, and so spoils it.
    if (master.kind === 'holdfast')
      assert.match(await client.run(['ip', 'neigh', 'show', vip]), new RegExp(`lladdr ${mac}`));
  }
}

/** The next adverts of both families come from the virtual MACs, and those of IPv4 from the router's own address. */
async function advertised(wire: Capture, source: string): Promise<void> {
  const mark = wire.adverts.mark();
  const of = (mac: string, fits: (advert: Advert) => boolean): Promise<Advert> =>
    wire.adverts.find(`an advert from ${mac}`, (advert) => advert.mac === mac && fits(advert), mark);
  await of(MAC, (advert) => advert.source === source);
  await of(MAC6, (advert) => advert.source.startsWith('fe80:'));
  const strange = wire.adverts.entries.slice(mark).filter(({ mac }) => mac !== MAC && mac !== MAC6);
  assert.deepEqual(strange, [], 'no advert comes from another MAC');
}

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  const { cables, captures } = await stage.wire('eth0', ['192.168.51.1/24', '192.168.51.2/24']);
  const [near, far] = captures;
  const client = await lab.host('client');
  await lab.cable(client, 'eth0', 'net-eth0', ['192.168.51.9/24', '2001:db8:51::9/64']);
  for (const { host } of [srv1, srv2])
    await host.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter']);
  const before = await settings(srv1);
  await srv1.start(configuration(srv1, 200));
  await srv2.start(configuration(srv2, 100));
  await srv1.untilHolds(VIP);
  await reached(client, srv1);
  await advertised(near, '192.168.51.1');
  assert.deepEqual(await macvlans(srv1), BOTH);
  // It was not waited for until now.
  await srv2.entered('BACKUP');
  await srv2.entered('BACKUP', 0, 'VI_6');
  assert.deepEqual(await macvlans(srv2), BOTH);

  const deleted = srv1.log.mark();
  await srv1.host.run(['ip', 'link', 'del', 'vrrp.51']);
  await srv1.entered('FAULT', deleted);
  await srv1.entered('BACKUP', deleted);
  await srv1.entered('MASTER', deleted);
  await srv1.untilHolds(VIP);
  assert.deepEqual(await macvlans(srv1), BOTH);
  await reached(client, srv1);

  // The client asks nobody anew: what it knows stays true.
  await client.run(['ip', 'neigh', 'flush', 'all']);
  await reached(client, srv1);
  const learnt = await known(client);
  await srv1.kill();
  await srv2.untilHolds(VIP);
  // What a killed daemon leaves up goes on answering, as a dead machine does not.
  await cables[0].cut();
  if (srv1.kind === 'holdfast')
    assert.equal(await known(client), learnt, 'the client has learnt nothing new');
  await reached(client, srv2);
  await advertised(far, '192.168.51.2');

  await cables[0].mend();
  const again = srv1.log.mark();
  await srv1.start(configuration(srv1, 200));
  await srv1.entered('MASTER', again);
  await srv1.untilHolds(VIP);
  await srv2.untilFree(VIP);
  // It comes later: its link-local address is checked for duplicates first.
  await srv1.entered('MASTER', again, 'VI_6');
  await srv1.untilHolds(VIP6);
  assert.deepEqual(await macvlans(srv1), BOTH, 'nothing is there twice');
  const held = (await srv1.addresses()).filter(({ address }) => address === VIP || address === VIP6);
  assert.deepEqual(
    held.map((entry) => `${entry.address} ${entry.interface}`).sort(),
    [`${VIP} vrrp.51`, `${VIP6} vrrp6.51`],
    'each address once, on the virtual MAC',
  );
  await reached(client, srv1);

  const strange = (await srv1.addresses()).filter(
    ({ interface: device, address }) => /^vrrp/.test(device) && ![VIP, VIP6, 'fe80::51'].includes(address),
  );
  // Keepalived gives it the link-local address of the interface underneath, too.
  if (srv1.kind === 'holdfast')
    assert.deepEqual(strange, [], 'nothing but what is configured stands on a virtual MAC');

  await srv1.stop();
  assert.deepEqual(await macvlans(srv1), []);
  // Keepalived leaves arp_ignore and arp_filter of the interface underneath as they were for the virtual MAC.
  if (srv1.kind === 'holdfast') assert.equal(await settings(srv1), before, 'all is as it was');
  await reached(client, srv2);
  await srv2.stop();
  assert.deepEqual(await macvlans(srv2), []);
}

export const virtualMac: Story = {
  name: 'use_vmac: a MAC of its own, whoever is master; deleted, killed, stopped',
  mixes: ALL_MIXES,
  play,
};
