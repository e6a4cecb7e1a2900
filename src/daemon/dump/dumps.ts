/**
 * What the signals DATA, STATS, STATS_CLEAR and JSON ask for, and `-d`: makes the dump of this moment and writes it
 * where it belongs. One of a kind is written at a time; whoever asks meanwhile gets another one afterwards, once.
 * What a dump holds is decided in the files beside this one. Runtime reference section 4.
 */
import type { Configuration } from '../../config/model.js';
import type { Inspection } from '../../core/inspection.js';
import { jsonDump } from './json.js';
import { type DumpPlaces, dumpPlaces } from './places.js';
import type { DumpSource } from './source.js';
import { type CountedInstance, statsDump } from './stats.js';
import { textDump } from './text.js';
import { chunks, writeDump } from './write.js';

export type DumpKind = Exclude<keyof DumpPlaces, 'check'>;

export interface DumpSeams {
  readonly configuration: () => Configuration;
  readonly inspect: () => Inspection;
  /** The configuration keyword by keyword; a section of its own. */
  readonly effective: (configuration: Configuration) => Promise<string>;
  readonly log: (level: 'info' | 'error', text: string) => void;
  /** The network namespace that the daemon runs in, where it is not the first. */
  readonly namespace: string | undefined;
}

/** What is written, made when its turn comes; undefined: nothing. */
type Content = () => Promise<Iterable<string> | undefined>;

export class Dumps {
  readonly #seams: DumpSeams;
  /** Kinds that are being written, and what is to be written after that. */
  readonly #busy = new Map<DumpKind, Content | undefined>();

  constructor(seams: DumpSeams) {
    this.#seams = seams;
  }

  /** Counters are those of this moment. Never rejects; resolves when all of the kind is written or refused. */
  async write(kind: DumpKind): Promise<void> {
    const content = this.#content(kind);
    if (this.#busy.has(kind)) {
      this.#busy.set(kind, content);
      return;
    }
    for (let next: Content | undefined = content; next; next = this.#busy.get(kind)) {
      this.#busy.set(kind, undefined);
      await this.#write(kind, next);
    }
    this.#busy.delete(kind);
  }

  async #write(kind: DumpKind, content: Content): Promise<void> {
    const { globals } = this.#seams.configuration();
    const path = dumpPlaces(globals, process.env['TMPDIR'], this.#seams.namespace)[kind];
    const parts = await content();
    if (!parts) return;
    const written = await writeDump(path, parts);
    if (written.ok) this.#seams.log('info', `Wrote ${path}`);
    else this.#seams.log('error', `Not dumped: ${written.error}`);
  }

  #content(kind: DumpKind): Content {
    if (kind === 'stats') {
      const instances = counted(this.#source());
      return async () => statsDump(instances);
    }
    if (kind === 'json') return async () => jsonDump(this.#source());
    return async () => {
      const effective = await this.#seams.effective(this.#seams.configuration());
      return both(textDump(this.#source()), [effective]);
    };
  }

  /** `-d`: as lines of the log, in turns of the loop. */
  async say(line: (text: string) => void): Promise<void> {
    const source = this.#source();
    const effective = await this.#seams.effective(source.configuration);
    for (const chunk of chunks(both(textDump(source), [effective]))) {
      for (const text of chunk.trimEnd().split('\n')) line(text);
      await new Promise((next) => setImmediate(next));
    }
  }

  #source(): DumpSource {
    return { configuration: this.#seams.configuration(), inspection: this.#seams.inspect() };
  }
}

/** Copies, all of one moment: what follows may be that they begin at zero again. */
function counted({ configuration, inspection }: DumpSource): CountedInstance[] {
  return configuration.instances.flatMap(({ name }) => {
    const counters = inspection.counters(name);
    return counters ? [{ name, counters }] : [];
  });
}

function* both(first: Iterable<string>, second: Iterable<string>): Iterable<string> {
  yield* first;
  yield* second;
}
