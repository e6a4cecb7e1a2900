/** What is promised of bad input, and of how load balancing is proved. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../wire/fixtures.js';
import type { Promised } from './promise.js';

const HTTP = 'test test/host/checks/http.test.ts:';
const TCP = 'test test/host/checks/tcp.test.ts:';
const SSL = 'test test/host/checks/ssl.test.ts:';
const OTHERS = 'test test/host/checks/others.test.ts:';
const MISC = 'test test/host/checks/misc.test.ts:';
const UPKEEP = 'test test/core/lvs/upkeep.test.ts:';
const REFUSALS = 'test test/host/balancer-refusals.test.ts:';
const CHOICE = 'test test/host/balancer.test.ts:';
const WHOLE = 'test test/kernel/lvs-cases.ts:';
const IPVS = 'test test/kernel/ipvs-cases.ts:';
const NFT = 'test test/host/nft-balancer.test.ts:';
const TRAFFIC =
  'test test/daemon/balancer-traffic.test.ts: requests go as with IPVS: by the weights, and never to who may not have them';
const REMEDY = `${REFUSALS} every refusal of IPVS is said with place and remedy`;
const AGAIN = `${UPKEEP} said once, tried again ever more seldom, holds up nothing else, and its end is said`;

const bad = (says: string, ...by: string[]): Promised => ({ part: 'Bad input', says, by });
const done = (says: string, ...by: string[]): Promised => ({ part: 'Proof', says, by });

/** The numbered ones are those of the reference. */
const timelines = readdirSync(join(projectRoot, 'test', 'transcripts-lvs'))
  .filter((name) => Number.parseInt(name, 10) <= 43)
  .sort()
  .map((name) => `lvs-transcript ${name}`);

