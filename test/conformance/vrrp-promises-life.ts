/** What is promised of the life of an instance: states, reloads, stalls, dumps; and of hostile neighbours. */
import type { Promised } from './promise.js';

const ROWS = 'test test/core/vrrp/rows.ts:';
const LIVED = 'test test/core/vrrp/rows-life.ts:';
const INSTANCE = 'test test/core/vrrp/instance.test.ts:';
const HOSTILE = 'test test/core/vrrp/hostile.test.ts:';
const KINDS = 'test test/core/vrrp/hostile-kinds.test.ts:';
const PROVED = 'test test/core/vrrp/authentication-rows.ts:';
const OVER_TIME = 'test test/core/vrrp/authentication.test.ts:';
const PLACES = 'test test/core/vrrp/virtual-mac-places.test.ts:';
const RELOAD = 'test test/core/reload/reload.test.ts:';
const RELOADER = 'test test/daemon/reload.test.ts:';
const LOOP = 'test test/daemon/loop.test.ts:';
const LIFE = 'test test/daemon/life.test.ts:';
const DUMP = 'test test/daemon/dump.test.ts:';
const COMPARED = 'test test/daemon/dump-compare.test.ts:';
const READERS = 'test test/daemon/dump-readers.test.ts:';
const RULES = 'test test/config/instance-rules.test.ts:';
const SOCKETS = 'test test/host/raw-packets.test.ts:';
const LOGS = 'test test/host/logs.test.ts:';
const LAB = 'test test/lab/stories/';

const life = (says: string, ...by: string[]): Promised => ({ part: 'Life', says, by });
const reload = (says: string, ...by: string[]): Promised => ({ part: 'Reload', says, by });
const stall = (says: string, ...by: string[]): Promised => ({ part: 'A stalled process', says, by });
const dump = (says: string, ...by: string[]): Promised => ({ part: 'Dumps', says, by });
const neighbour = (says: string, ...by: string[]): Promised => ({ part: 'A hostile neighbour', says, by });
const whole = (says: string, ...by: string[]): Promised => ({ part: 'The whole', says, by });
const speed = (says: string, ...by: string[]): Promised => ({ part: 'Speed and size', says, by });

