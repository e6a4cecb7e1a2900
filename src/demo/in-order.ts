/**
 * Reports in the order of what they report on: each is known when its fate is, so an answer overtakes the loss
 * of something older. What a report means is left to whoever takes it.
 */
export class InOrder<Report extends { readonly number: number }> {
  readonly #early = new Map<number, Report>();
  #next = 0;

  constructor(private readonly judge: (report: Report) => void) {}

  /** Numbers count from 0, without gaps. */
  take(report: Report): void {
    this.#early.set(report.number, report);
    for (let known = this.#early.get(this.#next); known; known = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      this.judge(known);
    }
  }
}
