/**
 * The life of the load balancer's process: it waits for its first word, takes its PID file, opens its host, and lives
 * until it is told to stop or the first process is gone. What it balances is decided in core/lvs. (DESIGN section 4;
 * runtime sections 1 and 5)
 */
import { Socket } from 'node:net';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import { errorLine } from '../../base/printable.js';
import { Prng } from '../../base/prng.js';
import { lvsEventBuffer } from '../../core/kernel-buffers.js';
import type { LvsConfiguration } from '../../core/lvs/configuration.js';
import type { BalancerEvent } from '../../core/lvs/effects.js';
import { LvsEngine } from '../../core/lvs/engine.js';
import type { LvsInput, Remembered } from '../../core/lvs/inputs.js';
import { entropy } from '../../host/linux/entropy.js';
import { closeOnExec } from '../../host/linux/fd.js';
import { createLvsHost, type LvsHost, type LvsHostEffect } from '../../host/lvs-host.js';
import type { DaemonOptions } from '../args.js';
import { EXIT_FATAL, EXIT_OK, EXIT_PERMISSION, EXIT_PROGRAM_ERROR } from '../exit-codes.js';
import type { Journal } from '../journal.js';
import { Loop } from '../loop.js';
import { Nursery } from '../nursery.js';
import { PidFile } from '../pidfile.js';
import { ProcessSettings } from '../process-settings.js';
import { LINK_FD } from '../role.js';
import type { SignalInbox, SignalRequest } from '../signals.js';
import { optimise } from '../unoptimised.js';
import { DeathRehearsal } from './death-rehearsal.js';
import { type Begin, FirstWords, type Listener } from './first-words.js';
import { Frames } from './frames.js';
import { LvsDump } from './lvs-dump.js';
import { Received } from './received.js';
import { ServerMemory } from './server-memory.js';
import type { FromBalancer, ToBalancer } from './talk.js';

export interface LvsContext {
  readonly programName: string;
  readonly options: DaemonOptions;
  readonly inbox: SignalInbox;
  readonly journal: Journal;
}

/** Runs to the end; resolves with the exit code. */
export async function runLvs(context: LvsContext): Promise<number> {
  closeOnExec(LINK_FD);
  optimise(false);
  const socket = new Socket({ fd: LINK_FD, readable: true, writable: true });
  const received = new Received();
  const words = new FirstWords(received);
  const frames = new Frames<ToBalancer, FromBalancer>(
    socket,
    (message) => words.hear(message),
    () => words.gone(),
  );
  socket.on('close', () => words.gone());
  const begin = await words.begin;
  if (!begin) return EXIT_OK;
  const { journal } = context;
  journal.rename(begin.namespace, begin.configuration.globals.instanceName);
  const refusedWith = async (code: number, text: string): Promise<number> => {
    frames.say({ say: 'refused', text });
    frames.flush();
    await new Promise<void>((done) => socket.end(done));
    return code;
  };
  beNice(begin.nice);
  const pidFile = PidFile.acquire(begin.pidFile, process.pid);
  if (!pidFile.ok) return refusedWith(EXIT_FATAL, `No load balancing: ${pidFile.error.text}`);
  const settings = new ProcessSettings({
    part: 'checker',
    programName: context.programName,
    umask: context.options.umask,
    log: (level, text) => journal.checkers(level, text),
  });
  settings.apply(begin.configuration.globals);
  const memory = new ServerMemory(join(begin.runDirectory, 'servers'), (text) =>
    journal.checkers('warning', text),
  );
  try {
    let life: LvsLife | undefined;
    const remembered = await memory.recall(begin.remembered);
    const host = createLvsHost({
      log: (level, text) => journal.checkers(level, text),
      ...expectations(begin.configuration),
      balancer: begin.configuration.globals.balancer ?? 'ipvs',
      ...whereaboutsOf(begin),
      serviceMemory: join(begin.runDirectory, 'services'),
      scriptMemory: join(begin.runDirectory, 'lvs-scripts'),
      answer: (request, answer) => {
        memory.answered(answer);
        frames.say({ say: 'answer', request, answer });
      },
      tableStands: () => life?.tableStands(),
    });
    if (!host.ok) {
      const { code, message } = host.error;
      const denied = code === 'EPERM' || code === 'EACCES';
      return await refusedWith(denied ? EXIT_PERMISSION : EXIT_FATAL, `No load balancing: ${message}`);
    }
    const lives = new LvsLife(
      context,
      { ...begin, remembered, successor: begin.remembered !== undefined },
      host.value,
      frames,
      settings,
      received,
      memory,
    );
    life = lives;
    // Runners and threads are as nice as who starts them: those of the start are there by now.
    settings.yieldToOthers(true);
    const ended = lives.live();
    words.passOn(lives);
    return await ended;
  } finally {
    pidFile.value.remove();
    frames.flush();
    socket.destroy();
  }
}