export const LIFE_PROMISES: readonly Promised[] = [
  life(
    'preempt and nopreempt.',
    'keyword vrrp_instance preempt',
    'keyword vrrp_instance nopreempt',
    'transcript 06-lower-does-not-hold.txt',
    'transcript 07-nopreempt.txt',
    `${LAB}interop-matrix.ts: the interop matrix`,
  ),
  life(
    'preempt_delay.',
    'keyword vrrp_instance preempt_delay',
    'transcript 08-preempt-delay.txt',
    `${ROWS} a lower master is obeyed until the delay has passed`,
    `${ROWS} and no longer, though its adverts go on`,
  ),
  life(
    'The owner, 255.',
    'row init.owner',
    'row fault.owner',
    'transcript 02-owner.txt',
    `${ROWS} who is no owner is not MASTER at once, though configured as MASTER`,
    'keyword vrrp_instance owner_ignore_adverts',
    'keyword global_defs vrrp_owner_ignore_adverts',
    'invariant owner-at-once',
  ),
  life(
    'The two-owners rule.',
    'row master.owner-yields',
    'row master.rival-owner',
    'row backup.rival-gone',
    'transcript 40-two-owners.txt',
    `${LIVED} an owner bears the owner of a lower address for two adverts of its own`,
    `${LIVED} after that it takes priority 254 and gives way`,
    `${LIVED} a rival that is silent for 1.2 intervals after the warnings is forgotten`,
    `${LIVED} once the rival is silent the owner takes over with 255`,
    `${LAB}two-owners.ts: two owners of the addresses: one stays master`,
  ),
  life(
    'Sync groups: MASTER only together, and owners at once only where all are owners.',
    'keyword vrrp_sync_group group',
    'transcript 15-sync-group.txt',
    `${ROWS} no member becomes MASTER before all want to`,
    `${ROWS} an owner waits for the member of its group that is none`,
    `${ROWS} a wish ends when a better router is heard`,
    `${ROWS} a better router on one interface alone keeps the whole group waiting`,
    `${LIVED} the member without a rival comes back as owner, too`,
    'invariant group-together',
    `${LAB}sync-group.ts: two instances of a sync group fail over together and do not come back by themselves`,
  ),
  life(
    'Sync groups: BACKUP and FAULT of one are those of all, and all leave FAULT together.',
    'row master.group-backup',
    'transcript 14-link-down-in-group.txt',
    'transcript 12-address-deleted-in-group.txt',
    `${ROWS} the member that yields pulls the others, without a goodbye of theirs`,
    `${ROWS} the whole group comes back after the skew`,
  ),
  life(
    'Sync groups: the group is told after its members, and not again what it was told.',
    'keyword vrrp_sync_group notify',
    'transcript 15-sync-group.txt',
    'test test/core/notify/messages.test.ts: name groups, with priority 0, after their members',
    'test test/core/notify/dispatch.test.ts: a state that was told is not told again by a reload',
  ),
  life(
    'dynamic_interfaces.',
    'keyword global_defs dynamic_interfaces',
    'transcript 24-missing-interface.txt',
    `${INSTANCE} an interface that comes back under another index is opened and used again`,
    `${LIFE} a missing interface does not keep it from running, but fails -t`,
    `${LAB}late-interface.ts: an interface that is not there: FAULT until it appears, and again when it goes`,
  ),
  life(
    'Interfaces are debounced.',
    'keyword interface_up_down_delays',
    'transcript 44-interface-delays.txt',
    'transcript 58-interface-delays-virtual-mac.txt',
    `${PLACES} cut to what the adverts allow`,
    `${LIVED} an interface that comes up for the first time counts at once, later only after its delay`,
  ),
  life(
    'A duplicate VRID.',
    'transcript 46-duplicate-vrid.txt',
    `${RULES} an id twice on one interface`,
    `${PLACES} the second is in FAULT`,
  ),
  life(
    'A missing source address.',
    'transcript 13-primary-deleted.txt',
    'transcript 35-source-missing.txt',
    'transcript 47-source-address.txt',
    `${LAB}near-miss.ts: a source address that no interface has: FAULT until it appears`,
  ),
  life(
    'vrrp_startup_delay.',
    'keyword global_defs vrrp_startup_delay',
    'row init.delayed-owner',
    'transcript 42-startup-delay.txt',
    `${LIVED} what is heard during the delay does not count`,
  ),
  life(
    'vrrp_delay_after_boot.',
    'keyword global_defs vrrp_delay_after_boot',
    `${LIVED} what is left of the delay after the boot is waited, and nothing once it is over`,
  ),
  life(
    'timer_expired_backup.',
    'keyword vrrp_instance timer_expired_backup',
    'row master.outlived',
    'transcript 41-timer-expired-backup.txt',
    `${LIVED} a master that was late, but not late enough, stays`,
    `${RELOAD} a master that was late for too long does not advertise because of a reload`,
  ),
  life(
    'VRF.',
    'keyword vrrp_instance vrf',
    'transcript 49-vrf.txt',
    'test test/core/vrrp/virtual-mac.test.ts: an interface whose VRF it shares',
    'test test/kernel/vrf-cases.ts: vrf: the socket is bound to its device, hears a partner there, takes over from it and is heard by it',
    'test test/kernel/virtual-interface-cases.ts: use_vmac in a VRF: the virtual MAC joins it, is reached in it, and moves',
  ),
  life(
    'net_namespace.',
    'keyword net_namespace',
    `${LIFE} with -s it lives in the namespace of that name, and so do its places`,
    `${LIFE} net_namespace and instance of the file name the places, too`,
    'test test/host/linux.test.ts: a namespace that is not there is a reason',
  ),
  life(
    'linkbeat.',
    'keyword vrrp_instance linkbeat_use_polling',
    'keyword linkbeat_use_polling',
    'keyword linkbeat_interfaces',
    'transcript 45-linkbeat.txt',
    'test test/host/linkbeat.test.ts: a polled link is told once, and again when the other end of the cable changes',
    'test test/host/linkbeat.test.ts: flags alone count with IOCTL, and an interface that appears later is asked then',
  ),
  life(
    'The rules of higher and lower adverts.',
    'keyword vrrp_instance lower_prio_no_advert',
    'keyword vrrp_instance higher_prio_send_advert',
    'keyword global_defs vrrp_lower_prio_no_advert',
    'keyword global_defs vrrp_higher_prio_send_advert',
    'keyword vrrp_instance notify_master_rx_lower_pri',
    'row master.yield',
    'row master.insist',
    'transcript 03-lower-advert.txt',
    'transcript 04-yield.txt',
    'invariant yield-to-better',
    'invariant insist',
  ),
  life(
    'notify_deleted.',
    'keyword vrrp_instance notify_deleted',
    `${RELOAD} a removed instance says goodbye, leaves nothing behind and is told FAULT`,
  ),

  reload(
    'What makes a virtual router, and what changes under one that stays.',
    `${RELOAD} number, family, interface, kind and group or source make the virtual router, and nothing else does`,
    `${RELOAD} a new name for the same virtual router costs nothing`,
    `${RELOAD} two unicast instances of one number and source are told apart by their order`,
    'transcript 28-reload.txt',
  ),
  reload(
    'The state stays, and so does the rhythm.',
    `${RELOAD} a reload without a change moves nothing: an advert before it, one after it, and their rhythm from there`,
    `${RELOAD} priority, interval and addresses change under a MASTER that stays MASTER`,
    `${RELOAD} a BACKUP whose interval changes waits at the new pace`,
    `${RELOAD} version 3: the interval of a reload counts for who is MASTER, and for who has heard nobody`,
    `${RELOAD} a new name for the same virtual router costs nothing`,
    'test test/core/vrrp/virtual-mac.test.ts: instances that exchange their names keep their interfaces',
    `${LAB}reload.ts: SIGHUP: a bad file is refused, a good one applied`,
  ),
  reload(
    'Statistics and AH numbers stay.',
    `${RELOAD} counters go on through a reload`,
    `${OVER_TIME} AH: a reload keeps the number, and a router without a history is heard after a split`,
  ),
  reload(
    'Addresses, routes and rules: only what differs.',
    'transcript 28-reload.txt',
    'transcript 56-reload-routes.txt',
    'transcript 60-two-routes-of-one-place.txt',
    'test test/core/net/addresses.test.ts: what the kernel takes along with an address that a reload removes comes again at once',
    'test test/core/net/addresses.test.ts: an address that a reload moves among those that are not advertised stays in its place',
    `${LAB}first-of-subnet.ts: the first address of a subnet goes, and takes nothing of others with it`,
    `${RELOAD} priority, interval and addresses change under a MASTER that stays MASTER`,
  ),
  reload(
    'Announced where addresses were added, or refresh is on.',
    'test test/core/vrrp/announcements.test.ts: a reload that adds an address, or that finds refresh on, lets a master announce',
  ),
  reload(
    'Instances that are removed say goodbye and leave nothing.',
    `${RELOAD} a removed instance says goodbye, leaves nothing behind and is told FAULT`,
    'test test/core/vrrp/virtual-mac.test.ts: an instance that goes takes its interface along',
  ),
  reload(
    'Trackers, scripts and FIFOs that stay keep what they know.',
    `${RELOAD} a script with the same command keeps its state; another command runs at once`,
    `${RELOAD} another command under the name of a script: what the one before found counts until it has ended`,
    `${RELOAD} a process or a file that is tracked otherwise: what was known counts until something new is`,
    `${RELOAD} a new tracker that fails is a FAULT, one that has not reported leaves a MASTER alone`,
    `${RELOAD} trackers that are no longer used are given up, with what they held`,
    'test test/core/notify/messages.test.ts: stay open over a reload that leaves them alone, and are replaced by others',
  ),
  reload(
    'Sync groups that come and go.',
    `${RELOAD} a sync group made of a MASTER and a BACKUP begins as BACKUP, one made of MASTERs as MASTER`,
    `${RELOAD} a member that waits for its sync group takes over when a reload dissolves the group`,
    `${RELOAD} who joins a sync group that is MASTER comes along, or takes it to BACKUP when it obeys a master`,
    `${RELOAD} a MASTER that joins a sync group that is BACKUP is BACKUP, too`,
  ),
  reload(
    'By a plan that is shown in the log: kept, changed, added, removed, and why; no secret in it.',
    'transcript 28-reload.txt',
    `${RELOAD} the plan names kept, changed, added and removed, and why`,
    `${RELOAD} a password is never shown`,
  ),
  reload(
    'A refused reload changes nothing.',
    `${RELOADER} refused, and nothing changes:`,
    `${RELOADER} what only a restart can change is refused`,
    `${RELOADER} a reader that fails is a refused reload, and the next one works`,
    `${LIFE} a reload that is refused changes nothing and says why`,
    `${LAB}reload.ts: SIGHUP: a bad file is refused, a good one applied`,
  ),

  stall(
    'After any gap it reads what waits in its sockets first.',
    'transcript 23-stalled.txt',
    'invariant receive-before-expire',
    `${LOOP} what waits in the sockets is handled before a deadline that is due`,
    `${LOOP} a deadline that came while the sockets were read is told when that began, and comes in the next turn`,
    `${INSTANCE} a channel that is held keeps its master-down deadlines due, and nothing else`,
    `${LAB}stalled.ts: a daemon that was stopped for longer than master-down reads what waits before it acts`,
  ),
  stall(
    'A stall longer than master-down is logged with its length and what was decided.',
    'transcript 23-stalled.txt',
    'transcript 26-late.txt',
    `${INSTANCE} an advert that waited while we were stalled counts before the deadline that passed`,
    `${INSTANCE} a stall without a waiting advert is said with its length before we take over`,
    `${INSTANCE} a stall with an advert waiting that is not obeyed says that we take over all the same, and why`,
    `${LOOP} having slept past a deadline is said, with how long`,
  ),

  dump(
    'keepalived.data.',
    `${COMPARED} keepalived.data: every line of theirs is in ours, in the same block, but for the listed ones`,
    `${DUMP} keepalived.data has its sections and lines, and no password`,
    `${READERS} instances with state, interface, number and addresses`,
    `${READERS} Vyatta: by regular expressions`,
    `${READERS} one-liners: the state is within six lines of the heading, and lines that say "State" are states`,
  ),
  dump(
    'keepalived.stats.',
    `${COMPARED} keepalived.stats: their lines, in their order; ours come behind those of a section`,
    `${DUMP} keepalived.stats has a heading per instance and every counter, in the words that exporters look for`,
    `${READERS} counters, as many instances as in the data, or it reports nothing`,
  ),
  dump(
    'keepalived.json, versions 1 and 2.',
    'keyword global_defs json_version',
    `${COMPARED} keepalived.json: the same keys in the same order, the same types, and all values that are no moments`,
    `${COMPARED} keepalived.json, version 2: an object with the same instances, and the counted processes`,
    `${DUMP} keepalived.json has the keys of version 1 with their types`,
    `${READERS} Prometheus exporters for JSON, and VyOS: keys and types`,
  ),

  neighbour(
    'Floods.',
    `${KINDS} a flood of one kind`,
    `${HOSTILE} does not move an advert by a microsecond`,
    `${HOSTILE} is answered, but never silences and never multiplies without bound`,
    `${SOCKETS} three full bursts of 255 routers wait in the buffer; a turn is bounded and says so`,
    `${SOCKETS} a flood for other virtual routers is a sample, once a second, and wakes nobody in between`,
    `${LOOP} channels with unread packets hold their deadlines for a bounded number of turns`,
    `${LAB}junk-flood.ts: a flood of junk leaves the rhythm of the adverts alone`,
  ),
  neighbour(
    'Every malformed length.',
    `${KINDS} every length from nothing to far too long: only the exact one, and padding, is heard`,
    `${KINDS} every length over IPv6`,
    'test test/core/vrrp/ipv6.test.ts: every other length is refused, and none moves an advert',
    `${HOSTILE} no bytes on a VRRP socket make the engine throw, or a MASTER yield`,
    'test test/wire/foreign-vectors.test.ts: truncated and bent packets are refused and opened without a throw',
    `${SOCKETS} a packet too short to have a VRID, and options before it, do not confuse the filter`,
  ),
  neighbour(
    'Spoofed senders.',
    `${KINDS} from \${spoofed ? 'spoofed senders' : 'one sender'}`,
    `${KINDS} a sender that is no peer`,
    `${HOSTILE} a flood from a thousand spoofed senders costs a bounded number of lines`,
    `${KINDS} packets of a thousand foreign senders for every foreign number cost a bounded number of lines and counters`,
  ),
  neighbour(
    'Priority 255 storms.',
    `${KINDS} a storm of priority 255 is obeyed once, and over when it is over`,
    `${KINDS} a storm that alternates 255 and goodbyes costs no more transitions than skews fit into it`,
    `${KINDS} a storm of other owners costs an owner one transition, and few lines`,
    `${KINDS} a storm of 255 and goodbyes behind a secret moves nothing`,
  ),
  {
    part: 'A hostile neighbour',
    says: 'Replays.',
    by: [
      `${KINDS} adverts of a dead master, replayed, keep nobody from taking over, when they are numbered`,
      `${KINDS} our own adverts, echoed, move nothing and are said once`,
      `${OVER_TIME} AH: copies of what was accepted are refused by whoever accepted it`,
      `${OVER_TIME} AH: a replay makes a master leave out numbers only if it has the last one of ours, and once`,
      'invariant junk-changes-nothing',
    ],
    note: 'Without a secret nothing tells a replay apart: it holds a backup as long as it lasts.',
  },
  neighbour(
    'Address lists of the wrong size.',
    `${KINDS} an address list of the wrong size`,
    `${KINDS} address lists of other sizes that fit their packets are counted and said, and obeyed`,
    'check address-count',
    'check addresses',
    `${PROVED} skip_check_adv_addr skips the list of a known sender, not its length`,
    'transcript 11-address-list.txt',
  ),
  neighbour('Fragments.', `${SOCKETS} fragments: a lone one never arrives, all of them arrive as the whole`),
  neighbour(
    'Nothing is lost but the packet.',
    `${HOSTILE} does not move an advert by a microsecond`,
    'invariant junk-changes-nothing',
    'invariant advert-rhythm',
    'transcript 10-refused.txt',
  ),
  neighbour(
    'Each kind has a counter.',
    `${KINDS} every check that refuses had its flood above, and has a counter`,
    `${HOSTILE} packets for nobody are counted, and reported once`,
    `${DUMP} keepalived.stats has a heading per instance and every counter, in the words that exporters look for`,
  ),
  neighbour(
    'Logs are bounded.',
    `${HOSTILE} after a while one more line says how many were silent`,
    `${KINDS} who was quiet for a while makes room for others, each with a line of its own`,
    `${INSTANCE} the history is bounded and every entry has its reason`,
    `${LOGS} a syslog that takes nothing costs lines, not time; what was dropped is counted and said`,
  ),

  whole(
    'Every row of the VRRP reference has a test of its effect.',
    'test test/core/effects/effects.test.ts: every keyword that has an effect shows it',
  ),
  whole(
    'Every timeline of section 16 plays as a transcript; 10, 19 and the lost STOP line of 21 are listed differences.',
    'test test/core/timelines.test.ts: no transcript plays it',
    'transcript 21-stop.txt',
  ),
  whole(
    'The interop matrix with Keepalived 2.2.7 in both roles, with the refusals in its corners; FRR for version 3.',
    `${LAB}interop-matrix.ts: the interop matrix`,
    'test test/lab/refusals.test.ts: corners that the matrix does not have',
    `${LAB}frr.ts: vrrpd in the other role, version 2 and 3, IPv4 and IPv6`,
  ),
  whole(
    'Foreign bytes decode and encode again; tshark reads all that we send without a warning.',
    'test test/wire/captures.test.ts: every capture is used',
    "test test/wire/foreign-vectors.test.ts: tcpdump's capture",
    "test test/wire/foreign-vectors.test.ts: scapy's checksums",
    'test test/host/tshark.test.ts: every variant of our adverts and announcements is clean in the eyes of tshark',
  ),
  whole(
    'The simulator covers reloads, sync groups, owners that meet, stalls and asymmetric cuts.',
    'test test/sim/worlds.test.ts: worlds hold, and they use every row of the transition table',
    'test test/sim/mutations.test.ts: every mutation of the tables is noticed by some invariant',
    'test test/sim/network.test.ts: a cut is one way, and mends',
    "test src/sim/fault-kinds.ts: 'rogue-owner'",
    "test src/sim/fault-kinds.ts: 'master-stall'",
  ),

  speed(
    'The outage after a silent death, with adverts of 1 s, 100 ms and 10 ms.',
    'bench vrrp death-1s',
    'bench vrrp death-100ms',
    'bench vrrp death-10ms',
  ),
  speed('A graceful stop, and a link that goes down.', 'bench vrrp stop', 'bench vrrp link'),
  speed('2,000 instances on 8 interfaces: up, over, processor, memory.', 'bench vrrp scale'),
  speed('250 instances at 100 ms.', 'bench vrrp fast-adverts'),
  speed('One instance with 1,000 addresses.', 'bench vrrp addresses'),
  speed('Adverts of 10 ms on a busy machine.', 'bench vrrp busy', 'bench vrrp busy-rt'),
];
