/** The whole of load balancing: groups, services, TLS, and what must hold between them. (directives-lvs) */
import { familyOf, ipToBytes } from '../../base/ip-address.js';
import { MAX_GROUP_ADDRESSES } from '../../base/limits.js';
import type { Report } from '../diagnostics.js';
import type {
  GroupEntry,
  SslSettings,
  VirtualServerGroupSettings,
  VirtualServerSettings,
} from '../model-lvs.js';
import { nearest } from '../suggest.js';
import { argumentSpan, keywordSpan, type Statement } from '../tree.js';
import type { RootValues } from './context.js';
import type { Group, ServiceSurroundings } from './service.js';
import { buildVirtualServer } from './virtual-server.js';

export interface BalancerSettings {
  readonly virtualServerGroups: readonly VirtualServerGroupSettings[];
  readonly virtualServers: readonly VirtualServerSettings[];
  readonly ssl?: SslSettings;
}

export interface BuiltBalancer {
  readonly settings: BalancerSettings;
  /** By their blocks. */
  readonly services: ReadonlyMap<Statement, VirtualServerSettings>;
}

type GroupBlock = NonNullable<RootValues['virtualServerGroups']>[number];

export function buildBalancer(top: RootValues, around: Omit<ServiceSurroundings, 'groups'>): BuiltBalancer {
  const { report, outline } = around;
  const blocks = new Map<string, GroupBlock>();
  const groups = new Map<string, Group | undefined>();
  for (const block of top.virtualServerGroups ?? []) {
    const first = blocks.get(block.header);
    if (first) {
      report('groupTwice', argumentSpan(block.statement), `there are two groups named "${block.header}"`, {
        related: [{ span: keywordSpan(first.statement), text: 'the first one, which counts' }],
      });
      continue;
    }
    blocks.set(block.header, block);
    groups.set(block.header, buildGroup(block, report));
  }
  const taken = new Map<string, Statement>();
  const compared = new Set<string>();
  const usedGroups = new Set<string>();
  const services = new Map<Statement, VirtualServerSettings>();
  for (const block of top.virtualServers ?? []) {
    if (block.header.kind === 'group') usedGroups.add(block.header.group);
    const settings = block.statement.known?.settings ?? buildVirtualServer(block, { ...around, groups });
    if (!settings) continue;
    const group = block.header.kind === 'group' ? groups.get(block.header.group) : undefined;
    tellTwice(connectionsOf(settings, group, compared), block.statement, taken, report);
    if (group) tellFamilies(settings, group, block.statement, report);
    services.set(block.statement, settings);
  }
  const unused = [...blocks].filter(([name]) => !usedGroups.has(name) && groups.get(name));
  if (unused.length > 0) {
    const meant = groupsMeant(usedGroups, blocks);
    const mayBeNamed = outline.resembles('virtual_server');
    for (const [name, { statement }] of unused) {
      if (meant.has(name) || mayBeNamed) continue;
      report('unused', keywordSpan(statement), `virtual_server_group "${name}" is not used by anything`, {
        remedy: 'Name it behind virtual_server group, or remove it.',
      });
    }
  }
  const ssl = sslOf(top, report);
  const settings = {
    virtualServerGroups: [...groups].flatMap(([name, group]) =>
      group && usedGroups.has(name) ? group.settings : [],
    ),
    virtualServers: [...services.values()],
    ...(ssl ? { ssl } : {}),
  };
  return { settings, services };
}

/** Groups that were probably meant by names that are none: that has been told. */
function groupsMeant(named: ReadonlySet<string>, groups: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  const meant = new Set<string>();
  for (const name of named) {
    const near = groups.has(name) ? undefined : nearest(name, groups.keys());
    if (near !== undefined) meant.add(near);
  }
  return meant;
}

/** Undefined for a group that cannot be used; that has been told. */
function buildGroup({ header, statement, entries }: GroupBlock, report: Report): Group | undefined {
  const at = keywordSpan(statement);
  if (entries.length === 0) {
    const none = statement.children?.length === 0;
    const what = none ? `group "${header}" has no entries` : `no entry of group "${header}" can be used`;
    report('groupEmpty', at, what, none ? {} : { remedy: 'Correct its entries.' });
    return undefined;
  }
  const found = entries.map(({ value }) => value);
  const families = new Set(found.map(familyOfEntry));
  if (families.size === 3) {
    const vague = entries.find(({ value }) => familyOfEntry(value) === undefined);
    report(
      'groupEmpty',
      vague ? vague.statement.line.span() : at,
      `group "${header}" has both families, and this mark could be of either`,
    );
    return undefined;
  }
  for (const { statement: line, value } of entries) tellCut(value, line, report);
  const ports = new Set(found.flatMap((entry) => (entry.kind === 'addresses' ? [entry.port] : [])));
  return { settings: { name: header, entries: found }, ports, families };
}

