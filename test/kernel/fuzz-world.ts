/**
 * Load balancing configurations as values, which fuzz-maker.ts makes, fuzz-edit.ts edits, fuzz-text.ts writes down and
 * fuzz-lab.ts gives to two daemons. What a checker looks at is a switch: a listener that is there or not, or a file; so is
 * an address of the machine. Both daemons see the same ones.
 */
export type Family = 4 | 6;

/** `good`: answers; `bad`: accepts, and answers wrongly; `closed`: is not there. Of a file: see CONTENTS. */
export type Condition = 'good' | 'bad' | 'closed';
/** `tcp ADDRESS PORT`, `smtp ...`, `udp ...`, `bfd ADDRESS`, `file NAME`, or `vip ADDRESS`, which the machine has or has not. */
export type Switch = string;

export interface Checker {
  readonly kind:
    | 'TCP_CHECK'
    | 'HTTP_GET'
    | 'SMTP_CHECK'
    | 'UDP_CHECK'
    | 'DNS_CHECK'
    | 'PING_CHECK'
    | 'MISC_CHECK'
    | 'FILE_CHECK'
    | 'BFD_CHECK';
  readonly at: Switch;
  /** Lines as they are written in the block. */
  readonly lines: readonly string[];
}

export interface Server {
  address: string;
  port: number | undefined;
  weight: number | undefined;
  method: string | undefined;
  thresholds: readonly [upper: number, lower: number] | undefined;
  inhibit: boolean | undefined;
  alpha: boolean | undefined;
  /** Of this server alone. */
  timing: readonly string[];
  notifyUp: boolean;
  notifyDown: boolean;
  checkers: readonly Checker[];
}

export interface Virtual {
  readonly tag: string;
  readonly number: number;
  readonly family: Family;
  /** What stands behind `virtual_server`. */
  readonly head: string;
  /** Lines of a `virtual_server_group`. */
  entries: readonly string[] | undefined;
  /** It uses the group of that virtual server, as the so-and-so-many-th. */
  readonly sharing: { readonly number: number; readonly nth: number } | undefined;
  /** By which `ha_suspend` finds out whether it is on duty. Those of a group Keepalived does not find. */
  readonly vip: string | undefined;
  suspend: boolean;
  readonly isMark: boolean;
  readonly explicitFamily: boolean;
  protocol: string | undefined;
  /** Of the service; 0 where it has none. */
  readonly port: number;
  scheduler: string;
  flags: readonly string[];
  method: string;
  persistence:
    | {
        readonly timeout: number | undefined;
        readonly granularity: string | undefined;
        readonly engine: boolean;
      }
    | undefined;
  ops: boolean;
  weight: number | undefined;
  quorum: number | undefined;
  hysteresis: number | undefined;
  alpha: boolean;
  omega: boolean;
  inhibit: boolean;
  sorry:
    | {
        readonly address: string;
        readonly port: number | undefined;
        readonly inhibit: boolean;
        readonly method: string | undefined;
      }
    | undefined;
  timing: readonly string[];
  quorumUp: boolean;
  quorumDown: boolean;
  servers: Server[];
}

/** A VRRP instance that nobody contests; a number other than 0 in its file is its FAULT. */
export interface Instance {
  readonly name: string;
  readonly vrid: number;
  readonly file: string;
  vips: readonly string[];
}

export interface World {
  readonly seed: number;
  globals: string[];
  /** Names of BFD sessions: see PEERS. */
  readonly sessions: readonly string[];
  readonly instances: readonly Instance[];
  virtuals: Virtual[];
}

/** Addresses of servers, of which each machine has all. */
export const ADDRESSES = {
  4: [1, 2, 3, 4, 5, 6].map((n) => `10.1.0.${n}`),
  6: [1, 2, 3, 4, 5, 6].map((n) => `2001:db8:1::${n}`),
} as const;
export const PORTS = [8001, 8002, 8003];
/** The other ends of BFD sessions, by their names. */
export const PEERS: Readonly<Record<string, string>> = { b0: '10.9.0.2', b1: '10.9.0.3' };
/** What a file holds: numbers that are tracked (`f`), of which one makes instances of VRRP fail (`p`); exit codes of
 * scripts (`m`), also of those that ask for a weight by more than 1 (`d`). */
export const CONTENTS: Readonly<Record<string, Readonly<Record<Condition, string>>>> = {
  f0: { good: '0', bad: '1', closed: '5' },
  f1: { good: '0', bad: '-3', closed: '300' },
  f2: { good: '2', bad: 'text', closed: '-200' },
  f3: { good: '0', bad: '1', closed: '5' },
  m0: { good: '0', bad: '1', closed: '5' },
  m1: { good: '0', bad: '1', closed: '5' },
  m2: { good: '0', bad: '1', closed: '5' },
  d0: { good: '4', bad: '1', closed: '5' },
  d1: { good: '3', bad: '1', closed: '2' },
  d2: { good: '12', bad: '1', closed: '255' },
  p0: { good: '0', bad: '1', closed: '1' },
  p1: { good: '0', bad: '1', closed: '1' },
};
/** Files that servers track. The last one is good at first: see switchesOf. */
export const FILES = ['f0', 'f1', 'f2', 'f3'];
