/** Guards against a hostile neighbour, and against a kernel that refuses, forgets and loses. */
import type { Guard } from './promise.js';

const KINDS = 'test test/core/vrrp/hostile-kinds.test.ts:';
const HOSTILE = 'test test/core/vrrp/hostile.test.ts:';
const OVER_TIME = 'test test/core/vrrp/authentication.test.ts:';
const ANNOUNCED = 'test test/core/vrrp/announcements.test.ts:';
const VANISHING = 'test test/core/vrrp/vanishing.test.ts:';
const HELD = 'test test/core/net/addresses.test.ts:';
const LOSSES = 'test test/host/netlink-losses.test.ts:';
const SOCKETS = 'test test/host/raw-packets.test.ts:';
const CHECKS = 'src/core/vrrp/receive-checks.ts';
const PROOF = 'src/core/vrrp/authentication-checks.ts';
const MEMORY = 'src/core/vrrp/proofs.ts';
const SAID = 'src/core/vrrp/refusals.ts';
const RIVAL = 'src/core/vrrp/rival-announcements.ts';
const ADDRESSES = 'src/core/net/addresses.ts';
const EVENTS = 'src/host/netlink-sockets.ts';

/** Of the packet. */
const PACKET_GUARDS: readonly Guard[] = [
  {
    against: 'A packet that was routed is obeyed.',
    file: CHECKS,
    take: 'unicast || ttl === MULTICAST_TTL',
    leave: 'unicast || ttl >= 0',
    by: `${KINDS} a routed packet`,
  },
  {
    against: 'A packet of another version is obeyed.',
    file: CHECKS,
    take: 'header.version === settings.version',
    leave: 'header.version > 0',
    by: `${KINDS} another version`,
  },
  {
    against: 'A packet with a wrong checksum is obeyed.',
    file: 'src/core/vrrp/checksum-forms.ts',
    take: "if (version === 2) return holds() ? 'right' : undefined;",
    leave: "if (version === 2) return 'right';",
    by: `${KINDS} a wrong checksum`,
  },
  {
    against: 'A packet that is cut off is obeyed.',
    file: CHECKS,
    take: 'if (bytes.length === expected || isPadding(expected, bytes.length)) return undefined;',
    leave: 'if (bytes.length > 0) return undefined;',
    by: `${KINDS} a missing tail`,
  },
  {
    against: 'A packet whose header promises more than came is obeyed.',
    file: CHECKS,
    take: 'if (totalLength === undefined || totalLength === bytes.length) return undefined;',
    leave: 'if (totalLength !== 0) return undefined;',
    by: `${KINDS} a promise of more`,
  },
  {
    against: 'Another list of addresses is not counted.',
    file: CHECKS,
    take: 'return header.addressCount === ours',
    leave: 'return header.addressCount >= 0',
    by: `${KINDS} address lists of other sizes that fit their packets are counted and said, and obeyed`,
  },
  {
    against: 'A master of another interval is obeyed, and soon taken for dead.',
    file: CHECKS,
    take: 'header.advertSeconds === advertSeconds',
    leave: 'header.advertSeconds > 0',
    by: `${KINDS} another interval`,
  },
  {
    against: 'An advert with the interval 0 lets a backup take over at once.',
    file: CHECKS,
    take: 'header.priority > 0 && header.advertCentiseconds === 0',
    leave: 'header.priority > 255',
    by: `${KINDS} no interval`,
  },
  {
    against: 'A unicast packet moves a router that speaks multicast.',
    file: CHECKS,
    take: 'isMulticast(destination) === !unicast',
    leave: 'destination.length > 0',
    by: `${KINDS} unicast where multicast belongs`,
  },
  {
    against: 'A stranger is obeyed as if he were a peer.',
    file: CHECKS,
    take: '|| peers.has(source) ? undefined',
    leave: '|| peers.size > 0 ? undefined',
    by: `${KINDS} a sender that is no peer`,
  },
  {
    against: 'A peer is obeyed from any distance.',
    file: CHECKS,
    take: '(ttl >= peer.minTtl && ttl <= peer.maxTtl)',
    leave: 'ttl >= 0',
    by: `${KINDS} a peer from too far away`,
  },
  {
    against: 'Any password will do.',
    file: CHECKS,
    take: "return differences === 0 ? undefined : 'another password';",
    leave: 'return undefined;',
    by: `${KINDS} guessed passwords`,
  },
  {
    against: 'AH with any key will do.',
    file: PROOF,
    take: 'sameDigest(icv, ah.icv)',
    leave: 'icv.length > 0',
    by: `${KINDS} AH without its key`,
  },
  {
    against: 'AH of another sender will do.',
    file: PROOF,
    take: 'ah.spi === ipv4ToNumber(source)',
    leave: 'ah.spi >= 0',
    by: `${KINDS} AH with the SPI of another`,
  },
  {
    against: 'A replay of AH is obeyed.',
    file: PROOF,
    take: 'ah.sequence > proofs.ahSequence',
    leave: 'ah.sequence > 0',
    by: `${KINDS} AH from the past`,
  },
  {
    against: 'An advert without a signature is obeyed.',
    file: PROOF,
    take: 'form.hmac?.demands && !trailerOf(packet, form)',
    leave: 'form.hmac?.demands && packet.length < 0',
    by: `${KINDS} no trailer`,
  },
  {
    against: 'A signature of yesterday is obeyed.',
    file: PROOF,
    take: 'return Math.abs(skew) > form.hmac.window',
    leave: 'return Math.abs(skew) > 1e12',
    by: `${KINDS} a trailer from the past`,
  },
  {
    against: 'Any signature will do.',
    file: PROOF,
    take: 'sameDigest(mac, trailer.mac)',
    leave: 'mac.length > 0',
    by: `${KINDS} signatures by guess`,
  },
  {
    against: 'A replay of a signed advert is obeyed.',
    file: MEMORY,
    take: '&& !sequenceAfter(sequence, mark)',
    leave: '&& sequence < 0n',
    by: `${KINDS} adverts of a dead master, replayed, keep nobody from taking over, when they are numbered`,
  },
  {
    against: 'What is remembered of senders grows without bound.',
    file: MEMORY,
    take: 'marks.size <= MAX_HMAC_MULTICAST_SENDERS',
    leave: 'marks.size <= 1e9',
    by: `${OVER_TIME} HMAC: multicast remembers the four latest senders`,
  },
];

