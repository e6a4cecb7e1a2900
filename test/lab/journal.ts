/**
 * What has been seen so far, in order, and a way to wait for what shall be seen: an advert on the wire, a line
 * in a log. Waiting has a bound only so that a broken daemon ends the test with a sentence.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds; far above what any story takes, for machines that are busy with other things. */
export const PATIENCE = 120_000;

export class Journal<T> {
  readonly entries: T[] = [];
  readonly #waiting = new Set<(entry: T) => void>();

  constructor(
    readonly name: string,
    private readonly show: (entry: T) => string,
  ) {}

  push(entry: T): void {
    this.entries.push(entry);
    for (const waiter of [...this.#waiting]) waiter(entry);
  }

  /** What follows is after everything seen until now. */
  mark(): number {
    return this.entries.length;
  }

  /** The first entry from `after` on that fits, be it there already or not. */
  find(what: string, fits: (entry: T) => boolean, after = 0): Promise<T> {
    const known = this.entries.slice(after).find(fits);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const waiter = (entry: T): void => {
        if (!fits(entry)) return;
        finish();
        resolve(entry);
      };
      const timer = setTimeout(() => {
        finish();
        const last = this.entries.slice(-8).map((entry) => `    ${this.show(entry)}`);
        reject(new Error(`${this.name}: waited in vain for ${what}; the last entries:\n${last.join('\n')}`));
      }, PATIENCE);
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
      };
      this.#waiting.add(waiter);
    });
  }

  /** Waits until `count` entries from `after` on fit, and returns them. */
  async collect(what: string, count: number, fits: (entry: T) => boolean, after = 0): Promise<T[]> {
    const found: T[] = [];
    await this.find(
      `${count} times ${what}`,
      (entry) => {
        if (fits(entry)) found.push(entry);
        return found.length === count;
      },
      after,
    );
    return found;
  }
}

/** For what announces itself by nothing: asks again and again until the answer is not undefined or false. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const bound = Date.now() + PATIENCE;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > bound) throw new Error(`waited in vain until ${what}`);
    await delay(100);
  }
}
