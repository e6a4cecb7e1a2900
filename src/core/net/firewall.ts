/**
 * The firewall that instances need: keeps what traffic shall be stopped, asks for it in one transaction a turn and
 * before any address, notices when somebody else changed it, and says what cannot be kept. Which addresses want it
 * is decided by whoever claims them (addresses.ts); the rules themselves are the host's. Runtime reference section 11.
 */
import { after, type Duration, formatDuration, seconds } from '../../base/time.js';
import type { GlobalSettings } from '../../config/model-globals.js';
import { tableNameOf } from '../../wire/netlink/nftables/name.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Failure } from '../inputs.js';
import type { Outbox } from '../outbox.js';
import {
  type FirewallEntry,
  type FirewallKey,
  type FirewallOperation,
  type FirewallPlace,
  firewallKey,
  planFirewall,
} from './firewall-facts.js';

/** How long a firewall that could not be made is left alone. */
export const FIREWALL_RETRY: Duration = seconds(5);
/** Least time between two repairs of what somebody else changed: whoever does so all the time gets no race. */
export const FIREWALL_REPAIR: Duration = seconds(1);

/** Of many repairs in a row only every so many are said. */
const SAID_REPAIRS = 60;

const DEFAULT_TABLE = 'keepalived';
const DEFAULT_PRIORITY = -1;

export class Firewall {
  #place: FirewallPlace = placeOf({});
  /** By key, and who wants each: the last one that lets go ends it. */
  readonly #wanted = new Map<FirewallKey, FirewallEntry>();
  readonly #wishes = new Map<FirewallKey, Set<string>>();
  /** What each one wants, by its own name. */
  readonly #byOwner = new Map<string, FirewallKey>();
  /** What was asked for and not refused. */
  readonly #observed = new Map<FirewallKey, FirewallEntry>();
  readonly #changed = new Set<FirewallKey>();
  /** Whether nothing that stands there may be believed. */
  #fresh = false;
  #request = 0;
  #unanswered = 0;
  #failure: Failure | undefined;
  /** Whether anything was ever put there. */
  #used = false;
  #ended = false;
  /** Repairs in a row without a quiet time between, and whether another one is due. */
  #repairs = 0;
  #repairDue = false;
  readonly #retry: Deadline;
  readonly #repair: Deadline;

  constructor(
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
  ) {
    this.#retry = { what: 'make the firewall again', periodic: false, fire: () => this.#renew() };
    this.#repair = { what: 'repair the firewall', periodic: false, fire: () => this.#repairAgain() };
  }

  /** Whether the kernel owes no answer. */
  get idle(): boolean {
    return this.#unanswered === 0;
  }
  /** Why it does not stand as it should; undefined: it does, or is not needed. */
  get failure(): Failure | undefined {
    return this.#failure;
  }
  get byIndex(): boolean {
    return this.#place.byIndex;
  }

  /** Whether it stands, and stops what `owner` wants stopped. */
  guards(owner: string): boolean {
    return this.#failure === undefined && this.#byOwner.has(owner);
  }

