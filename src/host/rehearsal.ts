/**
 * A host on which nothing happens: effects pass through the same code as those that count, but the sockets lead
 * nowhere and the clock is the caller's. For rehearsals (daemon/rehearsal), which
 * decide what is played; nothing of it reaches a wire, a kernel table, a script or a file.
 */
import type { Instant, Moment } from '../base/time.js';
import type { ChannelId } from '../core/effects.js';
import type { Input } from '../core/inputs.js';
import type { AddressFacts, LinkFacts } from '../core/net/facts.js';
import type { Feed, Host, HostEffect } from '../ports/ports.js';
import { BfdSockets } from './bfd-sockets.js';
import { EffectRunner } from './effect-runner.js';
import { InputQueue } from './input-queue.js';
import { RawPackets } from './raw-packets.js';
import { RtnlPipeline } from './rtnl-pipeline.js';

const nothing = (): void => {};

export class RehearsalHost implements Host {
  /** What the machine sent since this was last emptied. */
  readonly sent: Extract<HostEffect, { kind: 'send-advert' }>[] = [];
  readonly #moment: () => Moment;
  readonly #queue = new InputQueue();
  readonly #netlink: RtnlPipeline;
  readonly #packets: RawPackets;
  readonly #bfd: BfdSockets;
  readonly #runner: EffectRunner;

  /** Everything is sent on that link, whether it exists or not. Throws SystemError where there are no sockets left. */
  constructor(moment: () => Moment, interfaceIndex: number) {
    this.#moment = moment;
    // Without the lock on which a true request may have to wait: nothing is looked at but the header.
    this.#netlink = new RtnlPipeline((input) => this.#push(input), nothing, nothing, true);
    try {
      this.#packets = RawPackets.leadingNowhere(interfaceIndex);
    } catch (error) {
      this.#netlink.close();
      throw error;
    }
    this.#bfd = BfdSockets.leadingNowhere((input) => this.#push(input));
    this.#runner = new EffectRunner({
      bfd: {
        run: (effect) => {
          if (effect.kind === 'listen-bfd')
            this.#push({ kind: 'bfd-listening', listener: effect.listener.id });
          else this.#bfd.run(effect);
        },
      },
      packets: {
        open: ({ id }) => this.#push({ kind: 'channel', channel: id }),
        close: nothing,
        sendAdverts: (adverts) => this.#packets.sendAdverts(adverts),
        sendFrames: (frames) => this.#packets.sendFrames(frames),
      },
      netlink: this.#netlink,
      events: { watchRouting: nothing, sizeBuffer: nothing },
      firewall: {
        apply: ({ request }) => this.#push({ kind: 'firewall-applied', request }),
      },
      linkbeat: { watch: nothing, unwatch: nothing },
      links: { apply: nothing },
      sysctls: { apply: nothing },
      scripts: { check: nothing, cancel: nothing, notify: nothing },
      processes: { watch: nothing, unwatch: nothing, sizeBuffer: nothing },
      files: { watch: nothing, unwatch: nothing },
      fifos: { open: nothing, write: nothing, close: nothing },
      courier: { deliver: nothing },
    });
  }

  /** That a socket to nowhere takes nothing is no news. */
  #push(input: Input): void {
    if (input.kind !== 'send-failed' && input.kind !== 'bfd-send-failed') this.#queue.push(input);
  }

  /** Waits for the next drain. */
  receive(input: Input): void {
    this.#queue.push(input);
  }

  moment(): Moment {
    return this.#moment();
  }
  async inventory(): Promise<{ links: LinkFacts[]; addresses: AddressFacts[] }> {
    return { links: [], addresses: [] };
  }
  /** Nobody is woken: who rehearses takes each turn by hand. */
  onWake(): void {}
  drain(feed: Feed): readonly ChannelId[] {
    this.#netlink.step();
    this.#queue.drain(feed);
    return [];
  }
  run(effects: readonly HostEffect[]): void {
    for (const effect of effects) if (effect.kind === 'send-advert') this.sent.push(effect);
    this.#runner.run(effects);
  }
  answers(feed: Feed): void {
    this.#queue.drain(feed);
  }
  arm(_deadline: Instant | undefined): void {}
  async close(): Promise<void> {
    this.#netlink.close();
    this.#packets.closeAll();
    this.#bfd.closeAll();
  }
}
