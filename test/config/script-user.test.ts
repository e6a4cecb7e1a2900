/** As whom scripts run that name nobody. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './support.js';

const text = (globals: string, user: string): string => `
vrrp_script web {
  script "/bin/check now" ${user}
}
vrrp_instance A {
  interface eth0
  virtual_router_id 1
  virtual_ipaddress {
    10.0.0.1
  }
  track_script {
    web
  }
  notify "/bin/tell"
  notify_master "/bin/master" backup
}
vrrp_sync_group G {
  group {
    A
  }
  notify_fault "/bin/fault"
}
global_defs {
${globals}
}
`;

function commands(globals: string, user = '') {
  const { configuration } = load(text(globals, user));
  assert.ok(configuration);
  const [script, instance, group] = [
    configuration.scripts[0],
    configuration.instances[0],
    configuration.syncGroups[0],
  ];
  return {
    script: script?.command,
    any: instance?.notify.any,
    master: instance?.notify.master,
    fault: group?.notify.fault,
  };
}

test('script_user holds for every script without a user of its own, before and after it', () => {
  const { script, any, master, fault } = commands('script_user nobody nogroup');
  assert.deepEqual(script, { argv: ['/bin/check', 'now'], user: 'nobody', group: 'nogroup' });
  assert.deepEqual(any, { argv: ['/bin/tell'], user: 'nobody', group: 'nogroup' });
  assert.deepEqual(fault, { argv: ['/bin/fault'], user: 'nobody', group: 'nogroup' });
  assert.deepEqual(master, { argv: ['/bin/master'], user: 'backup' });
});

test('without script_user nobody is named', () => {
  const { script, any } = commands('');
  assert.deepEqual(script, { argv: ['/bin/check', 'now'] });
  assert.deepEqual(any, { argv: ['/bin/tell'] });
});

test('a user of its own is kept', () => {
  assert.deepEqual(commands('script_user nobody', 'daemon').script, {
    argv: ['/bin/check', 'now'],
    user: 'daemon',
  });
});
