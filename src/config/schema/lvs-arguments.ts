/**
 * Words of the load balancer's blocks: addresses with ports, headers of services, group entries, forwarding
 * methods, status codes, hexadecimal. What they mean together is left to settings/. (directives-lvs)
 */
import {
  bitsOf,
  type Family,
  familyOf,
  type IpAddress,
  ipFromBytes,
  ipToBytes,
  ipv4FromNumber,
  parseIpAddress,
} from '../../base/ip-address.js';
import type { Word } from '../lexer.js';
import type {
  ForwardingMethod,
  GroupEntry,
  RegexOption,
  ServiceSelector,
  StatusRange,
} from '../model-lvs.js';
import { REGEX_OPTIONS } from '../model-lvs.js';
import { decodeBytes } from '../source.js';
import { didYouMean, nearest } from '../suggest.js';
import { type Argument, integer, type Reading } from './arguments.js';

export const HEAVIEST = 2147483647;
export const UNSIGNED_MAX = 4294967295;

/** Keepalived's bound for timers, seconds. */
export const TIMER_MAX = 4294.967295;
/** Its other timers go up to 2^64 microseconds; this many seconds still count exactly here. */
export const LONG_TIMER_MAX = 4294967295;

/** 1..65535 */
export const portNumber: Argument<number> = integer({ min: 1, max: 65535, syntax: 'PORT' });
/** 0..65535, behind an address that is left out with it. */
const entryPort = integer({ min: 0, max: 65535, syntax: 'PORT', wrong: 'entryInvalid' });

/** An address of a server; what Keepalived's reader leaves aside (a prefix, a range) is left aside, too. */
export function readAddress(at: Reading, word: Word): IpAddress | undefined {
  const cut = word.text.search(/[/-]/);
  const ip = parseIpAddress(cut < 0 ? word.text : word.text.slice(0, cut));
  if (!ip.ok) {
    const [, before = '', port] = /^(.*):(\d+)$/.exec(word.text) ?? [];
    return at.report('entryInvalid', word, `"${decodeBytes(word.text)}" is not an IP address`, {
      remedy: parseIpAddress(before).ok
        ? `Write a blank before the port: ${before} ${port}.`
        : 'Write an address such as 192.0.2.10; names are not looked up.',
    });
  }
  if (cut >= 0) {
    at.report(
      'extraWords',
      word,
      `"${decodeBytes(word.text.slice(cut))}" behind the address is ignored: one address is meant here`,
    );
  }
  return ip.value;
}

export interface AddressAndPort {
  readonly address: IpAddress;
  /** 0: not written. */
  readonly port: number;
}

/** `ADDRESS [PORT]` of a server. */
export const serverAddress: Argument<AddressAndPort> = {
  syntax: 'ADDRESS [PORT]',
  range: '0..65535',
  examples: {
    accepted: ['192.0.2.1 80', '2001:db8::1'],
    refused: ['host 80', '192.0.2.1 x', '192.0.2.1 65536'],
  },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('ADDRESS');
    const address = readAddress(at, word);
    if (address === undefined) return undefined;
    const number = at.peek() ? entryPort.read(at) : 0;
    return number === undefined ? undefined : { address, port: number };
  },
  show: ({ address, port: number }) => (number === 0 ? address : `${address} ${number}`),
};

/** `ADDRESS` of a checker. */
export const checkAddress: Argument<IpAddress> = {
  syntax: 'ADDRESS',
  examples: { accepted: ['192.0.2.1', '2001:db8::1'], refused: ['host', '192.0.2.256'] },
  read: (at) => {
    const word = at.take();
    return word ? readAddress(at, word) : at.missing('ADDRESS');
  },
  show: (value) => value,
};

const mark = integer({ min: 0, max: UNSIGNED_MAX, syntax: 'MARK', wrong: 'entryInvalid' });

