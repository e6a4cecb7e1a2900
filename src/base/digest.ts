/**
 * Digests: HMAC-SHA256 (RFC 2104, RFC 6234) and HMAC-MD5 (RFC 2403) for VRRP, plain SHA1 and MD5 for BFD (RFC 5880
 * section 6.7), and a comparison that takes the same time wherever the difference is. The one file of the pure rooms that imports Node: these
 * functions are a mathematical function of their arguments like any other (ADR 0012). What is signed, and when,
 * is decided in wire and core.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

function hmac(algorithm: 'sha256' | 'md5', key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHmac(algorithm, key);
  for (const part of parts) digest.update(part);
  return new Uint8Array(digest.digest());
}

/** 32 bytes over all parts in order. */
export const hmacSha256 = (key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array =>
  hmac('sha256', key, parts);

/** 16 bytes over all parts in order; undefined on a machine whose policy (FIPS) forbids MD5. */
export function hmacMd5(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array | undefined {
  try {
    return hmac('md5', key, parts);
  } catch {
    return undefined;
  }
}

/** 20 bytes. */
export const sha1 = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha1').update(bytes).digest());

/** 16 bytes; undefined on a machine whose policy (FIPS) forbids MD5. */
export function md5(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return new Uint8Array(createHash('md5').update(bytes).digest());
  } catch {
    return undefined;
  }
}

/** Whether both have the same bytes; of the same length, the time does not tell where they differ. */
export const sameDigest = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b);
