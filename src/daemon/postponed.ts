/**
 * Work that takes the processor from somebody's start: it waits until that is over, and no longer than it can be put off.
 * What it is, and whose start, is daemon.ts's.
 */
export class Postponed {
  readonly #work: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(work: () => void) {
    this.#work = work;
  }

  /** At most so many milliseconds; nobody stays alive for it. */
  putOff(milliseconds: number): void {
    this.cancel();
    this.#timer = setTimeout(() => this.due(), milliseconds).unref();
  }

  /** It is done now, if it waits. */
  due(): void {
    if (!this.#timer) return;
    this.cancel();
    this.#work();
  }

  /** It was done otherwise, or will not be done any more. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
