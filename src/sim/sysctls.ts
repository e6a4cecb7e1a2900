/**
 * One router's settings below /proc/sys/net, and what its daemons remember of them in the run directory, which
 * outlives them. What is held to which value is the engine's affair.
 */
import type { SysctlName, SysctlOperation, SysctlResult } from '../core/net/sysctls.js';

export class Sysctls {
  /** 0..1: how often a change is refused. */
  refusal = 0;
  readonly #values = new Map<SysctlName, number>();
  readonly #memory = new Map<SysctlName, { before: number; ours: number }>();
  readonly #chance: (probability: number) => boolean;

  constructor(chance: (probability: number) => boolean) {
    this.#chance = chance;
  }

  /** What a daemon changed and did not put back. */
  get changed(): SysctlName[] {
    return [...this.#memory.keys()];
  }

  setting(name: SysctlName): number {
    return this.#values.get(name) ?? 0;
  }

  /** What an administrator does with sysctl(8). */
  administer(name: SysctlName, value: number): void {
    this.#values.set(name, value);
  }

  apply(operations: readonly SysctlOperation[]): SysctlResult[] {
    return operations.map((operation) => this.#one(operation));
  }

  #one(operation: SysctlOperation): SysctlResult {
    const { name } = operation;
    const value = this.setting(name);
    const known = this.#memory.get(name);
    if (operation.operation === 'read')
      return { operation, value: known?.ours === value ? known.before : value };
    if (this.refusal > 0 && this.#chance(this.refusal))
      return { operation, value, error: { code: 'EROFS', message: 'read-only file system' } };
    if (operation.operation === 'restore') {
      if (known?.ours === value) this.#values.set(name, known.before);
      this.#memory.delete(name);
    } else if (operation.operation === 'set' ? value !== operation.value : value < operation.value) {
      this.#memory.set(name, {
        before: known?.ours === value ? known.before : value,
        ours: operation.value,
      });
      this.#values.set(name, operation.value);
    }
    return { operation, value };
  }
}
