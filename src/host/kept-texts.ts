/**
 * Texts as strings, cut into runs of whole lines. Of a file that is read again each run that did not change is the very
 * string of the last time: a new string of a megabyte and a half is memory that is touched for the first time. What stands
 * in a run is the preprocessor's to find out. (docs/internals/configuration.md, "Reading again")
 */
import type { Run } from '../config/source.js';

/** Bytes: few blocks lie in two runs, and one is soon made. */
const RUN_LENGTH = 32 * 1024;
/** Most blocks of the outermost level end so. */
const BLOCK_END = Buffer.from('\n}\n');
const LINE_END = 10;

interface KeptFile {
  readonly bytes: Buffer;
  readonly runs: readonly Run[];
  /** Where the bytes are, and where those before were: the next ones may be there. */
  readonly place: Buffer;
  readonly spare: Buffer | undefined;
  /** Number of the reading that met it last. */
  readonly reading: number;
}

export class KeptTexts {
  readonly #files = new Map<string, KeptFile>();
  #reading = 0;
  #given: Buffer | undefined;

  /** A reading begins: files that the one before did not read are forgotten. */
  begin(): void {
    for (const [path, { reading }] of this.#files) if (reading < this.#reading) this.#files.delete(path);
    this.#reading++;
  }

  /** Where a file's bytes may be written, to be given to `runsOf` next. */
  room(path: string, size: number): Buffer {
    const spare = this.#files.get(path)?.spare;
    const fits = spare && spare.length >= size && spare.length <= 2 * size;
    this.#given = fits ? spare : Buffer.allocUnsafe(size + (size >> 3));
    return this.#given.subarray(0, size);
  }

  /** The bytes stay with us. */
  runsOf(path: string, bytes: Buffer): readonly Run[] {
    const before = this.#files.get(path);
    const runs = before ? runsAgain(before, bytes) : cut(bytes, 0, bytes.length);
    const given = this.#given;
    const place = given?.buffer === bytes.buffer && given.byteOffset === bytes.byteOffset ? given : bytes;
    this.#files.set(path, { bytes, runs, place, spare: before?.place, reading: this.#reading });
    return runs;
  }
}

/** Compared from both ends; what is between is cut anew. */
function runsAgain({ bytes: old, runs }: KeptFile, now: Buffer): readonly Run[] {
  const shift = now.length - old.length;
  const same = ({ at, text: { length } }: Run, to: number): boolean =>
    to + length <= now.length && now.compare(old, at, at + length, to, to + length) === 0;
  const begins = (at: number): boolean => at === 0 || now[at - 1] === LINE_END;
  let from = 0;
  let first = 0;
  for (let run = runs[first]; run && same(run, from); run = runs[++first]) {
    const end = from + run.text.length;
    if (end < now.length && !begins(end)) break;
    from = end;
  }
  let to = now.length;
  let last = runs.length;
  for (let run = runs[last - 1]; run && last > first; run = runs[--last - 1]) {
    const at = run.at + shift;
    if (at < from || !begins(at) || !same(run, at)) break;
    to = at;
  }
  const moved = runs.slice(last).map((run) => (shift === 0 ? run : { at: run.at + shift, text: run.text }));
  return [...runs.slice(0, first), ...cut(now, from, to), ...moved];
}

function cut(bytes: Buffer, from: number, to: number): Run[] {
  const runs: Run[] = [];
  for (let at = from; at < to; ) {
    const end = to - at <= 2 * RUN_LENGTH ? to : endOfRun(bytes, at, to);
    runs.push({ at, text: bytes.toString('latin1', at, end) });
    at = end;
  }
  return runs;
}

function endOfRun(bytes: Buffer, at: number, to: number): number {
  const part = bytes.subarray(at, at + RUN_LENGTH);
  const block = part.lastIndexOf(BLOCK_END);
  if (block >= 0) return at + block + BLOCK_END.length;
  const line = part.lastIndexOf(LINE_END);
  if (line >= 0) return at + line + 1;
  const next = bytes.indexOf(LINE_END, at + RUN_LENGTH);
  return next < 0 || next >= to ? to : next + 1;
}
