/**
 * Clauses of RFC 2402 and RFC 4302 about what VRRP of version 2 uses of the authentication header: transport mode over
 * IPv4, a key by hand, HMAC-MD5. Where Keepalived parts from them so do we, for its adverts are what we must read.
 */
import type { Clause } from './clause.js';

const COVERED = 'test test/wire/vrrp-authentication.test.ts: AH covers all but the mutable fields';
const REWRITTEN =
  'test test/wire/captures.test.ts: every packet is authentic and is built again byte for byte';
const AS_IT_SHOULD_BE =
  'test test/core/vrrp/authentication.test.ts: AH: a packet as it should be, numbered from one, with the next number left to who preempts us now';
const COPIES =
  'test test/core/vrrp/authentication.test.ts: AH: copies of what was accepted are refused by whoever accepted it';
const SHARED =
  'All routers of a virtual router count with one number, by the key that they share, as in Keepalived (ADR 0024).';
const FLOODS = 'test test/core/vrrp/hostile-kinds.test.ts: AH without its key';

export const AH_CLAUSES: readonly Clause[] = [
  {
    at: { '2402': ['2.1', '2.2'], '4302': ['2.1', '2.2'] },
    level: 'statement',
    says: 'What follows is protocol 112; the length is counted in words of four bytes, less two: 4.',
    by: [COVERED, REWRITTEN],
    note: 'Neither is asked of a received header beyond the 112: the ICV covers both.',
  },
  {
    at: { '2402': ['2.3'], '4302': ['2.3'] },
    level: 'MUST',
    says: 'Reserved bits are sent as zero.',
    by: [REWRITTEN],
  },
  {
    at: { '4302': ['2.3'] },
    level: 'SHOULD',
    says: 'Reserved bits are not looked at when received.',
    by: [COVERED],
    note: 'They are covered by the ICV, as RFC 2402 has it, too.',
  },
  {
    at: { '2402': ['2.4'], '4302': ['2.4'] },
    level: 'MUST',
    says: 'An SPI of zero is never sent.',
    by: [AS_IT_SHOULD_BE, 'check ah-spi'],
    note: "The SPI is the sender's address, as in Keepalived, and another one is refused.",
  },
  {
    at: { '2402': ['2.5'], '4302': ['2.5'] },
    level: 'MUST',
    says: 'Every packet has a sequence number, the first one 1, each higher than the one before.',
    by: [AS_IT_SHOULD_BE],
    note: `${SHARED} Every advert leaves one number out, or more.`,
  },
  {
    at: { '2402': ['2.5', '3.3.2'], '4302': ['2.5', '3.3.2'] },
    level: 'MUST',
    says: 'The numbers never come round.',
    by: ['test test/core/vrrp/authentication.test.ts: AH: the numbers do not come round'],
    note: 'At an advert a second they last for 68 years. At the end the last one is sent again and again: everybody refuses it, and another router takes over. A new key is the way out.',
  },
  {
    at: { '2402': ['2.6'], '4302': ['2.6'] },
    level: 'MUST',
    says: 'The ICV is filled up to whole words.',
    note: 'HMAC-MD5-96 is three words long, and there is no other.',
    by: [REWRITTEN],
  },
  {
    at: { '2402': ['3.3.3', '3.3.3.1.1.1'], '4302': ['3.3.3', '3.3.3.1.1.1'] },
    level: 'statement',
    says: 'The ICV covers the IP header, with type of service, flags, fragment offset, TTL and checksum as zero, the header itself with the ICV as zero, and the advert.',
    by: [COVERED, REWRITTEN],
    note: 'Of multicast Keepalived covers the TTL, too, which is 255 whoever receives it.',
  },
  {
    at: { '2402': ['3.3.3.1.1.2'], '4302': ['3.3.3.1.1.2'] },
    level: 'statement',
    says: 'Options of IPv4 that change on the way are zero for the ICV.',
    note: 'Nobody sends adverts with options. In a received one they are covered as they stand, as in Keepalived: one that was changed on its way is refused.',
  },
  {
    at: { '2402': ['3.4.1'], '4302': ['3.4.1'] },
    level: 'MUST',
    says: 'Fragments are put together before anything else, and a fragment alone is discarded.',
    note: 'The kernel does both before a raw socket hears of it.',
    by: [
      'test test/host/raw-packets.test.ts: fragments: a lone one never arrives, all of them arrive as the whole',
    ],
  },
  {
    at: { '2402': ['3.4.2'], '4302': ['3.4.2'] },
    level: 'MUST',
    says: 'What there is no key for is discarded.',
    by: [
      'check ah-header',
      'test test/core/vrrp/authentication-rows.ts: refused: AH where there shall be none',
    ],
  },
  {
    at: { '2402': ['3.4.3'], '4302': ['3.4.3'] },
    level: 'MUST',
    says: 'A number that was here before is refused, however old.',
    by: ['check ah-sequence', COPIES, 'test test/core/vrrp/hostile-kinds.test.ts: AH from the past'],
  },
  {
    at: { '2402': ['3.4.3'], '4302': ['3.4.3'] },
    level: 'MUST',
    says: 'A window of at least 32 numbers is kept for packets that come in disorder.',
    note: 'Not by Keepalived, nor by us: only what is above the highest is heard. Whoever recorded adverts could send what we never heard from behind a cut otherwise (ADR 0024).',
    by: ['check ah-sequence', 'check ah-crossed'],
  },
  {
    at: { '2402': ['3.4.3'], '4302': ['3.4.3'] },
    level: 'SHOULD',
    says: 'The number is looked at before the ICV.',
    note: 'Behind it: what our own numbers have to avoid must be authentic. A flood of copies costs a digest of some hundred bytes each.',
    by: ['check ah-icv', 'test test/core/vrrp/hostile-kinds.test.ts: AH from the past'],
  },
  {
    at: { '2402': ['3.4.3'], '4302': ['3.4.3'] },
    level: 'MUST',
    says: 'The highest number is moved by what is authentic, and by nothing else.',
    by: [
      'test test/core/vrrp/authentication.test.ts: AH: a number without the key moves nothing, however high',
    ],
  },
  {
    at: { '2402': ['3.4.3'] },
    level: 'SHOULD',
    says: 'Where many senders share an association, numbers keep out nothing.',
    note: SHARED,
    by: [COPIES],
  },
  {
    at: { '2402': ['3.4.4'], '4302': ['3.4.4'] },
    level: 'MUST',
    says: 'What has another ICV is discarded.',
    by: ['check ah-icv', FLOODS],
  },
  {
    at: { '2402': ['3.4.1', '3.4.2', '3.4.3', '3.4.4'], '4302': ['3.4.1', '3.4.2', '3.4.3', '3.4.4'] },
    level: 'SHOULD',
    says: 'The log tells when, from whom, to whom, with which SPI and which number.',
    note: 'When, from whom (which is the SPI) and the numbers, at most once a minute for each kind and sender; what is silent is counted.',
    by: [FLOODS, 'test test/core/vrrp/authentication-rows.ts: refused: AH with a number that is over'],
  },
  {
    at: { '2402': ['5'], '4302': ['5'] },
    level: 'SHOULD',
    says: 'With a key by hand there are no numbers against replays.',
    note: `There are, as in Keepalived. ${SHARED}`,
    by: [COPIES],
  },
  {
    at: { '2402': ['5'] },
    level: 'MUST',
    says: 'HMAC with MD5 and with SHA-1.',
    note: 'MD5 only, as RFC 2338 and Keepalived have it. `auth_hmac` has SHA-256.',
    by: [REWRITTEN],
  },
];
