/**
 * Which processes match which tracker, and how many: whoever learns of processes (the connector, a scan) says so
 * here. Counts leave as `process-count`, only when they changed. Quorum and delays are decided in core/track.
 * Reference: directives-vrrp section 5.
 */
import type { TrackProcessSettings } from '../config/model.js';
import type { Input } from '../core/inputs.js';

/** TASK_COMM_LEN without the NUL. */
const NAME_LENGTH = 15;

/** What is known of a process when it is looked at. */
export interface ProcessFacts {
  readonly name: string;
  /** Read only when some tracker wants it. */
  readonly words: () => readonly string[];
}

/** Exact name, or the command line's words in the tracker's way. */
export function processMatches(tracker: TrackProcessSettings, { name, words }: ProcessFacts): boolean {
  if (tracker.match === 'name') return name === tracker.process.slice(0, NAME_LENGTH);
  const [program, ...parameters] = words();
  const wanted = tracker.parameters;
  if (program !== tracker.process || parameters.length < wanted.length) return false;
  if (tracker.match === 'exact' && parameters.length !== wanted.length) return false;
  return wanted.every((word, i) => {
    const given = parameters[i] ?? '';
    const prefix = tracker.match === 'initial' && i === wanted.length - 1;
    return prefix ? given.startsWith(word) : given === word;
  });
}

interface Entry {
  readonly settings: TrackProcessSettings;
  readonly pids: Set<number>;
  reported: number | undefined;
}

export class ProcessTable {
  readonly #entries = new Map<string, Entry>();
  /** Trackers by the first thing that must agree: a name, or the program of the command line. */
  readonly #byName = new Map<string, Entry[]>();
  readonly #byProgram = new Map<string, Entry[]>();
  /** Trackers that a process counts for. */
  readonly #members = new Map<number, Set<Entry>>();
  readonly #changed = new Set<Entry>();

  get empty(): boolean {
    return this.#entries.size === 0;
  }
  has(pid: number): boolean {
    return this.#members.has(pid);
  }

  add(settings: TrackProcessSettings): void {
    this.remove(settings.name);
    const entry: Entry = { settings, pids: new Set(), reported: undefined };
    this.#entries.set(settings.name, entry);
    this.#changed.add(entry);
    this.#reindex();
  }

  remove(tracker: string): void {
    const entry = this.#entries.get(tracker);
    if (!entry) return;
    this.#entries.delete(tracker);
    this.#changed.delete(entry);
    for (const pid of entry.pids) this.#drop(pid, entry);
    this.#reindex();
  }

  #reindex(): void {
    this.#byName.clear();
    this.#byProgram.clear();
    for (const entry of this.#entries.values()) {
      const { match, process } = entry.settings;
      const index = match === 'name' ? this.#byName : this.#byProgram;
      const key = match === 'name' ? process.slice(0, NAME_LENGTH) : process;
      index.set(key, [...(index.get(key) ?? []), entry]);
    }
  }

  /** A process as it is now; undefined: it is gone, or a zombie. */
  examine(pid: number, facts: ProcessFacts | undefined): void {
    const wanted = new Set<Entry>();
    if (facts) {
      for (const entry of this.#byName.get(facts.name) ?? []) wanted.add(entry);
      if (this.#byProgram.size > 0) {
        for (const entry of this.#byProgram.get(facts.words()[0] ?? '') ?? [])
          if (processMatches(entry.settings, facts)) wanted.add(entry);
      }
    }
    for (const entry of this.#members.get(pid) ?? []) if (!wanted.has(entry)) this.#drop(pid, entry);
    for (const entry of wanted) this.#join(pid, entry);
  }

  /** A child begins as a copy of its parent: same name, same command line. */
  forked(parent: number, child: number): void {
    for (const entry of this.#members.get(parent) ?? []) this.#join(child, entry);
  }

  ended(pid: number): void {
    for (const entry of this.#members.get(pid) ?? []) this.#drop(pid, entry);
  }

  #join(pid: number, entry: Entry): void {
    if (entry.pids.has(pid)) return;
    entry.pids.add(pid);
    const members = this.#members.get(pid);
    if (members) members.add(entry);
    else this.#members.set(pid, new Set([entry]));
    this.#changed.add(entry);
  }

  #drop(pid: number, entry: Entry): void {
    entry.pids.delete(pid);
    const members = this.#members.get(pid);
    members?.delete(entry);
    if (members?.size === 0) this.#members.delete(pid);
    this.#changed.add(entry);
  }

  /** Hands over the counts that changed since the last time. */
  flush(source: string, feed: (input: Input) => void): void {
    for (const entry of this.#changed) {
      const count = entry.pids.size;
      if (!this.#entries.has(entry.settings.name) || entry.reported === count) continue;
      entry.reported = count;
      feed({ kind: 'process-count', tracker: entry.settings.name, count, source });
    }
    this.#changed.clear();
  }
}
