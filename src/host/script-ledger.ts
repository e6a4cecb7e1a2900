/**
 * Which scripts end with the daemon and run now: a file that the daemon makes and its script runner writes, so that they
 * can be ended where the runner cannot do it any more, because somebody killed it. Whoever comes next in the same run
 * directory ends what is left of a life whose daemon and runner were both killed. Why a script runs, and that one was
 * lost, is scripts.ts's to know. (docs/internals/scripts.md, "How it ends")
 */
import { closeSync, ftruncateSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { MAX_LEDGER_BYTES } from '../base/limits.js';
import { startTime } from './linux/proc.js';

/** The number of the group's leader, which is that of the group, and when it started. */
interface Entry {
  readonly pid: number;
  readonly started: number;
}

/** The descriptor that the runner inherits; /dev/null where there is no file. */
export const LEDGER_FD = 3;

/** Bytes of an entry: two doubles; all zero where there is none. */
const ENTRY = 16;
const PID = 0;
const STARTED = 8;

/** The daemon's side. */
export class ScriptLedger {
  readonly #path: string;
  readonly #warn: (text: string) => void;
  #fd: number | undefined;

  /** Ends what an earlier life left there. */
  constructor(path: string, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
    try {
      // Who has the number of a leader by now need not be it: the time of its start tells.
      for (const { pid, started } of entriesIn(readFileSync(path))) {
        if (startTime(pid) === started) endGroup(pid);
      }
      rmSync(path, { force: true });
    } catch {
      // There was no such life; what else stands in the way is said when it is to be made.
    }
  }

  /** For the runner to inherit; made when it is asked for, undefined where that cannot be. */
  get fd(): number | undefined {
    try {
      this.#fd ??= openSync(this.#path, 'wx+', 0o600);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#warn(`${this.#path} cannot be made (${why}): check scripts go on if their runner is killed`);
    }
    return this.#fd;
  }

  /** The runner is dead: what it would have ended ends now. */
  endAll(): void {
    if (this.#fd === undefined) return;
    const bytes = Buffer.alloc(MAX_LEDGER_BYTES);
    const size = readSync(this.#fd, bytes, 0, bytes.length, 0);
    // As long as one of a group lives nobody else gets its number, and the runner died just now.
    for (const { pid } of entriesIn(bytes.subarray(0, size))) endGroup(pid);
    ftruncateSync(this.#fd, 0);
  }

  close(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
    rmSync(this.#path, { force: true });
  }
}

function entriesIn(bytes: Buffer): Entry[] {
  const found: Entry[] = [];
  for (let at = 0; at + ENTRY <= bytes.length; at += ENTRY) {
    const pid = bytes.readDoubleLE(at + PID);
    // What is no number of a process must not become -1, which is everybody.
    if (Number.isSafeInteger(pid) && pid > 1) found.push({ pid, started: bytes.readDoubleLE(at + STARTED) });
  }
  return found;
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}

/** The runner's side. */
export class LedgerWriter {
  readonly #fd: number;
  readonly #places = new Map<number, number>();
  readonly #free: number[] = [];
  readonly #entry = Buffer.alloc(ENTRY);
  readonly #nothing = Buffer.alloc(ENTRY);

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Groups beyond the bound are not noted. */
  enter(pid: number): void {
    const place = this.#free.pop() ?? this.#places.size;
    if ((place + 1) * ENTRY > MAX_LEDGER_BYTES) return;
    this.#places.set(pid, place);
    this.#entry.writeDoubleLE(pid, PID);
    this.#entry.writeDoubleLE(startTime(pid) ?? 0, STARTED);
    this.#write(this.#entry, place);
  }

  leave(pid: number): void {
    const place = this.#places.get(pid);
    if (place === undefined) return;
    this.#places.delete(pid);
    this.#free.push(place);
    this.#write(this.#nothing, place);
  }

  #write(entry: Buffer, place: number): void {
    try {
      writeSync(this.#fd, entry, 0, ENTRY, place * ENTRY);
    } catch {
      // No room on that disk: scripts run as well without being noted.
    }
  }
}
