/**
 * Routes and rules of instances, and what no instance moves: static items, groups of announcements, delays, link
 * polling. (directives-vrrp sections 3, 7, 8; directives-global section 2)
 */
import { ZERO } from '../../base/time.js';
import type { Report } from '../diagnostics.js';
import type { Configuration, GarpGroupSettings } from '../model.js';
import type { RouteSettings, RuleSettings } from '../model-net.js';
import type { Bound, BoundList } from '../schema/row.js';
import { keywordSpan, type Statement } from '../tree.js';
import { Names, type Outline, type RootValues } from './context.js';
import type { InstanceBlock, Surroundings } from './instance.js';
import { lackOf, tellLacking } from './lacking.js';
import { numberedRoute, numberedRule } from './routing-ids.js';

/** What is tracked carries Keepalived's own protocol number, so another one is not possible. */
function owned<T extends { readonly noTrack: boolean; readonly protocol?: number | string }>(
  value: T,
  statement: Statement,
  report: Report,
): T {
  const { protocol, ...rest } = value;
  if (protocol === undefined || value.noTrack || protocol === 18 || protocol === 'keepalived') return value;
  const message = `protocol ${protocol} is ignored: what is tracked carries Keepalived's own`;
  report('settingIgnored', statement.line.span(), message, { remedy: 'Remove it, or add no_track.' });
  return rest as T;
}

type RoutingSurroundings = Pick<Surroundings, 'names' | 'preferences' | 'report'>;

export const routesOf = (
  list: BoundList<RouteSettings> | undefined,
  { names, report }: RoutingSurroundings,
): RouteSettings[] =>
  (list?.entries ?? []).flatMap(
    ({ value, statement }) => numberedRoute(owned(value, statement, report), statement, names, report) ?? [],
  );

export const rulesOf = (
  list: BoundList<RuleSettings> | undefined,
  { names, preferences, report }: RoutingSurroundings,
): RuleSettings[] =>
  (list?.entries ?? []).flatMap(({ value, statement }) => {
    const preference = preferences.get(statement);
    const placed = preference === undefined ? value : { ...value, preference };
    return numberedRule(owned(placed, statement, report), statement, names, report) ?? [];
  });

type Found = Pick<Configuration, 'statics' | 'garpGroups' | 'interfaceDelays' | 'linkbeatInterfaces'>;

export function buildStatics(
  top: RootValues,
  instances: { readonly built: ReadonlyMap<string, unknown>; readonly named: Names<InstanceBlock> },
  outline: Outline,
  around: Surroundings,
): Found {
  const { globals, report } = around;
  const { staticAddresses, staticRoutes, staticRules, trackGroups, interfaceDelays, linkbeatInterfaces } =
    top;
  const groups = new Names('track_group', trackGroups, outline, report);
  const named = [...groups.all].flatMap(({ header: name, values, statement }) => {
    const members = (values.members?.entries ?? []).flatMap(({ value, statement: at }) => {
      instances.named.resolve(value, keywordSpan(at), statement, false);
      return instances.built.has(value) ? value : [];
    });
    if (members.length > 0) return { name, members };
    if ((values.members?.entries.length ?? 0) === 0) {
      const message = `track_group "${name}" has no members`;
      tellLacking(statement, ['group'], lackOf(statement, message), report);
    }
    return [];
  });
  /** The item, without a group that is unknown, comes later or has nothing to watch. */
  const grouped = <T extends { readonly trackGroup?: string }>(
    list: BoundList<T> | undefined,
    device: (value: T) => string | undefined,
  ): T[] =>
    (list?.entries ?? []).map(({ value, statement }: Bound<T>) => {
      const { trackGroup, ...rest } = value;
      if (trackGroup === undefined) return value;
      const group = list && groups.resolve(trackGroup, statement.line.span(), list.statement, true);
      if (group && device(value) !== undefined) return value;
      if (group)
        report(
          'trackGroupUseless',
          statement.line.span(),
          `track_group ${trackGroup} has no interface to watch here`,
        );
      return rest as T;
    });
  const usual = globals.defaultInterface;
  const addresses = grouped(staticAddresses, ({ device }) => device ?? usual).map((address) => ({
    ...address,
    device: address.device ?? usual,
  }));
  const routes = routesOf(
    withEntries(
      staticRoutes,
      grouped(staticRoutes, ({ device }) => device),
    ),
    around,
  );
  const rules = rulesOf(
    withEntries(
      staticRules,
      grouped(staticRules, ({ inputInterface }) => inputInterface),
    ),
    around,
  );
  const garpGroups = buildGarpGroups(top, report);
  const any = addresses.length + routes.length + rules.length + named.length > 0;
  return {
    ...(any ? { statics: { addresses, routes, rules, trackGroups: named } } : {}),
    ...(garpGroups.length > 0 ? { garpGroups } : {}),
    ...(interfaceDelays ? { interfaceDelays: interfaceDelays.entries.map(({ value }) => value) } : {}),
    ...(linkbeatInterfaces
      ? { linkbeatInterfaces: linkbeatInterfaces.entries.map(({ value }) => value) }
      : {}),
  };
}

const withEntries = <T>(list: BoundList<T> | undefined, values: readonly T[]): BoundList<T> | undefined =>
  list && {
    ...list,
    entries: list.entries.flatMap((entry, i) => {
      const value = values[i];
      return value === undefined ? [] : [{ ...entry, value }];
    }),
  };

function buildGarpGroups(top: RootValues, report: Report): GarpGroupSettings[] {
  const taken = new Set<string>();
  return (top.garpGroups ?? []).flatMap(({ values, statement }) => {
    const { garpInterval, gnaInterval, interface: single, interfaces } = values;
    const wanted = [...(single ? [single] : []), ...(interfaces?.entries ?? [])];
    const mine = wanted.flatMap(({ value, statement: at }) => {
      if (!taken.has(value)) {
        taken.add(value);
        return value;
      }
      report('garpInterface', keywordSpan(at), `${value} belongs to a garp_group already`);
      return [];
    });
    if (!garpInterval && !gnaInterval) {
      report(
        'garpInterface',
        keywordSpan(statement),
        'this garp_group has neither garp_interval nor gna_interval',
      );
      return [];
    }
    return {
      garpInterval: garpInterval?.value ?? ZERO,
      gnaInterval: gnaInterval?.value ?? ZERO,
      interfaces: mine,
    };
  });
}
