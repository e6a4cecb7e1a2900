/** Interfaces that addresses, routes, rules, delays and groups name and this machine does not have. */
import type { LinkFacts } from '../../wire/netlink/facts.js';
import type { Report } from '../diagnostics.js';
import type { AddressSettings } from '../model.js';
import type { RouteSettings, RuleSettings } from '../model-net.js';
import type { BoundList } from '../schema/row.js';
import type { RootValues } from '../settings/context.js';
import type { Statement } from '../tree.js';
import { interfaceRemedy } from './machine.js';

/** Names of those that are there, and of those that instances make for themselves once they run. */
export function interfacesInUse(top: RootValues, links: readonly LinkFacts[]): ReadonlySet<string> {
  const names = new Set(links.map(({ name }) => name));
  for (const { values } of top.instances ?? []) {
    for (const made of [values.useVmac, values.useIpvlan]) if (made?.value.name) names.add(made.value.name);
  }
  return names;
}

/** `usual`: the interface of addresses that name none and have no instance with one. */
export function checkOtherInterfaces(
  top: RootValues,
  usual: string,
  links: readonly LinkFacts[],
  report: Report,
): void {
  if (top.globals?.values.dynamicInterfaces) return;
  const names = interfacesInUse(top, links);
  const look = (
    code: 'interfaceUnknown' | 'interfaceMissing',
    name: string | undefined,
    at: Statement,
  ): void => {
    if (name === undefined || names.has(name)) return;
    report(
      code,
      at.line.span(),
      `there is no interface "${name}" on this machine`,
      interfaceRemedy(name, names),
    );
  };
  const addresses = (list: BoundList<AddressSettings> | undefined, otherwise?: string) => {
    for (const { value, statement } of list?.entries ?? [])
      look('interfaceUnknown', value.device ?? otherwise, statement);
  };
  const routes = (list: BoundList<RouteSettings> | undefined) => {
    for (const { value, statement } of list?.entries ?? []) {
      for (const { device } of [value, ...value.nexthops]) look('interfaceUnknown', device, statement);
    }
  };
  const rules = (list: BoundList<RuleSettings> | undefined) => {
    for (const { value, statement } of list?.entries ?? []) {
      look('interfaceUnknown', value.inputInterface, statement);
      look('interfaceUnknown', value.outputInterface, statement);
    }
  };
  const written = top.globals?.values.defaultInterface;
  if (written) look('interfaceUnknown', usual, written.statement);
  for (const { values } of top.instances ?? []) {
    addresses(values.virtualAddresses);
    addresses(values.excludedAddresses);
    routes(values.virtualRoutes);
    rules(values.virtualRules);
  }
  addresses(top.staticAddresses, written ? undefined : usual);
  routes(top.staticRoutes);
  rules(top.staticRules);
  for (const { values } of top.garpGroups ?? []) {
    for (const one of [
      ...(values.interface ? [values.interface] : []),
      ...(values.interfaces?.entries ?? []),
    ])
      look('interfaceUnknown', one.value, one.statement);
  }
  for (const list of [top.interfaceDelays, top.linkbeatInterfaces]) {
    for (const { value, statement } of list?.entries ?? [])
      look('interfaceMissing', value.interface, statement);
  }
}
