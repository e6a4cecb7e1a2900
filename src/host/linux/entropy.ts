/**
 * A number to begin a series of pseudo-random ones with. It comes from the kernel and not from Node's cryptography, which
 * takes longer to load than most of a start; what must be secret is not made of it. See getrandom(2).
 */
import { GRND_INSECURE } from './constants.js';
import { allocateArena, getRandom } from './libc.js';

const SIZE = 6;

/** 48 bits; never waits, not even for a machine that has just booted. A kernel before 5.6 may give 0. */
export function entropy(): number {
  const { address, bytes } = allocateArena(SIZE);
  getRandom(address, SIZE, GRND_INSECURE);
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}
