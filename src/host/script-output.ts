/**
 * What a script writes, the end of it. A pipe, not the socket that Node would make: scripts open /dev/stderr, which a
 * socket refuses; for the same reason it belongs to the user that the script runs as. Who writes without end is read
 * slowly: that costs a processor less, and the script waits meanwhile. Runs in the script runner's process.
 */
import { fchownSync } from 'node:fs';
import { FAST_SCRIPT_OUTPUT, MAX_SCRIPT_OUTPUT } from '../base/limits.js';
import { EAGAIN } from './linux/errno.js';
import { closeFd, neverWait, openPipe } from './linux/fd.js';
import { allocateArena, read } from './linux/libc.js';
import type { Poller, Watch } from './linux/poller.js';
import type { Identity } from './script-command.js';

/** What a pipe holds, bytes. */
const CHUNK = 64 * 1024;
/** Milliseconds between two reads of what is written without end. */
const REST_MS = 10;
const area = allocateArena(CHUNK);

export class ScriptOutput {
  readonly writeEnd: number;
  readonly #readEnd: number;
  readonly #watch: Watch;
  #bytes: Buffer = Buffer.alloc(0);
  #total = 0;
  #ended = false;
  #handedOver = false;
  #closed = false;
  #resting: NodeJS.Timeout | undefined;

  /** Throws where there are no descriptors left. */
  constructor(poller: Poller, identity: Identity | undefined) {
    const { readEnd, writeEnd } = openPipe();
    neverWait(readEnd);
    this.writeEnd = writeEnd;
    this.#readEnd = readEnd;
    if (identity) fchownSync(writeEnd, identity.uid, identity.gid);
    this.#watch = poller.add(readEnd, () => this.#readable());
  }

  get text(): string {
    return this.#bytes.toString('utf8');
  }
  /** It wrote more than is kept. */
  get overflowed(): boolean {
    return this.#total > MAX_SCRIPT_OUTPUT;
  }

  #readable(): void {
    this.#read();
    if (this.#ended || this.#total < FAST_SCRIPT_OUTPUT) return;
    this.#watch.pause(true);
    this.#resting = setTimeout(() => this.#watch.pause(false), REST_MS);
  }

  /** False: nothing more is there. */
  #read(): boolean {
    const size = read(this.#readEnd, area.address, CHUNK);
    if (size === -EAGAIN) return false;
    if (size <= 0) {
      this.#ended = true;
      this.#watch.remove();
      return false;
    }
    this.#total += size;
    const chunk = area.bytes.subarray(Math.max(0, size - MAX_SCRIPT_OUTPUT), size);
    const kept = this.#bytes.subarray(Math.max(0, this.#bytes.length + chunk.length - MAX_SCRIPT_OUTPUT));
    this.#bytes = Buffer.concat([kept, chunk]);
    return true;
  }

  /** The script has ended: what it wrote is in the pipe. Returns whether somebody else may still write. */
  finish(): boolean {
    // One pipe full, and one more for who goes on writing into it: then it is not the script's any more.
    for (let reads = 0; reads < 2 && !this.#ended; reads += 1) if (!this.#read()) break;
    return !this.#ended;
  }

  /** The script has its own copy of the descriptor, or there will be no script. */
  handedOver(): void {
    if (this.#handedOver) return;
    this.#handedOver = true;
    closeFd(this.writeEnd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#resting);
    this.handedOver();
    this.#watch.remove();
    closeFd(this.#readEnd);
  }
}
