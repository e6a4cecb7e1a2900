/**
 * Whether the kernel forwards, and which addresses are this machine's: in our network namespace, or in another one. For
 * start, workers and commands: the loop never asks. What follows from it is decided in config/checks.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { IpAddress } from '../base/ip-address.js';
import type { ForwardingFacts, ForwardingReader } from '../config/checks/forwarding.js';
import { DEFAULT_NAMESPACE } from './balancer/elsewhere.js';
import { SystemError } from './linux/errno.js';
import { closeFd } from './linux/fd.js';
import { openNetworkNamespace, withNetworkNamespace } from './linux/namespace.js';
import { RtnlClient } from './linux/rtnl-client.js';
import { readSnapshot } from './netlink-sockets.js';

const NET = '/proc/sys/net';
const LOOPBACK = /^(127\.|::1$)/;

/** What may not be looked at is not known. */
export const forwarding: ForwardingReader = (namespace) => {
  if (namespace === undefined) return forwardingHere();
  const fd = openNetworkNamespace(namespace === '' ? DEFAULT_NAMESPACE : namespace);
  if (!fd.ok) return undefined;
  try {
    return withNetworkNamespace(fd.value, forwardingHere);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  } finally {
    closeFd(fd.value);
  }
};

function forwardingHere(): ForwardingFacts {
  const ipv4 = forwardsIpv4();
  const ipv6 = flag(`${NET}/ipv6/conf/all/forwarding`);
  const own = ipv4 === false || ipv6 === false ? ownAddresses() : new Set<IpAddress>();
  return {
    ...(ipv4 === undefined ? {} : { ipv4 }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
    has: (address) => LOOPBACK.test(address) || own.has(address),
  };
}

/** The kernel asks the interface that a packet comes in by; ip_forward is what all of them were set to last. */
function forwardsIpv4(): boolean | undefined {
  const all = flag(`${NET}/ipv4/ip_forward`);
  if (all !== false) return all;
  try {
    return readdirSync(`${NET}/ipv4/conf`).some(
      (name) => name !== 'default' && flag(`${NET}/ipv4/conf/${name}/forwarding`) === true,
    );
  } catch {
    return undefined;
  }
}

function flag(path: string): boolean | undefined {
  try {
    return readFileSync(path, 'latin1').trim() !== '0';
  } catch {
    return undefined;
  }
}

function ownAddresses(): Set<IpAddress> {
  const client = new RtnlClient();
  try {
    const snapshot = readSnapshot(client);
    return new Set(snapshot.ok ? snapshot.value.addresses.map(({ address }) => address) : []);
  } finally {
    client.close();
  }
}
