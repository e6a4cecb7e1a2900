/**
 * What the first process and the one of the load balancer say to each other (DESIGN section 4). The first reads the
 * configuration and hands it over, passes on the facts of BFD and VRRP, and asks for people; the second says how its
 * servers fare. Plain data only.
 */
import type { InstanceState } from '../../core/effects.js';
import type { LvsConfiguration } from '../../core/lvs/configuration.js';
import type { Answer, BalancerEvent } from '../../core/lvs/effects.js';
import type { Question, Remembered } from '../../core/lvs/inputs.js';
import type { ListChange } from './list-change.js';
import type { PackedService } from './packed-servers.js';

export type ToBalancer =
  /** The first word; `services` and a `configuration` follow. */
  | {
      readonly say: 'begin';
      readonly namespace?: string;
      readonly runDirectory: string;
      readonly pidFile: string;
      /** Servers as an earlier process had them that died; absent: there was none, as far as this first process knows. */
      readonly remembered?: readonly Remembered[];
      readonly instances: Readonly<Record<string, InstanceState>>;
      readonly sessions: Readonly<Record<string, boolean>>;
      /** If the first process is gone, another one takes its place soon: then nothing is taken down. */
      readonly succeeded: boolean;
      /** The nice value that the first process was started with. */
      readonly nice: number;
    }
  /** Virtual servers that the next `configuration` names and no earlier one did, each once, in the order of the text. */
  | { readonly say: 'services'; readonly fresh: readonly PackedService[] }
  /** Virtual servers by digest, as a change of those before; the settings of who is not known were said before. */
  | { readonly say: 'configuration'; readonly frame: LvsConfiguration; readonly order: ListChange<string> }
  | { readonly say: 'instance'; readonly name: string; readonly state: InstanceState }
  | { readonly say: 'session'; readonly name: string; readonly up: boolean }
  | { readonly say: 'ask'; readonly request: number; readonly question: Question }
  | { readonly say: 'dump' }
  /** Answered by `alive`, at once. */
  | { readonly say: 'are-you-alive' }
  | { readonly say: 'stop'; readonly reason: string };

export type FromBalancer =
  /** It begins, and knows this of its servers. */
  | { readonly say: 'ready'; readonly known: readonly Remembered[] }
  | { readonly say: 'alive' }
  /** Its start is over, as far as the table is concerned. */
  | { readonly say: 'table-stands' }
  /** It ends, and starting it again would not help. */
  | { readonly say: 'refused'; readonly text: string }
  | { readonly say: 'event'; readonly event: BalancerEvent }
  | { readonly say: 'answer'; readonly request: number; readonly answer: Answer }
  /** It got a SIGHUP of its own. */
  | { readonly say: 'reload' };
