/** A pattern that was read: what it asks for, with every option already applied to it. Plain data only. */
import type { Ranges } from './char-set.js';

export type PatternNode =
  /** One character out of a set; `properties` are Unicode's, as JavaScript writes them in a class. */
  | {
      readonly kind: 'one';
      readonly set: Ranges;
      readonly properties: readonly string[];
      readonly negated: boolean;
    }
  /** Matches at a place, takes nothing: JavaScript's words for it. */
  | { readonly kind: 'place'; readonly source: string }
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly PatternNode[] }
  | { readonly kind: 'capture'; readonly group: number; readonly body: PatternNode }
  | { readonly kind: 'atomic'; readonly body: PatternNode; readonly at: number }
  | {
      readonly kind: 'look';
      readonly behind: boolean;
      readonly negative: boolean;
      readonly body: PatternNode;
      readonly at: number;
    }
  | {
      readonly kind: 'repeat';
      readonly body: PatternNode;
      readonly least: number;
      /** Undefined: without end. */
      readonly most: number | undefined;
      readonly how: 'greedy' | 'lazy' | 'possessive';
      readonly at: number;
    }
  | { readonly kind: 'back'; readonly group: number; readonly at: number };
