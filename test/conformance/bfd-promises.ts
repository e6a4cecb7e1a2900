/** What is promised about BFD beyond what its RFCs demand, each with the tests that fail when it is untrue. */
import { CHECKS, LAB, SEALS, SESSION, STATES, VARIABLES, WIRE } from './bfd-clause-words.js';
import type { Promised } from './promise.js';

export { BFD_GUARDS } from './guards-bfd.js';

const TRACKER = 'test test/core/bfd/tracker.test.ts:';
const TAKEOVER = 'test test/core/bfd/fast-takeover.test.ts:';
const SOCKETS = 'test test/host/bfd-sockets.test.ts:';
const SHOWN = 'test test/cli/status-bfd.test.ts:';
const RULES = 'test test/config/bfd-rules.test.ts:';
const SIM = 'test test/sim/bfd.test.ts:';
const STORIES = 'test test/lab/stories/';
const BALANCER =
  'test test/daemon/balancer-surroundings.test.ts: BFD_CHECK: the session takes the server out of the table and brings it back';
const FLOODED =
  'test test/lab/bfd.test.ts: a flood of a stranger: the sessions stay up, some of it is counted, and the log is short';
const RANGES = 'test test/config/lvs-keywords.test.ts: keywords of load balancing and BFD';
const DISTURBED = `${CHECKS} whatever one neighbor or a stranger sends, in whosever name, with whatever in its fields`;

const part =
  (name: string) =>
  (says: string, ...by: string[]): Promised => ({ part: name, says, by });
const session = part('Sessions');
const fact = part('Trackers and checkers');
const fast = part('Fast takeover');
const better = part('Better than Keepalived');
const told = part('What is told');
const engine = part('The engine');
const bad = part('Bad input');
const done = part('With others, and by the RFCs');

