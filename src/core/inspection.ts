/**
 * What the engine shows of its inside beyond its status, for dumps: sockets, interfaces, counters of trackers, and
 * when an instance acts next. Asked one by one, so that a dump of many instances can be written in parts, between
 * which the daemon goes on. It decides nothing and changes nothing.
 */
import type { Duration, WallTime } from '../base/time.js';
import { type BfdSessionStatus, sessionStatus } from './bfd/session-status.js';
import type { Channel } from './effects.js';
import type { House } from './house.js';
import type { AddressFacts, LinkFacts } from './net/facts.js';
import type { InstanceCounters, InstanceStatus, SyncGroupStatus } from './status.js';
import type { Instance } from './vrrp/instance.js';
import { instanceStatus } from './vrrp/instance-status.js';
import type { SyncGroup } from './vrrp/sync-group.js';

export interface InstanceInspection {
  readonly status: InstanceStatus;
  /** Base priority and everything that trackers add, not clamped. */
  readonly totalPriority: number;
  /** The advert interval that counts: the master's, or our own. */
  readonly masterInterval: Duration;
  readonly masterDownInterval: Duration;
  /** Wall time at which it acts by itself: an advert, or a takeover. */
  readonly next?: WallTime;
  /** Trackers that hold it because they have not reported yet. */
  readonly pending: number;
  /** Is MASTER, or waits for its sync group to be it. */
  readonly wantsMaster: boolean;
}

export interface ScriptInspection {
  readonly up: boolean | undefined;
  /** 0..rise-1 is down, rise..rise+fall-1 is up. */
  readonly counter: number;
  readonly running: boolean;
}

export interface ProcessInspection {
  readonly up: boolean | undefined;
  readonly count: number;
  readonly settling: 'fork' | 'terminate' | undefined;
}

export interface Inspection {
  readonly syncGroups: readonly SyncGroupStatus[];
  instance(name: string): InstanceInspection | undefined;
  /** A copy. */
  counters(name: string): InstanceCounters | undefined;
  /** Undefined where nobody uses it. */
  script(name: string): ScriptInspection | undefined;
  process(name: string): ProcessInspection | undefined;
  file(name: string): number | undefined;
  bfd(name: string): BfdSessionStatus | undefined;
  readonly links: readonly LinkFacts[];
  addressesOf(index: number): readonly AddressFacts[];
  readonly sockets: readonly { readonly channel: Channel; readonly members: readonly string[] }[];
}

export function inspect(
  house: House,
  instances: ReadonlyMap<string, Instance>,
  groups: readonly SyncGroup[],
): Inspection {
  const { inventory, channels, trackers } = house;
  return {
    syncGroups: groups.map((group) => group.status()),
    instance: (name) => {
      const instance = instances.get(name);
      return instance && inspectInstance(instance, house);
    },
    counters: (name) => {
      const instance = instances.get(name);
      return instance && { ...instance.counters };
    },
    script: (name) => {
      const script = trackers.script(name);
      return script && { up: script.up, counter: script.counter, running: script.running };
    },
    process: (name) => {
      const process = trackers.process(name);
      const up = process?.state === 'pending' ? undefined : process?.state === 'up';
      return process && { up, count: process.count ?? 0, settling: process.settling };
    },
    file: (name) => trackers.file(name)?.value,
    bfd: (name) => {
      const session = house.bfd.session(name);
      return session && sessionStatus(session);
    },
    links: [...inventory.allLinks()],
    addressesOf: (index) => [...inventory.addressesOf(index)],
    sockets: [...channels.sockets()],
  };
}

function inspectInstance(instance: Instance, { outbox }: House): InstanceInspection {
  const { timing, settings, trackings, holds } = instance;
  let totalPriority = settings.priority;
  for (const { tracker, settings: weight } of trackings) totalPriority += tracker.contribution(weight).add;
  const { due, masterInterval, masterDownInterval } = timing;
  return {
    status: instanceStatus(instance),
    totalPriority,
    masterInterval,
    masterDownInterval,
    ...(due === undefined ? {} : { next: (outbox.wall + (due - outbox.now)) as WallTime }),
    pending: holds.pending.length,
    wantsMaster: instance.wishesMaster,
  };
}
