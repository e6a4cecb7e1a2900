/** What is promised about the plane nftables, genhash and the demo. */
import type { Promised } from './promise.js';

const NFT = 'test test/host/nft-balancer.test.ts:';
const COUNTS = 'test test/host/nft-connections.test.ts:';
const LISTING = 'test test/host/nft-listing.test.ts:';
const CHOICE = 'test test/host/balancer.test.ts:';
const PLANES = 'test test/config/data-plane.test.ts:';
const GENHASH = 'test test/daemon/genhash.test.ts:';
const STORY = 'test test/demo/lvs/story.test.ts:';
const VIEW = 'test test/demo/lvs/view.test.ts:';
const TRAFFIC =
  'test test/daemon/balancer-traffic.test.ts: requests go as with IPVS: by the weights, and never to who may not have them';

const plane = (says: string, ...by: string[]): Promised => ({ part: 'The plane nftables', says, by });
const hash = (says: string, ...by: string[]): Promised => ({ part: 'genhash', says, by });
const demo = (says: string, ...by: string[]): Promised => ({ part: 'The demo', says, by });

export const PLANE_PROMISES: readonly Promised[] = [
  plane(
    'The same virtual servers, by NAT.',
    TRAFFIC,
    `${NFT} marks and services for every port; the mark comes first`,
    `${NFT} IPv6`,
    `${LISTING} as text and as JSON, with every kind of service in it, by names that tell the virtual server`,
  ),
  plane('Round robin.', `${NFT} round robin, and the server sees the client`),
  plane(
    'Weighted round robin.',
    `${NFT} weighted round robin, exact and spread; a changed weight counts at once, weight 0 gets nothing`,
    'test test/host/balancer-slots.test.ts: every server has a slot, and its share is that of its weight to a thousandth and its rounding',
  ),
  plane('Random.', `${NFT} by chance every server comes to its turn`),
  plane(
    'Source and destination hashing.',
    `${NFT} by source a client keeps its server, and clients differ; with ports, connections do`,
    `${NFT} by destination an address keeps its server`,
  ),
  plane(
    'Persistence.',
    `${NFT} persistence: a client comes back to its server, also with weight 0, and to another when it is gone`,
    `${NFT} persistence by granularity: clients of one network share a server`,
    `${NFT} where no more clients can be remembered, a further one is balanced all the same`,
  ),
  plane('Sorry server.', `${NFT} the sorry server alone, without a port of its own; no server at all`),
  plane(
    'Counters.',
    `${NFT} connections of each server are counted`,
    `${COUNTS} one that stands is active, one that has ended is not, and a server without any has none`,
    `${COUNTS} services of both families, of every port and of a mark each count their own`,
  ),
  plane(
    'balancer ipvs, nftables or auto; auto takes IPVS where it is.',
    'keyword global_defs balancer',
    'test test/kernel/ipvs-cases.ts: auto takes IPVS where it is',
    `${CHOICE} auto takes nftables where there is no IPVS, with all that was asked meanwhile`,
    `${CHOICE} auto takes nftables where IPVS is, but not for us; another refusal may pass`,
  ),
  plane(
    'What it cannot do is a diagnostic, never a silent change.',
    `${PLANES} each thing that nftables cannot is told with its remedy`,
    `${PLANES} what nftables can is told nothing of`,
    `${PLANES} with auto it is a note, for the kernel decides; what either cannot is named`,
    `${NFT} what it cannot do is refused with its remedy, and holds up nothing else`,
  ),
  plane(
    'One transaction for each change.',
    `${LISTING} of many services a part is done in each turn, and a service in one transaction`,
    'test test/wire/netlink/nftables.test.ts: a transaction is numbered, marked, and acknowledged at its end',
  ),
  plane(
    'Connections to healthy servers are undisturbed.',
    `${NFT} a connection that stands goes on while its server goes and comes, and over the start of another life`,
    `${LISTING} while it takes over, a service whose turn has not come is there as it was`,
  ),
  plane('As fast as rules that were written by hand.', 'bench lvs nat-rate'),

  hash(
    'Under that name, and as a command of holdfast.',
    'test test/daemon/launcher.test.ts: genhash is there under its name, as an option and as a command',
    'test test/daemon/args.test.ts: ends at once for version, help and genhash',
  ),
  hash(
    'The digests are those of the genhash that Debian brings.',
    `${GENHASH} the digest of a page, whatever its status`,
    `${GENHASH} the same digest as Debian's, also of chunks`,
    `${GENHASH} verbose shows header, page and digest`,
    `${GENHASH} options are checked`,
  ),

  demo(
    'seeds/lvs-nat.conf fitted to the lab, with three web servers.',
    'test test/demo/lvs/requests.test.ts: the example asks for the digest of the page that the servers show, of as many servers',
    `${STORY} ends well when every step does, and tells the shares`,
  ),
  demo(
    "A client's requests as coloured bars for each server.",
    `${VIEW} a bar for each server and one for what nobody answered, as long as its share`,
    `${VIEW} in the colour of each server`,
    'test test/demo/lvs/requests.test.ts: requests count in the order of sending, whoever is answered first',
  ),
  demo(
    'Keys that stop a server, break its page, drain it.',
    'test test/demo/lvs/keys.test.ts: keys stop a server, break its page, drain it, and the same keys undo that',
    `${VIEW} who is in, out or drained, and why; to whom the keys go`,
  ),
];
