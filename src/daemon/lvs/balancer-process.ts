/**
 * The process of the load balancer, seen from the first one: started when the configuration has virtual servers, given
 * the configuration and what it has to know of VRRP and BFD, started again when it dies with what was known of its
 * servers, ended with us. Nothing of it ever holds up the first process. (DESIGN section 4; runtime section 1)
 */
import type { ChildProcess } from 'node:child_process';
import { getPriority } from 'node:os';
import { ok, type Result, refuse } from '../../base/result.js';
import { seconds, toSeconds } from '../../base/time.js';
import type { GlobalSettings } from '../../config/model-globals.js';
import type { BfdFact } from '../../core/bfd/facts.js';
import type { InstanceState, LogLevel } from '../../core/effects.js';
import type { Answer, BalancerEvent, DrainedPlace } from '../../core/lvs/effects.js';
import type { DrainQuestion, Question } from '../../core/lvs/inputs.js';
import type { LvsStatus } from '../../core/lvs/status.js';
import { errnoText } from '../../host/linux/errno.js';
import { RespawnPolicy } from '../respawn.js';
import { linkOf, startLinked } from '../start-linked.js';
import { Frames } from './frames.js';
import { type Handover, Told } from './handover.js';
import { KnownServers } from './known-servers.js';
import type { FromBalancer, ToBalancer } from './talk.js';
import { Vigil } from './vigil.js';

/** How long somebody who asks waits for the other process. */
const ANSWER_PATIENCE_MS = 5_000;
/**
 * How long its end may take beyond what the configuration allows. Shorter than the patience that a supervisor has with us
 * (supervise.ts): what is left to do after it is done by us, and not left undone.
 */
const END_GRACE_MS = 1_000;
const CHILD_WAIT_TIME = seconds(5);
/** As we were started: vrrp_priority is not about the other process. */
const NICE_AT_START = getPriority();

export interface BalancerProcessOptions {
  readonly argv: readonly string[];
  readonly namespace: string | undefined;
  readonly runDirectory: string;
  readonly pidFile: string;
  /** Whether somebody starts the first process again if it dies. */
  readonly succeeded: boolean;
  /** Whether it is started again when it dies. */
  readonly respawn: boolean;
  log(level: LogLevel, text: string): void;
}

/** Who is told of what comes from there. */
export interface BalancerReports {
  event(event: BalancerEvent): void;
  /** A start of it is over, as far as the table is concerned. */
  tableStands(): void;
  /** It got a SIGHUP of its own. */
  reload(): void;
}

export class BalancerProcess {
  readonly #options: BalancerProcessOptions;
  readonly #policy = new RespawnPolicy();
  #handover: Handover | undefined;
  #patience = CHILD_WAIT_TIME;
  #child:
    | {
        readonly process: ChildProcess;
        readonly frames: Frames<FromBalancer, ToBalancer>;
        readonly told: Told;
        readonly started: number;
        readonly vigil: Vigil;
      }
    | undefined;
  #pause: NodeJS.Timeout | undefined;
  #stopping = false;
  #ended: (() => void) | undefined;
  readonly #instances = new Map<string, InstanceState>();
  readonly #sessions = new Map<string, boolean>();
  /** As the last life has told; undefined: none has begun. */
  #known: KnownServers | undefined;
  readonly #waiting = new Map<number, (answer: Answer | undefined) => void>();
  #request = 0;
  #reports: BalancerReports | undefined;

  constructor(options: BalancerProcessOptions) {
    this.#options = options;
  }

  onReport(reports: BalancerReports): void {
    this.#reports = reports;
  }

