/**
 * Operations on addresses, routes and rules as pipelined netlink chunks, in the order in which they were asked for. The
 * kernel handles a chunk while it is sent; one chunk per turn of the loop, so that a thousand addresses hold up no
 * advert. Only the last message of a chunk asks for an acknowledgement, errors come for each (DESIGN section 5).
 */
import { ByteWriter } from '../base/bytes.js';
import { MAX_NETLINK_OPERATIONS, MIN_ANSWER_BUFFER } from '../base/limits.js';
import type { Input } from '../core/inputs.js';
import type { BufferSize } from '../core/kernel-buffers.js';
import {
  type AddressOperation,
  type AddressResult,
  HOLDFAST_PROTOCOL,
  type RoutingOperation,
  type RoutingResult,
} from '../core/net/facts.js';
import { decodeAnswer, muteMessages, NLMSG_ERROR, readNetlinkMessages } from '../wire/netlink/message.js';
import { writeAddressRequest } from '../wire/netlink/rtnl-address.js';
import { writeRouteRequest } from '../wire/netlink/rtnl-route.js';
import { writeRuleRequest } from '../wire/netlink/rtnl-rule.js';
import { NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_ROUTE } from './linux/constants.js';
import { EAGAIN, ENOBUFS } from './linux/errno.js';
import { NetlinkSocket } from './linux/netlink-socket.js';
import { ReceiveRoom } from './receive-room.js';

/** Bytes that one operation may take, for the first guess of a chunk's size. */
const USUAL_REQUEST = 80;

interface Job<O, R> {
  readonly request: number;
  readonly operations: readonly O[];
  readonly results: R[];
}
type AnyJob =
  | ({ readonly kind: 'addresses' } & Job<AddressOperation, AddressResult>)
  | ({ readonly kind: 'routes' } & Job<RoutingOperation, RoutingResult>);

/** What the kernel said of one operation. */
interface Answer {
  readonly errno: number;
  readonly text?: string;
}
const DONE: Answer = { errno: 0 };

export class RtnlPipeline {
  readonly #socket: NetlinkSocket;
  readonly #jobs: AnyJob[] = [];
  readonly #push: (input: Input) => void;
  readonly #requestTurn: () => void;
  readonly #buffer: ReceiveRoom;
  readonly #mute: boolean;
  #sequence = 0;
  #held = false;
  /** Ours among the senders of the kernel's events; known from the first answer. */
  #port: number | undefined;

  /** Throws SystemError: only during setup. `mute`: the kernel says yes to every request, and does nothing. */
  constructor(
    push: (input: Input) => void,
    requestTurn: () => void,
    warn: (text: string) => void,
    mute = false,
  ) {
    this.#push = push;
    this.#requestTurn = requestTurn;
    this.#socket = new NetlinkSocket(NETLINK_ROUTE);
    this.#mute = mute;
    this.#buffer = new ReceiveRoom('vrrp_netlink_cmd_rcv_bufs', warn, { least: MIN_ANSWER_BUFFER });
    this.#buffer.fit(this.#socket);
    this.#socket.option(NETLINK_CAP_ACK, 1);
    this.#socket.option(NETLINK_EXT_ACK, 1);
  }

  /** The netlink port that the kernel names in events about what we did. */
  get port(): number | undefined {
    return this.#port;
  }

  /** Answered once by `addresses-applied` with the same request. */
  addresses(request: number, operations: readonly AddressOperation[]): void {
    this.#add({ kind: 'addresses', request, operations, results: [] });
  }
  /** Answered once by `routes-applied` with the same request. */
  routes(request: number, operations: readonly RoutingOperation[]): void {
    this.#add({ kind: 'routes', request, operations, results: [] });
  }

  sizeBuffer(size: BufferSize | undefined): void {
    this.#buffer.set(size, this.#socket);
  }

  #add(job: AnyJob): void {
    this.#jobs.push(job);
    if (this.#jobs.length === 1) this.step();
  }

