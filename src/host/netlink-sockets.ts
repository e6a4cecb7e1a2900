/**
 * rtnetlink for the engine: the snapshot, and the events of links, addresses, routes and rules. What an event means is
 * decided in core/net; a lost event means the whole truth again. Of routes the kernel hands over only deletions of
 * Keepalived's protocol, and only while somebody wants them: a routing daemon may change a million others.
 */
import type { Family } from '../base/ip-address.js';
import { MAX_NETLINK_EVENTS_PER_TURN } from '../base/limits.js';
import { type Result, refuse } from '../base/result.js';
import type { Failure, Input } from '../core/inputs.js';
import type { BufferSize } from '../core/kernel-buffers.js';
import { type AddressFacts, KEEPALIVED_PROTOCOL, type LinkFacts } from '../core/net/facts.js';
import { type NetlinkMessage, readNetlinkMessages } from '../wire/netlink/message.js';
import { decodeForwarding, RTM_NEWNETCONF } from '../wire/netlink/netconf.js';
import { decodeAddress, RTM_DELADDR, RTM_NEWADDR, writeAddressDump } from '../wire/netlink/rtnl-address.js';
import { decodeLink, RTM_DELLINK, RTM_NEWLINK, writeLinkDump } from '../wire/netlink/rtnl-link.js';
import { decodeRoute, RTM_DELROUTE } from '../wire/netlink/rtnl-route.js';
import { decodeRule, RTM_DELRULE } from '../wire/netlink/rtnl-rule.js';
import { attachFilter, deletedRouteFilter } from './linux/bpf.js';
import {
  NETLINK_ROUTE,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV4_RULE,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV6_NETCONF,
  RTNLGRP_IPV6_ROUTE,
  RTNLGRP_IPV6_RULE,
  RTNLGRP_LINK,
} from './linux/constants.js';
import { EAGAIN, EMSGSIZE, ENOBUFS, failureOf, SystemError } from './linux/errno.js';
import { NetlinkSocket } from './linux/netlink-socket.js';
import type { Poller, Watch } from './linux/poller.js';
import { RtnlClient } from './linux/rtnl-client.js';
import { ReceiveRoom } from './receive-room.js';

export interface Snapshot {
  readonly links: LinkFacts[];
  readonly addresses: AddressFacts[];
}

const GROUPS = [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_NETCONF];
const ROUTE_GROUPS = { ipv4: RTNLGRP_IPV4_ROUTE, ipv6: RTNLGRP_IPV6_ROUTE } as const;
const RULE_GROUPS = { ipv4: RTNLGRP_IPV4_RULE, ipv6: RTNLGRP_IPV6_RULE } as const;
const FAMILIES = ['ipv4', 'ipv6'] as const;
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

/** The same while the daemon runs: that there is no descriptor left for it is a failure like others. */
function readWithNewClient(): Result<Snapshot, Failure> {
  let client: RtnlClient | undefined;
  try {
    client = new RtnlClient();
    return readSnapshot(client);
  } catch (error) {
    if (error instanceof SystemError) return refuse(error.failure);
    throw error;
  } finally {
    client?.close();
  }
}

/** Whose routes and rules are watched. */
export interface WatchedRouting {
  readonly routes: readonly Family[];
  readonly rules: readonly Family[];
}

/** Bytes of the event buffer, for tests that want an overrun; whose deeds are not told, since they are ours. */
export interface EventOptions {
  /** Bytes of its buffer where nobody says how many. */
  readonly buffer?: number;
  /** What the size of the buffer is called in the configuration. */
  readonly keyword?: string;
  readonly ownPort?: () => number | undefined;
  /** How the whole truth is read. */
  readonly read?: () => Result<Snapshot, Failure>;
}

/** What others did to links, addresses, routes and rules, as inputs; after an overrun the truth as `resync`. */
export class RtnlEvents {
  readonly #socket: NetlinkSocket;
  readonly #watch: Watch;
  readonly #feed: (input: Input) => void;
  readonly #warn: (text: string) => void;

  readonly #ownPort: () => number | undefined;
  readonly #read: () => Result<Snapshot, Failure>;
  readonly #buffer: ReceiveRoom;
  #watched: WatchedRouting = { routes: [], rules: [] };

