/**
 * How the engine's wishes for the firewall are said with iptables, ip6tables and ipset: as shell text that runs in the
 * script runner, one atomic iptables-restore for each family. Our rules carry a comment, by which they are found
 * again. It only writes; when, and what stands already, is decided in iptables-firewall.ts. Runtime reference 11.
 */
import { type Family, familyOf } from '../../base/ip-address.js';
import type { FirewallEntry, FirewallPlace } from '../../core/net/firewall-facts.js';

/** By this comment a rule is known as ours. */
const MARK = 'holdfast';
/** How long iptables waits for somebody else who changes rules, seconds. */
const LOCK_WAIT = 5;
/** What can stand in the text that we write: names of chains and sets come from a configuration. */
const SAFE_NAME = /^[A-Za-z0-9_.:+-]{1,31}$/;

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const ND_TYPES = [135, 136] as const;
/** MLDv2 and MLD reports, and router solicitations. */
const MAC_TYPES = [143, 131, 133] as const;

export const toolOf = (family: Family): string => (family === 'ipv4' ? 'iptables' : 'ip6tables');
const familyOfEntry = (entry: FirewallEntry): Family =>
  entry.kind === 'virtual-mac' ? entry.family : familyOf(entry.address);

/** What has to be there for an entry: without sets nothing but the entry's own rules. */
export function setsOf(entry: FirewallEntry): string {
  return `${familyOfEntry(entry)} ${entry.kind === 'virtual-mac' ? 'virtual-macs' : 'addresses'}`;
}

export class IptablesRules {
  readonly #input: string;
  readonly #output: string | undefined;
  readonly #sets: readonly string[];

  constructor({ iptables, ipsets }: FirewallPlace) {
    this.#input = iptables?.input ?? 'INPUT';
    this.#output = iptables?.output;
    this.#sets = ipsets;
  }