  /** While the firewall is not ready nothing is touched; then all goes on where it was. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held && this.#jobs.length > 0) this.#requestTurn();
  }

  /** Sends the next chunk, if there is one: called once per turn. */
  step(): void {
    if (this.#held) return;
    let room = MAX_NETLINK_OPERATIONS;
    for (let job = this.#jobs[0]; job && room > 0; job = this.#jobs[0]) {
      const from = job.results.length;
      const count = Math.min(room, job.operations.length - from);
      room -= count;
      if (count > 0) this.#advance(job, from, count);
      if (job.results.length < job.operations.length) break;
      this.#jobs.shift();
      this.#push(
        job.kind === 'addresses'
          ? { kind: 'addresses-applied', request: job.request, results: job.results }
          : { kind: 'routes-applied', request: job.request, results: job.results },
      );
    }
    if (this.#jobs.length > 0) this.#requestTurn();
  }

  #advance(job: AnyJob, from: number, count: number): void {
    if (job.kind === 'addresses') {
      const chunk = job.operations.slice(from, from + count);
      for (const [i, { errno }] of this.#send(chunk, writeAddress).entries()) {
        const operation = chunk[i] as AddressOperation;
        job.results.push(errno === 0 ? { operation } : { operation, errno });
      }
      return;
    }
    const chunk = job.operations.slice(from, from + count);
    for (const [i, { errno, text }] of this.#send(chunk, writeRouting).entries()) {
      const operation = chunk[i] as RoutingOperation;
      const why = text === undefined ? {} : { text };
      job.results.push(errno === 0 ? { operation } : { operation, errno, ...why });
    }
  }

  /** One answer per operation. */
  #send<O>(
    operations: readonly O[],
    write: (writer: ByteWriter, sequence: number, operation: O, acknowledge: boolean) => void,
  ): Answer[] {
    const first = this.#sequence;
    const writer = new ByteWriter(operations.length * USUAL_REQUEST);
    for (const [i, operation] of operations.entries())
      write(writer, (first + i) >>> 0, operation, i === operations.length - 1);
    this.#sequence = (first + operations.length) >>> 0;
    const messages = writer.finish();
    if (this.#mute) muteMessages(messages);
    const sent = this.#socket.send(messages);
    if (sent < 0) return operations.map(() => ({ errno: -sent }));
    const { answers, others } = this.#answers(first);
    return operations.map((_, i) => answers.get(i) ?? others);
  }

  /**
   * Errors by position: everything is there already. `others` is what holds of all that is not answered: it is done,
   * unless the kernel dropped answers.
   */
  #answers(first: number): { readonly answers: ReadonlyMap<number, Answer>; readonly others: Answer } {
    const answers = new Map<number, Answer>();
    let others = DONE;
    for (;;) {
      const datagram = this.#socket.receive();
      if (datagram === -EAGAIN) return { answers, others };
      if (typeof datagram === 'number') {
        others = { errno: -datagram };
        continue;
      }
      for (const message of readNetlinkMessages(datagram).messages) {
        this.#port = message.port;
        if (message.type !== NLMSG_ERROR) continue;
        const answer = decodeAnswer(message);
        answers.set((message.sequence - first) >>> 0, answer.ok ? answer.value : { errno: ENOBUFS });
      }
    }
  }

  close(): void {
    this.#jobs.length = 0;
    this.#socket.close();
  }
}

const writeAddress = (
  writer: ByteWriter,
  sequence: number,
  { operation, address }: AddressOperation,
  acknowledge: boolean,
): void =>
  writeAddressRequest(
    writer,
    sequence,
    operation,
    address,
    acknowledge,
    address.protocol ?? HOLDFAST_PROTOCOL,
  );

const writeRouting = (
  writer: ByteWriter,
  sequence: number,
  operation: RoutingOperation,
  acknowledge: boolean,
): void => {
  if (operation.item === 'route')
    writeRouteRequest(writer, sequence, operation.verb, operation.route, acknowledge);
  else writeRuleRequest(writer, sequence, operation.verb, operation.rule, acknowledge);
};
