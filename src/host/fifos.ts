/**
 * Notify FIFOs: made, opened, written without ever waiting, and the programs that read them. Who is slow loses the
 * oldest lines, and that is said; who comes to read is told to the engine. What the lines say is decided in
 * core/notify. Directives-vrrp section 11, runtime reference section 5; DESIGN rules 9 and 11.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { MAX_FIFO_LINES } from '../base/limits.js';
import type { Effect, FifoName, LogLevel } from '../core/effects.js';
import type { Input, ScriptOutcome } from '../core/inputs.js';
import { FIONREAD, IN_CLOEXEC, IN_NONBLOCK, IN_OPEN } from './linux/constants.js';
import { EAGAIN, errnoText } from './linux/errno.js';
import { closeFd, scratch } from './linux/fd.js';
import { allocateArena, inotifyAdd, inotifyInit, inotifyRemove, ioctl, read, write } from './linux/libc.js';
import type { Poller, Watch } from './linux/poller.js';
import type { Scripts } from './scripts.js';

type OpenFifo = Extract<Effect, { kind: 'open-fifo' }>;

/** Before the umask, which takes the rest from others: directives-vrrp section 11. */
const MODE = 0o644;
/** PIPE_BUF: what is written in one go is never mixed with other lines. */
const LARGEST_WRITE = 4096;
const EVENT_BUFFER = 4096;
const EVENT_HEADER = 16;
/** A reader that ends is started again after this, then after twice as long, up to the last. */
const FIRST_RESTART_MS = 1000;
const LAST_RESTART_MS = 60_000;
/** How long the end waits until what was written is read, and until a reader has ended. */
const DRAIN_PATIENCE_MS = 1000;
const END_PATIENCE_MS = 3000;

/** One FIFO from its opening to its end. */
class Fifo {
  handle: FileHandle | undefined;
  watch: Watch | undefined;
  inotify = -1;
  made = false;
  closed = false;
  readonly waiting: string[] = [];
  dropped = 0;
  /** Whether our own reader runs, and how long the next start of it waits. */
  running = false;
  delay = FIRST_RESTART_MS;
  restart: NodeJS.Timeout | undefined;
  ended: (() => void) | undefined;

  constructor(readonly effect: OpenFifo) {}

  get path(): string {
    return this.effect.settings.path;
  }
  get key(): string {
    return `reader of ${this.path}`;
  }
}

export class Fifos {
  readonly #poller: Poller;
  readonly #push: (input: Input) => void;
  readonly #log: (level: LogLevel, text: string) => void;
  readonly #scripts: Pick<Scripts, 'makeFifo' | 'reader' | 'endReader'>;
  readonly #open = new Map<FifoName, Fifo>();
  readonly #closing = new Set<Promise<void>>();
  readonly #area = allocateArena(LARGEST_WRITE);
  #inotify: number | undefined;
  #events: Watch | undefined;

  constructor(
    poller: Poller,
    push: (input: Input) => void,
    log: (level: LogLevel, text: string) => void,
    scripts: Pick<Scripts, 'makeFifo' | 'reader' | 'endReader'>,
  ) {
    this.#poller = poller;
    this.#push = push;
    this.#log = log;
    this.#scripts = scripts;
  }

