/**
 * Tracked processes: joins the table of who matches with the best source there is, the kernel's connector where it
 * answers, pidfds and a scan elsewhere; says which. Only processes of our own PID namespace are seen.
 */
import type { TrackProcessSettings } from '../config/model.js';
import type { LogLevel } from '../core/effects.js';
import type { Input } from '../core/inputs.js';
import type { BufferSize } from '../core/kernel-buffers.js';
import type { ProcessEvent } from '../wire/netlink/proc-connector.js';
import type { Poller } from './linux/poller.js';
import { commandLine, commandName, isProcess } from './linux/proc.js';
import { PROCESS_EVENT_BUFFER, ProcessConnector } from './process-connector.js';
import { ProcessScan, type Sight, sweepProcesses } from './process-scan.js';
import { ProcessTable } from './process-table.js';
import { ReceiveRoom } from './receive-room.js';

export type ProcessSource = 'connector' | 'pidfd';

export class Processes {
  readonly #table = new ProcessTable();
  readonly #poller: Poller;
  readonly #feed: (input: Input) => void;
  readonly #log: (level: LogLevel, text: string) => void;
  readonly #allowed: readonly ProcessSource[];
  /** In the receive buffer of the connector. */
  readonly #room: ReceiveRoom;
  #connector: ProcessConnector | undefined;
  #scan: ProcessScan | undefined;
  /** Nothing is reported before everything was looked at once: half a count would look like a failure. */
  #sweeping = false;
  #sweepWanted = false;
  #closed = false;

  /** `allowed` in order of preference, for tests and for those who want none of the connector's events. */
  constructor(
    poller: Poller,
    feed: (input: Input) => void,
    log: (level: LogLevel, text: string) => void,
    allowed: readonly ProcessSource[] = ['connector', 'pidfd'],
    /** Of the network namespace in which the connector is asked, where that is not our own. */
    private readonly namespace?: number,
  ) {
    this.#poller = poller;
    this.#feed = feed;
    this.#log = log;
    this.#allowed = allowed;
    this.#room = new ReceiveRoom('process_monitor_rcv_bufs', (text) => log('warning', text), {
      usual: PROCESS_EVENT_BUFFER,
    });
  }

  get source(): ProcessSource {
    return this.#connector ? 'connector' : 'pidfd';
  }

  watch(settings: TrackProcessSettings): void {
    this.#table.add(settings);
    if (!this.#connector && !this.#scan) this.#open();
    this.#sweep();
  }

  unwatch(tracker: string): void {
    this.#table.remove(tracker);
    if (this.#table.empty) this.#shut();
  }

  sizeBuffer(size: BufferSize | undefined): void {
    if (this.#connector) this.#connector.sizeBuffer(size, this.#room);
    else this.#room.set(size, undefined);
  }

  #open(): void {
    if (this.#allowed.includes('connector'))
      this.#connector = ProcessConnector.open(
        this.#poller,
        this.#room,
        {
          event: (event) => this.#event(event),
          overrun: () => this.#sweep(),
          settled: () => this.#settled(),
        },
        this.namespace,
      );
    if (this.#connector) {
      this.#log('info', 'Tracking processes by the events of the kernel (process connector)');
      return;
    }
    const table = this.#table;
    this.#scan = new ProcessScan(this.#poller, {
      examine: (pid) => this.#examine(pid),
      ended: (pid) => table.ended(pid),
      settled: () => this.#settled(),
    });
    this.#log(
      'info',
      'Tracking processes by pidfds and a scan of /proc: the kernel sends no process events in this namespace',
    );
  }

  #examine(pid: number): Sight {
    const name = commandName(pid);
    let words: string[] | undefined;
    this.#table.examine(
      pid,
      name === undefined
        ? undefined
        : {
            name,
            words: () => {
              words ??= commandLine(pid);
              return words;
            },
          },
    );
    // Numbers of threads are among those that the scan looks at, and carry the name of their process.
    if (this.#table.has(pid) && !isProcess(pid)) this.#table.ended(pid);
    if (name === undefined) return 'gone';
    return this.#table.has(pid) ? 'counts' : 'passes';
  }

  #event(event: ProcessEvent): void {
    switch (event.kind) {
      case 'fork':
        if (event.process !== event.parentProcess) this.#table.forked(event.parentProcess, event.process);
        break;
      case 'exec':
        this.#examine(event.process);
        break;
      case 'comm':
        if (event.thread === event.process) this.#examine(event.process);
        break;
      case 'exit':
        if (event.thread === event.process) this.#table.ended(event.process);
        break;
      default:
        break;
    }
  }

  /** Looks at everything soon; what is asked for in one turn is done by one sweep. */
  #sweep(): void {
    this.#sweepWanted = true;
    if (!this.#sweeping) void this.#sweepWhileWanted();
  }

  async #sweepWhileWanted(): Promise<void> {
    this.#sweeping = true;
    while (this.#sweepWanted && !this.#closed) {
      await new Promise((next) => setImmediate(next));
      this.#sweepWanted = false;
      if (this.#scan) await this.#scan.sweep(true);
      else await this.#sweepForConnector();
    }
    this.#sweeping = false;
    this.#settled();
  }

  async #sweepForConnector(): Promise<void> {
    const visit = (pids: readonly number[]): void => {
      for (const pid of pids) this.#examine(pid);
    };
    // Where /proc is not mounted the events alone must do.
    await sweepProcesses(visit, () => !this.#closed).catch(() => {});
  }

  #settled(): void {
    if (!this.#sweeping && !this.#closed) this.#table.flush(this.source, this.#feed);
  }

  #shut(): void {
    this.#connector?.close();
    this.#scan?.close();
    this.#connector = undefined;
    this.#scan = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#shut();
  }
}
