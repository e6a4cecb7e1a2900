/** What is promised about the process that balances and about its table in IPVS. */
import type { Promised } from './promise.js';

const PROCESS = 'test test/daemon/balancer.test.ts:';
const AROUND = 'test test/daemon/balancer-surroundings.test.ts:';
const IPVS = 'test test/kernel/ipvs-cases.ts:';
const WHOLE = 'test test/kernel/lvs-cases.ts:';
const WIRE = 'test test/wire/netlink/ipvs.test.ts:';
const COUNTERS = 'test test/wire/netlink/ipvs-counters.test.ts:';
const MODEL = 'test test/config/lvs-model.test.ts:';
const PLAN = 'test test/core/lvs/plan.test.ts:';
const UPKEEP = 'test test/core/lvs/upkeep.test.ts:';
const START = 'test test/core/lvs/start.test.ts:';
const SERVICES = 'test test/core/lvs/services.test.ts:';
const FLIGHT = 'test test/core/lvs/reload-in-flight.test.ts:';

const OPTIONS = `${IPVS} every option of a service and of a server reads as it does where Keepalived set it`;
const DIFFERENT = `${UPKEEP} at the start and within a minute`;

const role = (says: string, ...by: string[]): Promised => ({ part: 'The role lvs', says, by });
const table = (says: string, ...by: string[]): Promised => ({ part: 'The table of IPVS', says, by });
const upkeep = (says: string, ...by: string[]): Promised => ({ part: 'Wanted and found', says, by });

