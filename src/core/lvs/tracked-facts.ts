/**
 * Facts that checkers without a check of their own live on: numbers in tracked files (FILE_CHECK) and the states of BFD
 * sessions (BFD_CHECK). What a fact does to a server is decided in real-server.ts. (directives-lvs sections 6.6 and 6.9)
 */
import type { TrackFileSettings } from '../../config/model.js';
import type { Failure } from '../inputs.js';
import { numberOf } from '../track/file.js';
import type { LvsOutbox } from './outbox.js';

type Listener = () => void;

export class TrackedFacts {
  readonly #files = new Map<string, { settings: TrackFileSettings; value: number | undefined }>();
  readonly #sessions = new Map<string, boolean>();
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(readonly outbox: Pick<LvsOutbox, 'watch' | 'log'>) {}

  /** The number in the file; undefined: not read yet. */
  file(name: string): number | undefined {
    return this.#files.get(name)?.value;
  }
  /** Undefined: nobody told of such a session. */
  session(name: string): boolean | undefined {
    return this.#sessions.get(name);
  }
  /** Whether there are files that nobody has read yet. */
  get pending(): boolean {
    for (const { value } of this.#files.values()) if (value === undefined) return true;
    return false;
  }

  /** `listener` is called when the fact is another one. */
  listen(kind: 'file' | 'session', name: string, listener: Listener): void {
    const key = `${kind} ${name}`;
    const known = this.#listeners.get(key);
    if (known) known.add(listener);
    else this.#listeners.set(key, new Set([listener]));
  }
  ignore(kind: 'file' | 'session', name: string, listener: Listener): void {
    this.#listeners.get(`${kind} ${name}`)?.delete(listener);
  }

  /** Which files are used from now on. `init_file` counts when the daemon starts only. */
  configure(files: readonly TrackFileSettings[], starting: boolean): void {
    const left = new Set(this.#files.keys());
    for (const settings of files) {
      left.delete(settings.name);
      const known = this.#files.get(settings.name);
      if (known?.settings.file === settings.file) {
        known.settings = settings;
        continue;
      }
      this.#files.set(settings.name, { settings, value: known?.value });
      const { name: tracker, file: path, init } = settings;
      this.outbox.watch({ kind: 'watch-file', tracker, path, ...(starting && init ? { init } : {}) });
    }
    for (const name of left) {
      this.#files.delete(name);
      this.outbox.watch({ kind: 'unwatch-file', tracker: name });
    }
  }

  /** A file that is missing, or whose text is no number, counts as 0; a number too large is ignored. */
  fileRead(name: string, content: string | undefined, error: Failure | undefined): void {
    const known = this.#files.get(name);
    if (!known) return;
    if (error && error.code !== 'ENOENT')
      this.outbox.log('warning', `track_file ${name} cannot be read, it counts as 0: ${error.message}`);
    const value = content === undefined ? 0 : numberOf(content);
    if (value === undefined) {
      this.outbox.log('warning', `track_file ${name}: its number does not fit 32 bits and is ignored`);
      if (known.value === undefined) known.value = 0;
      return;
    }
    if (value === known.value) return;
    known.value = value;
    this.#tell(`file ${name}`);
  }

  sessionTurned(name: string, up: boolean): void {
    if (this.#sessions.get(name) === up) return;
    this.#sessions.set(name, up);
    this.#tell(`session ${name}`);
  }

  #tell(key: string): void {
    for (const listener of [...(this.#listeners.get(key) ?? [])]) listener();
  }
}
