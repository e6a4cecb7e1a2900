/**
 * Takes chunks apart (RFC 9112 section 7.1). Where they are none, everything from there on counts as what they hold:
 * whether a server that cannot count is a good one is not decided here.
 */
import { MAX_CHUNK_LINE } from '../../base/limits.js';

const CR = 13;
const LF = 10;

export class ChunkReader {
  #state: 'size' | 'data' | 'gap' | 'trailer' | 'finished' | 'broken' = 'size';
  #line = '';
  /** Bytes of the chunk that are still to come. */
  #left = 0;

  /** Its last chunk, with what follows it, is complete. */
  get finished(): boolean {
    return this.#state === 'finished';
  }
  get broken(): boolean {
    return this.#state === 'broken';
  }

  /** Hands out what the chunks hold; returns that part of `bytes` that belongs to the body, framing and all. */
  take(bytes: Uint8Array, data: (part: Uint8Array) => void): Uint8Array {
    let at = 0;
    while (at < bytes.length && this.#state !== 'finished') {
      if (this.#state === 'broken') {
        data(bytes.subarray(at));
        return bytes;
      }
      if (this.#state === 'data') {
        const part = bytes.subarray(at, at + this.#left);
        data(part);
        at += part.length;
        this.#left -= part.length;
        if (this.#left === 0) this.#state = 'gap';
        continue;
      }
      const byte = bytes[at++] ?? 0;
      if (byte === LF) this.#endOfLine();
      else if (byte !== CR) this.#line += String.fromCharCode(byte);
      if (this.#line.length > MAX_CHUNK_LINE) this.#state = 'broken';
    }
    return bytes.subarray(0, at);
  }

  #endOfLine(): void {
    const line = this.#line;
    this.#line = '';
    if (this.#state === 'gap') this.#state = line === '' ? 'size' : 'broken';
    else if (this.#state === 'trailer') {
      if (line === '') this.#state = 'finished';
    } else {
      const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
      if (size === undefined) this.#state = 'broken';
      else {
        this.#left = Number.parseInt(size, 16);
        this.#state = this.#left === 0 ? 'trailer' : 'data';
      }
    }
  }
}