export const TABLE_PROMISES: readonly Promised[] = [
  role(
    'It is a process of its own beside VRRP.',
    `${PROCESS} there is a second process while there are virtual servers: a reload starts and ends it`,
    `${PROCESS} it dies: it is started again, knows who was dead, and the first process goes on`,
    `${PROCESS} the first process is killed: the second one does not stay behind`,
    `${AROUND} -C balances without instances, -P holds addresses without balancing`,
  ),
  role(
    'It has an engine of its own, which is pure: the same inputs give the same effects.',
    'test test/core/lvs/transcripts.test.ts: lvs transcript',
    'test test/house/house.test.ts: 1 and 3: a pure room has no clock, chance, console, timer, promise or locale',
  ),
  role('Adverts are not late for it, however many checks there are.', 'bench lvs tables'),
  role(
    'Addresses of virtual servers follow the same planning as others: those of an instance come and go with it, and balance.',
    'test test/core/net/plan.test.ts: the plan leads to what is wanted, touches nobody else, and is done once',
    'test test/daemon/balancer-traffic.test.ts: requests go as with IPVS: by the weights, and never to who may not have them',
    `${WHOLE} VIP1 and VIP2 fail over together, with the connections that were synchronised; one that is open goes on`,
    'lvs-transcript 32-ha-suspend.txt',
  ),

  table(
    'Generic netlink, byte for byte as ipvsadm.',
    `${WIRE} requests beside those of ipvsadm`,
    `${WIRE} what the kernel answered to ipvsadm`,
    `${IPVS} errors of a thousand operations are all matched, though only the last of a chunk is acknowledged`,
  ),
  table('Services by address.', 'keyword virtual_server', OPTIONS),
  table(
    'Services by range group.',
    'keyword virtual_server_group',
    `${MODEL} group entries`,
    `${SERVICES} a range, a prefix and an address are a service each, with all servers`,
    `${SERVICES} IPv6 ranges go over the ends of their groups of digits`,
    `${IPVS} the table is the one that Keepalived 2.4.3 made`,
  ),
  table(
    'Services by firewall mark.',
    `${MODEL} kinds and families`,
    OPTIONS,
    'lvs-transcript 51-fifo-names.txt',
  ),
  table(
    'Every scheduler.',
    'keyword virtual_server lvs_sched',
    'test test/config/lvs-keywords.test.ts: keywords of load balancing and BFD',
    OPTIONS,
  ),
  table(
    'Every flag.',
    'keyword virtual_server flag-1',
    'keyword virtual_server flag-2',
    'keyword virtual_server flag-3',
    'keyword virtual_server sh-port',
    'keyword virtual_server sh-fallback',
    'keyword virtual_server mh-port',
    'keyword virtual_server mh-fallback',
    OPTIONS,
  ),
  table(
    'NAT, DR, and TUN with its tunnel types.',
    'keyword virtual_server lvs_method',
    'keyword real_server lvs_method',
    OPTIONS,
    `${WHOLE} seeds/lvs-nat.conf: requests of sixty clients are shared as the weights say`,
    `${WHOLE} seeds/lvs-dr.conf: the servers hold the address and answer directly; a wrong digest takes one out`,
  ),
  table(
    'IPv4, IPv6 and mixed.',
    'keyword virtual_server ip_family',
    `${SERVICES} marks of both families, beside addresses of both, where tunnels lead from one to the other`,
    OPTIONS,
    `${IPVS} timeouts and sync daemons are set, read and stopped; a server of the other family keeps them from starting`,
  ),
  table(
    'Persistence, with granularity and engine.',
    'keyword virtual_server persistence_timeout',
    'keyword virtual_server persistence_granularity',
    'keyword virtual_server persistence_engine',
    OPTIONS,
  ),
  table('One-packet scheduling.', 'keyword virtual_server ops', OPTIONS),
  table(
    'Timeouts: set at the start, put back at the stop.',
    'keyword global_defs lvs_timeouts',
    'lvs-transcript 57-timeouts.txt',
    `${IPVS} timeouts and sync daemons are set, read and stopped; a server of the other family keeps them from starting`,
  ),
  table(
    '64-bit statistics.',
    `${COUNTERS} 64-bit counters are read whole, and taken where both are there`,
    `${COUNTERS} 32-bit counters have bytes of 64`,
    `${IPVS} some services are read with their numbers, the others are left alone`,
  ),
  table(
    'The sync daemon follows the instance it names.',
    'keyword global_defs lvs_sync_daemon',
    'keyword vrrp_instance lvs_sync_daemon_interface',
    'lvs-transcript 34-sync-daemon.txt',
    'lvs-transcript 35-sync-daemon-alone.txt',
    `${WHOLE} VIP1 and VIP2 fail over together, with the connections that were synchronised; one that is open goes on`,
  ),
  table(
    'Its ids, groups and ports.',
    'lvs-transcript 35-sync-daemon-options.txt',
    `${IPVS} timeouts and sync daemons are set, read and stopped; a server of the other family keeps them from starting`,
    `${WIRE} both sync daemons, with what the kernel chose`,
  ),
  table(
    'lvs_flush and lvs_flush_on_stop.',
    'keyword global_defs lvs_flush',
    'keyword global_defs lvs_flush_on_stop',
    'lvs-transcript 58-flush.txt',
  ),

  upkeep(
    'What is in the kernel at the start is adopted: a restart drops no connection.',
    `${IPVS} a table that somebody made is read, compared and put right; what is right is not touched`,
    `${IPVS} a life that is killed leaves behind what is ours, and the next one knows it`,
    `${WHOLE} the process of the balancer dies: the table stays, its successor knows who was dead, nothing is touched`,
    `${AROUND} the worker is killed: its parent starts it again, and the table was never gone`,
    `${AROUND} -I: what is balanced stays after the stop, and the next life takes it away`,
    'test test/host/nft-balancer.test.ts: a connection that stands goes on while its server goes and comes, and over the start of another life',
    'lvs-transcript 43-killed.txt',
  ),
  upkeep(
    'A process of the balancer that hangs is said, shown by status, and after a minute followed by another.',
    'test test/daemon/vigil.test.ts: whoever is silent is asked once; that is said, and at last given up, once',
    `${PROCESS} it hangs: status and drain say so, and a stop kills it in time and leaves nothing undone`,
  ),
  upkeep(
    'What is said while it loads is heard: a stop, a reload, a new master.',
    'test test/daemon/first-words.test.ts: what stands behind the first configuration is told in its order, once somebody listens',
    'test test/daemon/first-words.test.ts: a stop while the second process loads ends both, and nobody has to be killed',
  ),
  upkeep(
    'The table goes first at a start, in pieces, and checks come after it.',
    `${START} servers, their operations and their checkers come some at a time`,
    `${START} no check begins before the table stands, and that is told once`,
    `${START} what an earlier life left stays untouched until all that is wanted stands; then the rest goes`,
  ),
  upkeep(
    'Wanted minus found, as a plan that leads there and is empty then.',
    `${PLAN} from any table to any other: nothing is refused, the table is what was wanted, and a second plan is empty`,
    `${PLAN} a server comes before another goes, and a service goes before the rest is done`,
  ),
  upkeep(
    'A leftover service is seen at the start and now and then, put right, and said.',
    DIFFERENT,
    `${START} what an earlier life left stays untouched until all that is wanted stands; then the rest goes`,
  ),
  upkeep(
    'A wrong weight is, too.',
    DIFFERENT,
    `${START} what is wrong in any piece of it is said, and put right`,
    'lvs-transcript 53-meddled.txt',
  ),
  upkeep('A wrong scheduler, other options, another method are, too.', DIFFERENT),
  upkeep('A foreign server is, too.', DIFFERENT),
  upkeep(
    'What somebody took away is there again.',
    `${UPKEEP} a server, or a whole service, that somebody took away is there again within a minute, and that is said`,
    `${UPKEEP} a sync daemon that somebody stopped runs again within a minute`,
  ),
  upkeep(
    'A table that was emptied stands again within seconds.',
    `${UPKEEP} a table that somebody emptied stands again within seconds; who empties it again, within a minute`,
    'test test/host/nft-balancer.test.ts: a table that somebody takes is there again at once, without a look, and connections go on',
  ),
  upkeep(
    'A check that was in flight over a reload goes on.',
    `${FLIGHT} a reload that changes another server neither ends it nor begins another; its verdict counts`,
    `${FLIGHT} one whose own settings changed goes on as well: it is defined anew for the next one`,
    'test test/host/checks/tcp.test.ts: a checker that is defined anew keeps its check in flight, with the old settings',
  ),
  upkeep(
    'Unchanged checks keep their rhythm over a reload.',
    `${FLIGHT} unchanged checks come when they would have come without the reload`,
    'lvs-transcript 38-reload-nothing.txt',
  ),
];
