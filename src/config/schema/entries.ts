/**
 * Lines with a grammar of their own: commands with user and group, addresses with options, tracked names with
 * weights, unicast peers. (directives-vrrp sections 1.3, 6, 9, 11; configuration reference section 3)
 */
import { bitsOf, familyOf, type IpAddress, ipToBytes, parseIpAddress } from '../../base/ip-address.js';
import { seconds } from '../../base/time.js';
import { shellWords } from '../lexer.js';
import type { AddressSettings, Command, UnicastPeer } from '../model.js';
import { decodeBytes } from '../source.js';
import { type Argument, type Bounds, integer, quoteIfNeeded, type Reading, text } from './arguments.js';

/** The name of a block, behind its keyword. */
export const blockName: Argument<string> = text('NAME');

/** Who runs something: `USER [GROUP|:GROUP|:]`; a colon means the other groups of the user, too. */
export interface Identity {
  readonly user: string;
  readonly group?: string;
  readonly supplementaryGroups?: boolean;
}

function readIdentity(at: Reading): Identity | undefined {
  const user = at.take();
  if (!user) return undefined;
  const word = at.take();
  const text = word && decodeBytes(word.text);
  const colon = text?.startsWith(':') === true;
  const group = colon ? text?.slice(1) : text;
  return {
    user: decodeBytes(user.text),
    ...(group === undefined || group === '' ? {} : { group }),
    ...(colon ? { supplementaryGroups: true } : {}),
  };
}

function showIdentity({ user, group, supplementaryGroups }: Partial<Identity>): string {
  if (user === undefined) return '';
  const groups = supplementaryGroups ? `:${group ?? ''}` : group;
  return groups === undefined ? user : `${user} ${groups}`;
}

/** `<FILE`: whether the file can be opened is the outcome. */
const OPENS = /^<[ \t]*(?=\/)/;
const OPENING: readonly [string, string, string] = ['/bin/sh', '-c', ': <"$0"'];

/** `CMD [USER [GROUP]]` of the quoted class: the command string is split once more, escapes carried out. */
export const command: Argument<Command> = {
  syntax: 'COMMAND [USER [GROUP]]',
  examples: {
    accepted: [
      '"/bin/true a b" root',
      '/bin/true',
      '"</etc/hosts"',
      '/bin/true root :',
      '/bin/true root :root',
    ],
    refused: ['""'],
  },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('COMMAND');
    const opens = OPENS.exec(word.text);
    const split = shellWords(opens ? word.text.slice(opens[0].length) : word.text, false);
    if (split.openQuote !== undefined) {
      return at.report('openQuote', word, 'a quote inside the command is not closed');
    }
    const [program, ...rest] = split.words.map((part) => decodeBytes(part.text));
    if (program === undefined || program === '')
      return at.report('invalidValue', word, 'the command is empty');
    return { argv: opens ? [...OPENING, program] : [program, ...rest], ...readIdentity(at) };
  },
  show: ({ argv, ...identity }) => {
    const file = OPENING.every((part, i) => argv[i] === part) ? argv[OPENING.length] : undefined;
    const text = file === undefined ? argv.map(shellQuote).join(' ') : `<${shellQuote(file)}`;
    return `"${text}" ${showIdentity(identity)}`.trim();
  },
};

