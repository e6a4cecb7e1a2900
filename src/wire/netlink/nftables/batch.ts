/**
 * Transactions of nf_tables: everything between begin and end happens at once or not at all; and the report of
 * the kernel that one was done, with who did it, or how many there were. linux/netfilter/nfnetlink.h, nf_tables.h. What a transaction
 * holds is decided by who writes it.
 */
import { ByteReader, type ByteWriter } from '../../../base/bytes.js';
import { readAttributes, textOf, u32NetworkOf } from '../attributes.js';
import { beginMessage, endMessage, type NetlinkMessage, NLM_F_ACK, NLM_F_REQUEST } from '../message.js';
import {
  NFNL_SUBSYS_NFTABLES,
  type NftObject,
  type NftVerb,
  writeNfgenmsg,
  writeNftRequest,
} from './object.js';

const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
/** Ends what the kernel tells of a transaction, in a datagram of its own. */
export const NFT_MSG_NEWGEN = (NFNL_SUBSYS_NFTABLES << 8) | 15;
const NFT_MSG_GETGEN = (NFNL_SUBSYS_NFTABLES << 8) | 16;
const NFTA_GEN_ID = 1;
const NFTA_GEN_PROC_PID = 2;
const NFTA_GEN_PROC_NAME = 3;
const AF_UNSPEC = 0;

/** One step of a transaction. */
export interface NftStep {
  readonly verb: NftVerb;
  readonly object: NftObject;
}

/**
 * Writes a whole transaction; step n has the sequence number `sequence` + 1 + n, and the last one asks for an
 * acknowledgement, which comes once the transaction is done. There must be at least one step.
 */
export function writeNftBatch(writer: ByteWriter, sequence: number, steps: readonly NftStep[]): void {
  writeMark(writer, NFNL_MSG_BATCH_BEGIN, sequence);
  for (const [n, { verb, object }] of steps.entries())
    writeNftRequest(writer, (sequence + 1 + n) >>> 0, verb, object, n === steps.length - 1);
  writeMark(writer, NFNL_MSG_BATCH_END, (sequence + 1 + steps.length) >>> 0);
}

function writeMark(writer: ByteWriter, type: number, sequence: number): void {
  const start = beginMessage(writer, type, NLM_F_REQUEST, sequence);
  writeNfgenmsg(writer, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
  endMessage(writer, start);
}

/** Whether a message begins or ends a transaction, as a request has them. */
export const isBatchMark = ({ type }: NetlinkMessage): boolean =>
  type === NFNL_MSG_BATCH_BEGIN || type === NFNL_MSG_BATCH_END;

/** Asks how many transactions the rules of this network namespace have seen, whosesoever. */
export function writeGenerationQuery(writer: ByteWriter, sequence: number): void {
  const start = beginMessage(writer, NFT_MSG_GETGEN, NLM_F_REQUEST | NLM_F_ACK, sequence);
  writeNfgenmsg(writer, AF_UNSPEC, 0);
  endMessage(writer, start);
}

/** Undefined: the message does not say it. */
export function readGeneration({ type, payload }: NetlinkMessage): number | undefined {
  const reader = new ByteReader(payload);
  reader.skip(4);
  if (type !== NFT_MSG_NEWGEN) return undefined;
  return u32NetworkOf(readAttributes(reader.take(reader.remaining))?.get(NFTA_GEN_ID));
}

/** Who changed the rules: the kernel reports it behind the changes of each transaction. */
export interface NftAuthor {
  readonly pid: number;
  /** As in /proc/PID/comm. */
  readonly name: string;
}

/** Undefined: the message reports no transaction, or does not say whose. */
export function readNftAuthor({ type, payload }: NetlinkMessage): NftAuthor | undefined {
  if (type !== NFT_MSG_NEWGEN) return undefined;
  const reader = new ByteReader(payload);
  reader.skip(4);
  const attributes = readAttributes(reader.take(reader.remaining));
  const pid = u32NetworkOf(attributes?.get(NFTA_GEN_PROC_PID));
  const name = attributes?.get(NFTA_GEN_PROC_NAME);
  return pid === undefined || !name ? undefined : { pid, name: textOf(name) };
}