export const BFD_PROMISES: readonly Promised[] = [
  session(
    'The state machine.',
    `${STATES} every pair of states`,
    `${STATES} every row is reached, has a clause, and no two rows fit`,
    'invariant three-ways',
    'bfd-transcript 01-comes-up.txt',
  ),
  session(
    'Discriminators: not zero, of no other session, kept over a reload.',
    `${CHECKS} discriminators and ports differ; each has its own socket`,
    'invariant discriminator',
    `${SESSION} a reload of the same file leaves a session up, with its discriminator and its port`,
  ),
  session(
    'Demultiplexing: by our discriminator, before the neighbour knows it by port, addresses and interface.',
    `${CHECKS} a discriminator that is nobody's, and a sender without a session`,
    `${CHECKS} without one port, address and interface tell whose it is`,
    'bfd-transcript 10-discriminators.txt',
  ),
  session(
    'Timers are negotiated, changes by a Poll.',
    `${SESSION} the slower of what we want and what the neighbour can take`,
    `${SESSION} slower sending waits for the Final`,
    `${SESSION} faster sending does not wait`,
    `${SESSION} listening for a shorter time waits for the Final, for a longer one not`,
    `${SESSION} a neighbour that changes its timers is followed at once, and its Poll answered`,
    `${VARIABLES} a change while a Poll is under way has a Poll of its own`,
    'bfd-transcript 13-poll.txt',
    'bfd-transcript 14-min-rx.txt',
    'bfd-transcript 17-reload-timers.txt',
  ),
  session(
    'Jitter.',
    `${SESSION} between 75 and 100 percent of the interval, never less, at random`,
    `${VARIABLES} jitter with a multiplier of 1`,
    'test test/core/bfd/departures.test.ts: departures a second, every gap from 75 to 100 % as likely as any other',
    'invariant not-too-often',
  ),
  session(
    'Detection time.',
    `${SESSION} silence for the detection time: Down at once, diagnostic 1, and the neighbour is forgotten`,
    `${SESSION} the detection time is the multiplier of the neighbour times the slower interval`,
    'invariant patient',
    'invariant loss-noticed',
  ),
  session(
    'A slow start, at the idle rate.',
    `${SESSION} a session sends at once, slowly, and names nobody`,
    'keyword bfd_instance idle_tx',
  ),
  session(
    'The passive role.',
    `${SESSION} a passive one waits for the neighbour, and is silent again when it is gone`,
    'keyword bfd_instance passive',
    'bfd-transcript 07-passive.txt',
    'bfd-transcript 08-both-passive.txt',
  ),
  session(
    'max_hops.',
    `${CHECKS} max_hops: so many routers, any number with -1`,
    'keyword bfd_instance max_hops',
    'bfd-transcript 25-single-hop-port-across.txt',
  ),
  session('multihop.', 'keyword bfd_instance multihop', 'bfd-transcript 24-multihop.txt', LAB),
  session(
    'Hop limits are checked.',
    'bfd-check hop-limit',
    'bfd-transcript 09-ttl.txt',
    'bfd-transcript 20-reload-ttl.txt',
    `${SOCKETS} a packet with another TTL`,
  ),
  session(
    'Source ports: 49152 to 65535, each of one session.',
    `${SESSION} source ports and discriminators come from the entropy of the start`,
    `${SESSION} a taken port is replaced by another, and not for ever`,
    `${SOCKETS} what leaves: source port, hop limit and traffic class`,
  ),
  session('IPv4 and IPv6.', 'bfd-transcript 01-comes-up.txt', 'bfd-transcript 23-ipv6.txt', LAB),
  session(
    'neighbor_ip.',
    'keyword bfd_instance neighbor_ip',
    `${RULES} no neighbour`,
    `${RULES} one neighbour twice`,
    RANGES,
  ),
  session(
    'source_ip.',
    'keyword bfd_instance source_ip',
    `${RULES} families`,
    `${RULES} a wrong source is left out`,
    `${SESSION} what the kernel refuses is said once, tried again, and at once when an address comes`,
    'bfd-transcript 26-address-comes-later.txt',
  ),
  session('min_rx.', 'keyword bfd_instance min_rx', RANGES, `${RULES} too many decimals`),
  session('min_tx.', 'keyword bfd_instance min_tx', RANGES),
  session('idle_tx.', 'keyword bfd_instance idle_tx', RANGES),
  session(
    'multiplier.',
    'keyword bfd_instance multiplier',
    RANGES,
    'bfd-transcript 18-reload-multiplier.txt',
  ),
  session(
    'Weights.',
    'keyword bfd_instance weight',
    `${TRACKER} weights as the reference has them`,
    'bfd-transcript 28-weights.txt',
  ),
  session(
    'Administratively down on a stop, so that the neighbour does not count it as a failure.',
    `${SESSION} a stop says AdminDown, again and again, until the neighbour has heard`,
    `${SESSION} a removed session says AdminDown, closes, and its port is heard no more`,
    'invariant says-goodbye',
    'bfd-transcript 21-stop.txt',
    LAB,
  ),
  session(
    'A reload keeps unchanged sessions up.',
    `${SESSION} a reload of the same file leaves a session up, with its discriminator and its port`,
    `${SESSION} a reload of the same file goes on with the numbers of its authentication`,
    'bfd-transcript 16-reload-same.txt',
    `${STORIES}track-bfd.ts: Reloaded: the configuration is the same as before`,
  ),
  session(
    'Authentication: keyed SHA1, meticulous or not, and simple password.',
    'keyword bfd_instance auth_type',
    'keyword bfd_instance auth_key',
    `${SEALS} comes up with a neighbour that has the same key, and seals what it sends`,
    `${SEALS} several keys: the first signs, all are accepted`,
    `${WIRE} the key stands in the place of the digest while it is made, and is padded`,
    'test test/lab/bfd.test.ts: meticulous_sha1',
  ),

  fact(
    'track_bfd, by weight.',
    `${TRACKER} weights as the reference has them`,
    'keyword vrrp_instance track_bfd',
    'keyword vrrp_sync_group track_bfd',
    'bfd-transcript 28-weights.txt',
    `${STORIES}track-bfd.ts: track_bfd: a lost session moves the priority, or is a FAULT; found again, all is as before`,
  ),
  fact(
    'track_bfd, by FAULT.',
    `${TRACKER} puts a master into FAULT at once, with its goodbye`,
    'bfd-transcript 27-fault.txt',
    `${STORIES}track-bfd.ts: track_bfd: a lost session moves the priority, or is a FAULT; found again, all is as before`,
  ),
  fact(
    'BFD_CHECK.',
    'keyword real_server BFD_CHECK',
    'keyword BFD_CHECK name',
    `${TRACKER} facts for checkers: that a session came up, that it was lost, and not that its neighbour was stopped`,
    'lvs-transcript 36-bfd.txt',
    BALANCER,
  ),

  fast(
    "track_bfd { NAME fast_takeover } ties a session to the current master's address.",
    `${TAKEOVER} a neighbour that is not the master is none of its business`,
    `${TAKEOVER} without the word it waits for its adverts, and a session without weight is no FAULT`,
    `${TAKEOVER} a session that the sync group tracks does it for each of its members`,
    `${TAKEOVER} a session over another interface is with another neighbour of the same address`,
  ),
  fast(
    'When it goes down, master-down expires at once.',
    `${TAKEOVER} master-down expires with the session, thirty milliseconds after its last packet`,
    `${STORIES}fast-takeover.ts: fast_takeover: the death of the master is noticed by BFD, and only his death`,
    'bench bfd takeover',
  ),
  fast(
    'Not while adverts still arrive.',
    `${TAKEOVER} not while adverts still arrive`,
    `${TAKEOVER} not while adverts wait unread`,
    `${STORIES}fast-takeover.ts: went down, but adverts still arrive`,
  ),
  fast(
    'Not when our own link went down in the same moment.',
    `${TAKEOVER} not when our own link went down in the same moment`,
    `${STORIES}fast-takeover.ts: went down, but our own link eth0 is down`,
  ),
  fast(
    'Not when every other session went down in the same moment.',
    `${TAKEOVER} not when every other session went down in the same moment`,
    `${TAKEOVER} nor when the last packet of the master was late by more than an interval`,
    `${TAKEOVER} as soon as another one is heard`,
    `${TAKEOVER} one that had gone before does not count`,
    `${STORIES}fast-takeover.ts: went down, but every other session went down in the same moment`,
  ),

  better(
    'Discriminators, ports and jitter come from a real random source.',
    "test test/host/host.test.ts: what chance begins with is the kernel's, and never the same again",
    `${SESSION} source ports and discriminators come from the entropy of the start`,
    `${SESSION} which part of the interval it is comes from the entropy of the start`,
    `${SEALS} sequence numbers begin at random`,
  ),
  better(
    'IPv6 link-local sessions.',
    `${SESSION} a link-local session waits for its interface, and follows it`,
    `${SOCKETS} link-local neighbours: by the interface, with the hop limit that is asked for`,
    'test test/lab/bfd.test.ts: link-local',
  ),
  better(
    'A right discriminator from a wrong address is refused.',
    `${CHECKS} the right discriminator from another neighbour is refused`,
    `${CHECKS} our discriminator on another interface is refused`,
    'bfd-transcript 11-other-sender.txt',
  ),
  better(
    'Changes of state are sent at once, not in the next slot.',
    `${SESSION} Down is answered with Init at once, Init with Up and a Poll`,
    `${SESSION} silence for the detection time: Down at once, diagnostic 1, and the neighbour is forgotten`,
    `${SESSION} a neighbour that says Down: Down at once with diagnostic 3`,
    'bfd-transcript 01-comes-up.txt',
    'bfd-transcript 02-silent.txt',
    'bench bfd detection-50ms',
  ),
  better(
    'A stalled process reads its queue before it declares a neighbour down.',
    `${SESSION} a stalled process hears what waits before it gives up, and says so`,
    `${SESSION} while packets of this neighbour are unread its loss waits; those of others hold nothing`,
    `${SIM} a process that is stalled between reading and deciding reads again: without that, losses are false`,
    'invariant receive-before-expire',
    'test test/daemon/loop.test.ts: what waits in the sockets is handled before a deadline that is due',
  ),
  {
    part: 'Better than Keepalived',
    says: 'Trackers keep their last state over a restart of a part.',
    by: [BALANCER, `${TRACKER} a reload keeps what is known, with the session up and with it gone`],
    note: 'VRRP and BFD are one part: neither can be restarted without the other. That of the checkers is told what is known.',
  },
  better(
    "A neighbour's AdminDown is told to VRRP as such.",
    `${TRACKER} because the neighbour is administratively down is no failure, and status says so`,
    `${TRACKER} facts for checkers: that a session came up, that it was lost, and not that its neighbour was stopped`,
    'bfd-transcript 05-admin-down.txt',
  ),

  told(
    'Counters.',
    `${SHOWN} keepalived.data: what both ends say, what was negotiated, the last diagnostics, and what was counted`,
    `${CHECKS} refused packets`,
    `${SESSION} a packet that could not be sent is counted and said once`,
  ),
  told(
    'The last diagnostic, of both ends.',
    `${SHOWN} keepalived.data: what both ends say, what was negotiated, the last diagnostics, and what was counted`,
    `${STATES} diagnostics say why a state was left; 0 on the way up`,
  ),
  told(
    'Ups and downs, each with its time and reason.',
    `${SHOWN} keepalived.data: ups and downs in their order, with time and reason, no more than are kept`,
    `${SHOWN} watch: a line for every change`,
  ),
  told(
    'What was negotiated, in dumps.',
    `${SHOWN} keepalived.data: what both ends say, what was negotiated, the last diagnostics, and what was counted`,
    `${SHOWN} keepalived.data: the words of Keepalived, and no key`,
    `${SHOWN} status: state, detection time and why`,
  ),

  engine(
    'A pure core.',
    'test test/house/rules.test.ts: rules of pure rooms and of the loop hold there only',
  ),
  engine(
    'The simulator plays sessions over ways that lose, that reorder, and that work in one direction only.',
    `${SIM} worlds hold, use every row, and their ways lose, reorder and fail in one direction`,
    `${SIM} a broken table is noticed`,
    'invariant comes-up',
    'bfd-transcript 04-one-way.txt',
  ),
  engine(
    'All pairs of states, by enumeration.',
    `${STATES} every pair of states`,
    `${STATES} two ends that hear each other come up from wherever they are, unless one is disabled`,
    `${STATES} an end that hears nothing goes down, one that hears but is not heard is not up`,
  ),

  bad(
    'Every field out of range.',
    `${CHECKS} refused packets`,
    DISTURBED,
    `${CHECKS} the longest and the shortest intervals that a packet can name count as they are, and no longer than they are named`,
    'bfd-transcript 12-bad.txt',
    RANGES,
  ),
  bad(
    'A wrong length.',
    `${WIRE} each fault has its reason`,
    `${CHECKS} bytes that are no packet`,
    `${SOCKETS} packets of any length: nothing is read beyond the longest, and none holds up the next`,
    'bfd-transcript 12-bad.txt',
  ),
  bad(
    'A discriminator of zero.',
    'bfd-check my-discriminator',
    'bfd-check your-discriminator',
    `${CHECKS} your-discriminator: Init or Up without ours`,
    `${CHECKS} Down without a discriminator is from a neighbour that has restarted: obeyed`,
    'bfd-transcript 22-restarted.txt',
  ),
  bad(
    'A foreign sender.',
    'bfd-check address',
    `${CHECKS} a discriminator that is nobody's, and a sender without a session`,
    `${CHECKS} the right discriminator from another neighbour is refused`,
    `${SOCKETS} what comes to the port that we send from is for nobody`,
  ),
  bad(
    'A TTL below the rule; neighbours that are not Keepalived want hoplimit 255 over IPv6, and the configuration is told.',
    'bfd-check hop-limit',
    'bfd-transcript 09-ttl.txt',
    `${RULES} a hop limit that others drop`,
    `${RULES} the hop limit of the RFC`,
    LAB,
  ),
  bad(
    'Authentication that is absent, or that nobody asked for.',
    'bfd-check authentication-type',
    `${SEALS} who is not believed`,
  ),
  bad(
    'Authentication that is wrong, changed on its way, or played again.',
    'bfd-check authentication',
    'bfd-check replay',
    `${SEALS} who is not believed`,
    `${SEALS} refuses what was changed on its way, and what was here before`,
    `${SEALS} a packet that comes again while the session is up is a replay, however the host hands it over`,
    `${SEALS} a goodbye is cut short by the neighbour, not by somebody who has no key`,
  ),
  {
    part: 'Bad input',
    says: 'Floods at line rate are counted and bounded.',
    by: [
      FLOODED,
      `${SOCKETS} strangers' flood is a sample, and takes no packet of a neighbour`,
      `${SOCKETS} a neighbour's flood is read a turn at a time, and holds nobody else`,
      `${CHECKS} a flood of refused packets: counted, some lines, nobody disturbed`,
      `${SESSION} Polls are answered at once, but a flood of them with one answer a millisecond`,
    ],
    note: 'Of strangers 16 packets a second are looked at, and counted; the kernel drops the others. What comes in the name of a neighbour is read like its own packets: against that there is authentication.',
  },
  bad(
    'No session is disturbed by packets of another.',
    DISTURBED,
    `${CHECKS} our discriminator on another interface is refused`,
    `${SOCKETS} a neighbour's flood is read a turn at a time, and holds nobody else`,
    FLOODED,
  ),

  done('Sessions come up and go down with Keepalived 2.2.7.', LAB, 'bfd-transcript 01-comes-up.txt'),
  done('With bird 2.', LAB, 'bfd-transcript 29-bird.txt'),
  {
    part: 'With others, and by the RFCs',
    says: "With FRR's bfdd.",
    by: [LAB, 'bfd-transcript 30-bfdd.txt'],
    note: 'The lab needs root for it, since FRR changes its user.',
  },
  done('Over IPv4 and IPv6, on one link and across a router.', LAB),
  done(
    'With timers changed while up, ours and theirs.',
    'test test/lab/bfd.test.ts: somebody went down while timers changed',
  ),
  done(
    'Every clause of RFC 5880 section 6.8 that applies has a row.',
    'test test/conformance/conformance.test.ts: no clause is forgotten',
    'test test/conformance/conformance.test.ts: every row and every check of BFD covers a clause',
  ),
  done(
    "The BFD captures of tcpdump's test suite decode.",
    `${WIRE} every capture that there is is read: how many packets of which state, and what the bent bytes lack`,
    `${WIRE} each kind of authentication`,
  ),
  done(
    'The [conformance page](conformance-bfd.md) lists what is left out, and why.',
    'test test/conformance/conformance.test.ts: neither covered nor explained',
    'test test/conformance/conformance.test.ts: the page is what the clauses make',
  ),
];