/** What stands behind virtual_server. */
export const serviceHeader: Argument<ServiceSelector> = {
  syntax: 'ADDRESS [PORT] | fwmark MARK | group NAME',
  range: '0..65535',
  choices: ['fwmark', 'group'],
  refers: 'virtual_server_group',
  examples: {
    accepted: ['192.0.2.1 80', '2001:db8::1 443', 'fwmark 7', 'group g'],
    refused: ['host 80', '192.0.2.1 x', 'fwmark x', 'fwmark 4294967296'],
  },
  read: (at) => {
    const first = at.peek();
    if (first?.text === 'fwmark') {
      at.take();
      const value = mark.read(at);
      return value === undefined ? undefined : { kind: 'mark', mark: value };
    }
    if (first?.text === 'group') {
      at.take();
      const name = at.take();
      return name ? { kind: 'group', group: decodeBytes(name.text) } : at.missing('NAME of a group');
    }
    const server = serverAddress.read(at);
    return server && { kind: 'address', ...server };
  },
  show: (value) => {
    if (value.kind === 'mark') return `fwmark ${value.mark}`;
    return value.kind === 'group' ? `group ${value.group}` : serverAddress.show(value);
  },
};

const FAMILIES: Readonly<Record<string, Family>> = { inet: 'ipv4', inet6: 'ipv6' };
export const familyWord = (family: Family): string => (family === 'ipv4' ? 'inet' : 'inet6');

/** `inet` or `inet6` */
export const family: Argument<Family> = {
  syntax: 'inet|inet6',
  choices: ['inet', 'inet6'],
  examples: { accepted: ['inet', 'inet6'], refused: ['ipv4'] },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('inet or inet6');
    const found = FAMILIES[word.text];
    return found ?? at.report('invalidValue', word, `"${decodeBytes(word.text)}" is neither inet nor inet6`);
  },
  show: familyWord,
};

/** A line of a virtual_server_group. */
export const groupEntry: Argument<GroupEntry> = {
  syntax: 'ADDRESS[-END|/LENGTH] [PORT] | fwmark MARK [inet|inet6]',
  range: '0..65535',
  choices: ['fwmark'],
  examples: {
    accepted: [
      '192.0.2.1 80',
      '192.0.2.1-9 80',
      '192.0.2.1-192.0.3.9 80',
      '192.0.2.0/24 80',
      '2001:db8::1-ff 80',
      'fwmark 5',
      'fwmark 5 inet6',
    ],
    refused: ['host 80', '192.0.2.5-2 80', '192.0.2.1-256 80', '192.0.2.1/24 80', 'fwmark x', 'fwmark 5 ip'],
  },
  read: (at) => {
    const first = at.take();
    if (!first) return at.missing('ADDRESS');
    if (first.text === 'fwmark') {
      const value = mark.read(at);
      if (value === undefined) return undefined;
      if (!at.peek()) return { kind: 'mark', mark: value };
      const known = family.read(at);
      return known && { kind: 'mark', mark: value, family: known };
    }
    const span = readSpan(first.text, (message) => at.report('entryInvalid', first, message));
    if (!span) return undefined;
    const number = at.peek() ? entryPort.read(at) : 0;
    return number === undefined ? undefined : { kind: 'addresses', ...span, port: number };
  },
  show: (entry) => {
    if (entry.kind === 'mark') {
      return `fwmark ${entry.mark}${entry.family ? ` ${familyWord(entry.family)}` : ''}`;
    }
    const { first, last, port: number } = entry;
    return `${first}${first === last ? '' : `-${last}`}${number === 0 ? '' : ` ${number}`}`;
  },
};

type AddressSpan = { readonly first: IpAddress; readonly last: IpAddress };

/** `ADDRESS`, `ADDRESS-END` (END: last octet, last hexadecimal group, or an address) or `ADDRESS/LENGTH`. */
function readSpan(text: string, refuse: (message: string) => undefined): AddressSpan | undefined {
  const [, start = '', sign, rest = ''] = /^([^-/]*)([-/]?)(.*)$/s.exec(text) ?? [];
  const shown = decodeBytes(text);
  const ip = parseIpAddress(start);
  if (!ip.ok) return refuse(`"${shown}" is not an IP address`);
  const first = ip.value;
  if (sign === '/') return prefixSpan(first, rest) ?? refuse(prefixMistake(first, rest, shown));
  if (sign !== '-') return { first, last: first };
  const last = rangeEnd(first, rest);
  if (last === undefined)
    return refuse(`"${decodeBytes(rest)}" cannot end a range that begins with ${first}`);
  const order = compareBytes(ipToBytes(first), ipToBytes(last));
  if (order > 0 || (order === 0 && !rest.includes(first.includes(':') ? ':' : '.'))) {
    return refuse(`the range ${shown} does not end above its beginning`);
  }
  return { first, last };
}

