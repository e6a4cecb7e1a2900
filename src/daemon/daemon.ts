/**
 * The running daemon: engine, loop, control socket and reloads held together from the first input to the last
 * effect, and what each signal asks of them. How it gets its places and its configuration is run.ts
 * (DESIGN sections 3 and 4, runtime reference sections 3 and 5).
 */
import { uptime } from 'node:os';
import type { ReloadReport } from '../admin/report.js';
import { ControlServer } from '../admin/server.js';
import { errorLine } from '../base/printable.js';
import { ok } from '../base/result.js';
import { microseconds } from '../base/time.js';
import type { Configuration } from '../config/model.js';
import { factOf } from '../core/bfd/told.js';
import type { InstanceState } from '../core/effects.js';
import { Engine } from '../core/engine.js';
import type { Host } from '../ports/ports.js';
import { asAsked } from './as-asked.js';
import { untilRoom } from './between-deadlines.js';
import type { BfdPidFile } from './bfd-pid-file.js';
import type { ConfigurationRequest } from './configuration.js';
import { Dumps } from './dump/dumps.js';
import { effectiveDump } from './dump/effective.js';
import { EXIT_OK, EXIT_PROGRAM_ERROR } from './exit-codes.js';
import { Loop } from './loop.js';
import type { BalancerProcess } from './lvs/balancer-process.js';
import { withoutCommonReader } from './lvs/common-reader.js';
import type { Handover } from './lvs/handover.js';
import { Postponed } from './postponed.js';
import type { ProcessSettings } from './process-settings.js';
import { ReadingThread } from './reading-thread.js';
import type { Surroundings } from './rehearsal.js';
import { Rehearsals } from './rehearsals.js';
import { Reloader, type ReloadHooks } from './reload.js';
import { ReloadSchedule } from './reload-schedule.js';
import type { RunContext } from './run.js';
import type { RunDirectory } from './run-directory.js';
import { SavedStates } from './saved-states.js';
import { sharedProcess } from './shared-process.js';
import type { SignalRequest } from './signals.js';
import { urgencyOf } from './urgency.js';
import { holdfastVersion } from './usage.js';

/** How long rehearsals wait for the load balancer's table, and then for what follows it at once; milliseconds. */
const TABLE_PATIENCE_MS = 10_000;
const AFTER_TABLE_MS = 500;
/** What `systemctl status` shows until the next reload: `systemctl reload` itself cannot wait for the outcome. */
const RELOAD_REFUSED = 'Running; the last reload was refused, the log says why; what ran before goes on';
/** How much longer than child_wait_time systemd is asked to wait for the end; milliseconds. */
const STOP_GRACE_MS = 5000;
/** How long new ones wait after a reload, for those whom it told something want the processor first. */
const AFTER_RELOAD_MS = 1000;

export class Daemon {
  readonly #context: RunContext;
  readonly #request: ConfigurationRequest;
  readonly #host: Host;
  readonly #runFiles: RunDirectory;
  readonly #settings: ProcessSettings;
  readonly #bfdPidFile: BfdPidFile;
  readonly #balancer: BalancerProcess | undefined;
  readonly #engine: Engine;
  readonly #loop: Loop;
  readonly #control: ControlServer;
  readonly #thread = new ReadingThread();
  readonly #reloader: Reloader;
  readonly #schedule: ReloadSchedule;
  readonly #dumps: Dumps;
  readonly #saved: SavedStates;
  readonly #started = Date.now() * 1000;
  readonly #version = holdfastVersion();
  #configuration: Configuration;
  #loaded = Date.now() * 1000;
  #lastReload: { readonly at: number; readonly outcome: ReloadReport['outcome'] } | undefined;
  readonly #rehearsals = new Rehearsals();
  readonly #laterRehearsal = new Postponed(() => void this.#rehearse());
  #surroundings: Surroundings = { links: [], addresses: [] };
  #stopping = false;
  #balancerEnded: Promise<void> | undefined;
  #end: (code: number) => void = () => {};

