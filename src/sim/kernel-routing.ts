/**
 * Routes and rules of a router's kernel, as rtnetlink answers for them: the very same is EEXIST, what is not there ESRCH
 * or ENOENT, a route goes with its link (of IPv6 that is told, of IPv4 it is not). Who did what to them is told to those
 * who watch, except to whoever did it.
 */
import type { Family } from '../base/ip-address.js';
import type { Input } from '../core/inputs.js';
import type { Route, RoutingOperation, RoutingResult, Rule } from '../core/net/facts.js';

const ENOENT = 2;
const ESRCH = 3;
const EEXIST = 17;
const ENODEV = 19;
const ENETDOWN = 100;

/** What the rest of the kernel knows. */
export interface KernelAround {
  /** Whether a link is up; undefined: there is none. */
  linkUp(index: number): boolean | undefined;
  /** An errno, where it is to be refused whatever it is; `which` tells apart what may have the same place. */
  refuse(verb: 'add' | 'delete', place: string, which: string): number | undefined;
  /** Something changed; what watchers hear of it. */
  tell(event: Input | undefined): void;
}

/** Where a route or rule has its place. */
export const placeOfRoute = ({ table, destination, metric }: Route): string =>
  `route ${table} ${destination ? `${destination.address}/${destination.length}` : 'default'} ${metric ?? 0}`;
/** A refused one, which another one in its place does not make good. */
export const nameOfRoute = (place: string, via: string | undefined): string =>
  `${place} via ${via ?? 'nobody'}`;
export const placeOfRule = ({ family, priority }: Rule): string => `rule ${family} ${priority ?? 0}`;

export class KernelRouting {
  #routes: Route[] = [];
  #rules: Rule[] = [];
  #watched: { readonly routes: readonly Family[]; readonly rules: readonly Family[] } = NOTHING;

  constructor(readonly around: KernelAround) {}

  get routes(): readonly Route[] {
    return this.#routes;
  }
  get rules(): readonly Rule[] {
    return this.#rules;
  }

  apply(operations: readonly RoutingOperation[]): RoutingResult[] {
    return operations.map((operation) => {
      const errno = operation.item === 'route' ? this.#route(operation) : this.#rule(operation);
      return errno === undefined ? { operation } : { operation, errno };
    });
  }

  #route({ verb, route }: Extract<RoutingOperation, { item: 'route' }>): number | undefined {
    const place = placeOfRoute(route);
    const there = this.#routes.filter((one) => placeOfRoute(one) === place);
    const gone = verb === 'delete' ? there.find((one) => fits(one, route)) : undefined;
    const name = nameOfRoute(place, (gone ?? route).via);
    const refused = this.around.refuse(verb === 'delete' ? 'delete' : 'add', place, name);
    if (refused !== undefined) return refused;
    if (verb === 'delete') {
      if (!gone) return ESRCH;
      this.#routes = this.#routes.filter((one) => one !== gone);
      this.around.tell(undefined);
      return undefined;
    }
    const up = route.interfaceIndex === undefined ? true : this.around.linkUp(route.interfaceIndex);
    if (up === undefined) return ENODEV;
    if (!up) return ENETDOWN;
    const [first] = there;
    if (verb === 'add' && first) return EEXIST;
    if (verb === 'replace' && first) this.#routes = this.#routes.filter((one) => one !== first);
    else if (there.some((one) => same(one, route))) return EEXIST;
    this.#routes = verb === 'append' ? [...this.#routes, route] : [route, ...this.#routes];
    this.around.tell(undefined);
    return undefined;
  }

  #rule({ verb, rule }: Extract<RoutingOperation, { item: 'rule' }>): number | undefined {
    const place = placeOfRule(rule);
    const refused = this.around.refuse(verb, place, place);
    if (refused !== undefined) return refused;
    if (verb === 'add') {
      if (this.#rules.some((one) => same(one, rule))) return EEXIST;
      this.#rules = [...this.#rules, rule];
    } else {
      const gone = this.#rules.find((one) => placeOfRule(one) === place && fits(one, rule));
      if (!gone) return ENOENT;
      this.#rules = this.#rules.filter((one) => one !== gone);
    }
    this.around.tell(undefined);
    return undefined;
  }

  watch(routes: readonly Family[], rules: readonly Family[]): void {
    this.#watched = { routes, rules };
  }
  /** The process is gone. */
  unwatch(): void {
    this.#watched = NOTHING;
  }

  /** A link went down or away, and its routes with it. */
  linkLost(index: number): void {
    const gone = this.#routes.filter(({ interfaceIndex }) => interfaceIndex === index);
    this.#routes = this.#routes.filter((route) => !gone.includes(route));
    for (const route of gone) if (route.family === 'ipv6') this.#tellRoute(route);
  }

  /** Somebody else deletes one. */
  deleteRoute(route: Route): void {
    this.forget(route);
    this.#tellRoute(route);
  }
  /** The same, and the event is lost. */
  forget(route: Route): void {
    this.#routes = this.#routes.filter((one) => one !== route);
  }
  deleteRule(rule: Rule): void {
    this.#rules = this.#rules.filter((one) => one !== rule);
    const heard = this.#watched.rules.includes(rule.family);
    this.around.tell(heard ? { kind: 'rule-gone', rule } : undefined);
  }

  #tellRoute(route: Route): void {
    const heard = this.#watched.routes.includes(route.family);
    this.around.tell(heard ? { kind: 'route-gone', route } : undefined);
  }
}

const NOTHING = { routes: [], rules: [] } as const;

const same = (a: Route | Rule, b: Route | Rule): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A deletion fits all that it does not speak of: no type or action means any. */
function fits(there: Route | Rule, wanted: Route | Rule): boolean {
  const kind = 'type' in wanted ? wanted.type : wanted.action;
  return kind === 0 ? there.protocol === wanted.protocol : same(there, wanted);
}
