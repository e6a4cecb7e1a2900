/**
 * A clause of an RFC, and what covers it here. Clauses are in our own words; their sections lead to the text.
 * `npm run docs` makes docs/reference/conformance.md from them.
 */

export type Rfc = '3768' | '5798' | '9568' | '2402' | '4302' | '5880' | '5881' | '5883';

export interface Clause {
  /** Sections that say it; a section twice where it says it in two sentences. */
  readonly at: Readonly<Partial<Record<Rfc, readonly string[]>>>;
  /**
   * The word in capitals; `lower case`: must, should or recommended in small letters; `statement`: without such a word,
   * what a field, a parameter or a timer is.
   */
  readonly level: 'MUST' | 'SHOULD' | 'MAY' | 'lower case' | 'statement';
  readonly says: string;
  /** Lines of the state machine of RFC 5798, which numbers them: 430, or 450 to 460 as `450-460`, between commas. */
  readonly lines?: string;
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
