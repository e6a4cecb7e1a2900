/** The keywords of `bfd_instance`. (directives-bfd section 1) */
import { type IpAddress, isLinkLocal } from '../../base/ip-address.js';
import { type Duration, milliseconds } from '../../base/time.js';
import type { BfdKey } from '../model-bfd.js';
import { decodeBytes } from '../source.js';
import { type Argument, boolean, integer, oneOf, present, text } from './arguments.js';
import { checkAddress, readAddress } from './lvs-arguments.js';
import { EXTENSION } from './notifications.js';
import { type Block, blocks, each, line } from './row.js';
import { bfdWeight } from './weights.js';

/** Milliseconds with up to three decimals, `min` at least. */
function interval(min: number): Argument<Duration> {
  const max = 4294967;
  return {
    syntax: 'MILLISECONDS',
    range: `${min}..${max}`,
    unit: 'ms',
    examples: {
      accepted: [String(min), String(max), `${min}.5`],
      refused: ['0', '-1', 'x', '5ms', String(max + 1)],
    },
    read: (at) => {
      const word = at.take();
      if (!word) return at.missing('MILLISECONDS');
      const shown = decodeBytes(word.text);
      if (!/^\+?[0-9]+(\.[0-9]*)?$/.test(word.text)) {
        return at.report('invalidValue', word, `"${shown}" is not a number of milliseconds`, {
          remedy: 'Write a number such as 50 or 2.5, without a unit.',
        });
      }
      const exact = Number(word.text);
      if (exact < min || exact > max) {
        return at.report('invalidValue', word, `${shown} is outside ${min}..${max} milliseconds`, {
          label: `must be ${min}..${max}`,
          remedy: `Write a number from ${min} to ${max}.`,
        });
      }
      const value = milliseconds(exact);
      if (/\.[0-9]{4,}$/.test(word.text)) {
        at.report('valueAdjusted', word, `${shown} has more than 3 decimal places; ${value / 1e3} is used`);
      }
      return value;
    },
    show: (value) => String(value / 1e3),
  };
}

/** `ADDRESS`, a link-local one with `%INTERFACE`; the extension is ours (directives-bfd section 2 has none). */
const neighborAddress: Argument<{ readonly address: IpAddress; readonly interface?: string }> = {
  syntax: 'ADDRESS[%INTERFACE]',
  examples: {
    accepted: ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0'],
    refused: ['host', '192.0.2.256', 'fe80::1%', '192.0.2.1%eth0', 'fe80::1%an-interface-too-long'],
  },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('ADDRESS');
    const [text = '', device] = decodeBytes(word.text).split('%');
    const address = readAddress(at, { ...word, text });
    if (address === undefined || device === undefined) return address && { address };
    if (!isLinkLocal(address) || !/^[^\s/]{1,15}$/.test(device)) {
      return at.report('invalidValue', word, `"%${device}" does not fit behind ${address}`, {
        remedy: 'Only a link-local address (fe80::) has an interface behind it, by its name.',
      });
    }
    return { address, interface: device };
  },
  show: ({ address, interface: device }) => (device === undefined ? address : `${address}%${device}`),
};