export const PROOF_PROMISES: readonly Promised[] = [
  bad(
    'Servers that accept and say nothing.',
    `${HTTP} silence before, within and after the header is bounded`,
    `${SSL} silence within TLS, and a connection that breaks off within the body`,
    `${OTHERS} silence at every step, lines without end, and a server that leaves`,
    'lvs-transcript 15-never-answers.txt',
  ),
  bad(
    'One byte a second.',
    `${HTTP} a byte now and then keeps no check for ever`,
    `${HTTP} an answer in pieces of one byte is the same answer`,
    `${OTHERS} silence at every step, lines without end, and a server that leaves`,
  ),
  bad(
    'Answers without end.',
    `${HTTP} answers without end are cut off, in the header and in the body`,
    `${OTHERS} silence at every step, lines without end, and a server that leaves`,
  ),
  bad(
    'Broken chunks.',
    `${HTTP} broken chunks are no failure by themselves, but they are said`,
    `${HTTP} the size of a chunk is looked for in a bounded number of bytes`,
    `${HTTP} a length that is none, or several, or beside chunks, is said, and is the reason given where the page differs`,
  ),
  bad('A body of 100 MB.', `${HTTP} a page of 100 MB is cut off; meanwhile other checks are answered`),
  bad('Broken TLS.', `${SSL} broken TLS, of every kind`),
  bad(
    'Expired certificates.',
    `${SSL} a page is fetched and judged within TLS; an expired certificate that signed itself is no matter`,
  ),
  bad(
    'Resets.',
    `${HTTP} servers that close, reset, or are not there`,
    `${SSL} broken TLS, of every kind`,
    `${SSL} silence within TLS, and a connection that breaks off within the body`,
  ),
  bad('DNS answers for another question.', `${OTHERS} what is not our answer is waited past`),
  bad(
    'DNS answers that are truncated.',
    `${OTHERS} cut short with TC is an answer, cut short without it is none`,
  ),
  bad(
    'DNS answers that are compressed into loops.',
    `${OTHERS} names that point at themselves or at each other`,
    `${OTHERS} no bytes make it throw, and a long chain of names takes no time worth speaking of`,
  ),
  bad('UDP echoes from strangers.', `${OTHERS} strangers are not heard`),
  bad(
    'Scripts that hang, cannot be started, talk without end.',
    `${MISC} a script that hangs is ended, with what it started`,
    `${MISC} killed, missing, not executable`,
    `${MISC} output without end, from many children, costs nobody memory`,
    `${MISC} an abandoned script is ended, and the next run is heard`,
  ),
  bad(
    'Thousands of servers failing in the same second: alerts and log lines are summed up.',
    'test test/core/lvs/storm.test.ts: failing',
    'test test/core/lvs/storm.test.ts: returning',
    'test test/daemon/balancer-storm.test.ts: a storm: every script runs, few at a time, and the log sums up',
    `${TCP} many that are out of time at once: a turn ends a bounded number of them, and the next ones the rest`,
    'lvs-transcript 55-storm.txt',
  ),
  bad(
    'Why a check failed is said with what was found, what was allowed, and what to do.',
    'test test/core/health/words.test.ts: without settings what was allowed is left out',
    'test test/core/health/words.test.ts: HTTP status code 500, not 200, 204, 300-302',
  ),
  bad(
    'No module of IPVS: it is loaded, or said with the remedy, and asked for again.',
    `${CHOICE} without IPVS everything is answered with the remedy, in order, and asked again`,
    `${UPKEEP} a kernel without IPVS is asked again, and the whole table is made once it has it`,
    'test test/core/lvs/start.test.ts: a table that is refused holds up no check',
  ),
  bad(
    'EEXIST: said with the remedy, tried again, nothing else held up.',
    REMEDY,
    AGAIN,
    `${IPVS} what is refused is said with its remedy, and holds up nothing else`,
  ),
  bad('ENOSPC: likewise.', REMEDY, AGAIN),
  bad(
    'A scheduler that cannot be loaded: likewise.',
    REMEDY,
    AGAIN,
    'lvs-transcript 52-refused-by-the-kernel.txt',
    `${IPVS} what is refused is said with its remedy, and holds up nothing else`,
  ),
  bad(
    'nf_tables refusing: likewise.',
    `${REFUSALS} every refusal of nf_tables is said with its remedy`,
    `${REFUSALS} what rules of somebody else in our table hold goes all the same, and they with it; the others stay`,
    `${REFUSALS} without the right to change rules everything is answered, with the remedy`,
  ),

  done(
    'seeds/lvs-nat.conf as it stands runs no sync, and check says so.',
    'test test/config/seeds.test.ts: lvs-nat.conf as it stands synchronises no connections, and that is said with the right word',
  ),
  done(
    'Real requests go through a kernel with IPVS that is booted for the tests: by NAT, DR, TUN, and by marks.',
    `${WHOLE} seeds/lvs-nat.conf: requests of sixty clients are shared as the weights say`,
    `${WHOLE} seeds/lvs-dr.conf: the servers hold the address and answer directly; a wrong digest takes one out`,
    `${WHOLE} through a tunnel, and by a mark: requests are shared as the weights say, and the servers answer directly`,
  ),
  done(
    'The seeds, fitted, balance real HTTP requests over 60 client addresses, with shares as the weights say.',
    `${WHOLE} seeds/lvs-nat.conf: requests of sixty clients are shared as the weights say`,
    `${WHOLE} seeds/lvs-dr.conf: the servers hold the address and answer directly; a wrong digest takes one out`,
  ),
  done(
    'A stopped server is out after its retries, and back after its first success.',
    `${WHOLE} a server that stops is out after its retries, and back after its first success`,
  ),
  done(
    'A wrong digest takes it out.',
    `${WHOLE} a wrong digest takes a server out, and the right one brings it back`,
  ),
  done(
    "VIP1 and VIP2 fail over together, with the connections' sync.",
    `${WHOLE} VIP1 and VIP2 fail over together, with the connections that were synchronised; one that is open goes on`,
  ),
  done(
    'ipvsadm -Ln reads as with Keepalived 2.2.7 on the same file.',
    `${WHOLE} ipvsadm reads the same as with Keepalived 2.2.7 on the same whole file, with its instances and sync daemons`,
  ),
  {
    part: 'Proof',
    says: 'For every published file with virtual servers the table is the one that Keepalived made.',
    by: [`${IPVS} the table is the one that Keepalived 2.4.3 made`],
    note: 'differences stand there with their reasons; the files and tables lie beside the repository',
  },
  done(
    "For every sample of Debian's package the table is the one that keepalived makes beside it.",
    `${IPVS} the table is the one that Debian's keepalived makes beside it`,
  ),
  {
    part: 'Proof',
    says: 'Random configurations, edits of them and failures are served as by Keepalived 2.2.7 beside us: tables, scripts, lines of the FIFO, and what is left at the end.',
    by: ["test test/kernel/lvs-fuzz-cases.ts: nobody tells us from Debian's keepalived beside us"],
    note: 'what differs by decision is not made, and stands among the [differences](differences.md)',
  },
  done('The timelines of the reference play as tests.', ...timelines),
  done(
    'Every row of the reference has a test of its effect.',
    'test test/core/effects/effects.test.ts: every keyword that has an effect shows it',
    'test test/core/effects/effects.test.ts: the mark on the reference pages is true',
    'test test/config/lvs-keywords.test.ts: keywords of load balancing and BFD',
    'test test/config/reference.test.ts: know every keyword of Keepalived 2.4.3',
  ),
  done(
    'Quorum, hysteresis, alpha, omega, inhibit and weights are enumerated against a small model.',
    'test test/core/lvs/model.test.ts: weights',
  ),
  {
    part: 'Proof',
    says: 'The plane nftables passes the same traffic tests, without a booted kernel.',
    by: [
      TRAFFIC,
      `${NFT} weighted round robin, exact and spread; a changed weight counts at once, weight 0 gets nothing`,
      `${NFT} an earlier life: clients stay with their servers, and a table of another shape is replaced`,
      'test test/daemon/balancer-surroundings.test.ts: the worker is killed: its parent starts it again, and the table was never gone',
    ],
    note: 'but for the sync of connections between directors, which only IPVS has: with nftables it is a diagnostic',
  },
];
