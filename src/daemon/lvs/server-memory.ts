/**
 * What is known of servers, for the case that both processes end: in a file of the run directory. Who is drained stays so
 * over every restart, until somebody undoes it or the machine starts anew. Who is dead stays so only where the table
 * stayed, too: after a stop that took it away everything begins as it does the first time. (directives-lvs section 8)
 */
import type { Answer, BalancerEvent } from '../../core/lvs/effects.js';
import type { Remembered } from '../../core/lvs/inputs.js';
import { MemoryFile } from '../../host/memory-file.js';
import { KnownServers } from './known-servers.js';

/** Thousands of servers may fail within a second. */
const PAUSE_MS = 500;

export class ServerMemory {
  readonly #file: MemoryFile;
  #known = new KnownServers();
  #ended = false;

  constructor(path: string, warn: (text: string) => void) {
    const otherwise = 'who is drained or dead is not known after a restart';
    this.#file = new MemoryFile({ path, otherwise, pauseMs: PAUSE_MS, warn });
  }

  /** `newer`: what the first process knows of a life that has just ended; the file may lag behind it. */
  async recall(newer: readonly Remembered[] | undefined): Promise<readonly Remembered[]> {
    const left = (await this.#file.recall()).flatMap(knownIn);
    this.#known = new KnownServers(newer ?? left);
    return this.#known.all;
  }

  happened(event: BalancerEvent): void {
    if (this.#known.happened(event)) this.#changed();
  }
  answered(answer: Answer): void {
    if (this.#known.answered(answer)) this.#changed();
  }

  #changed(): void {
    if (!this.#ended) this.#keep(() => this.#known.all);
  }
  #keep(servers: () => readonly Remembered[]): void {
    this.#file.keep(() => servers().map((one) => JSON.stringify(one)));
  }

  /** What happens from now on is no news of servers. */
  end(tableStays: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    const left = tableStays ? this.#known.all : this.#known.drained;
    this.#keep(() => left);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Nothing where the line is neither a server nor a quorum. */
function knownIn(line: string): Remembered[] {
  try {
    const { service, server, alive, drained } = JSON.parse(line) as Record<string, unknown>;
    if (typeof service !== 'string') return [];
    return [
      {
        service,
        ...(typeof server === 'string' ? { server } : {}),
        ...(typeof alive === 'boolean' ? { alive } : {}),
        drained: drained === true,
      },
    ];
  } catch {
    return [];
  }
}
