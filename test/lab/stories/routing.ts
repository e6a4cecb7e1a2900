/**
 * All that a master and a daemon put into the kernel's routing: the same configuration on both daemons, each on a network
 * of its own, and `ip` must show the same addresses, routes and rules on both hosts: while they are MASTER, after
 * somebody deleted a virtual route (timeline 12) and a static one (put back), and nothing when they have stopped.
 */
import assert from 'node:assert/strict';
import { until } from '../journal.js';
import type { Router } from '../router.js';
import { OURS_FIRST, type Stage, type Story } from '../stage.js';

const CONFIGURATION = `
track_group watched {
  group { VI_1 }
}
static_ipaddress {
  10.77.0.1/24 dev eth1 brd + scope global
  10.77.0.2/32 dev eth1 label eth1:s
  2001:db8:77::1/64 dev eth1
}
static_routes {
  198.18.0.0/16 via 10.77.0.254 dev eth1 track_group watched
  blackhole 198.19.0.0/16 metric 12
  2001:db8:78::/48 via 2001:db8:77::fe dev eth1
}
static_rules {
  from 10.77.0.0/24 table 77 preference 770
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 200
  virtual_ipaddress {
    10.55.0.100/24 dev eth0 brd 10.55.0.255 label eth0:vip
    10.55.0.101/32 scope link
    10.55.0.102 peer 10.66.0.102
    10.55.0.103/24 brd + noprefixroute
    10.99.0.1/24 dev eth1 brd -
  }
  virtual_ipaddress_excluded {
    2001:db8:55::100/64
    2001:db8:55::101/128
    2001:db8:55::102/64 home mngtmpaddr noprefixroute
    2001:db8:55::103/64 -nodad preferred_lft forever
    2001:db8:55::104/128 preferred_lft 3000
    10.55.0.200/32 no_track
  }
  virtual_routes {
    172.16.0.0/16 via 10.55.0.254 dev eth0
    172.17.0.0/16 via 10.55.0.254 dev eth0 table 100 metric 20 tos 0x10 src 10.55.0.100
    172.18.0.0/16 dev eth0 scope link
    172.19.0.0/16 via 10.55.0.254 dev eth0 table 70000 onlink
    172.20.0.0/16 via 10.55.0.254 dev eth0 mtu lock 1400 advmss 1300 reordering 4 cwnd lock 9 ssthresh 12 rtt 300ms rttvar 400ms rto_min lock 250ms hoplimit 33 window 70 initcwnd 11 initrwnd 12 features ecn quickack 1 fastopen_no_cookie 1
    172.21.0.0/16 via 10.55.0.254 dev eth0 congctl lock cubic
    172.22.0.0/16 via 10.55.0.254 dev eth0 realms 3/4
    172.23.0.0/16 nexthop via 10.55.0.254 dev eth0 weight 3 realms 5 nexthop via 10.55.0.253 dev eth0 weight 1 onlink
    172.24.0.0/16 encap ip id 7 dst 10.55.0.9 src 10.55.0.1 tos 4 ttl 64 dev eth0
    blackhole 172.25.0.0/16
    unreachable 172.26.0.0/16
    prohibit 172.27.0.0/16
    throw 172.28.0.0/16 table 100
    172.29.0.0/16 via 10.55.0.254 dev eth0 append
    172.29.0.0/16 via 10.55.0.253 dev eth0 append
    172.30.0.0/16 via 10.55.0.254 dev eth0 add
    172.31.0.0/16 via 10.55.0.254 dev eth0 protocol static no_track
    192.0.2.0/24 via 10.55.0.254 dev eth0 ttl-propagate disabled
    192.0.4.0/24 via 10.55.0.254
    192.0.5.0/24 via 10.55.0.254 gw 10.55.0.253 dev eth0
    local 192.0.3.1 dev eth0 scope host
    default via 10.55.0.254 dev eth0 table 101
    2001:db8:1::/48 via 2001:db8:55::fe dev eth0
    2001:db8:2::/48 via fe80::9 dev eth0 metric 5 pref high
    2001:db8:3::/48 via 2001:db8:55::fe dev eth0 pref low
    2001:db8:4::/48 from 2001:db8:5::/48 via 2001:db8:55::fe dev eth0
    2001:db8:6::/48 nexthop via 2001:db8:55::fe dev eth0 weight 2 nexthop via 2001:db8:55::fd dev eth0
    blackhole 2001:db8:7::/48
    2001:db8:8::/48 encap ip6 id 7 dst 2001:db8:55::9 src 2001:db8:55::1 tc 4 hoplimit 64 dev eth0
    2001:db8:9::/48 via 2001:db8:55::fe dev eth0 expires 600
  }
  virtual_rules {
    from 10.55.0.0/24 to 172.16.0.0/12 table 100 preference 100
    not from 10.0.0.0/8 iif eth0 oif eth1 fwmark 0x10/0xff tos 0x10 table 70000 preference 101
    fwmark 7 table main preference 102 realms 3/4 suppress_prefixlength 8 suppress_ifgroup 5
    uidrange 0-0 ipproto tcp sport 1000-2000 dport 80-80 table 9 preference 103
    tunnel-id 77 table 9 preference 104
    preference 105 goto 200
    from 10.9.0.0/16 blackhole preference 106
    from 10.9.0.0/16 unreachable preference 107
    from 10.9.0.0/16 type prohibit preference 108
    from 10.9.0.0/16 nop preference 109
    l3mdev preference 110
    from 2001:db8::/32 to 2001:db8:1::/48 table 8 preference 100
    from 2001:db8::/32 iif eth0 dport 53-54 ipproto udp table 8 preference 101
    from 10.10.0.0/16 table 9
    to default table 9 preference 112
    from 10.11.0.0/16 table 9 protocol 99 no_track preference 113
  }
}
`;