  /** At the start and after every reload. */
  configure(globals: GlobalSettings, handover: Handover): void {
    this.#patience = globals.childWaitTime ?? CHILD_WAIT_TIME;
    this.#handover = handover;
    if (this.#stopping) return;
    if (this.#child) {
      this.#child.frames.sayJson(this.#child.told.messages(handover));
      if (handover.services.length === 0) this.#retire();
      return;
    }
    if (handover.services.length > 0 && this.#pause === undefined) this.#start();
  }

  instance(name: string, state: InstanceState): void {
    this.#instances.set(name, state);
    this.#say({ say: 'instance', name, state });
  }
  session(name: string, up: boolean): void {
    this.#sessions.set(name, up);
    this.#say({ say: 'session', name, up });
  }
  /** At the start and after every reload, all there are: a session that is gone says nothing of the next one of its name. */
  sessions(facts: readonly BfdFact[]): void {
    const gone = new Set(this.#sessions.keys());
    for (const { session, up } of facts) {
      gone.delete(session);
      if (this.#sessions.get(session) !== up) this.session(session, up);
    }
    for (const name of gone) {
      this.session(name, false);
      this.#sessions.delete(name);
    }
  }
  dump(): void {
    this.#say({ say: 'dump' });
  }

  /** Undefined: nothing is to be balanced. Refused: why it cannot be told, for people. */
  async status(): Promise<Result<LvsStatus, string> | undefined> {
    const answer = await this.#ask({ ask: 'status' });
    return answer?.ok && answer.value.ask === 'status' ? ok(answer.value.status) : refusalIn(answer);
  }
  async drain(question: DrainQuestion): Promise<Result<readonly DrainedPlace[], string>> {
    const answer = await this.#ask({ ask: 'drain', ...question });
    if (answer?.ok && answer.value.ask === 'drain') return ok(answer.value.places);
    return refusalIn(answer) ?? ok([]);
  }

  async #ask(question: Question): Promise<Result<Answer, string> | undefined> {
    if (!this.#handover || this.#handover.services.length === 0) return undefined;
    const child = this.#child;
    if (!child)
      return refuse(
        this.#options.respawn
          ? 'The process of the load balancer is not running: it died, and will be started again; the log says why and when'
          : 'The process of the load balancer is not running: it died, and is not started again (-R)',
      );
    const request = ++this.#request;
    const answer = await new Promise<Answer | undefined>((done) => {
      const patience = setTimeout(() => this.#answered(request, undefined), ANSWER_PATIENCE_MS);
      this.#waiting.set(request, (given) => {
        clearTimeout(patience);
        done(given);
      });
      this.#say({ say: 'ask', request, question });
    });
    if (answer) return ok(answer);
    return refuse(
      child === this.#child
        ? `The process of the load balancer (${child.process.pid ?? 'none'}) does not answer: waited ${ANSWER_PATIENCE_MS / 1000} s`
        : 'The process of the load balancer died before it answered; the log says why',
    );
  }

  #answered(request: number, answer: Answer | undefined): void {
    const done = this.#waiting.get(request);
    this.#waiting.delete(request);
    done?.(answer);
  }

  #say(message: ToBalancer): void {
    this.#child?.frames.say(message);
  }

  #start(): void {
    const handover = this.#handover;
    if (!handover || handover.services.length === 0) return;
    const { argv, log, namespace, pidFile, runDirectory, succeeded } = this.#options;
    const child = startLinked('lvs', argv, 'inherit');
    const stream = linkOf(child);
    if (!stream) {
      child.once('error', ({ errno, message }: NodeJS.ErrnoException) =>
        this.#startLater(`could not be started (${errno === undefined ? message : errnoText(errno)})`, 0),
      );
      return;
    }
    const frames = new Frames<FromBalancer, ToBalancer>(
      stream,
      (message) => this.#heard(message),
      (why) => log('error', `The process of the load balancer says what nobody understands: ${why}`),
    );
    const told = new Told();
    const vigil = this.#keepVigil(child);
    this.#child = { process: child, frames, told, started: performance.now(), vigil };
    log('info', `Starting Healthcheck child process, pid=${child.pid ?? 'none'}`);
    let over = false;
    const ended = (how: string): void => {
      if (over) return;
      over = true;
      this.#died(how);
    };
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(code === null ? `signal ${signal}` : `exit code ${code}`));
    this.#say({
      say: 'begin',
      ...(namespace === undefined ? {} : { namespace }),
      runDirectory,
      pidFile,
      ...(this.#known ? { remembered: this.#known.all } : {}),
      instances: Object.fromEntries(this.#instances),
      sessions: Object.fromEntries(this.#sessions),
      succeeded,
      nice: NICE_AT_START,
    });
    frames.sayJson(told.messages(handover));
  }

