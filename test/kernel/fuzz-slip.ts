/**
 * Slips of the pen in a configuration: a keyword that is misspelt, a value that is none, out of range or missing, a word too
 * many, a line twice, a line that is gone. Words that open a block are left alone, but not what stands behind them: what an
 * unknown one does to its inside is told in docs/reference/differences.md.
 */
import type { Prng } from '../../src/base/prng.js';

const WORDS = ['abc', '-1', '0', '1', 'no', 'on', '256.1.1.1', '10.1.0', ';', ''];
/** In the place of a number; what is one in part is told in the differences. */
const NUMBERS = ['-1', '0', '1', '7', '300', '70000', '99999999999', ''];
/** Of these a wrong value is told in the differences, or ends the start; and times are long enough for nobody to wait. */
const LEFT_ALONE =
  /^(\}|script_user|notify_|quorum_(up|down)|lvs_notify_fifo|misc_path|file |warmup|delay_|connect_timeout|$)/;

interface Slip {
  readonly lines: string[];
  readonly what: string;
}

export function slipped(text: string, chance: Prng, count: number): { text: string; slips: string[] } {
  const lines = text.split('\n');
  const slips: string[] = [];
  for (let tries = 0; slips.length < count && tries < 200; tries++) {
    const at = chance.integer(0, lines.length - 1);
    const line = lines[at] ?? '';
    if (LEFT_ALONE.test(line.trim())) continue;
    const slip = slipOf(line, chance);
    if (!slip || (slip.lines.length === 1 && slip.lines[0] === line)) continue;
    lines.splice(at, 1, ...slip.lines);
    slips.push(`${slip.what}: ${line.trim()} => ${slip.lines.map((one) => one.trim()).join(' | ')}`);
  }
  return { text: lines.join('\n'), slips };
}

function slipOf(line: string, chance: Prng): Slip | undefined {
  const opens = line.trimEnd().endsWith('{');
  const indent = /^ */.exec(line)?.[0] ?? '';
  const words = line.trim().replace(/ \{$/, '').split(' ');
  const [keyword = '', ...values] = words;
  const whole = (parts: readonly string[]): string =>
    `${indent}${parts.join(' ').trim()}${opens ? ' {' : ''}`;
  const otherValue = (): string[] => {
    const n = chance.integer(0, values.length - 1);
    return [
      keyword,
      ...values.map((value, i) => (i === n ? chance.pick(/^[0-9.]+$/.test(value) ? NUMBERS : WORDS) : value)),
    ];
  };
  const kind = chance.pick(['value', 'value', 'value', 'keyword', 'more', 'less', 'twice', 'gone'] as const);
  // What is in a block whose name is missing is read in other places.
  if (opens && (kind !== 'value' || values.length === 0)) return undefined;
  switch (kind) {
    case 'value':
      return values.length === 0 ? undefined : { what: 'another value', lines: [whole(otherValue())] };
    case 'keyword': {
      const n = chance.integer(0, keyword.length - 1);
      const misspelt = chance.pick([
        `${keyword.slice(0, n)}${keyword.slice(n + 1)}`,
        `${keyword.slice(0, n)}x${keyword.slice(n)}`,
        keyword.toUpperCase(),
      ]);
      return { what: 'misspelt', lines: [whole([misspelt, ...values])] };
    }
    case 'more':
      return { what: 'a word more', lines: [whole([...words, chance.pick(WORDS)])] };
    case 'less':
      return values.length === 0 ? undefined : { what: 'a word less', lines: [whole(words.slice(0, -1))] };
    case 'twice':
      return {
        what: 'twice',
        lines: [line, values.length > 0 && chance.chance(0.6) ? whole(otherValue()) : line],
      };
    case 'gone':
      return { what: 'gone', lines: [] };
  }
}
