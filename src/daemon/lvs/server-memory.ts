/**
 * What is known of servers, for the case that both processes end: in a file of the run directory. Who is drained stays so
 * over every restart, until somebody undoes it or the machine starts anew. Who is dead stays so only where the table
 * stayed, too: after a stop that took it away everything begins as it does the first time. (directives-lvs section 8)
 */
import type { Answer, BalancerEvent } from '../../core/lvs/effects.js';
import type { RememberedServer } from '../../core/lvs/inputs.js';
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

  /** `newer`: what the first process knows of a life that has just ended, if it does. */
  async recall(newer: readonly RememberedServer[]): Promise<readonly RememberedServer[]> {
    const left = (await this.#file.recall()).flatMap(serverIn);
    this.#known = new KnownServers(newer.length > 0 ? newer : left);
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
  #keep(servers: () => readonly RememberedServer[]): void {
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

/** Nothing where the line is no server. */
function serverIn(line: string): RememberedServer[] {
  try {
    const { service, server, alive, drained } = JSON.parse(line) as Record<string, unknown>;
    return typeof service === 'string' && typeof server === 'string'
      ? [{ service, server, alive: alive === true, drained: drained === true }]
      : [];
  } catch {
    return [];
  }
}
