/** Clauses about the states, and about what a router in one of them does for its hosts. RFC sections 6 and 8. */
import type { Clause } from './clause.js';

const VMAC =
  'With `use_vmac` the kernel answers from the interface with the virtual MAC address. Without it, as in Keepalived, answers carry the address of the interface, and gratuitous ARP and neighbour advertisements make hosts follow.';
/** A client knows each address by the virtual MAC and by no other, before and after a takeover. */
const VMAC_STORY =
  'test test/lab/stories/virtual-mac.ts: use_vmac: a MAC of its own, whoever is master; deleted, killed, stopped';
/** What the kernel is told about the interface underneath. */
const VMAC_CARE =
  'test test/core/vrrp/virtual-mac.test.ts: the interface underneath answers for its own addresses only, while it is there';
const NO_ACCEPT_STORY =
  'test test/lab/stories/no-accept.ts: no_accept: the address has a MAC and forwards, and answers nobody';
const KERNEL = 'The kernel does it, for addresses that stand on an interface of its own.';
const ADVERTISING =
  "Router advertisements are radvd's or the kernel's: `notify_master` and `notify_backup` start and stop it, as with Keepalived.";
const HELD = 'invariant addresses-follow-state';

export const STATE_CLAUSES: readonly Clause[] = [
  {
    at: { '3768': ['6.4.1'], '5798': ['6.4.1'], '9568': ['6.4.1'] },
    level: 'MUST',
    step: true,
    says: 'At the start an owner advertises, announces its addresses and is master.',
    by: ['row init.owner', 'transcript 02-owner.txt'],
  },
  {
    at: { '3768': ['6.4.1'], '5798': ['6.4.1'], '9568': ['6.4.1'] },
    level: 'MUST',
    step: true,
    says: 'At the start anybody else listens for the whole master-down interval.',
    by: ['row init.backup', 'row init.eager', 'transcript 01-start.txt'],
    note: 'Configured as MASTER, but with a lower priority, one interval is waited, as by Keepalived.',
  },
  {
    at: { '3768': ['6.4.2'], '5798': ['6.4.2'], '9568': ['6.4.2'] },
    level: 'MUST',
    says: 'In BACKUP a router does what follows.',
    by: ['row backup.accept', 'row backup.discard', 'row backup.takeover'],
  },
  {
    at: {
      '3768': ['6.4.2', '6.4.2'],
      '5798': ['6.4.2', '6.4.2', '6.4.2'],
      '9568': ['6.4.2', '6.4.2', '6.4.2'],
    },
    level: 'MUST',
    says: 'In BACKUP nobody answers ARP or neighbour solicitations for the addresses, nor accepts packets to them.',
    by: [
      HELD,
      'transcript 04-yield.txt',
      'test test/core/net/addresses.test.ts: what a killed daemon left behind goes at the start',
    ],
    note: 'The addresses are not on the machine then.',
  },
  {
    at: { '5798': ['6.4.2'], '9568': ['6.4.2'] },
    level: 'MUST',
    says: 'In BACKUP nobody sends router advertisements for the virtual router.',
    note: ADVERTISING,
    by: ['keyword vrrp_instance notify_backup'],
  },
  {
    at: { '3768': ['6.4.2'], '5798': ['6.4.2'], '9568': ['6.4.2'] },
    level: 'MUST',
    says: 'In BACKUP packets to the virtual MAC address are discarded.',
    note: 'Switches send none: they know by its adverts where the virtual MAC address is. One that floods a frame all the same reaches the interface of `use_vmac` on every router, and the kernel forwards it where forwarding is on, as with Keepalived; without `use_vmac` nobody has that MAC address.',
  },
  {
    at: { '3768': ['6.4.2'], '5798': ['6.4.2'], '9568': ['6.4.2'] },
    level: 'MUST',
    step: true,
    says: 'After a goodbye only the skew is waited.',
    by: ['row backup.goodbye', 'transcript 05-goodbye.txt'],
  },
  {
    at: { '3768': ['6.4.2'], '5798': ['6.4.2'], '9568': ['6.4.2'] },
    level: 'MUST',
    step: true,
    says: 'An advert of at least our priority, or any without preemption, is obeyed: its interval learnt, the master-down interval waited anew.',
    by: ['row backup.accept', 'transcript 07-nopreempt.txt', 'transcript 09-v3-interval.txt'],
  },
  {
    at: { '3768': ['6.4.2'], '5798': ['6.4.2'], '9568': ['6.4.2'] },
    level: 'MUST',
    step: true,
    says: 'A lower one is not.',
    by: ['row backup.discard', 'transcript 06-lower-does-not-hold.txt'],
  },
  {
    at: { '3768': ['6.4.2'], '5798': ['6.4.2'], '9568': ['6.4.2'] },
    level: 'MUST',
    step: true,
    says: 'When the master-down interval has passed: an advert, announcements, MASTER.',
    by: ['row backup.takeover', 'transcript 01-start.txt'],
  },
  {
    at: { '3768': ['6.4.3'], '5798': ['6.4.3'], '9568': ['6.4.3'] },
    level: 'MUST',
    says: 'In MASTER a router does what follows.',
    by: ['row master.advert', 'row master.yield', 'row master.insist'],
  },
  {
    at: { '3768': ['6.4.3'], '5798': ['6.4.3', '6.4.3'], '9568': ['6.4.3', '6.4.3'] },
    level: 'MUST',
    says: 'In MASTER it answers ARP requests and neighbour solicitations for the addresses.',
    by: ['keyword vrrp_instance virtual_ipaddress', HELD],
    note: KERNEL,
  },
  {
    at: { '5798': ['6.4.3'], '9568': ['6.4.3'] },
    level: 'MUST',
    says: 'In MASTER it belongs to the solicited-node groups of its IPv6 addresses.',
    by: ['transcript 31-ipv6.txt'],
    note: KERNEL,
  },
  {
    at: { '5798': ['6.4.3'], '9568': ['6.4.3'] },
    level: 'MUST',
    says: 'In MASTER it sends router advertisements.',
    note: ADVERTISING,
    by: ['keyword vrrp_instance notify_master'],
  },
  {
    at: { '5798': ['6.1', '6.4.3'], '9568': ['6.1', '6.4.3'] },
    level: 'MUST',
    says: 'Neighbour solicitations and advertisements are not dropped, whatever Accept_Mode is.',
    note: '`no_accept` lets ICMPv6 neighbour discovery through.',
    by: [NO_ACCEPT_STORY],
  },
  {
    at: { '3768': ['6.4.3'], '5798': ['6.4.3'], '9568': ['6.4.3'] },
    level: 'MUST',
    says: 'In MASTER packets to the virtual MAC address are forwarded.',
    note: "By the kernel, where forwarding is on (`net.ipv4.ip_forward`): that is the administrator's to say.",
    by: ['test test/lab/stories/gateway.ts: a gateway by its virtual MAC, forwarding for a client'],
  },
  {
    at: { '3768': ['6.4.3', '6.4.3'], '5798': ['6.4.3', '6.4.3'], '9568': ['6.4.3', '6.4.3'] },
    level: 'MUST',
    says: 'In MASTER packets to the addresses are accepted by their owner, or with Accept_Mode; otherwise they are not.',
    note: 'As in Keepalived everybody accepts unless `no_accept` or strict mode says otherwise: most addresses are served by the router itself.',
    by: [
      'keyword vrrp_instance no_accept',
      'keyword vrrp_instance accept',
      'invariant no-accept-first',
      NO_ACCEPT_STORY,
    ],
  },
  {
    at: { '3768': ['6.4.3'], '5798': ['6.4.3'], '9568': ['6.4.3'] },
    level: 'MUST',
    step: true,
    says: 'A master that stops says goodbye.',
    by: ['row master.stop', 'transcript 21-stop.txt'],
  },
  {
    at: { '3768': ['6.4.3'], '5798': ['6.4.3'], '9568': ['6.4.3'] },
    level: 'MUST',
    step: true,
    says: 'A master advertises at its interval.',
    by: ['row master.advert', 'transcript 26-late.txt'],
  },
  {
    at: { '3768': ['6.4.3'], '5798': ['6.4.3'], '9568': ['6.4.3'] },
    level: 'MUST',
    step: true,
    says: 'A goodbye is answered with an advert.',
    by: ['row master.goodbye'],
  },
  {
    at: { '3768': ['6.4.3'], '5798': ['6.4.3'], '9568': ['6.4.3'] },
    level: 'MUST',
    step: true,
    says: 'A master yields to a higher priority, and to the same from a higher address.',
    by: ['row master.yield', 'transcript 04-yield.txt'],
  },
  {
    at: { '9568': ['6.4.3'] },
    level: 'MUST',
    step: true,
    says: 'Any other advert is answered at once.',
    by: ['row master.insist', 'transcript 03-lower-advert.txt', 'keyword vrrp_instance lower_prio_no_advert'],
  },
  {
    at: { '9568': ['2.5'] },
    level: 'SHOULD',
    says: 'A master that hears another one of lower priority logs it, at a bounded rate.',
    by: ['row master.insist', 'transcript 03-lower-advert.txt'],
  },
  {
    at: { '5798': ['7.4', '7.4'], '9568': ['7.4'] },
    level: 'MUST',
    says: 'The virtual MAC address makes no IPv6 interface identifier.',
    note: 'Interfaces that `use_vmac` makes generate no address of their own (addrgenmode none).',
    by: [
      'test test/core/vrrp/virtual-mac.test.ts: IPv6 takes no addresses from routers',
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
    at: { '9568': ['8.1.2', '8.2.2'] },
    level: 'MUST',
    says: 'Announcements wait until the address is there.',
    by: ['test test/core/net/addresses.test.ts: announcements wait for the kernel'],
  },
  {
    at: { '9568': ['8.1.2'] },
    level: 'SHOULD',
    says: 'To reach one particular router an address of its own is used.',
    note: "The administrator's to do.",
  },
  {
    at: { '9568': ['8.1.3'] },
    level: 'MUST',
    says: 'Proxy ARP uses the virtual MAC address.',
    note: "Proxy ARP is the kernel's, where the administrator turns it on (`net.ipv4.conf.vrrp.VRID.proxy_arp`): on the interface of `use_vmac` it answers with that MAC address.",
  },
  {
    at: { '9568': ['8.2.1'] },
    level: 'SHOULD',
    says: 'ICMPv6 redirects come from the address that the host used.',
    note: "The kernel's to do.",
  },
  {
    at: { '9568': ['8.2.3', '8.2.3'] },
    level: 'MUST',
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
    by: ['test test/config/checks.test.ts: HF0526'],
  },
  {
    at: { '5798': ['8.4.2'], '9568': ['8.4.2', '8.4.2', '8.4.2', '8.4.2', '8.4.2', '8.4.2.1.1'] },
    level: 'MUST',
    says: 'A router that speaks version 2 and 3 at once sends both, and times out by what it hears.',
    note: 'Not offered, as it is optional and Keepalived does not do it: an instance speaks one version.',
  },
  {
    at: { '3768': ['9.1', '9.2'], '5798': ['12.2', '12.2'] },
    level: 'SHOULD',
    says: 'FDDI filters for the virtual MAC address; token ring uses functional addresses.',
    note: 'Linux has neither any more.',
  },
  {
    at: { '9568': ['9'] },
    level: 'SHOULD',
    says: 'The guidelines of RFC 9099 for links are followed.',
    note: "The administrator's to do.",
  },
];
