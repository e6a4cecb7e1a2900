/**
 * One generic netlink socket that speaks to IPVS: chunks of requests with one acknowledgement, errors matched by their
 * sequence numbers, and whole dumps. The kernel handles a request while it is sent, so nothing is awaited.
 * linux/netlink.h. What is asked, and when, is decided in ipvs-balancer.ts.
 */
import { ByteWriter } from '../../../base/bytes.js';
import type { Family } from '../../../base/ip-address.js';
import { ok, type Result, refuse } from '../../../base/result.js';
import type { Failure } from '../../../core/inputs.js';
import { decodeFamily, GENL_ID_CTRL, writeFamilyQuery } from '../../../wire/netlink/genl-control.js';
import { IPVS_FAMILY_NAME } from '../../../wire/netlink/ipvs/model.js';
import { decodeIpvs, type IpvsReport } from '../../../wire/netlink/ipvs/report.js';
import {
  type IpvsQuestion,
  type IpvsRequest,
  writeIpvsQuestion,
  writeIpvsRequests,
} from '../../../wire/netlink/ipvs/request.js';
import {
  decodeAnswer,
  doneErrno,
  type NetlinkMessage,
  NLMSG_DONE,
  NLMSG_ERROR,
  readNetlinkMessages,
} from '../../../wire/netlink/message.js';
import { NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GENERIC } from '../../linux/constants.js';
import { EAGAIN, ENOENT, failureOf } from '../../linux/errno.js';
import { NetlinkSocket } from '../../linux/netlink-socket.js';

/** Bytes that one request may take, for the first guess of a chunk's size. */
const USUAL_REQUEST = 200;

export class IpvsSocket {
  readonly #socket: NetlinkSocket;
  #sequence = 0;
  #family = 0;

  /** Opens a socket in the calling thread's network namespace. Throws SystemError. */
  constructor() {
    this.#socket = new NetlinkSocket(NETLINK_GENERIC);
    this.#socket.option(NETLINK_CAP_ACK, 1);
    this.#socket.option(NETLINK_EXT_ACK, 1);
  }

  /** Finds the family; must have been true before anything else is asked. A positive errno where there is none. */
  find(): number {
    let found = 0;
    const errno = this.#ask(
      (writer, sequence) => writeFamilyQuery(writer, sequence, IPVS_FAMILY_NAME),
      ({ type, payload }) => {
        const family = type === GENL_ID_CTRL ? decodeFamily(payload) : undefined;
        if (family?.ok) found = family.value.id;
      },
    );
    if (errno === 0 && found === 0) return ENOENT;
    this.#family = found;
    return errno;
  }

  /** Sends requests in this order; the positive errno of each, 0 where it was done. */
  send(requests: readonly IpvsRequest[]): number[] {
    const first = this.#sequence;
    const writer = new ByteWriter(requests.length * USUAL_REQUEST);
    writeIpvsRequests(writer, this.#family, first, requests);
    this.#sequence = (first + requests.length) >>> 0;
    const sent = this.#socket.send(writer.finish());
    const errnos = new Array<number>(requests.length).fill(sent < 0 ? -sent : 0);
    if (sent >= 0) this.#readErrors(first, errnos);
    return errnos;
  }

  /** Everything is there already; what the kernel dropped is an error of all that it may have been. */
  #readErrors(first: number, errnos: number[]): void {
    const known = new Set<number>();
    for (;;) {
      const datagram = this.#socket.receive();
      if (datagram === -EAGAIN) return;
      if (typeof datagram === 'number') {
        for (const i of errnos.keys()) if (!known.has(i)) errnos[i] = -datagram;
        continue;
      }
      for (const message of readNetlinkMessages(datagram).messages) {
        const position = (message.sequence - first) >>> 0;
        if (message.type !== NLMSG_ERROR || position >= errnos.length) continue;
        const answer = decodeAnswer(message);
        if (!answer.ok) continue;
        known.add(position);
        errnos[position] = answer.value.errno;
      }
    }
  }

  /** All reports that answer a question; `family` is that of the service it is about. */
  dump(what: string, question: IpvsQuestion, family?: Family): Result<IpvsReport[], Failure> {
    const reports: IpvsReport[] = [];
    const errno = this.#ask(
      (writer, sequence) => writeIpvsQuestion(writer, this.#family, sequence, question),
      ({ type, payload }) => {
        const report = type === this.#family ? decodeIpvs(payload, family) : undefined;
        if (report?.ok) reports.push(report.value);
      },
    );
    return errno === 0 ? ok(reports) : refuse(failureOf(errno, what));
  }

  /** One question; `take` gets each message of the answer, whose views live only within the call. */
  #ask(
    write: (writer: ByteWriter, sequence: number) => void,
    take: (message: NetlinkMessage) => void,
  ): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    const writer = new ByteWriter(USUAL_REQUEST);
    write(writer, this.#sequence);
    const sent = this.#socket.send(writer.finish());
    if (sent < 0) return -sent;
    for (;;) {
      const datagram = this.#socket.receive();
      if (datagram === -EAGAIN) return 0;
      if (typeof datagram === 'number') return -datagram;
      for (const message of readNetlinkMessages(datagram).messages) {
        if (message.sequence !== this.#sequence) continue;
        if (message.type === NLMSG_DONE) return doneErrno(message);
        if (message.type !== NLMSG_ERROR) take(message);
        else {
          const answer = decodeAnswer(message);
          return answer.ok ? answer.value.errno : EAGAIN;
        }
      }
    }
  }

  close(): void {
    this.#socket.close();
  }
}