  /** Takes on settings; another place means that everything is made anew there. */
  configure(globals: Partial<GlobalSettings>): void {
    const place = placeOf(globals);
    if (JSON.stringify(place) === JSON.stringify(this.#place)) return;
    this.#place = place;
    if (this.#request > 0) this.#renew();
  }

  /** What a killed daemon left behind goes, before anything is decided. */
  start(): void {
    this.#renew();
  }

  /** `owner` wants this, instead of what it wanted before; undefined: nothing any more. */
  want(owner: string, entry: FirewallEntry | undefined): void {
    const key = entry && firewallKey(entry);
    const before = this.#byOwner.get(owner);
    if (before === key) return;
    if (before !== undefined) this.#letGo(owner, before);
    if (!entry || key === undefined) return;
    this.#byOwner.set(owner, key);
    const wishes = this.#wishes.get(key);
    if (wishes) wishes.add(owner);
    else {
      this.#wishes.set(key, new Set([owner]));
      this.#wanted.set(key, entry);
      this.#changed.add(key);
    }
  }

  #letGo(owner: string, key: FirewallKey): void {
    this.#byOwner.delete(owner);
    const wishes = this.#wishes.get(key);
    wishes?.delete(owner);
    if (wishes?.size !== 0) return;
    this.#wishes.delete(key);
    this.#wanted.delete(key);
    this.#changed.add(key);
  }

  /** Asks for what changed in this turn, if anything. */
  settle(): void {
    if (this.#ended) return;
    // Where the last attempt failed nothing stands that could be added to.
    const fresh = this.#fresh || (this.#failure !== undefined && this.#changed.size > 0);
    let operations: FirewallOperation[];
    if (fresh) {
      this.#observed.clear();
      operations = planFirewall(this.#wanted, this.#observed, this.#wanted.keys());
    } else {
      if (this.#changed.size === 0) return;
      operations = planFirewall(this.#wanted, this.#observed, this.#changed);
    }
    this.#changed.clear();
    this.#fresh = false;
    if (!fresh && operations.length === 0) return;
    for (const { operation, entry } of operations) {
      if (operation === 'add') this.#observed.set(firewallKey(entry), entry);
      else this.#observed.delete(firewallKey(entry));
    }
    this.#ask(fresh, operations);
  }

  #ask(fresh: boolean, operations: readonly FirewallOperation[]): void {
    this.#request++;
    this.#unanswered++;
    this.#used ||= operations.length > 0;
    const { outbox } = this;
    outbox.firewall({
      kind: 'apply-firewall',
      request: this.#request,
      place: this.#place,
      fresh,
      operations,
    });
  }

  /** The host's answer to one request: all of it was done, or nothing. */
  applied(request: number, failure: Failure | undefined): void {
    this.#unanswered = Math.max(0, this.#unanswered - 1);
    if (failure) {
      // Nothing to be kept is nothing lost: a kernel without nf_tables need not hear of what it lacks.
      if (this.#wanted.size > 0) this.#say(failure);
      this.#failure = this.#wanted.size > 0 ? failure : undefined;
      this.#observed.clear();
      if (this.#wanted.size > 0 && this.deadlines.at(this.#retry) === undefined)
        this.deadlines.arm(this.#retry, after(this.outbox.now, FIREWALL_RETRY));
      return;
    }
    if (request !== this.#request || !this.#failure) return;
    this.#failure = undefined;
    this.deadlines.disarm(this.#retry);
    this.outbox.log('notice', 'the firewall stands again: no_accept and virtual MACs are as configured');
  }

  /** Somebody else changed what is ours; `who` names the program. */
  disturbed(who: string): void {
    if (this.#ended || this.#request === 0) return;
    if (this.deadlines.at(this.#repair) !== undefined) {
      this.#repairDue = true;
      return;
    }
    this.#repairs++;
    if (this.#wanted.size > 0 && (this.#repairs === 1 || this.#repairs % SAID_REPAIRS === 0))
      this.outbox.log(
        'warning',
        `${who} changed the firewall table ${this.#place.table}, which is ours: it is made again` +
          (this.#repairs > 1 ? ` (${this.#repairs} times in a row)` : ''),
      );
    this.#renew();
    this.deadlines.arm(this.#repair, after(this.outbox.now, FIREWALL_REPAIR));
  }

  #repairAgain(): void {
    if (!this.#repairDue) {
      this.#repairs = 0;
      return;
    }
    this.#repairDue = false;
    this.disturbed('somebody');
  }

  /** The last request of all: nothing of ours stays. */
  end(): void {
    if (this.#ended) return;
    if (this.#used) {
      this.#wanted.clear();
      this.#renew();
      this.settle();
    }
    this.#ended = true;
  }

  #renew(): void {
    this.#fresh = true;
  }

  #say({ code, message }: Failure): void {
    if (this.#failure?.code === code && this.#failure.message === message) return;
    const lost: string[] = [];
    let macs = 0;
    for (const entry of this.#wanted.values()) {
      if (entry.kind === 'virtual-mac') macs++;
      else lost.push(entry.address);
    }
    const shown = lost.slice(0, 3).join(', ') + (lost.length > 3 ? ` and ${lost.length - 3} more` : '');
    const consequence = [
      ...(lost.length > 0 ? [`no_accept cannot be kept: traffic to ${shown} is let in`] : []),
      ...(macs > 0 ? ['virtual MACs send group memberships of their own'] : []),
    ].join('; ');
    this.outbox.log(
      'error',
      `the firewall could not be made: ${message} (${code}); ${consequence}. VRRP goes on; tried again every ` +
        `${formatDuration(FIREWALL_RETRY)}, and no more is said while it stays so`,
    );
  }
}

function placeOf(globals: Partial<GlobalSettings>): FirewallPlace {
  const { nftables, iptables, ipsets } = globals;
  return {
    table: nftables ?? tableNameOf(DEFAULT_TABLE, globals.instanceName),
    priority: globals.nftablesPriority ?? DEFAULT_PRIORITY,
    counters: globals.nftablesCounters ?? false,
    byIndex: globals.nftablesIfindex ?? false,
    // With both configured nftables it is.
    ...(iptables && nftables === undefined ? { iptables } : {}),
    ipsets: completeSets(ipsets),
  };
}

const DEFAULT_SETS: readonly string[] = ['keepalived'];

/** Names that are left out are made from the first: `+6`, `_if6`, `_igmp`, `_mld`. A sixth one is not needed: see FirewallEntry. */
function completeSets(configured: readonly string[] | undefined): readonly string[] {
  const given = configured ?? DEFAULT_SETS;
  const [first] = given;
  if (first === undefined) return [];
  const [, six = `${first}6`, link = `${first}_if6`, igmp = `${first}_igmp`, mld = `${first}_mld`] = given;
  return [first, six, link, igmp, mld];
}
