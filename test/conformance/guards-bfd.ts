/** Guards of BFD: which packets are believed, whose they are, what floods cost, and when a backup takes over at once. */
import type { Guard } from './promise.js';

const CHECKS = 'test test/core/bfd/receive-checks.test.ts:';
const SEALS = 'test test/core/bfd/authentication.test.ts:';
const SESSION = 'test test/core/bfd/session.test.ts:';
const TAKEOVER = 'test test/core/bfd/fast-takeover.test.ts:';
const WIRE = 'test test/wire/bfd-control.test.ts:';
const SOCKETS = 'test test/host/bfd-sockets.test.ts:';
const KEYWORDS = 'test test/config/lvs-keywords.test.ts:';
const RECEIVE = 'src/core/bfd/receive-checks.ts';
const AUTHENTICATION = 'src/core/bfd/authentication.ts';
const SESSION_FILE = 'src/core/bfd/session.ts';
const SESSIONS = 'src/core/bfd/sessions.ts';
const FAST = 'src/core/vrrp/fast-takeover.ts';
const CODEC = 'src/wire/bfd-control.ts';
const HOST = 'src/host/bfd-sockets.ts';

const REFUSED = `${CHECKS} refused packets`;
const STRANGERS = `${SEALS} who is not believed`;
const REPLAYS = `${SEALS} refuses what was changed on its way, and what was here before`;
const FAULTS = `${WIRE} each fault has its reason`;

const check = (against: string, take: string, leave: string, by = REFUSED): Guard => ({
  against,
  file: RECEIVE,
  take,
  leave,
  by,
});
const seal = (against: string, take: string, leave: string, by = STRANGERS): Guard => ({
  against,
  file: AUTHENTICATION,
  take,
  leave,
  by,
});
const wire = (against: string, take: string, leave: string): Guard => ({
  against,
  file: CODEC,
  take,
  leave,
  by: FAULTS,
});
const host = (against: string, take: string, leave: string, title: string): Guard => ({
  against,
  file: HOST,
  take,
  leave,
  by: `${SOCKETS} ${title}`,
});
const takeover = (against: string, take: string, leave: string, title: string): Guard => ({
  against,
  file: FAST,
  take,
  leave,
  by: `${TAKEOVER} ${title}`,
});

