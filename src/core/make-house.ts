/** Puts together what the engine's parts share: who gets what from whom. It decides nothing else. */
import type { IpAddress } from '../base/ip-address.js';
import { type BfdAudience, type BfdOptions, BfdSessions } from './bfd/sessions.js';
import { Deadlines } from './deadlines.js';
import type { House } from './house.js';
import { Addresses } from './net/addresses.js';
import { Announcer } from './net/announcer.js';
import { Channels } from './net/channels.js';
import { Firewall } from './net/firewall.js';
import { Inventory } from './net/inventory.js';
import { type LinkAudience, LinkStates } from './net/link-states.js';
import { Routing } from './net/routing.js';
import { Sysctls } from './net/sysctls.js';
import { VirtualLinkCare } from './net/virtual-link-care.js';
import { VirtualLinks } from './net/virtual-links.js';
import { NotifyDispatch } from './notify/dispatch.js';
import { Outbox } from './outbox.js';
import { StartupDelay } from './startup-delay.js';
import { Trackers } from './track/registry.js';
import { FastTakeover } from './vrrp/fast-takeover.js';
import type { ReceiveCheck } from './vrrp/receive-check.js';
import { RECEIVE_CHECKS } from './vrrp/receive-checks.js';
import { SharedVirtualMacs } from './vrrp/shared-virtual-macs.js';
import { TRANSITIONS, type TransitionRow, TransitionTable } from './vrrp/transitions.js';
import { VirtualRouterIds } from './vrrp/virtual-router-ids.js';

export interface HouseOptions extends BfdOptions {
  /** A copy of the table with something broken, to see that it is noticed. */
  readonly transitions?: readonly TransitionRow[];
  readonly receiveChecks?: readonly ReceiveCheck[];
  /** Told the id of every row of the transition table that is applied. */
  readonly onRow?: (row: string) => void;
}

/** What the parts ask of the engine. */
export interface Landlord {
  readonly links: LinkAudience;
  /** Something that the instance of this name waited for has changed. */
  mayLookAgain(instance: string): void;
  isVirtual(address: IpAddress): boolean;
}

export function makeHouse(options: HouseOptions, landlord: Landlord): House {
  const outbox = new Outbox();
  const deadlines = new Deadlines();
  const inventory = new Inventory();
  const firewall = new Firewall(outbox, deadlines);
  const sysctls = new Sysctls(outbox, deadlines);
  const addresses = new Addresses(inventory, outbox, deadlines, firewall);
  const links = new LinkStates(inventory, outbox, deadlines, landlord.links);
  const mayLookAgain = (name: string): void => landlord.mayLookAgain(name);
  const care = new VirtualLinkCare({ inventory, sysctls, firewall, addresses, outbox }, mayLookAgain);
  const trackers = new Trackers(outbox, deadlines, inventory, links);
  const fastTakeover = new FastTakeover(outbox, deadlines, inventory, () => bfd);
  const bfd: BfdSessions = new BfdSessions(
    outbox,
    deadlines,
    inventory,
    bfdAudience(trackers, fastTakeover),
    options,
  );
  return {
    outbox,
    deadlines,
    inventory,
    links,
    virtualRouterIds: new VirtualRouterIds(inventory, ({ name }) => mayLookAgain(name)),
    addresses,
    announcer: new Announcer(inventory, outbox, deadlines),
    channels: new Channels(outbox, deadlines),
    firewall,
    sysctls,
    virtualLinks: new VirtualLinks(inventory, outbox, deadlines, care),
    trackers,
    bfd,
    fastTakeover,
    sharedVirtualMacs: new SharedVirtualMacs(),
    routing: new Routing(inventory, outbox, deadlines),
    notifies: new NotifyDispatch(outbox, deadlines),
    startup: new StartupDelay(outbox, deadlines),
    transitions: new TransitionTable(options.transitions ?? TRANSITIONS),
    receiveChecks: options.receiveChecks ?? RECEIVE_CHECKS,
    onRow: options.onRow,
    isVirtual: (address) => landlord.isVirtual(address),
  };
}

const bfdAudience = (trackers: Trackers, fastTakeover: FastTakeover): BfdAudience => ({
  verdict: (session, verdict) => {
    const { name, reason, settings } = session;
    if (!settings.consumers.vrrp) return;
    trackers.bfdVerdict(name, verdict, reason);
    if (verdict === 'down') fastTakeover.lost(session);
  },
  known: ({ name, reachable, reason, settings }) => {
    if (settings.consumers.vrrp) trackers.bfdKnown(name, reachable, reason);
  },
  heard: (session) => fastTakeover.heard(session),
});
