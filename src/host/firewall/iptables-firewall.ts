/**
 * The firewall by iptables, ip6tables and ipset, one request after the other, each a shell text in the script runner:
 * nothing of it runs on the loop. It knows what it has made, and makes everything anew where a change was refused.
 * What is wanted is the engine's; that addresses wait meanwhile is firewalls.ts's affair. DESIGN rule 11.
 */
import { IPTABLES_PATIENCE_MS } from '../../base/limits.js';
import type { Effect } from '../../core/effects.js';
import type { Failure, ScriptOutcome } from '../../core/inputs.js';
import { type FirewallEntry, type FirewallKey, firewallKey } from '../../core/net/firewall-facts.js';
import type { Scripts } from '../scripts.js';
import { IptablesRules, setsOf } from './iptables-rules.js';

type Request = Extract<Effect, { kind: 'apply-firewall' }>;

export class IptablesFirewall {
  readonly #scripts: Pick<Scripts, 'tool'>;
  #entries = new Map<FirewallKey, FirewallEntry>();
  /** Where our rules stand. */
  #rules: IptablesRules | undefined;

  constructor(scripts: Pick<Scripts, 'tool'>) {
    this.#scripts = scripts;
  }

  /** Resolves with what was refused, undefined when all is done; never rejects. One at a time. */
  async apply({ place, fresh, operations }: Request): Promise<Failure | undefined> {
    const rules = new IptablesRules(place);
    const unusable = rules.unusableName;
    if (unusable !== undefined)
      return {
        code: 'EINVAL',
        message: `iptables: "${unusable}" cannot be the name of a chain or set; use letters, digits, - and _ (at most 31)`,
      };
    // In chains that a reload left behind nothing of ours stays.
    if (this.#rules && this.#rules.where !== rules.where) await this.#run(this.#rules.rebuild([]));
    this.#rules = rules;
    const before = fresh ? new Map<FirewallKey, FirewallEntry>() : this.#entries;
    const wanted = new Map(before);
    for (const { operation, entry } of operations) {
      if (operation === 'add') wanted.set(firewallKey(entry), entry);
      else wanted.delete(firewallKey(entry));
    }
    const had = new Set([...before.values()].map(setsOf));
    const complete = !rules.usesSets || [...wanted.values()].every((entry) => had.has(setsOf(entry)));
    const gradual = !fresh && complete && (await this.#change(rules, operations));
    const failure = gradual ? undefined : await this.#run(rules.rebuild([...wanted.values()]));
    this.#entries = failure ? new Map() : wanted;
    return failure;
  }

  async #change(rules: IptablesRules, operations: Request['operations']): Promise<boolean> {
    for (const verb of ['delete', 'add'] as const) {
      const entries = operations.flatMap(({ operation, entry }) => (operation === verb ? [entry] : []));
      if (entries.length > 0 && (await this.#run(rules.change(verb, entries)))) return false;
    }
    return true;
  }

  async #run(text: string): Promise<Failure | undefined> {
    const outcome = await new Promise<ScriptOutcome>((done) =>
      this.#scripts.tool(['/bin/sh', '-c', text], IPTABLES_PATIENCE_MS, done),
    );
    if (outcome.kind === 'exit' && outcome.code === 0) return undefined;
    if (outcome.kind === 'failed') return outcome.error;
    const how =
      outcome.kind === 'timeout'
        ? `no end after ${IPTABLES_PATIENCE_MS / 1000} s`
        : outcome.kind === 'signal'
          ? `ended by ${outcome.signal}`
          : `exit code ${outcome.code}`;
    const said = (outcome.output ?? '').trim().split('\n').slice(-3).join('; ');
    const remedy =
      'the chains of vrrp_iptables must exist (a startup_script can make them), and ipset must be installed where sets are used';
    return { code: 'EIPTABLES', message: `iptables: ${how}${said === '' ? '' : `: ${said}`}; ${remedy}` };
  }
}
