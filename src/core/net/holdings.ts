/**
 * Addresses, routes and rules that belong together: those of one instance, or those that are static. Decides their order
 * (addresses, routes, rules; the other way round when they go) and what a reload keeps of them; when they are wanted is
 * their owner's to say. Runtime reference sections 5, 6.2 and 6.4.
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { AddressSettings, Configuration, InstanceSettings } from '../../config/model.js';
import type { RouteSettings, RuleSettings } from '../../config/model-net.js';
import { showRoute } from '../../config/schema/routes.js';
import { showRule } from '../../config/schema/rules.js';
import type { Reason } from '../effects.js';
import type { AddressStatus, RoutingStatus } from '../status.js';
import { type Addresses, AddressSlot, type SlotOwner } from './addresses.js';
import { type Routing, type RoutingLine, type RoutingOwner, RoutingSlot } from './routing.js';
import { renewSlots } from './slots.js';

export interface Lines {
  readonly virtualAddresses: readonly AddressSettings[];
  readonly excludedAddresses: readonly AddressSettings[];
  readonly routes: readonly RouteSettings[];
  readonly rules: readonly RuleSettings[];
}

/** What an instance holds while it is MASTER. */
export const linesOf = ({
  virtualAddresses,
  excludedAddresses,
  virtualRoutes,
  virtualRules,
}: InstanceSettings): Lines => ({
  virtualAddresses,
  excludedAddresses,
  routes: virtualRoutes ?? [],
  rules: virtualRules ?? [],
});

/** Whose they are. */
export interface HeldBy {
  readonly name: string;
  /** Its own interface, for lines that name none. */
  readonly device: string | undefined;
  /** The interface that an address line means; absent: the one it names, or its own. */
  deviceOf?(line: AddressSettings): string | undefined;
  /** IFA_PROTO of its addresses; absent: HOLDFAST_PROTOCOL. */
  readonly addressProtocol?: number;
  /** As SlotOwner has them; absent: no. */
  readonly noAccept?: boolean;
  readonly dontTrackPrimary?: boolean;
  /** These addresses are there now, and so are the routes and rules that were asked for with them. */
  addressesPresent(slots: readonly AddressSlot[]): void;
  /** Somebody else took one away; `again` asks for it once more. */
  lost(reason: Reason, again: () => void): void;
}

/** Routes first, as they are asked for. */
export const routingLines = ({ routes, rules }: Pick<Lines, 'routes' | 'rules'>): RoutingLine[] => [
  ...routes.map((settings) => ({ item: 'route', settings }) as const),
  ...rules.map((settings) => ({ item: 'rule', settings }) as const),
];

/** VIPs and eVIPs of all instances. */
export const virtualAddresses = ({ instances }: Configuration): ReadonlySet<IpAddress> =>
  new Set(
    instances
      .flatMap(({ virtualAddresses: vips, excludedAddresses: others }) => [...vips, ...others])
      .map(({ address }) => address),
  );

/** Of all instances, then the static ones. */
export const allRouting = ({ instances, statics }: Configuration): RoutingLine[] => [
  ...instances.flatMap(({ virtualRoutes, virtualRules }) =>
    routingLines({ routes: virtualRoutes ?? [], rules: virtualRules ?? [] }),
  ),
  ...routingLines({ routes: statics?.routes ?? [], rules: statics?.rules ?? [] }),
];

export class Holdings implements SlotOwner, RoutingOwner {
  /** VIPs, then eVIPs. */
  addresses: readonly AddressSlot[] = [];
  /** Routes, then rules. */
  routing: readonly RoutingSlot[] = [];
  /** Whether what was there was left in place at the end. */
  left = false;
  /** Whether they are wanted now. */
  #held = false;
  /** There, but not told yet: routes and rules come before announcements. */
  #unannounced: AddressSlot[] = [];

  constructor(
    readonly owner: HeldBy,
    readonly net: { readonly addresses: Addresses; readonly routing: Routing },
  ) {}

