/**
 * What the engine's parts share: one outbox, one queue of deadlines, what the kernel told, the trackers, and the
 * tables that a test may replace. It decides nothing.
 */
import type { IpAddress } from '../base/ip-address.js';
import type { BfdSessions } from './bfd/sessions.js';
import type { Deadlines } from './deadlines.js';
import type { Addresses } from './net/addresses.js';
import type { Announcer } from './net/announcer.js';
import type { Channels } from './net/channels.js';
import type { Firewall } from './net/firewall.js';
import type { Inventory } from './net/inventory.js';
import type { LinkStates } from './net/link-states.js';
import type { Routing } from './net/routing.js';
import type { Sysctls } from './net/sysctls.js';
import type { VirtualLinks } from './net/virtual-links.js';
import type { NotifyDispatch } from './notify/dispatch.js';
import type { Outbox } from './outbox.js';
import type { StartupDelay } from './startup-delay.js';
import type { Trackers } from './track/registry.js';
import type { FastTakeover } from './vrrp/fast-takeover.js';
import type { ReceiveCheck } from './vrrp/receive-check.js';
import type { SharedVirtualMacs } from './vrrp/shared-virtual-macs.js';
import type { TransitionTable } from './vrrp/transitions.js';
import type { VirtualRouterIds } from './vrrp/virtual-router-ids.js';

export interface House {
  readonly outbox: Outbox;
  readonly deadlines: Deadlines;
  readonly inventory: Inventory;
  readonly links: LinkStates;
  readonly virtualRouterIds: VirtualRouterIds;
  readonly addresses: Addresses;
  readonly announcer: Announcer;
  readonly channels: Channels;
  readonly firewall: Firewall;
  readonly sysctls: Sysctls;
  readonly routing: Routing;
  readonly virtualLinks: VirtualLinks;
  readonly sharedVirtualMacs: SharedVirtualMacs;
  readonly trackers: Trackers;
  readonly bfd: BfdSessions;
  readonly fastTakeover: FastTakeover;
  readonly notifies: NotifyDispatch;
  readonly startup: StartupDelay;
  readonly transitions: TransitionTable;
  readonly receiveChecks: readonly ReceiveCheck[];
  /** Told the id of every row of the transition table that is applied. */
  readonly onRow: ((row: string) => void) | undefined;
  /** Whether this is the address of some configured VIP: such a one is nobody's own address. */
  isVirtual(address: IpAddress): boolean;
}
