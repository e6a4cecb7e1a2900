/**
 * Which services of the kernel's table are ours: IPVS keeps no mark of an owner, so their keys stand in a file of the
 * run directory, written before they are made as far as waiting allows. A later life finds in it what an earlier one
 * left behind. What happens to leftovers is decided in core/lvs.
 */
import type { ServiceKey } from '../../core/lvs/table.js';
import { MemoryFile } from '../memory-file.js';

/** A start makes thousands of services, some in each turn: the file is not written for each. */
const PAUSE_MS = 250;

export class ServiceMemory {
  readonly #file: MemoryFile;
  readonly #keys = new Set<ServiceKey>();
  readonly #recalled: Promise<void>;

  /** Without a path nothing outlives this process. */
  constructor(path: string | undefined, warn: (text: string) => void) {
    const otherwise = 'services are not removed if we are killed';
    this.#file = new MemoryFile({ path, otherwise, pauseMs: PAUSE_MS, warn });
    this.#recalled = this.#file.recall().then((keys) => {
      for (const key of keys) this.#keys.add(key);
    });
  }

  get keys(): readonly ServiceKey[] {
    return [...this.#keys];
  }

  /** What an earlier life wrote is known. */
  recalled(): Promise<void> {
    return this.#recalled;
  }

  add(key: ServiceKey): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#changed();
  }

  delete(key: ServiceKey): void {
    if (this.#keys.delete(key)) this.#changed();
  }

  clear(): void {
    if (this.#keys.size === 0) return;
    this.#keys.clear();
    this.#changed();
  }

  #changed(): void {
    this.#file.keep(() => this.keys);
  }

  /** What was asked for is written. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
