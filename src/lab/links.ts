/**
 * Links and addresses of any network namespace, one acknowledged rtnetlink request at a time. For making labs:
 * it waits for each answer and throws what the kernel refuses (the daemon's own client is pipelined and never
 * throws, host/netlink-sockets.ts). A socket stays in the namespace in which it was made (setns(2)), so the
 * thread enters, opens it, and returns.
 */
import { ByteWriter } from '../base/bytes.js';
import { familyOf, type IpPrefix } from '../base/ip-address.js';
import {
  AF_NETLINK,
  CLONE_NEWNET,
  NETLINK_ROUTE,
  O_CLOEXEC,
  O_RDONLY,
  SOCK_RAW,
} from '../host/linux/constants.js';
import { errnoText } from '../host/linux/errno.js';
import { closeFd, openSocket } from '../host/linux/fd.js';
import { allocateArena, open, recv, send, setns } from '../host/linux/libc.js';
import {
  decodeAnswer,
  type NetlinkMessage,
  NLMSG_ERROR,
  readNetlinkMessages,
} from '../wire/netlink/message.js';
import { IFA_F_NODAD, writeAddressRequest } from '../wire/netlink/rtnl-address.js';
import {
  decodeLink,
  type LinkSettings,
  type NewLink,
  RTM_NEWLINK,
  writeLinkChange,
  writeLinkCreate,
  writeLinkDelete,
  writeLinkQuery,
} from '../wire/netlink/rtnl-link.js';

const buffer = allocateArena(16 * 1024);

/** `pid`'s network namespace; without it our own. */
export class Links {
  readonly #fd: number;
  #sequence = 0;

  constructor(pid?: number) {
    this.#fd = pid === undefined ? openRoute() : inNetworkOf(pid, openRoute);
  }

  create(link: NewLink): void {
    this.#request(`making ${link.name}`, (writer, sequence) => writeLinkCreate(writer, sequence, link));
  }

  change(name: string, settings: LinkSettings): void {
    const index = this.index(name);
    this.#request(`changing ${name}`, (writer, sequence) =>
      writeLinkChange(writer, sequence, index, settings),
    );
  }

  delete(name: string): void {
    const index = this.index(name);
    this.#request(`removing ${name}`, (writer, sequence) => writeLinkDelete(writer, sequence, index));
  }

  /** IPv6 addresses are usable at once: a lab has no duplicates to detect, other than those under test. */
  address(verb: 'add' | 'delete', name: string, prefix: IpPrefix): void {
    const request = {
      interfaceIndex: this.index(name),
      address: prefix.address,
      prefixLength: prefix.length,
      scope: 0,
      ...(familyOf(prefix.address) === 'ipv6' ? { flags: IFA_F_NODAD } : {}),
    };
    this.#request(`${verb} ${prefix.address} on ${name}`, (writer, sequence) =>
      writeAddressRequest(writer, sequence, verb, request, true),
    );
  }

  index(name: string): number {
    const answer = this.#request(`looking for ${name}`, (writer, sequence) =>
      writeLinkQuery(writer, sequence, name),
    );
    const link = answer?.type === RTM_NEWLINK ? decodeLink(answer.payload) : undefined;
    if (!link?.ok) throw new Error(`no link of the name ${name}`);
    return link.value.index;
  }

  close(): void {
    closeFd(this.#fd);
  }

  /** The kernel has answered by the time that send returns, so nothing here waits. */
  #request(what: string, write: (writer: ByteWriter, sequence: number) => void): NetlinkMessage | undefined {
    const sequence = ++this.#sequence;
    const writer = new ByteWriter(256);
    write(writer, sequence);
    const request = writer.finish();
    buffer.bytes.set(request);
    check(send(this.#fd, buffer.address, request.length, 0), what);
    const length = check(recv(this.#fd, buffer.address, buffer.bytes.length, 0), what);
    const { messages } = readNetlinkMessages(buffer.bytes.slice(0, length));
    const answer = messages.find((message) => message.sequence === sequence);
    if (answer?.type === NLMSG_ERROR) {
      const decoded = decodeAnswer(answer);
      if (decoded.ok && decoded.value.errno !== 0)
        throw new Error(`${what}: ${errnoText(decoded.value.errno)}`);
    }
    return answer;
  }
}

const openRoute = (): number => check(openSocket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), 'a netlink socket');

/** Synchronous from end to end: nothing else of this thread may run in the foreign namespace. */
function inNetworkOf<T>(pid: number, work: () => T): T {
  const home = check(open('/proc/thread-self/ns/net', O_RDONLY | O_CLOEXEC, 0), 'our network namespace');
  const there = check(open(`/proc/${pid}/ns/net`, O_RDONLY | O_CLOEXEC, 0), `the network of process ${pid}`);
  try {
    check(setns(there, CLONE_NEWNET), `entering the network of process ${pid}`);
    try {
      return work();
    } finally {
      check(setns(home, CLONE_NEWNET), 'returning to our network namespace');
    }
  } finally {
    closeFd(there);
    closeFd(home);
  }
}

function check(outcome: number, what: string): number {
  if (outcome < 0) throw new Error(`${what}: ${errnoText(-outcome)}`);
  return outcome;
}
