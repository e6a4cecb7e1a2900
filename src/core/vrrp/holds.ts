/**
 * What holds an instance in FAULT (faults) or keeps it from starting (pending), worked out from the facts: its
 * interface, its source address, its socket, its trackers, the interfaces of its VIPs. A set, never a counter:
 * the same facts give the same answer. Runtime reference sections 7 and 8. Nothing here changes a state.
 */
import { type IpAddress, isLinkLocal } from '../../base/ip-address.js';
import type { InstanceSettings } from '../../config/model.js';
import type { Reason } from '../effects.js';
import type { Failure } from '../inputs.js';
import { HOLDFAST_PROTOCOL } from '../net/facts.js';
import { IFA_F_DADFAILED, type Inventory } from '../net/inventory.js';
import type { LinkStates } from '../net/link-states.js';
import type { LinkStanding, LinkWish } from '../net/virtual-links.js';
import type { Tracking } from '../track/registry.js';
import { causeOf, describeTracker } from '../track/tracker.js';
import type { SharedVirtualMac } from './shared-virtual-macs.js';

export interface Holds {
  readonly faults: readonly Reason[];
  readonly pending: readonly Reason[];
}

/** One for all: of thousands of instances most are held by nothing. */
export const NO_HOLDS: Holds = { faults: [], pending: [] };

export interface HoldFacts {
  readonly settings: InstanceSettings;
  readonly inventory: Inventory;
  readonly links: Pick<LinkStates, 'isUp' | 'isChanging'>;
  /** The interfaces that are made for it: its own first. */
  readonly virtual: readonly VirtualStanding[];
  /** Who has its virtual router id on the same network already. */
  readonly duplicate: string | undefined;
  /** Who has a virtual MAC that it needs as well, and is not in its sync group. */
  readonly sharedMac: SharedVirtualMac | undefined;
  readonly trackings: readonly Tracking[];
  /** The address adverts come from, as it is now; undefined: there is none. */
  readonly sourceAddress: IpAddress | undefined;
  readonly channelFailure: Failure | undefined;
}

/** How it stands with an interface that is made for an instance. */
export interface VirtualStanding {
  readonly wish: LinkWish;
  readonly name: string;
  readonly standing: LinkStanding;
  /** Whether the instance does not do without it. */
  readonly tracked: boolean;
  readonly isUp: boolean;
}

export function findHolds(facts: HoldFacts): Holds {
  const faults: Reason[] = [];
  const pending: Reason[] = [];
  holdOfConfiguration(facts, faults);
  holdOfInterface(facts, faults);
  for (const one of facts.virtual) holdOfVirtual(facts, one, faults, pending);
  holdOfSource(facts, faults);
  const { channelFailure } = facts;
  if (channelFailure)
    faults.push({
      code: 'channel-failed',
      text: `the VRRP socket cannot be opened: ${channelFailure.message}`,
    });
  for (const { tracker, settings } of facts.trackings) {
    const { faulting, pending: waits } = tracker.contribution(settings);
    if (faulting)
      faults.push({ code: 'tracker-failed', text: describeTracker(tracker), cause: causeOf(tracker) });
    else if (waits && settings.weight === 0)
      pending.push({ code: 'tracker-pending', text: `${tracker.kind} ${tracker.name} has not reported yet` });
  }
  return faults.length === 0 && pending.length === 0 ? NO_HOLDS : { faults, pending };
}

/** What holds an instance by itself, and what holds its group. */
export function together(own: Holds, byGroup: Holds): Holds {
  if (byGroup === NO_HOLDS) return own;
  return { faults: [...own.faults, ...byGroup.faults], pending: [...own.pending, ...byGroup.pending] };
}

function holdOfConfiguration({ settings, duplicate, sharedMac }: HoldFacts, faults: Reason[]): void {
  if (settings.unicastFaultNoPeer && settings.unicastPeers.length === 0)
    faults.push({ code: 'configuration', text: 'it has no unicast peers (unicast_fault_no_peer)' });
  if (duplicate !== undefined)
    faults.push({
      code: 'duplicate-vrid',
      text: `virtual router ${settings.virtualRouterId} is there already: ${duplicate} has it on the same network`,
    });
  if (sharedMac) {
    const { owner, base } = sharedMac;
    faults.push({
      code: 'configuration',
      text: `its virtual MAC on ${base} is that of ${owner}, too: put both into one sync group, or give one another virtual_router_id`,
    });
  }
}

