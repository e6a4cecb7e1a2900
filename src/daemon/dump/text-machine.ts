/** VRRP sockets and network interfaces in keepalived.data, in Keepalived's words and order. */
import type { Configuration } from '../../config/model.js';
import type { Inspection } from '../../core/inspection.js';
import { HOLDFAST_PROTOCOL } from '../../core/net/facts.js';
import { listed } from './words.js';

type Socket = Inspection['sockets'][number];
type Link = Inspection['links'][number];

export function socketLines(
  { channel, members }: Socket,
  { links }: Inspection,
  { instances }: Configuration,
): string[] {
  const { interfaceIndex, family, groups, receiveBuffer } = channel;
  const byName = new Map(instances.map((one) => [one.name, one]));
  const name = links.find(({ index }) => index === interfaceIndex)?.name ?? 'any';
  return [
    ` Socket = ${channel.id}`,
    `   Interface = ${name}`,
    `   Family = ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`,
    `   Protocol = ${channel.protocol === 'ah' ? 'AH' : 'VRRP'}`,
    `   Type = ${groups.length > 0 ? 'Multicast' : 'Unicast'}`,
    `   Rx buf size = ${receiveBuffer ?? 0}`,
    ...listed(
      'VRRP instances',
      members.map((one) => `${one} vrid ${byName.get(one)?.virtualRouterId ?? '?'}`),
    ),
  ];
}

export function interfaceLines(link: Link, inspection: Inspection, configuration: Configuration): string[] {
  // What instances have put there is shown with them.
  const addresses = inspection
    .addressesOf(link.index)
    .filter(({ protocol }) => protocol !== HOLDFAST_PROTOCOL);
  const of = (family: 'ipv4' | 'ipv6'): string[] =>
    addresses.filter((one) => one.family === family).map((one) => one.address);
  const [four, ...moreFour] = of('ipv4');
  const [six, ...moreSix] = of('ipv6');
  const parent = inspection.links.find(({ index }) => index === link.parent);
  return [
    ` Name = ${link.name}`,
    `   index = ${link.index}`,
    `   IPv4 address = ${four ?? '(none)'}`,
    ...listed('Additional IPv4 addresses :', moreFour),
    `   IPv6 address = ${six ?? '(none)'}`,
    ...listed('Additional IPv6 addresses :', moreSix),
    ...(link.mac === undefined || link.loopback ? [] : [`   MAC = ${link.mac}`]),
    `   State = ${state(link)}`,
    ...(link.kind === 'macvlan' || link.kind === 'ipvlan'
      ? [`   ${link.kind}, underlying interface = ${parent?.name ?? link.parent}`]
      : []),
    `   MTU = ${link.mtu}`,
    `   HW Type = ${link.loopback ? 'LOOPBACK' : 'ETHERNET'}`,
    ...listed('Tracking VRRP instances :', trackedBy(link.name, configuration)),
  ];
}

const state = ({ up, running, noArp, loopback, multicast }: Link): string =>
  [
    `${up ? '' : 'not '}UP`,
    `${running ? '' : 'not '}RUNNING`,
    ...(loopback ? ['loopback'] : []),
    ...(noArp ? ['no arp'] : []),
    ...(multicast ? [] : ['no multicast']),
  ].join(', ');

/** Instances on the interface, those that track it, and those with an address on it. */
function trackedBy(name: string, { instances }: Configuration): string[] {
  return instances.flatMap((one) => {
    const line = one.trackInterfaces.find((tracked) => tracked.name === name);
    const own = one.interface === name && !one.dontTrackPrimary;
    const held = [...one.virtualAddresses, ...one.excludedAddresses].some(({ device }) => device === name);
    if (!line && !own && !held) return [];
    return [`${one.name}, weight ${own ? 0 : (line?.weight ?? 0)}${line?.reverse ? ' reverse' : ''}`];
  });
}
