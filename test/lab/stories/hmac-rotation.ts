/**
 * auth_hmac with keys in files: the key that signs is changed by a reload of one router and then of the other, and
 * the backup hears every advert. Then one file gets another key: after a reload the adverts are refused.
 */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../journal.js';
import type { Router } from '../router.js';
import { OURS, type Stage, type Story } from '../stage.js';

const VIP = '10.7.0.100';
const KEYS = ['0123456789abcdef0123456789abcdef', `hex:${'5a'.repeat(32)}`] as const;

function writeKey(router: Router, id: number, key: string): string {
  const name = `key-${id}`;
  router.host.write(name, `${key}\n`);
  const path = join(router.host.directory, name);
  chmodSync(path, 0o600);
  return path;
}

/** A master counts as dead after eight seconds: a machine that is busy with other things must not look like an outage. */
function configuration(router: Router, priority: number, active: number): string {
  const lines = [1, 2].map((id) => `key ${id} file:${join(router.host.directory, `key-${id}`)}`);
  return `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version 3
  advert_int 0.2
  down_timer_adverts 40
  priority ${priority}
  auth_hmac {
    ${lines.join('\n    ')}
    active_key ${active}
  }
  virtual_ipaddress {
    ${VIP}/24
  }
}
`;
}

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  await lab.network('net-eth0');
  await lab.cable(srv1.host, 'eth0', 'net-eth0', ['10.7.0.1/24']);
  await lab.cable(srv2.host, 'eth0', 'net-eth0', ['10.7.0.2/24']);
  for (const router of [srv1, srv2]) for (const [i, key] of KEYS.entries()) writeKey(router, i + 1, key);
  await srv1.start(configuration(srv1, 150, 1));
  await srv1.untilHolds(VIP);
  await srv2.start(configuration(srv2, 100, 1));
  await srv2.entered('BACKUP');
  await hearsMore(srv2);

  for (const [router, priority] of [
    [srv1, 150],
    [srv2, 100],
  ] as const) {
    const mark = router.log.mark();
    router.configure(configuration(router, priority, 2));
    router.signal('SIGHUP');
    await router.waitForLog(/changed VI_1: hmac differs/, mark);
    await hearsMore(srv2);
  }
  const counters = (await srv2.status())?.counters;
  assert.ok(counters);
  const { hmacMissing, hmacMalformed, hmacUnknownKey, hmacInvalid, hmacStale, hmacReplay, becomeMaster } =
    counters;
  assert.deepEqual(
    [hmacMissing, hmacMalformed, hmacUnknownKey, hmacInvalid, hmacStale, hmacReplay, becomeMaster],
    [0, 0, 0, 0, 0, 0, 0],
    'no advert was refused while keys were changed',
  );
  for (const router of [srv1, srv2])
    assert.equal(
      router.log.entries.some(({ text }) => text.includes('5a5a5a5a') || text.includes(KEYS[0])),
      false,
      'no key is in the log',
    );

  srv2.forgiveAbout('a wrong signature');
  srv1.forgiveAbout('a wrong signature');
  writeKey(srv2, 2, `hex:${'a5'.repeat(32)}`);
  const mark = srv2.log.mark();
  srv2.signal('SIGHUP');
  await srv2.waitForLog(/refuses an advert from 10\.7\.0\.1: a wrong signature with the key 2/, mark);
  await srv2.entered('MASTER', mark);
  assert.ok(
    srv2.log.entries.slice(mark).every(({ text }) => !text.includes('the same as before')),
    'another key in a file is another configuration',
  );
}

/** Ten further adverts are accepted, without an interruption long enough for a takeover. */
async function hearsMore(router: Router): Promise<void> {
  const received = async (): Promise<number> => (await router.status())?.counters.advertReceived ?? 0;
  const before = await received();
  await until(`${router.name} hears ten adverts`, async () => (await received()) >= before + 10);
  assert.equal((await router.status())?.state, 'BACKUP');
}

export const hmacRotation: Story = {
  name: 'auth_hmac: keys in files are changed by reloads, and no advert is lost',
  mixes: [OURS],
  play,
};
