/**
 * Requests to rtnetlink and their answers. The kernel handles a request while it is being sent and continues a
 * dump while it is being read, so an answer is there when send returns and nothing is awaited: calls are plain
 * calls. Pipelining of many operations is in ../rtnl-pipeline.ts. linux/netlink.h.
 */
import { ByteWriter } from '../../base/bytes.js';
import { ok, type Result, refuse } from '../../base/result.js';
import type { Failure } from '../../core/inputs.js';
import {
  decodeAnswer,
  doneErrno,
  type NetlinkMessage,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  readNetlinkMessages,
} from '../../wire/netlink/message.js';
import { NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK, NETLINK_ROUTE } from './constants.js';
import { EAGAIN, ENOBUFS, errnoSymbol, errnoText, failureOf } from './errno.js';
import { NetlinkSocket } from './netlink-socket.js';

/** Appends one request; `sequence` goes into its header. */
export type WriteRequest = (writer: ByteWriter, sequence: number) => void;

/** How often a dump that the kernel calls inconsistent is asked for again. */
const DUMP_ATTEMPTS = 5;

export class RtnlClient {
  readonly #socket: NetlinkSocket;
  #sequence = 0;

  /** Opens a socket in the calling thread's network namespace. Throws SystemError. */
  constructor(protocol = NETLINK_ROUTE) {
    this.#socket = new NetlinkSocket(protocol);
    // Kernels before 4.11 (4.20) lack these; answers are then longer and requests less strictly read.
    this.#socket.option(NETLINK_CAP_ACK, 1);
    this.#socket.option(NETLINK_EXT_ACK, 1);
    this.#socket.option(NETLINK_GET_STRICT_CHK, 1);
  }

  /**
   * One request. The messages that answer it (none for a plain acknowledgement), or the kernel's refusal, with
   * its own sentence where it gives one. `what` begins the sentence of a failure: "creating veth0".
   */
  request(what: string, write: WriteRequest): Result<readonly NetlinkMessage[], Failure> {
    const { sequence, failure } = this.#ask(what, write);
    return failure ? refuse(failure) : this.#answers(what, sequence);
  }

  /** Everything of one table; asked for again, a few times, when it changed underneath. */
  dump(what: string, write: WriteRequest): Result<readonly NetlinkMessage[], Failure> {
    for (let attempt = 1; ; attempt++) {
      const { sequence, failure } = this.#ask(what, write);
      if (failure) return refuse(failure);
      const answers = this.#answers(what, sequence);
      if (!answers.ok || attempt === DUMP_ATTEMPTS) return answers;
      if (!answers.value.some((message) => (message.flags & NLM_F_DUMP_INTR) !== 0)) return answers;
    }
  }

  /**
   * The same, datagram by datagram, each some 32 KiB: between two of them others may have their turn. Ends with a failure,
   * or `interrupted` where the table changed underneath.
   */
  *dumpInParts(
    what: string,
    write: WriteRequest,
  ): Generator<readonly NetlinkMessage[], Failure | 'interrupted' | undefined> {
    const { sequence, failure } = this.#ask(what, write);
    if (failure) return failure;
    let interrupted = false;
    for (;;) {
      const part: NetlinkMessage[] = [];
      const ended = this.#answer(what, sequence, part);
      interrupted ||= part.some(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0);
      if (part.length > 0) yield part;
      if (ended) return ended.ok ? (interrupted ? 'interrupted' : undefined) : ended.error;
    }
  }

  #ask(what: string, write: WriteRequest): { sequence: number; failure?: Failure } {
    this.#sequence = (this.#sequence + 1) >>> 0;
    const writer = new ByteWriter(256);
    write(writer, this.#sequence);
    const sent = this.#socket.send(writer.finish());
    return { sequence: this.#sequence, ...(sent < 0 ? { failure: failureOf(sent, what) } : {}) };
  }

  #answers(what: string, sequence: number): Result<readonly NetlinkMessage[], Failure> {
    const answers: NetlinkMessage[] = [];
    for (;;) {
      const ended = this.#answer(what, sequence, answers);
      if (ended) return ended.ok ? ok(answers) : ended;
    }
  }

  /** Reads one datagram into `answers`; undefined: more follows. */
  #answer(what: string, sequence: number, answers: NetlinkMessage[]): Result<undefined, Failure> | undefined {
    const datagram = this.#socket.receive();
    if (datagram === -EAGAIN) return ok(undefined);
    if (typeof datagram === 'number') return refuse(failureOf(datagram, what));
    // The next datagram overwrites this one, so what is kept is copied.
    for (const message of readNetlinkMessages(datagram.slice()).messages) {
      if (message.sequence !== sequence) continue;
      if (message.type === NLMSG_DONE) {
        const errno = doneErrno(message);
        return errno === 0 ? ok(undefined) : refuse(failureOf(errno, what));
      }
      if (message.type !== NLMSG_ERROR) {
        answers.push(message);
        continue;
      }
      const answer = decodeAnswer(message);
      if (!answer.ok) return refuse(failureOf(ENOBUFS, what));
      const { errno, text } = answer.value;
      if (errno === 0) return ok(undefined);
      return refuse({
        code: errnoSymbol(errno),
        message: `${what}: ${errnoText(errno)}${text === undefined ? '' : ` (the kernel says: ${text})`}`,
      });
    }
    return undefined;
  }

  close(): void {
    this.#socket.close();
  }
}
