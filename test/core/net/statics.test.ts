/** Static items that somebody deletes again and again: put back, but no more often than the bound says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESTORE_GAP } from '../../../src/core/net/statics.js';
import { Rig } from '../rig.js';
import { single } from '../texts.js';

const STATIC = `static_ipaddress {
 10.0.9.1/24 dev eth1
}
static_routes {
 198.51.100.0/24 dev eth1
}
static_rules {
 from 10.0.9.0/24 table 9 preference 90
}
`;

test('deleted again and again they are put back at most once a second', () => {
  const rig = new Rig(single('', STATIC)).start();
  const there = (): number =>
    rig.addresses.filter((one) => one.address === '10.0.9.1').length +
    rig.routing.routes.length +
    rig.routing.rules.length;
  assert.equal(there(), 3);
  rig.wait(2).take();
  for (let n = 0; n < 137; n++) {
    if (rig.addresses.some((one) => one.address === '10.0.9.1')) rig.deleteAddress('10.0.9.1');
    if (rig.routing.routes.length > 0) rig.deleteRoute('198.51.100.0');
    if (rig.routing.rules.length > 0) rig.deleteRule(90);
    rig.wait(0.073);
  }
  const seconds = 10 / (RESTORE_GAP / 1e6);
  for (const what of ['add 10.0.9.1/24', 'route 198.51.100.0/24 dev', 'add rule 90']) {
    const times = rig.lines.filter((line) => line.includes(what) && !line.includes('notice')).length;
    assert.ok(times >= seconds - 1 && times <= seconds + 1, `${what}: ${times} times in ten seconds`);
  }
  assert.ok(rig.lines.filter((line) => line.includes('put back')).length <= 3 * (seconds + 1));
  rig.wait(2);
  assert.equal(there(), 3);
});
