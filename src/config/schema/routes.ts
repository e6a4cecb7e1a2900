/** The grammar of a route: `virtual_routes` and `static_routes`. (directives-vrrp section 7) */
import { familyOf, type IpPrefix } from '../../base/ip-address.js';
import { type Duration, seconds } from '../../base/time.js';
import type { Word } from '../lexer.js';
import {
  type Nexthop,
  ROUTE_TYPES,
  type RouteMetric,
  type RouteOptions,
  type RouteSettings,
  type RouteType,
} from '../model-net.js';
import { decodeBytes } from '../source.js';
import { type Argument, address, interfaceName, mapped, oneOf, type Reading, text } from './arguments.js';
import { readEncapsulation, showEncapsulation } from './encapsulation.js';
import {
  byWord,
  id,
  LineFamily,
  numberOf,
  type Options,
  prefix,
  prefixOf,
  readTaggedAddress,
  realms,
  showOptions,
  showPrefix,
  showTagged,
  unsigned,
  word,
} from './options.js';

const UINT32 = 4294967295;

/** `[lock] VALUE` */
function lockable(value: Argument<number>): Argument<RouteMetric> {
  return {
    syntax: `[lock] ${value.syntax}`,
    examples: { accepted: ['lock 100'], refused: ['x'] },
    read: (at) => {
      const locked = at.peek()?.text === 'lock';
      if (locked) at.take();
      const found = value.read(at);
      return found === undefined ? undefined : { value: found, locked };
    },
    show: ({ value: found, locked }) => `${locked ? 'lock ' : ''}${found}`,
  };
}

const size = lockable(unsigned(UINT32));

/** A time; a bare number is in the kernel's unit, of which `perMillisecond` make one. */
const kernelTime = (perMillisecond: number): Argument<RouteMetric> =>
  lockable(
    word({ syntax: 'TIME', examples: { accepted: ['100', '100ms', '1s'], refused: ['x'] } }, (written) => {
      const parts = /^([0-9]+(?:\.[0-9]+)?)(ms|s)?$/.exec(written);
      const number = Number(parts?.[1]);
      const scale = parts?.[2] === 's' ? 1000 * perMillisecond : parts?.[2] === 'ms' ? perMillisecond : 1;
      const value = Math.round(number * scale);
      return parts && value <= UINT32 ? { value } : { wrong: 'is no time such as 200ms' };
    }),
  );

const switched = (on: string, off: string): Argument<boolean> =>
  mapped(
    oneOf([on, off]),
    (found) => found === on,
    (value) => (value ? on : off),
  );

const OPTIONS: Options<RouteOptions> = {
  source: { words: ['src'], argument: address() },
  from: { words: ['from'], argument: prefix, family: 'ipv6' },
  device: { words: ['dev', 'oif'], argument: interfaceName },
  table: { words: ['table'], argument: id('TABLE', UINT32) },
  vrf: { words: ['vrf'], argument: interfaceName },
  tos: { words: ['tos', 'dsfield'], argument: id('TOS', 255), family: 'ipv4' },
  protocol: { words: ['protocol'], argument: id('PROTOCOL', 255) },
  scope: { words: ['scope'], argument: id('SCOPE', 255), family: 'ipv4' },
  metric: { words: ['metric', 'priority', 'preference'], argument: unsigned(UINT32) },
  mtu: { words: ['mtu'], argument: size },
  advmss: { words: ['advmss'], argument: size },
  reordering: { words: ['reordering'], argument: size },
  cwnd: { words: ['cwnd'], argument: size },
  ssthresh: { words: ['ssthresh'], argument: size },
  rtt: { words: ['rtt'], argument: kernelTime(8) },
  rttvar: { words: ['rttvar'], argument: kernelTime(4) },
  rtoMin: { words: ['rto_min'], argument: kernelTime(1) },
  hopLimit: { words: ['hoplimit'], argument: unsigned(255) },
  window: { words: ['window'], argument: unsigned(UINT32) },
  initcwnd: { words: ['initcwnd'], argument: unsigned(UINT32) },
  initrwnd: { words: ['initrwnd'], argument: unsigned(UINT32) },
  features: { words: ['features'], argument: oneOf(['ecn']) },
  quickack: { words: ['quickack'], argument: switched('1', '0') },
  fastopenNoCookie: { words: ['fastopen_no_cookie'], argument: switched('1', '0') },
  congestionControl: {
    words: ['congctl'],
    argument: {
      syntax: '[lock] NAME',
      examples: { accepted: ['cubic'], refused: [] },
      read: (at) => {
        const locked = at.peek()?.text === 'lock';
        if (locked) at.take();
        const name = text('NAME', 15).read(at);
        return name === undefined ? undefined : { name, locked };
      },
      show: (value) => {
        const { name, locked } = value as { name: string; locked: boolean };
        return `${locked ? 'lock ' : ''}${name}`;
      },
    },
  },
  realms: { words: ['realms'], argument: realms, family: 'ipv4' },
  expires: {
    words: ['expires'],
    argument: mapped(unsigned(UINT32), seconds, (value: Duration) => value / 1e6),
    family: 'ipv6',
  },
  preference: {
    words: ['pref'],
    argument: word<'low' | 'medium' | 'high' | number>(
      { syntax: 'low|medium|high', examples: { accepted: ['low'], refused: ['x'] } },
      (written) => {
        if (written === 'low' || written === 'medium' || written === 'high') return { value: written };
        const value = numberOf(written, 255);
        return value === undefined ? { wrong: 'is none of low, medium, high' } : { value };
      },
    ),
    family: 'ipv6',
  },
  ttlPropagate: { words: ['ttl-propagate'], argument: switched('enabled', 'disabled') },
  trackGroup: { words: ['track_group'], argument: text('NAME') },
};
const WORDS = byWord(OPTIONS);