/** A range of more addresses than are balanced. */
function tellCut(entry: GroupEntry, statement: Statement, report: Report): void {
  if (entry.kind === 'mark') return;
  const numberOf = (address: typeof entry.first): bigint =>
    ipToBytes(address).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const count = numberOf(entry.last) - numberOf(entry.first) + 1n;
  if (count <= BigInt(MAX_GROUP_ADDRESSES)) return;
  report(
    'rangeCut',
    statement.line.span(),
    `${entry.first}-${entry.last} has ${count} addresses, and ${MAX_GROUP_ADDRESSES} is the limit`,
  );
}

const familyOfEntry = (entry: GroupEntry) => (entry.kind === 'mark' ? entry.family : familyOf(entry.first));

/**
 * The connections of a service, each as a text that only they have. The entries of a group are walked over once
 * per protocol, however many services name it: from then on its name says enough.
 */
function connectionsOf(
  settings: VirtualServerSettings,
  group: Group | undefined,
  compared: Set<string>,
): readonly string[] {
  if (!group) return ownConnections(settings);
  const { protocol } = settings;
  const key = `group ${group.settings.name} ${protocol}`;
  if (compared.has(key)) return [key];
  compared.add(key);
  const found = [key];
  for (const entry of group.settings.entries) {
    // A mark in a group is one service for all virtual servers that name the group, as meant.
    if (entry.kind === 'mark') continue;
    const range = entry.first === entry.last ? entry.first : `${entry.first}-${entry.last}`;
    found.push(`${range} ${entry.port} ${protocol}`);
  }
  return found;
}

/** Of services without a group: at a reload nearly all of thousands are those of the reading before. */
const known = new WeakMap<VirtualServerSettings, readonly string[]>();

function ownConnections(settings: VirtualServerSettings): readonly string[] {
  const before = known.get(settings);
  if (before) return before;
  const { selector, protocol, family } = settings;
  const found: string[] = [];
  if (selector.kind === 'address') found.push(`${selector.address} ${selector.port} ${protocol}`);
  else if (selector.kind === 'mark') found.push(`mark ${selector.mark} ${family}`);
  known.set(settings, found);
  return found;
}

function tellTwice(
  connections: readonly string[],
  at: Statement,
  taken: Map<string, Statement>,
  report: Report,
): void {
  let told = false;
  for (const key of connections) {
    const before = taken.get(key);
    if (!before) taken.set(key, at);
    else if (!told) {
      told = true;
      report('serviceTwice', argumentSpan(at), `${key} is served twice`, {
        related: [{ span: argumentSpan(before), text: 'served here first' }],
      });
    }
  }
}

function tellFamilies(
  { realServers, family }: VirtualServerSettings,
  { families, settings: { name } }: Group,
  at: Statement,
  report: Report,
): void {
  if (realServers.every(({ method }) => method.kind === 'TUN')) return;
  if ([...families].every((one) => (one ?? family) === family)) return;
  const [here, there] = family === 'ipv4' ? ['IPv6', 'IPv4'] : ['IPv4', 'IPv6'];
  report(
    'groupFamily',
    argumentSpan(at),
    `group "${name}" has ${here} entries, but the real servers speak ${there}`,
  );
}

/** A second block replaces the first as a whole. */
function sslOf(top: RootValues, report: Report): SslSettings | undefined {
  const blocks = top.ssl ?? [];
  const last = blocks.at(-1);
  if (!last) return undefined;
  const [before] = blocks;
  if (before && before !== last) {
    report('repeatedOverwrites', keywordSpan(before.statement), 'there are two SSL blocks', {
      related: [{ span: keywordSpan(last.statement), text: 'this one counts' }],
    });
  }
  const { password, ca, certificate, key } = last.values;
  return {
    ...(password ? { password: password.value } : {}),
    ...(ca ? { ca: ca.value } : {}),
    ...(certificate ? { certificate: certificate.value } : {}),
    ...(key ? { key: key.value } : {}),
  };
}
