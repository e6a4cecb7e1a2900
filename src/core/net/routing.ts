/**
 * The routes and rules that instances move and that are static: asks the kernel for them, follows its answers, and tells
 * what somebody else took away. When they are wanted is decided by their owners; what a line means, in
 * resolve-routing.ts. What cannot be is said once and asked for again. DESIGN rule 7; runtime reference section 8.
 */
import type { Family } from '../../base/ip-address.js';
import { after, type Duration, formatDuration, seconds } from '../../base/time.js';
import type { RouteSettings, RuleSettings } from '../../config/model-net.js';
import { showRoute } from '../../config/schema/routes.js';
import { showRule } from '../../config/schema/rules.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Outbox } from '../outbox.js';
import type { AddressResult, Route, RoutingOperation, RoutingResult, Rule } from './facts.js';
import type { Inventory } from './inventory.js';
import { Multimap } from './multimap.js';
import { interfacesOfRoute, interfacesOfRule, resolveRoute, resolveRule } from './resolve-routing.js';
import { isSameRoute, routeKey, ruleKey } from './routing-match.js';
import { isRoutingHarmless, routingRefusal } from './routing-refusals.js';

/** How long a route or rule is left alone that the kernel refused to add or to delete. */
export const ROUTING_RETRY: Duration = seconds(1);

export type RoutingLine =
  | { readonly item: 'route'; readonly settings: RouteSettings }
  | { readonly item: 'rule'; readonly settings: RuleSettings };

export interface RoutingOwner {
  /** How its lines of the log begin. */
  readonly label: string;
  /** Nothing that it asked for is unanswered. */
  routingSettled(): void;
  /** Somebody else deleted one. */
  routingLost(slot: RoutingSlot): void;
}

type Wanted =
  | { readonly item: 'route'; readonly route: Route }
  | { readonly item: 'rule'; readonly rule: Rule };

/** One route or rule of one owner. */
export class RoutingSlot {
  /** absent and present as far as the kernel answered; adding and deleting while it has not. */
  state: 'absent' | 'adding' | 'present' | 'deleting' = 'absent';
  /** As it was last asked for. */
  wanted: Wanted | undefined;
  /** The operation whose answer decides `state`. */
  operation: RoutingOperation | undefined;
  /** It was deleted by somebody before the kernel's answer to our adding it reached us. */
  deletedMeanwhile = false;
  /** What it shall take the place of: the route of a line that a reload changed. */
  replaces: Route | undefined;
  /** What was said last of why it is not there. */
  said = '';

  constructor(
    readonly owner: RoutingOwner,
    readonly line: RoutingLine,
  ) {}

  get text(): string {
    const { line } = this;
    return line.item === 'route' ? `route ${showRoute(line.settings)}` : `rule ${showRule(line.settings)}`;
  }
  get tracked(): boolean {
    return !this.line.settings.noTrack;
  }
  get key(): string | undefined {
    return this.wanted && keyOfWanted(this.wanted);
  }
}

const keyOfWanted = (wanted: Wanted): string =>
  wanted.item === 'route' ? routeKey(wanted.route) : ruleKey(wanted.rule);

const contentOf = (wanted: Wanted): string =>
  JSON.stringify(wanted.item === 'route' ? wanted.route : wanted.rule);

interface Asked {
  readonly operation: RoutingOperation;
  readonly slot?: RoutingSlot;
  /** Left over from an earlier life, if it is there at all. */
  readonly leftover?: string;
  /** It should be there: asked for again to learn whether it is. */
  readonly probe?: true;
}

/** The key of routes that name no interface in Routing's index of devices. */
const NO_DEVICE = '';

