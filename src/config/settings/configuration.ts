/** The whole model from the bound outermost level. Checks that need several blocks are cross-check.ts's. */
import type { Report } from '../diagnostics.js';
import type { Configuration, GlobalSettings } from '../model.js';
import type { VirtualServerSettings } from '../model-lvs.js';
import { type NameFiles, RoutingNames } from '../routing-names.js';
import type { ConfigReader } from '../source.js';
import { argumentSpan, keywordSpan, type Statement } from '../tree.js';
import { buildBalancer } from './balancer.js';
import { buildBfdInstance, nameSessions } from './bfd.js';
import { type Named, Names, Outline, type RootValues } from './context.js';
import { buildGlobals } from './globals.js';
import { buildInstance, type GroupBlock, type InstanceBlock, type Surroundings } from './instance.js';
import { Mentions } from './mentions.js';
import { missingPreferences } from './routing-ids.js';
import { nameScriptUser } from './script-user.js';
import { buildStatics } from './statics.js';
import { buildSyncGroup, withPriorityChanges } from './sync-group.js';
import { settleGroup, settleInstance } from './tracker-rules.js';
import { buildFile, buildProcess, buildScript, nameTrackers, type ScriptBlock } from './trackers.js';

export interface Built {
  readonly configuration: Configuration;
  /** The blocks behind the settings, for checks that point at lines. */
  readonly instances: ReadonlyMap<string, InstanceBlock>;
  readonly groups: ReadonlyMap<string, GroupBlock>;
  readonly scripts: ReadonlyMap<string, ScriptBlock>;
  readonly services: ReadonlyMap<Statement, VirtualServerSettings>;
}

/** `read` is for files that hold keys. */
function namesOf(top: RootValues, nameFiles: NameFiles | undefined): RoutingNames {
  const { iprouteUsrDir, iprouteEtcDir } = top.globals?.values ?? {};
  const directories = {
    ...(iprouteUsrDir ? { usr: iprouteUsrDir.value } : {}),
    ...(iprouteEtcDir ? { etc: iprouteEtcDir.value } : {}),
  };
  return new RoutingNames(nameFiles?.(directories));
}

export function buildConfiguration(
  top: RootValues,
  tree: Statement,
  hash: string,
  read: ConfigReader['read'],
  report: Report,
  nameFiles?: NameFiles,
): Built {
  const outline = new Outline(tree);
  const globals = buildGlobals(top, report);
  const trackers = nameTrackers(top, outline, report);
  const sessions = nameSessions(top, outline, report);
  const used = new Set<Statement>();
  const around: Surroundings = {
    globals,
    defaults: top.globals?.values ?? {},
    trackers,
    sessions,
    used,
    read,
    names: namesOf(top, nameFiles),
    preferences: missingPreferences(top),
    report,
  };
  const named = new Names('vrrp_instance', top.instances, outline, report);
  const blocks = new Map<string, InstanceBlock>();
  const instances = [...named.all].flatMap((block) => {
    const settings = buildInstance(block, around);
    if (settings) blocks.set(block.header, block);
    return settings ?? [];
  });
  const groupNames = new Names('vrrp_sync_group', top.syncGroups, outline, report);
  const claimed = new Map<string, GroupBlock>();
  const groups = new Map<string, GroupBlock>();
  const syncGroups = [...groupNames.all].flatMap((block) => {
    const settings = buildSyncGroup(block, named, claimed, around);
    if (settings) groups.set(block.header, block);
    return settings
      ? [{ ...settings, members: settings.members.filter((member) => blocks.has(member)) }]
      : [];
  });
  const byName = new Map(instances.map((instance) => [instance.name, instance]));
  const settled = instances.flatMap((instance) => {
    const block = blocks.get(instance.name);
    if (!block) return [];
    const group = claimed.get(instance.name);
    return withPriorityChanges(settleInstance(instance, group, block, report), block, group, around.defaults);
  });
  const settledGroups = syncGroups.map((group) => {
    const block = groups.get(group.name);
    const members = group.members.flatMap((member) => byName.get(member) ?? []);
    return block ? settleGroup(group, block, members, report) : group;
  });
  const balancer = buildBalancer(top, {
    defaults: around.defaults,
    files: trackers.files,
    sessions,
    used,
    outline,
    report,
  });
  const statics = buildStatics(top, { built: blocks, named }, outline, around);
  const mentions = new Mentions(tree);
  const isUsed =
    (names: Names<Named>) =>
    ({ header, statement }: Named): boolean => {
      if (used.has(statement)) return true;
      if (!mentions.has(names, header))
        report('unused', keywordSpan(statement), `${statement.keyword} "${header}" is not used by anything`);
      return false;
    };
  const { scripts, files, processes } = trackers;
  return {
    configuration: nameScriptUser({
      globals: withSyncDaemon(globals, top, named, blocks),
      scripts: [...scripts.all].filter(isUsed(scripts)).flatMap(buildScript),
      trackFiles: [...files.all].filter(isUsed(files)).flatMap(buildFile),
      trackProcesses: [...processes.all]
        .filter(isUsed(processes))
        .flatMap((block) => buildProcess(block, report)),
      instances: settled,
      syncGroups: settledGroups,
      bfdInstances: [...sessions.all].flatMap((block) => buildBfdInstance(block, report)),
      ...balancer.settings,
      ...statics,
      hash,
    }),
    instances: blocks,
    groups,
    services: balancer.services,
    scripts: new Map([...scripts.all].map((block) => [block.header, block])),
  };
}

/**
 * The sync daemon, without one that follows an instance which is not there: Keepalived drops it, too.
 *
 * `lvs_sync_daemon_interface` is the old way to say what `lvs_sync_daemon` says. The first one counts. Its id is 0, as
 * Keepalived 2.2.7 has it, and not the instance's: directors synchronise with those of the same id only.
 */
function withSyncDaemon(
  globals: GlobalSettings,
  top: RootValues,
  named: Names<InstanceBlock>,
  built: ReadonlyMap<string, InstanceBlock>,
): GlobalSettings {
  const { lvsSyncDaemon, ...others } = globals;
  if (lvsSyncDaemon) {
    const { instance } = lvsSyncDaemon;
    const written = top.globals?.values.lvsSyncDaemon?.statement;
    if (instance === undefined || !written) return globals;
    named.resolve(instance, argumentSpan(written), written, false);
    return built.has(instance) ? globals : others;
  }
  for (const [instance, { values }] of built) {
    const device = values.syncDaemonInterface?.value;
    if (device !== undefined) return { ...globals, lvsSyncDaemon: { interface: device, instance, id: 0 } };
  }
  return globals;
}
