/**
 * `~SEQ`, `~SEQx` and `~LST`: what a line of that kind repeats and with which values. Queueing the repetitions
 * is the preprocessor's. (configuration reference, section 5)
 */
import { ok, type Result, refuse } from '../base/result.js';
import type { Definition } from './definitions.js';
import { trim } from './lexer.js';
import { Line } from './span.js';

/** Variables to set before the template is read once more; undefined at the end. */
export interface Repetition {
  readonly template: Line;
  /** The part in parentheses, with the word before it. */
  readonly head: Line;
  /** How often; Infinity never, as numbers are bounded. */
  readonly count: number;
  values(
    round: number,
  ): readonly { readonly name: string; readonly definition: Definition; readonly shown: string }[];
}

const NAME = '[A-Za-z_][A-Za-z0-9_]*';
const SEQUENCE = /^~SEQ(x?)\(([^)]*)\)/;
const HEAD = new RegExp(`^[ \\t]*(${NAME})[ \\t]*,(.*)$`);
const LIST_WORDS = /^~LST\(/;

/** Whether the line is one of the three; other words after `~` are ordinary text. */
export const isRepetition = (text: string): boolean => /^~(SEQx?|LST)(?![A-Za-z0-9_])/.test(text);

/**
 * Reads `~SEQ(...)` or `~LST(...)` and the template behind it. `resolve` replaces references in the numbers.
 */
export function readRepetition(line: Line, resolve: (line: Line) => Line | undefined): Result<Repetition> {
  return line.text.startsWith('~LST') ? readList(line) : readSequence(line, resolve);
}

function readSequence(line: Line, resolve: (line: Line) => Line | undefined): Result<Repetition> {
  const match = SEQUENCE.exec(line.text);
  if (!match) return refuse('the parentheses are missing or not closed');
  const hex = match[1] === 'x';
  const end = match[0].length;
  const inside = resolve(line.slice(match[0].indexOf('(') + 1, end - 1));
  if (!inside) return refuse('its numbers cannot be replaced');
  const parts = HEAD.exec(inside.text);
  if (!parts?.[1]) return refuse('a name and a comma must come first');
  const name = parts[1];
  const texts = (parts[2] ?? '').split(',').map((text) => text.trim());
  if (texts.length > 3) return refuse('at most three numbers are allowed');
  const numbers: number[] = [];
  for (const text of texts) {
    const value = readInteger(text);
    if (value === undefined) return refuse(`"${text}" is not a number`);
    numbers.push(value);
  }
  const [a = 0, b = 0, c = 0] = numbers;
  let [start, step, stop] = [a, b, c];
  if (numbers.length === 1) {
    start = a < 0 ? -1 : 1;
    step = a < 1 ? -1 : 1;
    stop = a;
  } else if (numbers.length === 2) {
    step = b < a ? -1 : 1;
    stop = b;
  }
  if (step === 0) return refuse('the step is 0');
  if ((step > 0 && stop < start) || (step < 0 && stop > start)) {
    return refuse(`from ${start} in steps of ${step} never reaches ${stop}`);
  }
  if (hex && (start < 0 || stop < 0)) return refuse('~SEQx takes no negative numbers');
  return ok({
    template: trim(line.slice(end, line.text.length)),
    head: line.slice(0, end),
    count: Math.floor((stop - start) / step) + 1,
    values: (round) => {
      const value = start + round * step;
      const text = hex ? value.toString(16) : String(value);
      const made = new Line(text, line.source, line.offset, undefined, undefined);
      return [{ name, definition: { lines: [made], made: true }, shown: `${name} = ${text}` }];
    },
  });
}

/** As C reads it: 0x hexadecimal, leading 0 octal, else decimal; at most 15 digits so that sums stay exact. */
function readInteger(text: string): number | undefined {
  const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]{1,12})|(0[0-7]{0,15})|([1-9][0-9]{0,14}))$/.exec(text);
  if (!match) return undefined;
  const [, sign, hex, octal, decimal] = match;
  const value = hex ? Number.parseInt(hex, 16) : octal ? Number.parseInt(octal, 8) : Number(decimal);
  return sign === '-' ? -value : value;
}

function readList(line: Line): Result<Repetition> {
  const { text } = line;
  if (!LIST_WORDS.test(text)) return refuse('the parenthesis is missing');
  let at = 5;
  const blanks = () => {
    while (text[at] === ' ' || text[at] === '\t') at++;
  };
  /** One value, or a set in braces. */
  const item = (): Line[] | undefined => {
    blanks();
    if (text[at] !== '{') {
      const one = value();
      return one ? [one] : undefined;
    }
    at++;
    const set: Line[] = [];
    for (;;) {
      blanks();
      const one = value();
      if (!one) return undefined;
      set.push(one);
      blanks();
      if (text[at] === '}') {
        at++;
        return set;
      }
      if (text[at] !== ',') return undefined;
      at++;
    }
  };
  const value = (): Line | undefined => {
    const start = at;
    while (at < text.length && !' \t,})'.includes(text.charAt(at))) at++;
    return at > text.length ? undefined : line.slice(start, at);
  };
  const names = item();
  if (!names || names.length === 0) return refuse('a name must come first');
  const bad = names.find((name) => !new RegExp(`^${NAME}$`).test(name.text));
  if (bad) return refuse(`"${bad.text}" is not a name`);
  const rounds: Line[][] = [];
  for (blanks(); text[at] === ','; blanks()) {
    at++;
    const round = item();
    if (!round) return refuse('a value or its } is missing');
    if (round.length > names.length)
      return refuse(`a set has ${round.length} values for ${names.length} names`);
    rounds.push(round);
  }
  if (text[at] !== ')') return refuse('the ) is missing');
  const end = at + 1;
  const empty = new Line('', line.source, line.offset, line.via, undefined);
  return ok({
    template: trim(line.slice(end, text.length)),
    head: line.slice(0, end),
    count: rounds.length,
    values: (round) =>
      names.map((name, i) => {
        const chosen = rounds[round]?.[i] ?? empty;
        return {
          name: name.text,
          definition: { lines: [chosen], made: false },
          shown: `${name.text} = ${chosen.text}`,
        };
      }),
  });
}
