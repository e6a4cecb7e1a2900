/**
 * Clauses of RFC 5881 (one hop) and RFC 5883 (several hops): all of their sentences with MUST or SHOULD, read in the texts.
 * What is demanded of the Echo function stands together.
 */
import { CHECKS, LAB, NO_ECHO, SESSION } from './bfd-clause-words.js';
import type { Clause } from './clause.js';

const SOCKETS = 'test test/host/bfd-sockets.test.ts:';

export const BFD_PATH_CLAUSES: readonly Clause[] = [
  {
    at: { '5881': ['2'] },
    level: 'MUST',
    says: 'Several sessions between two systems go over separate paths of the network layer, in both directions.',
    note: "The administrator's: the routes and addresses that he gives. Each session has its own pair of addresses, as in Keepalived.",
  },
  {
    at: { '5881': ['2'] },
    level: 'MUST',
    says: 'IPv4 and IPv6 on one path have a session each, carried by that protocol.',
    by: ['keyword bfd_instance neighbor_ip', LAB],
    note: 'A session has one neighbour of one family; its `source_ip` has to be of the same.',
  },
  {
    at: { '5881': ['2', '2'] },
    level: 'MUST',
    says: 'Echo: exempt from ingress filtering, sent to the own address.',
    note: NO_ECHO,
  },
  {
    at: { '5881': ['3'] },
    level: 'MUST',
    says: 'On one hop both ends are active.',
    note: "`passive` is Keepalived's, and off unless it is written.",
  },
  {
    at: { '5881': ['3'] },
    level: 'MUST',
    step: true,
    says: 'A packet without a discriminator of ours belongs to the session with its sender on that interface, of that family (the same sentence).',
    by: [`${CHECKS} without one port, address and interface tell whose it is`],
    note: 'As in Keepalived a session has an interface only where its address is link-local; otherwise addresses tell.',
  },
  {
    at: { '5881': ['4'] },
    level: 'MUST',
    says: 'Destination port 3784.',
    by: ['bfd-check port', LAB],
  },
  {
    at: { '5881': ['4'] },
    level: 'MUST',
    says: 'Source port 49152 to 65535.',
    by: [
      `${SESSION} source ports and discriminators come from the entropy of the start`,
      `${SOCKETS} what leaves: source port, hop limit and traffic class`,
    ],
  },
  {
    at: { '5881': ['4'] },
    level: 'MUST',
    says: 'The same for all packets of a session.',
    by: [
      `${SESSION} packets leave by the socket that was opened for them`,
      `${SESSION} a reload of the same file leaves a session up, with its discriminator and its port`,
    ],
  },
  {
    at: { '5881': ['4'] },
    level: 'SHOULD',
    says: 'It is of no other session.',
    by: [`${CHECKS} discriminators and ports differ; each has its own socket`],
  },
  {
    at: { '5881': ['4'] },
    level: 'SHOULD',
    says: 'Beyond 16384 sessions few share a port.',
    note: 'Beyond that number each takes a random one: nobody has so many here.',
  },
  {
    at: { '5881': ['4'] },
    level: 'MUST',
    says: 'Whatever else helps, packets find their session as the base protocol says.',
    by: [
      `${CHECKS} a discriminator that is nobody's, and a sender without a session`,
      `${CHECKS} without one port, address and interface tell whose it is`,
    ],
    note: 'The source port of a neighbour is not looked at.',
  },
  {
    at: { '5881': ['4', '4', '4', '4'] },
    level: 'MUST',
    says: 'Echo: port 3785, addresses that lead back and cause no redirects, received by the neighbour.',
    note: NO_ECHO,
  },
  {
    at: { '5881': ['4'] },
    level: 'SHOULD',
    says: 'Echo: the source is neither of the subnet nor link-local.',
    note: NO_ECHO,
  },
  {
    at: { '5881': ['5'] },
    level: 'MUST',
    says: 'Without authentication TTL and hop limit are 255 when sent.',
    by: [LAB, `${SOCKETS} what leaves: source port, hop limit and traffic class`],
    note: 'Keepalived sends hop limit 64 over IPv6 unless told otherwise; so do we, and a finding of the configuration says what to write.',
  },
  {
    at: { '5881': ['5'] },
    level: 'MUST',
    says: 'What arrives with less is discarded.',
    by: ['bfd-check hop-limit', 'bfd-transcript 09-ttl.txt', `${SOCKETS} a packet with another TTL`],
    note: '`max_hops` allows some, as in Keepalived.',
  },
  {
    at: { '5881': ['5'] },
    level: 'MUST',
    says: 'With authentication they are 255 when sent, too.',
    by: [LAB],
    note: 'What arrives with less may be discarded then, before anything is computed: it is, by the same check.',
  },
  {
    at: { '5881': ['6'] },
    level: 'MUST',
    says: 'Packets go over the one hop that is watched.',
    by: [LAB, `${SOCKETS} link-local neighbours: by the interface, with the hop limit that is asked for`],
    note: 'Between the addresses of the configuration, as the kernel routes them; TTL 255 at the other end tells a way with a router. Link-local ones go by their interface.',
  },
  {
    at: { '5881': ['6'] },
    level: 'MUST',
    says: 'On a network of several, between addresses of its subnet.',
    by: ['keyword bfd_instance source_ip', LAB],
    note: 'Which addresses those are is written in the configuration.',
  },
  {
    at: { '5881': ['6', '6'] },
    level: 'MUST',
    says: 'On a point-to-point link the source address does not tell whose a packet is: the first one is taken from any, all others by our discriminator alone.',
    by: ['bfd-transcript 11-other-sender.txt'],
    note: 'Left out, on purpose: sessions are between two addresses, as in Keepalived, and our discriminator from another address is refused.',
  },
  {
    at: { '5881': ['6'] },
    level: 'MUST',
    says: 'A neighbour that shows another source address is still sent to where the session began.',
    by: [
      'bfd-transcript 11-other-sender.txt',
      `${SESSION} packets leave by the socket that was opened for them`,
    ],
  },
  {
    at: { '5881': ['7'] },
    level: 'SHOULD',
    says: 'Authentication is used.',
    by: ['keyword bfd_instance auth_type'],
    note: 'Offered, not demanded: Keepalived has none.',
  },
  {
    at: { '5883': ['3'] },
    level: 'MUST',
    says: 'Echo is not used across several hops.',
    by: ['bfd-transcript 24-multihop.txt'],
    note: 'It is used nowhere.',
  },
  {
    at: { '5883': ['4.1'] },
    level: 'MUST',
    step: true,
    says: 'Sessions between the same two systems differ in an address; a first packet belongs to the one with both of its addresses.',
    by: [
      `${CHECKS} without one port, address and interface tell whose it is`,
      'test test/config/bfd-rules.test.ts: one neighbour twice',
    ],
  },
  {
    at: { '5883': ['4.3'] },
    level: 'MUST',
    says: 'Over a link of one direction the end that sends is active, the other passive.',
    by: ['keyword bfd_instance passive', 'bfd-transcript 07-passive.txt'],
    note: 'Roles are written in the configuration; a first packet is found by its addresses, not by the link.',
  },
  {
    at: { '5883': ['5'] },
    level: 'MUST',
    says: 'Destination port 4784, everything else as on one hop.',
    by: ['keyword bfd_instance multihop', 'bfd-transcript 24-multihop.txt', LAB],
  },
  {
    at: { '5880': ['9'], '5883': ['6'] },
    level: 'SHOULD',
    says: 'Sessions across several hops are authenticated.',
    by: ['keyword bfd_instance auth_type', LAB],
    note: 'Offered, not demanded: Keepalived has none.',
  },
];
