/** Several instances look at their facts again at once. What each makes of them is decided by itself and its group. */
import { NO_HOLDS } from './holds.js';
import type { Instance } from './instance.js';
import type { SyncGroup } from './sync-group.js';

/** Facts are read for all first, so that no group judges by a member that has not looked yet. */
export function evaluateAll(instances: Iterable<Instance>): void {
  const all = [...instances];
  for (const instance of all) instance.measure();
  const settled = new Set<SyncGroup>();
  for (const instance of all) {
    const { group } = instance;
    if (!group) instance.settle(NO_HOLDS);
    else if (!settled.has(group)) {
      settled.add(group);
      group.settle();
    }
  }
}
