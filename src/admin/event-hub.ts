/**
 * Passes events on to those who watch, never waiting for any of them: whoever leaves more unread than
 * MAX_CONTROL_BACKLOG is dropped (DESIGN rules 9 and 11). What an event means is the engine's.
 */
import type { ServerResponse } from 'node:http';
import { MAX_CONTROL_BACKLOG, MAX_CONTROL_WATCHERS } from '../base/limits.js';
import type { WatchLine } from './report.js';

export class EventHub {
  readonly #watchers = new Set<ServerResponse>();
  #dropped = 0;

  /** Watchers dropped for reading too slowly, since the start. */
  get dropped(): number {
    return this.#dropped;
  }
  get watchers(): number {
    return this.#watchers.size;
  }

  /** False when there are MAX_CONTROL_WATCHERS already; then nothing was done with the response. */
  add(response: ServerResponse, first: WatchLine): boolean {
    if (this.#watchers.size >= MAX_CONTROL_WATCHERS) return false;
    this.#watchers.add(response);
    response.on('close', () => this.#watchers.delete(response));
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    response.write(`${JSON.stringify(first)}\n`);
    return true;
  }

  publish(line: WatchLine): void {
    if (this.#watchers.size === 0) return;
    const text = `${JSON.stringify(line)}\n`;
    for (const watcher of [...this.#watchers]) {
      if (watcher.writableLength > MAX_CONTROL_BACKLOG) {
        this.#dropped++;
        this.#watchers.delete(watcher);
        watcher.destroy();
      } else watcher.write(text);
    }
  }

  /** Tells everybody and ends their streams in good order. */
  close(last: WatchLine): void {
    const text = `${JSON.stringify(last)}\n`;
    for (const watcher of this.#watchers) watcher.end(text);
    this.#watchers.clear();
  }
}