export class Routing {
  /** What owners want now, by what tells it apart in the kernel. */
  readonly #held = new Multimap<string, RoutingSlot>();
  /** What owners want now, with what has no place yet, by the interfaces that it names. */
  readonly #byDevice = new Multimap<string, RoutingSlot>();
  readonly #bySource = new Multimap<string, RoutingSlot>();
  /** Interfaces that are down or away: when they come, their IPv4 routes are gone without a word. */
  readonly #down = new Set<string>();
  /** What was asked for, in its order, by request. */
  readonly #requests = new Map<number, Asked[]>();
  /** What the kernel refused: asked again after a while. */
  readonly #undeleted = new Set<RoutingOperation>();
  readonly #unadded = new Set<RoutingSlot>();
  readonly #retry: Deadline;
  #watched = '';

  constructor(
    readonly inventory: Inventory,
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
  ) {
    this.#retry = { what: 'ask again for routes and rules', periodic: false, fire: () => this.#askAgain() };
  }

  /** Requests that the kernel has not answered, and deletions that are to be asked for again. */
  get unanswered(): number {
    return this.#requests.size + this.#undeleted.size;
  }

  /** Wants to hear of what others do to these, where it matters. */
  watch(lines: readonly RoutingLine[]): void {
    const families = (item: RoutingLine['item']): Family[] => [
      ...new Set(
        lines
          .filter((line) => line.item === item && !line.settings.noTrack)
          .map(({ settings }) => settings.family)
          .sort(),
      ),
    ];
    const wanted = { routes: families('route'), rules: families('rule') };
    if (this.#watched === JSON.stringify(wanted) || (this.#watched === '' && isNothing(wanted))) return;
    this.#watched = JSON.stringify(wanted);
    this.outbox.watchRouting({ kind: 'watch-routing', ...wanted });
  }

  /** Deletes what a killed daemon may have left where these lines have their places, rules first. */
  cleanLeftovers(lines: readonly RoutingLine[]): void {
    for (const line of [...lines].sort((a, b) => Number(a.item === 'route') - Number(b.item === 'route'))) {
      const resolved = this.#resolve(line);
      if (!('value' in resolved)) continue;
      const slot = new RoutingSlot(NOBODY, line);
      this.#ask({ operation: clearance(resolved.value, slot.tracked), leftover: slot.text });
    }
  }

  /** Asks for these, in this order. */
  claim(slots: readonly RoutingSlot[]): void {
    for (const slot of slots) {
      this.#let(slot);
      for (const name of placesOf(slot.line)) this.#byDevice.add(name, slot);
      const resolved = this.#resolve(slot.line);
      if (!('value' in resolved)) {
        slot.wanted = undefined;
        slot.state = 'absent';
        this.#say(slot, 'warning', `${slot.text} waits for ${resolved.waitsFor}`);
        continue;
      }
      const before = slot.key;
      slot.wanted = resolved.value;
      const key = keyOfWanted(resolved.value);
      this.#held.add(key, slot);
      const source = sourceOf(slot);
      if (source !== undefined) this.#bySource.add(source, slot);
      if (slot.state === 'present' && before === key) continue;
      slot.state = 'adding';
      slot.deletedMeanwhile = false;
      slot.operation = addition(slot, resolved.value);
      this.#ask({ operation: slot.operation, slot });
    }
  }

  /** Takes these away, the last one first, whatever of them may be there or on its way. */
  release(slots: readonly RoutingSlot[]): void {
    for (const slot of [...slots].reverse()) {
      const { wanted, state } = slot;
      this.#let(slot);
      slot.said = '';
      slot.replaces = undefined;
      if (!wanted || state === 'absent' || state === 'deleting') {
        if (state === 'absent') slot.wanted = undefined;
        continue;
      }
      if ((state === 'adding' && this.#withdraw(slot)) || this.#isWantedBeside(wanted)) {
        slot.state = 'absent';
        slot.operation = undefined;
        continue;
      }
      slot.state = 'deleting';
      slot.operation = deletion(wanted);
      this.#ask({ operation: slot.operation, slot });
    }
  }

  /** Takes back what was asked for in this very turn. */
  #withdraw({ operation }: RoutingSlot): boolean {
    if (!operation || !this.outbox.withdrawRouting(operation)) return false;
    for (const [request, asked] of this.#requests) {
      const at = asked.findIndex((one) => one.operation === operation);
      if (at >= 0) asked.splice(at, 1);
      if (asked.length === 0) this.#requests.delete(request);
    }
    return true;
  }

  /** After a reload: what changed comes into the place of what it was, where the kernel can replace it. */
  change(removed: readonly RoutingSlot[], added: readonly RoutingSlot[]): void {
    const going = new Set(removed);
    for (const slot of added) {
      const resolved = this.#resolve(slot.line);
      if (!('value' in resolved) || resolved.value.item !== 'route') continue;
      // The kernel replaces the first with that key, so there must be only the one.
      const [before, other] = this.#held.of(keyOfWanted(resolved.value));
      if (!before || other || !going.has(before) || before.state !== 'present') continue;
      if (before.wanted?.item !== 'route') continue;
      slot.replaces = before.wanted.route;
      going.delete(before);
      this.#let(before);
      before.state = 'absent';
    }
    this.release([...going]);
    this.claim(added);
  }

  applied(request: number, results: readonly RoutingResult[]): void {
    const asked = this.#requests.get(request);
    this.#requests.delete(request);
    const owners = new Set<RoutingOwner>();
    const lost: RoutingSlot[] = [];
    for (const [i, result] of results.entries()) {
      const { operation, slot, leftover, probe: probing } = asked?.[i] ?? { operation: result.operation };
      const refused = result.errno !== undefined && !isRoutingHarmless(result);
      if (leftover !== undefined && result.errno === undefined)
        this.outbox.log('notice', `found ${leftover} left over from an earlier life: removed`);
      if (refused && operation.verb === 'delete') this.#undeletable(result, slot);
      if (!slot) continue;
      owners.add(slot.owner);
      if (slot.operation !== operation) continue;
      if (operation.verb === 'delete') slot.state = 'absent';
      // Of what is refused for another reason than that it stands nothing is known: it is still to be deleted one day.
      else if (refused && !probing) this.#unaddable(slot, result);
      else {
        slot.state = slot.deletedMeanwhile ? 'absent' : 'present';
        slot.said = '';
        slot.replaces = undefined;
        if (slot.deletedMeanwhile || (probing && result.errno === undefined)) lost.push(slot);
      }
      slot.deletedMeanwhile = false;
    }
    for (const owner of owners) owner.routingSettled();
    for (const slot of lost) slot.owner.routingLost(slot);
  }

  /** Somebody else, or the kernel by itself, took it away. */
  routeGone(seen: Route): void {
    for (const slot of this.#held.of(routeKey(seen))) {
      if (slot.wanted?.item !== 'route' || !isSameRoute(slot.wanted.route, seen)) continue;
      const link = seen.interfaceIndex === undefined ? undefined : this.inventory.link(seen.interfaceIndex);
      // What goes with its link was taken by nobody: it comes again with it.
      if (slot.tracked && link && !link.up && slot.state === 'present') slot.state = 'absent';
      else this.#gone(slot);
    }
  }
  ruleGone(seen: Rule): void {
    for (const slot of this.#held.of(ruleKey(seen))) this.#gone(slot);
  }

  /**
   * Events were lost. What is tracked is asked for again: what stands answers that it does, and what the kernel takes had
   * been deleted. So the cost grows with what is ours, whatever else is in the tables, and no change of ours can fall
   * between a reading and its end.
   */
  resynced(): void {
    for (const slot of [...this.#held.values()]) {
      if (!slot.tracked || !slot.wanted || slot.state !== 'present') continue;
      slot.state = 'adding';
      slot.deletedMeanwhile = false;
      slot.operation = probe(slot.wanted);
      this.#ask({ operation: slot.operation, slot, probe: true });
    }
  }

  /** A link came, changed or went: what waits for it is asked for, and what may have gone with it, again. */
  linkChanged(name: string): void {
    if (!this.inventory.linkByName(name)?.up) {
      this.#down.add(name);
      return;
    }
    const hanging = [...this.#byDevice.of(name), ...this.#byDevice.of(NO_DEVICE)];
    if (this.#down.delete(name)) this.#assert(hanging);
    else this.claim(hanging.filter(({ state }) => state === 'absent'));
  }

  /** An address came: when it went, the kernel dropped the routes whose source it is without a word. */
  addressPresent(address: string): void {
    this.#assert(this.#bySource.of(address));
  }

  /** An address is gone for a moment, by our own doing, and so are the routes whose source it is: they come with it. */
  addressAway(address: string): void {
    for (const slot of this.#bySource.of(address)) if (slot.state === 'present') slot.state = 'absent';
  }

  /** Of addresses that we added ourselves the answer tells, and nothing else. */
  addressesApplied(results: readonly AddressResult[]): void {
    for (const { operation, errno } of results)
      if (operation.operation === 'add' && errno === undefined)
        this.addressPresent(operation.address.address);
  }

  /** Asks again for routes that should be there, for whatever stands answers that it does, and for what waits. */
  #assert(slots: readonly RoutingSlot[]): void {
    for (const slot of slots)
      if (slot.state === 'present' && slot.line.item === 'route') slot.state = 'absent';
    this.claim(slots.filter(({ state }) => state === 'absent'));
  }

  #gone(slot: RoutingSlot): void {
    if (!slot.tracked) return;
    if (slot.state === 'adding') slot.deletedMeanwhile = true;
    if (slot.state !== 'present') return;
    slot.state = 'absent';
    slot.owner.routingLost(slot);
  }

  #resolve(line: RoutingLine): { readonly value: Wanted } | { readonly waitsFor: string } {
    if (line.item === 'route') {
      const resolved = resolveRoute(line.settings, this.inventory);
      return 'value' in resolved ? { value: { item: 'route', route: resolved.value } } : resolved;
    }
    const resolved = resolveRule(line.settings, this.inventory);
    return 'value' in resolved ? { value: { item: 'rule', rule: resolved.value } } : resolved;
  }

  /** Nobody's any more. */
  #let(slot: RoutingSlot): void {
    const { key } = slot;
    this.#unadded.delete(slot);
    if (key !== undefined) this.#held.delete(key, slot);
    for (const name of placesOf(slot.line)) this.#byDevice.delete(name, slot);
    const source = sourceOf(slot);
    if (source !== undefined) this.#bySource.delete(source, slot);
  }

  /** Another owner has the very same. */
  #isWantedBeside(wanted: Wanted): boolean {
    return this.#held
      .of(keyOfWanted(wanted))
      .some(
        ({ wanted: other, state }) =>
          (state === 'present' || state === 'adding') &&
          other !== undefined &&
          contentOf(other) === contentOf(wanted),
      );
  }

  #isTaken(operation: RoutingOperation): boolean {
    if (!isClearance(operation)) return false;
    for (const { state, wanted } of this.#held.values())
      if ((state === 'present' || state === 'adding') && wanted && clears(operation, wanted)) return true;
    return false;
  }

  #ask(asked: Asked): void {
    const request = this.outbox.routing(asked.operation);
    const known = this.#requests.get(request);
    if (known) known.push(asked);
    else this.#requests.set(request, [asked]);
  }

