/**
 * From a configured address line to the address as it shall stand in the kernel: which link, which scope, which
 * broadcast address (directives-vrrp section 6). Where the link is missing there is no answer yet.
 */
import { bitsOf, familyOf, type IpPrefix, ipFromBytes, ipToBytes } from '../../base/ip-address.js';
import { toSeconds } from '../../base/time.js';
import type { AddressSettings } from '../../config/model.js';
import {
  IFA_F_HOMEADDRESS,
  IFA_F_MANAGETEMPADDR,
  IFA_F_MCAUTOJOIN,
  IFA_F_NODAD,
  IFA_F_NOPREFIXROUTE,
} from '../../wire/netlink/rtnl-address.js';
import type { WantedAddress } from './facts.js';
import type { Inventory } from './inventory.js';

/** RT_SCOPE_UNIVERSE */
const SCOPE_GLOBAL = 0;
/** Longest prefix that has a broadcast address. */
const LONGEST_BROADCAST_PREFIX = 30;

/** `device`: the interface that it shall stand on. */
export function resolveAddress(
  settings: AddressSettings,
  device: string | undefined,
  inventory: Inventory,
): WantedAddress | undefined {
  const link = device === undefined ? undefined : inventory.linkByName(device);
  if (!link) return undefined;
  const broadcast = broadcastOf(settings);
  const prefixLength = settings.peer?.length ?? settings.prefixLength;
  const preferredLifetime = preferredLifetimeOf(settings, prefixLength);
  const flags = flagsOf(settings);
  return {
    interfaceIndex: link.index,
    address: settings.address,
    prefixLength,
    scope: settings.scope ?? SCOPE_GLOBAL,
    ...(broadcast === undefined ? {} : { broadcast }),
    ...(settings.label === undefined ? {} : { label: settings.label }),
    ...(settings.peer === undefined ? {} : { peer: settings.peer.address }),
    ...(flags === 0 ? {} : { flags }),
    ...(preferredLifetime === undefined ? {} : { preferredLifetime }),
  };
}

/**
 * A VIP arrives while its old holder may still answer: nobody waits for duplicate detection of IPv6, unless told to
 * (`-nodad`).
 */
function flagsOf(settings: AddressSettings): number {
  const { address, home, noDad, manageTemporary, noPrefixRoute, autoJoin } = settings;
  return (
    (familyOf(address) === 'ipv6' && !noDad ? IFA_F_NODAD : 0) |
    (home ? IFA_F_HOMEADDRESS : 0) |
    (manageTemporary ? IFA_F_MANAGETEMPADDR : 0) |
    (noPrefixRoute ? IFA_F_NOPREFIXROUTE : 0) |
    (autoJoin ? IFA_F_MCAUTOJOIN : 0)
  );
}

/** An IPv6 address that stands alone (/128) is nobody's source, unless told otherwise (section 6). */
function preferredLifetimeOf(settings: AddressSettings, prefixLength: number): number | undefined {
  const { address, preferredLifetime } = settings;
  if (familyOf(address) === 'ipv4' || preferredLifetime === 'forever') return undefined;
  if (preferredLifetime !== undefined) return toSeconds(preferredLifetime);
  return prefixLength === bitsOf('ipv6') ? 0 : undefined;
}

/** `+` sets all host bits, `-` clears them; neither exists beyond /30 or on a point-to-point address. */
function broadcastOf(settings: AddressSettings) {
  const { broadcast, prefixLength, address, peer } = settings;
  if (broadcast === undefined || (broadcast !== '+' && broadcast !== '-')) return broadcast;
  if (prefixLength > LONGEST_BROADCAST_PREFIX || peer) return undefined;
  return hostBits({ address, length: prefixLength }, broadcast === '+');
}

function hostBits(prefix: IpPrefix, ones: boolean) {
  const bytes = ipToBytes(prefix.address);
  for (let i = 0; i < bytes.length; i++) {
    const width = Math.min(8, Math.max(0, prefix.length - i * 8));
    const host = 0xff >> width;
    bytes[i] = ones ? (bytes[i] ?? 0) | host : (bytes[i] ?? 0) & ~host;
  }
  return ipFromBytes(bytes);
}
