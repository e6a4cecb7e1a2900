/** Configurations with virtual MACs and ipvlans, and what tests of them ask of the bench. */
import type { MacAddress } from '../../../src/base/mac-address.js';
import type { LinkFacts } from '../../../src/core/net/facts.js';
import { address, link } from '../../support/machine.js';
import { Rig, type RigOptions } from '../rig.js';

export const MAC = '00:00:5e:00:01:33' as MacAddress;

/** One instance on eth0 with `lines` in it. */
export const one = (
  lines = 'use_vmac',
  { name = 'VI_1', vrid = 51, vip = '10.0.0.100', globals = '' } = {},
): string =>
  `${globals === '' ? '' : `global_defs {\n ${globals}\n}\n`}vrrp_instance ${name} {
 interface eth0
 virtual_router_id ${vrid}
 priority 100
 ${lines}
 virtual_ipaddress {
  ${vip}
 }
}
`;
export const V6 = one('use_vmac', { name: 'VI_6', vip: 'fe80::100' });
export const LINK_LOCAL = address(2, 'fe80::1', 64, { scope: 253 });
export const start = (text: string, options: RigOptions = {}): Rig => new Rig(text, options).start();
export const asked = (rig: Rig): string[] =>
  rig.lines.flatMap((line) => / ((?:create|adopt|delete|touch) .*)/.exec(line)?.[1] ?? []);
export const leftover = (index: number, name: string, changes: Partial<LinkFacts> = {}): LinkFacts =>
  link(index, name, {
    kind: 'macvlan',
    parent: 2,
    macvlanMode: 'private',
    mac: MAC,
    alias: 'holdfast',
    ...changes,
  });
export const withLinks = (...links: LinkFacts[]): RigOptions => ({
  links: [link(2, 'eth0'), link(3, 'eth1'), ...links],
});
export const faultsOf = (rig: Rig, name = 'VI_1'): string[] =>
  (rig.engine.status().instances.find((entry) => entry.name === name)?.faults ?? []).map(({ text }) => text);