function rangeEnd(first: IpAddress, text: string): IpAddress | undefined {
  if (/[.:]/.test(text)) {
    const ip = parseIpAddress(text);
    return ip.ok && familyOf(ip.value) === familyOf(first) ? ip.value : undefined;
  }
  const v4 = familyOf(first) === 'ipv4';
  if (!(v4 ? /^[0-9]{1,3}$/ : /^[0-9a-fA-F]{1,4}$/).test(text)) return undefined;
  const end = Number.parseInt(text, v4 ? 10 : 16);
  if (v4 && end > 255) return undefined;
  const bytes = ipToBytes(first);
  bytes[bytes.length - 1] = end & 0xff;
  if (!v4) bytes[bytes.length - 2] = end >> 8;
  return ipFromBytes(bytes);
}

function prefixSpan(address: IpAddress, text: string): AddressSpan | undefined {
  const bits = bitsOf(familyOf(address));
  const length = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (length < 1 || length > bits) return undefined;
  const last = ipToBytes(address);
  for (let bit = length; bit < bits; bit++) {
    const here = 0x80 >> (bit & 7);
    const byte = last[bit >> 3] ?? 0;
    if (byte & here) return undefined;
    last[bit >> 3] = byte | here;
  }
  return { first: address, last: ipFromBytes(last) };
}