export const BFD_GUARDS: readonly Guard[] = [
  check(
    'A multiplier of 0 is believed: the session is lost at once.',
    "detectMultiplier === 0 ? 'a multiplier",
    "detectMultiplier < 0 ? 'a multiplier",
  ),
  check('The Multipoint bit is passed over.', "(multipoint ? 'the", "(false ? 'the"),
  check(
    'A neighbour without a discriminator is believed.',
    "myDiscriminator === 0 ? 'its",
    "myDiscriminator < 0 ? 'its",
  ),
  check(
    'Init or Up without our discriminator brings a session up that nobody has agreed to.',
    "(state === 'Init' || state === 'Up')",
    'false',
    `${CHECKS} your-discriminator: Init or Up without ours`,
  ),
  check('Poll and Final together end a Poll that nobody has answered.', '(poll && final ?', '(false ?'),
  check('A reserved diagnostic is believed.', 'diagnostic > LAST_DIAGNOSTIC', 'diagnostic > 31'),
  check('A session across routers hears what came over one hop.', 'received.port === port ?', 'true ?'),
  check(
    'Whoever knows our discriminator speaks for the neighbour.',
    'if (source !== neighbor) return',
    'if (false) return',
    `${CHECKS} the right discriminator from another neighbour is refused`,
  ),
  check(
    'What was sent to another address of ours counts.',
    'if (local !== undefined && destination !== local)',
    'if (false)',
  ),
  check(
    'A link-local neighbour is heard on any interface.',
    'if (session.interfaceIndex !== undefined && ',
    'if (false && ',
    `${CHECKS} our discriminator on another interface is refused`,
  ),
  check('What came from beyond a router is believed.', 'hopLimit < ttl - maxHops', 'hopLimit < 0'),
  check(
    'Authentication that nobody has configured is passed over.',
    ": authentication && 'authentication is not in use'",
    ': undefined',
  ),
  seal(
    'Who sends no authentication is counted as one with a wrong key.',
    "if (!section) return 'no authentication';",
    'if (!section) return undefined;',
  ),
  seal(
    'A weaker kind of authentication than the configured one is enough.',
    'if (section.type !== this.#type) return',
    'if (false) return',
  ),
  seal('Any password will do.', 'sameDigest(authentication.password, key) ? undefined', 'true ? undefined'),
  seal(
    'What was changed on its way is believed.',
    'sameDigest(digest, authentication.digest) ? undefined',
    'true ? undefined',
    REPLAYS,
  ),
  seal('A packet that was here before is believed.', 'ahead >= least && ', '', REPLAYS),
  seal(
    'A number far ahead is believed, and with it every old one.',
    ' && ahead <= WINDOW * detectMultiplier',
    '',
    `${SEALS} refuses numbers far ahead, and forgets the last one after twice the detection time`,
  ),
  {
    against: 'A recorded packet that is sent again and again keeps a dead neighbour alive.',
    file: SESSION_FILE,
    take: '&& !packet.authentication && ',
    leave: '&& ',
    by: `${SEALS} a packet that comes again while the session is up is a replay, however the host hands it over`,
  },
  wire(
    'Bytes that are too few are read as a packet.',
    "if (bytes.length < BFD_LENGTH) return refuse('short');",
    '',
  ),
  wire('Another version is read as this one.', "if (first >> 5 !== 1) return refuse('version');", ''),
  wire('A length beyond the datagram is believed.', 'length > bytes.length || ', ''),
  wire(
    'A section of authentication lies about its length.',
    'type === undefined || length !== bytes.length',
    'type === undefined',
  ),
  {
    against: "A discriminator that is nobody's takes down the session with its sender.",
    file: SESSIONS,
    take: 'return this.#byDiscriminator.get(packet.yourDiscriminator);',
    leave: 'return this.#byDiscriminator.get(packet.yourDiscriminator) ?? this.#near(received);',
    by: `${CHECKS} a discriminator that is nobody's, and a sender without a session`,
  },
  {
    against: 'A flood fills the log.',
    file: SESSIONS,
    take: "this.#refusals.report('warning', whose, counter, source, ",
    leave: "this.outbox.log('warning', ",
    by: `${CHECKS} a flood of refused packets: counted, some lines, nobody disturbed`,
  },
  {
    against: 'What is refused is not counted.',
    file: SESSIONS,
    take: '    counters[counter]++;\n',
    leave: '',
    by: REFUSED,
  },
  {
    against: 'A flood of Polls is a flood of answers.',
    file: SESSION_FILE,
    take: 'after(this.#lastSent, ANSWER_GAP)',
    leave: 'this.#lastSent',
    by: `${SESSION} Polls are answered at once, but a flood of them with one answer a millisecond`,
  },
  host(
    'A flood of strangers keeps the loop awake.',
    '    watch.pause(true);\n',
    '',
    "strangers' flood is a sample, and takes no packet of a neighbour",
  ),
  host(
    'A flood drowns the packets of the neighbours.',
    'const separate = [...places].filter(([, place]) => place < SHARED_PLACE);',
    'const separate: [IpAddress, number][] = [];',
    "strangers' flood is a sample, and takes no packet of a neighbour",
  ),
  host(
    'The flood of one neighbour is read until it ends, and everybody else waits.',
    'let left = MAX_PACKETS_PER_TURN;',
    'let left = MAX_PACKETS_PER_TURN * 64;',
    "a neighbour's flood is read a turn at a time, and holds nobody else",
  ),
  {
    against: 'What strangers send to the port that we send from stays in the memory of the kernel.',
    file: 'src/host/bfd-mouths.ts',
    take: 'attachFilter(fd, DROP_ALL)',
    leave: '0',
    by: `${SOCKETS} what comes to the port that we send from is for nobody`,
  },
  {
    against: 'The same bytes with another hop limit count as the packet before.',
    file: 'src/host/repeated-bfd.ts',
    take: 'batch.cameIn(slot, last.envelope, last.stampAt, STAMP_SIZE)',
    leave: 'true',
    by: `${SOCKETS} what comes again is the very same object, and what differs in anything is not`,
  },
  takeover(
    'Only BFD is broken, and there are two masters.',
    "if (heardAt !== undefined && heardAt > missed) return { not: 'adverts still arrive' };",
    '',
    'not while adverts still arrive',
  ),
  takeover(
    'An advert that waits unread does not count.',
    'waitsFor: () => instance.channel,',
    'waitsFor: () => undefined,',
    'not while adverts wait unread',
  ),
  takeover(
    'Whoever is cut off by its own link takes over.',
    'if (!link?.up || !link.running)',
    'if (false)',
    'not when our own link went down in the same moment',
  ),
  takeover(
    'Whoever hears nobody any more takes everybody for dead.',
    'if (other.at >= heard)',
    'if (false)',
    'not when every other session went down in the same moment',
  ),
  takeover(
    'A session over another link says that the master is dead.',
    'if (device !== undefined && device !== settings.interface)',
    'if (false)',
    'a session over another interface is with another neighbour of the same address',
  ),
  takeover(
    'A master that says that it lives is taken for dead.',
    'session.diagnostic !== DIAG_EXPIRED || ',
    '',
    'a neighbour that says Down lives',
  ),
  takeover(
    'Two routers take the addresses from each other all the time.',
    'if (last?.address === neighbor && between(last.at, this.outbox.now) < REST)',
    'if (false)',
    'not twice in a minute for the same master: it lived',
  ),
  {
    against: 'Intervals that BFD cannot name, or none at all, come out of the configuration.',
    file: 'src/config/schema/bfd-instance.ts',
    take: 'if (exact < min || exact > max) {',
    leave: 'if (false) {',
    by: `${KEYWORDS} keywords of load balancing and BFD`,
  },
];
