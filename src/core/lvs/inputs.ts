/**
 * Everything that can reach the load balancer's engine, as plain data (DESIGN rules 2 and 5). What a data plane and the
 * checkers answer stands in balancer.ts and health/check.ts.
 */
import type { InstanceState } from '../effects.js';
import type { CheckInput } from '../health/check.js';
import type { Input } from '../inputs.js';
import type { Timeout } from '../machine.js';
import type { AddressFacts } from '../net/facts.js';
import type { BalancerInput } from './balancer.js';
import type { LvsConfiguration } from './configuration.js';

export type LvsInput =
  | Timeout
  /** The first one: the kernel's addresses, and what is known of servers and instances from before. */
  | {
      readonly kind: 'start';
      readonly addresses: readonly AddressFacts[];
      readonly remembered?: readonly Remembered[];
      /** Of a process that died under the same first one: the table is ours, and is not emptied by `lvs_flush`. */
      readonly successor?: boolean;
    }
  | Extract<Input, { kind: 'address' | 'file-content' | 'notify-finished' | 'fifo-reader' }>
  /** After an overrun of the event socket: all addresses again. */
  | { readonly kind: 'resync'; readonly addresses: readonly AddressFacts[] }
  | BalancerInput
  | CheckInput
  /** The state of a BFD session, as the first process has it; undefined: there is no such session. */
  | { readonly kind: 'bfd-session'; readonly session: string; readonly up: boolean }
  /** A VRRP instance moved. */
  | { readonly kind: 'instance-state'; readonly instance: string; readonly state: InstanceState }
  | { readonly kind: 'reload'; readonly configuration: LvsConfiguration }
  /** Answered by an `answer` with the same request. */
  | { readonly kind: 'ask'; readonly request: number; readonly question: Question }
  /** `keep`: the table stays as it is; `succeeded`: sync daemons go on, too, for another life follows at once. */
  | { readonly kind: 'stop'; readonly reason: string; readonly keep: boolean; readonly succeeded?: boolean };

/** What people ask by command. */
export type Question = { readonly ask: 'status' } | ({ readonly ask: 'drain' } & DrainQuestion);

/** No new connections for a server, or new ones again. */
export interface DrainQuestion {
  /** As in `status`, or only its address, or address:port. */
  readonly server: string;
  /** Of the virtual server; absent: wherever it serves. */
  readonly service?: string;
  readonly undo: boolean;
}

/** A server, or the quorum of a virtual server, as it was when an earlier life of this process ended. */
export interface Remembered {
  readonly service: string;
  /** Absent: it is about the quorum. */
  readonly server?: string;
  /** Of the quorum, whether it was there; absent: as at any other start. */
  readonly alive?: boolean;
  readonly drained: boolean;
}
