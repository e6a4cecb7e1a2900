/** vrrp_sync_group to settings, and what its members take over from it. (directives-vrrp section 2) */
import type { InstanceSettings, SyncGroupSettings } from '../model.js';
import { keywordSpan } from '../tree.js';
import type { GlobalValues, Names } from './context.js';
import { type GroupBlock, type InstanceBlock, notifyOf, type Surroundings, trackBfdOf } from './instance.js';
import { lackOf, tellLacking } from './lacking.js';
import { buildAllTracks } from './trackers.js';

/** Whether changes of priority are told: as the instance says, else its group, else global_defs. */
export function withPriorityChanges(
  instance: InstanceSettings,
  block: InstanceBlock,
  group: GroupBlock | undefined,
  defaults: GlobalValues,
): InstanceSettings {
  const said = block.values.notifyPriorityChanges ?? group?.values.notifyPriorityChanges;
  return (said ?? defaults.notifyPriorityChanges)?.value
    ? { ...instance, notifyPriorityChanges: true }
    : instance;
}

/** `claimed` maps instances to the group they already belong to. */
export function buildSyncGroup(
  block: GroupBlock,
  instances: Names<InstanceBlock>,
  claimed: Map<string, GroupBlock>,
  around: Surroundings,
): SyncGroupSettings | undefined {
  const { values, header: name, statement } = block;
  const { report, defaults } = around;
  const members: string[] = [];
  for (const { value: member, statement: at } of values.members?.entries ?? []) {
    if (!instances.resolve(member, keywordSpan(at), statement, false)) continue;
    const owner = claimed.get(member);
    if (owner) {
      report(
        'duplicateEntry',
        keywordSpan(at),
        `instance "${member}" belongs to sync group "${owner.header}" already`,
        {
          related: [{ span: keywordSpan(owner.statement), text: 'that group' }],
        },
      );
      continue;
    }
    claimed.set(member, block);
    members.push(member);
  }
  if (members.length === 0) {
    // Why those that are listed cannot be used has been told.
    if ((values.members?.entries.length ?? 0) === 0) {
      const message = `vrrp_sync_group "${name}" has no members`;
      tellLacking(statement, ['group'], lackOf(statement, message), report);
    }
    return undefined;
  }
  const [list] = values.members ? [values.members.statement] : [];
  if (members.length === 1 && list?.children?.length === 1) {
    report('singleMember', statement.line.span(), `vrrp_sync_group "${name}" has one member only`);
  }
  return {
    name,
    members,
    notify: notifyOf(values),
    ...(values.trackingWeight ? { trackingWeight: true } : {}),
    ...(values.notifyPriorityChanges ? { notifyPriorityChanges: values.notifyPriorityChanges.value } : {}),
    ...(values.notifyUrls ? { notifyUrls: values.notifyUrls.map(({ value }) => value) } : {}),
    smtpAlert: values.smtpAlert?.value ?? defaults.smtpAlertVrrp?.value ?? defaults.smtpAlert?.value ?? false,
    ...buildAllTracks(values, statement, around.trackers, around.used, report),
    ...trackBfdOf(values.trackBfd, statement, around),
  };
}
