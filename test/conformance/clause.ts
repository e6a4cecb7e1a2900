/**
 * A clause of an RFC, and what covers it here. Clauses are in our own words; their sections lead to the text.
 * `npm run docs` makes docs/reference/conformance.md from them.
 */

export type Rfc = '3768' | '5798' | '9568' | '5880' | '5881' | '5883';

export interface Clause {
  /** Sections that say it; a section twice where it says it in two sentences. */
  readonly at: Readonly<Partial<Record<Rfc, readonly string[]>>>;
  readonly level: 'MUST' | 'SHOULD';
  readonly says: string;
  /**
   * What covers it, and fails without it: `row ID` of the transition table, `check ID` of the receive checks,
   * `transcript FILE`, each with `bfd-` before it where it is about BFD, `keyword BLOCK KEYWORD` with a case of its effect, `invariant NAME` of the simulator,
   * `test FILE: TITLE`.
   */
  readonly by?: readonly string[];
  /** Why it does not apply, who does it instead, or where Keepalived and we part from it. */
  readonly note?: string;
  /** One step of a list that the RFC demands as a whole: it has no MUST or SHOULD of its own. */
  readonly step?: true;
}
