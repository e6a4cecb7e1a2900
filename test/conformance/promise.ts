/** The shape of what is promised beyond the RFCs, and of what keeps bad input from doing harm. */

export interface Promised {
  readonly part: string;
  readonly says: string;
  /** As in clause.ts; also `bench SUITE CASE`, whose figure stands in docs/internals/performance.md. */
  readonly by: readonly string[];
  readonly note?: string;
}

export interface Guard {
  /** What would happen without it. */
  readonly against: string;
  readonly file: string;
  /** The text in that file that is the guard, or what does its work in it. */
  readonly take: string;
  /** What stands there when it is taken away. */
  readonly leave: string;
  /** `test FILE: TITLE` */
  readonly by: string;
}

/** A page of its own, docs/reference/promises-NAME.md. */
export interface Subject {
  readonly name: string;
  readonly title: string;
  /** What the page is about, to go on from "What is promised about". */
  readonly about: string;
  readonly promises: readonly Promised[];
  readonly guards: readonly Guard[];
}
