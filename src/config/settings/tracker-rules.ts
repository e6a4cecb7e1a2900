/**
 * Which trackers may weigh: not those of an address owner, whose priority never changes, and not those of a
 * member of a sync group, whose instances move together, unless the group asks for it. What goes is told.
 * (runtime reference section 7)
 */
import type { Report } from '../diagnostics.js';
import type { InstanceSettings, SyncGroupSettings, TrackSettings } from '../model.js';
import type { TrackEntry } from '../schema/entries.js';
import type { BoundList } from '../schema/row.js';
import { keywordSpan } from '../tree.js';
import type { GroupBlock, InstanceBlock } from './instance.js';

const OWNER = 255;
/** The weight of a tracked file that says nothing of weights. */
const FILE_DEFAULT = 1;

type Lists = Pick<InstanceSettings, 'trackInterfaces' | 'trackScripts' | 'trackFiles'>;
type Entries = { readonly [K in keyof Lists]?: BoundList<TrackEntry> };
/** What becomes of a weighted tracker: it stays, forces FAULT instead, or goes. */
type Ruling = 'stays' | 'faults' | 'goes';

export function settleInstance(
  instance: InstanceSettings,
  group: GroupBlock | undefined,
  block: InstanceBlock,
  report: Report,
): InstanceSettings {
  const owner = instance.priority === OWNER;
  const bound = group !== undefined && group.values.trackingWeight === undefined;
  if (!owner && !bound) return instance;
  const why = owner
    ? `${instance.name} owns its addresses, so its priority never changes`
    : `${instance.name} belongs to sync group ${group?.header}`;
  return {
    ...instance,
    ...settle(instance, block.values, why, report, (list, weight) => ruling(list, weight, owner)),
    ...unweightedSessions(instance, block.values.trackBfd, why, report),
  };
}

/** BFD sessions with a weight go. */
function unweightedSessions(
  { trackBfd }: InstanceSettings,
  list: BoundList<TrackEntry> | undefined,
  why: string,
  report: Report,
): Pick<InstanceSettings, 'trackBfd'> {
  if (!trackBfd) return {};
  for (const { name, weight } of trackBfd) {
    if (weight === 0) continue;
    const entry = list?.entries.find(({ value }) => value.name === name);
    const message = `"${name}" has weight ${weight}, but ${why}: it is not tracked`;
    report('weightIgnored', entry && keywordSpan(entry.statement), message);
  }
  return { trackBfd: trackBfd.filter(({ weight }) => weight === 0) };
}

function ruling(list: keyof Lists, weight: number, owner: boolean): Ruling {
  if (weight === 0) return 'stays';
  if (list === 'trackInterfaces') return owner ? 'goes' : 'faults';
  if (list === 'trackFiles' && weight === FILE_DEFAULT && !owner) return 'faults';
  return 'goes';
}

/** A group's own trackers weigh only if no member is an owner. */
export function settleGroup(
  group: SyncGroupSettings,
  block: GroupBlock,
  members: readonly InstanceSettings[],
  report: Report,
): SyncGroupSettings {
  const owner = members.find(({ priority }) => priority === OWNER);
  if (!owner) return group;
  const why = `its member ${owner.name} owns its addresses`;
  return {
    ...group,
    ...settle(group, block.values, why, report, (_, weight) => (weight === 0 ? 'stays' : 'faults')),
  };
}

function settle(
  settings: Lists,
  entries: Entries,
  why: string,
  report: Report,
  rule: (list: keyof Lists, weight: number) => Ruling,
): Lists {
  const settled = (list: keyof Lists): TrackSettings[] =>
    settings[list].flatMap((track) => {
      const decided = rule(list, track.weight);
      if (decided === 'stays') return track;
      const entry = entries[list]?.entries.find(({ value }) => value.name === track.name);
      const what = decided === 'goes' ? 'it is not tracked' : 'its failure means FAULT';
      report(
        'weightIgnored',
        entry && keywordSpan(entry.statement),
        `"${track.name}" has weight ${track.weight}, but ${why}: ${what}`,
      );
      return decided === 'goes' ? [] : { ...track, weight: 0 };
    });
  return {
    trackInterfaces: settled('trackInterfaces'),
    trackScripts: settled('trackScripts'),
    trackFiles: settled('trackFiles'),
  };
}
