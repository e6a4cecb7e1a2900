/**
 * Virtual servers whose answers would stop at this machine: with NAT what a real server answers comes back through the
 * director, and the kernel passes it on to the client only where it forwards. Said at a check and at every start; nothing is
 * changed, for what else a machine may forward is the administrator's to say. (directives-lvs section 3, lvs_method)
 */
import { type Family, familyOf, type IpAddress } from '../../base/ip-address.js';
import type { Report } from '../diagnostics.js';
import type { Configuration } from '../model.js';
import type { VirtualServerSettings } from '../model-lvs.js';
import type { RootValues } from '../settings/context.js';
import { keywordSpan } from '../tree.js';

/** What a network namespace forwards; a family that is not told of is let be. */
export interface ForwardingFacts {
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  /** Whether it has this address itself: what answers here needs no forwarding. */
  readonly has: (address: IpAddress) => boolean;
}

/** Of the namespace as in `ip netns`; empty: that of the first process; absent: the one we run in. Undefined: not known. */
export type ForwardingReader = (namespace: string | undefined) => ForwardingFacts | undefined;

const SETTINGS: Readonly<Record<Family, string>> = {
  ipv4: 'net.ipv4.ip_forward',
  ipv6: 'net.ipv6.conf.all.forwarding',
};
const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const PROTOCOLS: Readonly<Record<Family, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

export function checkForwarding(
  values: RootValues,
  { globals, virtualServers }: Configuration,
  read: ForwardingReader,
  report: Report,
): void {
  const any = (): boolean => true;
  if (!virtualServers.some((settings) => findBehindNat(settings, any) !== undefined)) return;
  const facts = read(globals.netNamespaceIpvs ?? globals.netNamespace);
  if (!facts) return;
  for (const family of FAMILIES) {
    if (facts[family] !== false) continue;
    const barred = (address: IpAddress): boolean => familyOf(address) === family && !facts.has(address);
    // What NAT leads to is of its service's family: most are passed over without a look at their servers.
    const first = virtualServers.find(
      (settings) => settings.family === family && findBehindNat(settings, barred) !== undefined,
    );
    const address = first && findBehindNat(first, barred);
    if (!first || address === undefined) continue;
    const selector = JSON.stringify(first.selector);
    const block = (values.virtualServers ?? []).find(({ header }) => JSON.stringify(header) === selector);
    if (!block) continue;
    const setting = SETTINGS[family];
    report(
      'forwardingOff',
      keywordSpan(block.statement),
      `real server ${address} is behind NAT, but this machine does not forward ${PROTOCOLS[family]}: ${setting} is 0`,
      {
        remedy: `sysctl -w ${setting}=1, and the line "${setting} = 1" in /etc/sysctl.d for the next boot.`,
      },
    );
  }
}

/** The first such server behind NAT; of many thousands at every reading, so nothing is made for it. */
function findBehindNat(
  { realServers, sorryServer }: VirtualServerSettings,
  holds: (address: IpAddress) => boolean,
): IpAddress | undefined {
  for (const { address, method } of realServers) if (method.kind === 'NAT' && holds(address)) return address;
  return sorryServer?.method.kind === 'NAT' && holds(sorryServer.address) ? sorryServer.address : undefined;
}
