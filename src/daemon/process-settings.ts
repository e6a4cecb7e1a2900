/**
 * What a configuration says about the process that speaks VRRP, or about that of the load balancer: its name, its file
 * mask, its nice value, its processors; at the start and again at every reload. What is not said any more goes back to
 * what it was. What real-time scheduling means is decided in realtime.ts. (directives-global section 3.2)
 */
import { getPriority, setPriority } from 'node:os';
import { type Duration, seconds } from '../base/time.js';
import type { GlobalSettings } from '../config/model-globals.js';
import type { LogLevel } from '../core/effects.js';
import { processorsOfThread, runThreadOn } from '../host/linux/affinity.js';
import { errnoText } from '../host/linux/errno.js';
import { mayBeNice } from '../host/linux/proc.js';
import type { ParentSettings } from './link.js';
import { checkerName, nameThisProcess, parentName, vrrpName } from './process-name.js';
import { Realtime } from './realtime.js';

/** Keepalived's own default: files that we make are for their owner alone. */
export const DEFAULT_UMASK = 0o177;

/** What child_wait_time is where nobody says it. */
const CHILD_WAIT_TIME = seconds(5);

/** So much nicer is who yields: a third of the processor where two want it, and more where nobody does. */
const YIELDING = 5;
const NICEST = 19;

/** The keywords of each process. */
const KEYWORDS = {
  vrrp: {
    nice: 'vrrp_priority',
    niceOf: (globals: GlobalSettings) => globals.vrrpPriority,
    processors: 'vrrp_cpu_affinity',
    processorsOf: (globals: GlobalSettings) => globals.vrrpCpuAffinity,
    // BFD's, too (shared-process.ts).
    swapOf: ({ vrrpNoSwap, bfdNoSwap }: GlobalSettings) =>
      vrrpNoSwap ? 'vrrp_no_swap' : bfdNoSwap ? 'bfd_no_swap' : undefined,
    realtimeLimit: 'vrrp_rlimit_rttime',
    realtimeOf: ({ vrrpRealtimePriority: priority, vrrpRealtimeLimit: limit }: GlobalSettings) => ({
      priority,
      limit,
    }),
  },
  checker: {
    nice: 'checker_priority',
    niceOf: (globals: GlobalSettings) => globals.checkerPriority,
    processors: 'checker_cpu_affinity',
    processorsOf: (globals: GlobalSettings) => globals.checkerCpuAffinity,
    swapOf: (globals: GlobalSettings) => (globals.checkerNoSwap ? 'checker_no_swap' : undefined),
    realtimeLimit: 'checker_rlimit_rttime',
    realtimeOf: ({ checkerRealtimePriority: priority, checkerRealtimeLimit: limit }: GlobalSettings) => ({
      priority,
      limit,
    }),
  },
} as const;

export class ProcessSettings {
  readonly #part: keyof typeof KEYWORDS;
  readonly #programName: string;
  readonly #tellParent: ((settings: ParentSettings) => void) | undefined;
  readonly #umask: number | undefined;
  readonly #log: (level: LogLevel, text: string) => void;
  readonly #nice = getPriority();
  readonly #processors = processorsOfThread();
  readonly #realtime: Realtime;
  #name: string;
  #noSwap = false;
  /** What nice value the keywords come to, and whether others go before for a while. */
  #wanted: number;
  #yields = false;

