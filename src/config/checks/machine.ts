/** Interfaces and addresses that the configuration names and this machine does not have. */
import {
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  ipFromBytes,
  ipToBytes,
  prefixContains,
} from '../../base/ip-address.js';
import type { AddressFacts, LinkFacts } from '../../wire/netlink/facts.js';
import type { Report } from '../diagnostics.js';
import type { Built } from '../settings/configuration.js';
import { nearest } from '../suggest.js';
import { argumentSpan, keywordSpan } from '../tree.js';

export function checkInterfaces(
  { configuration, instances }: Built,
  links: readonly LinkFacts[],
  report: Report,
): void {
  // The configuration says itself that they may come later.
  if (configuration.globals.dynamicInterfaces) return;
  const names = new Set(links.map(({ name }) => name));
  for (const instance of configuration.instances) {
    const { interface: wanted, name } = instance;
    const values = instances.get(name)?.values;
    if (wanted !== undefined && !names.has(wanted) && values?.interface) {
      report(
        'interfaceMissing',
        argumentSpan(values.interface.statement),
        `there is no interface "${wanted}" on this machine`,
        interfaceRemedy(wanted, names),
      );
    }
    for (const { value, statement } of values?.trackInterfaces?.entries ?? []) {
      if (names.has(value.name)) continue;
      report(
        'interfaceMissing',
        keywordSpan(statement),
        `there is no interface "${value.name}" on this machine`,
        interfaceRemedy(value.name, names),
      );
    }
  }
}

/** Instead of a name that no interface has: one that is near, or those that there are. */
export function interfaceRemedy(wanted: string, names: ReadonlySet<string>): { remedy: string } {
  const near = nearest(wanted, names);
  const known = [...names].filter((name) => name !== 'lo').slice(0, 8);
  if (near !== undefined) return { remedy: `Did you mean ${near}?` };
  return { remedy: known.length === 0 ? 'Create it.' : `This machine has ${known.join(', ')}.` };
}

/** A source address that is nowhere; a prefix that differs in one number is named. */
export function checkSources(
  { configuration, instances }: Built,
  addresses: readonly AddressFacts[],
  links: readonly LinkFacts[],
  report: Report,
): void {
  const present = new Set(addresses.map(({ address }) => address));
  for (const { name, sourceAddress } of configuration.instances) {
    if (sourceAddress === undefined || present.has(sourceAddress)) continue;
    const values = instances.get(name)?.values;
    const at = values?.unicastSource ?? values?.mcastSource;
    if (!at) continue;
    const near = nearMiss(sourceAddress, addresses);
    const link = near && links.find(({ index }) => index === near.facts.interfaceIndex)?.name;
    report(
      'addressMissing',
      argumentSpan(at.statement),
      `${sourceAddress} is on no interface of this machine`,
      {
        ...(near
          ? {
              remedy: `${link ?? 'An interface'} has ${near.facts.address} in ${formatPrefix(near.prefix)}: perhaps one number is wrong.`,
            }
          : {}),
      },
    );
  }
}

/** A network of this machine whose address differs from `address` in one number only. */
function nearMiss(
  address: IpAddress,
  addresses: readonly AddressFacts[],
): { facts: AddressFacts; prefix: IpPrefix } | undefined {
  const wanted = ipToBytes(address);
  for (const facts of addresses) {
    const own = ipToBytes(facts.address);
    if (own.length !== wanted.length || facts.scope === 254) continue;
    const network = networkOf(facts);
    if (prefixContains(network, address)) return { facts, prefix: network };
    const bytes = ipToBytes(network.address);
    const whole = network.length >> 3;
    let differing = 0;
    for (let i = 0; i < whole; i++) if (bytes[i] !== wanted[i]) differing++;
    if (whole > 1 && differing === 1) return { facts, prefix: network };
  }
  return undefined;
}

function networkOf({ address, prefixLength }: AddressFacts): IpPrefix {
  const bytes = ipToBytes(address);
  const masked = bytes.map((byte, i) => {
    const bits = Math.max(0, Math.min(8, prefixLength - i * 8));
    return byte & ((0xff << (8 - bits)) & 0xff);
  });
  return { address: ipFromBytes(masked), length: prefixLength };
}
