/**
 * Which services of the kernel's table are ours, and what its timeouts were before we set them: IPVS keeps no mark of an owner, so their keys stand in a file of the
 * run directory, written before they are made as far as waiting allows. A later life finds in it what an earlier one
 * left behind. What happens to leftovers is decided in core/lvs.
 */
import type { ServiceKey, Timeouts } from '../../core/lvs/table.js';
import { MemoryFile } from '../memory-file.js';

/** Before the timeouts in the file; keys of services begin with other words. */
const TIMEOUTS = 'timeouts ';

/** A start makes thousands of services, some in each turn: the file is not written for each. */
const PAUSE_MS = 250;

export class ServiceMemory {
  readonly #file: MemoryFile;
  readonly #keys = new Set<ServiceKey>();
  readonly #recalled: Promise<void>;
  #timeouts: Timeouts | undefined;

  /** Without a path nothing outlives this process. */
  constructor(path: string | undefined, warn: (text: string) => void) {
    const otherwise = 'services are not removed if we are killed';
    this.#file = new MemoryFile({ path, otherwise, pauseMs: PAUSE_MS, warn });
    this.#recalled = this.#file.recall().then((keys) => {
      for (const key of keys) {
        if (key.startsWith(TIMEOUTS)) this.#timeouts = timeoutsIn(key.slice(TIMEOUTS.length));
        else this.#keys.add(key);
      }
    });
  }

  get keys(): readonly ServiceKey[] {
    return [...this.#keys];
  }

  /** What the kernel's were before us; undefined: as they are. */
  get timeouts(): Timeouts | undefined {
    return this.#timeouts;
  }
  set timeouts(before: Timeouts | undefined) {
    if (JSON.stringify(before) === JSON.stringify(this.#timeouts)) return;
    this.#timeouts = before;
    this.#changed();
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
    this.#file.keep(() =>
      this.#timeouts ? [...this.#keys, TIMEOUTS + JSON.stringify(this.#timeouts)] : this.keys,
    );
  }

  /** What was asked for is written. */
  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Nothing where the text says none. */
function timeoutsIn(text: string): Timeouts | undefined {
  try {
    const { tcp, tcpFin, udp } = JSON.parse(text) as Record<string, unknown>;
    return {
      ...(typeof tcp === 'number' ? { tcp } : {}),
      ...(typeof tcpFin === 'number' ? { tcpFin } : {}),
      ...(typeof udp === 'number' ? { udp } : {}),
    };
  } catch {
    return undefined;
  }
}
