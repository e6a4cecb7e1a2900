/** The keywords of `authentication` and `auth_hmac`. (directives-vrrp section 1.8) */
import { decodeBytes } from '../source.js';
import { type Argument, bytes, integer, oneOf, present } from './arguments.js';
import { wholeSeconds } from './global-arguments.js';
import { type Block, each, line } from './row.js';

export const authentication = {
  name: 'authentication',
  doc: 'A password in the adverts of VRRP version 2. It keeps accidents away, not attackers.',
  header: present,
  rows: {
    type: line('auth_type', oneOf(['PASS', 'AH']), {
      doc: 'PASS puts the password into the packet; AH signs it.',
      since: '0.5.3',
    }),
    password: line('auth_pass', bytes('PASSWORD'), {
      secret: true,
      doc: 'The password, at most eight characters, the same on all routers.',
      since: '0.5.3',
    }),
  },
} satisfies Block<unknown, unknown>;

const keyId = integer({ min: 1, max: 255, syntax: 'ID' });
const hexOf = (text: string): string =>
  [...text].map((one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join('');
const SAMPLE = '0123456789abcdef0123456789abcdef';

/** A key as it is written: the bytes themselves, or the path of the file that holds them, one character per byte. */
export type WrittenHmacKey =
  | { readonly id: number; readonly hex: string }
  | { readonly id: number; readonly file: string };

/** What stands in the configuration or in a file: letters, or `hex:` and digits; 32 to 64 bytes. */
export function decodeHmacKey(text: string): { readonly hex: string } | { readonly problem: string } {
  const digits = text.startsWith('hex:') ? text.slice(4) : undefined;
  if (digits !== undefined && !/^([0-9a-f]{2})*$/i.test(digits))
    return { problem: 'hex: needs pairs of hexadecimal digits behind it' };
  const hex = digits?.toLowerCase() ?? hexOf(text);
  const length = hex.length / 2;
  if (length >= 32 && length <= 64) return { hex };
  return { problem: `the key has ${length} bytes; 32 to 64 are needed` };
}

/** `ID TEXT`, `ID hex:DIGITS` or `ID file:PATH`. */
const hmacKey: Argument<WrittenHmacKey> = {
  syntax: 'ID KEY|hex:DIGITS|file:PATH',
  range: '1..255',
  examples: {
    accepted: [`1 ${SAMPLE}`, `255 hex:${SAMPLE}${SAMPLE}`, '2 file:/etc/keepalived/key'],
    refused: ['0 x', '1 short', `1 hex:${SAMPLE}`, '1 hex:xy', `1 ${SAMPLE.repeat(3)}`, '1 file:'],
  },
  read: (at) => {
    const number = keyId.read(at);
    if (number === undefined) return undefined;
    const word = at.take();
    if (!word) return at.missing('KEY');
    if (word.text.startsWith('file:')) {
      const file = word.text.slice(5);
      return file === '' ? at.report('hmacKey', word, 'file: needs a path behind it') : { id: number, file };
    }
    const key = decodeHmacKey(word.text);
    return 'hex' in key ? { id: number, hex: key.hex } : at.report('hmacKey', word, key.problem);
  },
  show: (key) => ('file' in key ? `${key.id} file:${decodeBytes(key.file)}` : `${key.id} hex:${key.hex}`),
};

export const authHmac = {
  name: 'auth_hmac',
  doc: 'Adverts are signed with a shared key, in both versions and families. It replaces authentication.',
  header: present,
  rows: {
    keys: each('key', hmacKey, {
      secret: true,
      missing: 'error',
      doc: 'A key with its number; several allow keys to be changed without a gap.',
      since: '2.4.0',
    }),
    activeKey: line('active_key', keyId, {
      missing: 'error',
      doc: 'Number of the key that signs.',
      since: '2.4.0',
    }),
    antiReplay: line('anti_replay', oneOf(['time', 'monotonic']), {
      missing: 'error',
      doc: 'How old adverts are told: by the clocks of the routers, or by their order only.',
      since: '2.4.0',
      default: 'time',
    }),
    timeWindow: line('time_window', wholeSeconds({ min: 1, max: 300 }), {
      missing: 'error',
      doc: 'How far the clocks may differ.',
      since: '2.4.0',
      default: 'three advert intervals, at least 5',
    }),
    mode: line('mode', oneOf(['enforce', 'permissive', 'receive-only']), {
      missing: 'error',
      doc: 'Whether adverts without a signature are accepted (permissive, receive-only) and ours carry one (not receive-only).',
      since: '2.4.0',
      default: 'enforce',
    }),
  },
} satisfies Block<unknown, unknown>;
