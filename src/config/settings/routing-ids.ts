/**
 * Numbers for the names in routes and rules, and preferences for rules that have none. A name that no file of this
 * machine has drops its line; where the machine is not known, names stay. (directives-vrrp sections 7 and 8)
 */
import type { Report } from '../diagnostics.js';
import type { Id, Realms, RouteSettings, RuleSettings } from '../model-net.js';
import { KIND_WORDS, NAME_FILES, type NameKind, type RoutingNames } from '../routing-names.js';
import type { BoundList } from '../schema/row.js';
import { nearest } from '../suggest.js';
import type { Statement } from '../tree.js';
import type { RootValues } from './context.js';

/** A name that is not known, told at its line. */
class Unknown {
  found = false;

  constructor(
    readonly names: RoutingNames,
    readonly statement: Statement,
    readonly report: Report,
  ) {}

  id<V extends Id | undefined>(kind: NameKind, value: V): V | number {
    if (typeof value !== 'string') return value;
    const number = this.names.find(kind, value);
    if (number !== undefined) return number;
    if (!this.names.read) return value;
    this.found = true;
    const message = `there is no ${KIND_WORDS[kind]} named "${value}"`;
    const near = nearest(value, this.names.all(kind).keys());
    const file = kind === 'ipProtocol' ? '/etc/protocols' : NAME_FILES[kind];
    this.report('routingNameUnknown', this.statement.line.span(), message, {
      remedy:
        near === undefined
          ? `Write its number, or add the name to ${file}.`
          : `Did you mean ${near}? Otherwise write its number, or add the name to ${file}.`,
    });
    return value;
  }

  realms(realms: Realms | undefined): { readonly realms?: Realms } {
    if (!realms) return {};
    const { source, destination } = realms;
    return {
      realms: {
        ...(source === undefined ? {} : { source: this.id('realm', source) }),
        destination: this.id('realm', destination),
      },
    };
  }
}

/** A group of interfaces; undefined where nothing gives the name. */
export function groupNumber(
  group: Id,
  statement: Statement,
  names: RoutingNames,
  report: Report,
): Id | undefined {
  const unknown = new Unknown(names, statement, report);
  const number = unknown.id('group', group);
  return unknown.found ? undefined : number;
}

/** Only what is there is written, so that nothing becomes undefined. */
const some = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };

/** Undefined where a name is unknown. */
export function numberedRoute(
  route: RouteSettings,
  statement: Statement,
  names: RoutingNames,
  report: Report,
): RouteSettings | undefined {
  const unknown = new Unknown(names, statement, report);
  const { table, protocol, scope, tos, realms, nexthops } = route;
  const numbered: RouteSettings = {
    ...route,
    ...some('table', unknown.id('table', table)),
    ...some('protocol', unknown.id('protocol', protocol)),
    ...some('scope', unknown.id('scope', scope)),
    ...some('tos', unknown.id('class', tos)),
    ...unknown.realms(realms),
    nexthops: nexthops.map((hop) => ({ ...hop, ...unknown.realms(hop.realms) })),
  };
  return unknown.found ? undefined : numbered;
}

/** Undefined where a name is unknown. */
export function numberedRule(
  rule: RuleSettings,
  statement: Statement,
  names: RoutingNames,
  report: Report,
): RuleSettings | undefined {
  const unknown = new Unknown(names, statement, report);
  const { action, tos, realms, suppressInterfaceGroup, protocol, ipProtocol } = rule;
  const numbered: RuleSettings = {
    ...rule,
    action: action.kind === 'table' ? { kind: 'table', table: unknown.id('table', action.table) } : action,
    ...some('tos', unknown.id('class', tos)),
    ...unknown.realms(realms),
    ...some('suppressInterfaceGroup', unknown.id('group', suppressInterfaceGroup)),
    ...some('protocol', unknown.id('protocol', protocol)),
    ...some('ipProtocol', unknown.id('ipProtocol', ipProtocol)),
  };
  return unknown.found ? undefined : numbered;
}

/** Where the numbers of rules without preference begin; each further one of a family is one less. */
const FIRST_PREFERENCE = 16384;

/** In the order of the text, over all blocks, each family by itself. */
export function missingPreferences(top: RootValues): ReadonlyMap<Statement, number> {
  const lists: (BoundList<RuleSettings> | undefined)[] = [
    ...(top.instances ?? []).map(({ values }) => values.virtualRules),
    top.staticRules,
  ];
  const without = lists
    .flatMap((list) => list?.entries ?? [])
    .filter(({ value }) => value.preference === undefined)
    .sort(({ statement: { line: a } }, { statement: { line: b } }) =>
      a.source === b.source ? a.offset - b.offset : a.source - b.source,
    );
  const next = { ipv4: FIRST_PREFERENCE, ipv6: FIRST_PREFERENCE };
  return new Map(without.map(({ value, statement }) => [statement, next[value.family]--]));
}
