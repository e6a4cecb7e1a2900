/**
 * The real world on Linux behind the interface of ports/ports: what wakes the loop, what is read in a turn, who
 * carries out which effect. Each room of the host decides its own matters; this file only joins them.
 */

import type { Result } from '../base/result.js';
import { ok, refuse } from '../base/result.js';
import type { ChannelId, LogLevel } from '../core/effects.js';
import type { Failure, Input } from '../core/inputs.js';
import type { Feed, Host, HostEffect } from '../ports/ports.js';
import { BfdSockets } from './bfd-sockets.js';
import { Courier } from './courier.js';
import { EffectRunner } from './effect-runner.js';
import { Fifos } from './fifos.js';
import { Files } from './files.js';
import { Firewalls } from './firewall/firewalls.js';
import { InputQueue } from './input-queue.js';
import { LinkMaker } from './link-maker.js';
import { Linkbeat } from './linkbeat.js';
import { readMoment } from './linux/clock.js';
import { entropy } from './linux/entropy.js';
import { SystemError } from './linux/errno.js';
import { closeInheritedOnExec } from './linux/fd.js';
import { Poller } from './linux/poller.js';
import { RtnlClient } from './linux/rtnl-client.js';
import { Timer } from './linux/timer.js';
import { RtnlEvents, readSnapshot } from './netlink-sockets.js';
import { Processes, type ProcessSource } from './processes.js';
import { RawPackets } from './raw-packets.js';
import { RtnlPipeline } from './rtnl-pipeline.js';
import { Scripts } from './scripts.js';
import { Sysctls } from './sysctls.js';

export interface HostOptions {
  /** The host's own lines: which source of process events is in use, what the kernel refused. */
  readonly log: (level: LogLevel, text: string) => void;
  /** Whether scripts will run: their runner is then started at once, and the first one does not wait for it. */
  readonly expectScripts?: boolean;
  /** Whether mail or webhooks will be sent: their thread is then started at once. */
  readonly expectMessages?: boolean;
  /** Where kernel settings are remembered that we change; absent: they are forgotten with us. */
  readonly sysctlMemory?: string;
  /** Where it stands which check scripts run; absent: they go on where their runner is killed. */
  readonly scriptMemory?: string;
  /** Sources of process events that may be used, in order of preference; by default both. */
  readonly processSources?: readonly ProcessSource[];
  /** A descriptor of the network namespace from which we came: the kernel tells of processes in the first one only. */
  readonly cameFrom?: number;
}

/**
 * Opens what every daemon needs: poller, timer, rtnetlink. Call it in the network namespace it shall live in.
 * Refused with a sentence where the kernel does not let us.
 */
export function createHost(options: HostOptions): Result<Host, Failure> {
  try {
    return ok(openHost(options));
  } catch (error) {
    if (error instanceof SystemError) return refuse(error.failure);
    throw error;
  }
}

const NOTHING_UNREAD: readonly ChannelId[] = [];

function openHost(options: HostOptions): Host {
  const { log, expectScripts, expectMessages, processSources, sysctlMemory, scriptMemory, cameFrom } =
    options;
  closeInheritedOnExec();
  const poller = new Poller();
  const timer = new Timer(poller);
  const queue = new InputQueue();
  const bounded = new Set<ChannelId>();
  let closed = false;
  /** Where this drain's inputs go; between drains they wait in the queue. */
  let current: Feed | undefined;
  let latest = readMoment();
  const feed = (input: Input): void => {
    if (current) current(input);
    else queue.push(input);
  };
  const push = (input: Input): void => queue.push(input);
  const warn = (text: string): void => log('warning', text);

  const netlink = new RtnlPipeline(push, () => queue.requestTurn(), warn);
  const events = new RtnlEvents(poller, feed, warn, { ownPort: () => netlink.port });
  const packets = new RawPackets({ poller, feed, push, bounded: (id) => bounded.add(id), warn });
  const bfd = new BfdSockets({ poller, feed, push, bounded: (id) => bounded.add(id) });
  const scripts = new Scripts(push, warn, scriptMemory);
  const processes = new Processes(poller, feed, log, processSources, cameFrom);
  const files = new Files(poller, push, warn);
  const linkbeat = new Linkbeat(push, warn);
  const fifos = new Fifos(poller, push, log, scripts);
  const courier = new Courier(log);
  const firewall = new Firewalls({
    poller,
    feed,
    push,
    warn,
    scripts,
    hold: (held) => netlink.hold(held),
    requestTurn: () => queue.requestTurn(),
  });
  const links = new LinkMaker(push, () => queue.requestTurn());
  const sysctls = new Sysctls({ push, warn, memory: sysctlMemory });
  const runner = new EffectRunner({
    bfd,
    packets,
    firewall,
    netlink,
    events,
    scripts,
    processes,
    files,
    linkbeat,
    fifos,
    courier,
    links,
    sysctls,
  });
  if (expectScripts) scripts.prepare();
  if (expectMessages) courier.prepare();

  return {
    moment: () => {
      latest = readMoment();
      return latest;
    },
    inventory: async () => {
      const client = new RtnlClient();
      try {
        const snapshot = readSnapshot(client);
        if (!snapshot.ok) throw new Error(snapshot.error.message);
        return { ...snapshot.value, sysctls: await sysctls.changed(), entropy: entropy() };
      } finally {
        client.close();
      }
    },
    onWake: (wake) => {
      poller.onWake(wake);
      queue.onWake(wake);
    },
    drain: (take) => {
      // Both are empty nearly always, and to empty a set or to list it costs more than to look at it.
      if (bounded.size > 0) bounded.clear();
      current = take;
      try {
        firewall.step();
        netlink.step();
        links.step();
        queue.drain(take);
        poller.poll();
      } finally {
        current = undefined;
      }
      return bounded.size === 0 ? NOTHING_UNREAD : [...bounded];
    },
    run: (effects: readonly HostEffect[]) => runner.run(effects),
    answers: (take) => {
      current = take;
      try {
        queue.drain(take);
      } finally {
        current = undefined;
      }
    },
    arm: (deadline) => {
      timer.arm(deadline);
      bfd.expect(deadline, latest.now);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await Promise.all([fifos.closeAll(), courier.close(), sysctls.close()]);
      scripts.close();
      processes.close();
      files.close();
      linkbeat.close();
      packets.closeAll();
      bfd.closeAll();
      firewall.close();
      netlink.close();
      links.close();
      events.close();
      timer.close();
      queue.onWake(undefined);
      poller.close();
    },
  };
}
