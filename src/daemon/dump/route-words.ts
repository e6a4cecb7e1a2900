/** Routes and rules of a configuration in one line each, in the words of iproute2 and of Keepalived's dumps. */
import { formatPrefix } from '../../base/ip-address.js';
import type { Encapsulation, Nexthop, RouteSettings, RuleSettings } from '../../config/model-net.js';

/** What we put on routes and rules that say nothing else: RTPROT_KEEPALIVED. */
const OUR_PROTOCOL = 18;

const word = (name: string, value: unknown): string[] => (value === undefined ? [] : [`${name} ${value}`]);

export function routeLine(route: RouteSettings): string {
  const { destination, via, source, from, metric, realms } = route;
  const named = typeof route.type === 'string' && route.type !== 'unicast' ? [route.type] : [];
  return [
    ...(route.placement === 'add' ? [] : [route.placement]),
    ...named,
    destination === 'default' ? 'default' : formatPrefix(destination),
    ...encapsulation(route.encapsulation),
    ...(via === undefined ? [] : [`via ${family(via)} ${via}`]),
    ...word('dev', route.device),
    ...word('table', route.table ?? route.vrf),
    `proto ${route.protocol ?? OUR_PROTOCOL}`,
    ...word('scope', route.scope),
    ...word('tos', route.tos),
    ...word('src', source),
    ...(from ? [`from ${formatPrefix(from)}`] : []),
    ...word('metric', metric),
    ...word('mtu', route.mtu?.value),
    ...(realms
      ? [`realms ${realms.source === undefined ? '' : `${realms.source}/`}${realms.destination}`]
      : []),
    ...(route.onlink ? ['onlink'] : []),
    ...word('pref', route.preference),
    ...(route.noTrack ? ['no_track'] : []),
    ...route.nexthops.map(nexthop),
  ].join(' ');
}

const family = (address: string): string => (address.includes(':') ? 'inet6' : 'inet');

const nexthop = (hop: Nexthop): string =>
  [
    'nexthop',
    ...encapsulation(hop.encapsulation),
    ...(hop.via === undefined ? [] : [`via ${family(hop.via)} ${hop.via}`]),
    ...word('dev', hop.device),
    ...word('weight', hop.weight),
    ...(hop.onlink ? ['onlink'] : []),
  ].join(' ');

function encapsulation(wrapped: Encapsulation | undefined): string[] {
  if (!wrapped) return [];
  if (wrapped.kind === 'mpls') return [`encap mpls ${wrapped.labels.join('/')}`];
  if (wrapped.kind === 'ila') return [`encap ila ${wrapped.locator}`];
  return [`encap ${wrapped.kind}`, ...word('id', wrapped.id), ...word('dst', wrapped.destination)];
}

export function ruleLine(rule: RuleSettings): string {
  const prefix = (name: string, value: RuleSettings['from']): string[] =>
    value === undefined ? [] : [`${name} ${value === 'default' ? value : formatPrefix(value)}`];
  const range = (name: string, value: RuleSettings['userRange']): string[] =>
    value ? [`${name} ${value.low}-${value.high}`] : [];
  return [
    ...(rule.not ? ['not'] : []),
    ...prefix('from', rule.from),
    ...prefix('to', rule.to),
    ...word('priority', rule.preference),
    ...word('tos', rule.tos),
    ...(rule.fwmark
      ? [`fwmark ${rule.fwmark.mark}${rule.fwmark.mask === undefined ? '' : `/${rule.fwmark.mask}`}`]
      : []),
    ...word('iif', rule.inputInterface),
    ...word('oif', rule.outputInterface),
    ...word('tun_id', rule.tunnelId),
    ...range('uidrange', rule.userRange),
    ...word('ipproto', rule.ipProtocol),
    ...range('sport', rule.sourcePorts),
    ...range('dport', rule.destinationPorts),
    ...word('suppress_prefixlength', rule.suppressPrefixLength),
    ...word('suppress_ifgroup', rule.suppressInterfaceGroup),
    `protocol ${rule.protocol ?? OUR_PROTOCOL}`,
    ...action(rule),
    ...(rule.noTrack ? ['no_track'] : []),
  ].join(' ');
}

function action({ action: what }: RuleSettings): string[] {
  if (what.kind === 'table') return [`lookup ${what.table}`];
  return [what.kind === 'goto' ? `goto ${what.target}` : what.kind];
}