const keyId = integer({ min: 0, max: 255, syntax: 'ID' });
const hexOf = (text: string): string =>
  [...text].map((one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join('');

/** `ID TEXT` or `ID hex:DIGITS`; how long it may be depends on the type. */
const authKey: Argument<BfdKey> = {
  syntax: 'ID KEY|hex:DIGITS',
  range: '0..255; 1 to 16 bytes, for SHA1 to 20',
  examples: {
    accepted: ['1 secret', '0 hex:00ff', '255 sixteen-letters-'],
    refused: ['256 x', '1', '1 hex:', '1 hex:0', '1 hex:xy', '1 twenty-one-letters-and', 'x y'],
  },
  read: (at) => {
    const id = keyId.read(at);
    if (id === undefined) return undefined;
    const word = at.take();
    if (!word) return at.missing('KEY');
    const digits = word.text.startsWith('hex:') ? word.text.slice(4) : undefined;
    const hex = digits?.toLowerCase() ?? hexOf(word.text);
    const bytes = hex.length / 2;
    if (/^([0-9a-f]{2})+$/.test(hex) && bytes <= LONGEST_KEY) return { id, hex };
    return at.report('bfdAuthentication', word, `the key ${id} is no key of 1 to ${LONGEST_KEY} bytes`);
  },
  show: ({ id, hex }) => `${id} hex:${hex}`,
};
/** Of SHA1: RFC 5880 section 6.7.4. */
const LONGEST_KEY = 20;

const bfdInstance = {
  name: 'bfd_instance',
  doc: 'A BFD session with a neighbour: notices within milliseconds that it cannot be reached.',
  header: text('NAME', 31),
  rows: {
    neighbor: line('neighbor_ip', neighborAddress, {
      doc: 'Address of the neighbour; needed. A link-local one needs its interface behind it, which Keepalived does not know.',
      since: '2.0.0',
      aliases: [{ keyword: 'neighbour_ip', since: '2.0.0' }],
      missing: 'error',
    }),
    source: line('source_ip', checkAddress, {
      doc: 'Address of this machine that the session uses; of the family of the neighbour.',
      since: '2.0.0',
      default: "the kernel's choice",
    }),
    minRx: line('min_rx', interval(1), {
      doc: 'Shortest interval in which packets can be received.',
      since: '2.0.0',
      default: '10',
    }),
    minTx: line('min_tx', interval(1), {
      doc: 'Shortest interval in which packets are sent while the session is up.',
      since: '2.0.0',
      default: '10',
    }),
    idleTx: line('idle_tx', interval(1000), {
      doc: 'Interval in which packets are sent while it is not up.',
      since: '2.0.0',
      default: '1000',
    }),
    multiplier: line('multiplier', integer({ min: 1, max: 255 }), {
      doc: 'So many intervals without a packet mean that the neighbour is lost.',
      since: '2.0.0',
      default: '5',
    }),
    passive: line('passive', present, {
      doc: 'Sends nothing until the neighbour does. Not both may be passive.',
      since: '2.0.0',
    }),
    ttl: line('ttl', integer({ min: 1, max: 255 }), {
      doc: 'TTL or hop limit of packets sent.',
      since: '2.0.0',
      default: '255, or 64 for IPv6',
      aliases: [{ keyword: 'hoplimit', since: '2.0.0' }],
    }),
    maxHops: line('max_hops', integer({ min: -1, max: 255 }), {
      doc: 'How many routers a received packet may have crossed; -1 and 255 mean any number.',
      since: '2.0.0',
      default: '0',
    }),
    multihop: line('multihop', boolean, {
      doc: 'Uses the port for sessions across routers (RFC 5883).',
      since: '2.2.8',
      default: 'off',
    }),
    authType: line(
      'auth_type',
      oneOf(['simple', 'keyed_md5', 'meticulous_md5', 'keyed_sha1', 'meticulous_sha1']),
      {
        doc: 'How packets are authenticated, on both sides (RFC 5880 section 6.7); needs auth_key.',
        since: EXTENSION,
        default: 'not at all',
      },
    ),
    authKeys: each('auth_key', authKey, {
      secret: true,
      missing: 'error',
      doc: 'A key with its number. The first signs; several are accepted, so that keys can be changed without a gap.',
      since: EXTENSION,
    }),
    weight: line('weight', bfdWeight, {
      doc: 'What track_bfd adds to the priority, unless it says otherwise.',
      since: '2.0.0',
      default: '0',
    }),
    vrrp: line('vrrp', present, { doc: 'Only VRRP is told of the session.', since: '2.0.0' }),
    checker: line('checker', present, { doc: 'Only BFD_CHECK is told of the session.', since: '2.0.0' }),
  },
} satisfies Block<string, unknown>;

/** What stands at the outermost level for BFD. */
export const bfdRows = {
  bfdInstances: blocks('bfd_instance', () => bfdInstance, {
    doc: 'A BFD session.',
    since: '2.0.0',
    missing: 'error',
  }),
};
