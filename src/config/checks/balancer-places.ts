/**
 * Where health checks shall come from, and the sync daemon speak, on this machine: interfaces and addresses that it does
 * not have. Each is told once, with how many checks wait for it. (directives-lvs section 5; directives-global section 2)
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { AddressFacts, LinkFacts } from '../../wire/netlink/facts.js';
import type { Report } from '../diagnostics.js';
import type { Configuration } from '../model.js';
import type { TargetValues } from '../settings/check-common.js';
import type { RootValues } from '../settings/context.js';
import { argumentSpan, type Statement } from '../tree.js';
import { interfaceRemedy } from './machine.js';
import { interfacesInUse } from './other-interfaces.js';

/** The checkers that have a socket. */
const BY_SOCKET = [
  'tcpCheck',
  'httpGet',
  'sslGet',
  'smtpCheck',
  'dnsCheck',
  'udpCheck',
  'pingCheck',
] as const;

/** @param addresses undefined: not known, and then no address is missed */
export function checkBalancerPlaces(
  top: RootValues,
  configuration: Configuration,
  links: readonly LinkFacts[],
  addresses: readonly AddressFacts[] | undefined,
  report: Report,
): void {
  if (configuration.globals.dynamicInterfaces) return;
  const names = interfacesInUse(top, links);
  const missing = new Missing(report);
  const instances = (top.instances ?? []).map(({ values }) => values.syncDaemonInterface);
  for (const old of instances) {
    if (old && !names.has(old.value)) missing.add(old.statement, 'interface', old.value);
  }
  const daemon = top.globals?.values.lvsSyncDaemon;
  if (daemon && !names.has(daemon.value.interface))
    missing.add(daemon.statement, 'interface', daemon.value.interface);
  const here = addresses && addressesInUse(configuration, addresses);
  for (const { values: service } of top.virtualServers ?? []) {
    for (const { values: server } of service.realServers ?? []) {
      for (const { bindInterface: link, bindTo: source } of targetsOf(server)) {
        if (link && !names.has(link.value)) missing.add(link.statement, 'interface', link.value);
        if (source && here && !here(source.value)) missing.add(source.statement, 'address', source.value);
      }
    }
  }
  missing.tell(names);
}

type RealValues = NonNullable<
  NonNullable<RootValues['virtualServers']>[number]['values']['realServers']
>[number]['values'];

/** What the checkers of a server say of where they go; an older way to write SMTP checks has more of them inside. */
function* targetsOf(server: RealValues): Iterable<TargetValues> {
  for (const kind of BY_SOCKET) for (const { values } of server[kind] ?? []) yield values;
  for (const { values } of server.smtpCheck ?? []) for (const host of values.hosts ?? []) yield host.values;
}

/** Whether this machine has an address, or gets it by what it is configured to do. */
function addressesInUse(
  { instances, statics }: Configuration,
  addresses: readonly AddressFacts[],
): (address: IpAddress) => boolean {
  const known = new Set(addresses.map(({ address }) => address));
  for (const { virtualAddresses, excludedAddresses } of instances) {
    for (const { address } of [...virtualAddresses, ...excludedAddresses]) known.add(address);
  }
  for (const { address } of statics?.addresses ?? []) known.add(address);
  // All of 127.0.0.0/8 is here, and the unspecified address means any.
  return (address) =>
    known.has(address) || address.startsWith('127.') || address === '0.0.0.0' || address === '::';
}

class Missing {
  readonly #found = new Map<
    string,
    { what: 'interface' | 'address'; name: string; at: Statement; count: number }
  >();

  constructor(readonly report: Report) {}

  add(at: Statement, what: 'interface' | 'address', name: string): void {
    const key = `${at.keyword} ${name}`;
    const before = this.#found.get(key);
    if (before) before.count++;
    else this.#found.set(key, { what, name, at, count: 1 });
  }

  tell(names: ReadonlySet<string>): void {
    for (const { what, name, at, count } of this.#found.values()) {
      const waiting = count === 1 ? '' : `; ${count} checks wait for it`;
      const there =
        what === 'interface' ? `no interface "${name}" on` : `no interface with the address ${name} on`;
      this.report(
        'balancerPlaceMissing',
        argumentSpan(at),
        `there is ${there} this machine${waiting}`,
        what === 'interface' ? interfaceRemedy(name, names) : {},
      );
    }
  }
}
