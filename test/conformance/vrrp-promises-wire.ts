/** What is promised about VRRP on the wire: versions, ways of sending, authentication, virtual MACs. */
import type { Promised } from './promise.js';

const ROWS = 'test test/core/vrrp/rows.ts:';
const HEARD = 'test test/core/vrrp/rows-receive.ts:';
const PROVED = 'test test/core/vrrp/authentication-rows.ts:';
const OVER_TIME = 'test test/core/vrrp/authentication.test.ts:';
const ADVERT = 'test test/core/vrrp/advert.test.ts:';
const SIXTH = 'test test/core/vrrp/ipv6.test.ts:';
const KINDS = 'test test/core/vrrp/hostile-kinds.test.ts:';
const MADE = 'test test/core/vrrp/virtual-mac.test.ts:';
const PLACES = 'test test/core/vrrp/virtual-mac-places.test.ts:';
const CHANNELS = 'test test/core/net/channels.test.ts:';
const RULES = 'test test/config/instance-rules.test.ts:';
const FITS = 'test test/config/vrrp-rules.test.ts:';
const STRICT = 'test test/config/strict.test.ts:';
const KEYS = 'test test/config/hmac-keys.test.ts:';
const KEYWORDS = 'test test/config/vrrp-cases.ts:';
const OPTIONS = 'test test/core/effects/option-cases.ts:';
const CAPTURES = 'test test/wire/captures.test.ts:';
const SIGNED = 'test test/wire/vrrp-authentication.test.ts:';
const SOCKETS = 'test test/host/raw-packets.test.ts:';
const SIXTH_SOCKETS = 'test test/host/raw-packets-ipv6.test.ts:';
const LINKS = 'test test/wire/netlink/rtnl-virtual.test.ts:';
const FIREWALL = 'test test/host/firewall.test.ts:';
const LAB = 'test test/lab/stories/';
const MATRIX = `${LAB}interop-matrix.ts: the interop matrix`;
const KERNEL = 'test test/kernel/';

const version = (says: string, ...by: string[]): Promised => ({ part: 'Versions and families', says, by });
const way = (says: string, ...by: string[]): Promised => ({ part: 'Unicast and multicast', says, by });
const auth = (says: string, ...by: string[]): Promised => ({ part: 'Authentication', says, by });
const mac = (says: string, ...by: string[]): Promised => ({ part: 'Virtual MAC', says, by });