/** Of storms, echoes and lines. */
const STORM_GUARDS: readonly Guard[] = [
  {
    against: 'Each refused packet writes a line.',
    file: SAID,
    take: 'if (told && told.again > now) {',
    leave: 'if (told && told.silent < 0) {',
    by: `${KINDS} a flood of one kind`,
  },
  {
    against: 'Each spoofed sender is told apart, for ever.',
    file: SAID,
    take: 'if (all.size >= MAX_REFUSAL_SENDERS) key',
    leave: 'if (all.size < 0) key',
    by: `${HOSTILE} a flood from a thousand spoofed senders costs a bounded number of lines`,
  },
  {
    against: 'After one flood nobody is told apart any more.',
    file: SAID,
    take: '      forget(all, now);',
    leave: '',
    by: `${KINDS} who was quiet for a while makes room for others, each with a line of its own`,
  },
  {
    against: 'Counters of foreign virtual routers grow without bound.',
    file: 'src/core/strays.ts',
    take: 'this.#routers.size < MAX_STRAY_ROUTERS',
    leave: 'this.#routers.size < 1e9',
    by: `${KINDS} packets of a thousand foreign senders for every foreign number cost a bounded number of lines and counters`,
  },
  {
    against: 'Each advert of a worse master is answered, however many there are.',
    file: 'src/core/vrrp/sender.ts',
    take: 'if (this.#lastSent !== undefined && after(this.#lastSent, ANSWER_GAP) > this.house.outbox.now) return;',
    leave: '',
    by: `${HOSTILE} is answered, but never silences and never multiplies without bound`,
  },
  {
    against: 'A noisy rival makes us flood the segment with announcements.',
    file: RIVAL,
    take: 'rounds > 0 && outbox.now >= this.#rest',
    leave: 'rounds > 0',
    by: `${ANNOUNCED} a rival may be as noisy as it likes: so many addresses, so few frames`,
  },
  {
    against: 'After a split the last claim of the other master is what neighbours believe.',
    file: RIVAL,
    take: 'deadlines.arm(this.#over, after(outbox.now, wait));',
    leave: '',
    by: `${ANNOUNCED} after the last advert of a rival the survivor announces, even if told not to answer`,
  },
  {
    against: 'A flood on one socket keeps the others unread.',
    file: 'src/host/raw-packets.ts',
    take: 'let left = MAX_PACKETS_PER_TURN;',
    leave: 'let left = 1e9;',
    by: `${SOCKETS} three full bursts of 255 routers wait in the buffer; a turn is bounded and says so`,
  },
  {
    against: 'A flood for other virtual routers is read whole.',
    file: 'src/host/stray-sockets.ts',
    take: '    watch.pause(true);',
    leave: '',
    by: `${SOCKETS} a flood for other virtual routers is a sample, once a second, and wakes nobody in between`,
  },
  {
    against: 'A flood that never ends keeps a backup from taking over.',
    file: 'src/daemon/loop.ts',
    take: 'turns <= MAX_HELD_TURNS',
    leave: 'turns <= 1e9',
    by: 'test test/daemon/loop.test.ts: channels with unread packets hold their deadlines for a bounded number of turns',
  },
];

