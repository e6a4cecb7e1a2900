/**
 * How the first process and the one of the load balancer speak over their descriptor: JSON values, each behind its length
 * in bytes (32 bits, network order), so that a configuration of many megabytes is taken whole and nothing has to look for
 * its end. What is said stands in talk.ts. (DESIGN section 4 and rule 9)
 */
import type { Duplex } from 'node:stream';
import { MAX_FRAME_BYTES } from '../../base/limits.js';

const HEADER = 4;

export class Frames<From, To> {
  readonly #stream: Duplex;
  #parts: Buffer[] = [];
  #length = 0;
  /** Said in this turn of the loop, each a JSON text; written together. */
  #said: string[] = [];

  /** `broken`: what came was no frame of ours; the stream is of no use any more. */
  constructor(stream: Duplex, receive: (message: From) => void, broken: (why: string) => void) {
    this.#stream = stream;
    stream.on('data', (part: Buffer) => {
      this.#parts.push(part);
      this.#length += part.length;
      try {
        for (let message = this.#take(); message !== undefined; message = this.#take())
          receive(JSON.parse(message.toString('utf8')) as From);
      } catch (error) {
        stream.destroy();
        broken(error instanceof Error ? error.message : String(error));
      }
    });
    stream.on('error', () => {});
  }

  #take(): Buffer | undefined {
    if (this.#length < HEADER) return undefined;
    const [first] = this.#parts;
    if (!first || first.length < HEADER) this.#parts = [Buffer.concat(this.#parts)];
    const size = this.#parts[0]?.readUInt32BE(0) ?? 0;
    if (size > MAX_FRAME_BYTES) throw new Error(`a message of ${size} bytes`);
    if (this.#length < HEADER + size) return undefined;
    const all = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    const rest = all.subarray(HEADER + size);
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return all.subarray(HEADER, HEADER + size);
  }

  /**
   * Never waits. What the other side does not take any more is lost: its end is told by the stream. All that is said in one
   * turn of the loop goes at once: of a start that is an event for each virtual server.
   */
  say(message: To): void {
    this.#said.push(JSON.stringify(message));
    if (this.#said.length === 1) setImmediate(() => this.flush());
  }

  /** The same at once for messages that are JSON already, each in pieces: the other side is woken once for all of them. */
  sayJson(messages: readonly (readonly Uint8Array[])[]): void {
    this.flush();
    if (!this.#stream.writable) return;
    this.#stream.cork();
    for (const pieces of messages) {
      const header = Buffer.allocUnsafe(HEADER);
      header.writeUInt32BE(pieces.reduce((sum, { length }) => sum + length, 0));
      for (const piece of [header, ...pieces]) this.#stream.write(piece);
    }
    this.#stream.uncork();
  }

  /** Before the stream is ended. */
  flush(): void {
    const said = this.#said;
    if (said.length === 0) return;
    this.#said = [];
    if (!this.#stream.writable) return;
    const lengths = said.map((json) => Buffer.byteLength(json));
    const frames = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + HEADER + length, 0));
    let at = 0;
    for (const [n, json] of said.entries()) {
      at = frames.writeUInt32BE(lengths[n] ?? 0, at);
      at += frames.write(json, at);
    }
    this.#stream.write(frames);
  }
}
