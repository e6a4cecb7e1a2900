/**
 * Which services of the kernel's table are ours: IPVS keeps no mark of an owner, so their keys stand in a file of the
 * run directory, written before they are made as far as waiting allows. A later life finds in it what an earlier one
 * left behind. What happens to leftovers is decided in core/lvs.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { ServiceKey } from '../../core/lvs/table.js';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export class ServiceMemory {
  readonly #path: string | undefined;
  readonly #warn: (text: string) => void;
  readonly #keys = new Set<ServiceKey>();
  #boot = '';
  #queue: Promise<void>;
  #dirty = false;
  #told = false;

  /** Without a path nothing outlives this process. */
  constructor(path: string | undefined, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
    this.#queue = this.#recall();
  }

  get keys(): readonly ServiceKey[] {
    return [...this.#keys];
  }

  /** What an earlier life wrote is known. */
  recalled(): Promise<void> {
    return this.#queue;
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

  /** What changes while a write goes on is in the next one. */
  #changed(): void {
    if (this.#dirty || this.#path === undefined) return;
    this.#dirty = true;
    this.#queue = this.#queue.then(() => this.#write());
  }

  async #write(): Promise<void> {
    this.#dirty = false;
    const path = this.#path;
    if (path === undefined) return;
    try {
      if (this.#keys.size === 0) await rm(path, { force: true });
      else {
        await writeFile(`${path}.new`, [this.#boot, ...this.#keys, ''].join('\n'), { mode: 0o600 });
        await rename(`${path}.new`, path);
      }
      this.#told = false;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#told)
        this.#warn(`${path} cannot be written (${why}): services are not removed if we are killed`);
      this.#told = true;
    }
  }

  /** Of another boot the table is gone. */
  async #recall(): Promise<void> {
    if (this.#path === undefined) return;
    this.#boot = (await textOf(BOOT_ID)).trim();
    const [boot, ...keys] = (await textOf(this.#path)).split('\n');
    if (boot !== this.#boot) return;
    for (const key of keys) if (key !== '') this.#keys.add(key);
  }

  /** What was asked for is written. */
  close(): Promise<void> {
    return this.#queue;
  }
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