  #keepVigil(child: ChildProcess): Vigil {
    const { log, respawn } = this.#options;
    const who = `The process of the load balancer (${child.pid ?? 'none'})`;
    return new Vigil({
      ask: () => this.#say({ say: 'are-you-alive' }),
      silent: (waited) =>
        log('error', `${who} has not answered for ${waited} s: its servers are not checked meanwhile`),
      speaksAgain: () => log('info', `${who} answers again`),
      // Without somebody to follow it, a process that may recover is better than none.
      givenUp: (waited) => {
        if (!respawn) return;
        log(
          'error',
          `${who} has not answered for ${waited} s: it is killed, and another one takes its place`,
        );
        child.kill('SIGKILL');
      },
    });
  }

  #heard(message: FromBalancer): void {
    const { log } = this.#options;
    this.#child?.vigil.heard();
    switch (message.say) {
      case 'ready':
        this.#known = new KnownServers(message.known);
        return;
      case 'alive':
        return;
      case 'refused':
        log('error', message.text);
        return;
      case 'event':
        this.#known?.happened(message.event);
        if (!message.event.untold) this.#reports?.event(message.event);
        return;
      case 'answer':
        this.#known?.answered(message.answer);
        this.#answered(message.request, message.answer);
        return;
      case 'table-stands':
        this.#reports?.tableStands();
        return;
      case 'reload':
        this.#reports?.reload();
    }
  }

  #died(how: string): void {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    child.vigil.end();
    for (const request of [...this.#waiting.keys()]) this.#answered(request, undefined);
    clearTimeout(this.#pause);
    this.#pause = undefined;
    if (this.#ended) {
      this.#ended();
      return;
    }
    const lived = (performance.now() - child.started) / 1000;
    this.#startLater(`died after ${lived.toFixed(1)} s (${how})`, lived);
  }

  /** `what`: happened to the one before. */
  #startLater(what: string, lived: number): void {
    const { log, respawn } = this.#options;
    if (this.#handover?.services.length === 0) return;
    if (!respawn) {
      log('error', `Healthcheck child process ${what}: not started again (-R)`);
      return;
    }
    const decision = this.#policy.decide({ kind: 'signal', signal: what }, lived);
    const delay = decision.kind === 'respawn' ? decision.delaySeconds : 0;
    log(
      'error',
      `Healthcheck child process ${what}: starting it ${delay === 0 ? 'at once' : `in ${delay} s`}`,
    );
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#start();
    }, delay * 1000);
  }

  /** A reload has left nothing to balance. */
  #retire(): void {
    this.#known = undefined;
    this.#say({ say: 'stop', reason: 'the configuration has no virtual servers any more' });
  }

  /** Resolves when it has ended; within child_wait_time and a little more. */
  async stop(reason: string): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#pause);
    const child = this.#child?.process;
    if (!child) return;
    this.#child?.vigil.end();
    await new Promise<void>((done) => {
      const late = setTimeout(
        () => {
          this.#options.log(
            'error',
            'The process of the load balancer does not end: it is killed, and the kernel goes on balancing as it was told last; the next start takes that over',
          );
          child.kill('SIGKILL');
        },
        toSeconds(this.#patience) * 1000 + END_GRACE_MS,
      );
      this.#ended = () => {
        clearTimeout(late);
        done();
      };
      this.#say({ say: 'stop', reason });
    });
  }
}

const refusalIn = <T>(answer: Result<T, string> | undefined): Result<never, string> | undefined =>
  answer && !answer.ok ? answer : undefined;