  /** Chains and sets, to see whether they are others. */
  get where(): string {
    return [this.#input, this.#output, ...this.#sets].join(' ');
  }
  get usesSets(): boolean {
    return this.#sets.length > 0;
  }

  /** The first name that cannot be used. */
  get unusableName(): string | undefined {
    return [this.#input, ...(this.#output === undefined ? [] : [this.#output]), ...this.#sets].find(
      (name) => !SAFE_NAME.test(name),
    );
  }

  /** Whatever is ours goes, and what `entries` need comes, for each family at once. */
  rebuild(entries: readonly FirewallEntry[]): string {
    const lines = ['set -e'];
    if (this.usesSets && entries.length > 0) lines.push(...this.#restoreSets(this.#makeSets(entries)));
    for (const family of FAMILIES) {
      const own = entries.filter((entry) => familyOfEntry(entry) === family);
      const rules = this.usesSets ? this.#setRules(own) : own.flatMap((entry) => this.#rulesOf('add', entry));
      const tool = toolOf(family);
      // Read before the change begins, which locks the others out.
      const old = this.#chains.map(
        (chain) =>
          `${tool} -w ${LOCK_WAIT} -S ${chain} 2>/dev/null | sed -n '/--comment "*${MARK}/s/^-A/-D/p'`,
      );
      lines.push('old=$(', ...old, ')');
      // Where nothing shall be made, a tool or chain that is missing holds nothing of ours.
      const tolerant = own.length === 0 ? ` || :` : '';
      lines.push(...restore(tool, ['echo "$old"'], rules, tolerant));
    }
    if (this.usesSets && entries.length === 0)
      for (const name of this.#sets) lines.push(`ipset destroy ${name} 2>/dev/null || :`);
    return lines.join('\n');
  }

  /** Only what differs; everything that `entries` need is there. */
  change(verb: 'add' | 'delete', entries: readonly FirewallEntry[]): string {
    const lines = ['set -e'];
    if (this.usesSets) {
      const word = verb === 'add' ? 'add' : 'del';
      lines.push(
        ...this.#restoreSets(entries.flatMap((entry) => this.#members(entry)).map((one) => `${word} ${one}`)),
      );
      return lines.join('\n');
    }
    for (const family of FAMILIES) {
      const rules = entries
        .filter((entry) => familyOfEntry(entry) === family)
        .flatMap((entry) => this.#rulesOf(verb, entry));
      if (rules.length > 0) lines.push(...restore(toolOf(family), [], rules, ''));
    }
    return lines.join('\n');
  }

  get #chains(): readonly string[] {
    return this.#output === undefined || this.#output === this.#input
      ? [this.#input]
      : [this.#input, this.#output];
  }

  #restoreSets(lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : [`ipset -exist restore <<'END'`, ...lines, 'END'];
  }

  #makeSets(entries: readonly FirewallEntry[]): string[] {
    const kinds = new Set(entries.map(setsOf));
    const [v4 = '', v6 = '', link = '', igmp = '', mld = ''] = this.#sets;
    const create = (name: string, type: string, family: string): string[] => [
      `create ${name} ${type} family ${family}`,
      `flush ${name}`,
    ];
    return [
      ...(kinds.has('ipv4 addresses') ? create(v4, 'hash:ip', 'inet') : []),
      ...(kinds.has('ipv6 addresses')
        ? [...create(v6, 'hash:ip', 'inet6'), ...create(link, 'hash:net,iface', 'inet6')]
        : []),
      ...(kinds.has('ipv4 virtual-macs') ? create(igmp, 'hash:net,iface', 'inet') : []),
      ...(kinds.has('ipv6 virtual-macs') ? create(mld, 'hash:net,iface', 'inet6') : []),
      ...entries.flatMap((entry) => this.#members(entry)).map((one) => `add ${one}`),
    ];
  }

  /** `SET ELEMENT` for each set that an entry is in. */
  #members(entry: FirewallEntry): string[] {
    const [v4, v6, link, igmp, mld] = this.#sets;
    switch (entry.kind) {
      case 'address':
        return [`${familyOf(entry.address) === 'ipv4' ? v4 : v6} ${entry.address}`];
      case 'link-local':
        return [`${link} ${entry.address},${entry.interfaceName}`];
      case 'virtual-mac':
        return entry.family === 'ipv4'
          ? [`${igmp} 224.0.0.0/4,${entry.interfaceName}`]
          : [`${mld} ff00::/8,${entry.interfaceName}`];
    }
  }

  #setRules(entries: readonly FirewallEntry[]): string[] {
    const kinds = new Set(entries.map(setsOf));
    const [v4 = '', v6 = '', link = '', igmp = '', mld = ''] = this.#sets;
    const both = (into: string, out: string): string[] => [
      `-A ${this.#input} ${into}`,
      ...(this.#output === undefined ? [] : [`-A ${this.#output} ${out}`]),
    ];
    const of = (set: string, into: string, out: string, rest: string): string[] =>
      both(`-m set --match-set ${set} ${into} ${rest}`, `-m set --match-set ${set} ${out} ${rest}`);
    const neighbours = (set: string, into: string, out: string): string[] => [
      ...ND_TYPES.flatMap((type) =>
        of(set, into, out, `-p ipv6-icmp --icmpv6-type ${type} ${OURS} -j ACCEPT`),
      ),
      ...of(set, into, out, `${OURS} -j DROP`),
    ];
    const out = (rest: string): string[] =>
      this.#output === undefined ? [] : [`-A ${this.#output} ${rest} ${OURS} -j DROP`];
    return [
      ...(kinds.has('ipv4 addresses') ? of(v4, 'dst', 'src', `${OURS} -j DROP`) : []),
      ...(kinds.has('ipv6 addresses')
        ? [...neighbours(link, 'dst,src', 'src,dst'), ...neighbours(v6, 'dst', 'src')]
        : []),
      ...(kinds.has('ipv4 virtual-macs') ? out(`-p igmp -m set --match-set ${igmp} dst,dst`) : []),
      ...(kinds.has('ipv6 virtual-macs')
        ? MAC_TYPES.flatMap((type) =>
            out(`-p ipv6-icmp --icmpv6-type ${type} -m set --match-set ${mld} dst,dst`),
          )
        : []),
    ];
  }

  /** Rules of one entry, without sets: at the head of the chains, so that nothing lets the traffic in before. */
  #rulesOf(verb: 'add' | 'delete', entry: FirewallEntry): string[] {
    const put = (chain: string, rule: string): string => `${verb === 'add' ? '-I' : '-D'} ${chain} ${rule}`;
    if (entry.kind === 'virtual-mac')
      return this.#output === undefined
        ? []
        : macRules(entry).map((rule) => put(this.#output ?? '', `-o ${entry.interfaceName} ${rule}`));
    const { address } = entry;
    const on = entry.kind === 'link-local' ? entry.interfaceName : undefined;
    const into = `-d ${address}${on === undefined ? '' : ` -i ${on}`}`;
    const out = `-s ${address}${on === undefined ? '' : ` -o ${on}`}`;
    // Each goes to the head: what shall stand first is put there last.
    const ends = [
      `${OURS} -j DROP`,
      ...(familyOf(address) === 'ipv4'
        ? []
        : ND_TYPES.map((type) => `-p ipv6-icmp --icmpv6-type ${type} ${OURS} -j ACCEPT`)),
    ];
    return ends.flatMap((end) => [
      put(this.#input, `${into} ${end}`),
      ...(this.#output === undefined ? [] : [put(this.#output, `${out} ${end}`)]),
    ]);
  }
}

const OURS = `-m comment --comment ${MARK}`;

function macRules(entry: Extract<FirewallEntry, { kind: 'virtual-mac' }>): string[] {
  if (entry.family === 'ipv4') return [`-p igmp ${OURS} -j DROP`];
  return MAC_TYPES.map((type) => `-p ipv6-icmp --icmpv6-type ${type} ${OURS} -j DROP`);
}

/** One atomic change of the filter table: what the commands of `old` print, then `rules`. */
function restore(tool: string, old: readonly string[], rules: readonly string[], tolerant: string): string[] {
  return [
    '{',
    `echo '*filter'`,
    ...old,
    ...(rules.length === 0 ? [] : [`cat <<'END'`, ...rules, 'END']),
    'echo COMMIT',
    `} | ${tool}-restore -w ${LOCK_WAIT} --noflush${tolerant}`,
  ];
}
