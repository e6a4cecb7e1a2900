/**
 * What the kernel's refusal of a route or rule means, and what helps. Which refusals only say that all is as it should
 * be is decided here as well. asm-generic/errno.h; net/ipv4/fib_semantics.c and net/ipv6/route.c give the reasons.
 */
import type { RoutingResult } from './facts.js';

const ENOENT = 2;
const ESRCH = 3;
const EEXIST = 17;
const ENODEV = 19;

/** The very same stands there already, or is gone already. */
export function isRoutingHarmless({ operation, errno }: RoutingResult): boolean {
  if (operation.verb === 'delete') return errno === ESRCH || errno === ENOENT || errno === ENODEV;
  // Where only the first of its kind may enter, the one that stands there is another one: ours was deleted before.
  return errno === EEXIST && !(operation.item === 'route' && operation.verb === 'add');
}

const MEANINGS: ReadonlyMap<number, string> = new Map([
  [1, 'not permitted: CAP_NET_ADMIN is needed'],
  [13, 'permission denied: is IPv6 disabled on the interface?'],
  [EEXIST, 'another route with its destination and metric stands there; without "add" ours comes before it'],
  [ENODEV, 'there is no such interface'],
  [
    22,
    'invalid: look at its source address, which must be one of this machine, at its scope and at host bits',
  ],
  [92, 'this kernel does not know an option of it'],
  [95, 'this kernel lacks what it asks for'],
  [97, 'this kernel lacks the address family, or rules of it'],
  [100, 'its interface is down'],
  [101, 'its gateway is on no network of this machine: add its address, or onlink'],
  [113, 'its gateway cannot be reached'],
]);

/** errno, the kernel's own sentence where it has one, and the meaning. */
export function routingRefusal({ errno = 0, text }: RoutingResult): string {
  const meaning = MEANINGS.get(errno);
  return [`errno ${errno}`, text === undefined ? undefined : `"${text}"`, meaning]
    .filter((part) => part !== undefined)
    .join(', ');
}