/** vrrp_priority is the other process's; where it cannot be put back, this one has it, too. */
function beNice(nice: number): void {
  try {
    if (getPriority() !== nice) setPriority(nice);
  } catch {
    // To be nicer than before is always allowed; the other way needs CAP_SYS_NICE.
  }
}

/** Where the connections are, and what tells us from other daemons that balance there. */
function whereaboutsOf({ namespace, configuration: { globals } }: Begin) {
  const { netNamespaceIpvs, instanceName } = globals;
  const own = [netNamespaceIpvs === undefined ? undefined : namespace, instanceName];
  const names = own.filter((name) => name !== undefined);
  return {
    ...(netNamespaceIpvs === undefined ? {} : { balancerNamespace: netNamespaceIpvs }),
    ...(names.length === 0 ? {} : { daemon: names.join('_') }),
  };
}

/** What will be needed at once: its runner is started before it is. */
function expectations({ globals, virtualServers }: LvsConfiguration) {
  const scripted = virtualServers.some(
    ({ quorumUp, quorumDown, realServers }) =>
      quorumUp !== undefined ||
      quorumDown !== undefined ||
      realServers.some(
        ({ notifyUp, notifyDown, checkers }) =>
          notifyUp !== undefined ||
          notifyDown !== undefined ||
          checkers.some(({ kind }) => kind === 'MISC_CHECK'),
      ),
  );
  return {
    expectScripts: scripted || globals.notifyFifo !== undefined || globals.lvsNotifyFifo !== undefined,
    expectMessages: globals.smtpServer !== undefined && globals.notificationEmail.length > 0,
  };
}

/** A start that takes longer has so much to do that V8's compilers pay for themselves, and waits for others no longer. */
const START_PATIENCE_MS = 10_000;

/** Bytes of new objects: many times what a check, a death and its lines of log are made of. */
const ROOM_FOR_A_DEATH = 256 * 1024;

/** With what is remembered of servers, whoever remembers it. */
type LifeBegin = Begin & { readonly remembered: readonly Remembered[]; readonly successor: boolean };

class LvsLife implements Listener {
  readonly #context: LvsContext;
  readonly #begin: LifeBegin;
  readonly #host: LvsHost;
  readonly #frames: Frames<ToBalancer, FromBalancer>;
  readonly #settings: ProcessSettings;
  readonly #received: Received;
  readonly #memory: ServerMemory;
  readonly #engine: LvsEngine;
  readonly #loop: Loop<LvsInput, LvsHostEffect, BalancerEvent>;
  readonly #dump: LvsDump;
  #nursery: Nursery | undefined;
  #configuration: LvsConfiguration;
  #rehearsal: DeathRehearsal | undefined;
  #patience: NodeJS.Timeout | undefined;
  #stopping = false;
  #end: (code: number) => void = () => {};

