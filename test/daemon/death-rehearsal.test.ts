/** The rehearsal of a server's death: what it can play, again and again, whatever the configuration. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lvsPartOf } from '../../src/core/lvs/configuration.js';
import { LvsEngine } from '../../src/core/lvs/engine.js';
import { DeathRehearsal } from '../../src/daemon/lvs/death-rehearsal.js';
import { configurationOf } from '../support/configuration.js';

const CHECKERS: Readonly<Record<string, string>> = {
  TCP_CHECK: 'TCP_CHECK {\n connect_timeout 1\n }',
  'TCP_CHECK with alpha and retries': 'TCP_CHECK {\n alpha\n retry 3\n delay_before_retry 1\n }',
  HTTP_GET: 'HTTP_GET {\n url {\n path /\n status_code 200\n }\n url {\n path /b\n status_code 200\n }\n }',
  SSL_GET: 'SSL_GET {\n url {\n path /\n status_code 200\n }\n }',
  SMTP_CHECK: 'SMTP_CHECK {\n connect_timeout 1\n }',
  DNS_CHECK: 'DNS_CHECK {\n type a\n name example.com\n }',
  UDP_CHECK: 'UDP_CHECK {\n connect_timeout 1\n }',
  PING_CHECK: 'PING_CHECK {\n }',
  MISC_CHECK: 'MISC_CHECK {\n misc_path "/bin/false"\n misc_dynamic\n }',
  'a second checker': 'TCP_CHECK {\n }\n FILE_CHECK {\n track_file load\n }',
};
const configuration = (checker: string, more = '') =>
  lvsPartOf(
    configurationOf(`global_defs {
  lvs_notify_fifo /run/fifo
  smtp_server 127.0.0.1
  notification_email {
    a@example.com
  }
}
track_file load {
  file /run/load
}
virtual_server 192.0.2.1 53 {
  lvs_sched rr
  lvs_method NAT
  protocol ${checker.startsWith('DNS') || checker.startsWith('UDP') ? 'UDP' : 'TCP'}
  ${more}
  real_server 10.1.0.1 53 {
    ${checker}
    notify_down "/bin/false"
  }
}`),
  );

for (const [name, checker] of Object.entries(CHECKERS))
  for (const more of [
    '',
    'ha_suspend',
    'quorum 2\n quorum_down "/bin/false"\n sorry_server 10.1.0.9 53',
    'alpha\n omega\n smtp_alert',
  ])
    test(`${name}${more ? `, ${more.split('\n')[0]}` : ''}: it dies and returns as often as one likes`, () => {
      const rehearsal = DeathRehearsal.of(configuration(checker, more));
      assert.ok(rehearsal);
      for (let n = 0; n < 50; n++) assert.equal(rehearsal.repeat(), true);
    });

test('where nothing is asked there is nothing to rehearse', () => {
  assert.equal(DeathRehearsal.of(configuration('')), undefined);
  assert.equal(DeathRehearsal.of(configuration('FILE_CHECK {\n track_file load\n }')), undefined);
});

test('of a group with thousands of addresses a few are played: there are some milliseconds for it', () => {
  const ranges = Array.from({ length: 20 }, (_, n) => `10.1.${n}.0-255 80`).join('\n');
  const text = `virtual_server_group G {\n${ranges}\n}
virtual_server group G {
  lb_algo rr
  lb_kind DR
  protocol TCP
  real_server 10.9.9.9 80 {
    TCP_CHECK {
      connect_timeout 1
    }
  }
}`;
  const rehearsal = DeathRehearsal.of(lvsPartOf(configurationOf(text)));
  let operations = 0;
  const { handle } = LvsEngine.prototype;
  LvsEngine.prototype.handle = function (moment, input, effects) {
    handle.call(this, moment, input, effects);
    for (const effect of effects)
      if (effect.kind === 'apply-balancer') operations += effect.operations.length;
  };
  try {
    assert.equal(rehearsal?.repeat(), true);
  } finally {
    LvsEngine.prototype.handle = handle;
  }
  assert.ok(operations > 0 && operations <= 64, `${operations} operations`);
});