export const WIRE_PROMISES: readonly Promised[] = [
  version(
    'Version 2 and version 3.',
    'keyword vrrp_instance version',
    `${CAPTURES} captured adverts re-encode to the same bytes`,
    "test test/wire/foreign-vectors.test.ts: tcpdump's capture: both versions and families read as tcpdump prints them, and encode to the same bytes",
    MATRIX,
  ),
  version(
    'IPv4 and IPv6.',
    'transcript 31-ipv6.txt',
    'transcript 32-ipv6-unicast.txt',
    `${SIXTH_SOCKETS} IPv6: hop limit, source and destination come with the packet`,
    `${SIXTH} equal priorities: the higher link-local address wins`,
    MATRIX,
  ),
  {
    part: 'Versions and families',
    says: 'IPv6: link-local first.',
    by: [
      `${ADVERT} addresses stand in an advert as they are written, a link-local one first where it is first`,
      `${FITS} strict: the first IPv6 address is not link-local`,
      `${SIXTH} a link-local address that is gone gives way to another, and without any the goodbye is the last word`,
      `${SIXTH} a VIP that is link-local is nobody's source`,
    ],
    note: 'The order is the one of the configuration; strict mode remarks on another address in front, as in Keepalived.',
  },
  version(
    'Unsolicited neighbour advertisements.',
    'test test/wire/ndisc.test.ts: neighbour advertisements of Keepalived',
    'test test/wire/ndisc.test.ts: says that it comes from a router, and overrides',
    'test test/core/vrrp/announcements.test.ts: the addresses of two families, each in its own way',
    `${SIXTH_SOCKETS} neighbour advertisements change what a neighbour believes, and tshark finds nothing wrong in them`,
  ),
  version(
    'Duplicate address detection is off for VIPs, unless a line says -nodad.',
    `${OPTIONS} '-nodad'`,
    'test test/host/netlink-sockets.test.ts: IPv6 addresses skip duplicate detection',
    `${LAB}tentative.ts: a link-local address that is still tentative: FAULT with that reason, and by itself out of it`,
  ),
  version(
    'Intervals in hundredths of a second.',
    `${RULES} version 3 to hundredths`,
    `${ADVERT} version 3 has a pseudo-header, its own interval and, over IPv6, no IP header`,
    'test test/wire/vrrp.test.ts: both readings of bytes 4 and 5',
    'bench vrrp death-10ms',
  ),
  version(
    'The interval is learned from the master.',
    'row backup.accept',
    'transcript 09-v3-interval.txt',
    `${ROWS} version 3 waits for its master at the pace of the master`,
    `${ROWS} a learnt interval is forgotten`,
    'test test/core/vrrp/rows-life.ts: an interval that was learned is forgotten in FAULT',
    `${HEARD} obeyed, and said: another advert interval of version 3`,
  ),
  version(
    'down_timer_adverts.',
    'keyword vrrp_instance down_timer_adverts',
    'keyword global_defs vrrp_down_timer_adverts',
    'test test/core/vrrp/intervals.test.ts: skew and master-down as runtime reference section 6 gives them',
  ),
  version(
    'v3_checksum_as_v2.',
    'keyword vrrp_instance v3_checksum_as_v2',
    'keyword global_defs v3_checksum_as_v2',
    `${PROVED} v3_checksum_as_v2 accepts it`,
    `${PROVED} and the one with the pseudo-header as well`,
    `${PROVED} but no other`,
  ),
  {
    part: 'Versions and families',
    says: 'old_unicast_checksum; timeline 19, the sticky trap, is a listed difference.',
    by: [
      'keyword vrrp_instance old_unicast_checksum',
      `${OVER_TIME} the old unicast checksum is answered peer by peer, and the right one is never refused`,
      `${PROVED} the old checksum of unicast is obeyed`,
      `${PROVED} refused: the old checksum, with never`,
      'test test/core/timelines.test.ts: listed as a difference',
    ],
    note: '[Differences](differences.md) has the trap.',
  },
  version(
    'vrrp_version.',
    'keyword global_defs vrrp_version',
    `${RULES} the version of global_defs`,
    `${RULES} IPv6 refuses version 2`,
    'test test/lab/refusals.test.ts: corners that the matrix does not have',
  ),
  version(
    'Strict mode.',
    'keyword global_defs vrrp_strict',
    'keyword vrrp_instance strict_mode',
    `${STRICT} strict mode:`,
    `${FITS} strict: a wish to be master`,
    `${PROVED} strict mode refuses unsigned adverts, though permissive is configured`,
    'transcript 50-strict.txt',
  ),

  way(
    'Unicast.',
    'keyword vrrp_instance unicast_peer',
    'keyword vrrp_instance unicast_src_ip',
    'transcript 20-unicast.txt',
    MATRIX,
  ),
  way(
    'unicast_ttl.',
    'keyword vrrp_instance unicast_ttl',
    `${SIXTH_SOCKETS} IPv6 unicast: the hop limit that is asked for, or the one of the kernel; on the link by its scope`,
  ),
  way(
    'Who is no peer, or a peer too far away or too near, is refused where that is asked for.',
    'check peer',
    'check peer-ttl',
    'keyword vrrp_instance check_unicast_src',
    'keyword global_defs vrrp_check_unicast_src',
    `${OPTIONS} 'min_ttl'`,
    `${OPTIONS} 'max_ttl'`,
    `${RULES} TTL limits of a peer switch the check on`,
    `${KINDS} a peer from too far away`,
    'transcript 20-unicast.txt',
  ),
  way(
    'Several sources.',
    `${CHANNELS} the destination decides between instances of the same number`,
    'test test/core/reload/reload.test.ts: two unicast instances of one number and source are told apart by their order',
    `${LAB}sources.ts: adverts from chosen addresses to chosen groups, unicast twice under one number, no interface`,
  ),
  way(
    'No interface.',
    `${CHANNELS} an instance without an interface hears on any`,
    `${CHANNELS} an instance without interface shares its number with one on an interface: the destination decides`,
    `${RULES} not needed with peers`,
    `${SOCKETS} unicast without an interface tells on which one a packet came`,
    'keyword global_defs default_interface',
  ),
  way(
    'FAULT without peers, where that is asked for.',
    'keyword vrrp_instance unicast_fault_no_peer',
    'transcript 48-unicast-without-peers.txt',
    `${FITS} no peers, FAULT asked for`,
  ),
  way(
    'Multicast on changed groups.',
    'keyword vrrp_instance mcast_dst_ip',
    'keyword global_defs vrrp_mcast_group4',
    'keyword global_defs vrrp_mcast_group6',
    `${CHANNELS} members that share an interface share a socket, asked for once`,
    `${SOCKETS} a group that cannot be joined does not spoil those joined before it`,
    `${LAB}sources.ts: adverts from chosen addresses to chosen groups, unicast twice under one number, no interface`,
  ),
  way('mcast_src_ip.', 'keyword vrrp_instance mcast_src_ip', `${RULES} mcast_src_ip may be missing`),
  way(
    'track_src_ip.',
    'keyword vrrp_instance track_src_ip',
    `${RULES} unless track_src_ip`,
    'transcript 47-source-address.txt',
  ),

  auth(
    'PASS.',
    'keyword vrrp_instance authentication',
    'keyword authentication auth_type',
    'keyword authentication auth_pass',
    'check auth-type-known',
    'check auth-type',
    'check password',
    MATRIX,
    `${LAB}wrong-secret.ts: secrets that do not fit: refused, counted, said; those that fit are not disturbed`,
  ),
  auth(
    'AH.',
    'check ah-header',
    'check ah-icv',
    'check ah-spi',
    `${CAPTURES} every packet is authentic and is built again byte for byte`,
    `${SIGNED} AH covers all but the mutable fields`,
    `${OVER_TIME} AH: a packet as it should be, numbered from one, with the next number left to who preempts us now`,
    `${SOCKETS} adverts within AH have a socket of their own, filtered by the VRID in them`,
    MATRIX,
  ),
  auth(
    'The sequence rules of AH: who is behind is refused, a successor counts on, masters in step part.',
    'check ah-sequence',
    'check ah-crossed',
    `${OVER_TIME} AH: a successor counts on where its master stopped, a master skips a number for a worse one`,
    `${OVER_TIME} AH: a reload keeps the number, and a router without a history is heard after a split`,
    `${OVER_TIME} AH: who preempts passes over the number that the old master may send in the same moment`,
    `${OVER_TIME} AH: two masters whose numbers run in step hear each other after one interval, and one of them yields`,
    `${OVER_TIME} AH: the members of a sync group count together, so that none is deaf to a master that another one hears`,
    `${OVER_TIME} AH: the numbers do not come round`,
  ),
  auth(
    'The HMAC trailer of 2.4.2 and 2.4.3.',
    'keyword vrrp_instance auth_hmac',
    'keyword auth_hmac key',
    'keyword auth_hmac active_key',
    'check hmac-invalid',
    'check hmac-malformed',
    'check hmac-unknown-key',
    `${CAPTURES} every trailer is signed by the key of its configuration`,
    `${SIGNED} the MAC covers every byte but the checksum, the scope, and no destination`,
    `${OVER_TIME} HMAC: over IPv6 the checksum covers the trailer, and the other router believes it`,
    `${OVER_TIME} HMAC: one signature for all peers, checksums of their own`,
    `${PROVED} refused: a trailer where none is configured`,
  ),
  auth(
    'Keys inline, from files and credentials.',
    'keyword auth_hmac key',
    `${KEYS} a file holds what could stand in the line, and the ends of its lines do not count`,
    `${KEYS} a credential of systemd is found through the variable that names its folder`,
    `${KEYS} without a usable active key nothing is signed, and it is an error that says so`,
  ),
  auth(
    'Keys are rotated.',
    `${OVER_TIME} HMAC: keys are rotated by reloads, and nobody loses an advert`,
    `${PROVED} so is one signed with another known key`,
    `${KEYS} a file that changed gives another configuration from the same text`,
    `${LAB}hmac-rotation.ts: auth_hmac: keys in files are changed by reloads, and no advert is lost`,
  ),
  auth(
    'The three modes.',
    'keyword auth_hmac mode',
    'check hmac-missing',
    `${OVER_TIME} HMAC: receive-only sends unsigned adverts, permissive signed ones`,
    `${PROVED} permissive obeys unsigned adverts`,
    `${PROVED} so does receive-only`,
    `${PROVED} a present trailer is always verified`,
  ),
  auth(
    'Both kinds of anti-replay.',
    'keyword auth_hmac anti_replay',
    'keyword auth_hmac time_window',
    'check hmac-stale',
    'check hmac-replay',
    'check clock-skew',
    `${PROVED} monotonic: only the order counts, whatever the clocks say`,
    `${OVER_TIME} HMAC: a clock set back a little is overtaken by counting, one set back beyond the window is followed`,
    `${OVER_TIME} HMAC: where only the order counts, a clock set back is never followed`,
    `${OVER_TIME} HMAC: after both clocks were set back the mark of the future is forgotten`,
    `${OVER_TIME} HMAC: multicast remembers the four latest senders`,
    `${SIGNED} sequences follow the clock and are ordered as serial numbers`,
  ),
  auth(
    'Each kind of refusal of the trailer has a counter.',
    `${KINDS} no trailer`,
    `${KINDS} a malformed trailer`,
    `${KINDS} a trailer from the past`,
    `${KINDS} unknown keys`,
    `${KINDS} signatures by guess`,
    `${KINDS} adverts of a dead master, replayed, keep nobody from taking over, when they are numbered`,
    'test test/daemon/dump.test.ts: keepalived.json has the counters under their names',
  ),

  mac(
    'use_vmac, by macvlan.',
    'keyword vrrp_instance use_vmac',
    `${OPTIONS} 'use_vmac'`,
    `${MADE} made at the start, without a FAULT on the way; adverts and addresses go by it, the source stays`,
    `${LINKS} our requests for virtual interfaces say what iproute2 says`,
    `${LAB}virtual-mac.ts: use_vmac: a MAC of its own, whoever is master; deleted, killed, stopped`,
    `${LAB}gateway.ts: a gateway by its virtual MAC, forwarding for a client`,
    MATRIX,
  ),
  mac(
    'vmac_xmit_base.',
    'keyword vrrp_instance vmac_xmit_base',
    `${PLACES} vmac_xmit_base: adverts by the interface underneath, addresses on the virtual one`,
    `${PLACES} unicast sends by the interface underneath, said or not`,
  ),
  mac(
    'use_ipvlan.',
    'keyword vrrp_instance use_ipvlan',
    `${PLACES} carries adverts from its own address; virtual addresses stay on the interface underneath`,
    `${KERNEL}virtual-interface-cases.ts: use_ipvlan: adverts by an interface and from an address of their own, before and after a takeover`,
  ),
  mac(
    'use_vmac_addr: a virtual MAC for addresses elsewhere.',
    'keyword vrrp_instance use_vmac_addr',
    `${PLACES} use_vmac_addr gives them virtual MACs, too`,
    `${PLACES} use_vmac on an address alone`,
    `${PLACES} an address whose virtual MAC is missing holds the instance, unless it is no_track`,
  ),
  mac(
    'The sysctls that it needs, put back afterwards, also by the life after one that was killed.',
    `${PLACES} the interface underneath answers for its own addresses only, while it is there`,
    `${PLACES} IPv6 takes no addresses from routers`,
    `${PLACES} rp_filter of all is folded into the others, and unfolded at the end`,
    `${PLACES} a killed daemon: the next one keeps it folded, and its stop unfolds it`,
    'test test/host/sysctls.test.ts: a life that ends without a word is put right by the next',
  ),
  mac(
    'The firewall care that it needs: what the kernel says of itself on a virtual MAC.',
    'keyword global_defs disable_local_igmp',
    `${PLACES} the firewall stops what the kernel sends by itself; disable_local_igmp leaves it for IPv4`,
    `${FIREWALL} what the kernel would say on a virtual MAC about its groups comes from the interface underneath`,
  ),
  mac(
    'Names.',
    'keyword global_defs vmac_prefix',
    'keyword global_defs vmac_addr_prefix',
    `${KEYWORDS} 'use_vmac'`,
    `${MADE} names: PREFIX.VRID, for IPv6 PREFIX6.VRID, then PREFIX1.VRID, and never one that is taken`,
    `${MADE} a long prefix is cut so that the number fits`,
    `${MADE} its name, its MAC, its group; with netlink_notify_msg the interface underneath is told of`,
    `${MADE} somebody renames it: it is known by its new name`,
  ),
  mac(
    'Creation and deletion.',
    `${LINKS} ip link del`,
    `${MADE} an instance that goes takes its interface along`,
    `${MADE} use_vmac comes and goes: another virtual router for its neighbours`,
    `${MADE} FAULT with the reason, said once, and tried again`,
    `${PLACES} a stop takes it away with its address`,
  ),
  mac(
    'Recreation.',
    `${MADE} deleted underneath: FAULT, made again, BACKUP, and MASTER after the wait`,
    `${MADE} deleted again and again: made again once a second, no more often`,
    `${MADE} goes with the interface underneath, and comes with it`,
    `${MADE} somebody gives it another MAC: it is made anew`,
    `${PLACES} somebody deletes its address: it is set again`,
  ),
  mac(
    'Leftovers.',
    `${MADE} a matching one is used under its own name, and goes with us`,
    `${MADE} one of that name with another MAC gives way; an interface of another kind does not`,
    `${MADE} what an earlier life made and nobody wants now is removed; what others made is left alone`,
    `${MADE} a macvlan on another interface, or in another mode, is no match`,
  ),
];
