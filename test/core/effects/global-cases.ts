/** What the keywords of global_defs and of the outermost level do. */
import type { EffectCase, ShownElsewhere } from './case.js';
import { bare, FIFO, globals, instance, MAIL } from './texts.js';

type Rest = Omit<EffectCase, 'row' | 'line' | 'around' | 'play'> & { readonly around?: EffectCase['around'] };
const g = (keyword: string, line: string, play: string, rest: Rest): EffectCase => ({
  row: ['global_defs', keyword],
  line,
  around: rest.around ?? globals(),
  play,
  ...rest,
});
const PEER = 'unicast_peer {\n  10.0.0.2\n }';
const PROCESS = 'vrrp_track_process p {\n process httpd\n weight 10\n}\n';
const mailed = (line: string): string => globals('smtp_alert on')(`${MAIL}\n ${line}`);

/** A master whose traffic is stopped. */
const guarded = (line: string): string =>
  globals()(line).replace('virtual_router_id 51', 'virtual_router_id 51\n no_accept');
const LINK_LOCAL = `vrrp_instance VI_6 {
 interface eth0
 version 3
 virtual_router_id 61
 no_accept
 dont_track_primary
 virtual_ipaddress {
  fe80::100/64
 }
}
`;

export const GLOBAL_CASES: readonly EffectCase[] = [
  {
    row: ['', 'vrrp_instance'],
    line: instance()('').replace(/^global_defs \{[^}]*\}/, ''),
    around: (line) => `global_defs {\n script_user root\n}\n${line}`,
    play: 'start; wait 4',
    shows: /advert VI_1 100/,
  },
  {
    row: ['', 'global_defs'],
    line: 'global_defs {\n vrrp_version 3\n}\n',
    around: (line) => `${line}${instance()('').replace(/^global_defs \{[^}]*\}/, '')}`,
    play: 'start; wait 4',
    shows: /"bytes":"[0-9a-f]{40}3133/,
  },
  g('router_id', 'router_id lb7', 'start', { around: mailed, shows: /"send-mail".*"router":"lb7"/ }),
  g('notification_email', 'notification_email {\n  b@example.net\n }', 'start', {
    around: mailed,
    shows: /mail a@example\.net,b@example\.net/,
  }),
  g('notification_email_from', 'notification_email_from x@example.net', 'start', {
    around: mailed,
    shows: /"send-mail".*"from":"x@example\.net"/,
  }),
  g('smtp_server', 'smtp_server 192.0.2.7 2525', 'start', {
    around: (line) => globals('smtp_alert on')(`notification_email {\n  a@example.net\n }\n ${line}`),
    shows: /"send-mail".*"host":"192\.0\.2\.7","port":2525/,
  }),
  g('smtp_connect_timeout', 'smtp_connect_timeout 7', 'start', {
    around: mailed,
    shows: /"send-mail".*"connectTimeout":7000000/,
  }),
  g('smtp_helo_name', 'smtp_helo_name here', 'start', {
    around: mailed,
    shows: /"send-mail".*"helo":"here"/,
  }),
  g('no_email_faults', 'no_email_faults', 'start; link eth0 down', {
    around: mailed,
    hides: /mail .*Entering FAULT/,
  }),
  g('smtp_alert', 'smtp_alert on', 'start', {
    around: (line) => globals()(`${MAIL}\n ${line}`),
    shows: /mail a@example\.net .*Entering BACKUP/,
  }),
  g('smtp_alert_vrrp', 'smtp_alert_vrrp on', 'start', {
    around: (line) => globals()(`${MAIL}\n ${line}`),
    shows: /mail a@example\.net .*Entering BACKUP/,
  }),
  g('smtp_tls', 'smtp_tls required', 'start', { around: mailed, shows: /"send-mail".*"tls":"required"/ }),
  g('smtp_auth', 'smtp_auth user secret password', 'start', {
    around: mailed,
    shows: /"send-mail".*"auth":/,
  }),
  g('notify_url', 'notify_url http://127.0.0.1/x', 'start', { shows: /post http/ }),
  g('nftables', 'nftables abc', 'start; wait 4', {
    around: guarded,
    shows: /"apply-firewall".*"table":"abc"/,
  }),
  g('nftables_priority', 'nftables_priority -7', 'start; wait 4', {
    around: guarded,
    shows: /"apply-firewall".*"priority":-7/,
  }),
  g('nftables_counters', 'nftables_counters', 'start; wait 4', {
    around: guarded,
    shows: /"apply-firewall".*"counters":true/,
  }),
  g('nftables_ifindex', 'nftables_ifindex', 'add-address fe80::1/64 eth0; start; wait 4', {
    around: (line) => globals('', LINK_LOCAL)(line),
    shows: /firewall: stop fe80::100 2$/,
  }),
  g('vrrp_iptables', 'vrrp_iptables in out', 'start; wait 4', {
    around: guarded,
    shows: /"apply-firewall".*"iptables":\{"input":"in","output":"out"\}/,
  }),
  g('vrrp_ipsets', 'vrrp_ipsets a b', 'start; wait 4', {
    around: guarded,
    shows: /"apply-firewall".*"ipsets":\["a","b","a_if6","a_igmp","a_mld"\]/,
  }),
  g('vrrp_rx_bufs_policy', 'vrrp_rx_bufs_policy MTU', 'start', {
    shows: /"open-channel".*"receiveBuffer":4500\b/,
  }),
  g('vrrp_rx_bufs_policy', 'vrrp_rx_bufs_policy ADVERT', 'start', {
    shows: /"open-channel".*"receiveBuffer":120\b/,
  }),
  g('vrrp_rx_bufs_policy', 'vrrp_rx_bufs_policy 300000', 'start', {
    shows: /"open-channel".*"receiveBuffer":300000\b/,
  }),
  g('vrrp_rx_bufs_multiplier', 'vrrp_rx_bufs_multiplier 7', 'start', {
    around: (line) => globals()(`vrrp_rx_bufs_policy ADVERT\n ${line}`),
    shows: /"open-channel".*"receiveBuffer":280\b/,
  }),
  ...(
    [
      ['vrrp_netlink_cmd_rcv_bufs', 'answers'],
      ['vrrp_netlink_monitor_rcv_bufs', 'events'],
      ['process_monitor_rcv_bufs', 'processes'],
    ] as const
  ).flatMap(([keyword, what]) => [
    g(keyword, `${keyword} 300000`, 'start', {
      shows: new RegExp(`"size-buffers".*"${what}":\\{"bytes":300000,"force":false`),
    }),
    g(`${keyword}_force`, `${keyword}_force`, 'start', {
      around: (line) => globals()(`${keyword} 300000\n ${line}`),
      shows: new RegExp(`"size-buffers".*"${what}":\\{"bytes":300000,"force":true`),
    }),
  ]),
  g('script_user', 'script_user nobody', 'start', {
    instead: 'script_user root',
    around: (line) => globals('notify /bin/n')('').replace('script_user root', line),
    shows: /"run-notify".*"user":"nobody"/,
  }),
  g('set_supplementary_groups', 'set_supplementary_groups', 'start', {
    around: globals('notify /bin/n'),
    shows: /"run-notify".*"supplementaryGroups":true/,
  }),
  g('use_symlink_paths', 'use_symlink_paths off', 'start', {
    around: globals('notify /bin/n'),
    shows: /"run-notify".*"realPath":true/,
  }),
  g('notify_fifo', 'notify_fifo /run/all.fifo', 'start', { shows: /fifo all INSTANCE "VI_1" BACKUP 100/ }),
  g('vrrp_notify_fifo', FIFO, 'start', { shows: /fifo vrrp INSTANCE "VI_1" BACKUP 100/ }),
  g('notify_fifo_script', 'notify_fifo_script /bin/reader', 'start', {
    around: (line) => globals()(`notify_fifo /run/all.fifo\n ${line}`),
    shows: /"open-fifo","fifo":"all".*"\/bin\/reader"/,
  }),
  g('vrrp_notify_fifo_script', 'vrrp_notify_fifo_script /bin/reader', 'start', {
    around: (line) => globals()(`${FIFO}\n ${line}`),
    shows: /"open-fifo","fifo":"vrrp".*"\/bin\/reader"/,
  }),
  g('vrrp_notify_priority_changes', 'vrrp_notify_priority_changes', 'start; process p 1', {
    around: (line) => `${PROCESS}${globals('track_process {\n  p\n }')(`${FIFO}\n ${line}`)}`,
    shows: /fifo vrrp INSTANCE "VI_1" BACKUP_PRIORITY 110/,
  }),
  g('vrrp_mcast_group4', 'vrrp_mcast_group4 224.0.0.50', 'start; wait 4', { shows: /> 224\.0\.0\.50/ }),
  g('vrrp_mcast_group6', 'vrrp_mcast_group6 ff02::50', 'add-address fe80::1/64 eth0; start; wait 4', {
    around: (line) => globals()(line).replace('10.0.0.100', 'fe80::100'),
    shows: /> ff02::50/,
  }),
  g('default_interface', 'default_interface eth1', 'start; wait 4', {
    around: (line) =>
      `global_defs {\n script_user root\n ${line}\n}\n${bare(
        `virtual_router_id 51\n unicast_src_ip 10.0.0.1\n ${PEER}\n virtual_ipaddress {\n  10.0.1.100\n }`,
      )('').replace(/^global_defs \{[^}]*\}/, '')}`,
    shows: /add 10\.0\.1\.100\/32 dev eth1/,
  }),
  g('vrrp_version', 'vrrp_version 3', 'start; wait 4', { shows: /"bytes":"[0-9a-f]{40}3133/ }),
  g('vrrp_garp_master_delay', 'vrrp_garp_master_delay 2', 'start; wait 6', { shows: /^5\.609 announce/ }),
  g('vrrp_garp_master_repeat', 'vrrp_garp_master_repeat 2', 'start; wait 4', {
    shows: /^3\.609 announce .* x2$/,
  }),
  g('vrrp_garp_master_refresh', 'vrrp_garp_master_refresh 1', 'start; wait 5', {
    around: globals('garp_master_delay 0'),
    shows: /^4\.609 announce/,
  }),
  g('vrrp_garp_master_refresh_repeat', 'vrrp_garp_master_refresh_repeat 3', 'start; wait 5', {
    around: globals('garp_master_delay 0\n garp_master_refresh 1'),
    shows: /^4\.609 announce .* x3$/,
  }),
  g('vrrp_garp_lower_prio_delay', 'vrrp_garp_lower_prio_delay 2', 'start; wait 4; advert prio=50; wait 3', {
    shows: /^6\.000 announce/,
  }),
  g('vrrp_garp_lower_prio_repeat', 'vrrp_garp_lower_prio_repeat 2', 'start; wait 4; advert prio=50', {
    shows: /^4\.000 announce .* x2$/,
  }),
  g('vrrp_down_timer_adverts', 'vrrp_down_timer_adverts 5', 'start; wait 6', {
    shows: /^5\.609 .*MASTER STATE/,
  }),
  g('vrrp_lower_prio_no_advert', 'vrrp_lower_prio_no_advert', 'start; wait 4; advert prio=50', {
    hides: /^4\.000 advert/,
  }),
  g(
    'vrrp_higher_prio_send_advert',
    'vrrp_higher_prio_send_advert',
    'start; advert prio=150; advert prio=0; wait 1; advert prio=150',
    {
      shows: /^1\.000 advert/,
    },
  ),
  g('vrrp_check_unicast_src', 'vrrp_check_unicast_src', 'start; advert from=10.0.0.7 prio=150', {
    around: globals(PEER),
    shows: /the sender is not a peer/,
  }),
  g(
    'vrrp_skip_check_adv_addr',
    'vrrp_skip_check_adv_addr',
    'start; advert prio=150 vips=10.0.0.7; advert prio=150 vips=10.0.0.7; counters VI_1',
    { hides: /^addressList 2/ },
  ),
  g('vrrp_garp_interval', 'vrrp_garp_interval 0.5', 'start; wait 5', { shows: /^4\.109 announce/ }),
  g('vrrp_gna_interval', 'vrrp_gna_interval 0.5', 'add-address fe80::1/64 eth0; start; wait 5', {
    around: (line) => globals()(line).replace('10.0.0.100', 'fe80::100'),
    shows: /^4\.109 announce/,
  }),
  g('vrrp_min_garp', 'vrrp_min_garp', 'start; wait 4', { shows: /^3\.609 announce 10\.0\.0\.100 dev eth0$/ }),
  g('vmac_prefix', 'vmac_prefix v', 'start', {
    around: (line) => globals()(line).replace('virtual_router_id 51', 'virtual_router_id 51\n use_vmac'),
    shows: /create macvlan v\.51 /,
  }),
  g('vmac_addr_prefix', 'vmac_addr_prefix v', 'start', {
    around: (line) => globals()(line).replace('10.0.0.100', '10.0.0.100 use_vmac'),
    shows: /create macvlan v\.51 /,
  }),
  g('disable_local_igmp', 'disable_local_igmp', 'start', {
    shows: /set ipv4\/igmp_link_local_mcast_reports 0/,
  }),
  g('vrrp_garp_extra_if', 'vrrp_garp_extra_if all 2', 'start; wait 12', {
    around: globals('virtual_ipaddress_excluded {\n  10.0.1.100 dev eth1\n }\n garp_master_delay 0'),
    shows: /^5\.609 announce 10\.0\.1\.100 dev eth1$/,
  }),
  g('vrrp_owner_ignore_adverts', 'vrrp_owner_ignore_adverts on', 'start; advert prio=255 from=10.0.0.9', {
    around: globals('priority 255'),
    hides: /BACKUP STATE/,
  }),
  g('vrrp_startup_delay', 'vrrp_startup_delay 10', 'start; wait 15', { shows: /^13\.609 .*MASTER STATE/ }),
  g('vrrp_delay_after_boot', 'vrrp_delay_after_boot 60', 'uptime 50; start; wait 4', {
    hides: /MASTER STATE/,
  }),
  g('vrrp_strict', 'vrrp_strict', 'start; wait 4; advert prio=50', { hides: /^4\.000 advert/ }),
  g('fifo_write_vrrp_states_on_reload', 'fifo_write_vrrp_states_on_reload', 'start; wait 4; reload-same', {
    around: (line) => globals()(`${FIFO}\n ${line}`),
    shows: /^4\.000 fifo vrrp INSTANCE "VI_1" MASTER 100/,
  }),
  g('fifo_write_states_to_readers', 'fifo_write_states_to_readers', 'start; wait 1; fifo-reader vrrp', {
    around: (line) => globals()(`${FIFO}\n ${line}`),
    shows: /^1\.000 fifo vrrp INSTANCE "VI_1" BACKUP 100/,
  }),
  g('fifo_write_reasons', 'fifo_write_reasons', 'start', {
    around: (line) => globals()(`${FIFO}\n ${line}`),
    shows: /^0\.000 fifo vrrp INSTANCE "VI_1" BACKUP 100 "start"/,
  }),
];

const LIFE_SCRIPTS = 'startup_script is over before the daemon acts, shutdown_script runs after it has ended';
const LIFE_TIMEOUTS = 'startup_script_timeout and shutdown_script_timeout end what takes too long';

export const OTHERWISE_SHOWN: readonly ShownElsewhere[] = [
  { row: ['global_defs', 'startup_script'], test: 'test/daemon/life.test.ts', title: LIFE_SCRIPTS },
  { row: ['global_defs', 'shutdown_script'], test: 'test/daemon/life.test.ts', title: LIFE_SCRIPTS },
  { row: ['global_defs', 'startup_script_timeout'], test: 'test/daemon/life.test.ts', title: LIFE_TIMEOUTS },
  { row: ['global_defs', 'shutdown_script_timeout'], test: 'test/daemon/life.test.ts', title: LIFE_TIMEOUTS },
  {
    row: ['global_defs', 'enable_script_security'],
    test: 'test/config/usable-commands.test.ts',
    title: 'enable_script_security',
  },
  {
    row: ['', 'net_namespace'],
    test: 'test/daemon/life.test.ts',
    title: 'net_namespace and instance of the file name the places, too',
  },
  {
    row: ['', 'instance'],
    test: 'test/daemon/life.test.ts',
    title: 'net_namespace and instance of the file name the places, too',
  },
  { row: ['global_defs', 'random_seed'], test: 'test/config/structure.test.ts', title: "test('random_seed'" },
  {
    row: ['global_defs', 'include_check'],
    test: 'test/config/structure.test.ts',
    title: "test('include_check'",
  },
  {
    row: ['global_defs', 'dynamic_interfaces'],
    test: 'test/config/vrrp-rules.test.ts',
    title: 'dynamic_interfaces',
  },
];
