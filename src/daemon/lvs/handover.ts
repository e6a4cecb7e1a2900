/**
 * The load balancer's part of a configuration, taken out of it as the JSON in which it goes to the other process. It is
 * made where the configuration is read, at a reload in the reading thread: however many servers there are, the loop of
 * VRRP only passes bytes on. Virtual servers go one by one, each under the digest of its JSON, so that nobody makes, sends
 * or reads again what the other side has. (DESIGN rules 10 and 11)
 */
import { createHash } from 'node:crypto';
import type { Configuration } from '../../config/model.js';
import type { VirtualServerSettings } from '../../config/model-lvs.js';
import { lvsPartOf } from '../../core/lvs/configuration.js';
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
  readonly order: readonly string[];
  readonly fresh: readonly ServiceJson[];
}

/** Makes handovers, one after the other; settings that are the same object as before are not made again. */
export class Divider {
  readonly #digests = new WeakMap<VirtualServerSettings, string>();

  /** `have`: digests of what the other side has. */
  divide(
    configuration: Configuration,
    have: ReadonlySet<string>,
  ): { /** Without virtual servers. */ readonly configuration: Configuration; readonly delta: Delta } {
    const rest = { ...configuration, virtualServers: [] };
    const fresh = new Map<string, ServiceJson>();
    const order = configuration.virtualServers.map((settings) => {
      const known = this.#digests.get(settings);
      if (known !== undefined && (have.has(known) || fresh.has(known))) return known;
      const json = Buffer.from(JSON.stringify(pack(settings)));
      const digest = known ?? createHash('sha1').update(json).digest('base64');
      this.#digests.set(settings, digest);
      if (!have.has(digest)) fresh.set(digest, { digest, json });
      return digest;
    });
    const frame = Buffer.from(JSON.stringify(lvsPartOf(rest)));
    return {
      configuration: { ...rest, virtualServerGroups: [] },
      delta: { frame, order, fresh: [...fresh.values()] },
    };
  }
}

/** The whole of it, where nobody has anything yet. */
export function divide(configuration: Configuration): {
  readonly configuration: Configuration;
  readonly handover: Handover;
} {
  const divided = new Divider().divide(configuration, new Set());
  return { configuration: divided.configuration, handover: new Shelf().complete(divided.delta) };
}

/** What was handed over last, from which the next one is made whole. */
export class Shelf {
  #pieces = new Map<string, ServiceJson>();

  constructor(handover?: Handover) {
    for (const one of handover?.services ?? []) this.#pieces.set(one.digest, one);
  }

  /** Digests of what is here. */
  get have(): readonly string[] {
    return [...this.#pieces.keys()];
  }

  complete({ frame, order, fresh }: Delta): Handover {
    for (const one of fresh) this.#pieces.set(one.digest, one);
    const services = order.flatMap((digest) => this.#pieces.get(digest) ?? []);
    this.#pieces = new Map(services.map((one) => [one.digest, one]));
    return { frame, services };
  }
}

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
  #digests = new Set<string>();

  /** Some `services` and then the `configuration`, each in pieces. */
  messages({ frame, services }: Handover): Uint8Array[][] {
    const messages: Uint8Array[][] = [];
    const next = new Set<string>();
    let portion: Uint8Array[] = [];
    let size = 0;
    const finish = (): void => {
      if (size > 0) messages.push([SERVICES, ...portion, SERVICES_END]);
      portion = [];
      size = 0;
    };
    for (const { digest, json } of services) {
      if (!next.has(digest) && !this.#digests.has(digest)) {
        if (size > 0) portion.push(COMMA);
        portion.push(json);
        size += json.length;
        if (size >= PORTION) finish();
      }
      next.add(digest);
    }
    finish();
    this.#digests = next;
    const order = Buffer.from(JSON.stringify(services.map(({ digest }) => digest)));
    messages.push([HEAD, frame, ORDER, order, TAIL]);
    return messages;
  }
}
