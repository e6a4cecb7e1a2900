/**
 * What our table's chains and maps are called: by the service itself, so that a listing of nft can be read and a chain be
 * asked for by hand. Pure. Names are of nft's own letters: for those of IPv6 `_` stands where the address has a colon.
 */
import type { ServiceIdentity } from '../../../core/lvs/table.js';
import { tableNameOf } from '../../../wire/netlink/nftables/name.js';

/** Of the daemon of this name, where it has one. */
export const tableName = (daemon: string | undefined): string => tableNameOf('holdfast_balancer', daemon);

/** `tcp-192.0.2.100-80`, `udp-2001_db8__1-any`, `mark-7`: the chain of a service; families have tables of their own. */
export function chainName(identity: ServiceIdentity): string {
  if (identity.kind === 'mark') return `mark-${identity.mark}`;
  const { protocol, address, port } = identity;
  return `${protocol.toLowerCase()}-${address.replaceAll(':', '_')}-${port === 0 ? 'any' : port}`;
}

/** From a drawn number to the number of a server. */
export const slotsName = (identity: ServiceIdentity): string => `slots-${chainName(identity)}`;
/** From the number of a server to where it is. */
export const serversName = (identity: ServiceIdentity): string => `servers-${chainName(identity)}`;
/** From a client to the number of its server. */
export const clientsName = (identity: ServiceIdentity): string => `clients-${chainName(identity)}`;
/** All maps that a chain's service may have. */
export const mapNames = (chain: string): string[] =>
  ['slots', 'servers', 'clients'].map((what) => `${what}-${chain}`);
