/**
 * What a new configuration changes, instance by instance, with the why: pure, so that a reload can be shown before
 * it is done. Identity is what the neighbours see (runtime reference section 5): number, family, interface, and
 * multicast group or unicast source; the name does not matter. How the plan is carried out is decided in the
 * engine.
 */
import { type Duration, formatDuration } from '../../base/time.js';
import type { Configuration, GlobalSettings, InstanceSettings } from '../../config/model.js';
import type { StaticSettings } from '../../config/model-net.js';
import { showAddressEntry } from '../../config/schema/entries.js';
import { showRoute } from '../../config/schema/routes.js';
import { showRule } from '../../config/schema/rules.js';

export interface InstanceChange {
  readonly before: InstanceSettings;
  readonly after: InstanceSettings;
  /** `priority 100 -> 110`, in the order of the settings; empty: nothing of the instance itself changed. */
  readonly why: readonly string[];
}

export interface ReloadPlan {
  /** In the order of the new configuration. */
  readonly kept: readonly InstanceChange[];
  readonly changed: readonly InstanceChange[];
  readonly added: readonly { readonly after: InstanceSettings; readonly why: string }[];
  /** In the order of the old one. */
  readonly removed: readonly { readonly before: InstanceSettings; readonly why: string }[];
  /** Sync groups and trackers that differ, each as one line. */
  readonly others: readonly string[];
}

/** What makes two blocks the same virtual router. */
export function identityOf(settings: InstanceSettings): string {
  const unicast = settings.unicastPeers.length > 0;
  const transport = unicast
    ? `unicast ${settings.sourceAddress ?? ''}`
    : `multicast ${settings.multicastGroup}`;
  const { family, interface: name = '', ipvlan, virtualMac, virtualRouterId } = settings;
  const mac = virtualMac ? `/vmac${virtualMac.transmitBase ? ' on its base' : ''}` : ipvlan ? '/ipvlan' : '';
  return `${virtualRouterId}/${family}/${name}/${transport}${mac}`;
}

/** Unicast instances may share an identity when their peers differ: then their order tells them apart. */
function byIdentity(instances: readonly InstanceSettings[]): Map<string, InstanceSettings> {
  const found = new Map<string, InstanceSettings>();
  for (const settings of instances) {
    let nth = 1;
    while (found.has(`${identityOf(settings)} ${nth}`)) nth++;
    found.set(`${identityOf(settings)} ${nth}`, settings);
  }
  return found;
}

export function diffConfigurations(before: Configuration, after: Configuration): ReloadPlan {
  const old = byIdentity(before.instances);
  const oldNames = new Map(before.instances.map((settings) => [settings.name, settings]));
  const newNames = new Map(after.instances.map((settings) => [settings.name, settings]));
  const kept: InstanceChange[] = [];
  const changed: InstanceChange[] = [];
  const added: { after: InstanceSettings; why: string }[] = [];
  for (const [identity, settings] of byIdentity(after.instances)) {
    const known = old.get(identity);
    if (!known) {
      const namesake = oldNames.get(settings.name);
      added.push({ after: settings, why: namesake ? otherIdentity(namesake, settings) : 'new' });
      continue;
    }
    old.delete(identity);
    const why = differences(known, settings);
    (why.length === 0 ? kept : changed).push({ before: known, after: settings, why });
  }
  const removed = [...old.values()].map((settings) => {
    const namesake = newNames.get(settings.name);
    const why = namesake ? otherIdentity(settings, namesake) : 'no longer configured';
    return { before: settings, why };
  });
  const others = [...globalDifferences(before, after), ...otherDifferences(before, after)];
  return { kept, changed, added, removed, others };
}

/** The names that virtual routers have from now on, by those that they had. */
export const renamesOf = ({ kept, changed }: ReloadPlan): ReadonlyMap<string, string> =>
  new Map(
    [...kept, ...changed]
      .filter(({ before, after }) => before.name !== after.name)
      .map(({ before, after }) => [before.name, after.name]),
  );

/** Names of virtual routers that are gone, and not another one's now. */
export function vanishedIn({ removed, added }: ReloadPlan): string[] {
  const names = new Set(added.map(({ after }) => after.name));
  return removed.map(({ before }) => before.name).filter((name) => !names.has(name));
}

/** One line per entry, for the log. */
export function describePlan(plan: ReloadPlan): string[] {
  const lines: string[] = [];
  for (const { before, why } of plan.removed) lines.push(`removed ${before.name}: ${why}`);
  for (const { after, why } of plan.added) lines.push(`added ${after.name}: ${why}`);
  for (const { after, why } of plan.changed) lines.push(`changed ${after.name}: ${why.join('; ')}`);
  lines.push(...plan.others);
  if (plan.kept.length > 0) lines.push(`kept ${plan.kept.map(({ after }) => after.name).join(', ')}`);
  return lines;
}

function otherIdentity(before: InstanceSettings, after: InstanceSettings): string {
  return `another virtual router than before (${identityOf(before)} -> ${identityOf(after)})`;
}

