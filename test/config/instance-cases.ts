/** How cases about keywords of vrrp_instance are written down: with the file around the line, and the value read back. */
import { field, type KeywordCase, type Taken } from './lvs-cases.js';

export const VIPS = 'virtual_ipaddress {\n192.0.2.9/24\n}\n';
export const TRACKED =
  'track_file f {\nfile /tmp/f\n}\nvrrp_script c {\nscript /bin/true\n}\nvrrp_track_process p {\nprocess x\n}\nbfd_instance b {\nneighbor_ip 192.0.2.3\n}\n';
export const around =
  (needed: string, after = VIPS, device = 'interface eth0') =>
  (line: string): string =>
    `${TRACKED}vrrp_instance a {\n${device}\nvirtual_router_id 7\n${needed}\n${line}\n${after}}`;
export const first: KeywordCase['value'] = ({ instances: [one] }) => one;
/** A value of the instance, by a path of fields. */
export const of =
  (...path: readonly string[]): KeywordCase['value'] =>
  (all) =>
    path.reduce<unknown>((found, key) => field(key)(found), first(all));
export interface Extra {
  readonly needed?: string;
  readonly after?: string;
  readonly device?: string;
}
export function i(
  keyword: string,
  path: string,
  usual: unknown,
  taken: Taken,
  refused: readonly string[] = [],
  { needed = '', after = VIPS, device }: Extra = {},
): KeywordCase {
  const value = of(...path.split('.'));
  return {
    block: 'vrrp_instance',
    keyword,
    text: around(needed, after, device),
    value,
    usual,
    taken,
    refused,
  };
}
export const flag = (keyword: string, path: string, usual: unknown = undefined, extra?: Extra): KeywordCase =>
  i(keyword, path, usual, [['', true]], [], extra);
export const onOff = (keyword: string, path: string, usual: unknown, extra?: Extra): KeywordCase =>
  i(
    keyword,
    path,
    usual,
    [
      ['', true],
      ['on', true],
      ['off', usual],
    ],
    ['ON', '1'],
    extra,
  );
export const script = (keyword: string, path: string, usual: unknown = undefined): KeywordCase =>
  i(
    keyword,
    path,
    usual,
    [
      ['"/bin/true x y"', { argv: ['/bin/true', 'x', 'y'] }],
      ['/bin/true nobody nogroup', { argv: ['/bin/true'], user: 'nobody', group: 'nogroup' }],
    ],
    ['""'],
  );
export const track = (keyword: string, path: string, name: string, weight: number): KeywordCase =>
  i(
    keyword,
    path,
    keyword === 'track_bfd' ? undefined : [],
    [
      [`{\n${name}\n}`, [{ name, weight, reverse: false }]],
      [`{\n${name} weight -9 reverse\n}`, [{ name, weight: -9, reverse: true }]],
    ],
    [`{\n${name} weight\n}`],
  );
export const KEY = '0123456789abcdef0123456789abcdef';
export const hex = [...KEY].map((one) => one.charCodeAt(0).toString(16)).join('');
export function hmac(
  keyword: string,
  path: string,
  usual: unknown,
  taken: Taken,
  refused: readonly string[],
): KeywordCase {
  return {
    block: 'vrrp_instance.auth_hmac',
    keyword,
    text: (line) => around('')(`auth_hmac {\nkey 1 ${KEY}\nkey 2 ${KEY}\nactive_key 1\n${line}\n}`),
    value: of('hmac', path),
    usual,
    taken,
    refused,
  };
}
export const USUAL_KEYS = [1, 2].map((id) => ({ id, hex }));
