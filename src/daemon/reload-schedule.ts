/**
 * Reloads at a time that a file names (`reload_time_file`, `reload_repeat`; directives-global section 3.9): watches
 * the file, keeps one timer, removes the file when it was for once. What a time looks like is decided in
 * reload-time.ts, what a reload does in reload.ts.
 */
import { type FSWatcher, watch } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { MAX_RELOAD_TIME_BYTES } from '../base/limits.js';
import type { GlobalSettings } from '../config/model-globals.js';
import type { LogLevel } from '../core/effects.js';
import { parseReloadTime, type ReloadTime } from './reload-time.js';

export interface ScheduleHooks {
  log(level: LogLevel, text: string): void;
  reload(): void;
}

/** Longest time that one timer of Node can wait. */
const LONGEST_WAIT_MS = 2_000_000_000;

export class ReloadSchedule {
  readonly #hooks: ScheduleHooks;
  readonly #now: () => number;
  #path: string | undefined;
  #repeat = false;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #planned: ReloadTime | undefined;
  #closed = false;

  /** `now` in milliseconds since 1970. */
  constructor(hooks: ScheduleHooks, now: () => number = Date.now) {
    this.#hooks = hooks;
    this.#now = now;
  }

  /** Takes on settings, new or reloaded. */
  async configure({ reloadTimeFile, reloadRepeat = false }: GlobalSettings): Promise<void> {
    this.#repeat = reloadRepeat;
    if (reloadTimeFile !== this.#path) {
      this.#watcher?.close();
      this.#watcher = undefined;
      this.#path = reloadTimeFile;
      this.#watch();
    }
    await this.#read();
  }

  close(): void {
    this.#closed = true;
    this.#watcher?.close();
    clearTimeout(this.#timer);
  }

  #watch(): void {
    const path = this.#path;
    if (path === undefined) return;
    const name = basename(path);
    try {
      // Its folder, so that a file that is moved into place is seen, too.
      this.#watcher = watch(dirname(path), (_event, changed) => {
        if (changed === null || changed === name) void this.#read();
      });
      this.#watcher.on('error', (error) => this.#unwatched(error));
      this.#watcher.unref();
    } catch (error) {
      this.#unwatched(error);
    }
  }

  #unwatched(error: unknown): void {
    this.#watcher = undefined;
    const why = error instanceof Error ? error.message : String(error);
    this.#hooks.log('error', `reload_time_file ${this.#path} cannot be watched: ${why}`);
  }

  async #read(): Promise<void> {
    const path = this.#path;
    const line = path === undefined ? undefined : await firstLine(path);
    if (this.#closed || path !== this.#path) return;
    if (line === undefined || line === '') {
      this.#plan(undefined);
      return;
    }
    const time = parseReloadTime(line, this.#now());
    if (!time.ok) this.#hooks.log('error', `reload_time_file ${path} is ignored: ${time.error}`);
    this.#plan(time.ok ? time.value : undefined);
  }

  #plan(time: ReloadTime | undefined): void {
    const before = this.#planned;
    if (before?.at === time?.at) return;
    this.#planned = time;
    clearTimeout(this.#timer);
    if (time) this.#hooks.log('notice', `A reload is scheduled for ${new Date(time.at).toISOString()}`);
    else this.#hooks.log('notice', 'The scheduled reload is cancelled');
    this.#wait();
  }

  #wait(): void {
    const time = this.#planned;
    if (!time || this.#closed) return;
    const left = time.at - this.#now();
    this.#timer = setTimeout(
      () => {
        if (this.#now() < time.at) this.#wait();
        else void this.#due(time);
      },
      Math.min(Math.max(left, 0), LONGEST_WAIT_MS),
    );
    this.#timer.unref();
  }

  async #due(time: ReloadTime): Promise<void> {
    const path = this.#path;
    this.#planned = undefined;
    if (path !== undefined && (!this.#repeat || time.dated)) {
      try {
        await unlink(path);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#hooks.log('warning', `reload_time_file ${path} could not be removed: ${why}`);
      }
    }
    if (this.#closed) return;
    this.#hooks.log('notice', 'The time of the scheduled reload has come');
    this.#hooks.reload();
    // A time of day that is repeated means tomorrow from now on.
    await this.#read();
  }
}

/** Undefined: there is no such file, or nothing that can be read. */
async function firstLine(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_RELOAD_TIME_BYTES));
      return buffer.toString('latin1', 0, bytesRead).split('\n', 1)[0];
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
