/** The keywords of `vrrp_instance` and `authentication`. (directives-vrrp section 1) */
import {
  address,
  boolean,
  bytes,
  integer,
  interfaceName,
  multicastAddress,
  oneOf,
  present,
  seconds,
} from './arguments.js';
import { addressEntry, blockName, command, trackEntry, unicastPeer } from './entries.js';
import { type Block, block, line, list, script } from './row.js';

const MANY = 2147483647;

export const authentication = {
  name: 'authentication',
  doc: 'A password in the adverts of VRRP version 2. It keeps accidents away, not attackers.',
  header: present,
  rows: {
    type: line('auth_type', oneOf(['PASS', 'AH']), {
      doc: 'PASS puts the password into the packet; AH signs it.',
      since: '0.5.3',
    }),
    password: line('auth_pass', bytes('PASSWORD'), {
      secret: true,
      doc: 'The password, at most eight characters, the same on all routers.',
      since: '0.5.3',
    }),
  },
} satisfies Block<unknown, unknown>;

export const vrrpInstance = {
  name: 'vrrp_instance',
  doc: 'One virtual router on one interface: addresses that move between routers.',
  header: blockName,
  rows: {
    state: line('state', oneOf(['MASTER', 'BACKUP']), {
      doc: 'How the router wishes to start. The priorities decide who stays master.',
      since: '0.5.3',
      default: 'MASTER with priority 255, else BACKUP',
    }),
    interface: line('interface', interfaceName, {
      doc: 'Interface on which adverts are sent and heard.',
      since: '0.5.3',
    }),
    virtualRouterId: line('virtual_router_id', integer({ min: 1, max: 255 }), {
      doc: 'Number of the virtual router, the same on all its routers and used by no other on the network.',
      since: '0.5.3',
    }),
    priority: line('priority', integer({ min: 1, max: 255 }), {
      doc: 'Base priority; the highest becomes master. 255 is the owner of the addresses.',
      since: '0.5.3',
      default: '100, or 255 with state MASTER',
    }),
    advertInterval: line('advert_int', seconds({ min: 0.01, max: 255 }), {
      doc: 'Time between two adverts of the master; the same on all routers.',
      since: '0.5.3',
      default: '1',
    }),
    version: line('version', integer({ min: 2, max: 3 }), {
      doc: 'VRRP version of the adverts.',
      since: '1.2.17',
      inherits: 'vrrp_version',
    }),
    downTimerAdverts: line('down_timer_adverts', integer({ min: 1, max: 100 }), {
      doc: 'Adverts that may be missed before the master counts as dead.',
      since: '2.2.3',
      inherits: 'vrrp_down_timer_adverts',
    }),
    preempt: line('preempt', present, {
      doc: 'A router of higher priority takes over from a living master.',
      since: '0.5.3',
      default: 'on',
    }),
    nopreempt: line('nopreempt', present, {
      doc: 'A living master stays master, whatever its priority.',
      since: '1.1.8',
    }),
    preemptDelay: line('preempt_delay', seconds({ min: 0, max: 1000 }), {
      doc: 'How long a router of higher priority waits before it takes over.',
      since: '1.1.8',
      default: '0',
    }),
    virtualAddresses: list('virtual_ipaddress', addressEntry('virtual'), {
      doc: 'The addresses that move and stand in the adverts.',
      since: '0.5.3',
    }),
    excludedAddresses: list('virtual_ipaddress_excluded', addressEntry('virtual'), {
      doc: 'Addresses that move along without standing in the adverts, of either family.',
      since: '0.5.9',
    }),
    mcastSource: line('mcast_src_ip', address(), {
      doc: 'Source address of the adverts.',
      since: '0.6.1',
      default: "the interface's first address",
    }),
    unicastSource: line('unicast_src_ip', address(), {
      doc: 'Source address of adverts to unicast peers.',
      since: '1.2.10',
      default: "the interface's first address",
    }),
    trackSource: line('track_src_ip', present, {
      doc: 'The instance is in FAULT while its source address is missing.',
      since: '2.0.0',
    }),
    mcastGroup: line('mcast_dst_ip', multicastAddress(), {
      doc: 'Multicast group of this instance.',
      since: '2.2.5',
      default: 'vrrp_mcast_group4 or vrrp_mcast_group6',
    }),
    unicastPeers: list('unicast_peer', unicastPeer, {
      doc: 'Adverts go to these routers one by one instead of to a multicast group.',
      since: '1.2.8',
    }),
    unicastTtl: line('unicast_ttl', integer({ min: 0, max: 255 }), {
      doc: 'TTL or hop limit of adverts to unicast peers.',
      since: '2.1.0',
      default: '255',
    }),
    checkUnicastSource: line('check_unicast_src', present, {
      doc: 'Adverts of senders that are not configured as peers are dropped.',
      since: '2.1.0',
      inherits: 'vrrp_check_unicast_src',
    }),
    authentication: block('authentication', () => authentication, {
      doc: 'A password in the adverts of VRRP version 2.',
      since: '0.5.3',
    }),
    trackInterfaces: list('track_interface', trackEntry('interface', { min: -253, max: 253 }), {
      doc: 'Interfaces whose failure puts the instance into FAULT or changes its priority.',
      since: '1.0.1',
      free: true,
    }),
    trackScripts: list('track_script', trackEntry('vrrp_script', { min: -253, max: 253 }), {
      doc: 'Scripts whose failure puts the instance into FAULT or changes its priority.',
      since: '1.1.13',
      free: true,
    }),
    trackFiles: list('track_file', trackEntry('track_file', { min: -254, max: 254 }), {
      doc: 'Files whose number changes the priority of the instance.',
      since: '2.0.0',
      free: true,
    }),
    trackProcesses: list('track_process', trackEntry('vrrp_track_process', { min: -254, max: 254 }), {
      doc: 'Processes whose absence puts the instance into FAULT or changes its priority.',
      since: '2.0.11',
      free: true,
    }),
    dontTrackPrimary: line('dont_track_primary', present, {
      doc: 'The instance does not go to FAULT when its own interface goes down.',
      since: '1.1.8',
    }),
    notifyMaster: script('notify_master', command, {
      doc: 'Runs when the instance becomes MASTER.',
      since: '0.5.9',
    }),
    notifyBackup: script('notify_backup', command, {
      doc: 'Runs when the instance becomes BACKUP.',
      since: '0.5.9',
    }),
    notifyFault: script('notify_fault', command, {
      doc: 'Runs when the instance goes to FAULT.',
      since: '0.5.9',
    }),
    notifyStop: script('notify_stop', command, { doc: 'Runs when the daemon stops.', since: '1.1.13' }),
    notify: script('notify', command, {
      doc: 'Runs after the script of the state, with INSTANCE, name, state and priority behind its arguments.',
      since: '0.5.3',
    }),
    smtpAlert: line('smtp_alert', boolean, {
      doc: 'Changes of state are mailed.',
      since: '0.5.7',
      inherits: 'smtp_alert_vrrp',
      effect: 'checked',
    }),
    garpMasterDelay: line('garp_master_delay', seconds({ min: 0, max: 4294 }), {
      doc: 'Time from becoming master to the second round of announcements; 0 means none.',
      since: '0.7.1',
      inherits: 'vrrp_garp_master_delay',
    }),
    garpMasterRepeat: line(
      'garp_master_repeat',
      integer({ min: 1, max: MANY, clamp: { min: 0, max: MANY } }),
      {
        doc: 'Announcements per address and round after becoming master.',
        since: '1.2.14',
        inherits: 'vrrp_garp_master_repeat',
      },
    ),
    garpMasterRefresh: line('garp_master_refresh', seconds({ min: 0, max: 4294967 }), {
      doc: 'How often a master announces its addresses again; 0 means never.',
      since: '1.2.10',
      inherits: 'vrrp_garp_master_refresh',
    }),
    garpMasterRefreshRepeat: line(
      'garp_master_refresh_repeat',
      integer({ min: 1, max: MANY, clamp: { min: 0, max: MANY } }),
      {
        doc: 'Announcements per address at each refresh.',
        since: '1.2.14',
        inherits: 'vrrp_garp_master_refresh_repeat',
      },
    ),
    garpLowerPriorityDelay: line('garp_lower_prio_delay', seconds({ min: 0, max: 4294 }), {
      doc: 'Time to the second round of announcements after another router claimed to be master.',
      since: '1.2.20',
      inherits: 'vrrp_garp_lower_prio_delay',
    }),
    garpLowerPriorityRepeat: line('garp_lower_prio_repeat', integer({ min: 0, max: MANY }), {
      doc: 'Announcements per address after another router of lower priority claimed to be master.',
      since: '1.2.20',
      inherits: 'vrrp_garp_lower_prio_repeat',
    }),
    lowerPriorityNoAdvert: line('lower_prio_no_advert', boolean, {
      doc: 'The master does not answer adverts of lower priority.',
      since: '1.2.20',
      inherits: 'vrrp_lower_prio_no_advert',
    }),
    higherPrioritySendAdvert: line('higher_prio_send_advert', boolean, {
      doc: 'A master that gives way sends one more advert.',
      since: '1.3.5',
      inherits: 'vrrp_higher_prio_send_advert',
    }),
    skipCheckAdvertAddresses: line('skip_check_adv_addr', boolean, {
      doc: 'The address list of an advert is not compared again while the sender stays the same.',
      since: '1.2.20',
      inherits: 'vrrp_skip_check_adv_addr',
    }),
    syncDaemonInterface: line('lvs_sync_daemon_interface', interfaceName, {
      doc: 'Interface on which the connection table of the load balancer is synchronised.',
      since: '0.5.5',
      deprecated: 'Write lvs_sync_daemon in global_defs instead.',
      effect: 'checked',
    }),
  },
} satisfies Block<string, unknown>;