function prefixMistake(address: IpAddress, text: string, shown: string): string {
  const bits = bitsOf(familyOf(address));
  const length = Number(text);
  return length >= 1 && length <= bits
    ? `${shown} is not the first address of its prefix`
    : `"/${decodeBytes(text)}" is no prefix length from 1 to ${bits}`;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `NAT`, `DR`, or `TUN` with the kind of its wrapping. */
export const forwardingMethod: Argument<ForwardingMethod> = {
  syntax: 'NAT|DR|TUN [type ipip|gue|gre] [port PORT] [nocsum|csum|remcsum]',
  choices: ['NAT', 'DR', 'TUN'],
  examples: {
    accepted: ['NAT', 'DR', 'TUN', 'TUN type gue port 6080 remcsum', 'TUN type gre csum'],
    refused: [
      'nat',
      'FNAT',
      'TUN type gue',
      'TUN type ipip csum',
      'TUN type gre remcsum',
      'TUN port 5',
      'NAT x',
    ],
  },
  read: readMethod,
  show: (method) => {
    if (method.kind !== 'TUN') return method.kind;
    if (method.tunnel === 'ipip') return 'TUN';
    const kind = `TUN type ${method.tunnel}${method.tunnel === 'gue' ? ` port ${method.port}` : ''}`;
    return method.checksum === 'nocsum' ? kind : `${kind} ${method.checksum}`;
  },
};

function readMethod(at: Reading): ForwardingMethod | undefined {
  const kind = at.take();
  if (!kind) return at.missing('NAT, DR or TUN');
  if (kind.text !== 'NAT' && kind.text !== 'DR' && kind.text !== 'TUN') {
    return at.report(
      'invalidValue',
      kind,
      `"${decodeBytes(kind.text)}" is not one of NAT, DR, TUN`,
      didYouMean(nearest(kind.text, ['NAT', 'DR', 'TUN'])),
    );
  }
  const plain: ForwardingMethod = kind.text === 'TUN' ? { kind: 'TUN', tunnel: 'ipip' } : { kind: kind.text };
  // What is wrong behind the method does not make it another one.
  const wrong = (word: Word, message: string): ForwardingMethod => {
    at.report('invalidValue', word, message);
    return plain;
  };
  let tunnel: 'ipip' | 'gue' | 'gre' = 'ipip';
  let number: number | undefined;
  let checksum: 'nocsum' | 'csum' | 'remcsum' | undefined;
  for (let word = at.take(); word; word = at.take()) {
    const { text } = word;
    if (text === 'type') {
      const type = at.take();
      if (type?.text !== 'ipip' && type?.text !== 'gue' && type?.text !== 'gre') {
        return wrong(type ?? word, 'the type of a tunnel is ipip, gue or gre');
      }
      tunnel = type.text;
    } else if (text === 'port') {
      if (!at.peek()) return wrong(word, 'port needs a number behind it');
      number = portNumber.read(at);
      if (number === undefined) return plain;
    } else if (text === 'nocsum' || text === 'csum' || text === 'remcsum') checksum = text;
    else return wrong(word, `"${decodeBytes(text)}" is not an option of a tunnel`);
  }
  if (tunnel === 'gue') {
    if (number === undefined) return wrong(kind, 'a gue tunnel needs a port');
    return { kind: 'TUN', tunnel, port: number, checksum: checksum ?? 'nocsum' };
  }
  if (number !== undefined) return wrong(kind, 'only a gue tunnel has a port');
  if (tunnel === 'gre') {
    if (checksum === 'remcsum') return wrong(kind, 'a gre tunnel has no remote checksum');
    if (kind.text === 'TUN') return { kind: 'TUN', tunnel, checksum: checksum ?? 'nocsum' };
  } else if (checksum !== undefined) return wrong(kind, 'an ipip tunnel has no checksum option');
  return plain;
}

/** A netmask as text, or a bare number: which of the two fits is a matter of the family. */
export const granularity: Argument<IpAddress | number> = {
  syntax: 'NETMASK|LENGTH',
  range: '1..128',
  examples: { accepted: ['255.255.255.0', '64'], refused: ['x', '4294967296', '255.255.255.256'] },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('NETMASK or LENGTH');
    if (/^[0-9]{1,10}$/.test(word.text) && Number(word.text) <= UNSIGNED_MAX) return Number(word.text);
    const ip = parseIpAddress(word.text);
    if (ip.ok && familyOf(ip.value) === 'ipv4') return ip.value;
    return at.report(
      'invalidValue',
      word,
      `"${decodeBytes(word.text)}" is neither a netmask such as 255.255.255.0 nor a prefix length`,
    );
  },
  show: String,
};
/** A bare number read as an IPv4 netmask, as C libraries do. */
export const netmaskOf = (value: number): IpAddress => ipv4FromNumber(value);

/** `CODE` or `CODE-CODE`, several. */
export const statusCodes: Argument<readonly StatusRange[]> = {
  syntax: 'CODE|CODE-CODE ...',
  range: '100..599',
  optional: true,
  examples: { accepted: ['200', '200-299 301', ''], refused: ['99', '600', '299-200', 'x'] },
  read: (at) => {
    const out: StatusRange[] = [];
    let wrong = false;
    for (let word = at.take(); word; word = at.take()) {
      const [, low, high] = /^([0-9]{3})(?:-([0-9]{3}))?$/.exec(word.text) ?? [];
      const from = Number(low);
      const to = Number(high ?? low);
      if (low !== undefined && from >= 100 && to <= 599 && from <= to) out.push({ from, to });
      else {
        wrong = true;
        const reversed = high !== undefined && from > to && to >= 100 && from <= 599;
        at.report(
          'invalidValue',
          word,
          reversed
            ? `the range ${low}-${high} ends before it begins`
            : `"${decodeBytes(word.text)}" is no status code from 100 to 599`,
          reversed ? { remedy: `Did you mean ${high}-${low}?` } : undefined,
        );
      }
    }
    return wrong && out.length === 0 ? undefined : out;
  },
  show: (ranges) => ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(' '),
};

