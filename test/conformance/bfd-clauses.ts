/**
 * Clauses about BFD: all of RFC 5880 section 6.8, what else of it a packet can show, RFC 5881 and RFC 5883. What is
 * left out stands among them, too, with the reason.
 */
import { BFD_PACKET_CLAUSES } from './bfd-packet-clauses.js';
import { BFD_PATH_CLAUSES } from './bfd-path-clauses.js';
import { BFD_SESSION_CLAUSES } from './bfd-session-clauses.js';
import type { Clause } from './clause.js';

export const BFD_CLAUSES: readonly Clause[] = [
  ...BFD_SESSION_CLAUSES,
  ...BFD_PACKET_CLAUSES,
  ...BFD_PATH_CLAUSES,
];