function holdOfInterface({ settings, inventory, links }: HoldFacts, faults: Reason[]): void {
  const name = settings.interface ?? settings.vrf;
  if (name === undefined) return;
  const link = inventory.linkByName(name);
  if (!link)
    faults.push({
      code: 'interface-missing',
      text: `interface ${name} does not exist`,
      cause: { kind: 'interface', name },
    });
  else if (!links.isUp(name) && !settings.dontTrackPrimary) {
    const how = !link.up ? 'is down' : link.running ? 'has no link' : 'is without carrier';
    const text = links.isChanging(name) ? 'has not been up for long enough' : how;
    faults.push({ code: 'interface-down', text: `interface ${name} ${text}` });
  }
}

function holdOfVirtual(
  { settings, links }: HoldFacts,
  { wish, name, standing, tracked, isUp }: VirtualStanding,
  faults: Reason[],
  pending: Reason[],
): void {
  const own = wish.purpose === 'instance';
  if (!own && !tracked) return;
  const what = wish.identity.kind === 'macvlan' ? 'virtual MAC interface' : 'ipvlan interface';
  const missing = (text: string): Reason => ({
    code: 'interface-missing',
    text: `${what} ${name} ${text}`,
    cause: { kind: 'interface', name },
  });
  switch (standing.state) {
    case 'making':
      pending.push(missing(`is being made on ${wish.base}`));
      break;
    case 'lost':
      faults.push(missing('was deleted'));
      break;
    case 'refused':
      faults.push(missing(`could not be made: ${standing.failure.message}`));
      break;
    case 'baseless':
      if (wish.base !== settings.interface) faults.push(missing(`waits for ${wish.base}`));
      break;
    case 'present':
      // Where the interface underneath is down so are those on it, and that has been said.
      if (tracked && !isUp && links.isUp(wish.base))
        faults.push({ code: 'interface-down', text: `${what} ${name} is down` });
  }
}

function holdOfSource({ settings, inventory, sourceAddress }: HoldFacts, faults: Reason[]): void {
  const { sourceAddress: configured, interface: name, trackSourceAddress, family } = settings;
  const link = name === undefined ? undefined : inventory.linkByName(name);
  if (name !== undefined && !link) return;
  if (configured === undefined) {
    if (sourceAddress !== undefined) return;
    const kind = family === 'ipv4' ? 'IPv4' : 'link-local IPv6';
    const waiting = family === 'ipv6' && link ? unusableLinkLocal(inventory, link.index) : undefined;
    faults.push({
      code: 'source-address-missing',
      text: waiting ?? `interface ${name ?? '(none)'} has no ${kind} address to send from`,
    });
    return;
  }
  if (!trackSourceAddress || inventory.holds(configured, link?.index)) return;
  const has = link
    ? [...inventory.addressesOf(link.index)]
        .filter((other) => other.family === family)
        .map((other) => other.address)
    : [];
  const instead = has.length > 0 ? ` (it has ${has.join(', ')})` : '';
  faults.push({
    code: 'source-address-missing',
    text: `source address ${configured} is not on ${link ? `interface ${link.name}` : 'any interface'}${instead}`,
  });
}

/** Why the link-local address that is there cannot be sent from: duplicate address detection (RFC 4862 5.4). */
function unusableLinkLocal(inventory: Inventory, index: number): string | undefined {
  for (const { address, flags, protocol } of inventory.addressesOf(index)) {
    if (!isLinkLocal(address) || protocol === HOLDFAST_PROTOCOL) continue;
    const why =
      (flags & IFA_F_DADFAILED) !== 0
        ? 'belongs to another machine too (duplicate address detection failed)'
        : 'is still being checked for duplicates (tentative)';
    return `the link-local address ${address} ${why}`;
  }
  return undefined;
}

/** Why it leaves FAULT, from why it entered. */
export function recovery({ code, text, cause: before }: Reason): Reason {
  const over = `recovered from "${text}"`;
  const cause = before ? { cause: before } : {};
  if (code === 'interface-down' || code === 'interface-missing')
    return { code: 'interface-recovered', text: over, ...cause };
  return { code: code === 'tracker-failed' ? 'tracker-recovered' : 'faults-cleared', text: over, ...cause };
}
