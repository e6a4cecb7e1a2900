/**
 * The interop matrix as data: what dimensions there are, which cells they make, and the instance that stands for a
 * cell in a configuration. All cells live in one pair of daemons, each with a VRID of its own, so that the whole
 * matrix takes no longer than one cell would. How it is played is in stories/interop-matrix.ts.
 */
import type { Router } from './router.js';

export interface Cell {
  /** As written; IPv6 is version 3 all the same: Keepalived refuses version 2 there. */
  readonly version: 2 | 3;
  readonly family: 'ipv4' | 'ipv6';
  readonly transport: 'multicast' | 'unicast';
  /** As written; version 3 drops it, as Keepalived does, so those cells speak without any. */
  readonly auth: 'none' | 'pass' | 'ah';
  readonly vmac: boolean;
  readonly preempt: boolean;
}

const DIMENSIONS: { readonly [K in keyof Cell]: readonly Cell[K][] } = {
  version: [2, 3],
  family: ['ipv4', 'ipv6'],
  transport: ['multicast', 'unicast'],
  auth: ['none', 'pass', 'ah'],
  vmac: [false, true],
  preempt: [true, false],
};

export interface NumberedCell extends Cell {
  readonly vrid: number;
}

/** Every combination, numbered from 1. */
export const CELLS: readonly NumberedCell[] = DIMENSIONS.version
  .flatMap((version) => DIMENSIONS.family.map((family) => ({ version, family })))
  .flatMap((cell) => DIMENSIONS.transport.map((transport) => ({ ...cell, transport })))
  .flatMap((cell) => DIMENSIONS.auth.map((auth) => ({ ...cell, auth })))
  .flatMap((cell) => DIMENSIONS.vmac.map((vmac) => ({ ...cell, vmac })))
  .flatMap((cell) => DIMENSIONS.preempt.map((preempt) => ({ ...cell, preempt })))
  .map((cell, i) => ({ ...cell, vrid: i + 1 }));

export const cellName = ({ vrid, version, family, transport, auth, vmac, preempt }: NumberedCell): string =>
  `VRID ${vrid}: v${version} ${family} ${transport} ${auth}${vmac ? ' vmac' : ''}${preempt ? '' : ' nopreempt'}`;

/** What each router has on the wire. */
export interface Ends {
  readonly ipv4: string;
  readonly ipv6: string;
}
export const FIRST: Ends = { ipv4: '192.168.60.1', ipv6: '2001:db8:60::1' };
export const SECOND: Ends = { ipv4: '192.168.60.2', ipv6: '2001:db8:60::2' };

/** The version on the wire. */
export const spoken = ({ version, family }: Cell): 2 | 3 => (family === 'ipv6' ? 3 : version);

/** Advertised addresses; the link-local one first, as RFC 9568 section 5.2.9 wants it. */
export const virtualAddresses = ({ family, vrid }: NumberedCell): readonly string[] =>
  family === 'ipv4' ? [`10.60.0.${vrid}`] : [`fe80::60:${vrid}`, `2001:db8:60::1:${vrid}`];
/** One of the other family, not advertised. */
export const excludedAddress = ({ family, vrid }: NumberedCell): string =>
  family === 'ipv4' ? `2001:db8:60::2:${vrid}` : `10.60.1.${vrid}`;

/** The whole file of one router. */
export function matrixConfiguration(router: Router, own: Ends, other: Ends, priority: number): string {
  const head = `global_defs {\n  router_id ${router.name}\n  vrrp_garp_master_repeat 2\n  vrrp_garp_master_delay 1\n}\n`;
  return head + CELLS.map((cell) => instanceOf(cell, own, other, priority)).join('');
}

/**
 * A master counts as dead after eight seconds: a machine that is busy with other things must not look like an outage.
 */
function instanceOf(cell: NumberedCell, own: Ends, other: Ends, priority: number): string {
  const { vrid, version, family, transport, auth, vmac, preempt } = cell;
  // Not /24: the kernel would take all addresses of a prefix away together with the first.
  const width = family === 'ipv4' ? 32 : 64;
  const lines = [
    'state BACKUP',
    'interface eth0',
    `virtual_router_id ${vrid}`,
    `priority ${priority}`,
    ...(spoken(cell) === 2
      ? ['advert_int 1', 'down_timer_adverts 8']
      : ['advert_int 0.25', 'down_timer_adverts 32']),
    ...(preempt ? [] : ['nopreempt']),
    ...(vmac ? [`use_vmac v${vrid}`] : []),
    ...(transport === 'unicast'
      ? [`unicast_src_ip ${own[family]}`, `unicast_peer {\n    ${other[family]}\n  }`]
      : []),
    ...(auth === 'none'
      ? []
      : [`authentication {\n    auth_type ${auth.toUpperCase()}\n    auth_pass cell${vrid}\n  }`]),
    `virtual_ipaddress {\n${virtualAddresses(cell)
      .map((address) => `    ${address}/${address.startsWith('fe80') ? 128 : width}\n`)
      .join('')}  }`,
    `virtual_ipaddress_excluded {\n    ${excludedAddress(cell)}/${family === 'ipv4' ? 128 : 32}\n  }`,
    // Behind the addresses: only there the keepalived of Debian 12 refuses version 2 for IPv6.
    `version ${version}`,
  ];
  return `vrrp_instance VI_${vrid} {\n  ${lines.join('\n  ')}\n}\n`;
}
