/**
 * The Internet checksum (RFC 1071). `internetChecksum` is for whole messages; the hot path adds runs in place
 * with `sumOfWords` and folds once, so that it allocates nothing.
 */

/** Sum of the 16-bit words of bytes[from, to); an odd last byte is padded with one zero byte. Not folded. */
export function sumOfWords(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let sum = 0;
  const even = to - ((to - from) & 1);
  for (let i = from; i < even; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  if (even !== to) sum += (bytes[even] ?? 0) << 8;
  return sum;
}

/** Folds a sum of 16-bit words (below 2^53) with end-around carry and inverts it: 0..0xffff. */
export function foldChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** The checksum over all parts in order; each part of odd length is padded with one zero byte. */
export function internetChecksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) sum += sumOfWords(part);
  return foldChecksum(sum);
}