  #unaddable(slot: RoutingSlot, result: RoutingResult): void {
    slot.state = 'absent';
    const { replaces } = slot;
    slot.replaces = undefined;
    if (replaces) this.#ask({ operation: deletion({ item: 'route', route: replaces }) });
    this.#unadded.add(slot);
    this.#say(slot, 'error', `the kernel refused to add ${slot.text}: ${routingRefusal(result)}; ${AGAIN}`);
    this.#armRetry();
  }

  #undeletable(result: RoutingResult, slot: RoutingSlot | undefined): void {
    const { operation } = result;
    if (slot)
      this.#say(
        slot,
        'error',
        `the kernel refused to delete ${slot.text}: ${routingRefusal(result)}; ${AGAIN}`,
      );
    this.#undeleted.add(operation);
    this.#armRetry();
  }

  #say(slot: RoutingSlot, level: 'error' | 'warning', text: string): void {
    if (slot.said === text) return;
    slot.said = text;
    this.outbox.log(level, `${slot.owner.label} ${text}`);
  }

  #armRetry(): void {
    if (this.deadlines.at(this.#retry) === undefined)
      this.deadlines.arm(this.#retry, after(this.outbox.now, ROUTING_RETRY));
  }

  #askAgain(): void {
    for (const operation of [...this.#undeleted]) {
      // What clears a place would take from it what is wanted there by now: it waits until nothing is.
      if (this.#isTaken(operation)) continue;
      this.#undeleted.delete(operation);
      if (!this.#isWantedBeside(operation)) this.#ask({ operation });
    }
    if (this.#undeleted.size > 0) this.#armRetry();
    const again = [...this.#unadded];
    this.#unadded.clear();
    this.claim(again.filter(({ state }) => state === 'absent'));
  }
}

const AGAIN = `asking again every ${formatDuration(ROUTING_RETRY)}, and saying no more while it stays so`;

const NOBODY: RoutingOwner = { label: '', routingSettled: () => {}, routingLost: () => {} };

const isNothing = ({ routes, rules }: { routes: readonly Family[]; rules: readonly Family[] }): boolean =>
  routes.length + rules.length === 0;

/** Enters whatever else stands in its place, and never a second time. */
const probe = (wanted: Wanted): RoutingOperation =>
  wanted.item === 'rule' ? { ...wanted, verb: 'add' } : { ...wanted, verb: 'append' };

const deletion = (wanted: Wanted): RoutingOperation => ({ ...wanted, verb: 'delete' });

/**
 * Whatever stands in the place of a tracked one and is of Keepalived's protocol, be it as an older configuration had it.
 * Of another protocol, only the very same.
 */
function clearance(wanted: Wanted, tracked: boolean): RoutingOperation {
  if (!tracked) return deletion(wanted);
  if (wanted.item === 'rule') {
    const { family, priority, protocol } = wanted.rule;
    const place = {
      ...(priority === undefined ? {} : { priority }),
      ...(protocol === undefined ? {} : { protocol }),
    };
    return {
      item: 'rule',
      verb: 'delete',
      rule: { family, action: 0, table: 0, invert: false, tos: 0, ...place },
    };
  }
  const { family, table, protocol, scope, tos, destination, from, metric } = wanted.route;
  const place = {
    ...(destination ? { destination } : {}),
    ...(from ? { from } : {}),
    ...(metric === undefined ? {} : { metric }),
  };
  const route: Route = { family, type: 0, table, protocol, scope, tos, flags: 0, ...place };
  return { item: 'route', verb: 'delete', route };
}

const isClearance = (operation: RoutingOperation): boolean =>
  operation.verb === 'delete' &&
  (operation.item === 'route' ? operation.route.type === 0 : operation.rule.action === 0);

/** Whether a clearance may take this. */
function clears(clearing: RoutingOperation, wanted: Wanted): boolean {
  if (clearing.item === 'route')
    return wanted.item === 'route' && routeKey(clearing.route) === routeKey(wanted.route);
  return (
    wanted.item === 'rule' &&
    clearing.rule.family === wanted.rule.family &&
    clearing.rule.priority === wanted.rule.priority
  );
}

const addition = ({ line, replaces }: RoutingSlot, wanted: Wanted): RoutingOperation => {
  if (wanted.item === 'rule' || line.item === 'rule') return { ...wanted, verb: 'add' } as RoutingOperation;
  return { ...wanted, verb: replaces ? 'replace' : line.settings.placement };
};

/** The interfaces on which it hangs; of a route that names none, any. */
function placesOf(line: RoutingLine): readonly string[] {
  if (line.item === 'rule') return interfacesOfRule(line.settings);
  const { vrf } = line.settings;
  const named = [...interfacesOfRoute(line.settings), ...(vrf === undefined ? [] : [vrf])];
  return named.length === 0 ? [NO_DEVICE] : named;
}

const sourceOf = ({ wanted }: RoutingSlot): string | undefined =>
  wanted?.item === 'route' ? wanted.route.source : undefined;