  constructor(
    context: RunContext,
    request: ConfigurationRequest,
    configuration: Configuration,
    handover: Handover,
    host: Host,
    runFiles: RunDirectory,
    settings: ProcessSettings,
    balancer: BalancerProcess | undefined,
    bfdPidFile: BfdPidFile,
  ) {
    const { journal } = context;
    this.#context = context;
    this.#request = request;
    this.#configuration = configuration;
    this.#host = host;
    this.#runFiles = runFiles;
    this.#settings = settings;
    this.#bfdPidFile = bfdPidFile;
    this.#balancer = balancer;
    const { logAddresses } = context.options;
    this.#engine = new Engine(this.#ofThisProcess(configuration, handover), { logAddresses });
    balancer?.onReport({
      event: (event) => this.#control.events.publish(event),
      tableStands: () => this.#tableStands(),
      reload: () => void this.#reload(),
    });
    this.#control = new ControlServer({
      status: async () => {
        const balancer = await this.#balancer?.status();
        return {
          daemon: this.#facts(),
          ...this.#engine.status(),
          ...(balancer?.ok ? { balancer: balancer.value } : {}),
          ...(balancer?.ok === false ? { balancerProblem: balancer.error } : {}),
        };
      },
      drain: async (question) => (await this.#balancer?.drain(question)) ?? ok([]),
      snapshot: () => ({ type: 'snapshot', wall: Date.now() * 1000, instances: this.#positions() }),
      health: () => ({
        status: this.#stopping ? 'stopping' : 'ok',
        version: this.#version,
        pid: process.pid,
      }),
      reload: () => this.#reload(),
    });
    this.#loop = new Loop(host, this.#engine, {
      log: (level, text) => journal.vrrp(level, text),
      event: (event) => {
        this.#control.events.publish(event);
        if (event.type === 'transition' && event.subject === 'INSTANCE' && isState(event.to))
          this.#balancer?.instance(event.name, event.to);
        const fact = factOf(event);
        if (fact) this.#balancer?.session(fact.session, fact.up);
      },
      prepare: () => settings.prepare(),
      rehearse: () => this.#rehearsals.repeat(this.#engine),
      hurry: () => settings.hurry(),
      relax: () => settings.relax(),
      late: (by) => settings.late(by),
      stopped: () => this.#end(EXIT_OK),
    });
    this.#dumps = new Dumps({
      configuration: () => this.#configuration,
      inspect: () => this.#engine.inspect(),
      effective: ({ hash }) => effectiveDump({ request, hash }),
      log: (level, text) => journal.main(level, text),
      namespace: context.options.namespace,
    });
    this.#saved = new SavedStates({
      source: () => ({ configuration: this.#configuration, inspection: this.#engine.inspect() }),
      effective: () => effectiveDump({ request, hash: this.#configuration.hash }),
      log: (level, text) => journal.main(level, text),
    });
    const hooks: ReloadHooks = {
      log: (level, text) => journal.main(level, text),
      current: () => this.#configuration,
      apply: (next, handover) => this.#apply(next, handover),
      began: () => context.serviceManager.reloading(),
      ended: (outcome) => context.serviceManager.ready(outcome === 'refused' ? RELOAD_REFUSED : undefined),
      before: () => this.#saved.before(),
      after: () => this.#saved.after(),
    };
    this.#reloader = new Reloader(request, hooks, (asked) => this.#thread.read(asked));
    this.#schedule = new ReloadSchedule({
      log: (level, text) => journal.main(level, text),
      reload: () => void this.#reload(),
    });
  }

  /** The one in use. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  async live(handover: Handover): Promise<number> {
    const { journal, options, link, inbox, serviceManager } = this.#context;
    const ended = new Promise<number>((done) => {
      this.#end = done;
    });
    const crash = (error: unknown): void => this.#crash(error);
    process.on('uncaughtException', crash);
    process.on('unhandledRejection', crash);
    const inventory = await this.#host.inventory();
    this.#surroundings = inventory;
    this.#loop.offer({ kind: 'start', ...inventory, uptime: microseconds(uptime() * 1e6) });
    this.#balancer?.sessions(this.#engine.bfdFacts);
    this.#balancer?.configure(this.#configuration.globals, handover);
    this.#thread.prepare(this.#request, handover);
    if (options.dumpConfiguration) void this.#dumps.say((line) => journal.vrrp('info', line));
    const listening = await this.#control.listen(this.#runFiles.socket);
    if (!listening.ok)
      journal.main(
        'error',
        `The control socket cannot be opened, status and watch will not work: ${listening.error}`,
      );
    link?.onOrphaned(() => this.#stop('the supervising process is gone'));
    await link?.report({ kind: 'ready' });
    serviceManager.ready();
    void this.#schedule.configure(this.#configuration.globals);
    this.#saved.started();
    // What was asked during the start is answered now.
    inbox.connect((request) => this.#signal(request));
    this.#rehearseWhenIdle(handover);
    const code = await ended;
    await this.#balancerEnded;
    this.#loop.end();
    this.#thread.close();
    await this.#rehearsals.close();
    await this.#host.close();
    await this.#control.close({ type: 'stopping', wall: Date.now() * 1000 });
    process.off('uncaughtException', crash);
    process.off('unhandledRejection', crash);
    return code;
  }

  /** A rehearsal takes the processor from a balancer that starts: it waits for that. */
  #rehearseWhenIdle({ services }: Handover): void {
    if (!this.#balancer || services.length === 0) {
      void this.#rehearse();
      return;
    }
    this.#rehearseLater(TABLE_PATIENCE_MS);
  }

  /** Until then what was rehearsed before is repeated, if there is anything. */
  #rehearseLater(milliseconds: number): void {
    this.#settings.urge(urgencyOf(this.#configuration));
    this.#laterRehearsal.putOff(milliseconds);
  }

  #tableStands(): void {
    this.#thread.startIsOver();
    this.#laterRehearsal.hasten(AFTER_TABLE_MS);
  }

  /**
   * In turns of the loop that have nothing else to do, and between deadlines: none of its steps takes as long as a takeover
   * may. Nothing of that is urgent.
   */
  async #rehearse(): Promise<void> {
    const configuration = this.#configuration;
    this.#settings.calm();
    const pause = async (): Promise<boolean> => {
      await new Promise((turned) => setImmediate(turned));
      await untilRoom({
        now: this.#host.moment().now,
        nextDeadline: this.#engine.nextDeadline,
        wait: (milliseconds) => new Promise((over) => setTimeout(over, milliseconds)),
      });
      return !this.#stopping && configuration === this.#configuration;
    };
    try {
      await this.#rehearsals.play(configuration, this.#surroundings, pause);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#context.journal.main('warning', `Takeovers were not rehearsed, the first may be slower: ${why}`);
    }
    if (configuration === this.#configuration && !this.#stopping)
      this.#settings.urge(urgencyOf(configuration));
  }

  #signal(request: SignalRequest): void {
    const { journal } = this.#context;
    switch (request) {
      case 'STOP':
        this.#stop('a signal asked for it');
        return;
      case 'RELOAD':
        void this.#reload();
        return;
      case 'DATA':
        void this.#dumps.write('state');
        this.#balancer?.dump();
        return;
      case 'STATS':
        void this.#dumps.write('stats');
        return;
      case 'STATS_CLEAR':
        // The counters of this moment are copied before anything else happens.
        void this.#dumps.write('stats');
        this.#loop.offer({ kind: 'clear-counters' });
        return;
      case 'JSON':
        void this.#dumps.write('json');
        return;
      case 'TDUMP':
        journal.main('info', `Next deadline of the engine: ${this.#engine.nextDeadline ?? 'none'}`);
        return;
      case 'XCPU':
        if (!this.#settings.exhausted())
          journal.main(
            'error',
            'This process computed in real time without a pause for longer than vrrp_rlimit_rttime: others had to wait',
          );
    }
  }

  #stop(reason: string): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#context.journal.main('info', 'Stopping');
    const { childWaitTime } = this.#configuration.globals;
    this.#context.serviceManager.stopping();
    if (childWaitTime !== undefined)
      this.#context.serviceManager.askPatience(childWaitTime / 1000 + STOP_GRACE_MS);
    this.#reloader.close();
    this.#schedule.close();
    this.#laterRehearsal.cancel();
    this.#balancerEnded = this.#balancer?.stop(reason);
    this.#loop.offer({ kind: 'stop', reason, inPlace: this.#context.options.leaveInPlace });
  }

  async #reload(): Promise<ReloadReport> {
    const report = await this.#reloader.reload();
    this.#lastReload = { at: Date.now() * 1000, outcome: report.outcome };
    return report;
  }

  #ofThisProcess(configuration: Configuration, { services }: Handover): Configuration {
    return this.#balancer && services.length > 0 ? withoutCommonReader(configuration) : configuration;
  }

  #apply(next: Configuration, handover: Handover): void {
    const configuration = asAsked(next, this.#context.options);
    this.#configuration = configuration;
    this.#loaded = Date.now() * 1000;
    this.#settings.apply(sharedProcess(configuration));
    this.#bfdPidFile.follow(configuration);
    this.#loop.offer({ kind: 'reload', configuration: this.#ofThisProcess(configuration, handover) });
    // Afterwards: a server that follows a session no longer does not lose it first.
    this.#balancer?.configure(configuration.globals, handover);
    this.#balancer?.sessions(this.#engine.bfdFacts);
    void this.#schedule.configure(configuration.globals);
    this.#rehearseLater(AFTER_RELOAD_MS);
  }

  #facts() {
    return {
      version: this.#version,
      pid: process.pid,
      started: this.#started,
      configuration: {
        path: this.#request.path,
        hash: this.#configuration.hash,
        loaded: this.#loaded,
      },
      ...(this.#lastReload ? { lastReload: this.#lastReload } : {}),
      droppedLogLines: this.#context.journal.dropped,
      droppedClients: this.#control.dropped,
    };
  }

  #positions() {
    return this.#engine.status().instances.map(({ name, state, since, reason, effectivePriority }) => ({
      name,
      state,
      since,
      reason,
      effectivePriority,
    }));
  }

  /** A broken invariant of ours: no state can be trusted, so nothing is tidied up; a successor does that. */
  #crash(error: unknown): void {
    this.#context.journal.main('error', `Program error, ending: ${errorLine(error)}`);
    this.#end(EXIT_PROGRAM_ERROR);
  }
}

/** What a transition leads to while the instance goes on. */
const isState = (to: string): to is InstanceState => to === 'MASTER' || to === 'BACKUP' || to === 'FAULT';
