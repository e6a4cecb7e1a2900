/**
 * Transactions of nf_tables: sent whole, and done or refused by the kernel while they are sent. It knows of no table;
 * what a transaction holds, and what a refusal means, is decided by who asks. linux/netfilter/nfnetlink.h
 */
import { ByteWriter } from '../../base/bytes.js';
import { decodeAnswer, NLMSG_ERROR, readNetlinkMessages } from '../../wire/netlink/message.js';
import { type NftStep, writeNftBatch } from '../../wire/netlink/nftables/batch.js';
import { type NftFamily, tableHandleIn, writeNftQuery } from '../../wire/netlink/nftables/object.js';
import { NETLINK_EXT_ACK, NETLINK_NETFILTER } from './constants.js';
import { EAGAIN, ENOBUFS } from './errno.js';
import { NetlinkSocket } from './netlink-socket.js';
import { RtnlClient } from './rtnl-client.js';

/** A transaction longer than this needs more than the usual send buffer. */
const USUAL_DATAGRAM = 100 * 1024;

export interface NftRefusal {
  readonly errno: number;
  /** The step that was refused first; undefined: the transaction as such. */
  readonly step: NftStep | undefined;
  readonly text: string | undefined;
}

export class NftTransactions {
  readonly #socket: NetlinkSocket;
  #sequence = 0;
  #port = 0;

  /** In the calling thread's network namespace. Throws SystemError. */
  constructor() {
    this.#socket = new NetlinkSocket(NETLINK_NETFILTER);
    this.#socket.option(NETLINK_EXT_ACK, 1);
  }

  /** Our address on the netfilter bus: what we change ourselves is no news. */
  get port(): number {
    return this.#port;
  }

  /** Sends a transaction and reads its outcome, which is there already; undefined: all of it is done. */
  commit(steps: readonly NftStep[]): NftRefusal | undefined {
    if (steps.length === 0) return undefined;
    const first = (this.#sequence + 1) >>> 0;
    const writer = new ByteWriter(4096);
    writeNftBatch(writer, first, steps);
    this.#sequence = (first + steps.length + 1) >>> 0;
    const datagram = writer.finish();
    if (datagram.length > USUAL_DATAGRAM) this.#socket.sendBuffer(2 * datagram.length);
    const sent = this.#socket.send(datagram);
    if (sent < 0) return { errno: -sent, step: undefined, text: undefined };
    let refusal: (NftRefusal & { readonly position: number }) | undefined;
    let acknowledged = false;
    for (;;) {
      const answer = this.#socket.receive();
      if (answer === -EAGAIN) break;
      if (typeof answer === 'number') continue;
      for (const message of readNetlinkMessages(answer).messages) {
        const position = (message.sequence - first) >>> 0;
        const read = message.type === NLMSG_ERROR ? decodeAnswer(message) : undefined;
        if (!read?.ok || position > steps.length + 1) continue;
        this.#port = message.port;
        const { errno, text } = read.value;
        if (errno === 0) acknowledged = true;
        else if (!refusal || position < refusal.position)
          refusal = { errno, step: steps[position - 1], text, position };
      }
    }
    if (refusal) return refusal;
    return acknowledged ? undefined : { errno: ENOBUFS, step: undefined, text: undefined };
  }

  close(): void {
    this.#socket.close();
  }
}

export const nftTableExists = (family: NftFamily, table: string): boolean =>
  nftTableHandle(family, table) !== undefined;

/** Tells a table from a later one of the same name, as far as the kernel does; undefined: there is none. */
export function nftTableHandle(family: NftFamily, table: string): bigint | undefined {
  const client = new RtnlClient(NETLINK_NETFILTER);
  try {
    const answer = client.request('asking for our table', (writer, sequence) =>
      writeNftQuery(writer, sequence, family, table),
    );
    return answer.ok
      ? (answer.value.map(tableHandleIn).find((handle) => handle !== undefined) ?? 0n)
      : undefined;
  } finally {
    client.close();
  }
}
