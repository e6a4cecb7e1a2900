/**
 * The load balancer's part of a configuration, taken out of it as the JSON in which it goes to the other process. It is
 * made where the configuration is read, at a reload in the reading thread: however many servers there are, the loop of
 * VRRP only passes bytes on. Virtual servers go one by one, each under the digest of its JSON, so that nobody makes, sends
 * or reads again what the other side has. (DESIGN rules 10 and 11)
 */
import { createHash } from 'node:crypto';
import { invariant } from '../../base/invariant.js';
import type { Configuration } from '../../config/model.js';
import type { VirtualServerSettings } from '../../config/model-lvs.js';
import { lvsPartOf } from '../../core/lvs/configuration.js';
import { changed, changeOf, type ListChange } from './list-change.js';
import { pack } from './packed-servers.js';

export interface ServiceJson {
  readonly digest: string;
  /** A PackedService, in UTF-8. */
  readonly json: Uint8Array;
}

export interface Handover {
  /** All but the virtual servers: an LvsConfiguration that has none, in UTF-8. */
  readonly frame: Uint8Array;
  /** In the order of the text. */
  readonly services: readonly ServiceJson[];
}

/** A handover without what the other side has. */
export interface Delta {
  readonly frame: Uint8Array;
  /** Of the digests in their order. */
  readonly order: ListChange<string>;
  readonly fresh: readonly ServiceJson[];
}

/**
 * Makes handovers, one after the other; settings that are the same object as before are not made again. The other side is
 * a Shelf that takes all of them, beginning with what it has.
 */
export class Divider {
  readonly #digests = new WeakMap<VirtualServerSettings, string>();
  #order: readonly string[];

  /** Digests of what the other side has. */
  constructor(order: readonly string[]) {
    this.#order = order;
  }

  /** `forNobody`: it is not handed over, and the next one is as if this one had not been. */
  divide(
    configuration: Configuration,
    forNobody = false,
  ): { /** Without virtual servers. */ readonly configuration: Configuration; readonly delta: Delta } {
    const made = new Map<string, ServiceJson>();
    const order = configuration.virtualServers.map((settings) => {
      const known = this.#digests.get(settings);
      if (known !== undefined) return known;
      const one = jsonOf(settings);
      this.#digests.set(settings, one.digest);
      made.set(one.digest, one);
      return one.digest;
    });
    const change = changeOf(this.#order, order);
    const fresh = new Map<string, ServiceJson>();
    if (change.between.length > 0) {
      const have = new Set(this.#order);
      for (const [n, digest] of change.between.entries()) {
        if (have.has(digest) || fresh.has(digest)) continue;
        const settings = configuration.virtualServers[change.first + n];
        const one = made.get(digest) ?? (settings && jsonOf(settings));
        if (one) fresh.set(digest, one);
      }
    }
    if (!forNobody) this.#order = order;
    const frame = Buffer.from(JSON.stringify({ ...lvsPartOf(configuration), virtualServers: [] }));
    return {
      configuration: { ...configuration, virtualServers: [], virtualServerGroups: [] },
      delta: { frame, order: change, fresh: [...fresh.values()] },
    };
  }
}

function jsonOf(settings: VirtualServerSettings): ServiceJson {
  const json = Buffer.from(JSON.stringify(pack(settings)));
  return { digest: createHash('sha1').update(json).digest('base64'), json };
}

/** The whole of it, where nobody has anything yet. */
export function divide(configuration: Configuration): {
  readonly configuration: Configuration;
  readonly handover: Handover;
} {
  const divided = new Divider([]).divide(configuration);
  return { configuration: divided.configuration, handover: new Shelf().complete(divided.delta) };
}

/** What was handed over last, from which the next one is made whole. */
export class Shelf {
  #services: readonly ServiceJson[];

  constructor(handover?: Handover) {
    this.#services = handover?.services ?? [];
  }

  /** Digests of what is here, in their order. */
  get order(): readonly string[] {
    return digestsOf(this.#services);
  }

  complete({ frame, order, fresh }: Delta): Handover {
    const between: ServiceJson[] = [];
    if (order.between.length > 0) {
      const pieces = new Map<string, ServiceJson>();
      for (const one of this.#services) pieces.set(one.digest, one);
      for (const one of fresh) pieces.set(one.digest, one);
      for (const digest of order.between) {
        const one = pieces.get(digest);
        invariant(one, 'whatever is named was handed over now or before');
        between.push(one);
      }
    }
    this.#services = changed(this.#services, { ...order, between });
    return { frame, services: this.#services };
  }
}

const digestsOf = (services: readonly ServiceJson[]): string[] => services.map(({ digest }) => digest);

/** Bytes of a handover. */
export const sizeOf = ({ frame, services }: Handover): number =>
  services.reduce((sum, { json }) => sum + json.length, frame.length);

/** Bytes of virtual servers in one message: what the other side takes at a time, and need not put together. */
const PORTION = 32 * 1024;
const SERVICES = Buffer.from('{"say":"services","fresh":[');
const COMMA = Buffer.from(',');
const SERVICES_END = Buffer.from(']}');
const HEAD = Buffer.from('{"say":"configuration","frame":');
const ORDER = Buffer.from(',"order":');
const TAIL = Buffer.from('}');

/** What the other process has of it, and the words of talk.ts that tell it the rest. */
export class Told {
  #order: readonly string[] = [];

  /** Some `services` and then the `configuration`, each in pieces. */
  messages({ frame, services }: Handover): Uint8Array[][] {
    const messages: Uint8Array[][] = [];
    const now = digestsOf(services);
    const change = changeOf(this.#order, now);
    const has = new Set(change.between.length > 0 ? this.#order : []);
    this.#order = now;
    let portion: Uint8Array[] = [];
    let size = 0;
    const finish = (): void => {
      if (size > 0) messages.push([SERVICES, ...portion, SERVICES_END]);
      portion = [];
      size = 0;
    };
    for (const { digest, json } of services.slice(change.first, services.length - change.last)) {
      if (has.has(digest)) continue;
      has.add(digest);
      if (size > 0) portion.push(COMMA);
      portion.push(json);
      size += json.length;
      if (size >= PORTION) finish();
    }
    finish();
    messages.push([HEAD, frame, ORDER, Buffer.from(JSON.stringify(change)), TAIL]);
    return messages;
  }
}
