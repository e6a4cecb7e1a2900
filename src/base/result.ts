/**
 * Result: a value or a reason, for everything that can be refused without being our own bug.
 * Bad input is a value (DESIGN rule 8); broken invariants throw, see invariant.ts.
 */
export type Result<T, E = string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const refuse = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });
