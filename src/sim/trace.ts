/**
 * A world's life as canonical text: one line per input, effect and fault, with world time and router. The same
 * seed gives the same bytes. Nothing is built unless somebody asked for the text or for its hash.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Effect } from '../core/effects.js';
import type { Input } from '../core/inputs.js';

/** Where the lines go. */
export interface Trace {
  line(at: number, who: string, text: string): void;
}

/** Keeps the lines: for people, and to compare byte for byte. */
export class TextTrace implements Trace {
  readonly #lines: string[] = [];
  line(at: number, who: string, text: string): void {
    this.#lines.push(format(at, who, text));
  }
  get text(): string {
    return this.#lines.join('');
  }
  /** The last `count` lines. */
  tail(count: number): string {
    return this.#lines.slice(-count).join('');
  }
}

/** Hands every line on as soon as it is written. */
export class StreamTrace implements Trace {
  readonly #write: (text: string) => void;
  constructor(write: (text: string) => void) {
    this.#write = write;
  }
  line(at: number, who: string, text: string): void {
    this.#write(format(at, who, text));
  }
}

/** Only the hash of the lines: SHA-256. */
export class HashTrace implements Trace {
  readonly #hash: Hash = createHash('sha256');
  line(at: number, who: string, text: string): void {
    this.#hash.update(format(at, who, text));
  }
  /** Hexadecimal; ends the trace. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}

const format = (at: number, who: string, text: string): string =>
  `${(at / 1e6).toFixed(6).padStart(11)} ${who} ${text}\n`;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export function describeInput(input: Input): string {
  switch (input.kind) {
    case 'packet':
      return `< packet if=${input.packet.interfaceIndex} ${hex(input.packet.bytes)}`;
    case 'reload':
      return `< reload ${input.configuration.hash}`;
    case 'timeout':
      return input.held && input.held.length > 0 ? `< timeout held=${input.held.join(',')}` : '< timeout';
    default: {
      const { kind, ...rest } = input;
      return `< ${kind} ${JSON.stringify(rest)}`;
    }
  }
}

export function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'send-advert':
      return `> advert ${effect.instance} ${effect.channel} ${effect.source} ${effect.destination} ${hex(effect.bytes)}`;
    case 'send-frame':
      return `> frame if=${effect.interfaceIndex} ${effect.etherType.toString(16)} ${effect.destination} ${hex(effect.bytes)}`;
    case 'log':
      return `> log ${effect.level} ${effect.text}`;
    case 'event':
      return `> event ${JSON.stringify(effect.event)}`;
    case 'run-notify':
      return `> notify ${effect.run} ${effect.command.argv.join(' ')}`;
    default: {
      const { kind, ...rest } = effect;
      return `> ${kind} ${JSON.stringify(rest)}`;
    }
  }
}