const PLACEMENTS = ['add', 'prepend', 'append'] as const;
const isPlacement = (written: string): written is (typeof PLACEMENTS)[number] =>
  (PLACEMENTS as readonly string[]).includes(written);
const isType = (written: string): written is RouteType =>
  (ROUTE_TYPES as readonly string[]).includes(written);

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** `[inet|inet6] [to|TYPE] DESTINATION OPTIONS [nexthop ...]` */
export function routeEntry(where: 'virtual' | 'static'): Argument<RouteSettings> {
  return {
    syntax: '[inet|inet6] [to|TYPE] ADDRESS[/LENGTH]|default [via ADDRESS] [dev INTERFACE] [table TABLE] ...',
    examples: {
      accepted: [
        '198.51.100.0/24 via 192.0.2.1 dev eth0',
        'default via 192.0.2.1 metric 10 table 7 onlink',
        'blackhole 10.0.0.0/8 no_track',
        '2001:db8::/32 via fe80::1 dev eth0 pref high expires 60',
        '10.0.0.0/8 via inet6 fe80::1 dev eth0 mtu lock 1400 rtt 10ms realms 1/2 append',
        '10.1.0.0/16 encap ip id 7 dst 192.0.2.9 ttl 64 dev tun0',
        '10.2.0.0/16 nexthop via 192.0.2.1 weight 2 nexthop dev eth1 onlink',
        ...(where === 'static' ? ['10.3.0.0/16 dev eth0 track_group g'] : []),
      ],
      refused: [
        'via 192.0.2.1',
        '10.0.0.0/33',
        '10.0.0.0/8 via 2001:db8::1',
        '10.0.0.0/8 mtu x',
        '10.0.0.0/8 as 192.0.2.1',
      ],
    },
    begins: WORDS,
    read: (at) => readRoute(at, where),
    show: showRoute,
  };
}

function readRoute(at: Reading, where: 'virtual' | 'static'): RouteSettings | undefined {
  const lineFamily = new LineFamily(at);
  const route: Writable<Partial<RouteSettings>> = {};
  const values: Record<string, unknown> = {};
  const nexthops: Nexthop[] = [];
  for (let here = at.peek(); here; here = at.peek()) {
    const written = here.text;
    const found = WORDS.get(written);
    if (written === 'nexthop') {
      at.take();
      const hop = readNexthop(at);
      if (!hop) return undefined;
      nexthops.push(hop);
    } else if (written === 'as') {
      return at.report('entryInvalid', here, 'as is not carried out by Linux');
    } else if (found && (written !== 'track_group' || where === 'static')) {
      at.take();
      const { key, option } = found;
      const value = option.argument.read(at);
      if (value === undefined) return undefined;
      if (option.family && !lineFamily.takes(option.family, here)) return undefined;
      if (key === 'source' && !lineFamily.takes(familyOf(value as never), here)) return undefined;
      values[key] = value;
    } else if (written === 'via' || written === 'gw' || written === 'or') {
      at.take();
      if (written !== 'via')
        at.report('deprecated', here, `${written} is deprecated`, {
          remedy: 'Write via, or two nexthop parts.',
        });
      const tagged = at.peek()?.text.startsWith('inet') === true;
      const via = readTaggedAddress(at);
      if (via === undefined) return undefined;
      if (!tagged && !lineFamily.takes(familyOf(via), here)) return undefined;
      if (written === 'or') nexthops.push({ via });
      else route.via = via;
    } else if (written === 'encap') {
      at.take();
      const encapsulation = readEncapsulation(at);
      if (!encapsulation) return undefined;
      route.encapsulation = encapsulation;
    } else if (written === 'onlink' || written === 'no_track') {
      at.take();
      route[written === 'onlink' ? 'onlink' : 'noTrack'] = true;
    } else if (isPlacement(written)) {
      at.take();
      route.placement = written;
    } else if (written === 'inet' || written === 'inet6') {
      at.take();
      if (!lineFamily.takes(written === 'inet' ? 'ipv4' : 'ipv6', here)) return undefined;
    } else if (!readDestination(at, here, route, lineFamily)) return undefined;
  }
  const { destination, via } = route;
  if (destination === undefined)
    return at.report('entryInvalid', undefined, 'the route does not say where it leads');
  // `or` makes two next hops of the gateway before it and its own.
  const hops = nexthops.length > 0 && via !== undefined ? [{ via }, ...nexthops] : nexthops;
  const { via: _, ...rest } = route;
  return {
    family: lineFamily.family ?? 'ipv4',
    type: route.type ?? 'unicast',
    destination,
    ...(values as RouteOptions),
    ...(hops.length > 0 ? rest : route),
    placement: route.placement ?? 'prepend',
    noTrack: route.noTrack ?? false,
    nexthops: hops,
  };
}

