/**
 * Getting log lines out without ever blocking the loop: syslog's datagrams, a console that may be a stopped
 * terminal or a full pipe, a file. Each outlet has a bounded queue, counts what it drops and says so when it can
 * write again (DESIGN rules 9 and 11). Which lines are written, and under which name, is the daemon's affair.
 */
import { fstatSync, write as writeFile } from 'node:fs';
import { MAX_LOG_QUEUE } from '../base/limits.js';
import { ok, type Result, refuse } from '../base/result.js';
import type { LogLevel } from '../core/effects.js';
import type { Failure } from '../core/inputs.js';
import * as k from './linux/constants.js';
import { EAGAIN, EINTR, ENOBUFS, failureOf } from './linux/errno.js';
import { closeFd, scratch } from './linux/fd.js';
import { allocateArena, type Outcome, open, poll, send, write } from './linux/libc.js';
import { openUnixDatagram, sendUnixDatagram } from './linux/unix-datagram.js';

/** A place for lines. */
export interface LogOutlet {
  write(line: string): void;
  /** Lines given up because the outlet took none for too long. */
  readonly dropped: number;
  /** Waits for what is queued, at most `patience` milliseconds, and closes. */
  close(patience?: number): Promise<void>;
}

/** Milliseconds between attempts while an outlet takes nothing. */
const RETRY_MS = 20;
const CLOSE_PATIENCE_MS = 500;

/** What all outlets share: the bound, the count of what it cost, and an end that waits for the rest. */
abstract class BoundedOutlet implements LogOutlet {
  #dropped = 0;
  #unsaid = 0;
  #closed = false;
  #emptied: (() => void) | undefined;

  /** Lines that wait. */
  protected abstract get waiting(): number;
  /** Whether everything was taken. */
  protected abstract get idle(): boolean;
  protected abstract enqueue(line: string): void;
  protected abstract shut(): void;

  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    if (this.#closed) return;
    if (this.waiting < MAX_LOG_QUEUE) {
      this.enqueue(line);
      return;
    }
    this.#dropped += 1;
    this.#unsaid += 1;
  }

  /** What is said about lines that were dropped, once the outlet takes lines again. */
  protected complaint(): string | undefined {
    if (this.#unsaid === 0) return undefined;
    const count = this.#unsaid;
    this.#unsaid = 0;
    return `${count} log lines were dropped here: they were not taken fast enough`;
  }

  /** What was taken is lost all the same. */
  protected lost(): void {
    this.#dropped += 1;
  }

  /** Nothing waits any more. */
  protected emptied(): void {
    this.#emptied?.();
  }

  async close(patience = CLOSE_PATIENCE_MS): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.idle) {
      await new Promise<void>((done) => {
        const limit = setTimeout(done, patience);
        this.#emptied = () => {
          clearTimeout(limit);
          done();
        };
      });
    }
    this.shut();
  }
}

/** What one attempt came to: gone, partly gone (bytes), or to be tried again later. */
type Attempt = 'done' | 'later' | number;

interface Place {
  readonly attempt: (bytes: Uint8Array) => Attempt;
  readonly shut: () => void;
  readonly format: (line: string) => string;
}

/** Lines go one by one, at once where the place takes them. */
class QueuedOutlet extends BoundedOutlet {
  readonly #place: Place;
  #queue: Uint8Array[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(place: Place) {
    super();
    this.#place = place;
  }

  protected get waiting(): number {
    return this.#queue.length;
  }
  protected get idle(): boolean {
    return this.#queue.length === 0;
  }

  protected enqueue(line: string): void {
    this.#push(line);
    if (this.#timer === undefined) this.#drain();
  }

  #push(line: string): void {
    this.#queue.push(Buffer.from(this.#place.format(line), 'utf8'));
  }

  #drain(): void {
    this.#timer = undefined;
    let taken = 0;
    for (let next = this.#queue[taken]; next !== undefined; next = this.#queue[taken]) {
      const attempt = this.#place.attempt(next);
      if (typeof attempt === 'number') this.#queue[taken] = next.subarray(attempt);
      else if (attempt === 'done') taken += 1;
      if (attempt !== 'done') break;
      const complaint = taken === this.#queue.length ? this.complaint() : undefined;
      if (complaint !== undefined) this.#push(complaint);
    }
    this.#queue.splice(0, taken);
    if (this.#queue.length > 0) this.#timer = setTimeout(() => this.#drain(), RETRY_MS).unref();
    else this.emptied();
  }

  protected shut(): void {
    clearTimeout(this.#timer);
    this.#place.shut();
  }
}

// --- syslog -------------------------------------------------------------------------------------------

/** Numbers of syslog(3) for the facilities Keepalived knows: user, daemon, local0 to local7. */
export type SyslogFacility = 'user' | 'daemon' | `local${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`;

const SEVERITIES: Readonly<Record<LogLevel, number>> = { error: 3, warning: 4, notice: 5, info: 6, debug: 7 };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const two = (n: number): string => String(n).padStart(2, '0');

export function facilityNumber(facility: SyslogFacility): number {
  if (facility === 'user') return 1;
  return facility === 'daemon' ? 3 : 16 + Number(facility.slice(5));
}

