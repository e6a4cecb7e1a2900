/**
 * Which route or rule in the kernel is the one that was asked for. The kernel adds what was not said (an interface, a
 * metric, a mask), so a wish and what stands for it are compared by what tells routes and rules apart, not by all that
 * they have. Pure.
 */
import type { RouteNexthop } from '../../wire/netlink/routing.js';
import type { Route, Rule } from './facts.js';

/** IP6_RT_PRIO_USER: what IPv6 takes where no metric is said. */
const USUAL_IPV6_METRIC = 1024;
const WHOLE_MASK = 0xffff_ffff;

/** Routes with equal keys stand beside each other in the kernel, in an order of their own. */
export function routeKey({ family, table, destination, from, tos, metric }: Route): string {
  const usual = family === 'ipv6' ? USUAL_IPV6_METRIC : 0;
  const prefix = destination ? `${destination.address}/${destination.length}` : 'default';
  const source = from ? `${from.address}/${from.length}` : '';
  return [family, table, prefix, source, tos, metric || usual].join(' ');
}

/** Whether `seen`, told by the kernel, is `wanted` or, of IPv6, one of its ways. */
export function isSameRoute(wanted: Route, seen: Route): boolean {
  if (wanted.type !== seen.type || wanted.protocol !== seen.protocol) return false;
  if (routeKey(wanted) !== routeKey(seen)) return false;
  const theirs = waysOf(seen);
  return waysOf(wanted).some((way) => theirs.some((other) => isSameWay(way, other)));
}

type Way = Pick<RouteNexthop, 'via' | 'interfaceIndex'>;

const waysOf = ({ nexthops, via, interfaceIndex }: Route): readonly Way[] =>
  nexthops ?? [
    {
      ...(via === undefined ? {} : { via }),
      ...(interfaceIndex === undefined ? {} : { interfaceIndex }),
    },
  ];

const isSameWay = (wanted: Way, seen: Way): boolean =>
  wanted.via === seen.via &&
  (wanted.interfaceIndex === undefined || wanted.interfaceIndex === seen.interfaceIndex);

/** The kernel has no two rules that are alike: what tells them apart is all that they say. */
export function ruleKey(rule: Rule): string {
  const { fwmark, fwmask, protocol, table, action, l3mdev, ...rest } = rule;
  const marks = fwmark || fwmask !== undefined ? [fwmark ?? 0, fwmask ?? WHOLE_MASK] : [];
  const sorted = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([action, table, protocol ?? 0, l3mdev ?? false, marks, sorted]);
}
