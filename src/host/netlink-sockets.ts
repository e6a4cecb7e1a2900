/**
 * rtnetlink for the engine: the snapshot, the events of links and addresses, and operations on addresses as
 * pipelined chunks. What an event means is decided in core/net; a lost event means the whole truth again.
 * DESIGN section 5: only the last message of a chunk asks for an acknowledgement, errors come for each.
 */
import { ByteWriter } from '../base/bytes.js';
import { familyOf } from '../base/ip-address.js';
import { MAX_NETLINK_EVENTS_PER_TURN, MAX_NETLINK_OPERATIONS } from '../base/limits.js';
import type { Result } from '../base/result.js';
import type { Failure, Input } from '../core/inputs.js';
import {
  type AddressFacts,
  type AddressOperation,
  type AddressResult,
  HOLDFAST_PROTOCOL,
  type LinkFacts,
} from '../core/net/facts.js';
import {
  decodeAnswer,
  type NetlinkMessage,
  NLMSG_ERROR,
  readNetlinkMessages,
} from '../wire/netlink/message.js';
import { decodeForwarding, RTM_NEWNETCONF } from '../wire/netlink/netconf.js';
import {
  decodeAddress,
  IFA_F_NODAD,
  RTM_DELADDR,
  RTM_NEWADDR,
  writeAddressDump,
  writeAddressRequest,
} from '../wire/netlink/rtnl-address.js';
import { decodeLink, RTM_DELLINK, RTM_NEWLINK, writeLinkDump } from '../wire/netlink/rtnl-link.js';
import {
  NETLINK_CAP_ACK,
  NETLINK_ROUTE,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV6_NETCONF,
  RTNLGRP_LINK,
} from './linux/constants.js';
import { EAGAIN, ENOBUFS } from './linux/errno.js';
import { NetlinkSocket } from './linux/netlink-socket.js';
import type { Poller, Watch } from './linux/poller.js';
import { RtnlClient } from './linux/rtnl-client.js';

export interface Snapshot {
  readonly links: LinkFacts[];
  readonly addresses: AddressFacts[];
}

const GROUPS = [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_NETCONF];
const EVENT_BUFFER = 1024 * 1024;
const RESYNC_RETRY_MS = 1000;

/** Everything the kernel has, by two dumps. */
export function readSnapshot(client: RtnlClient): Result<Snapshot, Failure> {
  const linkMessages = client.dump('listing the interfaces', writeLinkDump);
  if (!linkMessages.ok) return linkMessages;
  const addressMessages = client.dump('listing the addresses', writeAddressDump);
  if (!addressMessages.ok) return addressMessages;
  const links: LinkFacts[] = [];
  for (const { payload } of linkMessages.value) {
    const link = decodeLink(payload);
    if (link.ok) links.push(link.value);
  }
  const addresses: AddressFacts[] = [];
  for (const { payload } of addressMessages.value) {
    const address = decodeAddress(payload);
    if (address.ok) addresses.push(address.value);
  }
  return { ok: true, value: { links, addresses } };
}

/** Link and address events as inputs; after an overrun the snapshot as `resync`. */
export class RtnlEvents {
  readonly #socket: NetlinkSocket;
  readonly #watch: Watch;
  readonly #feed: (input: Input) => void;
  readonly #warn: (text: string) => void;

  /** Throws SystemError: only during setup. `buffer` in bytes is for tests that want an overrun. */
  constructor(
    poller: Poller,
    feed: (input: Input) => void,
    warn: (text: string) => void,
    buffer = EVENT_BUFFER,
  ) {
    this.#feed = feed;
    this.#warn = warn;
    this.#socket = new NetlinkSocket(NETLINK_ROUTE);
    this.#socket.receiveBuffer(buffer);
    for (const group of GROUPS) this.#socket.join(group);
    this.#watch = poller.add(this.#socket.fd, () => this.#readable());
  }

