/** The keywords of `vrrp_instance`. (directives-vrrp section 1) */
import {
  address,
  boolean,
  integer,
  interfaceName,
  multicastAddress,
  oneOf,
  optional,
  present,
  seconds,
} from './arguments.js';
import { addressEntry, blockName, command, trackEntry, unicastPeer } from './entries.js';
import { extraInterfaceGarp, INT_MAX } from './global-arguments.js';
import { notifyUrl } from './notifications.js';
import { routeEntry } from './routes.js';
import { type Block, block, line, list, script } from './row.js';
import { ruleEntry } from './rules.js';
import { useIpvlan, useVmac } from './virtual-mac.js';
import { authentication, authHmac } from './vrrp-auth.js';

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
    }),
    notifyUrls: notifyUrl,
    garpMasterDelay: line('garp_master_delay', seconds({ min: 0, max: 4294 }), {
      doc: 'Time from becoming master to the second round of announcements; 0 means none.',
      since: '0.7.1',
      inherits: 'vrrp_garp_master_delay',
    }),
    garpMasterRepeat: line(
      'garp_master_repeat',
      integer({ min: 1, max: INT_MAX, clamp: { min: 0, max: INT_MAX } }),
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
      integer({ min: 1, max: INT_MAX, clamp: { min: 0, max: INT_MAX } }),
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
    garpLowerPriorityRepeat: line('garp_lower_prio_repeat', integer({ min: 0, max: INT_MAX }), {
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
    vrf: line('vrf', interfaceName, {
      doc: 'VRF in which a unicast instance without interface speaks.',
      since: '2.2.5',
    }),
    nativeIpv6: line('native_ipv6', present, {
      doc: 'The instance speaks IPv6. Not needed any more: its addresses say so.',
      since: '1.2.1',
      default: 'by the first address',
    }),
    timerExpiredBackup: line('timer_expired_backup', optional(integer({ min: 1, max: 254 }), 254), {
      doc: 'A master that does not preempt gives way when it was late enough for a router of that priority to take over.',
      since: '2.2.8',
      default: 'off',
      aliases: [{ keyword: 'thread_timer_expired', deprecated: true, since: '2.3.2' }],
    }),
    debug: line('debug', integer({ min: 0, max: 4 }), {
      effect: 'none',
      doc: 'Kept for old files; Keepalived does nothing with it either.',
      since: '0.5.3',
      default: '0',
    }),
    strict: line('strict_mode', boolean, {
      doc: 'What the standard does not know is refused or switched off.',
      since: '1.2.20',
      inherits: 'vrrp_strict',
    }),
    receiveBuffer: line(
      'kernel_rx_buf_size',
      integer({ min: 0, max: INT_MAX, unit: 'bytes', syntax: 'BYTES' }),
      {
        doc: 'What this instance gets of the receive buffer of its socket.',
        since: '2.0.3',
        inherits: 'vrrp_rx_bufs_policy',
      },
    ),
    noVirtualAddress: line('no_virtual_ipaddress', present, {
      doc: 'The instance has no addresses, and this is meant.',
      since: '2.2.8',
      default: 'off',
    }),
    promoteSecondaries: line('promote_secondaries', present, {
      doc: 'When the first address of a network is removed the others stay.',
      since: '1.3.0',
      default: 'off',
    }),
    virtualRoutes: list('virtual_routes', routeEntry('virtual'), {
      doc: 'Routes that only the master has.',
      since: '1.0.1',
    }),
    virtualRules: list('virtual_rules', ruleEntry('virtual'), {
      doc: 'Rules of routing that only the master has.',
      since: '1.2.20',
    }),
    accept: line('accept', present, {
      doc: 'The master answers on its virtual addresses although it does not own them.',
      since: '1.2.17',
      default: 'on',
    }),
    noAccept: line('no_accept', present, {
      doc: 'Traffic to the virtual addresses is dropped unless the router owns them.',
      since: '1.3.0',
      default: 'off',
    }),
    unicastFaultNoPeer: line('unicast_fault_no_peer', present, {
      doc: 'Without peers a unicast instance is in FAULT instead of speaking multicast.',
      since: '2.2.5',
      default: 'off',
    }),
    oldUnicastChecksum: line('old_unicast_checksum', optional(oneOf(['never']), 'on' as const), {
      doc: 'Peers compute checksums as Keepalived did before 1.3.7; with never this is not looked for.',
      since: '1.3.7',
      default: 'found out by the first advert',
    }),
    v3ChecksumAsV2: line('v3_checksum_as_v2', boolean, {
      doc: 'The checksum of version 3 over IPv4 leaves the addresses of the packet out.',
      since: '2.2.8',
      inherits: 'v3_checksum_as_v2',
    }),
    useVmac: line('use_vmac', useVmac, {
      doc: 'The addresses are reached by the virtual MAC of the standard, on an interface made for it.',
      since: '1.2.3',
      default: 'off',
    }),
    useVmacAddress: line('use_vmac_addr', present, {
      doc: 'Addresses on other interfaces get a virtual MAC, too.',
      since: '2.2.0',
      default: 'off',
    }),
    vmacXmitBase: line('vmac_xmit_base', present, {
      doc: 'Adverts leave by the interface under the one with the virtual MAC.',
      since: '1.2.10',
      default: 'off',
    }),
    useIpvlan: line('use_ipvlan', useIpvlan, {
      doc: 'Adverts are sent and heard on an ipvlan interface made for them.',
      since: '2.0.17',
      default: 'off',
    }),
    linkbeatUsePolling: line('linkbeat_use_polling', present, {
      doc: 'The link of the interface is asked for again and again.',
      since: '2.0.0',
      deprecated: 'Write the interface into linkbeat_interfaces.',
    }),
    garpExtraInterface: line('garp_extra_if', extraInterfaceGarp(0), {
      doc: 'How often addresses on other interfaces are announced; 0 is never.',
      since: '2.2.3',
      inherits: 'vrrp_garp_extra_if',
      aliases: [{ keyword: 'vmac_garp_intvl', deprecated: true, since: '2.2.0' }],
    }),
    ownerIgnoreAdverts: line('owner_ignore_adverts', boolean, {
      doc: 'An owner of the addresses (priority 255) does not listen to other routers.',
      since: '2.3.3',
      inherits: 'vrrp_owner_ignore_adverts',
    }),
    trackBfd: list('track_bfd', trackEntry('bfd_instance', { min: -253, max: 253 }, 'fast'), {
      doc: 'BFD sessions whose loss puts the instance into FAULT or changes its priority. With fast_takeover (Holdfast 0.1.0) the loss of the one with the master makes it take over at once.',
      since: '2.0.0',
      free: true,
    }),
    notifyDeleted: script('notify_deleted', optional(command, 'fifo' as const), {
      doc: 'That a reload removed the instance is told as DELETED instead of FAULT; a script may run then.',
      since: '2.1.0',
    }),
    notifyMasterRxLowerPriority: script('notify_master_rx_lower_pri', command, {
      doc: 'Runs when a master hears an advert of lower priority, once a second at most: one run stands for all that were heard since the one before.',
      since: '2.0.6',
    }),
    notifyPriorityChanges: line('notify_priority_changes', boolean, {
      doc: 'Changes of priority are written into the FIFOs, too.',
      since: '2.0.16',
      inherits: 'vrrp_notify_priority_changes',
    }),
    authHmac: block('auth_hmac', () => authHmac, {
      doc: 'Adverts are signed with a shared key.',
      since: '2.4.0',
    }),
    syncDaemonInterface: line('lvs_sync_daemon_interface', interfaceName, {
      doc: 'Interface on which the connection table of the load balancer is synchronised, with the id 0.',
      since: '0.5.5',
      deprecated: 'Write lvs_sync_daemon in global_defs instead.',
    }),
  },
} satisfies Block<string, unknown>;
