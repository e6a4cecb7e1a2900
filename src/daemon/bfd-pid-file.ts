/**
 * The PID file of Keepalived's BFD process. Ours has no process of its own for BFD, but whoever sends it signals finds it
 * by this file: there while there are sessions, so a reload can bring it and take it away. Runtime reference section 4.
 */
import { ok, type Result } from '../base/result.js';
import type { Configuration } from '../config/model.js';
import type { LogLevel } from '../core/effects.js';
import { PidFile, type PidFileRefusal } from './pidfile.js';

export class BfdPidFile {
  readonly #path: string | undefined;
  readonly #log: (level: LogLevel, text: string) => void;
  #file: PidFile | undefined;

  /** `path`: undefined where another file of ours has its place. */
  constructor(path: string | undefined, log: (level: LogLevel, text: string) => void) {
    this.#path = path;
    this.#log = log;
  }

  /** For the start: refused, it does not begin. */
  begin({ bfdInstances }: Pick<Configuration, 'bfdInstances'>): Result<void, PidFileRefusal> {
    if (this.#path === undefined || bfdInstances.length === 0 || this.#file) return ok(undefined);
    const file = PidFile.acquire(this.#path, process.pid);
    if (!file.ok) return file;
    this.#file = file.value;
    return ok(undefined);
  }

  /** After a reload, which has no other way left: what is refused is said. */
  follow(configuration: Pick<Configuration, 'bfdInstances'>): void {
    if (configuration.bfdInstances.length === 0) {
      this.remove();
      return;
    }
    const begun = this.begin(configuration);
    if (!begun.ok) this.#log('warning', `${begun.error.text}; sessions of BFD run without it`);
  }

  remove(): void {
    this.#file?.remove();
    this.#file = undefined;
  }
}
