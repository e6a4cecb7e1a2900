/** Clauses about what a router does for its hosts, about living beside others, and about links. RFC sections 7.4, 8 and later. */
import type { Clause } from './clause.js';

const VMAC =
  'With `use_vmac` the kernel answers from the interface with the virtual MAC address. Without it, as in Keepalived, answers carry the address of the interface, and gratuitous ARP and neighbour advertisements make hosts follow.';
/** A client knows each address by the virtual MAC and by no other, before and after a takeover. */
const VMAC_STORY =
  'test test/lab/stories/virtual-mac.ts: use_vmac: a MAC of its own, whoever is master; deleted, killed, stopped';
/** What the kernel is told about the interface underneath. */
const VMAC_CARE =
  'test test/core/vrrp/virtual-mac-places.test.ts: the interface underneath answers for its own addresses only, while it is there';
const ADVERTISING =
  "Router advertisements are radvd's or the kernel's: `notify_master` and `notify_backup` start and stop it, as with Keepalived.";
const REDIRECTS =
  'The kernel sends redirects, from an address of its own choice; as Keepalived we leave it so. Where hosts mind: `net.ipv4.conf.*.send_redirects` off.';
const WAITING = 'test test/core/net/addresses.test.ts: announcements wait for the kernel';
const VMAC_MADE =
  'test test/core/vrrp/virtual-mac.test.ts: made at the start, without a FAULT on the way; adverts and addresses go by it, the source stays';
const NO_DAD = 'test test/host/netlink-sockets.test.ts: IPv6 addresses skip duplicate detection';
const PROXY_ARP =
  "Proxy ARP is the kernel's, where the administrator turns it on (`net.ipv4.conf.vrrp.VRID.proxy_arp`): on the interface of `use_vmac` it answers with that MAC address.";
const LINKS = 'Linux has neither any more.';
const BOTH_VERSIONS =
  'Not offered, as it is optional and Keepalived does not do it: an instance speaks one version.';

