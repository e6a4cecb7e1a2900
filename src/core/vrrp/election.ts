/**
 * Who is better: the comparison of two routers by priority and then by source address (RFC 3768 section 6.4.3,
 * RFC 9568 section 6.4.3). What follows from it is decided by the transition table.
 */
import { compareIp, type IpAddress } from '../../base/ip-address.js';

export interface Candidate {
  /** 1..255 */
  readonly priority: number;
  readonly address: IpAddress;
}

/** Positive when `a` wins, negative when `b` does, 0 for equal priority from the same address. */
export const compareCandidates = (a: Candidate, b: Candidate): number =>
  a.priority !== b.priority ? a.priority - b.priority : compareIp(a.address, b.address);