/** Of the kernel. */
const KERNEL_GUARDS: readonly Guard[] = [
  {
    against: 'An address that is there already is taken for a refusal.',
    file: ADDRESSES,
    take: "operation === 'add' ? errno === EEXIST :",
    leave: "operation === 'add' ? errno === 0 :",
    by: `${HELD} what the kernel says is there already, or gone already, is as it was wanted`,
  },
  {
    against: 'An address that somebody has set before us becomes ours without a word.',
    file: ADDRESSES,
    take: "if (slot.state !== 'present') this.#foundThere(key, slot);",
    leave: '',
    by: `${HELD} an address that somebody has set before us is said, counts as ours, and goes when we leave`,
  },
  {
    against: 'What the kernel refused once is never asked for again.',
    file: ADDRESSES,
    take: 'this.deadlines.arm(this.#retry, after(this.outbox.now, ADDRESS_RETRY));',
    leave: 'this.outbox.now;',
    by: `${VANISHING} a refusal is said once with its meaning, the state stays, and the addresses come when it ends`,
  },
  {
    against: 'A lasting refusal writes a line each second.',
    file: ADDRESSES,
    take: 'if (this.#said.get(saying(operation)) !== errno) {',
    leave: '{',
    by: `${VANISHING} a refusal is said once with its meaning, the state stays, and the addresses come when it ends`,
  },
  {
    against: 'An address that goes with its interface is told as a refusal.',
    file: ADDRESSES,
    take: "const unwanted = operation.operation === 'add' && waiting.length > 0 && current.length === 0;",
    leave: 'const unwanted = false;',
    by: `${VANISHING} an interface that vanishes before its addresses are set: FAULT, and all anew when it is back`,
  },
  {
    against: 'Our own deletion is taken for a loss.',
    file: ADDRESSES,
    take: 'if (this.#deletions.echoed(key)) return false;',
    leave: '',
    by: `${HELD} our own deletion is not a loss, whenever its echo comes`,
  },
  {
    against: 'What the kernel takes along with an address of ours is taken for a loss.',
    file: ADDRESSES,
    take: 'if (holders.length > 0 && this.#deletions.tookAlong(facts)) {',
    leave: 'if (false) {',
    by: `${HELD} who leaves the first address of a subnet takes none of it from another instance`,
  },
  {
    against: 'What happened while events were lost is never seen.',
    file: EVENTS,
    take: '        this.#resync();\n        return;',
    leave: '        return;',
    by: `${LOSSES} what waits when events are lost is older than the truth, and thrown away`,
  },
  {
    against: 'Events without end hold the loop.',
    file: EVENTS,
    take: 'count < MAX_NETLINK_EVENTS_PER_TURN',
    leave: 'count < 1e9',
    by: `${LOSSES} events without end: a bounded number in one turn`,
  },
  {
    against: 'An answer that the kernel dropped counts as done.',
    file: 'src/host/rtnl-pipeline.ts',
    take: 'others = { errno: -datagram };',
    leave: '',
    by: `${LOSSES} answers that the kernel dropped are errors, and those that came are what they say`,
  },
  {
    against: "The machine's own address, which an owner has as VIP, is taken for a leftover.",
    file: 'src/core/net/leftovers.ts',
    take: "return there?.has(undefined) || there?.has(inventory.link(interfaceIndex)?.name ?? '') || false;",
    leave: 'return there !== undefined;',
    by: "test test/core/net/addresses.test.ts: a VIP of another length, or on another interface, is nobody's leftover: it stays, and is told",
  },
  {
    against: 'Whoever deletes static items again and again keeps us busy.',
    file: 'src/core/net/statics.ts',
    take: 'this.#restored === now || soonest <= now',
    leave: 'now > 0',
    by: 'test test/core/net/statics.test.ts: deleted again and again they are put back at most once a second',
  },
];

export const HOSTILE_GUARDS: readonly Guard[] = [...PACKET_GUARDS, ...STORM_GUARDS, ...KERNEL_GUARDS];
