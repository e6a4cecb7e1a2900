/**
 * Which interfaces an instance makes for itself, and which of its addresses stand on which: worked out from its
 * settings (directives-vrrp section 1.4). Its own virtual MAC or ipvlan carries its adverts (unless vmac_xmit_base);
 * a virtual MAC also the addresses that name no other interface and are of its family. `use_vmac_addr`, and `use_vmac`
 * on an address, give virtual MACs to the others. Making them is the work of core/net/virtual-links.ts.
 */
import { type Family, familyOf, type IpAddress, ipFromBytes } from '../../base/ip-address.js';
import { type MacAddress, macToBytes } from '../../base/mac-address.js';
import type { AddressSettings, InstanceSettings } from '../../config/model.js';
import type { LinkWish } from '../net/virtual-links.js';

export interface VirtualInterfaces {
  /** Carries its adverts or its addresses, or both. */
  readonly own: LinkWish | undefined;
  /** Whether adverts leave and arrive by the own one. */
  readonly carriesAdverts: boolean;
  /** For addresses, by key. */
  readonly others: ReadonlyMap<string, LinkWish>;
  /** Keys of those that the instance does not do without: an address on it is not `no_track`. */
  readonly tracked: ReadonlySet<string>;
}

export const NO_VIRTUAL_INTERFACES: VirtualInterfaces = {
  own: undefined,
  carriesAdverts: false,
  others: new Map(),
  tracked: new Set(),
};

/** RFC 9568 section 7.3. */
export function virtualMacOf({ virtualMac, virtualRouterId }: InstanceSettings, family: Family): MacAddress {
  if (virtualMac?.mac !== undefined) return virtualMac.mac as MacAddress;
  const number = virtualRouterId.toString(16).padStart(2, '0');
  return `00:00:5e:00:${family === 'ipv4' ? '01' : '02'}:${number}` as MacAddress;
}

export function virtualInterfacesOf(settings: InstanceSettings): VirtualInterfaces {
  const own = ownWish(settings);
  const others = new Map<string, LinkWish>();
  const tracked = new Set<string>();
  for (const line of [...settings.virtualAddresses, ...settings.excludedAddresses]) {
    const wish = wishOfLine(settings, line);
    if (!wish || wish.key === own?.key) continue;
    others.set(wish.key, wish);
    if (!line.noTrack) tracked.add(wish.key);
  }
  if (!own && others.size === 0) return NO_VIRTUAL_INTERFACES;
  const carriesAdverts = own !== undefined && settings.virtualMac?.transmitBase !== true;
  return { own, carriesAdverts, others, tracked };
}

/** The key of the virtual interface that an address stands on; undefined: a real one, `device` of the line or `interface`. */
export function virtualInterfaceOfLine(
  settings: InstanceSettings,
  line: AddressSettings,
): string | undefined {
  if (settings.virtualMac && standsAtHome(settings, line) && familyOf(line.address) === settings.family)
    return ownWish(settings)?.key;
  return wishOfLine(settings, line)?.key;
}

const standsAtHome = ({ interface: own }: InstanceSettings, { device }: AddressSettings): boolean =>
  device === undefined || device === own;

/** A virtual MAC for an address that the instance's own one does not carry. */
function wishOfLine(settings: InstanceSettings, line: AddressSettings): LinkWish | undefined {
  const family = familyOf(line.address);
  const atHome = standsAtHome(settings, line);
  if (atHome && settings.virtualMac && family === settings.family) return undefined;
  const byAll = settings.useVmacAddress === true && (!atHome || family !== settings.family);
  const base = line.device ?? settings.interface;
  if (base === undefined || (!byAll && !line.useVmac)) return undefined;
  const mac = virtualMacOf(settings, family);
  const { virtualRouterId } = settings;
  const identity = { kind: 'macvlan', mac } as const;
  return {
    key: keyOfMac(base, mac),
    identity,
    base,
    family,
    virtualRouterId,
    purpose: 'address',
    notify: false,
  };
}

function ownWish(settings: InstanceSettings): LinkWish | undefined {
  const { interface: base, family, virtualMac, ipvlan, virtualRouterId } = settings;
  if (base === undefined) return undefined;
  const common = { base, family, virtualRouterId, purpose: 'instance' } as const;
  if (virtualMac) {
    const mac = virtualMacOf(settings, family);
    const { name, group, netlinkNotify } = virtualMac;
    return {
      ...common,
      key: keyOfMac(base, mac),
      identity: { kind: 'macvlan', mac },
      ...(name === undefined ? {} : { name }),
      ...(typeof group === 'number' ? { group } : {}),
      notify: netlinkNotify ?? false,
    };
  }
  if (!ipvlan) return undefined;
  const { name, group, mode, address } = ipvlan;
  return {
    ...common,
    key: `ipvlan ${base} ${family} ${virtualRouterId} ${name ?? ''} ${address?.address ?? ''}`,
    identity: { kind: 'ipvlan', isolation: mode, virtualRouterId },
    ...(name === undefined ? {} : { name }),
    ...(typeof group === 'number' ? { group } : {}),
    ...(address === undefined ? {} : { address }),
    notify: false,
  };
}

/** The address that a link makes of its MAC (RFC 4291 appendix A). */
export function linkLocalOf(mac: MacAddress): IpAddress {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = macToBytes(mac);
  return ipFromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 0x02, b, c, 0xff, 0xfe, d, e, f));
}

const keyOfMac = (base: string, mac: MacAddress): string => `macvlan ${base} ${mac}`;
