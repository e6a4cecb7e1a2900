/**
 * Who says what, under which name and where: lines of the daemon itself as Keepalived, lines of the VRRP part as
 * Keepalived_vrrp, those of the load balancer as Keepalived_healthcheckers, with the namespace and the instance name behind; to syslog, console and file as the options
 * say (runtime reference section 4, "Logging"). Getting them out without blocking is the host's.
 */
import { printable } from '../base/printable.js';
import type { LogLevel } from '../core/effects.js';
import {
  isJournalStream,
  type LogOutlet,
  openConsole,
  openLogFile,
  openSyslog,
  type SyslogFacility,
  syslogLine,
} from '../host/logs.js';
import type { DaemonOptions } from './args.js';

export interface Journal {
  main(level: LogLevel, text: string): void;
  vrrp(level: LogLevel, text: string): void;
  checkers(level: LogLevel, text: string): void;
  /** Once the configuration is read: what stands behind the names from now on. */
  rename(namespace: string | undefined, instance: string | undefined): void;
  /** Lines that could not be written, so far. */
  readonly dropped: number;
  /** Writes what waits, within a bound. */
  close(): Promise<void>;
}

type Part = 'main' | 'vrrp' | 'healthcheckers';
const IDENTS: Readonly<Record<Part, string>> = {
  main: 'Keepalived',
  vrrp: 'Keepalived_vrrp',
  healthcheckers: 'Keepalived_healthcheckers',
};
/** How long the end of the daemon waits for a syslog that takes nothing. */
const SYSLOG_PATIENCE_MS = 100;

/** Whether what goes to syslog and what goes to standard error end in the same journal, systemd's. */
export const isHeardTwice = (options: DaemonOptions): boolean => options.syslog && isJournalStream(2);

export function openJournal(options: DaemonOptions): Journal {
  return new OutletJournal(options, {
    ...(options.syslog ? { syslog: openSyslog() } : {}),
    // Without a terminal of ours there is nobody to read a console.
    ...(options.logConsole && options.foreground && !isHeardTwice(options) ? { console: openConsole() } : {}),
    openFile: (path) => {
      const opened = openLogFile(path);
      return opened.ok ? opened.value : opened.error.message;
    },
  });
}

/** The outlets that a journal writes to; a test brings its own. */
export interface JournalOutlets {
  readonly syslog?: LogOutlet;
  readonly console?: LogOutlet;
  /** Text: why there is none. */
  openFile(path: string): LogOutlet | string;
}

export class OutletJournal implements Journal {
  readonly #options: DaemonOptions;
  readonly #outlets: JournalOutlets;
  readonly #facility: SyslogFacility;
  readonly #files = new Map<string, LogOutlet | undefined>();
  #suffix = '';

  constructor(options: DaemonOptions, outlets: JournalOutlets) {
    this.#options = options;
    this.#outlets = outlets;
    this.#facility = options.logFacility;
    this.rename(options.namespace, undefined);
  }

  main(level: LogLevel, text: string): void {
    this.#say('main', level, text);
  }

  vrrp(level: LogLevel, text: string): void {
    this.#say('vrrp', level, text);
  }

  checkers(level: LogLevel, text: string): void {
    this.#say('healthcheckers', level, text);
  }

  rename(namespace: string | undefined, instance: string | undefined): void {
    this.#suffix = [namespace, instance].map((part) => (part === undefined ? '' : `_${part}`)).join('');
  }

  get dropped(): number {
    return this.#all().reduce((sum, outlet) => sum + outlet.dropped, 0);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#all().map((outlet) =>
        outlet === this.#outlets.syslog ? outlet.close(SYSLOG_PATIENCE_MS) : outlet.close(),
      ),
    );
  }

  #all(): LogOutlet[] {
    const { syslog, console } = this.#outlets;
    return [syslog, console, ...this.#files.values()].filter((outlet) => outlet !== undefined);
  }

  #say(part: Part, level: LogLevel, said: string): void {
    if (level === 'debug' && this.#options.logDetail === 0) return;
    // It may hold what a server answered or a script wrote: that steers no terminal and begins no line of its own.
    const text = printable(said);
    const date = new Date();
    const { syslog, console } = this.#outlets;
    syslog?.write(
      syslogLine({
        facility: this.#facility,
        level,
        ident: IDENTS[part] + this.#suffix,
        pid: process.pid,
        date,
        text,
      }),
    );
    console?.write(`${timestamp(date, '')}: ${text}`);
    const { logFile } = this.#options;
    if (logFile === undefined) return;
    const path = logFilePath(logFile, part, this.#suffix);
    const fraction = `.${String(date.getMilliseconds()).padStart(3, '0')}000000`;
    this.#file(path)?.write(`${timestamp(date, fraction)}: ${text}`);
  }

  #file(path: string): LogOutlet | undefined {
    if (this.#files.has(path)) return this.#files.get(path);
    const opened = this.#outlets.openFile(path);
    const outlet = typeof opened === 'string' ? undefined : opened;
    this.#files.set(path, outlet);
    if (typeof opened === 'string') this.main('error', `There will be no log file: ${opened}`);
    return outlet;
  }
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** As the C library's %c in the C locale, `Sat Nov 21 04:16:16 2026`, with a fraction behind the seconds. */
function timestamp(date: Date, fraction: string): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}${fraction}`;
  const day = String(date.getDate()).padStart(2, ' ');
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${time} ${date.getFullYear()}`;
}

/** `_vrrp` or `_healthcheckers` and the suffix go before the last dot of the file's name. */
export function logFilePath(path: string, part: Part, suffix: string): string {
  const inserted = `${part === 'main' ? '' : `_${part}`}${suffix}`;
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') ? path.slice(0, dot) + inserted + path.slice(dot) : path + inserted;
}
