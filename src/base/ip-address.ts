/**
 * IP addresses as branded canonical text (RFC 5952 for IPv6): equal addresses are equal strings, so they key
 * maps, cross worker and recording boundaries, and print as they are. Zone ids are not part of an address.
 */
import { ok, type Result, refuse } from './result.js';

declare const ipBrand: unique symbol;
export type IpAddress = string & { readonly [ipBrand]: true };
export type Family = 'ipv4' | 'ipv6';

/** An address and the length of its prefix (0..32 or 0..128); host bits are kept. */
export interface IpPrefix {
  readonly address: IpAddress;
  readonly length: number;
}

export const familyOf = (address: IpAddress): Family => (address.includes(':') ? 'ipv6' : 'ipv4');
export const bitsOf = (family: Family): 32 | 128 => (family === 'ipv4' ? 32 : 128);

/** Dotted quad (four decimal octets, no leading zeros) or RFC 4291 text; the reason on refusal is for people. */
export function parseIpAddress(text: string): Result<IpAddress> {
  const bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  return bytes ? ok(ipFromBytes(bytes)) : refuse(`"${text}" is not an IPv4 or IPv6 address`);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length > 15) return undefined;
  const bytes = new Uint8Array(4);
  let at = 0;
  for (let octet = 0; octet < 4; octet++) {
    const start = at;
    let value = 0;
    for (; at < length && at - start < 3; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const digits = at - start;
    if (digits === 0 || value > 255 || (digits > 1 && text.charCodeAt(start) === ZERO)) return undefined;
    bytes[octet] = value;
    if (octet < 3 && text.charCodeAt(at++) !== DOT) return undefined;
  }
  return at === length ? bytes : undefined;
}

const ZERO = 0x30;
const DOT = 0x2e;

function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = (part: string): number[] | undefined => {
    if (part === '') return [];
    const out: number[] = [];
    const words = part.split(':');
    for (const [i, word] of words.entries()) {
      if (word.includes('.')) {
        const quad = i === words.length - 1 ? parseIpv4(word) : undefined;
        if (!quad) return undefined;
        const [a = 0, b = 0, c = 0, d = 0] = quad;
        out.push((a << 8) | b, (c << 8) | d);
      } else if (/^[0-9a-fA-F]{1,4}$/.test(word)) out.push(Number.parseInt(word, 16));
      else return undefined;
    }
    return out;
  };
  const head = groups(halves[0] ?? '');
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : [];
  if (!head || !tail) return undefined;
  // An embedded quad is only legal at the very end of the text.
  if (halves.length === 2 && (halves[0] ?? '').includes('.')) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  for (const [i, group] of all.entries()) {
    bytes[i * 2] = group >> 8;
    bytes[i * 2 + 1] = group & 0xff;
  }
  return bytes;
}

/** 4 or 16 bytes in network order to canonical text. Any other length is our own mistake. */
export function ipFromBytes(bytes: Uint8Array): IpAddress {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` as IpAddress;
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > bestLength) {
      best = i;
      bestLength = n;
    }
    if (n > 0) i += n;
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((g) => g.toString(16))
      .join(':');
  // RFC 5952 section 5: an IPv4-mapped address is written with its dotted quad.
  if (best === 0 && bestLength === 5 && groups[5] === 0xffff)
    return `::ffff:${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}` as IpAddress;
  return (best < 0 ? hex(0, 8) : `${hex(0, best)}::${hex(best + bestLength, 8)}`) as IpAddress;
}

/** 4 or 16 bytes in network order. */
export function ipToBytes(address: IpAddress): Uint8Array {
  if (address.includes(':')) return bytesOfIpv6(address);
  const word = ipv4ToNumber(address);
  return Uint8Array.of(word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff);
}

/** Of canonical text, which needs no checks: for packets of IPv6, whose senders are told as text. */
function bytesOfIpv6(text: string): Uint8Array {
  if (text.includes('.')) return parseIpv6(text) ?? new Uint8Array(16);
  const bytes = new Uint8Array(16);
  let at = 0;
  /** Where the zeros stand that `::` leaves out. */
  let gap = -1;
  for (let i = 0; i < text.length; ) {
    if (text.charCodeAt(i) === COLON) {
      if (text.charCodeAt(i + 1) === COLON) {
        gap = at;
        i += 2;
      } else i++;
      continue;
    }
    let group = 0;
    for (; i < text.length && text.charCodeAt(i) !== COLON; i++)
      group = group * 16 + hexDigit(text.charCodeAt(i));
    bytes[at++] = group >> 8;
    bytes[at++] = group & 0xff;
  }
  if (gap >= 0) {
    bytes.copyWithin(16 - (at - gap), gap, at);
    bytes.fill(0, gap, 16 - (at - gap));
  }
  return bytes;
}

const COLON = 0x3a;
const hexDigit = (code: number): number => (code < 0x3a ? code - 0x30 : (code | 0x20) - 0x57);

/** An IPv4 address as an unsigned 32-bit number, without allocating: for packets built at every interval. */
export function ipv4ToNumber(address: IpAddress): number {
  let word = 0;
  let octet = 0;
  for (let i = 0; i < address.length; i++) {
    const c = address.charCodeAt(i);
    if (c === 0x2e) {
      word = word * 256 + octet;
      octet = 0;
    } else octet = octet * 10 + (c - 0x30);
  }
  return word * 256 + octet;
}

/** 0..0xffffffff to dotted quad. */
export const ipv4FromNumber = (word: number): IpAddress =>
  `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}` as IpAddress;

/** Numeric order within a family, as RFC 9568 section 6.4.3 compares senders; IPv4 sorts before IPv6. */
export function compareIp(a: IpAddress, b: IpAddress): number {
  if (a === b) return 0;
  if (!a.includes(':') && !b.includes(':')) return ipv4ToNumber(a) - ipv4ToNumber(b);
  const x = ipToBytes(a);
  const y = ipToBytes(b);
  if (x.length !== y.length) return x.length - y.length;
  for (let i = 0; i < x.length; i++) {
    const d = (x[i] ?? 0) - (y[i] ?? 0);
    if (d !== 0) return d;
  }
  return 0;
}

/** Whether `address` lies inside `prefix`; false across families. */
export function prefixContains(prefix: IpPrefix, address: IpAddress): boolean {
  const x = ipToBytes(prefix.address);
  const y = ipToBytes(address);
  if (x.length !== y.length) return false;
  for (let bit = 0; bit < prefix.length; bit += 8) {
    const i = bit >> 3;
    const width = Math.min(8, prefix.length - bit);
    const mask = (0xff << (8 - width)) & 0xff;
    if (((x[i] ?? 0) & mask) !== ((y[i] ?? 0) & mask)) return false;
  }
  return true;
}

/** 224.0.0.0/4 or ff00::/8. */
export const isMulticast = (address: IpAddress): boolean => MULTICAST.test(address);
/** The canonical text is enough: asked for every packet. */
const MULTICAST = /^(?:2(?:2[4-9]|3\d)\.|ff..:)/;

/** fe80::/10; never true for IPv4. */
export const isLinkLocal = (address: IpAddress): boolean => /^fe[89ab][0-9a-f]:/.test(address);

export const formatPrefix = (prefix: IpPrefix): string => `${prefix.address}/${prefix.length}`;
