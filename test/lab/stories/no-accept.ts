/**
 * no_accept on both routers, and what a client feels: it learns the MAC of the address, is forwarded by whoever is
 * MASTER, and gets no answer from the address itself, before and after a takeover. nft shows the same rules for
 * either daemon. Runtime reference section 11.
 */
import assert from 'node:assert/strict';
import type { LabHost } from '../../../src/lab/host.js';
import { until } from '../journal.js';
import type { Router } from '../router.js';
import { ALL_MIXES, type Stage, type Story } from '../stage.js';

const VIP = '192.168.7.100';
const VIP6 = '2001:db8:7::100';

const configuration = (router: Router, priority: number): string => `
global_defs {
  router_id ${router.name}
  vrrp_garp_master_delay 1
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 7
  priority ${priority}
  no_accept
  virtual_ipaddress { ${VIP}/24 }
  virtual_ipaddress_excluded { ${VIP6}/64 }
}
`;

/** The rules that are in force, without handles. */
const rulesOf = async (router: Router): Promise<string> =>
  (await router.host.run(['nft', '-s', 'list', 'ruleset'])).trim();

/** The address may be seen before the last rule stands. */
async function untilRules(router: Router, expected: string): Promise<void> {
  let last = '';
  await until(`the rules of ${router.name} (${router.kind}) stand`, async () => {
    last = await rulesOf(router);
    return last === expected;
  }).catch(() => assert.equal(last, expected, `the rules of ${router.name} (${router.kind})`));
}

const EXPECTED = `table ip keepalived {
	set vips {
		type ipv4_addr
		elements = { ${VIP} }
	}

	chain out {
		type filter hook output priority filter - 1; policy accept;
		ip saddr @vips drop
	}

	chain in {
		type filter hook input priority filter - 1; policy accept;
		ip daddr @vips drop
	}
}
table ip6 keepalived {
	set vips {
		type ipv6_addr
		elements = { ${VIP6} }
	}

	set neighbor-discovery {
		type icmpv6_type
		flags constant
		elements = { nd-neighbor-solicit,
			     nd-neighbor-advert }
	}

	chain out {
		type filter hook output priority filter - 1; policy accept;
		icmpv6 type @neighbor-discovery accept
		ip6 saddr fe80::/10 goto out_link_local
		ip6 saddr @vips drop
	}

	chain in {
		type filter hook input priority filter - 1; policy accept;
		icmpv6 type @neighbor-discovery accept
		ip6 daddr fe80::/10 goto in_link_local
		ip6 daddr @vips drop
	}

	chain in_link_local {
	}

	chain out_link_local {
	}
}`;

async function answers(client: LabHost, target: string): Promise<boolean> {
  try {
    await client.run(['ping', '-c', '1', '-W', '1', target]);
    return true;
  } catch {
    return false;
  }
}

/** Knows its MAC, and gets nothing else from it; what is behind it answers. */
async function judge(client: LabHost, master: Router): Promise<void> {
  await master.untilHolds(VIP6);
  // In the order of these tools; ours makes the families in the order in which they are needed, as Keepalived does.
  await untilRules(master, EXPECTED);
  await until('the far network answers', () => answers(client, '10.77.0.1'));
  for (const vip of [VIP, VIP6]) {
    assert.equal(await answers(client, vip), false, `${vip} answers itself`);
    assert.match(await client.run(['ip', 'neigh', 'show', vip]), /lladdr/, `${vip} has a neighbour entry`);
  }
}

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  await stage.wire('eth0', ['192.168.7.1/24', '192.168.7.2/24']);
  const client = await lab.host('client');
  await lab.cable(client, 'eth0', 'net-eth0', ['192.168.7.9/24', '2001:db8:7::9/64']);
  await client.run(['ip', 'route', 'add', '10.77.0.0/24', 'via', VIP]);
  for (const router of [srv1, srv2]) {
    // What is behind the routers is on each of them, so that a ping needs no third network.
    await router.host.run(['ip', 'addr', 'add', '10.77.0.1/32', 'dev', 'lo']);
    await router.start(configuration(router, router === srv1 ? 200 : 100));
  }
  await srv1.untilHolds(VIP);
  await judge(client, srv1);
  await srv2.untilFree(VIP);
  await srv2.entered('BACKUP');
  await until('a backup stops nothing', async () => !(await rulesOf(srv2)).includes(VIP));

  await srv1.kill();
  await srv2.untilHolds(VIP);
  await judge(client, srv2);
  await srv2.stop();
  assert.equal(await rulesOf(srv2), '', 'nothing stays behind');
}

export const noAccept: Story = {
  name: 'no_accept: the address has a MAC and forwards, and answers nobody',
  mixes: ALL_MIXES,
  play,
};