interface Shown {
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly rules: readonly string[];
}

/** What one host has, in words of `ip` and without what differs by nature: times, and what the kernel makes itself. */
async function shown({ host }: Router): Promise<Shown> {
  const lines = async (...words: string[]): Promise<string[]> => {
    const text = await host.run(['ip', '-d', '-o', ...words]);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) =>
        line
          .replace(/expires \d+sec/, 'expires')
          .replace(/\s+/g, ' ')
          .trim(),
      )
      .sort();
  };
  const ours = (line: string): boolean => /proto (keepalived|static|openr)\b/.test(line);
  const routes = [
    ...(await lines('-4', 'route', 'show', 'table', 'all')),
    ...(await lines('-6', 'route', 'show', 'table', 'all')),
  ].filter(ours);
  const rules = [...(await lines('-4', 'rule')), ...(await lines('-6', 'rule'))].filter(ours);
  // Asked last, for they come first.
  const addresses = JSON.parse(await host.run(['ip', '-d', '-j', 'address'])) as {
    readonly ifname: string;
    readonly addr_info: readonly Record<string, unknown>[];
  }[];
  return {
    addresses: addresses
      .flatMap(({ ifname, addr_info }) =>
        addr_info
          .filter(({ local }) => !String(local).startsWith('fe80:'))
          // Time runs on, and duplicate detection ends when it does.
          .map(({ preferred_life_time: left, tentative: _, ...rest }) => ({
            ifname,
            ...rest,
            left: left === 0 || Number(left) > 3000 ? left : 'some',
          })),
      )
      .map((one) => JSON.stringify(one))
      .sort(),
    routes,
    rules,
  };
}

/** Of what is shown, how much; so that two empty hosts do not count as equal. */
const amounts = ({ routes, rules }: Shown): readonly [number, number] => [routes.length, rules.length];
const ROUTES = 33;
const RULES = 17;

async function untilShown(router: Router): Promise<Shown> {
  let last: Shown | undefined;
  await until(`${router.name} has all of its routes and rules`, async () => {
    last = await shown(router);
    const [routes, rules] = amounts(last);
    return routes === ROUTES && rules === RULES;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(last, undefined, 1)}`);
  });
  assert.ok(last);
  return last;
}

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  for (const router of [srv1, srv2]) {
    for (const [port, addresses] of [
      ['eth0', ['10.55.0.1/24', '2001:db8:55::1/64']],
      ['eth1', []],
    ] as const) {
      const network = `${router.name}-${port}`.replace('srv', 'n');
      await lab.network(network);
      await lab.cable(router.host, port, network, [...addresses]);
    }
    // The kernel takes no route from an address that is still tentative, and Keepalived asks only once.
    await until(`${router.name}'s addresses are settled`, async () => {
      const shown = await router.host.run(['ip', '-6', 'address', 'show', 'scope', 'link']);
      // Of both interfaces; the kernel makes them when it gets round to it.
      return shown.match(/inet6 fe80/g)?.length === 2 && !shown.includes('tentative');
    });
    await router.start(CONFIGURATION);
  }
  const settled = await Promise.all([untilShown(srv1), untilShown(srv2)]);
  assert.deepEqual(settled[0], settled[1]);

  // Timeline 12 for a route, and a static one that is simply put back.
  const marks = [srv1.log.mark(), srv2.log.mark()];
  for (const { host } of [srv1, srv2]) {
    await host.run(['ip', 'route', 'del', '198.18.0.0/16']);
    await host.run(['ip', 'route', 'del', '172.16.0.0/16']);
  }
  for (const [i, router] of [srv1, srv2].entries()) {
    await router.entered('BACKUP', marks[i]);
    await router.entered('MASTER', marks[i]);
  }
  const again = await Promise.all([untilShown(srv1), untilShown(srv2)]);
  assert.deepEqual(again[0], again[1]);
  assert.deepEqual(again[0], settled[0]);

  // And for a rule, on ours: Keepalived 2.2.7 looks for it by what it does not compare with.
  const mark = srv1.log.mark();
  await srv1.host.run(['ip', 'rule', 'del', 'pref', '100']);
  await srv1.entered('BACKUP', mark);
  await srv1.entered('MASTER', mark);
  assert.deepEqual(await untilShown(srv1), settled[0]);

  for (const router of [srv1, srv2]) await router.stop();
  const [mine, theirs] = [await shown(srv1), await shown(srv2)];
  for (const host of [mine, theirs]) assert.deepEqual(amounts(host), [0, 0]);
  // Keepalived 2.2.7 does not find its address with a peer again.
  const withPeer = (one: string): boolean => one.includes('10.66.0.102');
  assert.deepEqual(
    mine.addresses,
    theirs.addresses.filter((one) => !withPeer(one)),
  );
  assert.equal(
    mine.addresses.filter((one) => /10\.(55\.0\.1|77)/.test(one)).length,
    1,
    'only its own is left',
  );
}

export const routing: Story = {
  name: 'addresses, routes and rules are in the kernel as Keepalived has them there',
  mixes: [OURS_FIRST],
  play,
};