/** All words to the end: digits by pairs, and a blank ends a byte, so that one that stands alone is a byte below 16. */
const hexWords =
  (syntax: string, digits: RegExp, what: string) =>
  (at: Reading): string | undefined => {
    if (!at.peek()) return at.missing(syntax);
    let bytes = '';
    for (let word = at.take(); word; word = at.take()) {
      if (!digits.test(word.text))
        return at.report('invalidValue', word, `"${decodeBytes(word.text)}" is not ${what}`);
      for (const [byte] of word.text.toLowerCase().matchAll(/[^ ]{1,2}/g)) bytes += byte.padStart(2, '0');
    }
    return bytes;
  };

/** Bytes in hexadecimal. */
export const hexBytes: Argument<string> = {
  syntax: 'HEX ...',
  examples: { accepted: ['00ff', '0a0B', '0102 a ff'], refused: ['0g', '0xff', '01 0g'] },
  read: hexWords('HEX', /^[0-9a-fA-F ]+$/, 'hexadecimal'),
  show: (value) => value,
};
/** Bytes in hexadecimal where x stands for any digit; nothing means any bytes. */
export const hexPattern: Argument<string> = {
  syntax: '[HEX ...]',
  optional: true,
  examples: { accepted: ['', '00ff', '0x', 'xX', '01 x 8x'], refused: ['zz', '0g', '00 zz'] },
  read: (at) =>
    // Where it cannot be read some answer is needed all the same.
    (at.peek() && hexWords('HEX', /^[0-9a-fA-FxX ]+$/, 'hexadecimal with x for any digit')(at)) || '',
  show: (value) => value,
};

/** MD5 in hexadecimal. */
export const md5: Argument<string> = {
  syntax: 'MD5',
  examples: {
    accepted: ['00112233445566778899aabbccddeeff'],
    refused: ['abc', '00112233445566778899aabbccddeefg'],
  },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('MD5');
    if (/^[0-9a-fA-F]{32}$/.test(word.text)) return word.text.toLowerCase();
    const message =
      word.text.length === 32
        ? `"${decodeBytes(word.text)}" is not hexadecimal`
        : `the digest has ${word.text.length} characters instead of 32`;
    return at.report('invalidValue', word, message, {
      remedy: 'Make it with genhash, or with: curl -s URL | md5sum',
    });
  },
  show: (value) => value,
};

/** Options of a regular expression; Keepalived leaves out words that it does not know. */
export const regexOptions: Argument<readonly RegexOption[]> = {
  syntax: 'OPTION ...',
  choices: REGEX_OPTIONS,
  optional: true,
  examples: { accepted: ['caseless', 'caseless multiline', ''], refused: [] },
  read: (at) => {
    const out: RegexOption[] = [];
    for (let word = at.take(); word; word = at.take()) {
      const found = REGEX_OPTIONS.find((option) => option === word?.text);
      if (found) out.push(found);
      else at.report('extraWords', word, `"${decodeBytes(word.text)}" is no option of a regular expression`);
    }
    return out;
  },
  show: (options) => options.join(' '),
};

/** A domain name for a query; empty for the root. */
export const domainName: Argument<string> = {
  syntax: 'DOMAIN',
  examples: { accepted: ['www.example.com', 'example.com.', '.'], refused: ['a..b'] },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('DOMAIN');
    const name = decodeBytes(word.text.replace(/\.$/, ''));
    if (
      name
        .split('.')
        .slice(0, name === '' ? 0 : undefined)
        .includes('')
    ) {
      return at.report('invalidValue', word, `"${decodeBytes(word.text)}" has an empty label`);
    }
    return name;
  },
  show: (value) => (value === '' ? '.' : value),
};

/** A regular expression: one word, in quotes where it has blanks. Its backslashes stay. */
export const regexPattern: Argument<string> = {
  syntax: 'PATTERN',
  examples: { accepted: ['"a.*b"', 'OK'], refused: ['a b'] },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('PATTERN');
    const next = at.peek();
    if (!next) return decodeBytes(word.text);
    return at.report('invalidValue', next, 'a pattern with blanks needs quotes around it');
  },
  show: (value) => `"${value.replaceAll('"', '\\"')}"`,
};
