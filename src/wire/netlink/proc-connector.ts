/**
 * The kernel's process connector: subscribing, and its reports of processes that start, change and end.
 * linux/connector.h, linux/cn_proc.h. It answers only in the initial network namespace (DESIGN section 5); who
 * counts processes is decided by the host.
 */
import { ByteReader, ByteWriter } from '../../base/bytes.js';
import { ok, type Result, refuse } from '../../base/result.js';
import { textOf } from './attributes.js';
import { beginMessage, endMessage, NLMSG_DONE } from './message.js';

/** Multicast group, as the bit for sockaddr_nl.nl_groups. */
export const CN_IDX_PROC = 1;
const CN_VAL_PROC = 1;
const CONNECTOR_HEADER_LENGTH = 20;
const PROC_CN_MCAST_LISTEN = 1;
const PROC_CN_MCAST_IGNORE = 2;

const PROC_EVENT_NONE = 0x0000_0000;
const PROC_EVENT_FORK = 0x0000_0001;
const PROC_EVENT_EXEC = 0x0000_0002;
const PROC_EVENT_UID = 0x0000_0004;
const PROC_EVENT_COMM = 0x0000_0200;
const PROC_EVENT_EXIT = 0x8000_0000;

/** `process` is the thread group (what people call the PID), `thread` the task that did it. */
export type ProcessEvent =
  /** The answer to subscribing; errno is positive, 0 when it worked. */
  | { readonly kind: 'subscribed'; readonly errno: number }
  /** A new process, or a new thread where `process` is `parentProcess`. */
  | {
      readonly kind: 'fork';
      readonly parentProcess: number;
      readonly process: number;
      readonly thread: number;
    }
  | { readonly kind: 'exec'; readonly process: number; readonly thread: number }
  | {
      readonly kind: 'uid';
      readonly process: number;
      readonly thread: number;
      readonly realUid: number;
      readonly effectiveUid: number;
    }
  /** A task renamed itself; at most 15 bytes. */
  | { readonly kind: 'comm'; readonly process: number; readonly thread: number; readonly name: string }
  /** `status` as wait(2) gives it. The process has ended when `thread` is `process` and no thread is left. */
  | { readonly kind: 'exit'; readonly process: number; readonly thread: number; readonly status: number }
  /** gid, session, ptrace, core dump ...: of no interest here. */
  | { readonly kind: 'other'; readonly what: number };

/** `connector`: another connector's message. */
export type ProcessEventRefusal = 'short' | 'connector';

/** The whole netlink message that starts (or ends) the reports on this socket. Needs CAP_NET_ADMIN. */
export function encodeProcessSubscription(listen: boolean, port: number, sequence: number): Uint8Array {
  const writer = new ByteWriter(40);
  const start = beginMessage(writer, NLMSG_DONE, 0, sequence);
  writer.patchU32Host(start + 12, port);
  writer.u32Host(CN_IDX_PROC).u32Host(CN_VAL_PROC).u32Host(sequence).u32Host(0).u16Host(4).u16Host(0);
  writer.u32Host(listen ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE);
  endMessage(writer, start);
  return writer.finish();
}

/** Reads the payload of one netlink message from the connector's socket. */
export function decodeProcessEvent(payload: Uint8Array): Result<ProcessEvent, ProcessEventRefusal> {
  if (payload.length < CONNECTOR_HEADER_LENGTH) return refuse('short');
  const reader = new ByteReader(payload);
  if (reader.u32Host() !== CN_IDX_PROC || reader.u32Host() !== CN_VAL_PROC) return refuse('connector');
  reader.skip(12);
  const what = reader.u32Host();
  reader.skip(12); // CPU and timestamp
  const event = readEvent(reader, what);
  return reader.overrun ? refuse('short') : ok(event);
}

function readEvent(reader: ByteReader, what: number): ProcessEvent {
  if (what === PROC_EVENT_NONE) return { kind: 'subscribed', errno: Math.abs(reader.i32Host()) };
  const thread = reader.i32Host();
  const process = reader.i32Host();
  switch (what) {
    case PROC_EVENT_FORK: {
      // Here the pair just read is the parent's.
      const child = reader.i32Host();
      return { kind: 'fork', parentProcess: process, thread: child, process: reader.i32Host() };
    }
    case PROC_EVENT_EXEC:
      return { kind: 'exec', process, thread };
    case PROC_EVENT_UID:
      return { kind: 'uid', process, thread, realUid: reader.u32Host(), effectiveUid: reader.u32Host() };
    case PROC_EVENT_COMM:
      return { kind: 'comm', process, thread, name: textOf(reader.take(16)) };
    case PROC_EVENT_EXIT:
      return { kind: 'exit', process, thread, status: reader.u32Host() };
    default:
      return { kind: 'other', what };
  }
}
