// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are texts of sources
/** Guards of the table, of the start and of ha_suspend: refusals, storms, what somebody else does, what comes too late. */
import type { Guard } from './promise.js';

const PLAYS = 'test test/core/lvs/transcripts.test.ts: lvs transcript';
const STORM = 'test test/core/lvs/storm.test.ts: failing';
const UPKEEP = 'test test/core/lvs/upkeep.test.ts:';
const START = 'test test/core/lvs/start.test.ts:';
const SUSPEND = 'test test/core/lvs/ha-suspend.test.ts:';
const INIT = 'test test/core/lvs/rs-init-notifies.test.ts:';
const REFUSALS =
  'test test/host/balancer-refusals.test.ts: every refusal of IPVS is said with place and remedy';
const BALANCER = 'test test/host/balancer.test.ts:';
const ENGINE = 'src/core/lvs/engine.ts';
const TABLE = 'src/core/lvs/upkeep.ts';
const SERVER = 'src/core/lvs/real-server.ts';
const SERVICE = 'src/core/lvs/virtual-server.ts';
const NOTICES = 'src/core/lvs/notices.ts';
const MONITOR = 'src/core/health/monitor.ts';
const ADDRESSES = 'src/core/lvs/local-addresses.ts';
const REFUSED_ONCE = 'src/core/lvs/refusals.ts';
const MEANINGS = 'src/host/balancer/refusals.ts';
const IPVS = 'src/host/balancer/ipvs/ipvs-balancer.ts';

const REFUSED = `${UPKEEP} said once, tried again ever more seldom, holds up nothing else, and its end is said`;

