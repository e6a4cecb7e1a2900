/** What a block needs is there and not valid: one finding says what is wrong with it, and that the block is left out for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './support.js';

const ROWS: readonly (readonly [text: string, message: string])[] = [
  [
    'vrrp_instance V {\n interface eth0\n virtual_router_id 300\n virtual_ipaddress {\n  10.0.0.7\n }\n}\n',
    '300 is outside 1..255, so vrrp_instance "V" has no virtual_router_id',
  ],
  [
    'bfd_instance B {\n neighbor_ip 10.0.0.x\n}\n',
    '"10.0.0.x" is not an IP address, so bfd_instance "B" has no neighbor_ip',
  ],
  [
    'bfd_instance B {\n neighbour_ip 10.0.0.x\n}\n',
    '"10.0.0.x" is not an IP address, so bfd_instance "B" has no neighbor_ip',
  ],
  [
    '$ID=300\nvrrp_instance V {\n interface eth0\n virtual_router_id $ID\n virtual_ipaddress {\n  10.0.0.7\n }\n}\n',
    '300 is outside 1..255, so vrrp_instance "V" has no virtual_router_id',
  ],
  [
    'vrrp_instance V {\n virtual_router_id 3\n unicast_peer {\n }\n interface eth0toolongforthekernel\n virtual_ipaddress {\n  10.0.0.7\n }\n}\n',
    '"eth0toolongforthekernel" cannot be the name of an interface, so vrrp_instance "V" has no interface',
  ],
];

for (const [text, message] of ROWS)
  test(message, () => {
    const { diagnostics } = load(text);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      errors.map((one) => one.message),
      [message],
    );
    assert.equal(errors[0]?.consequence, 'The block is ignored.');
  });

test('a value that is refused where there is a default leaves the block as it is', () => {
  const { configuration, diagnostics } = load(
    'vrrp_instance V {\n interface eth0\n virtual_router_id 3\n priority 300\n virtual_ipaddress {\n  10.0.0.7\n }\n}\n',
  );
  assert.equal(configuration?.instances.length, 1);
  assert.deepEqual(
    diagnostics.map(({ code, consequence }) => [code, consequence]),
    [['HF0202', 'The line is ignored and the default applies.']],
  );
});

test('who does not start at all is told of the line alone', () => {
  const { diagnostics } = load('vrrp_instance V {\n interface eth0\n virtual_router_id\n}\n');
  assert.deepEqual(
    diagnostics.map(({ code, message }) => [code, message.includes(', so ')]),
    [['HF0201', false]],
  );
});