/** The line as the C library's syslog() writes it to /dev/log (RFC 3164 without the host name), local time. */
export function syslogLine(line: {
  readonly facility: SyslogFacility;
  readonly level: LogLevel;
  readonly ident: string;
  readonly pid: number;
  readonly date: Date;
  readonly text: string;
}): string {
  const { date } = line;
  const day = String(date.getDate()).padStart(2, ' ');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const priority = facilityNumber(line.facility) * 8 + SEVERITIES[line.level];
  // A line break would begin what looks like another message.
  const text = line.text.replace(/[\r\n]+/g, ' ');
  return `<${priority}>${MONTHS[date.getMonth()]} ${day} ${time} ${line.ident}[${line.pid}]: ${text}`;
}

/** Syslog's socket; lines are whole (syslogLine). While nobody listens, lines wait, within the bound. */
export function openSyslog(path = '/dev/log'): LogOutlet {
  let fd = openUnixDatagram();
  return new QueuedOutlet({
    attempt: (bytes) => {
      if (fd < 0) fd = openUnixDatagram();
      const sent = fd < 0 ? fd : sendUnixDatagram(fd, path, bytes);
      // Too slow, away, or being restarted: it is tried again, from a new name's point of view each time.
      return sent < 0 ? 'later' : 'done';
    },
    shut: () => {
      if (fd >= 0) closeFd(fd);
    },
    format: (line) => line,
  });
}

// --- console and file ---------------------------------------------------------------------------------

/** Whether `fd` is systemd's journal, as systemd says it of the standard streams of a service (systemd.exec(5)). */
export function isJournalStream(fd: number, environment: NodeJS.ProcessEnv = process.env): boolean {
  const stream = environment['JOURNAL_STREAM'];
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

const CONSOLE_CHUNK = 4096;
const area = allocateArena(CONSOLE_CHUNK);

/** Whether poll(2) promises that some bytes can be written. */
function isWritable(fd: number): boolean {
  scratch.view.setInt32(0, fd, true);
  scratch.view.setInt16(4, k.POLLOUT, true);
  scratch.view.setInt16(6, 0, true);
  return poll(scratch.address, 1, 0) > 0;
}

/** Attempts without blocking whatever `fd` is; the file status flags that we share with others stay as they are. */
function consoleAttempt(fd: number): { attempt: (bytes: Uint8Array) => Outcome; shut: () => void } {
  if (fstatSync(fd).isSocket())
    return {
      attempt: (bytes) => send(fd, area.address, bytes.length, k.MSG_DONTWAIT | k.MSG_NOSIGNAL),
      shut: () => {},
    };
  // A description of our own: non-blocking here, blocking as before for the shell that shares the terminal.
  const own = open(`/proc/self/fd/${fd}`, k.O_WRONLY | k.O_NONBLOCK | k.O_APPEND | k.O_CLOEXEC, 0);
  if (own >= 0)
    return { attempt: (bytes) => write(own, area.address, bytes.length), shut: () => closeFd(own) };
  // The terminal belongs to somebody else: write only what poll promises, in small pieces.
  return {
    attempt: (bytes) => (isWritable(fd) ? write(fd, area.address, Math.min(bytes.length, 256)) : -EAGAIN),
    shut: () => {},
  };
}

/** Standard error or output, by default standard error; a newline is added to each line. */
export function openConsole(fd = 2): LogOutlet {
  const { attempt, shut } = consoleAttempt(fd);
  return new QueuedOutlet({
    attempt: (bytes) => {
      const piece = bytes.subarray(0, CONSOLE_CHUNK);
      area.bytes.set(piece);
      const written = attempt(piece);
      if (written === -EAGAIN || written === -EINTR || written === -ENOBUFS) return 'later';
      // A reader that is gone takes nothing ever again: the line counts as written.
      return written < 0 || written === bytes.length ? 'done' : written;
    },
    shut,
    format: (line) => `${line}\n`,
  });
}

/** A log file, appended to; created 0644 minus the umask. A stalled disk holds up a pool thread, not the loop. */
export function openLogFile(path: string): Result<LogOutlet, Failure> {
  const fd = open(path, k.O_WRONLY | k.O_APPEND | k.O_CREAT | k.O_CLOEXEC, 0o644);
  return fd < 0 ? refuse(failureOf(fd, `opening the log file ${path}`)) : ok(new FileOutlet(fd));
}

/** One write at a time, of everything that waited meanwhile. */
class FileOutlet extends BoundedOutlet {
  readonly #fd: number;
  #queue: string[] = [];
  #writing = false;

  constructor(fd: number) {
    super();
    this.#fd = fd;
  }

  protected get waiting(): number {
    return this.#queue.length;
  }
  protected get idle(): boolean {
    return !this.#writing;
  }

  protected enqueue(line: string): void {
    this.#queue.push(line);
    this.#next();
  }

  #next(): void {
    if (this.#writing) return;
    const complaint = this.complaint();
    if (complaint !== undefined) this.#queue.push(complaint);
    if (this.#queue.length === 0) {
      this.emptied();
      return;
    }
    const bytes = Buffer.from(`${this.#queue.join('\n')}\n`, 'utf8');
    this.#queue = [];
    this.#send(bytes);
  }

  #send(bytes: Uint8Array): void {
    this.#writing = true;
    writeFile(this.#fd, bytes, (error, count) => {
      this.#writing = false;
      // What a full disk does not take is lost, and counted.
      if (error) this.lost();
      else if (count < bytes.length) {
        this.#send(bytes.subarray(count));
        return;
      }
      this.#next();
    });
  }

  protected shut(): void {
    if (!this.#writing) closeFd(this.#fd);
  }
}
