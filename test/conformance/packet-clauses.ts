/** Clauses about packets: what is sent, what is refused. RFC sections 5 and 7. */
import type { Clause } from './clause.js';

const HOSTILE =
  'test test/core/vrrp/hostile.test.ts: a flood from a thousand spoofed senders costs a bounded number of lines';
const CAPTURES = 'test test/wire/captures.test.ts: captured adverts re-encode to the same bytes';
const STORY = 'test test/lab/stories/interop-matrix.ts: the interop matrix';

export const PACKET_CLAUSES: readonly Clause[] = [
  {
    at: { '3768': ['5.2.2'], '5798': ['5.1.1.2', '5.1.2.2'], '9568': ['5.1.1.2', '5.1.2.2'] },
    level: 'MUST',
    says: 'Routers do not forward what is sent to the group of VRRP.',
    note: 'The kernel forwards no link-local multicast.',
  },
  {
    at: { '3768': ['5.2.3'], '5798': ['5.1.1.3', '5.1.2.3'], '9568': ['5.1.1.3', '5.1.2.3'] },
    level: 'MUST',
    says: 'TTL and hop limit of an advert are 255.',
    by: [CAPTURES, 'keyword vrrp_instance unicast_ttl', STORY],
    note: 'Adverts to unicast peers may have another one, where `unicast_ttl` says so.',
  },
  {
    at: {
      '3768': ['5.2.3', '7.1'],
      '5798': ['5.1.1.3', '5.1.2.3', '7.1', '7.1'],
      '9568': ['5.1.1.3', '5.1.2.3', '7.1', '7.1'],
    },
    level: 'MUST',
    says: 'An advert with another TTL or hop limit is discarded.',
    by: ['check ttl', 'check peer-ttl', 'transcript 10-refused.txt'],
    note: 'Unicast comes from where it comes: there the range of the peer counts (`min_ttl`, `max_ttl`).',
  },
  {
    at: { '3768': ['5.3.2'], '5798': ['5.2.2'], '9568': ['5.2.2', '7.1'] },
    level: 'MUST',
    says: 'A packet of a type other than 1 (advertisement) is discarded.',
    by: ['check type'],
  },
  {
    at: { '3768': ['5.3.4'], '5798': ['5.2.4'], '9568': ['5.2.4'] },
    level: 'MUST',
    says: 'The owner of the addresses has priority 255.',
    by: ['row init.owner', 'transcript 02-owner.txt'],
    note: 'As in Keepalived the configuration says who owns the addresses: priority 255 is the only sign of it.',
  },
  {
    at: { '3768': ['5.3.4'], '5798': ['5.2.4'], '9568': ['5.2.4'] },
    level: 'MUST',
    says: 'Routers that back up use priorities from 1 to 254.',
    by: [
      'test test/core/vrrp/intervals.test.ts: effective priority stays within 1..254, and an owner at 255',
    ],
  },
  {
    at: { '9568': ['5.2.5'] },
    level: 'MUST',
    says: 'An advert without addresses is ignored.',
    note: 'Not by us, nor by Keepalived: an instance may have none (`no_virtual_ipaddress`). The list is compared, counted and said like any other that differs.',
    by: ['check addresses'],
  },
  {
    at: { '3768': ['5.3.10'] },
    level: 'SHOULD',
    says: 'Authentication data is zero where none is used, and not looked at then.',
    by: [
      CAPTURES,
      'test test/wire/vrrp.test.ts: a password is eight bytes: longer is cut, shorter is padded',
    ],
  },
  {
    at: { '5798': ['5.2.6'], '9568': ['5.2.6'] },
    level: 'MUST',
    says: 'Reserved bits are sent as zero and ignored when received.',
    by: ['test test/wire/vrrp.test.ts: both readings of bytes 4 and 5'],
  },
  {
    at: { '5798': ['5.2.9'], '9568': ['5.2.9'] },
    level: 'MUST',
    says: 'The addresses of an advert are of one family, that of its IP header.',
    by: ['test test/config/instance-rules.test.ts: HF0305', 'check length'],
  },
  {
    at: { '9568': ['5.2.9', '6.1'] },
    level: 'MUST',
    says: 'The first IPv6 address is the link-local one of the virtual router.',
    note: 'Strict mode remarks on another one; otherwise it is sent as it is configured, as by Keepalived.',
    by: ['test test/config/vrrp-rules.test.ts: strict: the first IPv6 address is not link-local'],
  },
  {
    at: { '3768': ['5.3.6', '7.1'] },
    level: 'MUST',
    says: 'The authentication type is the one configured, and the authentication holds.',
    by: ['check auth-type', 'check password', 'transcript 10-refused.txt'],
  },
  {
    at: { '3768': ['7.1'], '5798': ['7.1'], '9568': ['7.1'] },
    level: 'MUST',
    says: 'The version is ours.',
    by: ['check version'],
  },
  {
    at: { '3768': ['7.1'], '5798': ['7.1'], '9568': ['7.1'] },
    level: 'MUST',
    says: 'The packet is complete: fixed fields, addresses, authentication data.',
    by: ['check length', 'test test/wire/vrrp.test.ts: lengths by version, family and count'],
  },
  {
    at: { '3768': ['7.1'], '5798': ['7.1'], '9568': ['7.1'] },
    level: 'MUST',
    says: 'The checksum holds.',
    by: [
      'check checksum',
      'test test/wire/vrrp.test.ts: a version 3 checksum without its pseudo-header is refused where one is due, and the other way round',
    ],
    note: 'RFC 9568 takes the IPv4 pseudo-header out of the checksum of version 3, which RFC 5798 had put in. Keepalived keeps it, and so do we, unless `v3_checksum_as_v2` says otherwise: both sides of a link have to agree.',
  },
  {
    at: { '3768': ['7.1'], '5798': ['7.1'], '9568': ['7.1'] },
    level: 'MUST',
    says: 'The virtual router is configured on the interface, and we do not own its addresses.',
    by: [
      'check owner-ignores',
      'keyword vrrp_instance owner_ignore_adverts',
      'test test/core/vrrp/hostile.test.ts: packets for nobody are counted, and reported once',
    ],
    note: 'An owner listens, as in Keepalived, to find a second owner; `owner_ignore_adverts` and strict mode make it deaf.',
  },
  {
    at: { '3768': ['7.1'], '5798': ['7.1'], '9568': ['7.1'] },
    level: 'MUST',
    says: 'What fails a check is discarded, and the event is logged, at a bounded rate.',
    by: ['transcript 10-refused.txt', HOSTILE],
  },
  {
    at: { '3768': ['7.1'], '5798': ['7.1'], '9568': ['7.1'] },
    level: 'SHOULD',
    says: 'Another list of addresses is logged.',
    by: ['check addresses', 'transcript 11-address-list.txt'],
  },
  {
    at: { '3768': ['7.1'] },
    level: 'MUST',
    says: 'With another list of addresses, an advert of who is no owner is dropped.',
    note: 'Counted and said, but obeyed, as by Keepalived: two routers that differ in a list would both be master otherwise. RFC 5798 took the clause back.',
    by: ['check addresses', 'transcript 11-address-list.txt'],
  },
  {
    at: { '3768': ['7.1', '7.1'] },
    level: 'MUST',
    says: 'The advert interval of version 2 is the one configured; another one is discarded and logged.',
    by: ['check interval', 'transcript 10-refused.txt'],
  },
  {
    at: { '9568': ['7.1', '7.1'] },
    level: 'SHOULD',
    says: 'Another advert interval of version 3 is logged.',
    by: ['check other-interval'],
  },
  {
    at: { '3768': ['7.2'], '5798': ['7.2'], '9568': ['7.2'] },
    level: 'MUST',
    says: 'An advert is filled in from the present state, with its checksum, sent from the primary (IPv6: link-local) address to the group, protocol 112.',
    by: [
      'test test/core/vrrp/advert.test.ts: what is sent follows the priority at once',
      'transcript 31-ipv6.txt',
      'keyword vrrp_instance mcast_src_ip',
      STORY,
    ],
  },
  {
    at: { '3768': ['7.2'], '5798': ['7.2'], '9568': ['7.2'] },
    level: 'MUST',
    says: 'Its source MAC address is the virtual one.',
    step: true,
    by: [STORY, 'test test/lab/stories/virtual-mac.ts: no advert comes from another MAC'],
    note: 'With `use_vmac`. Without it, as in Keepalived, the interface keeps its address, and gratuitous ARP and neighbour advertisements tell hosts and switches.',
  },
];
