/**
 * Work that would take the processor from somebody who starts or is told something new: it waits until that is over, and no
 * longer than it can be put off. What it is, and for whom it waits, is daemon.ts's.
 */
export class Postponed {
  readonly #work: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(work: () => void) {
    this.#work = work;
  }

  /** So many milliseconds; nobody stays alive for it. */
  putOff(milliseconds: number): void {
    this.cancel();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#work();
    }, milliseconds).unref();
  }

  /** What it waited for is over: if it waits, then for so many milliseconds from now. */
  hasten(milliseconds: number): void {
    if (this.#timer) this.putOff(milliseconds);
  }

  /** It will not be done any more. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
