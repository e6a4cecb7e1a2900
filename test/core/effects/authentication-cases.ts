/** What the keywords of auth_hmac, those of checksums and of strays do. */
import { KEY, OTHER_KEY } from '../vrrp/signing.js';
import type { EffectCase, ShownElsewhere } from './case.js';
import { globals, instance } from './texts.js';

const SIGNED = 'test/core/vrrp/authentication.test.ts';
const ROWS = 'test/core/vrrp/authentication-rows.ts';
/** Bytes of a sent packet from this offset on; the IP header has 20. */
const sent = (offset: number, hex: string): RegExp =>
  new RegExp(`"kind":"send-advert".*"bytes":"[0-9a-f]{${2 * offset}}${hex}`);
/** Type and key number of the trailer behind a version 2 advert with one address. */
const trailer = (key: string): RegExp => sent(40, `01${key}0000`);
const KEYS = `key 1 ${KEY}\n key 2 ${OTHER_KEY}`;
const within =
  (more: string) =>
  (line: string): string =>
    instance(`auth_hmac {\n ${more}\n ${line}\n }`)('');
const one = (keyword: string, line: string, around: string, rest: Partial<EffectCase>): EffectCase => ({
  row: ['auth_hmac', keyword],
  line,
  around: within(around),
  play: 'start; wait 4',
  ...rest,
});
/** The checksum of the advert of `instance` without a pseudo-header. */
const PLAIN = sent(26, '6003');

export const AUTHENTICATION_CASES: readonly EffectCase[] = [
  {
    row: ['vrrp_instance', 'auth_hmac'],
    line: `auth_hmac {\n ${KEYS}\n active_key 1\n }`,
    around: instance(),
    play: 'start; wait 4',
    shows: trailer('01'),
  },
  one('key', `key 1 ${KEY}`, 'active_key 1', { shows: trailer('01') }),
  one('active_key', 'active_key 2', KEYS, { instead: 'active_key 1', shows: trailer('02') }),
  one('mode', 'mode receive-only', `${KEYS}\n active_key 1`, { hides: trailer('01') }),
  {
    row: ['vrrp_instance', 'v3_checksum_as_v2'],
    line: 'v3_checksum_as_v2',
    around: instance('version 3'),
    play: 'start; wait 4',
    shows: PLAIN,
  },
  {
    row: ['global_defs', 'v3_checksum_as_v2'],
    line: 'v3_checksum_as_v2',
    around: globals('version 3'),
    play: 'start; wait 4',
    shows: PLAIN,
  },
];

export const STRAY_CASES: readonly EffectCase[] = [
  {
    row: ['global_defs', 'log_unknown_vrids'],
    line: 'log_unknown_vrids',
    around: globals(),
    play: 'start; advert vrid=99 every=1 times=70',
    shows: /virtual router 99, .* more like it/,
  },
];

export const AUTHENTICATION_ELSEWHERE: readonly ShownElsewhere[] = [
  {
    row: ['auth_hmac', 'anti_replay'],
    test: SIGNED,
    title: 'HMAC: where only the order counts, a clock set back is never followed',
  },
  { row: ['auth_hmac', 'time_window'], test: ROWS, title: 'directives-vrrp 1.8: time_window' },
  {
    row: ['vrrp_instance', 'old_unicast_checksum'],
    test: SIGNED,
    title: 'the old unicast checksum is answered peer by peer, and the right one is never refused',
  },
];
