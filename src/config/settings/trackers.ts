/** Tracker blocks and the track lists that refer to them. (directives-vrrp sections 4, 5, 9, 10) */
import { seconds, ZERO } from '../../base/time.js';
import type { Report } from '../diagnostics.js';
import type {
  ScriptSettings,
  TrackFileSettings,
  TrackProcessSettings,
  TrackSettings,
  WeightSettings,
} from '../model.js';
import type { TrackEntry } from '../schema/entries.js';
import type { BoundList } from '../schema/row.js';
import { keywordSpan, type Statement } from '../tree.js';
import { Names, type Outline, type RootValues } from './context.js';
import { lackOf, tellLacking } from './lacking.js';

export type ScriptBlock = NonNullable<RootValues['scripts']>[number];
export type FileBlock = NonNullable<RootValues['trackFiles']>[number];
type ProcessBlock = NonNullable<RootValues['trackProcesses']>[number];

export interface Trackers {
  readonly scripts: Names<ScriptBlock>;
  readonly files: Names<FileBlock>;
  readonly processes: Names<ProcessBlock>;
}

export function nameTrackers(top: RootValues, outline: Outline, report: Report): Trackers {
  // A block without what it is about is left out, and so is whatever refers to it.
  const complete = <B extends { readonly statement: Statement; readonly header: string }>(
    kind: string,
    blocks: readonly B[] | undefined,
    needed: (block: B) => unknown,
    keyword: string,
  ): B[] =>
    (blocks ?? []).filter((block) => {
      if (needed(block) !== undefined) return true;
      const message = `${kind} "${block.header}" has no ${keyword}`;
      tellLacking(block.statement, [keyword], lackOf(block.statement, message), report);
      return false;
    });
  const scripts = complete('vrrp_script', top.scripts, (block) => block.values.command, 'script');
  const files = complete('track_file', top.trackFiles, (block) => block.values.file, 'file');
  const processes = complete(
    'vrrp_track_process',
    top.trackProcesses,
    (block) => block.values.process,
    'process',
  );
  return {
    scripts: new Names('vrrp_script', scripts, outline, report),
    files: new Names('track_file', files, outline, report),
    processes: new Names('vrrp_track_process', processes, outline, report),
  };
}

export function buildScript(block: ScriptBlock): ScriptSettings[] {
  const { values, header } = block;
  if (!values.command) return [];
  const interval = values.interval?.value ?? seconds(1);
  const user = values.user?.value;
  return [
    {
      name: header,
      command: { ...values.command.value, ...user },
      interval,
      timeout: values.timeout?.value ?? interval,
      rise: values.rise?.value ?? 1,
      fall: values.fall?.value ?? 1,
      initFail: values.initFail !== undefined,
      ...(values.weight?.value ?? NO_WEIGHT),
    },
  ];
}

export function buildFile(block: FileBlock): TrackFileSettings[] {
  const { values, header } = block;
  if (!values.file) return [];
  return [
    {
      name: header,
      file: values.file.value,
      ...(values.init ? { init: values.init.value } : {}),
      ...(values.weight?.value ?? { weight: 1, reverse: false }),
    },
  ];
}

export function buildProcess(block: ProcessBlock, report: Report): TrackProcessSettings[] {
  const { values, header } = block;
  const [process, ...parameters] = values.process?.value ?? [];
  if (process === undefined) return [];
  const max = values.quorumMax?.value;
  const quorum = max === 0 ? 0 : (values.quorum?.value ?? 1);
  if (max !== undefined && values.quorum && quorum > max) {
    report(
      'settingIgnored',
      keywordSpan(values.quorum.statement),
      `quorum ${quorum} is above quorum_max ${max}`,
    );
  }
  const both = values.delay?.value ?? ZERO;
  const full = parameters.length > 0 || values.fullCommand !== undefined;
  return [
    {
      name: header,
      process,
      parameters,
      match: values.parameterMatch?.value ?? (full ? 'exact' : 'name'),
      quorum: max === undefined ? quorum : Math.min(quorum, max),
      ...(max === undefined ? {} : { quorumMax: max }),
      forkDelay: values.forkDelay?.value ?? both,
      terminateDelay: values.terminateDelay?.value ?? both,
      ...(values.weight?.value ?? NO_WEIGHT),
    },
  ];
}

const NO_WEIGHT: WeightSettings = { weight: 0, reverse: false };

/** Track lists of an instance or a group, names resolved and weights filled in from the tracked block. */
export function buildTracks(
  list: BoundList<TrackEntry> | undefined,
  owner: Statement,
  report: Report,
  inherited: (entry: TrackEntry, at: Statement) => WeightSettings | undefined,
): TrackSettings[] {
  const out: TrackSettings[] = [];
  const seen = new Set<string>();
  if (list && list.entries.length === 0 && (list.statement.children ?? []).length === 0) {
    report('emptyBlock', keywordSpan(list.statement), `${list.statement.keyword} has no entries`);
  }
  for (const { value: entry, statement } of list?.entries ?? []) {
    const base = inherited(entry, statement);
    if (!base) continue;
    if (seen.has(entry.name)) {
      report(
        'duplicateEntry',
        keywordSpan(statement),
        `"${entry.name}" is tracked twice by ${owner.keyword}`,
      );
      continue;
    }
    seen.add(entry.name);
    out.push({
      name: entry.name,
      weight: entry.weight ?? base.weight,
      // Keepalived, too: another weight leaves the direction as it is; noreverse is there for that.
      reverse: entry.reverse ?? base.reverse,
      ...(entry.fastTakeover ? { fastTakeover: true } : {}),
    });
  }
  return out;
}

/** The four lists that instances and groups have in common. */
export function buildAllTracks(
  values: {
    readonly trackInterfaces?: BoundList<TrackEntry>;
    readonly trackScripts?: BoundList<TrackEntry>;
    readonly trackFiles?: BoundList<TrackEntry>;
    readonly trackProcesses?: BoundList<TrackEntry>;
  },
  owner: Statement,
  trackers: Trackers,
  used: Set<Statement>,
  report: Report,
): {
  trackInterfaces: TrackSettings[];
  trackScripts: TrackSettings[];
  trackFiles: TrackSettings[];
  trackProcesses: TrackSettings[];
} {
  const find =
    <V>(
      names: Names<{ readonly header: string; readonly statement: Statement; readonly values: V }>,
      weightOf: (values: V) => WeightSettings,
    ) =>
    (entry: TrackEntry, at: Statement): WeightSettings | undefined => {
      const found = names.resolve(entry.name, keywordSpan(at), owner, true);
      if (!found) return undefined;
      used.add(found.statement);
      return weightOf(found.values);
    };
  return {
    trackInterfaces: buildTracks(values.trackInterfaces, owner, report, () => NO_WEIGHT),
    trackScripts: buildTracks(
      values.trackScripts,
      owner,
      report,
      find(trackers.scripts, (v) => v.weight?.value ?? NO_WEIGHT),
    ),
    trackFiles: buildTracks(
      values.trackFiles,
      owner,
      report,
      find(trackers.files, (v) => v.weight?.value ?? { weight: 1, reverse: false }),
    ),
    trackProcesses: buildTracks(
      values.trackProcesses,
      owner,
      report,
      find(trackers.processes, (v) => v.weight?.value ?? NO_WEIGHT),
    ),
  };
}