/** In single quotes; what would end them or the double quotes around the whole is escaped. */
const shellQuote = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/[\\'"]/g, '\\$&')}'`;

/** `USER [GROUP]` */
export const userAndGroup: Argument<Identity> = {
  syntax: 'USER [GROUP]',
  examples: { accepted: ['nobody', 'nobody nogroup', 'nobody :', 'nobody :nogroup'], refused: [] },
  read: (at) => readIdentity(at) ?? at.missing('USER'),
  show: showIdentity,
};

/** Weight and direction as written; undefined parts come from the tracked block. */
export interface WrittenWeight {
  readonly weight?: number;
  readonly reverse?: boolean;
}
export interface TrackEntry extends WrittenWeight {
  readonly name: string;
  /** Of track_bfd. */
  readonly fastTakeover?: true;
}

const weightWithin = (bounds: Bounds): Argument<number> =>
  integer({ ...bounds, syntax: 'WEIGHT', ...(bounds.max === 253 ? { clamp: { min: -254, max: 254 } } : {}) });

/** `WEIGHT [reverse]` of a tracker block. */
export function weight(bounds: Bounds): Argument<Required<WrittenWeight>> {
  const number = weightWithin(bounds);
  return {
    syntax: 'WEIGHT [reverse]',
    range: `${bounds.min}..${bounds.max}`,
    examples: { accepted: ['10', '-20 reverse'], refused: ['1000', 'x'] },
    read: (at) => {
      const value = number.read(at);
      if (value === undefined) return undefined;
      return { weight: value, reverse: readDirection(at) ?? false };
    },
    show: ({ weight: value, reverse }) => `${value}${reverse ? ' reverse' : ''}`,
  };
}

function readDirection(at: Reading): boolean | undefined {
  const word = at.peek();
  if (word?.text !== 'reverse' && word?.text !== 'noreverse') return undefined;
  at.take();
  return word.text === 'reverse';
}

/** `NAME [weight WEIGHT [reverse|noreverse]]` inside a track block. */
export function trackEntry(
  refers: string,
  bounds: Bounds,
  options: 'fast' | 'plain' = 'plain',
): Argument<TrackEntry> {
  const number = weightWithin(bounds);
  const fast = options === 'fast' ? ' [fast_takeover]' : '';
  return {
    syntax: `NAME [weight WEIGHT [reverse|noreverse]]${fast}`,
    range: `${bounds.min}..${bounds.max}`,
    refers,
    examples: {
      accepted: [
        'name',
        'name weight 5',
        'name weight -5 reverse',
        ...(fast === '' ? [] : ['name fast_takeover', 'name weight 5 fast_takeover']),
      ],
      refused: ['name weight'],
    },
    read: (at) => {
      const first = at.take();
      if (!first) return at.missing('NAME');
      const name = decodeBytes(first.text);
      let written: WrittenWeight = {};
      let fastTakeover = false;
      for (let word = at.take(); word; word = at.take()) {
        if (word.text === 'weight') {
          if (!at.peek()) return at.report('entryInvalid', word, 'weight needs a number behind it');
          const value = number.read(at);
          const reverse = readDirection(at);
          if (value !== undefined) written = { weight: value, ...(reverse === undefined ? {} : { reverse }) };
        } else if (word.text === 'fast_takeover' && fast !== '') {
          fastTakeover = true;
        } else {
          at.report('optionUnknown', word, `"${decodeBytes(word.text)}" is not known here`, {
            remedy: 'A tracked name may be followed by weight NUMBER and reverse.',
          });
        }
      }
      return { name, ...written, ...(fastTakeover ? { fastTakeover: true } : {}) };
    },
    show: (entry) =>
      [
        quoteIfNeeded(entry.name),
        entry.weight === undefined ? '' : `weight ${entry.weight}`,
        entry.reverse === undefined ? '' : entry.reverse ? 'reverse' : 'noreverse',
        entry.fastTakeover ? 'fast_takeover' : '',
      ]
        .filter((part) => part !== '')
        .join(' '),
  };
}

/** `ADDRESS [min_ttl N] [max_ttl N]`; a limit makes the source checked. */
export const unicastPeer: Argument<UnicastPeer & { readonly limited: boolean }> = {
  syntax: 'ADDRESS [min_ttl TTL] [max_ttl TTL]',
  range: '0..255',
  examples: {
    accepted: ['192.0.2.1', '192.0.2.1 min_ttl 254 max_ttl 255'],
    refused: ['peer', '192.0.2.1 min_ttl'],
  },
  read: (at) => {
    const first = at.take();
    if (!first) return at.missing('ADDRESS');
    const ip = parseIpAddress(first.text);
    if (!ip.ok) {
      return at.report('entryInvalid', first, `"${decodeBytes(first.text)}" is not an IP address`, {
        remedy: 'Name the peer by its address.',
      });
    }
    const limits = { min_ttl: 0, max_ttl: 255 };
    let limited = false;
    for (let word = at.take(); word; word = at.take()) {
      if (word.text !== 'min_ttl' && word.text !== 'max_ttl') {
        at.report('optionUnknown', word, `"${decodeBytes(word.text)}" is not known here`);
        continue;
      }
      if (!at.peek()) return at.report('entryInvalid', word, `${word.text} needs a number behind it`);
      const value = integer({ min: 0, max: 255 }).read(at);
      if (value === undefined) continue;
      limits[word.text] = value;
      limited = true;
    }
    return { address: ip.value, minTtl: limits.min_ttl, maxTtl: limits.max_ttl, limited };
  },
  show: ({ address, minTtl, maxTtl }) =>
    [address, minTtl > 0 ? `min_ttl ${minTtl}` : '', maxTtl < 255 ? `max_ttl ${maxTtl}` : '']
      .filter((part) => part !== '')
      .join(' '),
};

const SCOPES: Readonly<Record<string, number>> = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 };

/** A virtual or static address with its options (directives-vrrp section 6). */
export function addressEntry(where: 'virtual' | 'static'): Argument<AddressSettings> {
  return {
    syntax:
      'ADDRESS[/LENGTH] [dev INTERFACE] [scope SCOPE] [brd ADDRESS|+|-] [label TEXT] [peer ADDRESS] ...',
    examples: {
      accepted: ['192.0.2.1/24 dev eth0 label eth0:1', '2001:db8::1'],
      refused: ['address', '192.0.2.1 dev', '192.0.2.300/24'],
    },
    read: (at) => readAddressEntry(at, where),
    show: showAddressEntry,
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What to write instead of this behind an address of so many bits: a netmask has its length, a comma is none of ours. */
function lengthRemedy(text: string, bits: number): string {
  if (text.endsWith(',')) return 'Write each address on a line of its own, without a comma';
  const mask = parseIpAddress(text);
  const ones = mask.ok
    ? [...ipToBytes(mask.value)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    : '';
  return ones.length === bits && /^1+0*$/.test(ones)
    ? `Write the length of this netmask, /${ones.lastIndexOf('1') + 1}`
    : `Write a length from 0 to ${bits}`;
}

function readAddressEntry(at: Reading, where: 'virtual' | 'static'): AddressSettings | undefined {
  const first = at.take();
  if (!first) return at.missing('ADDRESS');
  const [addressText = '', lengthText] = first.text.split('/', 2);
  const ip = parseIpAddress(addressText);
  if (!ip.ok) {
    return at.report('entryInvalid', first, `"${decodeBytes(first.text)}" is not an IP address`, {
      remedy: 'An entry begins with an address, such as 192.0.2.10/24; names are not looked up.',
    });
  }
  const bits = bitsOf(familyOf(ip.value));
  let prefixLength: number = bits;
  if (lengthText !== undefined) {
    const length = /^[0-9]{1,3}$/.test(lengthText) ? Number(lengthText) : Number.NaN;
    if (length <= bits) prefixLength = length;
    else {
      at.report(
        'valueAdjusted',
        first,
        `"/${decodeBytes(lengthText)}" is no prefix length for this address`,
        {
          remedy: `${lengthRemedy(lengthText, bits)}; ${bits} is used.`,
        },
      );
    }
  }
  const entry: Writable<AddressSettings> = { address: ip.value, prefixLength };
  for (let word = at.take(); word; word = at.take()) {
    const option = word.text;
    const value = () => {
      const next = at.take();
      if (!next) at.report('entryInvalid', word ?? undefined, `${option} needs a value behind it`);
      return next;
    };
    if (option === 'no_track') entry.noTrack = true;
    else if (FLAGS[option] !== undefined) entry[FLAGS[option]] = true;
    else if (option === 'use_vmac' && where === 'virtual') entry.useVmac = true;
    else if (VALUED.has(option) || (option === 'track_group' && where === 'static')) {
      const next = value();
      if (!next) return undefined;
      if (!setOption(entry, option, next.text, (message) => at.report('invalidValue', next, message)))
        return undefined;
    } else {
      at.report('optionUnknown', word, `"${decodeBytes(option)}" is not an option of an address`, {
        remedy:
          'Known are dev, scope, brd, label, peer, no_track, home, -nodad, preferred_lft and a few more.',
      });
    }
  }
  if (entry.peer && lengthText !== undefined) {
    at.report('valueAdjusted', first, 'the prefix length does not go with peer and is ignored');
  }
  if ((entry.broadcast === '+' || entry.broadcast === '-') && entry.prefixLength > 30) {
    at.report('optionUnknown', first, `brd ${entry.broadcast} is not possible in a /${entry.prefixLength}`);
    delete entry.broadcast;
  }
  return entry;
}

const FLAGS: Readonly<Record<string, 'home' | 'noDad' | 'manageTemporary' | 'noPrefixRoute' | 'autoJoin'>> = {
  home: 'home',
  '-nodad': 'noDad',
  mngtmpaddr: 'manageTemporary',
  noprefixroute: 'noPrefixRoute',
  autojoin: 'autoJoin',
};
const VALUED = new Set(['dev', 'scope', 'brd', 'broadcast', 'label', 'peer', 'preferred_lft']);

/** False: the whole entry is dropped. */
function setOption(
  entry: Writable<AddressSettings>,
  option: string,
  raw: string,
  refuse: (message: string) => undefined,
): boolean {
  const v4 = familyOf(entry.address) === 'ipv4';
  const shown = decodeBytes(raw);
  switch (option) {
    case 'dev':
      entry.device = shown;
      return true;
    case 'scope': {
      const scope = SCOPES[raw] ?? (/^[0-9]{1,3}$/.test(raw) && Number(raw) < 256 ? Number(raw) : undefined);
      if (scope === undefined)
        refuse(`"${shown}" is not a scope: global, site, link, host, nowhere or a number`);
      else if (!v4) refuse('scope is for IPv4 addresses only');
      else entry.scope = scope;
      return true;
    }
    case 'brd':
    case 'broadcast': {
      const ip = raw === '+' || raw === '-' ? raw : parseIpAddress(raw);
      if (!v4) refuse('a broadcast address is for IPv4 only');
      else if (ip === '+' || ip === '-') entry.broadcast = ip;
      else if (ip.ok && familyOf(ip.value) === 'ipv4') entry.broadcast = ip.value;
      else refuse(`"${shown}" is not a broadcast address`);
      return true;
    }
    case 'label':
      if (raw.length > 15) {
        refuse(`the label has ${raw.length} bytes; at most 15 are possible`);
        return false;
      }
      if (v4) entry.label = shown;
      else refuse('a label is for IPv4 addresses only');
      return true;
    case 'peer': {
      const [text = '', length] = raw.split('/', 2);
      const ip = parseIpAddress(text);
      if (!ip.ok) {
        refuse(`"${shown}" is not an IP address`);
        return false;
      }
      const bits = bitsOf(familyOf(ip.value));
      entry.peer = {
        address: ip.value,
        length: length === undefined ? bits : Math.min(bits, Number(length) || 0),
      };
      entry.prefixLength = bits;
      return true;
    }
    case 'preferred_lft':
      if (raw === 'forever') entry.preferredLifetime = 'forever';
      else if (/^[0-9]{1,10}$/.test(raw) && Number(raw) <= 4294967295)
        entry.preferredLifetime = seconds(Number(raw));
      else refuse(`"${shown}" is neither a number of seconds nor forever`);
      return true;
    default:
      entry.trackGroup = shown;
      return true;
  }
}

export function showAddressEntry(entry: AddressSettings): string {
  const { address, prefixLength, device, scope, broadcast, label, peer, noTrack, preferredLifetime } = entry;
  const parts: (string | undefined)[] = [
    peer ? address : `${address}/${prefixLength}`,
    device === undefined ? undefined : `dev ${device}`,
    scope === undefined ? undefined : `scope ${scope}`,
    broadcast === undefined ? undefined : `brd ${broadcast}`,
    label === undefined ? undefined : `label ${label}`,
    peer ? `peer ${peer.address}/${peer.length}` : undefined,
    preferredLifetime === undefined
      ? undefined
      : `preferred_lft ${preferredLifetime === 'forever' ? 'forever' : preferredLifetime / 1e6}`,
    ...Object.entries(FLAGS).map(([word, key]) => (entry[key] ? word : undefined)),
    noTrack ? 'no_track' : undefined,
    entry.useVmac ? 'use_vmac' : undefined,
    entry.trackGroup === undefined ? undefined : `track_group ${entry.trackGroup}`,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

/** `HOST [PORT]`, names allowed. */
export function hostAndPort(port: number): Argument<{ readonly host: string; readonly port: number }> {
  const number = integer({ min: 1, max: 65535, syntax: 'PORT' });
  return {
    syntax: 'HOST [PORT]',
    range: '1..65535',
    examples: { accepted: ['127.0.0.1', 'mail.example.com 587'], refused: ['127.0.0.1 70000'] },
    read: (at) => {
      const host = at.take();
      if (!host) return at.missing('HOST');
      const given = at.peek() ? number.read(at) : port;
      return given === undefined ? undefined : { host: decodeBytes(host.text), port: given };
    },
    show: (value) => `${value.host} ${value.port}`,
  };
}

/** `ADDRESS [PORT]` */
export const addressAndPort: Argument<{ readonly address: IpAddress; readonly port: number }> = {
  syntax: 'ADDRESS [PORT]',
  range: '0..65535',
  examples: { accepted: ['192.0.2.1 80', '2001:db8::1'], refused: ['host 80', '192.0.2.1 x'] },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('ADDRESS');
    const ip = parseIpAddress(word.text);
    if (!ip.ok) return at.report('entryInvalid', word, `"${decodeBytes(word.text)}" is not an IP address`);
    const port = at.peek() ? integer({ min: 0, max: 65535, syntax: 'PORT' }).read(at) : 0;
    return port === undefined ? undefined : { address: ip.value, port };
  },
  show: ({ address, port }) => (port === 0 ? address : `${address} ${port}`),
};
