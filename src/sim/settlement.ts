/**
 * What must hold once everything has healed and time was given (DESIGN section 7, "Eventually"): in every
 * connected part exactly one master, one that the election rules allow; addresses there and nowhere else;
 * priorities, faults and notifications as the world's truth has them. Judged against oracle.ts.
 */
import type { InstanceSettings } from '../config/model.js';
import type { Invariants } from './invariants.js';
import { routingItems } from './judge-routing.js';
import type { Network } from './network.js';
import { groupOf, instanceOf, steadyFault, steadyPriority } from './oracle.js';
import type { Router } from './router.js';
import { statusOf } from './status-of.js';
import { addressesOf, BrokenInvariant, deviceOf, type Watched } from './watched.js';

interface Contender {
  readonly router: Router;
  readonly watched: Watched;
  readonly priority: number;
}

/** Throws BrokenInvariant for the first thing that is not as it must be. */
export function judgeSettlement(
  routers: readonly Router[],
  network: Network,
  invariants: Invariants,
  now: number,
): void {
  for (const router of routers) {
    if (!router.machine)
      throw new BrokenInvariant('settled-runs', now, router.name, 'its daemon does not run');
    for (const watched of invariants.instances(router).values())
      judgeInstance(router, watched, invariants, now);
  }
  const names = new Set(routers.flatMap((r) => r.configuration.instances.map((i) => i.name)));
  for (const name of names) {
    for (const part of partsOf(routers, network, name)) judgeElection(part, name, invariants, now);
  }
}

/** Routers that hear each other on the instance's segment. */
function partsOf(routers: readonly Router[], network: Network, name: string): Router[][] {
  const parts: Router[][] = [];
  for (const router of routers) {
    const settings = instanceOf(router.configuration, name);
    const link = router.kernel.linkOf(settings?.interface ?? '');
    const segment = link && router.kernel.segmentOf(link.index);
    const part = parts.find(
      ([first]) => segment && first && network.connected(segment, first.router, router.router),
    );
    if (part) part.push(router);
    else parts.push([router]);
  }
  return parts;
}

/** What holds an instance in FAULT, its sync group's members included. */
export function faultOf(router: Router, settings: InstanceSettings): string | undefined {
  const group = groupOf(router.configuration, settings.name);
  for (const name of group?.members ?? [settings.name]) {
    const member = instanceOf(router.configuration, name);
    const fault = member && steadyFault(router, member);
    if (fault !== undefined) return `${name}: ${fault}`;
  }
  return undefined;
}

function judgeInstance(router: Router, watched: Watched, invariants: Invariants, now: number): void {
  const { settings, state } = watched;
  const who = `${router.name} ${settings.name}`;
  const broken = (invariant: string, detail: string): never => {
    throw new BrokenInvariant(invariant, now, who, detail);
  };
  const fault = faultOf(router, settings);
  if ((state === 'FAULT') !== (fault !== undefined))
    broken('settled-faults', `${state} although ${fault ?? 'nothing holds it in FAULT'}`);
  if (state === 'FAULT' && statusOf(router, settings.name)?.master)
    broken('master-known', 'claims to know a master while it is in FAULT');
  if (state === 'INIT') broken('settled-faults', 'never left INIT');
  const priority = steadyPriority(router, settings);
  // An owner that had to yield to another one keeps 254 while that one advertises.
  const yielded = state === 'BACKUP' && watched.yieldedTo !== undefined && watched.priority === 254;
  if (state !== 'FAULT' && watched.priority !== priority && !yielded)
    broken('settled-priority', `effective priority ${watched.priority}, truth asks for ${priority}`);
  for (const address of addressesOf(watched)) {
    const there = router.kernel.hasAddress(deviceOf(watched, address), address.address);
    if (there !== (state === 'MASTER'))
      broken('settled-addresses', `${state} ${there ? 'holds' : 'lacks'} ${address.address}`);
  }
  for (const { place, noTrack, there } of routingItems(router.kernel, settings))
    if (there !== (state === 'MASTER') && (there || !noTrack))
      broken('settled-routing', `${state} ${there ? 'has' : 'lacks'} ${place}`);
  if (settings.notify.any) {
    const { last, owed } = invariants.notifyOf(router)?.outcome('INSTANCE', settings.name) ?? {
      last: state,
      owed: 0,
    };
    if (last !== state || owed > 0)
      broken('settled-notify', `last notified ${last}, ${owed} owed, is ${state}`);
  }
  const group = watched.group;
  if (group?.notify.any && group.members[0] === settings.name) {
    const { last, owed } = invariants.notifyOf(router)?.outcome('GROUP', group.name) ?? {
      last: state,
      owed: 0,
    };
    if (last !== state || owed > 0)
      broken('settled-notify', `group last notified ${last}, ${owed} owed, is ${state}`);
  }
}

/** Whether another member of its sync group has a router as good somewhere, which the whole group then waits for. */
function waitsForGroup({ router, watched }: Contender, name: string, part: readonly Router[]): boolean {
  return (watched.group?.members ?? []).some((member) => {
    const own = instanceOf(router.configuration, member);
    if (member === name || !own) return false;
    return part.some((other) => {
      const theirs = instanceOf(other.configuration, member);
      if (other === router || !theirs || faultOf(other, theirs) !== undefined) return false;
      return steadyPriority(other, theirs) >= steadyPriority(router, own);
    });
  });
}

function judgeElection(part: readonly Router[], name: string, invariants: Invariants, now: number): void {
  const contenders: Contender[] = [];
  for (const router of part) {
    const watched = invariants.instances(router).get(name);
    if (!watched || faultOf(router, watched.settings) !== undefined) continue;
    contenders.push({ router, watched, priority: steadyPriority(router, watched.settings) });
  }
  const masters = contenders.filter(({ watched }) => watched.state === 'MASTER');
  const where = `${name} among ${part.map((r) => r.name).join(',')}`;
  if (contenders.length === 0) return;
  const [master] = masters;
  if (!master || masters.length > 1) {
    const list = masters.map(({ router, priority }) => `${router.name}(${priority})`).join(', ') || 'nobody';
    throw new BrokenInvariant('one-master', now, where, `${list} is MASTER`);
  }
  // A better router that may preempt must have done so; equals leave whoever is there alone.
  const better = contenders.find(
    (c) => c.priority > master.priority && c.watched.settings.preempt && !waitsForGroup(c, name, part),
  );
  if (better)
    throw new BrokenInvariant(
      'right-master',
      now,
      where,
      `${master.router.name}(${master.priority}) is MASTER although ${better.router.name}(${better.priority}) preempts`,
    );
  for (const { router, watched, priority } of contenders) {
    // Who waits for its sync group obeys nobody who is worse, and so learns of nobody.
    if (watched.settings.preempt && priority > master.priority) continue;
    const known = statusOf(router, watched.settings.name)?.master?.address ?? 'nobody';
    const { source } = master.watched;
    if (router.machine && source !== undefined && known !== source)
      throw new BrokenInvariant(
        'master-known',
        now,
        `${router.name} ${name}`,
        `knows ${known} as master, it is ${source}`,
      );
  }
}
