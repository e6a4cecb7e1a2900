/**
 * Reloading: a new configuration is read in a worker thread and handed to the engine only when nothing in it
 * is wrong; otherwise everything stays as it is and the log says why (DESIGN section 10). One reload runs at a
 * time, one waits: whoever asks meanwhile gets the answer of the waiting one.
 */
import type { ReloadReport } from '../admin/report.js';
import { CODES } from '../config/codes.js';
import type { Loaded } from '../config/load.js';
import type { Configuration, Misspelling } from '../config/model.js';
import { renderDiagnostic } from '../config/render.js';
import type { LogLevel } from '../core/effects.js';
import { changedFixedParts } from '../core/reload/fixed-parts.js';
import { type ConfigurationRequest, diagnosticLevel, diagnosticLine } from './configuration.js';
import { writeDump } from './dump/write.js';
import { divide, type Handover } from './lvs/handover.js';
import { markReload, reloadFilePath, unmarkReload } from './reload-file.js';

export interface ReloadHooks {
  log(level: LogLevel, text: string): void;
  /** The configuration in use. */
  current(): Configuration;
  /** Hands a good configuration to the engine, and the load balancer's part of it to its process. */
  apply(configuration: Configuration, handover: Handover): void;
  /** Around the reading: for the service manager. */
  began(): void;
  ended(outcome: ReloadReport['outcome']): void;
  /** Around the change, for whoever looks into it afterwards (config_save_dir); undefined: nobody does. */
  before(): Promise<void> | undefined;
  after(): void;
}

/** How a configuration is read, and divided already where that is done beside the loop; a test brings its own. */
export type ReadInBackground = (
  request: ConfigurationRequest,
) => Promise<Loaded & { readonly handover?: Handover }>;

export class Reloader {
  readonly #request: ConfigurationRequest;
  readonly #hooks: ReloadHooks;
  readonly #read: ReadInBackground;
  #running: Promise<ReloadReport> | undefined;
  #waiting: Promise<ReloadReport> | undefined;
  #closed = false;

  constructor(request: ConfigurationRequest, hooks: ReloadHooks, read: ReadInBackground) {
    this.#request = request;
    this.#hooks = hooks;
    this.#read = read;
  }

  /** Never rejects: a reader that dies is a refused reload. */
  reload(): Promise<ReloadReport> {
    if (this.#waiting) return this.#waiting;
    if (this.#running) {
      this.#waiting = this.#running.then(() => {
        this.#waiting = undefined;
        return this.#start();
      });
      return this.#waiting;
    }
    return this.#start();
  }

  /** From now on every reload is answered with `stopping`. */
  close(): void {
    this.#closed = true;
  }

  #start(): Promise<ReloadReport> {
    const running = this.#once().finally(() => {
      this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #once(): Promise<ReloadReport> {
    if (this.#closed) return { outcome: 'stopping', diagnostics: '' };
    const { log } = this.#hooks;
    const { globals } = this.#hooks.current();
    const mark = reloadFilePath(globals);
    log('info', `Reloading: reading ${this.#request.path}`);
    this.#hooks.began();
    if (mark !== undefined) {
      const failed = await markReload(mark);
      if (failed !== undefined) log('warning', `reload_file ${mark} could not be made: ${failed}`);
    }
    let outcome: ReloadReport['outcome'] = 'refused';
    try {
      const noted = this.#hooks.before();
      if (noted) await noted;
      const report = this.#judge(await this.#read(this.#request));
      outcome = report.outcome;
      this.#hooks.after();
      await this.#record(report, globals.reloadCheckConfig);
      return report;
    } catch (error) {
      const text = `The configuration could not be read: ${error instanceof Error ? error.message : String(error)}`;
      log('error', `Reload refused: ${text}`);
      return { outcome: 'refused', diagnostics: text };
    } finally {
      if (mark !== undefined) await unmarkReload(mark);
      this.#hooks.ended(outcome);
    }
  }

  /** What the check before the reload found, for whoever asked for it (reload_check_config). */
  async #record({ outcome, diagnostics }: ReloadReport, path: string | undefined): Promise<void> {
    if (path === undefined || path === '/dev/null' || outcome === 'stopping') return;
    const written = await writeDump(path, diagnostics === '' ? '' : `${diagnostics}\n`);
    if (!written.ok) this.#hooks.log('warning', `reload_check_config: ${written.error}`);
  }

  #judge(loaded: Loaded & { readonly handover?: Handover }): ReloadReport {
    const { log } = this.#hooks;
    if (this.#closed) return { outcome: 'stopping', diagnostics: '' };
    const findings = loaded.diagnostics.map((diagnostic) => renderDiagnostic(diagnostic)).join('\n\n');
    for (const diagnostic of loaded.diagnostics) log(diagnosticLevel(diagnostic), diagnosticLine(diagnostic));
    const { configuration } = loaded;
    const reasons =
      configuration && loaded.verdict.reloadable
        ? [
            ...changedFixedParts(this.#hooks.current().globals, configuration.globals),
            ...this.#newMisspellings(configuration),
            ...this.#emptied(loaded, configuration),
          ]
        : ['it has errors'];
    if (!configuration || reasons.length > 0) {
      const text = `Reload refused, nothing was changed: ${reasons.join('; ')}`;
      log('error', text);
      return { outcome: 'refused', diagnostics: findings === '' ? text : `${findings}\n\n${text}` };
    }
    const unchanged = configuration.hash === this.#hooks.current().hash;
    const { handover } = loaded;
    const divided = handover ? { configuration, handover } : divide(configuration);
    this.#hooks.apply(divided.configuration, divided.handover);
    log('info', unchanged ? 'Reloaded: the configuration is the same as before' : 'Reloaded');
    return { outcome: unchanged ? 'unchanged' : 'applied', diagnostics: findings };
  }

  /** A file that an editor or a full disk left without a line takes nothing down; one that says nothing more may. */
  #emptied({ diagnostics }: Loaded, { hash }: Configuration): string[] {
    const empty = diagnostics.some(({ code }) => code === CODES.emptyConfiguration.id);
    return empty && hash !== this.#hooks.current().hash
      ? ['it has no line, and would take down all that runs; to do that, stop the daemon']
      : [];
  }

  /**
   * A start goes on without a word that it does not know; a router that runs keeps what it has instead of
   * losing a setting to a slip of the pen. Words that were there before are no news.
   */
  #newMisspellings({ misspellings = [] }: Configuration): string[] {
    const known = new Set((this.#hooks.current().misspellings ?? []).map(nameOfMisspelling));
    return misspellings
      .filter((one) => !known.has(nameOfMisspelling(one)))
      .map(({ block, word, keyword }) => {
        const where = block === '' ? 'at the outermost level' : `in ${block}`;
        return `"${word}" ${where} is unknown and resembles ${keyword}`;
      });
  }
}

const nameOfMisspelling = ({ block, word }: Misspelling): string => `${block} { ${word}`;