  /** Throws SystemError: only during setup. */
  constructor(
    poller: Poller,
    feed: (input: Input) => void,
    warn: (text: string) => void,
    {
      buffer = EVENT_BUFFER,
      keyword = 'vrrp_netlink_monitor_rcv_bufs',
      ownPort = () => undefined,
      read = readWithNewClient,
    }: EventOptions = {},
  ) {
    this.#feed = feed;
    this.#warn = warn;
    this.#ownPort = ownPort;
    this.#read = read;
    this.#socket = new NetlinkSocket(NETLINK_ROUTE);
    this.#buffer = new ReceiveRoom(keyword, warn, { usual: buffer });
    this.#buffer.fit(this.#socket);
    const filtered = attachFilter(this.#socket.fd, deletedRouteFilter(KEEPALIVED_PROTOCOL));
    if (filtered < 0) this.#warn(failureOf(filtered, 'filtering the events of routes').message);
    for (const group of GROUPS) this.#socket.join(group);
    this.#watch = poller.add(this.#socket.fd, () => this.#readable());
  }

  sizeBuffer(size: BufferSize | undefined): void {
    this.#buffer.set(size, this.#socket);
  }

  /** Only these are told from now on. */
  watchRouting(watched: WatchedRouting): void {
    const change = (group: number, before: boolean, now: boolean): void => {
      const outcome = before === now ? 0 : now ? this.#socket.tryJoin(group) : this.#socket.leave(group);
      if (outcome < 0) this.#warn(failureOf(outcome, 'watching routes and rules').message);
    };
    for (const family of FAMILIES) {
      change(ROUTE_GROUPS[family], this.#watched.routes.includes(family), watched.routes.includes(family));
      change(RULE_GROUPS[family], this.#watched.rules.includes(family), watched.rules.includes(family));
    }
    this.#watched = watched;
  }

  #readable(): void {
    for (let count = 0; count < MAX_NETLINK_EVENTS_PER_TURN; count++) {
      const datagram = this.#socket.receive();
      if (datagram === -EAGAIN) return;
      if (typeof datagram === 'number') {
        this.#resync();
        return;
      }
      for (const message of readNetlinkMessages(datagram).messages) this.#event(message);
    }
  }

  #event({ type, payload, port }: NetlinkMessage): void {
    if (type === RTM_NEWLINK || type === RTM_DELLINK) {
      const link = decodeLink(payload);
      if (link.ok)
        this.#feed({ kind: 'link', change: type === RTM_NEWLINK ? 'present' : 'gone', link: link.value });
    } else if (type === RTM_NEWADDR || type === RTM_DELADDR) {
      // Of what we added the answer tells, for all addresses of a request at once.
      if (type === RTM_NEWADDR && port === this.#ownPort()) return;
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
    } else if (type === RTM_DELROUTE && port !== this.#ownPort()) {
      const route = decodeRoute(payload);
      if (route.ok) this.#feed({ kind: 'route-gone', route: route.value });
    } else if (type === RTM_DELRULE && port !== this.#ownPort()) {
      const rule = decodeRule(payload);
      if (rule.ok) this.#feed({ kind: 'rule-gone', rule: rule.value });
    }
  }

  /** Without the whole truth our facts would stay wrong until the next event is lost. */
  #retry: NodeJS.Timeout | undefined;

  /** What still waits is older than the snapshot that follows, so it is thrown away first. */
  #resync(): void {
    clearTimeout(this.#retry);
    for (;;) {
      const waiting = this.#socket.receive();
      if (typeof waiting === 'number' && waiting !== -ENOBUFS && waiting !== -EMSGSIZE) break;
    }
    this.#warn('the kernel dropped events of links, addresses or routes: reading everything again');
    const snapshot = this.#read();
    if (snapshot.ok) {
      this.#feed({ kind: 'resync', ...snapshot.value });
      return;
    }
    this.#warn(`reading everything again: ${snapshot.error.message}; it is tried again`);
    this.#retry = setTimeout(() => this.#resync(), RESYNC_RETRY_MS);
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#watch.remove();
    this.#socket.close();
  }
}
