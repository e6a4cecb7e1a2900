/** Interfaces that an instance makes: which of the settings hold together. (directives-vrrp section 1.4) */

import type { InstanceSettings } from '../model.js';
import type { WrittenMac } from '../schema/virtual-mac.js';
import { keywordSpan, type Statement } from '../tree.js';
import { after, type InstanceBlock, type InstanceFacts, type Surroundings } from './instance.js';
import { groupNumber } from './routing-ids.js';

export function virtualInterfaceOf(
  { values }: InstanceBlock,
  { family, strict }: InstanceFacts,
  { names, report }: Pick<Surroundings, 'names' | 'report'>,
): Pick<InstanceSettings, 'virtualMac' | 'ipvlan' | 'useVmacAddress'> {
  const { useVmac, useIpvlan, useVmacAddress, vmacXmitBase, virtualRouterId } = values;
  // Of the two the last one counts.
  const vmac = useVmac && !(useIpvlan && after(useIpvlan.statement, useVmac.statement)) ? useVmac : undefined;
  const ipvlan = vmac ? undefined : useIpvlan;
  const chosen = vmac ?? ipvlan;
  const addresses = useVmacAddress ? { useVmacAddress: true } : {};
  const groupOf = (
    group: number | string | undefined,
    at: Statement,
  ): { readonly group?: number | string } => {
    const number = group === undefined ? undefined : groupNumber(group, at, names, report);
    return number === undefined ? {} : { group: number };
  };
  if (useVmac && useIpvlan) {
    const loser = vmac ? useIpvlan : useVmac;
    report('repeatedLastWins', keywordSpan(loser.statement), 'use_vmac and use_ipvlan exclude each other');
  }
  if (chosen && !values.interface) {
    const message = `${chosen.statement.keyword} needs an interface underneath and is ignored`;
    report('virtualInterface', keywordSpan(chosen.statement), message);
    return addresses;
  }
  if (vmacXmitBase && !vmac) {
    report(
      'virtualInterface',
      keywordSpan(vmacXmitBase.statement),
      'vmac_xmit_base needs use_vmac and is ignored',
    );
  }
  if (ipvlan) {
    if (family === 'ipv4' && !ipvlan.value.address) {
      report(
        'virtualInterface',
        keywordSpan(ipvlan.statement),
        'use_ipvlan needs an address for IPv4; the instance stays in FAULT',
      );
    }
    const { group, ...rest } = ipvlan.value;
    return { ipvlan: { ...rest, ...groupOf(group, ipvlan.statement) }, ...addresses };
  }
  if (!vmac) return addresses;
  const unicast = (values.unicastPeers?.entries.length ?? 0) > 0;
  if (strict && vmacXmitBase) {
    report(
      'strictMode',
      keywordSpan(vmacXmitBase.statement),
      'strict mode sends from the virtual MAC; vmac_xmit_base is ignored',
    );
  } else if (unicast && !vmacXmitBase) {
    report(
      'virtualInterface',
      keywordSpan(vmac.statement),
      'unicast with use_vmac sends by the interface underneath, as with vmac_xmit_base',
      {
        remedy: 'Add vmac_xmit_base.',
      },
    );
  }
  const { name, group, netlinkNotify, octets } = vmac.value;
  if (strict && octets) {
    report(
      'strictMode',
      keywordSpan(vmac.statement),
      'strict mode uses the MAC of the standard; the one given is ignored',
    );
  }
  return {
    virtualMac: {
      ...(name === undefined ? {} : { name }),
      ...(octets && !strict ? { mac: macOf(octets, virtualRouterId?.value ?? 0) } : {}),
      ...groupOf(group, vmac.statement),
      ...(netlinkNotify ? { netlinkNotify } : {}),
      transmitBase: !strict && (vmacXmitBase !== undefined || unicast),
    },
    ...addresses,
  };
}

const macOf = (octets: NonNullable<WrittenMac['octets']>, virtualRouterId: number): string =>
  [...octets, virtualRouterId]
    .slice(0, 6)
    .map((octet) => octet.toString(16).padStart(2, '0'))
    .join(':');
