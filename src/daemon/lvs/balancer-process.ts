/**
 * The process of the load balancer, seen from the first one: started when the configuration has virtual servers, given
 * the configuration and what it has to know of VRRP and BFD, started again when it dies with what was known of its
 * servers, ended with us. Nothing of it ever holds up the first process. (DESIGN section 4; runtime section 1)
 */
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { getPriority } from 'node:os';
import { seconds, toSeconds } from '../../base/time.js';
import type { GlobalSettings } from '../../config/model-globals.js';
import type { InstanceState, LogLevel } from '../../core/effects.js';
import type { Answer, BalancerEvent, DrainedPlace } from '../../core/lvs/effects.js';
import type { DrainQuestion, Question } from '../../core/lvs/inputs.js';
import type { LvsStatus } from '../../core/lvs/status.js';
import { RespawnPolicy } from '../respawn.js';
import { LINK_FD } from '../role.js';
import { startLinked } from '../start-linked.js';
import { Frames } from './frames.js';
import { type Handover, Told } from './handover.js';
import { KnownServers } from './known-servers.js';
import type { FromBalancer, ToBalancer } from './talk.js';

/** How long somebody who asks waits for the other process. */
const ANSWER_PATIENCE_MS = 5_000;
/** How long its end may take beyond what the configuration allows. */
const END_GRACE_MS = 2_000;
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
      }
    | undefined;
  #pause: NodeJS.Timeout | undefined;
  #stopping = false;
  #ended: (() => void) | undefined;
  readonly #instances = new Map<string, InstanceState>();
  readonly #sessions = new Map<string, boolean>();
  readonly #known = new KnownServers();
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
      for (const message of this.#child.told.messages(handover)) this.#child.frames.sayJson(...message);
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
  dump(): void {
    this.#say({ say: 'dump' });
  }

  async status(): Promise<LvsStatus | undefined> {
    const answer = await this.#ask({ ask: 'status' });
    return answer?.ask === 'status' ? answer.status : undefined;
  }
  async drain(question: DrainQuestion): Promise<readonly DrainedPlace[]> {
    const answer = await this.#ask({ ask: 'drain', ...question });
    return answer?.ask === 'drain' ? answer.places : [];
  }

  /** Undefined: there is no such process, or it does not answer in time. */
  #ask(question: Question): Promise<Answer | undefined> {
    if (!this.#child) return Promise.resolve(undefined);
    const request = ++this.#request;
    return new Promise((done) => {
      const patience = setTimeout(() => this.#answered(request, undefined), ANSWER_PATIENCE_MS);
      this.#waiting.set(request, (answer) => {
        clearTimeout(patience);
        done(answer);
      });
      this.#say({ say: 'ask', request, question });
    });
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
    const stream = child.stdio[LINK_FD];
    if (!(stream instanceof Socket)) {
      log('error', 'The process of the load balancer cannot be started: there is no descriptor to talk over');
      return;
    }
    const frames = new Frames<FromBalancer, ToBalancer>(
      stream,
      (message) => this.#heard(message),
      (why) => log('error', `The process of the load balancer says what nobody understands: ${why}`),
    );
    const told = new Told();
    this.#child = { process: child, frames, told, started: performance.now() };
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
      remembered: this.#known.all,
      instances: Object.fromEntries(this.#instances),
      sessions: Object.fromEntries(this.#sessions),
      succeeded,
      nice: NICE_AT_START,
    });
    for (const message of told.messages(handover)) frames.sayJson(...message);
  }

  #heard(message: FromBalancer): void {
    const { log } = this.#options;
    switch (message.say) {
      case 'ready':
        return;
      case 'refused':
        log('error', message.text);
        return;
      case 'event':
        this.#known.happened(message.event);
        this.#reports?.event(message.event);
        return;
      case 'answer':
        this.#known.answered(message.answer);
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
    for (const request of [...this.#waiting.keys()]) this.#answered(request, undefined);
    clearTimeout(this.#pause);
    this.#pause = undefined;
    if (this.#ended) {
      this.#ended();
      return;
    }
    const { log, respawn } = this.#options;
    if (this.#handover?.services.length === 0) return;
    const lived = (performance.now() - child.started) / 1000;
    if (!respawn) {
      log(
        'error',
        `Healthcheck child process died after ${lived.toFixed(1)} s (${how}): not started again (-R)`,
      );
      return;
    }
    const decision = this.#policy.decide({ kind: 'signal', signal: how }, lived);
    const delay = decision.kind === 'respawn' ? decision.delaySeconds : 0;
    const when = delay === 0 ? 'at once' : `in ${delay} s`;
    log('error', `Healthcheck child process died after ${lived.toFixed(1)} s (${how}): starting it ${when}`);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#start();
    }, delay * 1000);
  }

  /** A reload has left nothing to balance. */
  #retire(): void {
    this.#known.clear();
    this.#say({ say: 'stop', reason: 'the configuration has no virtual servers any more' });
  }

  /** Resolves when it has ended; within child_wait_time and a little more. */
  async stop(reason: string): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#pause);
    const child = this.#child?.process;
    if (!child) return;
    await new Promise<void>((done) => {
      const late = setTimeout(
        () => {
          this.#options.log('error', 'The process of the load balancer does not end: it is killed');
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
