/** What is promised of addresses, routes, rules and announcements, and what the kernel may not do to us. */
import type { Promised } from './promise.js';

const ADDRESSES = 'test test/core/net/addresses.test.ts:';
const ROUTING = 'test test/core/net/routing.test.ts:';
const LINES = 'test test/core/net/routing-lines.test.ts:';
const SETTINGS = 'test test/core/net/sysctls.test.ts:';
const GUARDED = 'test test/core/net/firewall.test.ts:';
const PACE = 'test test/core/net/announcer.test.ts:';
const ANNOUNCED = 'test test/core/vrrp/announcements.test.ts:';
const VANISHING = 'test test/core/vrrp/vanishing.test.ts:';
const INSTANCE = 'test test/core/vrrp/instance.test.ts:';
const MADE = 'test test/core/vrrp/virtual-mac.test.ts:';
const PLACES = 'test test/core/vrrp/virtual-mac-places.test.ts:';
const OPTIONS = 'test test/core/effects/option-cases.ts:';
const TEXTS = 'test test/config/routes-rules.test.ts:';
const NAMES = 'test test/host/name-files.test.ts:';
const KERNEL = 'test test/host/netlink-sockets.test.ts:';
const LOSSES = 'test test/host/netlink-losses.test.ts:';
const SOCKETS = 'test test/host/raw-packets.test.ts:';
const ROUTES = 'test test/host/routing.test.ts:';
const NFTABLES = 'test test/host/firewall.test.ts:';
const IPTABLES = 'test test/host/iptables.test.ts:';
const LAB = 'test test/lab/stories/';
const IN_KERNEL = `${LAB}routing.ts: addresses, routes and rules are in the kernel as Keepalived has them there`;

const address = (says: string, ...by: string[]): Promised => ({
  part: 'Addresses, routes, rules',
  says,
  by,
});
const announcement = (says: string, ...by: string[]): Promised => ({ part: 'Announcements', says, by });
const kernel = (says: string, ...by: string[]): Promised => ({
  part: 'The kernel as an adversary',
  says,
  by,
});

