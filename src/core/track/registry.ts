/**
 * All trackers by kind and name, and who listens to them: an input about one costs its listeners, not a scan
 * (DESIGN rule 10). Decides which trackers exist after a start or a reload; only used ones do any work.
 */
import type { Configuration, TrackSettings } from '../../config/model.js';
import type { BfdVerdict } from '../bfd/facts.js';
import type { Deadlines } from '../deadlines.js';
import type { ScriptOutcome } from '../inputs.js';
import type { Inventory } from '../net/inventory.js';
import type { LinkStates } from '../net/link-states.js';
import type { Outbox } from '../outbox.js';
import { BfdTracker } from './bfd.js';
import { FileTracker } from './file.js';
import { InterfaceTracker } from './interface.js';
import { ProcessTracker } from './process.js';
import { ScriptTracker } from './script.js';
import type { Tracker, TrackerKind } from './tracker.js';

/** One line of a track_* block, with what it tracks. */
export interface Tracking {
  readonly tracker: Tracker;
  readonly settings: TrackSettings;
}

export class Trackers {
  readonly #scripts = new Map<string, ScriptTracker>();
  readonly #processes = new Map<string, ProcessTracker>();
  readonly #files = new Map<string, FileTracker>();
  readonly #interfaces = new Map<string, InterfaceTracker>();
  readonly #bfd = new Map<string, BfdTracker>();
  #configured = false;

  constructor(
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
    readonly inventory: Inventory,
    readonly links: LinkStates,
  ) {}

  /**
   * Makes what `configuration` uses, starts what is new, stops what is gone. A script with the same name, command
   * and user keeps its counter; of another one by that name, and of a process or file that changed, what was known counts
   * until something is known of the new one: the reload of a check is no failure of it.
   */
  configure(configuration: Configuration): void {
    const used = usedTrackers(configuration);
    const scripts = byName(configuration.scripts, (name) => used.has(`script/${name}`));
    const processes = byName(configuration.trackProcesses, (name) => used.has(`process/${name}`));
    const files = byName(configuration.trackFiles, (name) => used.has(`file/${name}`));
    for (const [name, tracker] of this.#scripts) {
      const settings = scripts.get(name);
      if (!settings) discard(this.#scripts, name, tracker);
      else if (same(settings.command, tracker.settings.command)) tracker.reconfigure(settings);
      else tracker.replace(settings);
    }
    for (const [name, tracker] of this.#processes) {
      const settings = processes.get(name);
      if (!settings) discard(this.#processes, name, tracker);
      else if (!same(settings, tracker.settings)) tracker.replace(settings);
    }
    for (const [name, tracker] of this.#files) {
      const settings = files.get(name);
      if (!settings) discard(this.#files, name, tracker);
      else if (settings.file !== tracker.settings.file) tracker.replace(settings);
    }
    for (const [name, tracker] of this.#interfaces)
      if (tracker.listeners.size === 0) this.#interfaces.delete(name);
    const changed = (tracker: Tracker): void => this.#changed(tracker);
    const sessions = byName(configuration.bfdInstances, (name) => used.has(`bfd/${name}`));
    for (const name of this.#bfd.keys()) if (!sessions.has(name)) this.#bfd.delete(name);
    for (const name of sessions.keys())
      if (!this.#bfd.has(name)) this.#bfd.set(name, new BfdTracker(name, changed));
    for (const settings of scripts.values()) {
      if (this.#scripts.has(settings.name)) continue;
      const tracker = new ScriptTracker(settings, this.outbox, this.deadlines, changed);
      this.#scripts.set(settings.name, tracker);
      tracker.start();
    }
    for (const settings of processes.values()) {
      if (this.#processes.has(settings.name)) continue;
      const tracker = new ProcessTracker(settings, this.outbox, this.deadlines, changed);
      this.#processes.set(settings.name, tracker);
      tracker.start();
    }
    for (const settings of files.values()) {
      if (this.#files.has(settings.name)) continue;
      const tracker = new FileTracker(settings, this.outbox, changed);
      this.#files.set(settings.name, tracker);
      tracker.start(!this.#configured);
    }
    this.#configured = true;
  }

  /** Ends all checks: the engine stops. */
  stop(): void {
    for (const tracker of this.#scripts.values()) tracker.stop();
    for (const tracker of this.#processes.values()) tracker.stop();
    for (const tracker of this.#files.values()) tracker.stop();
  }

  /** Undefined: nothing of that name was configured, which binding has said already. */
  find(kind: TrackerKind, name: string): Tracker | undefined {
    if (kind === 'script') return this.#scripts.get(name);
    if (kind === 'process') return this.#processes.get(name);
    if (kind === 'file') return this.#files.get(name);
    if (kind === 'bfd') return this.#bfd.get(name);
    let tracker = this.#interfaces.get(name);
    if (!tracker) {
      tracker = new InterfaceTracker(name);
      tracker.observe(this.inventory.linkByName(name), this.links.isUp(name));
      this.#interfaces.set(name, tracker);
    }
    return tracker;
  }

  script(name: string): ScriptTracker | undefined {
    return this.#scripts.get(name);
  }
  process(name: string): ProcessTracker | undefined {
    return this.#processes.get(name);
  }
  file(name: string): FileTracker | undefined {
    return this.#files.get(name);
  }

  bfdVerdict(name: string, verdict: BfdVerdict, detail: string): void {
    this.#bfd.get(name)?.observe(verdict, detail);
  }
  bfdKnown(name: string, up: boolean, detail: string): void {
    this.#bfd.get(name)?.known(up, detail);
  }

  linkChanged(name: string): void {
    const tracker = this.#interfaces.get(name);
    if (tracker?.observe(this.inventory.linkByName(name), this.links.isUp(name))) this.#changed(tracker);
  }
  checkFinished(script: string, outcome: ScriptOutcome): void {
    this.#scripts.get(script)?.finished(outcome);
  }
  processCount(name: string, count: number, source: string): void {
    this.#processes.get(name)?.counted(count, source);
  }
  fileContent(name: string, content: string | undefined, error: Parameters<FileTracker['read']>[1]): void {
    this.#files.get(name)?.read(content, error);
  }

  #changed(tracker: Tracker): void {
    const { kind, name, state, detail } = tracker;
    if (tracker.listeners.size > 0) {
      this.outbox.log('info', `${kind} ${name} is now ${state}${detail === undefined ? '' : ` (${detail})`}`);
      const { now: at, wall } = this.outbox;
      this.outbox.event({ type: 'tracker', name, tracker: kind, state, at, wall });
    }
    for (const listener of [...tracker.listeners]) listener.trackerChanged(tracker);
  }
}

function discard<T extends Tracker & { stop(): void }>(from: Map<string, T>, name: string, tracker: T): void {
  tracker.stop();
  from.delete(name);
}

const byName = <T extends { readonly name: string }>(
  all: readonly T[],
  wanted: (name: string) => boolean,
): Map<string, T> =>
  new Map(all.filter(({ name }) => wanted(name)).map((settings) => [settings.name, settings]));

function usedTrackers(configuration: Configuration): Set<string> {
  const used = new Set<string>();
  for (const holder of [...configuration.instances, ...configuration.syncGroups]) {
    for (const { name } of holder.trackScripts) used.add(`script/${name}`);
    for (const { name } of holder.trackProcesses) used.add(`process/${name}`);
    for (const { name } of holder.trackFiles) used.add(`file/${name}`);
    for (const { name } of holder.trackBfd ?? []) used.add(`bfd/${name}`);
  }
  return used;
}

/** Settings are plain data with their keys always in the same order. */
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
