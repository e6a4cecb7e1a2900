/** The effective configuration: what is shown can be read again, origins are true, and no password is in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildText } from '../../src/config/load.js';
import { printConfiguration } from '../../src/config/print.js';
import { load, MAIN, readerOf } from './support.js';

const text = `global_defs {
  vrrp_version 3
  vrrp_garp_master_repeat 2
  notification_email {
    "A B <a@example.com>"
  }
}
vrrp_script check {
  script "/bin/check 'a b' \\"c\\"" nobody
  weight -5 reverse
}
vrrp_instance V {
  interface eth0
  virtual_router_id 7
  advert_int 0.5
  authentication {
    auth_type PASS
    auth_pass hidden
  }
  unicast_peer {
    10.0.0.2 min_ttl 254
  }
  virtual_ipaddress {
    10.0.0.1/24 dev eth1 scope link label eth1:v brd +
    10.0.0.9 peer 10.0.1.9
  }
  track_script {
    check weight 3
  }
}
include more
`;
const more = `vrrp_sync_group G {\n group {\n  V\n }\n notify /bin/notify\n}\n`;

const print = (options: { origins: boolean; defaults: boolean }, given = text): string =>
  printConfiguration(
    buildText({ path: MAIN, configId: 'x' }, readerOf({ [MAIN]: given, '/etc/more': more })),
    options,
  );

test('what is shown means the same', () => {
  const before = load({ [MAIN]: text, '/etc/more': more });
  const after = load(print({ origins: false, defaults: false }));
  assert.deepEqual({ ...after.configuration, hash: '' }, { ...before.configuration, hash: '' });
});

test('origins: a line, an included line, a global, a default', () => {
  const lines = print({ origins: true, defaults: true })
    .split('\n')
    .map((line) => line.trim().replace(/ +/g, ' '));
  for (const line of [
    'advert_int 0.5 # /etc/main.conf:15',
    'notify "/bin/notify" # /etc/more:5',
    'version 3 # vrrp_version, /etc/main.conf:2',
    'garp_master_repeat 2 # vrrp_garp_master_repeat, /etc/main.conf:3',
    'garp_lower_prio_repeat 2 # vrrp_garp_master_repeat, /etc/main.conf:3',
    'garp_master_delay 5 # default',
    '# priority: 100, or 255 with state MASTER # default',
  ]) {
    assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
  }
});

test('no password', () => {
  // Version 3 has no passwords.
  const shown = print({ origins: true, defaults: true }, text.replace('vrrp_version 3', 'vrrp_version 2'));
  assert.doesNotMatch(shown, /hidden/);
  assert.match(shown, /auth_pass \*{8} /);
});