export const NET_PROMISES: readonly Promised[] = [
  address(
    'VIPs and excluded VIPs.',
    'keyword vrrp_instance virtual_ipaddress',
    'keyword vrrp_instance virtual_ipaddress_excluded',
    'keyword vrrp_instance no_virtual_ipaddress',
    'invariant addresses-follow-state',
    `${ADDRESSES} a thousand addresses of one transition travel in one request`,
    `${KERNEL} addresses are added and deleted as iproute2 sees them, marked as ours`,
    IN_KERNEL,
  ),
  address(
    'Every option of an address.',
    'test test/core/effects/effects.test.ts: each has a case, or is known to have no effect yet',
    ...[
      'dev',
      'scope',
      'brd',
      'label',
      'peer',
      'preferred_lft',
      'no_track',
      'use_vmac',
      'home',
      '-nodad',
      'mngtmpaddr',
      'noprefixroute',
      'autojoin',
    ].map((option) => `${OPTIONS} '${option}'`),
    'test test/core/vrrp/ipv6.test.ts: /128 is deprecated, a prefix is not, and preferred_lft decides otherwise',
    IN_KERNEL,
  ),
  address(
    'Virtual routes with every type and attribute: multipath, metrics, encap, tables by name.',
    'keyword vrrp_instance virtual_routes',
    'keyword global_defs iproute_usr_dir',
    'keyword global_defs iproute_etc_dir',
    'transcript 50-routes-and-rules.txt',
    `${LINES} a line asks for what ip asks for`,
    `${TEXTS} describe('routes'`,
    `${NAMES} every kind of name that nothing gives is told and drops its line`,
    `${ROUTES} routes and rules come and go behind the addresses that they need`,
    IN_KERNEL,
  ),
  address(
    'Virtual rules.',
    'keyword vrrp_instance virtual_rules',
    'transcript 52-rule-deleted-in-group.txt',
    `${LINES} a line asks for what ip asks for`,
    `${TEXTS} describe('rules'`,
    `${NAMES} rules without preference get numbers downwards, in the order of the text, each family by itself`,
    IN_KERNEL,
  ),
  address(
    'Static addresses, routes and rules.',
    'keyword static_ipaddress',
    'keyword static_routes',
    'keyword static_rules',
    'transcript 55-static-items.txt',
    'test test/core/net/statics.test.ts: deleted again and again they are put back at most once a second',
    IN_KERNEL,
  ),
  address(
    'Their track groups.',
    'keyword track_group',
    'keyword track_group group',
    'transcript 55-static-items.txt',
  ),
  address(
    'promote_secondaries.',
    'keyword vrrp_instance promote_secondaries',
    `${SETTINGS} promote_secondaries is set once for two instances and goes back with the last of them`,
    `${SETTINGS} a killed daemon: the next one takes over what it needs and puts back the rest`,
    `${SETTINGS} what somebody else changes meanwhile stays as it is`,
    'test test/host/sysctls.test.ts: set, raise, read and put back',
  ),
  address(
    'accept and no_accept through nftables.',
    'keyword vrrp_instance accept',
    'keyword vrrp_instance no_accept',
    'keyword global_defs nftables',
    'invariant no-accept-first',
    'invariant no-accept-kept',
    'invariant no-accept-ends',
    `${GUARDED} a master stops traffic to its addresses before it has them, in one request`,
    `${GUARDED} whoever yields lets traffic in only after the addresses are gone`,
    `${NFTABLES} what stands there is what Keepalived 2.2.7 makes: addresses and counters`,
    `${NFTABLES} traffic to the address is stopped, who asks for its MAC is answered, others are not concerned`,
    `${LAB}no-accept.ts: no_accept: the address has a MAC and forwards, and answers nobody`,
  ),
  address(
    '... and through iptables where that is configured.',
    'keyword global_defs vrrp_iptables',
    'keyword global_defs vrrp_ipsets',
    `${IPTABLES} with sets: rules once, then only members come and go`,
    `${IPTABLES} without sets: rules at the head of the chains, and leftovers go by their mark`,
    `${IPTABLES} addresses wait for their rules`,
    `${IPTABLES} nftables is used and said`,
  ),
  address(
    'When somebody deletes one: goodbye, BACKUP, and back after the skew, not a silent re-add (timeline 12).',
    'row master.address-lost',
    'row master.group-lost',
    'transcript 12-address-deleted.txt',
    'transcript 12-address-deleted-in-group.txt',
    'transcript 12-address-deleted-other-takes-over.txt',
    'transcript 51-route-deleted.txt',
    'transcript 52-rule-deleted-in-group.txt',
    `${ADDRESSES} our own deletion is not a loss, whenever its echo comes`,
    `${ROUTES} deletions by others are heard, our own are not, and of other protocols nothing`,
  ),

  announcement(
    'Burst, second burst after the delay, refreshes.',
    'keyword vrrp_instance garp_master_delay',
    'keyword vrrp_instance garp_master_repeat',
    'keyword vrrp_instance garp_master_refresh',
    'keyword vrrp_instance garp_master_refresh_repeat',
    'keyword global_defs vrrp_garp_master_delay',
    'keyword global_defs vrrp_garp_master_repeat',
    'keyword global_defs vrrp_garp_master_refresh',
    'keyword global_defs vrrp_garp_master_refresh_repeat',
    `${ANNOUNCED} burst, second burst after the delay, refreshes from then on`,
    `${ANNOUNCED} nothing is announced by who is no longer master`,
    'invariant announced',
    'invariant announced-is-held',
  ),
  announcement(
    'Against a master of lower priority.',
    'keyword vrrp_instance garp_lower_prio_delay',
    'keyword vrrp_instance garp_lower_prio_repeat',
    'keyword global_defs vrrp_garp_lower_prio_delay',
    'keyword global_defs vrrp_garp_lower_prio_repeat',
    'transcript 03-lower-advert.txt',
    `${ANNOUNCED} against a worse master of one member all members announce, and again after the delay`,
  ),
  announcement(
    'Intervals per interface.',
    'keyword global_defs vrrp_garp_interval',
    'keyword global_defs vrrp_gna_interval',
    `${PACE} a global interval holds for each interface by itself, and for one kind`,
    `${PACE} neighbour advertisements have an interval of their own`,
    `${PACE} intervals below a millisecond are kept on average`,
    `${LAB}announcement-pace.ts: garp_interval, gna_interval: announcements of a takeover leave one after the other`,
  ),
  announcement(
    'Groups of interfaces.',
    'keyword garp_group',
    'keyword garp_group garp_interval',
    'keyword garp_group gna_interval',
    'keyword garp_group interface',
    'keyword garp_group interfaces',
    `${PACE} a group shares one budget, and its interfaces keep no other`,
  ),
  announcement(
    'extra_if.',
    'keyword vrrp_instance garp_extra_if',
    'keyword global_defs vrrp_garp_extra_if',
    `${ANNOUNCED} garp_extra_if: one address for each other interface; without \`all\` only virtual ones`,
    `${PLACES} garp_extra_if: of virtual MACs that carry no adverts`,
  ),
  announcement('vrrp_min_garp.', 'keyword global_defs vrrp_min_garp'),
  announcement(
    'A unicast instance that leaves FAULT tells where it is.',
    `${ANNOUNCED} a unicast instance that leaves FAULT tells where it is`,
    'invariant source-announced',
  ),
  announcement(
    'Rate limits: whatever is asked for or heard, few frames leave at once.',
    `${PACE} a burst of many addresses goes on in the next turns, every address first once`,
    `${PACE} asking again and again lets no more rounds wait than are asked for`,
    `${ANNOUNCED} a rival may be as noisy as it likes: so many addresses, so few frames`,
  ),
  announcement(
    'After a split heals the surviving master announces again, always.',
    'transcript 33-split-healed.txt',
    'transcript 34-last-word.txt',
    'invariant announced-after-rival',
    `${ANNOUNCED} after the last advert of a rival the survivor announces, even if told not to answer`,
    `${ANNOUNCED} after the goodbye of a rival too, and once more a little later`,
    `${ANNOUNCED} the whole sync group announces after a rival of one member`,
    `${ANNOUNCED} who took over in silence says a last word to the better one; who followed a goodbye does not`,
    `${ANNOUNCED} in strict mode the survivor announces, too`,
    `${LAB}split.ts: a split heals one way first: the survivor announces when the rival has fallen silent`,
    `${LAB}split.ts: a split heals at once: the last word of who yields lets the survivor announce`,
  ),

  kernel(
    'Refusals of addresses: the state stays, said once with what it means, asked for again.',
    'transcript 29-refused-address.txt',
    `${VANISHING} a refusal is said once with its meaning, the state stays, and the addresses come when it ends`,
    `${VANISHING} a deletion that the kernel refuses for lack of room is asked for until it is done`,
    `${ADDRESSES} a lasting refusal is said once, another one anew, and so is the same in the next mastership`,
    `${KERNEL} errors are told for the very operation that failed, the others are done`,
    `${KERNEL} a thousand addresses, twice: all added, then a thousand refusals, none lost`,
  ),
  kernel(
    'Refusals of routes and rules.',
    'transcript 53-refused-route.txt',
    'transcript 57-leftover-route-refused.txt',
    `${ROUTING} a route that the kernel will not delete is said once and asked for until it is gone`,
    `${ROUTING} a reload whose changed route is refused does not leave the old one in its place`,
    `${ROUTES} a refusal comes with the kernel's own sentence`,
  ),
  kernel(
    'Refusals of interfaces, settings, the firewall and sockets.',
    `${MADE} FAULT with the reason, said once, and tried again`,
    `${SETTINGS} a refusal is said once, with place, value and remedy, and asked for again`,
    `${GUARDED} is said once, with what is lost and the remedy; the instance is MASTER all the same`,
    `${INSTANCE} a socket that cannot be opened is a FAULT, tried again, and no longer one once it opens`,
    `${INSTANCE} a send that fails is counted and said once per kind`,
    `${SOCKETS} what one advert of a batch is refused for does not hold up the rest`,
  ),
  kernel(
    'Overruns: ENOBUFS leads to a resync, of which only the truth counts.',
    `${KERNEL} lost events are made good by the whole truth`,
    `${LOSSES} what waits when events are lost is older than the truth, and thrown away`,
    `${LOSSES} answers that the kernel dropped are errors, and those that came are what they say`,
    `${VANISHING} events that were lost: what the whole truth shows counts, and nothing else`,
    `${VANISHING} events that were lost while additions are unanswered: nobody has deleted what is not there yet`,
    `${ADDRESSES} events that were lost while a deletion is unanswered: its echo is still to come, and ours`,
    `${ROUTING} events that were lost: a route that was deleted comes back, is told and goes; others are left alone`,
  ),
  kernel(
    'Events without end, and answers that nobody can read.',
    `${LOSSES} events without end: a bounded number in one turn`,
    `${LOSSES} an answer larger than there is room for, or that nobody can read, is an error`,
    `${LOSSES} answers to older requests, and to requests never made, answer nothing`,
    `${ADDRESSES} an answer that comes after a newer one`,
    `${MADE} an answer whose link nobody ever tells of`,
  ),
  kernel(
    'Interfaces that vanish in the middle of a transition.',
    'transcript 24-missing-interface.txt',
    `${VANISHING} an interface that vanishes before its addresses are set: FAULT, and all anew when it is back`,
    `${VANISHING} an interface that goes and comes under the same number while an addition is unanswered has nothing yet`,
    `${VANISHING} an interface that vanishes while its addresses are taken away leaves nothing to wait for`,
    `${VANISHING} a sync group whose member loses its interface in the middle of becoming MASTER goes to FAULT together`,
    `${VANISHING} an interface that is renamed under its instance is gone, and is back under its name`,
    `${VANISHING} goes with it, is not claimed to be there, and comes again with it`,
    `${LAB}late-interface.ts: an interface that is not there: FAULT until it appears, and again when it goes`,
  ),
  kernel(
    'Addresses already there.',
    `${ADDRESSES} an address that somebody has set before us is said, counts as ours, and goes when we leave`,
    `${ADDRESSES} an address of two instances stays until the last of them leaves it`,
    `${ADDRESSES} a static address that an instance has as well stays when that leaves it`,
    `${ADDRESSES} what the kernel says is there already, or gone already, is as it was wanted`,
    `${ADDRESSES} what a killed daemon left behind goes at the start: our mark, and any configured VIP`,
    `${ADDRESSES} a VIP of another length, or on another interface, is nobody's leftover: it stays, and is told`,
    `${ADDRESSES} an owner that finds its address left over has it again in the same request`,
    `${LAB}silent-death.ts: kill -9 of the master: the partner takes over, the restarted one clears its leftovers`,
  ),
  kernel(
    'Worlds in which the kernel refuses, is slow and loses events leave every router in a defined state.',
    'invariant addresses-follow-state',
    'invariant stop-leaves-nothing',
    'test test/sim/worlds.test.ts: worlds hold, and they use every row of the transition table',
  ),
];
