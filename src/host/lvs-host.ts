/**
 * The real world on Linux for the process of the load balancer: what wakes its loop, what is read in a turn, who carries
 * out which effect. Each room of the host decides its own matters; this file only joins them. (DESIGN section 3)
 */
import { ok, type Result, refuse } from '../base/result.js';
import type { Moment } from '../base/time.js';
import type { DataPlane } from '../config/model-globals.js';
import type { LogLevel } from '../core/effects.js';
import type { Failure, Input } from '../core/inputs.js';
import type { BufferSize } from '../core/kernel-buffers.js';
import type { Answer, LvsEffect } from '../core/lvs/effects.js';
import type { LvsInput } from '../core/lvs/inputs.js';
import type { AddressFacts } from '../core/net/facts.js';
import type { World } from '../ports/ports.js';
import { chooseBalancer } from './balancer/choose.js';
import { balancerElsewhere } from './balancer/elsewhere.js';
import { HostChecks } from './checks/checks.js';
import { Courier } from './courier.js';
import { Fifos } from './fifos.js';
import { Files } from './files.js';
import { InputQueue } from './input-queue.js';
import { readMoment } from './linux/clock.js';
import { SystemError } from './linux/errno.js';
import { closeInheritedOnExec } from './linux/fd.js';
import { Poller } from './linux/poller.js';
import { RtnlClient } from './linux/rtnl-client.js';
import { Timer } from './linux/timer.js';
import { runMessenger } from './messengers.js';
import { RtnlEvents, readSnapshot } from './netlink-sockets.js';
import { Scripts } from './scripts.js';

/** Effects that this host carries out; the others stay with the process. */
export type LvsHostEffect = Exclude<LvsEffect, { kind: 'log' | 'event' | 'stopped' }>;

export interface LvsHost extends World<LvsInput, LvsHostEffect> {
  /** The kernel's addresses now; their events are subscribed to before. */
  addresses(): Result<readonly AddressFacts[], Failure>;
  /** Room for what the kernel tells by itself; undefined: as usual. */
  sizeEventBuffer(size: BufferSize | undefined): void;
}

export interface LvsHostOptions {
  readonly log: (level: LogLevel, text: string) => void;
  /** Whether scripts will run, or mail be sent: their runner is then started at once. */
  readonly expectScripts?: boolean;
  readonly expectMessages?: boolean;
  /** What carries the connections. */
  readonly balancer: DataPlane;
  /** The network namespace of the connections, as in `ip netns`; empty: the default one; absent: ours. */
  readonly balancerNamespace?: string;
  /** What tells this daemon from others that balance there; absent: nothing, it is the only one. */
  readonly daemon?: string;
  /** Where it is remembered which services are ours. */
  readonly serviceMemory: string;
  /** Where it stands which check scripts run. */
  readonly scriptMemory: string;
  /** What somebody asked is answered. */
  readonly answer: (request: number, answer: Answer) => void;
  /** The start is over, as far as the table is concerned. */
  readonly tableStands: () => void;
}

/** Of what the rooms tell, the part that this engine knows. */
const KNOWN: ReadonlySet<Input['kind']> = new Set([
  'address',
  'resync',
  'file-content',
  'notify-finished',
  'fifo-reader',
]);

/** Refused with a sentence where the kernel does not let us. */
export function createLvsHost(options: LvsHostOptions): Result<LvsHost, Failure> {
  try {
    return openLvsHost(options);
  } catch (error) {
    if (error instanceof SystemError) return refuse(error.failure);
    throw error;
  }
}