/** `to DESTINATION`, `TYPE DESTINATION` or `DESTINATION`; false after a finding. */
function readDestination(
  at: Reading,
  here: Word,
  route: Writable<Partial<RouteSettings>>,
  lineFamily: LineFamily,
): boolean {
  at.take();
  let target: Word | undefined = here;
  if (isType(here.text)) {
    route.type = here.text;
    target = at.take();
  } else if (here.text === 'to') target = at.take();
  if (!target) {
    at.missing('destination');
    return false;
  }
  if (target.text === 'default6') {
    route.destination = 'default';
    return lineFamily.takes('ipv6', target);
  }
  const destination: IpPrefix | 'default' | undefined =
    route.destination === undefined ? prefixOf(target.text) : undefined;
  if (destination === undefined) {
    const why =
      route.destination === undefined ? 'is no destination and no option of a route' : 'is not known here';
    at.report('entryInvalid', target, `"${decodeBytes(target.text)}" ${why}`);
    return false;
  }
  route.destination = destination;
  return destination === 'default' || lineFamily.takes(familyOf(destination.address), target);
}

function readNexthop(at: Reading): Nexthop | undefined {
  const hop: Writable<Nexthop> = {};
  for (let here = at.peek(); here && here.text !== 'nexthop'; here = at.peek()) {
    at.take();
    if (here.text === 'onlink') hop.onlink = true;
    else if (here.text === 'via') {
      const via = readTaggedAddress(at);
      if (via === undefined) return undefined;
      hop.via = via;
    } else if (here.text === 'dev' || here.text === 'oif') {
      const device = interfaceName.read(at);
      if (device === undefined) return undefined;
      hop.device = device;
    } else if (here.text === 'weight') {
      const weight = unsigned(256, 1).read(at);
      if (weight === undefined) return undefined;
      hop.weight = weight;
    } else if (here.text === 'realms') {
      const found = realms.read(at);
      if (found === undefined) return undefined;
      hop.realms = found;
    } else if (here.text === 'encap') {
      const found = readEncapsulation(at);
      if (found === undefined) return undefined;
      hop.encapsulation = found;
    } else {
      return at.report('entryInvalid', here, `"${decodeBytes(here.text)}" is no option of a next hop`, {
        remedy:
          'Known are via, dev, weight, onlink, encap and realms; next hops are the last part of the line.',
      });
    }
  }
  return hop;
}

export function showRoute(route: RouteSettings): string {
  const { family, type, destination, via, onlink, placement, noTrack, encapsulation, nexthops } = route;
  return [
    family === 'ipv6' ? 'inet6' : 'inet',
    type === 'unicast' ? '' : String(type),
    showPrefix(destination),
    via === undefined ? '' : `via ${showTagged(via)}`,
    ...showOptions(OPTIONS, route),
    encapsulation ? `encap ${showEncapsulation(encapsulation)}` : '',
    onlink ? 'onlink' : '',
    placement === 'prepend' ? '' : placement,
    noTrack ? 'no_track' : '',
    ...nexthops.map(showNexthop),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const showNexthop = ({ via, device, weight, onlink, realms: tags, encapsulation }: Nexthop): string =>
  [
    'nexthop',
    via === undefined ? '' : `via ${showTagged(via)}`,
    device === undefined ? '' : `dev ${device}`,
    weight === undefined ? '' : `weight ${weight}`,
    encapsulation ? `encap ${showEncapsulation(encapsulation)}` : '',
    tags ? `realms ${realms.show(tags)}` : '',
    onlink ? 'onlink' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
