/** The keywords of `global_defs`. What their values do elsewhere is left to settings/. (directives-global section 3) */
import { boolean, integer, interfaceName, multicastAddress, present, seconds, text } from './arguments.js';
import { hostAndPort, userAndGroup } from './entries.js';
import { includeCheck } from './include-check.js';
import { type Block, line, list } from './row.js';

/** Largest count of packets that makes sense in a C int. */
const MANY = 2147483647;

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
      effect: 'checked',
    }),
    notificationEmail: list('notification_email', text('ADDRESS'), {
      doc: 'Who is written to when something changes.',
      since: '0.5.3',
      effect: 'checked',
      free: true,
    }),
    notificationEmailFrom: line('notification_email_from', text('ADDRESS'), {
      missing: 'error',
      doc: 'Sender of the mails.',
      since: '0.5.3',
      default: 'the user at the host name',
      effect: 'checked',
    }),
    smtpServer: line('smtp_server', hostAndPort(25), {
      doc: 'The mail relay; without one no mail is sent.',
      since: '0.5.3',
      effect: 'checked',
    }),
    smtpConnectTimeout: line('smtp_connect_timeout', seconds({ min: 1, max: 4294, zeroMeans: 1 }), {
      doc: 'How long connecting to the mail relay may take.',
      since: '0.5.3',
      default: '30',
      effect: 'checked',
    }),
    smtpAlert: line('smtp_alert', boolean, {
      doc: 'Whether changes are mailed where nothing more specific says so.',
      since: '2.0.0',
      effect: 'checked',
    }),
    smtpAlertChecker: line('smtp_alert_checker', boolean, {
      doc: 'The same for virtual servers and real servers only.',
      since: '2.0.0',
      inherits: 'smtp_alert',
      effect: 'checked',
    }),
    smtpAlertVrrp: line('smtp_alert_vrrp', boolean, {
      doc: 'The same for instances and sync groups only.',
      since: '2.0.0',
      effect: 'checked',
    }),
    scriptUser: line('script_user', userAndGroup, {
      missing: 'error',
      doc: 'User and group under which scripts run that name none. Holds for what follows it.',
      since: '1.3.0',
      default: 'keepalived_script, if there is such a user, else the daemon itself',
    }),
    enableScriptSecurity: line('enable_script_security', present, {
      doc: 'Scripts that others than root could change are not run as root.',
      since: '1.3.0',
      default: 'off',
    }),
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
      integer({ min: 1, max: MANY, clamp: { min: 0, max: MANY } }),
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
      integer({ min: 1, max: MANY, clamp: { min: 0, max: MANY } }),
      { doc: 'Announcements per address at each refresh.', since: '1.2.20', default: '1' },
    ),
    garpLowerPriorityDelay: line('vrrp_garp_lower_prio_delay', seconds({ min: 0, max: 4294 }), {
      doc: 'Time to the second round of announcements after another router claimed to be master.',
      since: '1.2.20',
      inherits: 'vrrp_garp_master_delay',
    }),
    garpLowerPriorityRepeat: line('vrrp_garp_lower_prio_repeat', integer({ min: 0, max: MANY }), {
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
    includeCheck: line('include_check', includeCheck, {
      doc: 'What must hold for the include lines that follow; bare means everything.',
      since: '2.2.0',
      default: 'no checks',
    }),
    randomSeed: line('random_seed', integer({ min: 0, max: 4294967295 }), {
      doc: 'Makes the numbers of _RANDOM that follow repeatable.',
      since: '2.0.15',
      default: 'the time',
    }),
  },
} satisfies Block<unknown, unknown>;
