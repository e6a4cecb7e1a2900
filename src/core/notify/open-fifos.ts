/**
 * Which notify FIFOs a process keeps open: the one for everything, and the one for what this process is about. Those that
 * a new configuration leaves as they are stay open, with their readers. What is written is decided by messages.ts and
 * lvs/notices.ts; queues and slow readers are the host's affair. Directives-vrrp section 11.
 */
import type { Command } from '../../config/model.js';
import type { FifoSettings, GlobalSettings } from '../../config/model-globals.js';
import type { Effect, FifoName } from '../effects.js';

interface Fifo {
  readonly name: FifoName;
  readonly settings: FifoSettings;
  readonly script: Command | undefined;
}

type FifoEffect = Extract<Effect, { kind: 'open-fifo' | 'close-fifo' | 'write-fifo' }>;

/** Settings and reader of one of them; no settings: it is not wanted. */
type Wanted = readonly [name: FifoName, settings: FifoSettings | undefined, script: Command | undefined];

export class OpenFifos {
  readonly #own: Exclude<FifoName, 'all'>;
  readonly #tell: (effect: FifoEffect) => void;
  #open: readonly Fifo[] = [];

  constructor(own: Exclude<FifoName, 'all'>, tell: (effect: FifoEffect) => void) {
    this.#own = own;
    this.#tell = tell;
  }

  get names(): readonly FifoName[] {
    return this.#open.map(({ name }) => name);
  }

  configure(globals: GlobalSettings): void {
    const wanted = this.#wanted(globals);
    for (const fifo of this.#open)
      if (!wanted.some((other) => same(other, fifo))) this.#tell({ kind: 'close-fifo', fifo: fifo.name });
    for (const fifo of wanted) {
      if (this.#open.some((other) => same(other, fifo))) continue;
      const { name, settings, script } = fifo;
      this.#tell({ kind: 'open-fifo', fifo: name, settings, ...(script ? { script } : {}) });
    }
    this.#open = wanted;
  }

  #wanted(globals: GlobalSettings): Fifo[] {
    const all: Wanted = ['all', globals.notifyFifo, globals.notifyFifoScript];
    const own: Wanted =
      this.#own === 'vrrp'
        ? ['vrrp', globals.vrrpNotifyFifo, globals.vrrpNotifyFifoScript]
        : ['lvs', globals.lvsNotifyFifo, globals.lvsNotifyFifoScript];
    return [all, own].flatMap(([name, settings, script]) => (settings ? [{ name, settings, script }] : []));
  }

  /** One line to each of them. */
  write(line: string): void {
    for (const { name } of this.#open) this.#tell({ kind: 'write-fifo', fifo: name, line });
  }
}

const same = (a: Fifo, b: Fifo): boolean => JSON.stringify(a) === JSON.stringify(b);
