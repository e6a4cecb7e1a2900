/** Which family an instance speaks: that of the first address in its text. (directives-vrrp section 1.1) */
import { type Family, familyOf, type IpAddress } from '../../base/ip-address.js';
import type { Report } from '../diagnostics.js';
import { keywordSpan, type Statement } from '../tree.js';
import type { InstanceBlock } from './instance.js';

/** Where the family is decided. `native_ipv6` decides like an address. */
export function familyDecision({
  values,
  statement,
}: InstanceBlock): { at: Statement; family: Family } | undefined {
  const { virtualAddresses, unicastPeers, unicastSource, mcastSource, mcastGroup, useIpvlan, nativeIpv6 } =
    values;
  const first = new Map<Statement, Family>();
  const said = (at: Statement | undefined, address: IpAddress | undefined): void => {
    if (at && address !== undefined) first.set(at, familyOf(address));
  };
  said(virtualAddresses?.statement, virtualAddresses?.entries[0]?.value.address);
  said(unicastPeers?.statement, unicastPeers?.entries[0]?.value.address);
  for (const one of [unicastSource, mcastSource, mcastGroup]) said(one?.statement, one?.value);
  said(useIpvlan?.statement, useIpvlan?.value.address?.address);
  if (nativeIpv6) first.set(nativeIpv6.statement, 'ipv6');
  for (const at of statement.children ?? []) {
    const family = first.get(at);
    if (family) return { at, family };
  }
  return undefined;
}

export function ofFamily(address: IpAddress, family: Family, at: Statement, report: Report): boolean {
  if (familyOf(address) === family) return true;
  const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
  report('familyMix', keywordSpan(at), `${address} does not fit: the instance speaks ${name}`);
  return false;
}
