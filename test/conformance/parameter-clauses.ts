/** What the RFCs say without MUST or SHOULD of fields, parameters and timers. RFC sections 5, 6.1, 6.2 and 7.3. */
import type { Clause } from './clause.js';

const CAPTURES = 'test test/wire/captures.test.ts: captured adverts re-encode to the same bytes';
const INTERVALS =
  'test test/core/vrrp/intervals.test.ts: skew and master-down as runtime reference section 6 gives them';
const LENGTHS = 'test test/wire/vrrp.test.ts: lengths by version, family and count';
const MADE =
  'test test/core/vrrp/virtual-mac.test.ts: made at the start, without a FAULT on the way; adverts and addresses go by it, the source stays';
const COUNTERS =
  'Counters of each kind, in `status --json`, `keepalived.stats` and on the event stream, stand in for SNMP.';
const KINDS = 'test test/core/vrrp/hostile-kinds.test.ts: a flood of one kind';
const NEITHER_MUST = 'RFC 9568 has it as a MUST.';

export const PARAMETER_CLAUSES: readonly Clause[] = [
  {
    at: {
      '3768': ['5', '5.2.1', '5.2.2', '5.2.4'],
      '5798': ['5', '5.1.1.1', '5.1.1.2', '5.1.1.4', '5.1.2.1', '5.1.2.2', '5.1.2.4'],
    },
    level: 'statement',
    says: 'An advert is IP protocol 112, from the primary (IPv6: link-local) address of its interface to 224.0.0.18 or ff02::12.',
    by: [CAPTURES, 'transcript 01-start.txt', 'transcript 31-ipv6.txt'],
  },
  {
    at: { '3768': ['5.3.1'], '5798': ['5.2.1'] },
    level: 'statement',
    says: 'The version is 2, or 3.',
    by: [CAPTURES, 'check version'],
  },
  {
    at: { '3768': ['5.3.3', '6.1'], '5798': ['5.2.3', '6.1'] },
    level: 'statement',
    says: 'Virtual routers are told apart by a number from 1 to 255, for which there is no default.',
    by: [
      'keyword vrrp_instance virtual_router_id',
      'test test/config/instance-rules.test.ts: no virtual_router_id',
      "test test/config/vrrp-cases.ts: ['0', '256', 'x'],",
    ],
  },
  {
    at: { '3768': ['5.3.4', '6.1'], '5798': ['5.2.4', '6.1'] },
    level: 'statement',
    says: 'The higher priority is the better one, 100 is the default, and 0 says that the master leaves.',
    by: [
      'test test/config/instance-rules.test.ts: the priority is 100',
      'keyword vrrp_instance priority',
      'row master.stop',
      'row backup.goodbye',
    ],
    note: 'A priority of 0 cannot be configured: 1 to 255 can.',
  },
  {
    at: { '3768': ['5.3.5', '5.3.9', '6.1'], '5798': ['5.2.5', '5.2.9', '6.1'] },
    level: 'statement',
    says: 'An advert says how many addresses it has, one at least, and lists them.',
    by: [LENGTHS, 'check length', 'check address-count', 'test test/config/vrrp-rules.test.ts: no address'],
    note: 'None at all is possible as in Keepalived (`no_virtual_ipaddress`).',
  },
  {
    at: { '5798': ['5.2.9'] },
    level: 'lower case',
    says: 'All routers list their addresses in one order.',
    note: 'They are sent in the order of the configuration, and compared whatever the order.',
    by: ['test test/core/vrrp/rows-receive.ts: the same addresses in another order are ours'],
  },
  {
    at: { '5798': ['5.2.9', '6.1'] },
    level: 'lower case',
    says: 'The first IPv6 address is the link-local one of the virtual router.',
    note: `${NEITHER_MUST} Strict mode remarks on another one; otherwise it is sent as it is configured, as by Keepalived.`,
    by: ['test test/config/vrrp-rules.test.ts: strict: the first IPv6 address is not link-local'],
  },
  {
    at: { '3768': ['5.3.6', '5.3.6.1', '5.3.6.2', '5.3.6.3', '6.1'] },
    level: 'statement',
    says: 'Authentication belongs to the virtual router; type 0 is none, and types 1 and 2 are kept for what RFC 2338 had.',
    note: 'As in Keepalived they are the password and the authentication header of RFC 2338.',
    by: [
      'check auth-type-known',
      'check auth-type',
      'check password',
      'test test/core/vrrp/authentication.test.ts: AH: a packet as it should be, numbered from one, with the next number left to who preempts us now',
    ],
  },
  {
    at: { '3768': ['5.3.6.1'] },
    level: 'lower case',
    says: 'Without authentication its data is zero when sent, and not looked at when received.',
    by: [
      CAPTURES,
      'test test/core/vrrp/rows-receive.ts: authentication data without authentication is not looked at',
    ],
  },
  {
    at: { '3768': ['5.3.7', '6.1'], '5798': ['5.2.7', '6.1'] },
    level: 'statement',
    says: 'The interval between adverts is in whole seconds in version 2, in hundredths in 12 bits in version 3, and one second by default.',
    by: [
      'keyword vrrp_instance advert_int',
      'test test/wire/vrrp.test.ts: both readings of bytes 4 and 5',
      'transcript 01-start.txt',
    ],
  },
  {
    at: { '5798': ['5.2.7'] },
    level: 'statement',
    says: 'A master of higher priority and longer intervals may lose to a lower one that starts, and is master again once that one has heard it.',
    by: ['transcript 09-v3-interval.txt', 'row master.yield', 'check other-interval'],
  },
  {
    at: { '3768': ['5.3.8'], '5798': ['5.2.8'] },
    level: 'statement',
    says: 'The checksum is that of the Internet, over the advert from its first byte with the field as zero; version 3 adds a pseudo-header.',
    by: [
      CAPTURES,
      "test test/wire/foreign-vectors.test.ts: scapy's checksums",
      'test test/wire/vrrp.test.ts: the checksum holds for a part of a buffer: a trailer is not covered',
    ],
  },
  {
    at: { '5798': ['5.2.8'] },
    level: 'lower case',
    says: 'The pseudo-header has 112 as its next header.',
    by: [CAPTURES, "test test/wire/foreign-vectors.test.ts: scapy's checksums"],
  },
  {
    at: { '3768': ['6.1'], '5798': ['6.1'] },
    level: 'statement',
    says: 'Skew and master-down interval: 3 intervals and (256 - priority) 256ths, of a second in version 2, of the interval of the master in version 3.',
    by: [INTERVALS, 'transcript 01-start.txt', 'transcript 09-v3-interval.txt'],
    note: 'In microseconds, rounded down; `down_timer_adverts` may say another number than 3.',
  },
  {
    at: { '5798': ['6.1'] },
    level: 'statement',
    says: 'The interval of the master is our own until an advert says another one.',
    by: ['row init.backup', 'transcript 09-v3-interval.txt'],
  },
  {
    at: { '3768': ['6.1'], '5798': ['6.1'] },
    level: 'statement',
    says: 'A higher priority preempts, unless that is switched off; an owner always does.',
    by: [
      'keyword vrrp_instance nopreempt',
      'transcript 07-nopreempt.txt',
      'test test/config/instance-rules.test.ts: nopreempt with priority 255',
    ],
  },
  {
    at: { '5798': ['6.1'] },
    level: 'statement',
    says: 'Accept_Mode is off by default.',
    note: 'On, as in Keepalived: most addresses are served by the router itself. `no_accept` and strict mode turn it off.',
    by: ['keyword vrrp_instance no_accept', 'keyword vrrp_instance accept'],
  },
  {
    at: { '3768': ['7.3'], '5798': ['6.1', '7.3'] },
    level: 'statement',
    says: 'The virtual MAC address is 00-00-5e-00-01 and the number of the virtual router, over IPv6 00-00-5e-00-02 and the number.',
    by: [
      MADE,
      'test test/core/vrrp/virtual-mac-places.test.ts: two instances of one number, one for each family, share nothing',
      'test test/lab/stories/virtual-mac.ts: no advert comes from another MAC',
    ],
    note: 'With `use_vmac`.',
  },
  {
    at: { '3768': ['6.2'], '5798': ['6.2'] },
    level: 'statement',
    says: 'One timer fires when no advert was heard for the master-down interval, another one when an advert is due.',
    by: ['row backup.takeover', 'row master.advert', 'invariant advert-rhythm', 'invariant take-over'],
  },
  {
    at: { '3768': ['6.4'], '5798': ['6.4'] },
    level: 'statement',
    says: 'Each virtual router has a state machine of its own.',
    by: [
      'test test/core/vrrp/virtual-mac-places.test.ts: two instances of one number, one for each family, share nothing',
      'test test/core/net/channels.test.ts: the destination decides between instances of the same number',
    ],
  },
  {
    at: { '3768': ['7.1', '7.1', '7.1'], '5798': ['7.1', '7.1'], '9568': ['7.1'] },
    level: 'MAY',
    says: 'Network management is told of refused packets and of what is configured otherwise.',
    note: COUNTERS,
    by: [KINDS, 'transcript 10-refused.txt', 'transcript 11-address-list.txt'],
  },
  {
    at: { '3768': ['7.1'], '5798': ['7.1'], '9568': ['7.1'] },
    level: 'MAY',
    says: 'The number and list of addresses is compared with our own.',
    by: ['check address-count', 'check addresses', 'keyword vrrp_instance skip_check_adv_addr'],
  },
];
