/**
 * Notices that a table of ours is gone, or another one of its name stands there: a restart of a firewall begins with
 * `flush ruleset`, which takes it, too, and may load it again as it was when the rules were saved; until somebody looks
 * nothing is balanced, or as it was then. It hears of each transaction of nf_tables by one short message, however large
 * it is, and asks after our tables where it was somebody else's. What is done then is decided by who asks it; changes
 * within a table are found when it is read. linux/netfilter/nf_tables.h
 */
import { MAX_NETLINK_EVENTS_PER_TURN, NFT_COME_BACK_PAUSE_MS } from '../../../base/limits.js';
import { readNetlinkMessages } from '../../../wire/netlink/message.js';
import { NFT_MSG_NEWGEN } from '../../../wire/netlink/nftables/batch.js';
import { attachFilter, messageTypeFilter } from '../../linux/bpf.js';
import { NETLINK_NETFILTER, NFNLGRP_NFTABLES } from '../../linux/constants.js';
import { EAGAIN, required, SystemError } from '../../linux/errno.js';
import { NetlinkSocket } from '../../linux/netlink-socket.js';
import { nftTableHandle } from '../../linux/nft-transactions.js';
import type { Poller, Watch } from '../../linux/poller.js';
import type { OurFamily } from './rules.js';

export interface TableGuardOptions {
  readonly poller: Poller;
  /** The name of ours. */
  readonly table: string;
  /** Asks for a turn of the loop, in which missing() is asked. */
  readonly requestTurn: () => void;
  readonly warn: (text: string) => void;
  /** Whose transactions are no news. */
  readonly ownPort: () => number | undefined;
}

export class TableGuard {
  readonly #options: TableGuardOptions;
  #ear: { readonly socket: NetlinkSocket; readonly watch: Watch } | undefined;
  /** Somebody else was at the rules since we looked. */
  #visited = false;
  #rest: NodeJS.Timeout | undefined;
  /** As the kernel numbers our tables. */
  readonly #handles = new Map<OurFamily, bigint>();

  /** In the calling thread's network namespace. */
  constructor(options: TableGuardOptions) {
    this.#options = options;
    try {
      this.#listen();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      options.warn(
        `nftables: ${error.failure.message}: a table that others take is missed within a minute only`,
      );
    }
  }

  #listen(): void {
    const socket = new NetlinkSocket(NETLINK_NETFILTER);
    try {
      required(attachFilter(socket.fd, messageTypeFilter(NFT_MSG_NEWGEN)), 'filtering netlink messages');
      socket.join(NFNLGRP_NFTABLES);
    } catch (error) {
      socket.close();
      throw error;
    }
    this.#ear = { socket, watch: this.#options.poller.add(socket.fd, () => this.#readable(socket)) };
  }

  #readable(socket: NetlinkSocket): void {
    const own = this.#options.ownPort();
    for (let count = 0; count < MAX_NETLINK_EVENTS_PER_TURN; count++) {
      const datagram = socket.receive();
      if (datagram === -EAGAIN) break;
      // Where much was lost somebody else may have been among it.
      this.#visited ||=
        typeof datagram === 'number' ||
        readNetlinkMessages(datagram).messages.some(({ port }) => port !== own);
    }
    if (this.#visited && !this.#rest) this.#options.requestTurn();
  }

  /** Our table of a family was made just now. */
  made(family: OurFamily): void {
    try {
      this.#isOther(family);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }

  /** It is not the one that was there when this was asked before. */
  #isOther(family: OurFamily): boolean {
    const handle = nftTableHandle(family, this.#options.table);
    const known = this.#handles.get(family);
    if (handle === undefined) this.#handles.delete(family);
    else this.#handles.set(family, handle);
    return handle === undefined || (known !== undefined && known !== handle);
  }

  /**
   * Whether one of these is gone, or another, as far as it may be known by now: who takes it again and again is answered once in a
   * while. Where nobody else was at the rules it costs nothing.
   */
  missing(families: Iterable<OurFamily>): boolean {
    if (!this.#visited || this.#rest) return false;
    this.#visited = false;
    try {
      if (![...families].map((family) => this.#isOther(family)).includes(true)) return false;
    } catch (error) {
      if (error instanceof SystemError) return false;
      throw error;
    }
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      if (this.#visited) this.#options.requestTurn();
    }, NFT_COME_BACK_PAUSE_MS).unref();
    return true;
  }

  close(): void {
    clearTimeout(this.#rest);
    this.#ear?.watch.remove();
    this.#ear?.socket.close();
    this.#ear = undefined;
  }
}