  #readable(): void {
    for (let count = 0; count < MAX_NETLINK_EVENTS_PER_TURN; count++) {
      const datagram = this.#socket.receive();
      if (datagram === -EAGAIN) return;
      if (typeof datagram === 'number') {
        if (datagram !== -ENOBUFS) continue;
        this.#resync();
        return;
      }
      const { messages, refused } = readNetlinkMessages(datagram);
      for (const message of messages) this.#event(message);
      // A datagram that was cut off held events that nobody will tell us again.
      if (refused !== undefined) {
        this.#resync();
        return;
      }
    }
  }

  #event({ type, payload }: NetlinkMessage): void {
    if (type === RTM_NEWLINK || type === RTM_DELLINK) {
      const link = decodeLink(payload);
      if (link.ok)
        this.#feed({ kind: 'link', change: type === RTM_NEWLINK ? 'present' : 'gone', link: link.value });
    } else if (type === RTM_NEWADDR || type === RTM_DELADDR) {
      const address = decodeAddress(payload);
      if (address.ok)
        this.#feed({
          kind: 'address',
          change: type === RTM_NEWADDR ? 'present' : 'gone',
          address: address.value,
        });
    } else if (type === RTM_NEWNETCONF) {
      const facts = decodeForwarding(payload);
      if (!facts.ok) return;
      const { interfaceIndex, forwards } = facts.value;
      this.#feed({ kind: 'forwarding', interfaceIndex, ipv6: forwards });
    }
  }

  /** Without the whole truth our facts would stay wrong until the next event is lost. */
  #retry: NodeJS.Timeout | undefined;

  /** What still waits is older than the snapshot that follows, so it is thrown away first. */
  #resync(): void {
    clearTimeout(this.#retry);
    while (this.#socket.receive() !== -EAGAIN);
    this.#warn('the kernel dropped link or address events: reading everything again');
    const client = new RtnlClient();
    try {
      const snapshot = readSnapshot(client);
      if (snapshot.ok) this.#feed({ kind: 'resync', ...snapshot.value });
      else {
        this.#warn(`reading links and addresses again: ${snapshot.error.message}; it is tried again`);
        this.#retry = setTimeout(() => this.#resync(), RESYNC_RETRY_MS);
      }
    } finally {
      client.close();
    }
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#watch.remove();
    this.#socket.close();
  }
}

interface Job {
  readonly request: number;
  readonly operations: readonly AddressOperation[];
  readonly results: AddressResult[];
}

/**
 * Address operations, in the order in which they were asked for. The kernel handles a chunk while it is sent; one
 * chunk per turn of the loop, so that a thousand addresses hold up no advert.
 */
export class AddressPipeline {
  readonly #socket: NetlinkSocket;
  readonly #jobs: Job[] = [];
  readonly #push: (input: Input) => void;
  readonly #requestTurn: () => void;
  #sequence = 0;
  #held = false;

  /** Throws SystemError: only during setup. */
  constructor(push: (input: Input) => void, requestTurn: () => void) {
    this.#push = push;
    this.#requestTurn = requestTurn;
    this.#socket = new NetlinkSocket(NETLINK_ROUTE);
    this.#socket.option(NETLINK_CAP_ACK, 1);
  }

  /** Answered once by `addresses-applied` with the same request. */
  apply(request: number, operations: readonly AddressOperation[]): void {
    this.#jobs.push({ request, operations, results: [] });
    if (this.#jobs.length === 1) this.step();
  }

  /** While the firewall is not ready no address is touched; then all goes on where it was. */
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
      const chunk = job.operations.slice(from, from + room);
      room -= chunk.length;
      if (chunk.length > 0) job.results.push(...this.#send(chunk));
      if (job.results.length < job.operations.length) break;
      this.#jobs.shift();
      this.#push({ kind: 'addresses-applied', request: job.request, results: job.results });
    }
    if (this.#jobs.length > 0) this.#requestTurn();
  }

  #send(operations: readonly AddressOperation[]): AddressResult[] {
    const first = this.#sequence;
    const writer = new ByteWriter(operations.length * 80);
    for (const [i, { operation, address }] of operations.entries()) {
      const acknowledge = i === operations.length - 1;
      writeAddressRequest(
        writer,
        (first + i) >>> 0,
        operation,
        {
          ...address,
          protocol: HOLDFAST_PROTOCOL,
          // A VIP arrives while its old holder may still answer: nobody waits for duplicate detection.
          ...(familyOf(address.address) === 'ipv6' ? { flags: IFA_F_NODAD } : {}),
        },
        acknowledge,
      );
    }
    this.#sequence = (first + operations.length) >>> 0;
    const datagram = writer.finish();
    const sent = this.#socket.send(datagram);
    const errnos = sent < 0 ? new Map<number, number>() : this.#answers(first, operations.length);
    return operations.map((operation, i) => {
      const errno = sent < 0 ? -sent : (errnos.get(i) ?? 0);
      return errno === 0 ? { operation } : { operation, errno };
    });
  }

  /** Errors by position. Everything is there already; what the kernel dropped is an error of all that is unknown. */
  #answers(first: number, count: number): Map<number, number> {
    const errnos = new Map<number, number>();
    for (;;) {
      const datagram = this.#socket.receive();
      if (datagram === -EAGAIN) return errnos;
      if (typeof datagram === 'number') {
        for (let i = 0; i < count; i++) if (!errnos.has(i)) errnos.set(i, -datagram);
        continue;
      }
      for (const message of readNetlinkMessages(datagram).messages) {
        const position = (message.sequence - first) >>> 0;
        if (message.type !== NLMSG_ERROR || position >= count) continue;
        const answer = decodeAnswer(message);
        if (answer.ok) errnos.set(position, answer.value.errno);
      }
    }
  }

  close(): void {
    this.#jobs.length = 0;
    this.#socket.close();
  }
}
