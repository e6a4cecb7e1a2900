/**
 * Carries out one turn's effects in the stages that are part of the contract (DESIGN section 3): adverts first,
 * then the firewall, addresses, routes and rules, then announcements, then scripts; within a stage in the order given.
 * Opening and closing
 * sockets keeps its place among the adverts. Failures come back as inputs, never as exceptions.
 */

import type { BfdEffect } from '../core/bfd/facts.js';
import type { HostEffect } from '../ports/ports.js';
import type { BfdSockets } from './bfd-sockets.js';
import type { Firewalls } from './firewall/firewalls.js';
import type { LinkMaker } from './link-maker.js';
import type { Linkbeat } from './linkbeat.js';
import { type Messengers, runMessenger } from './messengers.js';
import type { RtnlEvents } from './netlink-sockets.js';
import type { Processes } from './processes.js';
import type { RawPackets } from './raw-packets.js';
import type { RtnlPipeline } from './rtnl-pipeline.js';
import type { Scripts } from './scripts.js';
import type { Sysctls } from './sysctls.js';

type Of<K extends HostEffect['kind']> = Extract<HostEffect, { kind: K }>;
type Rest = Exclude<
  HostEffect,
  {
    kind:
      | BfdEffect['kind']
      | 'open-channel'
      | 'close-channel'
      | 'watch-routing'
      | 'size-buffers'
      | 'send-advert'
      | 'apply-firewall'
      | 'apply-addresses'
      | 'apply-routes'
      | 'send-frame';
  }
>;

/** Who carries out which effect. */
export interface Rooms extends Messengers {
  readonly bfd: Pick<BfdSockets, 'run'>;
  readonly packets: Pick<RawPackets, 'open' | 'close' | 'sendAdverts' | 'sendFrames'>;
  readonly firewall: Pick<Firewalls, 'apply'>;
  readonly netlink: Pick<RtnlPipeline, 'addresses' | 'routes' | 'sizeBuffer'>;
  readonly events: Pick<RtnlEvents, 'watchRouting' | 'sizeBuffer'>;
  readonly scripts: Pick<Scripts, 'check' | 'cancel' | 'notify'>;
  readonly processes: Pick<Processes, 'watch' | 'unwatch' | 'sizeBuffer'>;
  readonly linkbeat: Pick<Linkbeat, 'watch' | 'unwatch'>;
  readonly links: Pick<LinkMaker, 'apply'>;
  readonly sysctls: Pick<Sysctls, 'apply'>;
}

export class EffectRunner {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  run(effects: readonly HostEffect[]): void {
    const { packets, firewall, netlink, events, processes } = this.#rooms;
    const adverts: Of<'send-advert'>[] = [];
    const walls: Of<'apply-firewall'>[] = [];
    const applications: Of<'apply-addresses' | 'apply-routes'>[] = [];
    const frames: Of<'send-frame'>[] = [];
    const rest: Rest[] = [];
    const flush = (): void => {
      if (adverts.length === 0) return;
      packets.sendAdverts(adverts);
      adverts.length = 0;
    };
    for (const effect of effects) {
      switch (effect.kind) {
        case 'open-channel':
          flush();
          packets.open(effect.channel);
          break;
        case 'close-channel':
          flush();
          packets.close(effect.channel);
          break;
        case 'listen-bfd':
        case 'unlisten-bfd':
        case 'open-bfd':
        case 'close-bfd':
        case 'send-bfd':
        case 'await-bfd':
          // At once: they come before the adverts, and each has a socket of its own.
          this.#rooms.bfd.run(effect);
          break;
        case 'watch-routing':
          events.watchRouting(effect);
          break;
        case 'size-buffers':
          netlink.sizeBuffer(effect.sizes.answers);
          events.sizeBuffer(effect.sizes.events);
          processes.sizeBuffer(effect.sizes.processes);
          break;
        case 'send-advert':
          adverts.push(effect);
          break;
        case 'apply-firewall':
          walls.push(effect);
          break;
        case 'apply-addresses':
        case 'apply-routes':
          applications.push(effect);
          break;
        case 'send-frame':
          frames.push(effect);
          break;
        default:
          rest.push(effect);
      }
    }
    flush();
    for (const wall of walls) firewall.apply(wall);
    for (const effect of applications) {
      if (effect.kind === 'apply-addresses') netlink.addresses(effect.request, effect.operations);
      else netlink.routes(effect.request, effect.operations);
    }
    packets.sendFrames(frames);
    for (const effect of rest) this.#runRest(effect);
  }

  #runRest(effect: Rest): void {
    const { scripts, processes, courier, linkbeat, links, sysctls } = this.#rooms;
    switch (effect.kind) {
      case 'apply-links':
        links.apply(effect.request, effect.operations);
        break;
      case 'apply-sysctls':
        sysctls.apply(effect.request, effect.operations);
        break;
      case 'run-check':
        scripts.check(effect);
        break;
      case 'cancel-check':
        scripts.cancel(effect.script);
        break;
      case 'watch-process':
        processes.watch(effect.tracker);
        break;
      case 'unwatch-process':
        processes.unwatch(effect.tracker);
        break;
      case 'watch-linkbeat':
        linkbeat.watch(effect.interface, effect.method);
        break;
      case 'unwatch-linkbeat':
        linkbeat.unwatch(effect.interface);
        break;
      case 'post-webhook':
        courier.deliver(effect);
        break;
      default:
        runMessenger(effect, this.#rooms);
    }
  }
}
