/** The keywords of `global_defs`. What their values do elsewhere is left to settings/. (directives-global section 3) */
import {
  boolean,
  integer,
  interfaceName,
  mapped,
  multicastAddress,
  oneOf,
  optional,
  present,
  seconds,
  text,
} from './arguments.js';
import { hostAndPort } from './entries.js';
import { extraInterfaceGarp, INT_MAX, phaseDelay, receiveBuffers } from './global-arguments.js';
import { processRows, scriptRows } from './global-processes.js';
import {
  balancerGlobalRows,
  firewallRows,
  managementRows,
  netlinkRows,
  reloadRows,
} from './global-services.js';
import { includeCheck } from './include-check.js';
import { mailSecurityRows, notifyUrl } from './notifications.js';
import { type Block, each, line, list } from './row.js';

export const globalDefs = {
  name: 'global_defs',
  doc: 'Settings of the daemon as a whole, and defaults for the other blocks.',
  header: present,
  rows: {
    routerId: line('router_id', text('NAME'), {
      missing: 'error',
      doc: 'Name of this router in the subject of mails and in SNMP.',
      since: '1.1.8',
      default: 'the host name',
    }),
    notificationEmail: list('notification_email', text('ADDRESS'), {
      doc: 'Who is written to when something changes.',
      since: '0.5.3',
      free: true,
    }),
    notificationEmailFrom: line('notification_email_from', text('ADDRESS'), {
      missing: 'error',
      doc: 'Sender of the mails.',
      since: '0.5.3',
      default: 'the user at the host name',
    }),
    smtpServer: line('smtp_server', hostAndPort(25), {
      doc: 'The mail relay; without one no mail is sent.',
      since: '0.5.3',
    }),
    smtpConnectTimeout: line('smtp_connect_timeout', seconds({ min: 1, max: 4294, zeroMeans: 1 }), {
      doc: 'How long connecting to the mail relay may take.',
      since: '0.5.3',
      default: '30',
    }),
    smtpHeloName: line('smtp_helo_name', text('NAME'), {
      doc: 'How the daemon introduces itself to the mail relay.',
      since: '1.2.20',
      default: 'the host name',
    }),
    noEmailFaults: line('no_email_faults', present, {
      doc: 'FAULT states are not mailed.',
      since: '2.0.0',
      default: 'off',
    }),
    noCheckerEmails: line('no_checker_emails', boolean, {
      doc: 'Mail is sent when a real server goes up or down, not for each of its checkers.',
      since: '2.0.0',
      default: 'off',
    }),
    checkerLogAllFailures: line('checker_log_all_failures', boolean, {
      doc: 'Every failed check is logged, not only the one that takes the server out.',
      since: '2.0.11',
      default: 'off',
    }),
    rsInitNotifies: line('rs_init_notifies', boolean, {
      doc: 'Real servers that are added at the start run their notify_up.',
      since: '2.0.0',
      default: 'off',
    }),
    smtpAlert: line('smtp_alert', boolean, {
      doc: 'Whether changes are mailed where nothing more specific says so.',
      since: '2.0.0',
    }),
    smtpAlertChecker: line('smtp_alert_checker', boolean, {
      doc: 'The same for virtual servers and real servers only.',
      since: '2.0.0',
      inherits: 'smtp_alert',
    }),
    smtpAlertVrrp: line('smtp_alert_vrrp', boolean, {
      doc: 'The same for instances and sync groups only.',
      since: '2.0.0',
    }),
    ...mailSecurityRows,
    notifyUrls: notifyUrl,
    ...processRows,
    ...scriptRows,
    mcastGroup4: line('vrrp_mcast_group4', multicastAddress('ipv4'), {
      doc: 'Group to which IPv4 adverts are sent.',
      since: '1.2.10',
      default: '224.0.0.18',
    }),
    mcastGroup6: line('vrrp_mcast_group6', multicastAddress('ipv6'), {
      doc: 'Group to which IPv6 adverts are sent.',
      since: '1.2.10',
      default: 'ff02::12',
    }),
    defaultInterface: line('default_interface', interfaceName, {
      missing: 'error',
      doc: 'Interface of addresses that name none and have no instance with one.',
      since: '1.2.24',
      default: 'eth0',
    }),
    version: line('vrrp_version', integer({ min: 2, max: 3 }), {
      doc: 'VRRP version of instances that do not choose one. IPv6 always uses 3.',
      since: '1.2.20',
      default: '2',
    }),
    garpMasterDelay: line('vrrp_garp_master_delay', seconds({ min: 0, max: 4294 }), {
      doc: 'Time from becoming master to the second round of announcements; 0 means none.',
      since: '1.2.20',
      default: '5',
    }),
    garpMasterRepeat: line(
      'vrrp_garp_master_repeat',
      integer({ min: 1, max: INT_MAX, clamp: { min: 0, max: INT_MAX } }),
      {
        doc: 'Announcements per address and round after becoming master.',
        since: '1.2.20',
        default: '5',
      },
    ),
    garpMasterRefresh: line('vrrp_garp_master_refresh', seconds({ min: 0, max: 4294967 }), {
      doc: 'How often a master announces its addresses again; 0 means never.',
      since: '1.2.20',
      default: '0',
    }),
    garpMasterRefreshRepeat: line(
      'vrrp_garp_master_refresh_repeat',
      integer({ min: 1, max: INT_MAX, clamp: { min: 0, max: INT_MAX } }),
      { doc: 'Announcements per address at each refresh.', since: '1.2.20', default: '1' },
    ),
    garpLowerPriorityDelay: line('vrrp_garp_lower_prio_delay', seconds({ min: 0, max: 4294 }), {
      doc: 'Time to the second round of announcements after another router claimed to be master.',
      since: '1.2.20',
      inherits: 'vrrp_garp_master_delay',
    }),
    garpLowerPriorityRepeat: line('vrrp_garp_lower_prio_repeat', integer({ min: 0, max: INT_MAX }), {
      doc: 'Announcements per address after another router of lower priority claimed to be master.',
      since: '1.2.20',
      inherits: 'vrrp_garp_master_repeat',
    }),
    downTimerAdverts: line('vrrp_down_timer_adverts', integer({ min: 1, max: 100 }), {
      doc: 'Adverts that may be missed before the master counts as dead.',
      since: '2.2.3',
      default: '3',
    }),
    lowerPriorityNoAdvert: line('vrrp_lower_prio_no_advert', boolean, {
      doc: 'A master does not answer adverts of lower priority.',
      since: '1.2.20',
      default: 'off',
    }),
    higherPrioritySendAdvert: line('vrrp_higher_prio_send_advert', boolean, {
      doc: 'A master that gives way sends one more advert.',
      since: '1.3.5',
      default: 'off',
    }),
    checkUnicastSource: line('vrrp_check_unicast_src', present, {
      doc: 'Adverts of senders that are not configured as peers are dropped.',
      since: '1.2.20',
      default: 'off',
    }),
    skipCheckAdvertAddresses: line('vrrp_skip_check_adv_addr', boolean, {
      doc: 'The address list of an advert is not compared again while the sender stays the same.',
      since: '1.2.20',
      default: 'off',
    }),
    garpInterval: line('vrrp_garp_interval', seconds({ min: 0.000001, max: 4294 }), {
      doc: 'Least time between two gratuitous ARP messages on one interface.',
      since: '1.2.21',
      default: 'none',
    }),
    gnaInterval: line('vrrp_gna_interval', seconds({ min: 0.000001, max: 4294 }), {
      doc: 'Least time between two unsolicited neighbour advertisements on one interface.',
      since: '1.2.21',
      default: 'none',
    }),
    minGarp: line('vrrp_min_garp', boolean, {
      doc: 'New masters announce each address once and never again, unless other lines say so.',
      since: '2.0.12',
      default: 'off',
    }),
    garpExtraInterface: line('vrrp_garp_extra_if', extraInterfaceGarp(1), {
      doc: 'How often addresses on other interfaces than that of their instance are announced.',
      since: '2.2.3',
      default: 'never',
      aliases: [{ keyword: 'vrrp_vmac_garp_intvl', deprecated: true, since: '2.2.0' }],
    }),
    ownerIgnoreAdverts: line('vrrp_owner_ignore_adverts', boolean, {
      doc: 'Owners of the addresses (priority 255) do not listen to other routers.',
      since: '2.3.3',
      default: 'off',
    }),
    v3ChecksumAsV2: line('v3_checksum_as_v2', boolean, {
      doc: 'The checksum of version 3 over IPv4 leaves the addresses of the packet out.',
      since: '2.2.8',
      default: 'off',
    }),
    strict: line('vrrp_strict', boolean, {
      doc: 'What the standard does not know is refused or switched off.',
      since: '1.2.20',
      default: 'off',
    }),
    startupDelay: line('vrrp_startup_delay', phaseDelay, {
      doc: 'Time from the start of the daemon to that of VRRP.',
      since: '2.0.14',
      default: 'none',
    }),
    delayAfterBoot: line('vrrp_delay_after_boot', phaseDelay, {
      doc: 'VRRP does not start before the machine has been up for this long.',
      since: '2.4.0',
      default: 'none',
    }),
    logUnknownVrids: line('log_unknown_vrids', present, {
      doc: 'Adverts for virtual routers that are not configured are logged again and again, not only once per sender.',
      since: '2.0.16',
      default: 'off',
    }),
    vmacPrefix: line('vmac_prefix', text('PREFIX'), {
      doc: 'How the names of virtual MAC interfaces begin.',
      since: '2.2.0',
      default: 'vrrp',
      repeat: 'first',
    }),
    vmacAddressPrefix: line('vmac_addr_prefix', text('PREFIX'), {
      doc: 'How the names of virtual MAC interfaces begin that are made for addresses on other interfaces.',
      since: '2.2.0',
      inherits: 'vmac_prefix',
      repeat: 'first',
    }),
    dynamicInterfaces: line(
      'dynamic_interfaces',
      mapped(
        optional(oneOf(['allow_if_changes']), 'presence' as const),
        (word) => (word === 'presence' ? ('presence' as const) : ('changes' as const)),
        (value) => (value === 'changes' ? ('allow_if_changes' as const) : ('presence' as const)),
      ),
      {
        doc: 'Interfaces may be missing and appear later; Holdfast allows it anyway.',
        since: '2.0.0',
        default: 'off',
      },
    ),
    disableLocalIgmp: line('disable_local_igmp', present, {
      doc: 'The kernel does not report link-local multicast groups while the daemon runs.',
      since: '2.2.0',
      default: 'off',
    }),
    receiveBuffers: each('vrrp_rx_bufs_policy', receiveBuffers, {
      doc: 'What each instance gets of the receive buffer of its socket: by MTU, by the size of adverts, or in bytes.',
      since: '2.0.3',
      default: 'room for three bursts of every virtual router',
    }),
    receiveBuffersMultiplier: line('vrrp_rx_bufs_multiplier', integer({ min: 1, max: INT_MAX }), {
      doc: 'For how many adverts a receive buffer has room under MTU and ADVERT.',
      since: '2.0.3',
      default: '3',
    }),
    includeCheck: line('include_check', includeCheck, {
      doc: 'What must hold for the include lines that follow; bare means everything.',
      since: '2.2.0',
      default: 'no checks',
    }),
    ...firewallRows,
    ...balancerGlobalRows,
    ...netlinkRows,
    ...managementRows,
    ...reloadRows,
  },
} satisfies Block<unknown, unknown>;
