// When addresses came to be on a host, as the kernel told `ip monitor`: an observer that is nobody's daemon.

import type { LabHost } from '../src/lab/host.js';
import type { Running } from '../src/lab/running.js';

/** Its clock is told without a zone: it is made to be UTC. */
const UTC = { env: { TZ: 'UTC' } };

/** Seconds since the epoch, and the address, of a line that tells of one that is there now. */
export function addressIn(line: string): { readonly at: number; readonly address: string } | undefined {
  const match = /^\[(\S+)\] \d+: \S+ +inet6? ([^ /]+)/.exec(line);
  const [, time, address] = match ?? [];
  return time === undefined || address === undefined
    ? undefined
    : { at: Date.parse(`${time.slice(0, -3)}Z`) / 1000, address };
}

export class AddressWatch {
  readonly #first = new Map<string, number>();
  #running: Running | undefined;

  static async start(host: LabHost): Promise<AddressWatch> {
    const watch = new AddressWatch();
    const onLine = ({ text }: { readonly text: string }): void => watch.#note(text);
    watch.#running = await host.start(['ip', '-ts', '-o', 'monitor', 'address'], { ...UTC, onLine });
    return watch;
  }

  #note(text: string): void {
    const seen = addressIn(text);
    if (seen && !this.#first.has(seen.address)) this.#first.set(seen.address, seen.at);
  }

  /** When each address came first. */
  get first(): ReadonlyMap<string, number> {
    return this.#first;
  }

  async stop(): Promise<void> {
    this.#running?.signal('SIGTERM');
    await this.#running?.exited;
  }
}
