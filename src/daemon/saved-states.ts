/**
 * `config_save_dir`: what this process was configured to do and how it stood, around every reload, in files for whoever
 * looks into a problem afterwards. Named as Keepalived names them: `keepalived.conf.PID.N` is the configuration after
 * reload N (0: the start), `keepalived_vrrp.PID.N.pre` and `.post` the state before and after it. Passwords are masked.
 */
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_SAVED_RELOADS } from '../base/limits.js';
import type { LogLevel } from '../core/effects.js';
import type { DumpSource } from './dump/source.js';
import { textDump } from './dump/text.js';
import { writeDump } from './dump/write.js';

export interface SavedStatesSeams {
  /** As it is when a file is written. */
  readonly source: () => DumpSource;
  /** The configuration in use, keyword by keyword. */
  readonly effective: () => Promise<string>;
  readonly log: (level: LogLevel, text: string) => void;
}

export class SavedStates {
  readonly #seams: SavedStatesSeams;
  /** The reload that was last begun. */
  #reload = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(seams: SavedStatesSeams) {
    this.#seams = seams;
  }

  started(): void {
    void this.#next(() => this.#configuration(0));
  }

  /** A reload begins: resolves when the state is written, which is that of before it; never rejects. */
  before(): Promise<void> | undefined {
    const reload = ++this.#reload;
    if (this.#directory === undefined) return undefined;
    return this.#next(() => this.#state(reload, 'pre'));
  }

  /** It has been done. */
  after(): void {
    const reload = this.#reload;
    void this.#next(async () => {
      await this.#configuration(reload);
      await this.#state(reload, 'post');
      const old = reload - MAX_SAVED_RELOADS;
      if (old >= 0) for (const name of namesOf(old)) await this.#forget(name);
    });
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(work);
    return this.#writing;
  }

  async #configuration(reload: number): Promise<void> {
    if (this.#directory === undefined) return;
    await this.#write(configurationName(reload), [await this.#seams.effective()]);
  }

  async #state(reload: number, when: 'pre' | 'post'): Promise<void> {
    if (this.#directory !== undefined)
      await this.#write(stateName(reload, when), textDump(this.#seams.source()));
  }

  get #directory(): string | undefined {
    return this.#seams.source().configuration.globals.configSaveDir;
  }

  async #write(name: string, parts: Iterable<string>): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined) return;
    // The mask of this process leaves no folder its x. One that is there is what is wanted; what else is wrong with it
    // the writing says.
    await mkdir(directory).then(
      () => chmod(directory, 0o700),
      () => {},
    );
    const written = await writeDump(join(directory, name), parts);
    if (!written.ok)
      this.#seams.log('warning', `config_save_dir: ${written.error}; the folders above it must exist`);
  }

  async #forget(name: string): Promise<void> {
    const directory = this.#directory;
    if (directory !== undefined) await rm(join(directory, name), { force: true }).catch(() => {});
  }
}

const configurationName = (reload: number): string => `keepalived.conf.${process.pid}.${reload}`;
const stateName = (reload: number, when: 'pre' | 'post'): string =>
  `keepalived_vrrp.${process.pid}.${reload}.${when}`;
const namesOf = (reload: number): string[] => [
  configurationName(reload),
  stateName(reload, 'pre'),
  stateName(reload, 'post'),
];
