/** What the keywords of vrrp_instance do. */
import type { EffectCase } from './case.js';
import { bare, FIFO, globals, instance, MAIL } from './texts.js';

type Rest = Omit<EffectCase, 'row' | 'line' | 'around' | 'play'> & { readonly around?: EffectCase['around'] };
/** One of vrrp_instance. */
const vi = (keyword: string, line: string, play: string, rest: Rest): EffectCase => ({
  row: ['vrrp_instance', keyword],
  line,
  around: rest.around ?? instance(),
  play,
  ...rest,
});

const PEER = 'unicast_peer {\n  10.0.0.2\n }';
const CHECK = 'vrrp_script chk {\n script /bin/check\n}\n';
const FILE = 'track_file f {\n file /run/f\n}\n';
const PROCESS = 'vrrp_track_process p {\n process httpd\n weight 10\n}\n';
const ID = 'virtual_router_id 51\n virtual_ipaddress {\n  10.0.0.100\n }';
/** Bytes of a sent packet from this offset on; the IP header has 20. */
const sent = (offset: number, hex: string): RegExp =>
  new RegExp(`"kind":"send-advert".*"bytes":"[0-9a-f]{${2 * offset}}${hex}`);

export const INSTANCE_CASES: readonly EffectCase[] = [
  vi('state', 'state MASTER', 'start; wait 2', {
    around: instance('priority 100'),
    shows: /^1\.004 .*MASTER STATE/,
  }),
  vi('interface', 'interface eth1', 'start', {
    instead: 'interface eth0',
    around: bare(ID),
    shows: /open 3\/ipv4/,
  }),
  vi('virtual_router_id', 'virtual_router_id 52', 'start; wait 4', {
    instead: 'virtual_router_id 51',
    around: bare('interface eth0\n virtual_ipaddress {\n  10.0.0.100\n }'),
    shows: sent(20, '2134'),
  }),
  vi('priority', 'priority 90', 'start; wait 4', { shows: /advert VI_1 90/ }),
  vi('advert_int', 'advert_int 2', 'start; wait 7', { shows: /^6\.609 .*MASTER STATE/ }),
  vi('version', 'version 3', 'start; wait 4', { shows: sent(20, '3133') }),
  vi('no_accept', 'no_accept', 'start; wait 4', { shows: /firewall: stop 10\.0\.0\.100/ }),
  vi('accept', 'accept', 'start; wait 4', {
    around: instance('version 3\n strict_mode'),
    hides: /firewall: stop 10\.0\.0\.100/,
  }),
  vi('use_vmac', 'use_vmac', 'start; wait 4', { shows: /add 10\.0\.0\.100\/32 dev vrrp\.51/ }),
  vi('use_vmac_addr', 'use_vmac_addr\n virtual_ipaddress_excluded {\n  10.0.1.9 dev eth1\n }', 'start', {
    instead: 'virtual_ipaddress_excluded {\n  10.0.1.9 dev eth1\n }',
    shows: /create macvlan vrrp\.51 on 3/,
  }),
  vi('vmac_xmit_base', 'vmac_xmit_base', 'start', {
    around: instance('use_vmac'),
    shows: /open 2\/ipv4/,
  }),
  vi('use_ipvlan', 'use_ipvlan 10.0.0.5/24', 'start; wait 4', {
    shows: /advert VI_1 100 10\.0\.0\.5 >/,
  }),
  vi('kernel_rx_buf_size', 'kernel_rx_buf_size 50000', 'start', {
    shows: /"open-channel".*"receiveBuffer":50000\b/,
  }),
  vi('promote_secondaries', 'promote_secondaries', 'start', {
    shows: /set ipv4\/conf\/eth0\/promote_secondaries 1/,
  }),
  vi('down_timer_adverts', 'down_timer_adverts 5', 'start; wait 6', { shows: /^5\.609 .*MASTER STATE/ }),
  vi('preempt', 'preempt', 'start; advert prio=50 every=1 times=6', {
    around: instance('nopreempt'),
    shows: /MASTER STATE/,
  }),
  vi('nopreempt', 'nopreempt', 'start; advert prio=50 every=1 times=6', { hides: /MASTER STATE/ }),
  vi('preempt_delay', 'preempt_delay 3', 'start; advert prio=50 every=1 times=6', {
    hides: /^3\.609 .*MASTER STATE/,
  }),
  vi('virtual_ipaddress', 'virtual_ipaddress {\n  10.0.0.101\n }', 'start; wait 4', {
    shows: sent(28, '0a0000640a000065'),
  }),
  vi('virtual_ipaddress_excluded', 'virtual_ipaddress_excluded {\n  10.0.0.101\n }', 'start; wait 4', {
    shows: /add 10\.0\.0\.101\/32 dev eth0/,
  }),
  vi('mcast_src_ip', 'mcast_src_ip 10.0.0.9', 'add-address 10.0.0.9/24 eth0; start; wait 4', {
    shows: /advert VI_1 100 10\.0\.0\.9 >/,
  }),
  vi('unicast_src_ip', 'unicast_src_ip 10.0.0.9', 'add-address 10.0.0.9/24 eth0; start; wait 4', {
    around: instance(PEER),
    shows: /advert VI_1 100 10\.0\.0\.9 > 10\.0\.0\.2/,
  }),
  vi('track_src_ip', 'track_src_ip', 'start', {
    around: instance('mcast_src_ip 10.0.0.9'),
    shows: /Entering FAULT STATE/,
  }),
  vi('mcast_dst_ip', 'mcast_dst_ip 224.0.0.50', 'start; wait 4', { shows: /> 224\.0\.0\.50/ }),
  vi('unicast_peer', PEER, 'start; wait 4', { shows: /advert VI_1 100 10\.0\.0\.1 > 10\.0\.0\.2/ }),
  vi('unicast_ttl', 'unicast_ttl 5', 'start; wait 4', { around: instance(PEER), shows: sent(8, '05') }),
  vi('check_unicast_src', 'check_unicast_src', 'start; advert from=10.0.0.7 prio=150', {
    around: instance(PEER),
    shows: /the sender is not a peer/,
  }),
  vi('authentication', 'authentication {\n  auth_type PASS\n  auth_pass secret\n }', 'start; wait 4', {
    shows: sent(24, '01'),
  }),
  {
    row: ['authentication', 'auth_type'],
    line: 'auth_type PASS',
    around: (line) => instance(`authentication {\n  auth_pass secret\n  ${line}\n }`)(''),
    play: 'start; wait 4',
    shows: sent(24, '01'),
  },
  {
    row: ['authentication', 'auth_pass'],
    line: 'auth_pass secret',
    around: (line) => instance(`authentication {\n  auth_type PASS\n  ${line}\n }`)(''),
    play: 'start; wait 4',
    shows: sent(32, Buffer.from('secret').toString('hex')),
  },
  vi('track_interface', 'track_interface {\n  eth1\n }', 'start; link eth1 down', { shows: /FAULT STATE/ }),
  vi('track_script', 'track_script {\n  chk\n }', 'script chk 1; start', {
    around: instance('', CHECK),
    shows: /FAULT STATE/,
  }),
  vi('track_file', 'track_file {\n  f\n }', 'start; wait 4; file f 7', {
    around: instance('', FILE),
    shows: /effective priority.* 107/,
  }),
  vi('track_process', 'track_process {\n  p\n }', 'start; process p 1; wait 4', {
    around: instance('', PROCESS),
    shows: /advert VI_1 110/,
  }),
  vi('dont_track_primary', 'dont_track_primary', 'start; link eth0 down', { hides: /FAULT STATE/ }),
  vi('notify_master', 'notify_master /bin/m', 'start; wait 4', { shows: /^3\.609 run \/bin\/m$/ }),
  vi('notify_backup', 'notify_backup /bin/b', 'start; wait 4', { shows: /^0\.000 run \/bin\/b$/ }),
  vi('notify_fault', 'notify_fault /bin/f', 'start; link eth0 down', { shows: /run \/bin\/f$/ }),
  vi('notify_stop', 'notify_stop /bin/s', 'start; stop', { shows: /run \/bin\/s$/ }),
  vi('notify', 'notify /bin/n', 'start; wait 4', { shows: /run \/bin\/n INSTANCE VI_1 MASTER 100$/ }),
  vi('smtp_alert', 'smtp_alert on', 'start; wait 4', {
    around: (line) => globals(line)(MAIL),
    shows: /mail a@example\.net .*Entering MASTER/,
  }),
  vi('notify_url', 'notify_url http://127.0.0.1/x', 'start; wait 4', { shows: /post http/ }),
  vi('garp_master_delay', 'garp_master_delay 2', 'start; wait 6', { shows: /^5\.609 announce/ }),
  vi('garp_master_repeat', 'garp_master_repeat 2', 'start; wait 4', { shows: /^3\.609 announce .* x2$/ }),
  vi('garp_master_refresh', 'garp_master_refresh 1', 'start; wait 5', {
    around: instance('garp_master_delay 0'),
    shows: /^4\.609 announce/,
  }),
  vi('garp_master_refresh_repeat', 'garp_master_refresh_repeat 3', 'start; wait 5', {
    around: instance('garp_master_delay 0\n garp_master_refresh 1'),
    shows: /^4\.609 announce .* x3$/,
  }),
  vi('garp_lower_prio_delay', 'garp_lower_prio_delay 2', 'start; wait 4; advert prio=50; wait 3', {
    shows: /^6\.000 announce/,
  }),
  vi('garp_lower_prio_repeat', 'garp_lower_prio_repeat 2', 'start; wait 4; advert prio=50', {
    shows: /^4\.000 announce .* x2$/,
  }),
  vi('lower_prio_no_advert', 'lower_prio_no_advert', 'start; wait 4; advert prio=50', {
    hides: /^4\.000 advert/,
  }),
  vi(
    'higher_prio_send_advert',
    'higher_prio_send_advert',
    'start; advert prio=150; advert prio=0; wait 1; advert prio=150',
    {
      shows: /^1\.000 advert/,
    },
  ),
  vi(
    'skip_check_adv_addr',
    'skip_check_adv_addr',
    'start; advert prio=150 vips=10.0.0.7; advert prio=150 vips=10.0.0.7; counters VI_1',
    { hides: /^addressList 2/ },
  ),
  vi('native_ipv6', 'native_ipv6', 'start', {
    around: bare('interface eth0\n virtual_router_id 51\n no_virtual_ipaddress'),
    shows: /open 2\/ipv6/,
  }),
  vi('strict_mode', 'strict_mode', 'start; wait 4; advert prio=50', { hides: /^4\.000 advert/ }),
  vi('no_virtual_ipaddress', 'no_virtual_ipaddress', 'start; wait 4', {
    around: bare('interface eth0\n virtual_router_id 51\n version 3'),
    shows: /advert VI_1 100/,
  }),
  vi('garp_extra_if', 'garp_extra_if all 2', 'start; wait 12', {
    around: instance('virtual_ipaddress_excluded {\n  10.0.1.100 dev eth1\n }\n garp_master_delay 0'),
    shows: /^5\.609 announce 10\.0\.1\.100 dev eth1$/,
  }),
  vi('notify_priority_changes', 'notify_priority_changes', 'start; process p 1', {
    around: (line) => `${PROCESS}${globals(`track_process {\n  p\n }\n ${line}`)(FIFO)}`,
    shows: /fifo vrrp INSTANCE "VI_1" BACKUP_PRIORITY 110/,
  }),
  vi('owner_ignore_adverts', 'owner_ignore_adverts on', 'start; advert prio=255 from=10.0.0.9', {
    around: instance('priority 255'),
    hides: /BACKUP STATE/,
  }),
  vi('timer_expired_backup', 'timer_expired_backup 200', 'start; wait 4; stall 5; timeout', {
    around: instance('nopreempt'),
    shows: /^9\.000 .*BACKUP STATE/,
  }),
  vi('notify_deleted', 'notify_deleted /bin/gone', 'start; wait 4; reload-without', {
    shows: /run \/bin\/gone$/,
  }),
  vi('notify_master_rx_lower_pri', 'notify_master_rx_lower_pri /bin/lower', 'start; wait 4; advert prio=50', {
    shows: /run \/bin\/lower$/,
  }),
];
