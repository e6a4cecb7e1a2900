/**
 * Settings below /proc/sys/net for the engine: read, changed and put back off the loop, one request after the
 * other. What was there before is written into the run directory before anything is changed, so that whoever comes
 * after a daemon that was killed can put it back. What is set, and when, is decided in core/net/sysctls.ts.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure, Input } from '../core/inputs.js';
import type { SysctlName, SysctlOperation, SysctlResult } from '../core/net/sysctls.js';
import { EINVAL, errnoSymbol, errnoText } from './linux/errno.js';

const ROOT = '/proc/sys/net';
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** What we changed: the value that was there, and the one that we wrote. */
interface Change {
  readonly before: number;
  readonly ours: number;
}

interface Memory {
  /** Settings do not outlive the kernel that has them. */
  readonly boot: string;
  readonly changes: Readonly<Record<SysctlName, Change>>;
}

export interface SysctlsOptions {
  readonly push: (input: Input) => void;
  readonly warn: (text: string) => void;
  /** File that remembers what was there before; undefined: nothing outlives this process. */
  readonly memory?: string | undefined;
  /** Where the settings are; tests have others. */
  readonly root?: string;
}

export class Sysctls {
  readonly #options: SysctlsOptions;
  readonly #changes = new Map<SysctlName, Change>();
  #boot = '';
  readonly #root: string;
  #queue: Promise<void>;
  #remembers = true;

  constructor(options: SysctlsOptions) {
    this.#options = options;
    this.#root = options.root ?? ROOT;
    this.#queue = this.#recall();
  }

  async #recall(): Promise<void> {
    const { memory } = this.#options;
    if (memory === undefined) return;
    this.#boot = await textOf(BOOT_ID).catch(() => '');
    const found = readMemory(await textOf(memory).catch(() => '{}'), this.#boot);
    for (const [name, change] of Object.entries(found)) this.#changes.set(name, change);
  }

  /** What we or an earlier life changed and did not put back. */
  async changed(): Promise<SysctlName[]> {
    await this.#queue;
    return [...this.#changes.keys()];
  }

  /** Answered once by `sysctls-applied` with the same request. */
  apply(request: number, operations: readonly SysctlOperation[]): void {
    this.#queue = this.#queue.then(async () => {
      const results = await this.#carryOut(operations);
      this.#options.push({ kind: 'sysctls-applied', request, results });
    });
  }

  /** What was asked for is done. */
  close(): Promise<void> {
    return this.#queue;
  }

  /** Our memory of what is there comes first, only then the changes. */
  async #carryOut(operations: readonly SysctlOperation[]): Promise<SysctlResult[]> {
    let remembered = false;
    for (const operation of operations) {
      const { name } = operation;
      const there = await this.#read(name);
      if (typeof there !== 'number' || !changes(operation, there)) continue;
      const known = this.#changes.get(name);
      const before = known?.ours === there ? known.before : there;
      this.#changes.set(name, { before, ours: operation.value });
      remembered = true;
    }
    if (remembered) await this.#remember();
    const results: SysctlResult[] = [];
    for (const operation of operations) results.push(await this.#one(operation));
    if (operations.some(({ operation }) => operation === 'restore')) await this.#remember();
    return results;
  }

  async #one(operation: SysctlOperation): Promise<SysctlResult> {
    const { name } = operation;
    const there = await this.#read(name);
    const known = this.#changes.get(name);
    if (typeof there !== 'number') {
      // A setting goes with its interface, and with it the wish to put it back.
      if (there.code === 'ENOENT') this.#changes.delete(name);
      return { operation, error: there };
    }
    if (operation.operation === 'read')
      return { operation, value: known?.ours === there ? known.before : there };
    if (operation.operation === 'restore') {
      const error = known?.ours === there ? await this.#write(name, known.before) : undefined;
      if (!error) this.#changes.delete(name);
      return { operation, value: there, ...(error ? { error } : {}) };
    }
    const error = changes(operation, there) ? await this.#write(name, operation.value) : undefined;
    if (error) this.#changes.delete(name);
    return { operation, value: there, ...(error ? { error } : {}) };
  }

  async #remember(): Promise<void> {
    const { memory, warn } = this.#options;
    if (memory === undefined) return;
    try {
      if (this.#changes.size === 0) await rm(memory, { force: true });
      else {
        const content: Memory = { boot: this.#boot, changes: Object.fromEntries(this.#changes) };
        await writeFile(`${memory}.new`, JSON.stringify(content), { mode: 0o600 });
        await rename(`${memory}.new`, memory);
      }
      this.#remembers = true;
    } catch (error) {
      if (this.#remembers)
        warn(
          `${memory} cannot be written (${systemFailure(error).message}): kernel settings that we change are ` +
            'not put back if we are killed',
        );
      this.#remembers = false;
    }
  }

  async #read(name: SysctlName): Promise<number | Failure> {
    try {
      const text = (await readFile(join(this.#root, name), 'latin1')).trim();
      const value = Number(text);
      return text !== '' && Number.isInteger(value)
        ? value
        : { code: 'EINVAL', message: `"${text.slice(0, 40)}" is no number` };
    } catch (error) {
      return systemFailure(error);
    }
  }

  async #write(name: SysctlName, value: number): Promise<Failure | undefined> {
    try {
      await writeFile(join(this.#root, name), String(value), { flag: 'r+' });
      return undefined;
    } catch (error) {
      return systemFailure(error);
    }
  }
}

const changes = (
  operation: SysctlOperation,
  there: number,
): operation is Extract<SysctlOperation, { operation: 'set' | 'raise' }> =>
  operation.operation === 'set'
    ? there !== operation.value
    : operation.operation === 'raise' && there < operation.value;

/** A file of another boot, or one that cannot be read, remembers nothing. */
function readMemory(text: string, boot: string): Readonly<Record<SysctlName, Change>> {
  try {
    const { boot: then, changes } = JSON.parse(text) as Partial<Memory>;
    if (then !== boot || typeof changes !== 'object' || changes === null) return {};
    const kept = Object.entries(changes).filter(
      ([name, change]) =>
        isSetting(name) && Number.isInteger(change?.before) && Number.isInteger(change?.ours),
    );
    return Object.fromEntries(kept);
  } catch {
    return {};
  }
}

/** Three to five parts, none of which leads elsewhere. */
const isSetting = (name: string): boolean => {
  const parts = name.split('/');
  return parts.length <= 5 && parts.every((part) => part !== '' && part !== '.' && part !== '..');
};

function systemFailure(error: unknown): Failure {
  const errno = (error as NodeJS.ErrnoException).errno ?? EINVAL;
  return { code: errnoSymbol(errno), message: errnoText(errno) };
}

const textOf = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim();
