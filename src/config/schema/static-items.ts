/**
 * Blocks of the outermost level that are about interfaces and what no instance moves: static addresses, routes and
 * rules, groups of announcements, delays, link polling. (directives-global section 2, directives-vrrp section 3)
 */
import { ZERO } from '../../base/time.js';
import type { InterfaceDelaySettings, LinkbeatSettings } from '../model.js';
import { type Argument, interfaceName, oneOf, present, reference, seconds } from './arguments.js';
import { addressEntry, blockName } from './entries.js';
import { routeEntry } from './routes.js';
import { type Block, blocks, line, list } from './row.js';
import { ruleEntry } from './rules.js';

const link = oneOf(['MII', 'ETHTOOL', 'IOCTL']);

/** `INTERFACE [MII|ETHTOOL|IOCTL]` */
const linkbeat: Argument<LinkbeatSettings> = {
  syntax: 'INTERFACE [MII|ETHTOOL|IOCTL]',
  refers: 'interface',
  examples: { accepted: ['eth0', 'eth0 MII', 'eth0 IOCTL'], refused: ['eth0 X', 'averyveryverylongname'] },
  read: (at) => {
    const name = interfaceName.read(at);
    if (name === undefined) return undefined;
    if (!at.peek()) return { interface: name };
    const method = link.read(at);
    return { interface: name, ...(method === undefined ? {} : { method }) };
  },
  show: ({ interface: name, method }) => `${name} ${method ?? ''}`.trim(),
};

const debounce = seconds({ min: 0, max: 255 });

/** `INTERFACE DOWN [UP]`; without UP a link that comes up counts at once. */
const upDownDelay: Argument<InterfaceDelaySettings> = {
  syntax: 'INTERFACE DOWN_SECONDS [UP_SECONDS]',
  range: '0..255',
  unit: 's',
  refers: 'interface',
  examples: { accepted: ['eth0 2', 'eth0 0.5 3'], refused: ['eth0', 'eth0 256', 'eth0 1 x'] },
  read: (at) => {
    const name = interfaceName.read(at);
    const down = name === undefined ? undefined : debounce.read(at);
    if (name === undefined || down === undefined) return undefined;
    const up = at.peek() ? debounce.read(at) : ZERO;
    return up === undefined ? undefined : { interface: name, down, up };
  },
  show: ({ interface: name, down, up }) => `${name} ${down / 1e6} ${up / 1e6}`,
};

const spacing = seconds({ min: 0, max: 4294 });

export const garpGroup = {
  name: 'garp_group',
  doc: 'Interfaces behind one switch that cannot take announcements too fast.',
  header: present,
  rows: {
    garpInterval: line('garp_interval', spacing, {
      doc: 'Least time between two gratuitous ARP messages.',
      since: '1.2.21',
      default: 'none',
    }),
    gnaInterval: line('gna_interval', spacing, {
      doc: 'Least time between two unsolicited neighbour advertisements.',
      since: '1.2.21',
      default: 'none',
    }),
    interface: line('interface', interfaceName, { doc: 'The interface.', since: '1.2.21' }),
    interfaces: list('interfaces', interfaceName, {
      missing: 'error',
      doc: 'Several interfaces that share the limit.',
      since: '1.2.21',
      free: true,
    }),
  },
} satisfies Block<unknown, unknown>;

export const trackGroup = {
  name: 'track_group',
  doc: 'Instances that fail when a static address, route or rule with the name of the group does.',
  header: blockName,
  rows: {
    members: list('group', reference('vrrp_instance'), {
      doc: 'Names of the instances.',
      since: '2.0.3',
      free: true,
    }),
  },
} satisfies Block<string, unknown>;

export const staticRows = {
  trackGroups: blocks('track_group', () => trackGroup, {
    missing: 'error',
    doc: 'Instances that watch static addresses, routes and rules.',
    since: '2.0.3',
  }),
  staticAddresses: list('static_ipaddress', addressEntry('static'), {
    doc: 'Addresses that are set at the start and removed at the end.',
    since: '1.1.0',
  }),
  staticRoutes: list('static_routes', routeEntry('static'), {
    doc: 'Routes that are set at the start and removed at the end.',
    since: '1.0.1',
  }),
  staticRules: list('static_rules', ruleEntry('static'), {
    doc: 'Rules of routing that are set at the start and removed at the end.',
    since: '1.2.20',
  }),
  linkbeatInterfaces: list('linkbeat_interfaces', linkbeat, {
    missing: 'error',
    doc: 'Interfaces whose link is asked for again and again, as the kernel does not tell.',
    since: '2.0.13',
    free: true,
  }),
  interfaceDelays: list('interface_up_down_delays', upDownDelay, {
    missing: 'error',
    doc: 'How long an interface must be down, or up again, before it counts.',
    since: '2.2.3',
    free: true,
  }),
  garpGroups: blocks('garp_group', () => garpGroup, {
    doc: 'Announcements of a group of interfaces are spread.',
    since: '1.2.21',
  }),
};