  /** What is written before it is open waits. */
  open(effect: OpenFifo): void {
    const fifo = new Fifo(effect);
    this.#open.set(effect.fifo, fifo);
    const { path, user, group } = effect.settings;
    const whom = { ...(user === undefined ? {} : { user }), ...(group === undefined ? {} : { group }) };
    this.#scripts.makeFifo({ path, mode: MODE, ...whom }, (outcome) => {
      if (outcome.kind === 'failed') this.#refused(fifo, outcome.error.message);
      else {
        fifo.made = outcome.made;
        void this.#opened(fifo);
      }
    });
  }

  #refused(fifo: Fifo, text: string): void {
    fifo.closed = true;
    fifo.waiting.length = 0;
    this.#log('error', `${text}. Nobody is told by it until that is mended and the configuration reloaded`);
  }

  async #opened(fifo: Fifo): Promise<void> {
    const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;
    try {
      // For reading too: so that it can be opened without a reader, and stays one pipe when readers come and go.
      const handle = await open(fifo.path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
      const facts = await handle.stat();
      if (!facts.isFIFO()) {
        await handle.close();
        this.#refused(fifo, `${fifo.path} is no named pipe any more`);
        return;
      }
      fifo.handle = handle;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#refused(fifo, `the FIFO ${fifo.path} cannot be opened: ${why}`);
      return;
    }
    if (fifo.closed) {
      await this.#remove(fifo);
      return;
    }
    this.#noticeReaders(fifo);
    this.#flush(fifo);
    this.#startReader(fifo);
  }

  /** Our own opening is over by now: whoever opens it from here on reads. */
  #noticeReaders(fifo: Fifo): void {
    if (this.#inotify === undefined) {
      const made = inotifyInit(IN_NONBLOCK | IN_CLOEXEC);
      if (made < 0) {
        this.#log('warning', `readers of ${fifo.path} are not noticed: inotify: ${errnoText(made)}`);
        return;
      }
      this.#inotify = made;
      this.#events = this.#poller.add(made, () => this.#noticed());
    }
    fifo.inotify = inotifyAdd(this.#inotify, fifo.path, IN_OPEN);
    if (fifo.inotify < 0)
      this.#log('warning', `readers of ${fifo.path} are not noticed: ${errnoText(fifo.inotify)}`);
  }

  #noticed(): void {
    if (this.#inotify === undefined) return;
    const { address, view } = this.#eventArea;
    const size = read(this.#inotify, address, EVENT_BUFFER);
    const came = new Set<number>();
    for (let at = 0; at + EVENT_HEADER <= size; at += EVENT_HEADER + view.getUint32(at + 12, true)) {
      if ((view.getUint32(at + 4, true) & IN_OPEN) !== 0) came.add(view.getInt32(at, true));
    }
    for (const [name, fifo] of this.#open)
      if (came.has(fifo.inotify)) this.#push({ kind: 'fifo-reader', fifo: name });
  }
  readonly #eventArea = allocateArena(EVENT_BUFFER);

  write(name: FifoName, line: string): void {
    const fifo = this.#open.get(name);
    if (!fifo || fifo.closed) return;
    fifo.waiting.push(line);
    if (fifo.waiting.length > MAX_FIFO_LINES) {
      fifo.waiting.shift();
      fifo.dropped++;
      if (fifo.dropped === 1)
        this.#log(
          'warning',
          `nobody reads the FIFO ${fifo.path}: ${MAX_FIFO_LINES} lines wait, from now on the oldest are lost`,
        );
    }
    this.#flush(fifo);
  }

  #flush(fifo: Fifo): void {
    const fd = fifo.handle?.fd;
    if (fd === undefined) return;
    for (let line = fifo.waiting[0]; line !== undefined; line = fifo.waiting[0]) {
      const bytes = Buffer.from(line, 'latin1').subarray(0, LARGEST_WRITE);
      this.#area.bytes.set(bytes);
      const written = write(fd, this.#area.address, bytes.length);
      if (written === -EAGAIN) {
        fifo.watch ??= this.#poller.add(fd, () => this.#flush(fifo), 'writable');
        return;
      }
      fifo.waiting.shift();
      if (written < 0) this.#log('error', `writing to the FIFO ${fifo.path}: ${errnoText(written)}`);
    }
    fifo.watch?.remove();
    fifo.watch = undefined;
    if (fifo.dropped === 0) return;
    this.#log('warning', `the FIFO ${fifo.path} is read again: ${fifo.dropped} lines were lost meanwhile`);
    fifo.dropped = 0;
  }

  #startReader(fifo: Fifo): void {
    const { script } = fifo.effect;
    if (!script || fifo.closed) return;
    fifo.running = true;
    const started = Date.now();
    const [program, ...rest] = script.argv;
    this.#scripts.reader(fifo.key, { ...script, argv: [program, ...rest, fifo.path] }, (outcome) => {
      fifo.running = false;
      fifo.ended?.();
      if (fifo.closed) return;
      if (Date.now() - started > LAST_RESTART_MS) fifo.delay = FIRST_RESTART_MS;
      const again = `it is started again in ${fifo.delay / 1000} s`;
      this.#log('warning', `the reader ${program} of the FIFO ${fifo.path} ${howItEnded(outcome)}; ${again}`);
      fifo.restart = setTimeout(() => this.#startReader(fifo), fifo.delay);
      fifo.delay = Math.min(LAST_RESTART_MS, fifo.delay * 2);
    });
  }

  close(name: FifoName): void {
    const fifo = this.#open.get(name);
    if (!fifo) return;
    this.#open.delete(name);
    const closing = this.#finish(fifo).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Our reader gets what was written before it is told to go. */
  async #finish(fifo: Fifo): Promise<void> {
    if (fifo.running && fifo.handle) await this.#drained(fifo);
    fifo.closed = true;
    clearTimeout(fifo.restart);
    if (fifo.running) {
      const ended = new Promise<void>((done) => {
        fifo.ended = done;
        setTimeout(done, END_PATIENCE_MS).unref();
      });
      this.#scripts.endReader(fifo.key);
      await ended;
    }
    await this.#remove(fifo);
  }

  async #drained(fifo: Fifo): Promise<void> {
    const limit = Date.now() + DRAIN_PATIENCE_MS;
    while (Date.now() < limit && fifo.running && fifo.handle) {
      this.#flush(fifo);
      scratch.view.setInt32(0, 0, true);
      const asked = ioctl(fifo.handle.fd, FIONREAD, scratch.address);
      if (asked < 0 || (fifo.waiting.length === 0 && scratch.view.getInt32(0, true) === 0)) return;
      await new Promise((next) => setTimeout(next, 5));
    }
  }

  async #remove(fifo: Fifo): Promise<void> {
    fifo.watch?.remove();
    if (this.#inotify !== undefined && fifo.inotify >= 0) inotifyRemove(this.#inotify, fifo.inotify);
    const { handle } = fifo;
    fifo.handle = undefined;
    try {
      // First the name, so that nobody opens a pipe that is nobody's any more.
      if (fifo.made) await unlink(fifo.path);
    } catch {
      // Somebody else removed it, which is what was wanted.
    }
    await handle?.close();
  }

  /** Ends all of them, with everything written that will be read. */
  async closeAll(): Promise<void> {
    for (const name of [...this.#open.keys()]) this.close(name);
    await Promise.all(this.#closing);
    this.#events?.remove();
    if (this.#inotify !== undefined) closeFd(this.#inotify);
    this.#inotify = undefined;
  }
}

function howItEnded(outcome: ScriptOutcome): string {
  switch (outcome.kind) {
    case 'exit':
      return `ended with exit code ${outcome.code}`;
    case 'signal':
      return `was ended by ${outcome.signal}`;
    case 'timeout':
      return 'took too long';
    case 'failed':
      return `could not be started: ${outcome.error.message}`;
  }
}
