/** What an instance tells of itself when asked: the shape of core/status.ts, worked out from its fields. */
import type { InstanceStatus } from '../status.js';
import type { Instance } from './instance.js';
import { virtualInterfacesOf } from './virtual-interfaces.js';

export function instanceStatus(instance: Instance): InstanceStatus {
  const { settings, state, holds, sourceAddress, group } = instance;
  const { addresses, routing } = instance.holdings.status();
  // INIT is a waiting that people know as FAULT: an unweighted tracker has not reported (directives-vrrp 4).
  const [waiting] = holds.pending;
  const shown = state === 'INIT' && waiting ? 'FAULT' : state;
  const { own } = virtualInterfacesOf(settings);
  const virtualInterface = own && instance.house.virtualLinks.nameOf(own.key);
  const master =
    state === 'MASTER' && sourceAddress !== undefined
      ? { address: sourceAddress, priority: instance.priority, self: true }
      : instance.master && { ...instance.master, self: false };
  return {
    name: settings.name,
    state: shown,
    since: instance.since,
    reason: shown === state || !waiting ? instance.reason : waiting,
    ...(settings.interface === undefined ? {} : { interface: settings.interface }),
    ...(virtualInterface === undefined ? {} : { virtualInterface }),
    virtualRouterId: settings.virtualRouterId,
    family: settings.family,
    version: settings.version,
    basePriority: settings.priority,
    effectivePriority: instance.priority,
    ...(master ? { master } : {}),
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
    ...(group ? { syncGroup: group.name } : {}),
    faults: [...holds.faults, ...(state === 'INIT' || state === 'FAULT' ? holds.pending : [])],
    trackers: instance.trackings.map(({ tracker, settings: { weight, reverse, name } }) => {
      const { add, faulting } = tracker.contribution({ weight, reverse });
      const { kind, state: trackerState, detail } = tracker;
      const shownDetail = detail === undefined ? {} : { detail };
      return { kind, name, state: trackerState, weight, contribution: add, faulting, ...shownDetail };
    }),
    addresses,
    ...(routing.length > 0 ? { routing } : {}),
    counters: { ...instance.counters },
    history: [...instance.news.history],
  };
}
