// When a server's weight was in the kernel's table, and how long its death took to be there, from captures of the kernel's
// own times: connections that the server took, and what was said to IPVS. Nobody is asked, and so nobody is kept from working. Where the
// captures come from is decided in guest/.

import { readAttributes, u32Of } from '../src/wire/netlink/attributes.js';
import { GENL_ID_CTRL, readGenlMessage } from '../src/wire/netlink/genl-control.js';
import { COMMAND, DESTINATION, IPVS_CMD } from '../src/wire/netlink/ipvs/model.js';
import {
  decodeAnswer,
  NETLINK_HEADER_LENGTH,
  type NetlinkMessage,
  NLMSG_ERROR,
  readNetlinkMessages,
} from '../src/wire/netlink/message.js';
import type { Frame } from './capture.js';

export interface SaidMessage {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly message: NetlinkMessage;
}

const PCAP_MAGIC = 0xa1b2c3d4;
const PCAP_HEADER = 24;
const RECORD_HEADER = 16;
/** What the kernel writes before each datagram of netlink: kind of packet, ARPHRD_NETLINK, protocol. */
const COOKED_HEADER = 16;
const LINKTYPE_NETLINK = 253;
const NETLINK_GENERIC = 16;

/** All messages of generic netlink in a capture of an interface of the kind nlmon. Throws where it is none. */
export function messagesIn(capture: Uint8Array): readonly SaidMessage[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.byteLength);
  if (view.getUint32(0, true) !== PCAP_MAGIC || view.getUint32(20, true) !== LINKTYPE_NETLINK)
    throw new Error('not a capture of netlink');
  const said: SaidMessage[] = [];
  for (let start = PCAP_HEADER; start + RECORD_HEADER <= capture.length; ) {
    const at = view.getUint32(start, true) + view.getUint32(start + 4, true) / 1e6;
    const end = start + RECORD_HEADER + view.getUint32(start + 8, true);
    const datagram = capture.subarray(start + RECORD_HEADER, end);
    start = end;
    if (datagram[COOKED_HEADER - 1] !== NETLINK_GENERIC) continue;
    if (datagram.length < COOKED_HEADER + NETLINK_HEADER_LENGTH) continue;
    for (const message of readNetlinkMessages(datagram.subarray(COOKED_HEADER)).messages)
      said.push({ at, message });
  }
  return said;
}

function weightOf({ type, payload }: NetlinkMessage): number | undefined {
  const command = type > GENL_ID_CTRL ? readGenlMessage(payload) : undefined;
  if (command?.command !== IPVS_CMD.setDestination) return undefined;
  const server = readAttributes(command.attributes)?.get(COMMAND.destination);
  return server && u32Of(readAttributes(server)?.get(DESTINATION.weight));
}

/** The kernel has done it. It knows the socket's port number, which who asks need not say. */
function answers(message: NetlinkMessage, { port, sequence }: NetlinkMessage): boolean {
  if (message.type !== NLMSG_ERROR || message.sequence !== sequence) return false;
  if (port !== 0 && message.port !== port) return false;
  const answer = decodeAnswer(message);
  return answer.ok && answer.value.errno === 0;
}

/** When a server was to have this weight, and when the kernel had done that; seconds since the epoch. */
export const weightsSet = (
  said: readonly SaidMessage[],
  weight: number,
): readonly { readonly asked: number; readonly done: number }[] =>
  said.flatMap(({ at: asked, message }, index) => {
    if (weightOf(message) !== weight) return [];
    const done = said.slice(index).find((later) => answers(later.message, message));
    return done ? [{ asked, done: done.at }] : [];
  });

/**
 * Milliseconds from each server's last good check until the kernel had its weight 0, beyond `bound` of them. `accepted`:
 * connections that the one server took, for which `bound` is less than the time between two deaths.
 */
export const deathsIn = (
  said: readonly SaidMessage[],
  accepted: readonly Frame[],
  bound: number,
): readonly number[] =>
  weightsSet(said, 0).flatMap(({ asked, done }) => {
    const last = accepted.findLast(({ at }) => at < asked);
    return last ? [(done - last.at) * 1000 - bound] : [];
  });
