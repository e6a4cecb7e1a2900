/** No finding shows a password or key: not its message, its place, its rendering, nor the places it came from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderDiagnostic } from '../../src/config/render.js';
import { load } from './support.js';

const instance = (extra: string): string =>
  `vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n }\n ${extra}\n}\n`;
const pass = (line: string): string => instance(`authentication {\n auth_type PASS\n ${line}\n }`);
const TEXTS: Readonly<Record<string, { readonly text: string; readonly code: string }>> = {
  'too long a password': { text: pass('auth_pass hunter2hunter2'), code: 'HF0205' },
  'a password in two words': { text: pass('auth_pass hunter hunter2 hunter3'), code: 'HF0203' },
  'a password with a brace': { text: pass('auth_pass hunter2{'), code: 'HF0106' },
  'a definition': { text: `$P=hunter2hunter2\n${pass('auth_pass $P')}`, code: 'HF0205' },
  'part of a definition': { text: `$P=hunter2\n${pass('auth_pass $' + '{P}hunter2')}`, code: 'HF0205' },
  'said twice': { text: pass('auth_pass hunter1\n auth_pass hunter2'), code: 'HF0208' },
  'a key without its number': {
    text: instance('auth_hmac {\n key hunter2 hunter3\n active_key 1\n }'),
    code: 'HF0202',
  },
  'too short a key': { text: instance('auth_hmac {\n key 1 hunter2\n active_key 1\n }'), code: 'HF0317' },
};

for (const [what, { text, code }] of Object.entries(TEXTS)) {
  test(what, () => {
    const { diagnostics } = load(text);
    assert.ok(
      diagnostics.some((one) => one.code === code),
      diagnostics.map((one) => one.code).join(' '),
    );
    for (const one of diagnostics) {
      assert.doesNotMatch(renderDiagnostic(one), /hunter/);
      assert.doesNotMatch(JSON.stringify(one), /hunter/);
    }
  });
}

test('the place keeps its width', () => {
  const [finding] = load(pass('auth_pass hunter2hunter2')).diagnostics;
  assert.equal(finding?.place?.text, ' auth_pass **************');
});