/** Secrets never reach a log line. */
const SECRET: readonly (keyof GlobalSettings)[] = ['smtpAuth', 'notifyUrls'];
const MASKED: readonly (keyof InstanceSettings)[] = ['authentication', 'hmac', 'notifyUrls'];

function differences(before: InstanceSettings, after: InstanceSettings): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof InstanceSettings>;
  const lines: string[] = [];
  for (const key of keys) {
    if (same(before[key], after[key])) continue;
    const list = LISTS[key];
    if (list) lines.push(`${list} ${listDifference(textsOf(before, key), textsOf(after, key))}`);
    else if (MASKED.includes(key)) lines.push(`${key} differs`);
    else lines.push(`${key} ${show(before[key], key)} -> ${show(after[key], key)}`);
  }
  return lines;
}

/** Lists of which only the lines that differ are shown, by their keywords. */
const LISTS: Partial<Record<keyof InstanceSettings, string>> = {
  virtualRoutes: 'virtual_routes',
  virtualRules: 'virtual_rules',
};

const textsOf = (settings: InstanceSettings, key: keyof InstanceSettings): string[] =>
  key === 'virtualRoutes'
    ? (settings.virtualRoutes ?? []).map(showRoute)
    : (settings.virtualRules ?? []).map(showRule);

/** `without X; with Y` */
function listDifference(before: readonly string[], after: readonly string[]): string {
  const [gone, come] = [
    before.filter((one) => !after.includes(one)),
    after.filter((one) => !before.includes(one)),
  ];
  if (gone.length + come.length === 0) return 'in another order';
  const part = (word: string, all: readonly string[]): string[] =>
    all.length === 0 ? [] : [`${word} ${all.map(shorten).join(', ')}`];
  return [...part('without', gone), ...part('with', come)].join(', ');
}

/** What global_defs and the outermost level say: what instances take over from there shows at them, too. */
function globalDifferences({ globals: before }: Configuration, { globals: after }: Configuration): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof GlobalSettings>;
  const lines = [...keys]
    .filter((key) => !same(before[key], after[key]))
    .map((key) =>
      SECRET.includes(key)
        ? `${key} differs`
        : `${key} ${show(before[key], key)} -> ${show(after[key], key)}`,
    );
  return lines.length === 0 ? [] : [`changed global settings: ${lines.join('; ')}`];
}

function otherDifferences(before: Configuration, after: Configuration): string[] {
  return [
    ...named('sync group', before.syncGroups, after.syncGroups),
    ...named('script', before.scripts, after.scripts),
    ...named('track file', before.trackFiles, after.trackFiles),
    ...staticDifferences(before.statics, after.statics),
    ...named('track process', before.trackProcesses, after.trackProcesses),
    ...named('BFD session', before.bfdInstances, after.bfdInstances),
  ];
}

function staticDifferences(
  before: StaticSettings = NOTHING_STATIC,
  after: StaticSettings = NOTHING_STATIC,
): string[] {
  const lists = [
    ['static_ipaddress', before.addresses.map(showAddressEntry), after.addresses.map(showAddressEntry)],
    ['static_routes', before.routes.map(showRoute), after.routes.map(showRoute)],
    ['static_rules', before.rules.map(showRule), after.rules.map(showRule)],
  ] as const;
  return [
    ...lists.flatMap(([keyword, old, now]) =>
      same(old, now) ? [] : `${keyword} ${listDifference(old, now)}`,
    ),
    ...named('track group', before.trackGroups, after.trackGroups),
  ];
}

const NOTHING_STATIC: StaticSettings = { addresses: [], routes: [], rules: [], trackGroups: [] };

function named(
  kind: string,
  before: readonly { readonly name: string }[],
  after: readonly { readonly name: string }[],
): string[] {
  const old = new Map(before.map((settings) => [settings.name, settings]));
  const lines: string[] = [];
  for (const settings of after) {
    const known = old.get(settings.name);
    old.delete(settings.name);
    if (!known) lines.push(`added ${kind} ${settings.name}`);
    else if (!same(known, settings)) lines.push(`changed ${kind} ${settings.name}`);
  }
  for (const name of old.keys()) lines.push(`removed ${kind} ${name}`);
  return lines;
}

/** Characters of a value that a line of the plan shows. */
const SHOWN_VALUE = 60;

/** Settings whose numbers are microseconds. */
const DURATIONS = /(Delay|Interval|Timeout|AfterBoot|WaitTime)$/;

const show = (value: unknown, key: string): string => {
  if (typeof value === 'number' && DURATIONS.test(key)) return formatDuration(value as Duration);
  return shorten(value === undefined ? '(none)' : typeof value === 'string' ? value : JSON.stringify(value));
};
const shorten = (text: string): string =>
  text.length > SHOWN_VALUE ? `${text.slice(0, SHOWN_VALUE)}...` : text;

/** Settings are plain data; binding always writes their keys in the same order. */
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
