/**
 * The kernel's process connector: told of every start, change and end of a process at once. It answers only in
 * the initial network and PID namespaces and with CAP_NET_ADMIN, so it is asked for a sign of life before it is
 * believed (DESIGN section 5). A socket belongs to the namespace in which it was made: who has entered another one
 * (`-s`, `net_namespace`) listens in the one from which it came. A filter in the kernel keeps out what we do not use.
 */

import { MAX_PROCESS_EVENTS_PER_TURN } from '../base/limits.js';
import type { BufferSize } from '../core/kernel-buffers.js';
import { readNetlinkMessages } from '../wire/netlink/message.js';
import {
  CN_IDX_PROC,
  decodeProcessEvent,
  encodeProcessSubscription,
  type ProcessEvent,
} from '../wire/netlink/proc-connector.js';
import { attachFilter, hostWordFilter } from './linux/bpf.js';
import { NETLINK_ADD_MEMBERSHIP, NETLINK_CONNECTOR } from './linux/constants.js';
import { EAGAIN, ENOBUFS, SystemError } from './linux/errno.js';
import { withNetworkNamespace } from './linux/namespace.js';
import { NetlinkSocket } from './linux/netlink-socket.js';
import type { Poller, Watch } from './linux/poller.js';
import { renameSelf } from './linux/proc.js';
import type { ReceiveRoom } from './receive-room.js';

/** Bytes of its receive buffer where nobody says how many. */
export const PROCESS_EVENT_BUFFER = 1024 * 1024;
/** Offset of the event's kind: netlink header, connector header. */
const KIND_AT = 16 + 20;
/** answer to subscribing, fork, exec, comm, exit (linux/cn_proc.h) */
const KINDS = [0, 0x0000_0001, 0x0000_0002, 0x0000_0200, 0x8000_0000];

export interface ConnectorListener {
  event(event: ProcessEvent): void;
  /** The kernel dropped some: everything must be looked at again. */
  overrun(): void;
  /** Nothing more waits in this turn. */
  settled(): void;
}

export class ProcessConnector {
  readonly #socket: NetlinkSocket;
  #watch: Watch | undefined;
  #listener: ConnectorListener | undefined;

  /**
   * Undefined where the connector does not answer. `namespace`: a descriptor of the network namespace to listen in; by
   * default the one where we are.
   */
  static open(
    poller: Poller,
    room: ReceiveRoom,
    listener: ConnectorListener,
    namespace?: number,
  ): ProcessConnector | undefined {
    let connector: ProcessConnector;
    const create = (): ProcessConnector => new ProcessConnector(room);
    try {
      connector = namespace === undefined ? create() : withNetworkNamespace(namespace, create);
    } catch (error) {
      if (error instanceof SystemError) return undefined;
      throw error;
    }
    if (!connector.#answers()) {
      connector.close();
      return undefined;
    }
    connector.#listener = listener;
    connector.#watch = poller.add(connector.#socket.fd, () => connector.#readable());
    return connector;
  }

  private constructor(room: ReceiveRoom) {
    this.#socket = new NetlinkSocket(NETLINK_CONNECTOR);
    room.fit(this.#socket);
    attachFilter(this.#socket.fd, hostWordFilter(KIND_AT, KINDS));
  }

  /** Subscribes and renames us to what we are called: the report of that is there at once, or never. */
  #answers(): boolean {
    if (this.#socket.option(NETLINK_ADD_MEMBERSHIP, CN_IDX_PROC) < 0) return false;
    if (this.#socket.send(encodeProcessSubscription(true, 0, 1)) < 0) return false;
    renameSelf();
    let seen = false;
    this.#drain((event) => {
      if (event.kind === 'comm' && event.process === process.pid) seen = true;
    });
    return seen;
  }

  #drain(take: (event: ProcessEvent) => void): void {
    for (let count = 0; count < MAX_PROCESS_EVENTS_PER_TURN; count++) {
      const datagram = this.#socket.receive();
      if (datagram === -EAGAIN) return;
      if (datagram === -ENOBUFS) this.#listener?.overrun();
      if (typeof datagram === 'number') continue;
      for (const { payload } of readNetlinkMessages(datagram).messages) {
        const event = decodeProcessEvent(payload);
        if (event.ok) take(event.value);
      }
    }
  }

  #readable(): void {
    this.#drain((event) => this.#listener?.event(event));
    this.#listener?.settled();
  }

  sizeBuffer(size: BufferSize | undefined, room: ReceiveRoom): void {
    room.set(size, this.#socket);
  }

  close(): void {
    this.#watch?.remove();
    this.#socket.close();
  }
}