  get name(): string {
    return this.owner.name;
  }
  get label(): string {
    return `(${this.owner.name})`;
  }
  get device(): string | undefined {
    return this.owner.device;
  }
  deviceOf(line: AddressSettings): string | undefined {
    return this.owner.deviceOf ? this.owner.deviceOf(line) : (line.device ?? this.owner.device);
  }
  get addressProtocol(): number | undefined {
    return this.owner.addressProtocol;
  }
  get noAccept(): boolean {
    return this.owner.noAccept ?? false;
  }
  get dontTrackPrimary(): boolean {
    return this.owner.dontTrackPrimary ?? false;
  }

  /**
   * Takes on lines: what stays keeps its slot and so its place in the kernel. Returns whether there are new addresses,
   * undefined where nothing is held.
   */
  renew(lines: Lines): boolean | undefined {
    const { addresses, routing } = this.net;
    const wanted = [
      ...lines.virtualAddresses.map((settings) => ({ settings, advertised: true })),
      ...lines.excludedAddresses.map((settings) => ({ settings, advertised: false })),
    ];
    const renewed = renewSlots(
      this.addresses,
      wanted,
      ({ settings, advertised }) => ({ settings, advertised }),
      ({ settings, advertised }) => new AddressSlot(this, settings, advertised),
    );
    const ways = renewSlots(
      this.routing,
      routingLines(lines),
      ({ line }) => line,
      (line) => new RoutingSlot(this, line),
    );
    this.addresses = renewed.slots;
    this.routing = ways.slots;
    if (!this.#held) return undefined;
    addresses.exchange(renewed.removed, renewed.added);
    addresses.guardAgain(renewed.slots);
    routing.change(ways.removed, ways.added);
    return renewed.added.length > 0;
  }

  claim(): void {
    this.#held = true;
    this.net.addresses.claim(this.addresses);
    this.net.routing.claim(this.routing);
  }

  release(): void {
    this.#held = false;
    this.#unannounced = [];
    this.net.routing.release(this.routing);
    this.net.addresses.release(this.addresses);
  }

  /** All that is there stays, and is nobody's any more. */
  leave(): void {
    this.left = true;
    this.#held = false;
    this.#unannounced = [];
    this.addresses = [];
    this.routing = [];
  }

  /** An interface changed, or the kernel may have changed its mind: addresses that wait are asked for now. */
  claimWaiting(device?: string): void {
    if (!this.#held) return;
    const waiting = this.addresses.filter(
      (slot) => (device === undefined || slot.device === device) && this.net.addresses.isMissing(slot),
    );
    if (waiting.length > 0) this.net.addresses.claim(waiting);
  }

  addressesPresent(slots: readonly AddressSlot[]): void {
    if (!this.#held) return;
    this.#unannounced.push(...slots);
    this.routingSettled();
  }
  routingSettled(): void {
    if (this.#unannounced.length === 0 || this.routing.some(({ state }) => state === 'adding')) return;
    const slots = this.#unannounced;
    this.#unannounced = [];
    this.owner.addressesPresent(slots);
  }

  /** What there is of it in the kernel, for people who ask. */
  status(): { readonly addresses: readonly AddressStatus[]; readonly routing: readonly RoutingStatus[] } {
    return {
      addresses: this.addresses.map((slot) => this.net.addresses.statusOf(slot)),
      routing: this.routing.map(({ line, line: { item }, state }) => ({
        kind: item,
        text: line.item === 'route' ? showRoute(line.settings) : showRule(line.settings),
        present: state === 'present',
      })),
    };
  }

  addressLost(slot: AddressSlot): void {
    const text = `somebody deleted ${slot.text} from ${slot.device ?? 'its interface'}`;
    this.owner.lost({ code: 'address-lost', text, cause: { kind: 'deletion', what: slot.text } }, () => {
      if (this.#held && this.addresses.includes(slot)) this.net.addresses.claim([slot]);
    });
  }
  routingLost(slot: RoutingSlot): void {
    const code = slot.line.item === 'route' ? 'route-lost' : 'rule-lost';
    const text = `somebody deleted the ${slot.text}`;
    this.owner.lost({ code, text, cause: { kind: 'deletion', what: slot.text } }, () => {
      if (this.#held && this.routing.includes(slot)) this.net.routing.claim([slot]);
    });
  }
}
