/** Keys of auth_hmac in files: what is read, from where, and that it comes anew with every loading. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HmacKey } from '../../src/config/model-vrrp.js';
import { codes, load, MAIN } from './support.js';

const around = (key: string): string => `vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 51
 auth_hmac {
 key 1 ${key}
 active_key 1
 }
 virtual_ipaddress {
 192.0.2.100
 }
}
`;
const KEY = '0123456789abcdef0123456789abcdef';
const HEX = Buffer.from(KEY, 'latin1').toString('hex');
const keysOf = (loaded: ReturnType<typeof load>): readonly HmacKey[] | undefined =>
  loaded.configuration?.instances[0]?.hmac?.keys;

test('a file holds what could stand in the line, and the ends of its lines do not count', () => {
  for (const text of [KEY, `${KEY}\n`, `${KEY}\r\n\n`, `hex:${HEX}`, `hex:${HEX.toUpperCase()}\n`]) {
    const loaded = load({ [MAIN]: around('file:/etc/key'), '/etc/key': text });
    assert.deepEqual(keysOf(loaded), [{ id: 1, hex: HEX }], JSON.stringify(text));
    assert.deepEqual(codes(loaded), []);
  }
});

test('a credential of systemd is found through the variable that names its folder', () => {
  const files = {
    [MAIN]: around(`file:\${_ENV CREDENTIALS_DIRECTORY}/vrrp_hmac`),
    '/run/credentials/holdfast.service/vrrp_hmac': KEY,
  };
  const environmentVariable = (name: string): string | undefined =>
    name === 'CREDENTIALS_DIRECTORY' ? '/run/credentials/holdfast.service' : undefined;
  assert.deepEqual(keysOf(load(files, {}, { environmentVariable })), [{ id: 1, hex: HEX }]);
});

test('a file that changed gives another configuration from the same text', () => {
  const once = load({ [MAIN]: around('file:/etc/key'), '/etc/key': KEY });
  const again = load({ [MAIN]: around('file:/etc/key'), '/etc/key': `x${KEY}` });
  assert.notEqual(once.configuration?.hash, again.configuration?.hash);
  const same = load({ [MAIN]: around('file:/etc/key'), '/etc/key': KEY });
  assert.equal(once.configuration?.hash, same.configuration?.hash);
  assert.notDeepEqual(keysOf(once), keysOf(again));
});

test('without a usable active key nothing is signed, and it is an error that says so', () => {
  for (const text of ['short', `${KEY}${KEY}${KEY}`, 'hex:0x', '', `hex:${HEX.slice(1)}`]) {
    const loaded = load({ [MAIN]: around('file:/etc/key'), '/etc/key': text });
    assert.equal(loaded.configuration?.instances[0]?.hmac, undefined);
    assert.deepEqual(new Set(codes(loaded)), new Set(['HF0317']), text);
    assert.equal(
      loaded.diagnostics.some(({ message }) => message.includes(KEY)),
      false,
      'findings show no key',
    );
  }
});
