/** Weights whose range or options differ from those of VRRP's trackers. (directives-lvs 6.9, directives-bfd 1) */

import { decodeBytes } from '../source.js';
import { type Argument, integer } from './arguments.js';
import type { WrittenWeight } from './entries.js';

/** `WEIGHT [reverse]`; other words than `options` are told. */
function weightWith(
  max: number,
  options: readonly string[],
): Argument<WrittenWeight & { readonly weight: number }> {
  const number = integer({ min: -max, max, syntax: 'WEIGHT' });
  return {
    syntax: `WEIGHT [${options.join('|')}]`,
    range: `${-max}..${max}`,
    examples: { accepted: ['10', '-20 reverse'], refused: ['x', String(max + 1)] },
    read: (at) => {
      const weight = number.read(at);
      if (weight === undefined) return undefined;
      const word = at.take();
      if (!word) return { weight };
      if (options.includes(word.text)) return { weight, reverse: word.text === 'reverse' };
      at.report('optionUnknown', word, `"${decodeBytes(word.text)}" is no option of a weight`);
      return { weight };
    },
    show: ({ weight, reverse }) => `${weight}${reverse ? ' reverse' : ''}`,
  };
}

/** Of FILE_CHECK. */
export const fileWeight = weightWith(2147483647, ['reverse', 'noreverse']);
/** Of a bfd_instance. */
export const bfdWeight = weightWith(253, ['reverse']);