export const OPERATION_CLAUSES: readonly Clause[] = [
  {
    at: { '5798': ['7.4', '7.4'], '9568': ['7.4'] },
    level: 'MUST',
    says: 'The virtual MAC address makes no IPv6 interface identifier.',
    note: 'Interfaces that `use_vmac` makes generate no address of their own (addrgenmode none).',
    by: [
      'test test/core/vrrp/virtual-mac-places.test.ts: IPv6 takes no addresses from routers',
      'test test/lab/stories/virtual-mac.ts: nothing but what is configured stands on a virtual MAC',
    ],
  },
  {
    at: {
      '3768': ['8.2', '8.2'],
      '5798': ['8.1.2', '8.1.2', '8.2.2', '8.2.2'],
      '9568': ['8.1.2', '8.1.2', '8.2.2', '8.2.2'],
    },
    level: 'MUST',
    says: 'Answers to ARP and neighbour solicitations carry the virtual MAC address, never the physical one.',
    by: [VMAC_STORY],
    note: VMAC,
  },
  {
    at: { '5798': ['8.2.2', '8.2.2'], '9568': ['8.2.2', '8.2.2'] },
    level: 'MUST',
    says: 'Neighbour solicitations of a master carry the virtual MAC address.',
    by: [VMAC_STORY, VMAC_CARE],
    note: 'With `use_vmac` those in the name of a virtual address do: the interface underneath asks for nobody in that name. In its own name it asks with its own MAC address, as with Keepalived.',
  },
  {
    at: { '3768': ['8.2'], '5798': ['8.1.2', '8.2.2'], '9568': ['8.1.2', '8.2.2'] },
    level: 'SHOULD',
    says: 'A router that starts sends no ARP or neighbour discovery with its physical MAC address for addresses that it owns.',
    by: [VMAC_CARE, VMAC_STORY],
    note: VMAC,
  },
  {
    at: { '9568': ['8.1.2', '8.2.2'] },
    level: 'SHOULD',
    says: 'A master announces each address: gratuitous ARP, unsolicited neighbour advertisements.',
    by: ['keyword vrrp_instance garp_master_repeat', 'transcript 31-ipv6.txt'],
  },
  {
    at: { '3768': ['8.2'], '5798': ['8.1.2', '8.2.2'] },
    level: 'lower case',
    says: 'Whoever configures its interface announces each address on it.',
    by: ['keyword vrrp_instance garp_master_repeat', 'transcript 31-ipv6.txt'],
  },
  {
    at: { '9568': ['8.1.2', '8.2.2'] },
    level: 'MUST',
    says: 'Announcements wait until the address and the virtual MAC address are there.',
    by: [WAITING, VMAC_MADE],
  },
  {
    at: { '5798': ['8.2.2'] },
    level: 'lower case',
    says: 'At the start announcements wait until the address and the virtual MAC address are there.',
    by: [WAITING, VMAC_MADE],
  },
  {
    at: { '3768': ['8.2'], '5798': ['8.1.2'] },
    level: 'statement',
    says: 'Gratuitous ARP at the start may have to wait until the address and the virtual MAC address are there.',
    by: [WAITING, VMAC_MADE],
  },
  {
    at: { '5798': ['8.2.2'] },
    level: 'statement',
    says: 'An owner that starts again may find its address taken, by a backup that answers for it.',
    by: [NO_DAD],
    note: 'Virtual addresses are set without duplicate address detection.',
  },
  {
    at: { '9568': ['8.2.2'] },
    level: 'MAY',
    says: 'A backup answers an owner that starts again and looks for a duplicate.',
    by: [NO_DAD],
    note: 'Virtual addresses are set without duplicate address detection.',
  },
  {
    at: { '9568': ['8.1.2'] },
    level: 'SHOULD',
    says: 'To reach one particular router an address of its own is used.',
    note: "The administrator's to do.",
  },
  {
    at: { '5798': ['8.1.2'] },
    level: 'lower case',
    says: 'To reach one particular router an address of its own is used.',
    note: "The administrator's to do.",
  },
  {
    at: { '9568': ['8.1.3'] },
    level: 'MUST',
    says: 'Proxy ARP uses the virtual MAC address.',
    note: PROXY_ARP,
  },
  {
    at: { '3768': ['8.3'], '5798': ['8.1.3'] },
    level: 'lower case',
    says: 'Proxy ARP uses the virtual MAC address.',
    note: PROXY_ARP,
  },
  {
    at: { '9568': ['8.2.1'] },
    level: 'SHOULD',
    says: 'ICMPv6 redirects come from the address that the host used.',
    note: REDIRECTS,
  },
  {
    at: {
      '3768': ['8.1', '8.1'],
      '5798': ['8.1.1', '8.1.1', '8.2.1', '8.2.1'],
      '9568': ['8.1.1', '8.1.1'],
    },
    level: 'lower case',
    says: 'ICMP redirects come from the address that the host used; so it is found out which virtual router that was.',
    note: REDIRECTS,
  },
  {
    at: { '9568': ['8.2.3', '8.2.3'] },
    level: 'MUST',
    says: 'Backups send the same router advertisement options as the owner; special services are not advertised unless backups can take them over.',
    note: ADVERTISING,
  },
  {
    at: { '5798': ['8.2.3', '8.2.3'] },
    level: 'lower case',
    says: 'Backups send the same router advertisement options as the owner; special services are not advertised unless backups can take them over.',
    note: ADVERTISING,
  },
  {
    at: { '9568': ['1.1', '8.2.4'] },
    level: 'SHOULD',
    says: 'Unsolicited neighbour advertisements are accepted.',
    note: "The kernel's to do (`net.ipv6.conf.*.accept_untracked_na`).",
  },
  {
    at: { '3768': ['8.4'], '5798': ['8.3.1'], '9568': ['8.3.1'] },
    level: 'SHOULD',
    says: 'Packets to an address that the router is master for are not forwarded.',
    by: ['keyword vrrp_instance virtual_ipaddress'],
    note: 'The address is local while it is held: the kernel delivers, and does not forward.',
  },
  {
    at: { '9568': ['8.3.2'] },
    level: 'SHOULD',
    says: 'One router of a virtual router only has priority 255.',
    note: "The administrator's to say; `holdfast check` of several files compares them.",
  },
  {
    at: { '9568': ['8.3.2'] },
    level: 'SHOULD',
    says: 'A second router with priority 255 is logged.',
    by: ['row master.rival-owner', 'transcript 40-two-owners.txt'],
  },
  {
    at: { '9568': ['8.3.2'] },
    level: 'SHOULD',
    says: 'Routers have different priorities, far enough apart.',
    note: "The administrator's to say; `holdfast check` of several files finds ties (HF0526).",
    by: ['test test/config/cluster-checks.test.ts: HF0526'],
  },
  {
    at: { '9568': ['8.3.2'] },
    level: 'MAY',
    says: 'Routers that advertise the same priority are logged.',
    note: 'Not at run time: between equals the address decides. `holdfast check` of several files finds them before that (HF0526).',
    by: ['test test/config/cluster-checks.test.ts: HF0526'],
  },
  {
    at: { '5798': ['8.3.2', '8.3.2'] },
    level: 'lower case',
    says: 'No two routers have priority 255; the others are spread evenly.',
    note: "The administrator's to say. A second owner is logged, and one of the two gives way; `holdfast check` of several files finds ties (HF0526).",
    by: [
      'row master.rival-owner',
      'transcript 40-two-owners.txt',
      'test test/config/cluster-checks.test.ts: HF0526',
    ],
  },
  {
    at: { '5798': ['8.4.2', '8.4.2'], '9568': ['8.4.2', '8.4.2', '8.4.2', '8.4.2', '8.4.2', '8.4.2.1.1'] },
    level: 'MUST',
    says: 'A router that speaks version 2 and 3 at once sends both, and times out by what it hears; that is for upgrades, not for good.',
    note: BOTH_VERSIONS,
  },
  {
    at: {
      '5798': ['8.4.1', '8.4.1', '8.4.2', '8.4.2', '8.4.3.1', '8.4.3.2'],
    },
    level: 'lower case',
    says: 'Versions are mixed for an upgrade only; a backup translates the interval of version 2 and prefers version 3; version 2 gets no higher priority and no intervals below a second.',
    note: BOTH_VERSIONS,
  },
  {
    at: { '5798': ['8.4.2', '8.4.2'], '9568': ['8.4.2', '8.4.2'] },
    level: 'MAY',
    says: 'Both versions can be configured at once, and a master that sends only one of them is reported.',
    note: BOTH_VERSIONS,
  },
  {
    at: { '3768': ['9.1', '9.2'], '5798': ['A.1', 'A.2'] },
    level: 'SHOULD',
    says: 'FDDI filters for the virtual MAC address; token ring uses functional addresses.',
    note: LINKS,
  },
  {
    at: { '3768': ['9.2'], '5798': ['A.2'] },
    level: 'MAY',
    says: 'Token ring uses unicast addresses instead.',
    note: LINKS,
  },
  {
    at: { '3768': ['9.2', '9.2'], '5798': ['A.2', 'A.2'] },
    level: 'lower case',
    says: 'On token ring, source routes are thought of, and multicast goes as RFC 1469 has it.',
    note: LINKS,
  },
  {
    at: { '3768': ['10'], '5798': ['9'] },
    level: 'statement',
    says: 'That the TTL is 255 keeps packets of other networks away, whatever authentication there is.',
    by: ['check ttl', 'transcript 10-refused.txt'],
  },
  {
    at: { '5798': ['9'] },
    level: 'lower case',
    says: 'With secure neighbour discovery, master and backup have keys of their own.',
    note: "The administrator's to do.",
  },
  {
    at: { '9568': ['9'] },
    level: 'SHOULD',
    says: 'The guidelines of RFC 9099 for links are followed.',
    note: "The administrator's to do.",
  },
];