  /** `umask` of the command line goes first. `tellParent` is absent where no parent watches over this process. */
  constructor(options: {
    /** Whose keywords count; by default those of VRRP. */
    readonly part?: keyof typeof KEYWORDS;
    readonly programName: string;
    readonly umask: number | undefined;
    readonly tellParent?: (settings: ParentSettings) => void;
    readonly log: (level: LogLevel, text: string) => void;
  }) {
    this.#part = options.part ?? 'vrrp';
    this.#programName = options.programName;
    this.#name = options.programName;
    this.#wanted = this.#nice;
    this.#tellParent = options.tellParent;
    this.#umask = options.umask;
    this.#log = options.log;
    this.#realtime = new Realtime({
      limitKeyword: KEYWORDS[this.#part].realtimeLimit,
      prompt: this.#part === 'vrrp',
      log: options.log,
    });
  }

  apply(globals: GlobalSettings): void {
    const { niceOf, processorsOf, realtimeOf, swapOf } = KEYWORDS[this.#part];
    const name =
      this.#part === 'vrrp'
        ? vrrpName(globals, this.#programName, this.#tellParent === undefined)
        : checkerName(globals, this.#programName);
    if (name !== this.#name) nameThisProcess(name);
    this.#name = name;
    process.umask(this.#umask ?? globals.umask ?? DEFAULT_UMASK);
    // 0 says nothing, as with Keepalived: what a unit's Nice= made of it stays.
    this.#beNice(niceOf(globals) || this.#nice);
    this.#runOn(processorsOf(globals));
    const { maxAutoPriority: highest, minAutoPriorityDelay: lateness } = globals;
    this.#realtime.apply({ ...realtimeOf(globals), highest, lateness });
    const swap = swapOf(globals);
    if (swap !== undefined && !this.#noSwap)
      this.#log(
        'warning',
        `${swap} has no effect: locked memory triples a Node.js process and ends it when it grows; turn swap off`,
      );
    this.#noSwap = swap !== undefined;
    this.#tellParent?.({
      name: parentName(globals, this.#programName),
      patience: (globals.childWaitTime ?? CHILD_WAIT_TIME) / 1000,
    });
  }

  /** Of this process others lose sight soon, and why; undefined: nobody does (urgency.ts). */
  urge(why: string | undefined): void {
    this.#realtime.urge(why);
  }
  /** For a while it does what is not urgent. */
  calm(): void {
    this.#realtime.calm();
  }
  /** It has computed in real time for too long (realtime.ts). */
  exhausted(): boolean {
    return this.#realtime.exhausted();
  }
  /** A deadline was met so much after its time. */
  late(by: Duration): void {
    this.#realtime.late(by);
  }

  /** Whether others go before us for a while, where we may have our priority back. */
  yieldToOthers(yes: boolean): void {
    if (yes && !mayBeNice(this.#wanted)) return;
    this.#yields = yes;
    this.#beNice(this.#wanted);
  }

  /** How the kernel shall treat us around a takeover: realtime.ts. */
  prepare(): void {
    this.#realtime.prepare();
  }
  hurry(): void {
    this.#realtime.hurry();
  }
  relax(): void {
    this.#realtime.relax();
  }

  /** What comes last runs as what came first did. */
  restore(): void {
    this.#realtime.restore();
    this.#beNice(this.#nice);
    this.#runOn(undefined);
  }

  #beNice(wanted: number): void {
    this.#wanted = wanted;
    const nice = this.#yields ? Math.min(wanted + YIELDING, NICEST) : wanted;
    if (getPriority() === nice) return;
    try {
      setPriority(nice);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#log(
        'warning',
        `${KEYWORDS[this.#part].nice} ${nice}: ${why}; to lower it needs CAP_SYS_NICE or LimitNICE=`,
      );
    }
  }

  #runOn(processors: readonly number[] | undefined): void {
    const wanted = processors ?? this.#processors;
    if (typeof wanted === 'number') return;
    const current = processorsOfThread();
    const same = typeof current !== 'number' && current.join() === [...wanted].sort((a, b) => a - b).join();
    if (same) return;
    const outcome = runThreadOn(wanted);
    if (outcome < 0)
      this.#log(
        'warning',
        `${KEYWORDS[this.#part].processors} ${wanted.join(' ')}: ${errnoText(outcome)}; use processors that /sys/devices/system/cpu/online and the cpuset of the service have`,
      );
  }
}
