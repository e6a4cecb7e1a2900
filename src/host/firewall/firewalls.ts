/**
 * Which tool makes the firewall: nf_tables, or iptables where the configuration asks for it and a true one is there.
 * Requests are answered in their order, each once; while iptables works addresses wait, so that none is there before
 * the rules that guard it. Runtime reference section 11.
 */
import { IPTABLES_PATIENCE_MS } from '../../base/limits.js';
import type { Effect } from '../../core/effects.js';
import type { Failure, Input, ScriptOutcome } from '../../core/inputs.js';
import type { Poller } from '../linux/poller.js';
import type { Scripts } from '../scripts.js';
import { IptablesFirewall } from './iptables-firewall.js';
import { NftFirewall } from './nft-firewall.js';

type Request = Extract<Effect, { kind: 'apply-firewall' }>;

export interface FirewallSeams {
  readonly poller: Poller;
  readonly feed: (input: Input) => void;
  readonly push: (input: Input) => void;
  readonly warn: (text: string) => void;
  readonly scripts: Pick<Scripts, 'tool'>;
  /** Whether address operations have to wait. */
  readonly hold: (held: boolean) => void;
  /** Asks for a turn of the loop, in which step() goes on. */
  readonly requestTurn: () => void;
}

export class Firewalls {
  readonly #seams: FirewallSeams;
  readonly #nft: NftFirewall;
  readonly #iptables: IptablesFirewall;
  readonly #waiting: Request[] = [];
  /** A program works for us. */
  #busy = false;
  /** Undefined: not asked yet. */
  #trueIptables: boolean | undefined;

  constructor(seams: FirewallSeams) {
    this.#seams = seams;
    this.#nft = new NftFirewall(seams.poller, seams.feed, seams.warn);
    this.#iptables = new IptablesFirewall(seams.scripts);
  }

  /** Answered once by `firewall-applied`; with nf_tables everything is done when this returns. */
  apply(request: Request): void {
    this.#waiting.push(request);
    this.step();
  }

  /** Does what can be done now: called once per turn. */
  step(): void {
    while (!this.#busy) {
      const [request] = this.#waiting;
      if (!request) break;
      if (request.place.iptables && this.#trueIptables === undefined) this.#askVersion();
      else {
        this.#waiting.shift();
        if (request.place.iptables && this.#trueIptables) this.#byIptables(request);
        else this.#answer(request, this.#nft.apply(request));
      }
    }
  }

  #byIptables(request: Request): void {
    this.#begin();
    void this.#iptables.apply(request).then((failure) => {
      this.#answer(request, failure);
      this.#ended();
    });
  }

  #begin(): void {
    this.#busy = true;
    this.#seams.hold(true);
  }
  #ended(): void {
    this.#busy = false;
    this.#seams.hold(this.#waiting.length > 0);
    this.#seams.requestTurn();
  }

  #answer({ request }: Request, error: Failure | undefined): void {
    this.#seams.push({ kind: 'firewall-applied', request, ...(error ? { error } : {}) });
    if (!this.#busy && this.#waiting.length === 0) this.#seams.hold(false);
  }

  /** `iptables -V` says (nf_tables) where it only writes for nf_tables: then we do that ourselves. */
  #askVersion(): void {
    this.#begin();
    this.#seams.scripts.tool(['iptables', '-V'], IPTABLES_PATIENCE_MS, (outcome) => {
      this.#judgeVersion(outcome);
      this.#ended();
    });
  }

  #judgeVersion(outcome: ScriptOutcome): void {
    const output = outcome.kind === 'exit' && outcome.code === 0 ? (outcome.output ?? '') : undefined;
    this.#trueIptables = output !== undefined && !output.includes('nf_tables');
    if (this.#trueIptables) return;
    const why =
      output === undefined ? 'there is no iptables command' : 'iptables writes nf_tables rules here';
    this.#seams.warn(
      `vrrp_iptables: ${why}, so nftables is used (table keepalived); write nftables in global_defs instead`,
    );
  }

  close(): void {
    this.#nft.close();
  }
}