  constructor(
    context: LvsContext,
    begin: LifeBegin,
    host: LvsHost,
    frames: Frames<ToBalancer, FromBalancer>,
    settings: ProcessSettings,
    received: Received,
    memory: ServerMemory,
  ) {
    this.#memory = memory;
    this.#context = context;
    this.#begin = begin;
    this.#host = host;
    this.#frames = frames;
    this.#settings = settings;
    this.#received = received;
    this.#configuration = begin.configuration;
    const { journal } = context;
    this.#engine = new LvsEngine(begin.configuration, new Prng(entropy()));
    this.#loop = new Loop<LvsInput, LvsHostEffect, BalancerEvent>(host, this.#engine, {
      log: (level, text) => journal.checkers(level, text),
      event: (event) => {
        memory.happened(event);
        frames.say({ say: 'event', event });
      },
      prepare: () => {},
      rehearse: () => {
        this.#rehearsal?.repeat();
        this.#nursery?.makeRoom(ROOM_FOR_A_DEATH);
      },
      hurry: () => {},
      relax: () => {},
      late: (by) => settings.late(by),
      stopped: () => this.#end(EXIT_OK),
    });
    this.#dump = new LvsDump({
      globals: () => this.#configuration.globals,
      namespace: begin.namespace,
      services: () => this.#engine.inspect(),
      log: (level, text) => journal.checkers(level, text),
    });
  }

  #startIsOver(): void {
    clearTimeout(this.#patience);
    optimise(true);
    this.#settings.yieldToOthers(false);
  }

  async live(): Promise<number> {
    this.#patience = setTimeout(() => this.#startIsOver(), START_PATIENCE_MS);
    const ended = new Promise<number>((done) => {
      this.#end = done;
    });
    const { inbox, journal } = this.#context;
    const crash = (error: unknown): void => {
      journal.checkers('error', `Program error, ending: ${errorLine(error)}`);
      this.#end(EXIT_PROGRAM_ERROR);
    };
    process.on('uncaughtException', crash);
    process.on('unhandledRejection', crash);
    const { instances, remembered, sessions } = this.#begin;
    for (const [instance, state] of Object.entries(instances))
      this.#loop.offer({ kind: 'instance-state', instance, state });
    for (const [session, up] of Object.entries(sessions))
      this.#loop.offer({ kind: 'bfd-session', session, up });
    this.#host.sizeEventBuffer(lvsEventBuffer(this.#configuration.globals));
    const addresses = this.#host.addresses();
    if (!addresses.ok) journal.checkers('error', `The addresses cannot be read: ${addresses.error.message}`);
    this.#frames.say({ say: 'ready', known: remembered });
    this.#loop.offer({
      kind: 'start',
      addresses: addresses.ok ? addresses.value : [],
      remembered,
      successor: this.#begin.successor,
    });
    if (this.#context.options.dumpConfiguration) this.#dump.say((line) => journal.checkers('info', line));
    inbox.connect((request) => this.#signal(request));
    const code = await ended;
    clearTimeout(this.#patience);
    this.#loop.end();
    await Promise.all([this.#host.close(), this.#memory.close()]);
    process.off('uncaughtException', crash);
    process.off('unhandledRejection', crash);
    return code;
  }

  /** The start is over: what was put off for it is done now. */
  tableStands(): void {
    this.#startIsOver();
    this.#frames.say({ say: 'table-stands' });
    this.#rehearsal = DeathRehearsal.of(this.#configuration);
    this.#nursery = new Nursery();
  }

  told(message: ToBalancer): void {
    switch (message.say) {
      case 'begin':
        return;
      case 'services':
        this.#received.services(message);
        return;
      case 'configuration': {
        const configuration = this.#received.configuration(message);
        this.#configuration = configuration;
        this.#settings.apply(configuration.globals);
        this.#host.sizeEventBuffer(lvsEventBuffer(configuration.globals));
        this.#loop.offer({ kind: 'reload', configuration });
        this.#rehearsal = DeathRehearsal.of(configuration);
        return;
      }
      case 'instance':
        this.#loop.offer({ kind: 'instance-state', instance: message.name, state: message.state });
        return;
      case 'session':
        this.#loop.offer({ kind: 'bfd-session', session: message.name, up: message.up });
        return;
      case 'ask':
        this.#loop.offer({ kind: 'ask', request: message.request, question: message.question });
        return;
      case 'dump':
        void this.#dump.write();
        return;
      case 'are-you-alive':
        this.#frames.say({ say: 'alive' });
        return;
      case 'stop':
        this.#stop(message.reason, this.#context.options.leaveBalancer);
    }
  }

  /** The first process is gone: where another one takes its place, it finds the table as it is. */
  orphaned(): void {
    const { succeeded } = this.#begin;
    this.#stop('the first process is gone', succeeded || this.#context.options.leaveBalancer, succeeded);
  }

  #stop(reason: string, keep: boolean, succeeded = false): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#context.journal.checkers('info', `Stopping: ${reason}`);
    this.#memory.end(keep);
    this.#loop.offer({ kind: 'stop', reason, keep, succeeded });
  }

  #signal(request: SignalRequest): void {
    switch (request) {
      case 'STOP':
        this.#stop('a signal asked for it', this.#context.options.leaveBalancer);
        return;
      case 'RELOAD':
        this.#frames.say({ say: 'reload' });
        return;
      case 'DATA':
        void this.#dump.write();
        return;
      case 'TDUMP':
        this.#context.journal.checkers(
          'info',
          `Next deadline of the engine: ${this.#engine.nextDeadline ?? 'none'}`,
        );
        return;
      default:
    }
  }
}