export const BALANCER_GUARDS: readonly Guard[] = [
  {
    against: 'What the first process says while the other one loads is lost.',
    file: 'src/daemon/lvs/first-words.ts',
    take: 'else if (this.#begun) this.#kept.push(message);',
    leave: 'else if (this.#begun) return;',
    by: 'test test/daemon/first-words.test.ts: what stands behind the first configuration is told in its order, once somebody listens',
  },
  {
    against: 'A process of the balancer hangs for ever.',
    file: 'src/daemon/lvs/vigil.ts',
    take: 'this.#hooks.givenUp(seconds);',
    leave: '',
    by: 'test test/daemon/vigil.test.ts: whoever is silent is asked once; that is said, and at last given up, once',
  },
  {
    against: 'A process that cannot be started for want of descriptors takes its parent with it.',
    file: 'src/daemon/start-linked.ts',
    take: "(child.stdio as ChildProcess['stdio'] | undefined)?.[LINK_FD]",
    leave: 'child.stdio[LINK_FD]',
    by: 'test test/daemon/start-linked.test.ts: without free descriptors it is an error of the child, and nothing is thrown',
  },
  {
    against: 'A check that this machine could not make takes its server out.',
    file: MONITOR,
    take: "case 'unmade':\n        return this.#course.unmade();",
    leave: "case 'unmade':\n        return this.#course.bad();",
    by: PLAYS,
  },
  {
    against: 'Of thousands that fail at once each is a line of the log.',
    file: NOTICES,
    take: 'if (this.#lines.admits()) this.outbox.log(',
    leave: 'this.outbox.log(',
    by: STORM,
  },
  {
    against: 'Of thousands that fail at once each is a mail.',
    file: NOTICES,
    take: 'if (this.#mails.admits()) {',
    leave: 'if (true) {',
    by: STORM,
  },
  {
    against: 'The mail that sums up is as long as there are servers.',
    file: NOTICES,
    take: 'if (this.#leftOut.length < MAX_LVS_MAILS_PER_BURST * 10) ',
    leave: '',
    by: STORM,
  },
  {
    against: 'Thousands of scripts run at once.',
    file: ENGINE,
    take: 'new NotifyDispatch(outbox, deadlines, MAX_LVS_NOTIFY_RUNS)',
    leave: 'new NotifyDispatch(outbox, deadlines, 1e9)',
    by: STORM,
  },
  {
    against: 'A scheduler that cannot be loaded is refused without its remedy (ENOENT).',
    file: MEANINGS,
    take: '; modprobe ip_vs_${service.scheduler}, or write another lvs_sched',
    leave: '',
    by: REFUSALS,
  },
  {
    against: 'A service that is there already is refused without a word (EEXIST).',
    file: MEANINGS,
    take: "case 'EEXIST':\n      return operation",
    leave: "case 'EEXIST-':\n      return operation",
    by: REFUSALS,
  },
  {
    against: 'A kernel that has no room is told of without a remedy (ENOSPC).',
    file: MEANINGS,
    take: "case 'ENOSPC':\n    case 'ENOMEM':\n      return",
    leave: "case 'ENOMEM':\n      return",
    by: REFUSALS,
  },
  {
    against: 'The module of IPVS is not loaded.',
    file: IPVS,
    take: 'else if (errno === ENOENT) this.#load();',
    leave: '',
    by: `${BALANCER} without IPVS everything is answered with the remedy, in order, and asked again`,
  },
  {
    against: 'A module that somebody loads later is never found.',
    file: IPVS,
    take: " || this.#presence === 'missing') this.#look();",
    leave: ') this.#look();',
    by: `${BALANCER} without IPVS everything is answered with the remedy, in order, and asked again`,
  },
  {
    against: 'IPVS that is there, but not for us, is waited for.',
    file: 'src/host/balancer/choose.ts',
    take: "return code === 'EPERM' ? ",
    leave: "return code === '' ? ",
    by: `${BALANCER} auto takes nftables where IPVS is, but not for us; another refusal may pass`,
  },
  {
    against: 'What was refused is never tried again.',
    file: TABLE,
    take: 'if (again) this.#later(isNew);\n    else if',
    leave: 'if',
    by: REFUSED,
  },
  {
    against: 'What is refused is tried again every second, for ever.',
    file: TABLE,
    take: 'this.#pause = Math.min(this.#pause * 2, LAST_RETRY) as Duration;',
    leave: '',
    by: REFUSED,
  },
  {
    against: 'What is refused is said each time.',
    file: REFUSED_ONCE,
    take: 'if (known?.text === text) return false;',
    leave: '',
    by: REFUSED,
  },
  {
    against: 'A thousand refusals are a thousand lines.',
    file: REFUSED_ONCE,
    take: 'if (this.#refused.size < MAX_TABLE_REMARKS) ',
    leave: 'if (true) ',
    by: `${UPKEEP} what is refused, or found different, a hundred times is said a few times`,
  },
  {
    against: 'A thousand differences are a thousand lines.',
    file: TABLE,
    take: 'found.slice(0, MAX_TABLE_REMARKS)',
    leave: 'found',
    by: `${UPKEEP} what is refused, or found different, a hundred times is said a few times`,
  },
  {
    against: 'Each server of a service that could not be made is a refusal of its own.',
    file: TABLE,
    take: 'if (!ofService && (failedServices.has(key) || this.#refusals.has(key))) continue;',
    leave: '',
    by: PLAYS,
  },
  {
    against: 'A server that somebody took away before we did is an error.',
    file: TABLE,
    take: "if (gone && (error.code === 'ESRCH' || error.code === 'ENOENT')) continue;",
    leave: '',
    by: `${UPKEEP} who is gone from the table already is what was wanted`,
  },
  {
    against: 'A table that could not be read is not asked for again.',
    file: TABLE,
    take: 'this.#later(this.#refusals.unreadable(error));',
    leave: 'this.#refusals.unreadable(error);',
    by: `${UPKEEP} a kernel without IPVS is asked again, and the whole table is made once it has it`,
  },
  {
    against: 'A look at the table takes back what was changed meanwhile.',
    file: TABLE,
    take: 'if (this.#reading) overtake(this.#reading, operation);',
    leave: '',
    by: `${UPKEEP} a server that fails or returns while the table is read is taken out or in at once, and once`,
  },
  {
    against: 'A look at the table takes back what was on its way when it began.',
    file: TABLE,
    take: 'for (const operations of this.#applying.values()) for (const one of operations) overtake(look, one);',
    leave: '',
    by: `${UPKEEP} a change that is on its way when the look begins is not taken back`,
  },
  {
    against: 'A table that never answers holds up a stop for ever.',
    file: ENGINE,
    take: 'deadlines.arm(this.#stopPatience, after(outbox.now, LVS_STOP_PATIENCE));',
    leave: '',
    by: `${UPKEEP} a table that never answers holds up a stop for a bounded time`,
  },
  {
    against: 'At a start thousands of servers are made in one turn.',
    file: ENGINE,
    take: 'let room = MAX_SERVERS_MADE;',
    leave: 'let room = 1e9;',
    by: `${START} servers, their operations and their checkers come some at a time`,
  },
  {
    against: 'Checks compete with the table for the processor.',
    file: ENGINE,
    take: '!this.#tableStands && upkeep.settled)',
    leave: '!this.#tableStands)',
    by: `${START} no check begins before the table stands, and that is told once`,
  },
  {
    against: 'A table that takes for ever holds up all checks: dead servers stay in it.',
    file: ENGINE,
    take: 'deadlines.arm(this.#checking, after(outbox.now, TABLE_PATIENCE));',
    leave: '',
    by: `${START} a table that takes for ever holds up no check for longer than its patience`,
  },
  {
    against: 'A table that is refused holds up all checks.',
    file: TABLE,
    take: '    begin?.();\n',
    leave: '    if (!error) begin?.();\n',
    by: `${START} a table that is refused holds up no check`,
  },
  {
    against: 'What an earlier life left goes before it is known what is wanted.',
    file: TABLE,
    take: 'if (this.#leftBehind) this.#leftBehind = table.ours;\n    else this',
    leave: 'this',
    by: `${START} what an earlier life left stays untouched until all that is wanted stands; then the rest goes`,
  },
  {
    against: 'A start does not wait for tracked files: who is down by one is in the table.',
    file: ENGINE,
    take: 'if (facts.pending && this.#filePatienceLeft > 0) return;',
    leave: '',
    by: `${START} while tracked files are waited for, the table of an earlier life stays`,
  },
  {
    against: 'A tracked file that nobody tells of holds up the start for ever.',
    file: ENGINE,
    take: 'else this.#begin();',
    leave: '',
    by: `${START} a tracked file that nobody tells of holds up the start for five seconds`,
  },
  {
    against: 'Who is kept from running at the start gives up on tracked files that it had no time to read.',
    file: ENGINE,
    take: 'this.#filePatienceLeft--;',
    leave: 'this.#filePatienceLeft = 0;',
    by: `${START} who was kept from running at the start reads its tracked files before it gives up on them`,
  },
  {
    against: 'A stop in the middle of the start goes on making servers.',
    file: ENGINE,
    take: 'for (const one of [this.#making, this.#checking]) deadlines.disarm(one);',
    leave: '',
    by: `${START} a stop in the middle takes away what stands, and what an earlier life left, or keeps both`,
  },
  {
    against: 'A reload in the middle of the start meets half of the servers.',
    file: ENGINE,
    take: "if (this.#life === 'running') this.#watchFilesFor(input.configuration);\n        else this.#waiting = input.configuration;",
    leave: 'this.#watchFilesFor(input.configuration);',
    by: `${START} a reload that comes in the middle is carried out when all are made`,
  },
  {
    against: 'A server that a reload brings is alive until its tracked file is read.',
    file: ENGINE,
    take: 'this.#waiting = configuration;\n    if (facts.pending && this.#filePatienceLeft > 0) return;',
    leave: '',
    by: `${START} a reload that brings a tracked file waits for it, for five seconds at most`,
  },
  {
    against: 'A successor takes those in that its predecessor found dead.',
    file: SERVER,
    take: 'const up = alive ?? !alphaOf(settings);\n      if (reloaded',
    leave: 'const up = !alphaOf(settings);\n      if (reloaded',
    by: PLAYS,
  },
  {
    against: 'Without rs_init_notifies everybody is told of those that start alive.',
    file: SERVICE,
    take: 'if (this.house.notices.globals?.rsInitNotifies)',
    leave: 'if (true)',
    by: `${INIT} without it nobody is`,
  },
  {
    against: 'With rs_init_notifies the dead are told of, too.',
    file: SERVICE,
    take: "if (server.alive) this.#tellServer(server, 'it starts alive');",
    leave: "this.#tellServer(server, 'it starts alive');",
    by: `${INIT} with it the living are told of, once`,
  },
  {
    against: 'ha_suspend suspends nothing.',
    file: MONITOR,
    take: 'if (owner.suspended) {',
    leave: 'if (false) {',
    by: `${SUSPEND} any address of a group is enough, and none of them is too little`,
  },
  {
    against: 'The loop wakes early for checks that wait for their address.',
    file: MONITOR,
    take: ' && !monitor.owner.suspended',
    leave: '',
    by: 'test test/core/lvs/urgency.test.ts: a suspended one is not waited for',
  },
  {
    against: 'A virtual server of a mark waits for an address that it has not.',
    file: ADDRESSES,
    take: ' && addresses.length > 0',
    leave: '',
    by: `${SUSPEND} who has no address waits for none: a mark, or a group of marks`,
  },
  {
    against: 'An address that left one of two interfaces is taken for gone.',
    file: ADDRESSES,
    take: 'if (places?.size === 0) this.#here.delete(facts.address);',
    leave: 'this.#here.delete(facts.address);',
    by: `${SUSPEND} an address that is on two interfaces is here until it has left both`,
  },
  {
    against: 'Each address of a group that comes or goes is told as news.',
    file: ADDRESSES,
    take: 'if (suspended === service.suspended) continue;',
    leave: '',
    by: `${SUSPEND} any address of a group is enough, and none of them is too little`,
  },
  {
    against: 'An address that went while the event socket overran is waited for no more.',
    file: ADDRESSES,
    take: 'new Set([...before.keys(), ...this.#here.keys()])',
    leave: 'this.#here.keys()',
    by: `${SUSPEND} after an overrun of the event socket the addresses as they are then count`,
  },
  {
    against: 'Who gets or loses ha_suspend by a reload goes on as before.',
    file: ADDRESSES,
    take: '    service.suspended = this.#suspends(service);\n',
    leave: '',
    by: `${SUSPEND} a reload gives it and takes it, and who is gone is not spoken of any more`,
  },
  {
    against: 'A firewall that is started anew takes the services of the plane nftables for a minute.',
    file: 'src/host/balancer/nftables/nft-balancer.ts',
    take: 'if (this.#guard?.missing(this.#tables)) this.#reads.push(this.#comeBack());',
    leave: '',
    by: 'test test/host/nft-balancer.test.ts: a table that somebody takes is there again at once, without a look, and connections go on',
  },
  {
    against: 'Thousands of servers of one service that die at once hold up a turn of the plane nftables.',
    file: 'src/host/balancer/nftables/apply-job.ts',
    take: ': from + MAX_NFT_SERVICE_OPERATIONS;',
    leave: ': all.length;',
    by: 'test test/host/nft-apply-job.test.ts: however many services they are of, no turn does more than its part',
  },
  {
    against: 'A transaction that is refused has all its services tried in the same turn.',
    file: 'src/host/balancer/nftables/apply-job.ts',
    take: 'if (part.left.length > 0) return;',
    leave: 'if (part.left.length > 0) return this.#tryNext(part, means);',
    by: 'test test/host/nft-apply-job.test.ts: a kernel that refuses is asked about one service in each turn',
  },
  {
    against: 'Whoever empties the table of IPVS again and again makes us read the whole of it as often.',
    file: TABLE,
    take: "why === 'changed' ? GLANCE_REST : undefined",
    leave: 'undefined',
    by: `${UPKEEP} a table that somebody emptied stands again within seconds; who empties it again, within a minute`,
  },
  {
    against: 'What was read of a service before it was changed makes us read the whole table.',
    file: TABLE,
    take: 'this.#glances.overtaken();',
    leave: '',
    by: `${UPKEEP} a look at one service is of each in its turn, and says nothing where it was overtaken`,
  },
  {
    against: 'What is refused is tried every five seconds for ever.',
    file: TABLE,
    take: 'this.idle && !this.#refusals.concern(key)',
    leave: 'this.idle',
    by: `${UPKEEP} what is refused is not looked at: that would be more often than it is tried`,
  },
  {
    against:
      'Two daemons of one network take the table of the plane nftables from each other, every few seconds.',
    file: 'src/wire/netlink/nftables/name.ts',
    take: 'daemon === undefined',
    leave: 'true',
    by: 'test test/host/nft-side-by-side.test.ts: each has a table of its own, at the start, at a look and at its end',
  },
  {
    against: 'A UDP client that never pauses stays at a server that left, for ever.',
    file: 'src/host/balancer/nftables/stale-flows.ts',
    take: 'if (servers.size > 0) this.#left',
    leave: 'if (servers.size > 1e9) this.#left',
    by: 'test test/host/nft-flows.test.ts: one of a server that left goes to another, those of others and of a drained one stay',
  },
  {
    against: 'A UDP client that was there before the service is never balanced.',
    file: 'src/host/balancer/nftables/stale-flows.ts',
    take: 'if (!before) this.#come.push(some);',
    leave: 'if (!before) return;',
    by: 'test test/host/nft-flows.test.ts: one that came before the service, or while the table was gone, is balanced',
  },
  {
    against: 'A server that returns gets other clients than it had, where nftables balances by a hash.',
    file: 'src/host/balancer/nftables/rules.ts',
    take: "if (spreading === 'source' || spreading === 'destination') inOrder",
    leave: "if (spreading === 'chance') inOrder",
    by: 'test test/host/nft-balancer.test.ts: by source a server that returns has its clients again, and each director sends them to the same',
  },
  {
    against: 'Rules that somebody put into our table keep a service there, also over a stop.',
    file: 'src/host/balancer/nftables/nft-balancer.ts',
    take: 'if (refusal?.errno === EBUSY)',
    leave: 'if (refusal?.errno === -1)',
    by: 'test test/host/balancer-refusals.test.ts: what rules of somebody else in our table hold goes all the same, and they with it; the others stay',
  },
  {
    against: 'What a killed life left in nftables goes on balancing in front of IPVS.',
    file: 'src/host/balancer/choose.ts',
    take: 'if (this.#first) removeNftTables(this.#options);',
    leave: '',
    by: 'test test/host/balancer.test.ts: where IPVS balances, what an earlier life left in nftables goes first',
  },
  {
    against: 'auto on a kernel with neither plane takes nftables for good, and tells to set balancer ipvs.',
    file: 'src/host/balancer/choose.ts',
    take: '(this.#options.hasNftables ?? nftablesIsThere)()',
    leave: 'true',
    by: 'test test/host/balancer.test.ts: auto without either says so with both remedies, and looks again at whatever is asked next',
  },
  {
    against: 'A reload takes another data plane for a change that is done.',
    file: TABLE,
    take: 'before.balancer !== globals.balancer',
    leave: 'false',
    by: `${UPKEEP} a reload with another data plane says that it counts from the next start, and once`,
  },
  {
    against: 'check says nothing of servers with and without a port that nftables refuses.',
    file: 'src/config/checks/data-plane.ts',
    take: 'kinds.size > 1 &&',
    leave: 'kinds.size > 2 &&',
    by: 'test test/config/data-plane.test.ts: servers with and without a port in a service that has none are told, the sorry server among them',
  },
  {
    against:
      'A firewall that brings along what it saved of our table has it balance as it was then, for a minute.',
    file: 'src/host/balancer/nftables/table-guard.ts',
    take: 'known !== undefined && known !== handle',
    leave: 'false',
    by: 'test test/host/nft-balancer.test.ts: a table that somebody takes is there again at once, without a look, and connections go on',
  },
  {
    against:
      'A look at services with a thousand servers each, or their return, holds up a turn of the plane nftables.',
    file: 'src/host/balancer/nftables/turns.ts',
    take: ' || (part.length > 0 && servers + more > MAX_NFT_READ_SERVERS)',
    leave: '',
    by: 'test test/host/nft-turns.test.ts: many small services share a turn, a large one has it alone, and none is left out',
  },
  {
    against: 'A mark on everything that goes to an address sends pings to the servers, or drops them.',
    file: 'src/host/balancer/nftables/rules.ts',
    take: "const isMark = state.service.identity.kind === 'mark';",
    leave: 'const isMark = false;',
    by: 'test test/host/nft-balancer.test.ts: marks and services for every port; the mark comes first',
  },
];
