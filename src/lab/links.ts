/**
 * Links, addresses and routes of any network namespace, for making labs: what the kernel refuses is thrown, since a
 * lab that could not be made as asked proves nothing. A socket stays in the namespace in which it was opened
 * (setns(2)), so the thread only enters for that.
 */

import { familyOf, type IpAddress, type IpPrefix } from '../base/ip-address.js';
import type { Failure } from '../core/inputs.js';
import { O_CLOEXEC, O_RDONLY } from '../host/linux/constants.js';
import { required } from '../host/linux/errno.js';
import { closeFd } from '../host/linux/fd.js';
import { open } from '../host/linux/libc.js';
import { withNetworkNamespace } from '../host/linux/namespace.js';
import { RtnlClient, type WriteRequest } from '../host/linux/rtnl-client.js';
import type { NetlinkMessage } from '../wire/netlink/message.js';
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
import {
  RT_SCOPE_UNIVERSE,
  RT_TABLE_MAIN,
  RTN_UNICAST,
  writeRouteRequest,
} from '../wire/netlink/rtnl-route.js';

const RTPROT_STATIC = 4;

export class Links {
  readonly #client: RtnlClient;

  /** `pid`'s network namespace; without it our own. */
  constructor(pid?: number) {
    this.#client = pid === undefined ? new RtnlClient() : inNetworkOf(pid, () => new RtnlClient());
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

  /** One that is gone already, with the network at its other end say, is what was wanted. */
  delete(name: string): void {
    const refused = this.#tryDelete(name);
    if (refused && refused.code !== 'ENODEV') throw new Error(refused.message);
  }

  #tryDelete(name: string): Failure | undefined {
    const found = this.#client.request(`looking for ${name}`, (writer, sequence) =>
      writeLinkQuery(writer, sequence, name),
    );
    if (!found.ok) return found.error;
    const index = indexIn(found.value, name);
    const removed = this.#client.request(`removing ${name}`, (writer, sequence) =>
      writeLinkDelete(writer, sequence, index),
    );
    return removed.ok ? undefined : removed.error;
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

  /** To `destination`, or to everywhere. */
  route(via: IpAddress, destination?: IpPrefix): void {
    const route = {
      family: familyOf(via),
      type: RTN_UNICAST,
      table: RT_TABLE_MAIN,
      protocol: RTPROT_STATIC,
      scope: RT_SCOPE_UNIVERSE,
      tos: 0,
      flags: 0,
      via,
      ...(destination === undefined ? {} : { destination }),
    };
    this.#request(`routing by ${via}`, (writer, sequence) =>
      writeRouteRequest(writer, sequence, 'add', route, true),
    );
  }

  index(name: string): number {
    const answers = this.#request(`looking for ${name}`, (writer, sequence) =>
      writeLinkQuery(writer, sequence, name),
    );
    return indexIn(answers, name);
  }

  close(): void {
    this.#client.close();
  }

  #request(what: string, write: WriteRequest): readonly NetlinkMessage[] {
    const answers = this.#client.request(what, write);
    if (!answers.ok) throw new Error(answers.error.message);
    return answers.value;
  }
}

function indexIn(answers: readonly NetlinkMessage[], name: string): number {
  const answer = answers.find((message) => message.type === RTM_NEWLINK);
  const link = answer === undefined ? undefined : decodeLink(answer.payload);
  if (!link?.ok) throw new Error(`the kernel's answer about ${name} cannot be read`);
  return link.value.index;
}

function inNetworkOf<T>(pid: number, body: () => T): T {
  const path = `/proc/${pid}/ns/net`;
  const fd = required(open(path, O_RDONLY | O_CLOEXEC, 0), `opening ${path}`);
  try {
    return withNetworkNamespace(fd, body);
  } finally {
    closeFd(fd);
  }
}
