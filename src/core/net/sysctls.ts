/**
 * Settings of the kernel's network (/proc/sys/net) that are held to a value while somebody needs it and put back
 * afterwards. Several may need the same one: it goes back with the last of them. Who needs which is decided
 * elsewhere (directives-vrrp sections 1.2 and 1.4); what was there before is remembered by the host, beyond the
 * end of the process, so that a killed daemon's settings are put back by the next.
 */
import type { Family } from '../../base/ip-address.js';
import { after, type Duration, formatDuration, seconds } from '../../base/time.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Failure } from '../inputs.js';
import type { Outbox } from '../outbox.js';

/** A path below /proc/sys/net: `ipv4/conf/eth0/arp_ignore`. */
export type SysctlName = string;

export type SysctlOperation =
  /** To `value`, unless it is that already. */
  | { readonly operation: 'set'; readonly name: SysctlName; readonly value: number }
  /** To `value`, if it is lower. */
  | { readonly operation: 'raise'; readonly name: SysctlName; readonly value: number }
  /** To what was there before we changed it, unless somebody else has changed it since. */
  | { readonly operation: 'restore'; readonly name: SysctlName }
  /** Only says what is there, or was before we changed it. */
  | { readonly operation: 'read'; readonly name: SysctlName };

export interface SysctlResult {
  readonly operation: SysctlOperation;
  /** What is there, or was before we changed it; absent where it could not be read. */
  readonly value?: number;
  readonly error?: Failure;
}

/** How long a setting is left alone that could not be changed. */
export const SYSCTL_RETRY: Duration = seconds(10);

export const interfaceSysctl = (family: Family, device: string, setting: string): SysctlName =>
  `${family}/conf/${device}/${setting}`;

export type WantedSysctl = Extract<SysctlOperation, { operation: 'set' | 'raise' }>;

interface Held {
  readonly operation: WantedSysctl;
  readonly owners: Set<string>;
}

export class Sysctls {
  readonly #held = new Map<SysctlName, Held>();
  /** By owner. */
  readonly #namesOf = new Map<string, ReadonlySet<SysctlName>>();
  /** The names held of one interface. */
  readonly #namesOn = new Map<string, Set<SysctlName>>();
  readonly #requests = new Set<number>();
  readonly #reads = new Map<SysctlName, (value: number | undefined) => void>();
  /** What an earlier life changed and nobody holds yet. */
  readonly #inherited = new Set<SysctlName>();
  readonly #failed = new Map<SysctlName, WantedSysctl>();
  /** Refusals that were said: asking again is quiet until the answer is another one. */
  readonly #said = new Map<SysctlName, string>();
  readonly #retry: Deadline;

  constructor(
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
  ) {
    this.#retry = { what: 'set kernel settings again', periodic: false, fire: () => this.#askAgain() };
  }

  /** Requests without an answer. */
  get unanswered(): number {
    return this.#requests.size;
  }

  /** What an earlier life of the daemon left changed: kept where it is needed again, put back by `putBackRest`. */
  inherit(names: readonly SysctlName[]): void {
    for (const name of names) this.#inherited.add(name);
  }

  /** Everybody has said what they need: what an earlier life changed beyond that is put back. */
  putBackRest(): void {
    if (this.#reads.size > 0) return;
    for (const name of this.#inherited) if (!this.#held.has(name)) this.#ask({ operation: 'restore', name });
    this.#inherited.clear();
  }

  /**
   * All that this owner needs from now on, instead of what it needed before; empty: nothing. `owner` is any text
   * that names who needs it; for one name all owners must want the same.
   */
  want(owner: string, wanted: readonly WantedSysctl[]): void {
    const before = this.#namesOf.get(owner);
    if (wanted.length === 0) this.#namesOf.delete(owner);
    else this.#namesOf.set(owner, new Set(wanted.map(({ name }) => name)));
    for (const wish of wanted) this.#hold(owner, wish);
    // What was done last is undone first.
    for (const name of [...(before ?? [])].reverse())
      if (!this.#namesOf.get(owner)?.has(name)) this.#release(owner, name);
  }

  /** Nobody needs anything any more. */
  end(): void {
    for (const owner of [...this.#namesOf.keys()]) this.want(owner, []);
  }

  #hold(owner: string, operation: WantedSysctl): void {
    const { name } = operation;
    const known = this.#held.get(name);
    if (known) {
      known.owners.add(owner);
      return;
    }
    this.#held.set(name, { operation, owners: new Set([owner]) });
    const device = deviceOf(name);
    const names = this.#namesOn.get(device);
    if (names) names.add(name);
    else this.#namesOn.set(device, new Set([name]));
    this.#ask(operation);
  }

  #release(owner: string, name: SysctlName): void {
    const held = this.#held.get(name);
    held?.owners.delete(owner);
    if (!held || held.owners.size > 0) return;
    this.#held.delete(name);
    this.#failed.delete(name);
    const names = this.#namesOn.get(deviceOf(name));
    names?.delete(name);
    if (names?.size === 0) this.#namesOn.delete(deviceOf(name));
    this.#ask({ operation: 'restore', name });
  }

  /** `then` is told what is there, or was before we changed it; undefined where that cannot be read. */
  read(name: SysctlName, then: (value: number | undefined) => void): void {
    this.#reads.set(name, then);
    this.#ask({ operation: 'read', name });
  }

  /** A link of this name appeared: its settings are those of a new link. */
  linkAppeared(device: string): void {
    for (const name of this.#namesOn.get(device) ?? []) {
      const held = this.#held.get(name);
      if (held) this.#ask(held.operation);
    }
  }

  applied(request: number, results: readonly SysctlResult[]): void {
    this.#requests.delete(request);
    for (const { operation, value, error } of results) {
      if (operation.operation === 'read') {
        const then = this.#reads.get(operation.name);
        this.#reads.delete(operation.name);
        then?.(value);
      }
      if (!error || error.code === 'ENOENT') this.#said.delete(operation.name);
      else this.#refused(operation, value, error);
    }
    if (this.#inherited.size > 0) this.putBackRest();
  }

  #refused(operation: SysctlOperation, value: number | undefined, error: Failure): void {
    const { name } = operation;
    if (operation.operation === 'set' || operation.operation === 'raise') {
      if (!this.#held.has(name)) return;
      this.#failed.set(name, operation);
      if (this.deadlines.at(this.#retry) === undefined)
        this.deadlines.arm(this.#retry, after(this.outbox.now, SYSCTL_RETRY));
    }
    if (this.#said.get(name) === error.code) return;
    this.#said.set(name, error.code);
    const setting = `/proc/sys/net/${name}`;
    const found = value === undefined ? '' : ` (it is ${value})`;
    if (operation.operation === 'read')
      this.outbox.log('error', `${setting} could not be read: ${error.message}`);
    else if (operation.operation === 'restore')
      this.outbox.log('error', `${setting} could not be put back${found}: ${error.message}`);
    else
      this.outbox.log(
        'error',
        `${setting} could not be set to ${operation.value}${found}: ${error.message}; trying again every ` +
          `${formatDuration(SYSCTL_RETRY)}. Make it writable, or set it before the start`,
      );
  }

  #askAgain(): void {
    for (const operation of this.#failed.values()) this.#ask(operation);
    this.#failed.clear();
  }

  #ask(operation: SysctlOperation): void {
    this.#requests.add(this.outbox.sysctl(operation));
  }
}

/** `ipv4/conf/DEVICE/SETTING` */
const deviceOf = (name: SysctlName): string => name.split('/')[2] ?? '';