function openLvsHost(options: LvsHostOptions): Result<LvsHost, Failure> {
  const { answer, expectMessages, expectScripts, log, scriptMemory, serviceMemory, tableStands } = options;
  closeInheritedOnExec();
  const poller = new Poller();
  const timer = new Timer(poller);
  const queue = new InputQueue<LvsInput>();
  let closed = false;
  /** Of this drain and what follows: thousands of verdicts in one turn do not each ask for the time. */
  let moment: Moment | undefined;
  /** Where this drain's inputs go; between drains they wait in the queue. */
  let current: ((input: LvsInput) => void) | undefined;
  /** A check was begun since the poller was asked last. */
  let looking = false;
  const push = (input: Input): void => {
    if (KNOWN.has(input.kind)) queue.push(input as LvsInput);
  };
  const feed = (input: Input): void => {
    if (!KNOWN.has(input.kind)) return;
    if (current) current(input as LvsInput);
    else queue.push(input as LvsInput);
  };
  const warn = (text: string): void => log('warning', text);

  const events = new RtnlEvents(poller, feed, warn, { keyword: 'lvs_netlink_monitor_rcv_bufs' });
  const scripts = new Scripts(push, warn, scriptMemory);
  const files = new Files(poller, push, warn);
  const fifos = new Fifos(poller, push, log, scripts);
  const courier = new Courier(log);
  const checks = new HostChecks(poller, scripts, (input) => {
    if (current) current(input);
    else queue.push(input);
  });
  const makeBalancer = () =>
    chooseBalancer(options.balancer, {
      poller,
      feed: (input) => queue.push(input),
      requestTurn: () => queue.requestTurn(),
      log,
      scripts,
      memory: serviceMemory,
      daemon: options.daemon,
    });
  const { balancerNamespace: namespace } = options;
  const chosen = namespace === undefined ? ok(makeBalancer()) : balancerElsewhere(namespace, makeBalancer);
  if (!chosen.ok) return chosen;
  const balancer = chosen.value;
  if (expectScripts) scripts.prepare();
  if (expectMessages) courier.prepare();

  const carryOut = (effect: LvsHostEffect): void => {
    switch (effect.kind) {
      case 'apply-balancer':
      case 'read-balancer':
        balancer.run(effect);
        break;
      case 'define-checker':
      case 'forget-checker':
      case 'abandon-check':
        checks.run([effect]);
        break;
      case 'start-check':
        checks.run([effect]);
        looking = true;
        break;
      case 'answer':
        answer(effect.request, effect.answer);
        break;
      case 'table-stands':
        tableStands();
        break;
      default:
        runMessenger(effect, { courier, fifos, files, scripts });
    }
  };
  const during = (take: (input: LvsInput) => void, work: () => void): void => {
    current = take;
    try {
      work();
    } finally {
      current = undefined;
    }
  };
  const poll = (): void => {
    looking = false;
    poller.poll();
  };

  return ok({
    moment: () => {
      moment ??= readMoment();
      return moment;
    },
    addresses: () => {
      const client = new RtnlClient();
      try {
        const snapshot = readSnapshot(client);
        return snapshot.ok ? ok(snapshot.value.addresses) : snapshot;
      } finally {
        client.close();
      }
    },
    sizeEventBuffer: (size) => events.sizeBuffer(size),
    onWake: (wake) => {
      poller.onWake(wake);
      queue.onWake(wake);
    },
    drain: (take) => {
      // Who waits for a deadline without sleeping drains again and again.
      moment = undefined;
      balancer.step();
      during(take, () => {
        queue.drain(take);
        poll();
      });
      return [];
    },
    run: (effects) => {
      for (const effect of effects) carryOut(effect);
    },
    // A server that is near has often answered, or refused, by the time that connect() returns.
    answers: (take) =>
      during(take, () => {
        queue.drain(take);
        if (looking) poll();
      }),
    // The last step of every turn.
    arm: (deadline) => {
      moment = undefined;
      timer.arm(deadline);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await Promise.all([checks.close(), fifos.closeAll(), courier.close(), balancer.close()]);
      scripts.close();
      files.close();
      events.close();
      timer.close();
      queue.onWake(undefined);
      poller.close();
    },
  });
}
