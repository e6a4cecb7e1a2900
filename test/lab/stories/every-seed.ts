/** Every seed starts as its author left it, typing mistakes and all, says what it thinks of them, and ends well. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '../../../src/cli/client.js';
import { projectRoot } from '../../wire/fixtures.js';
import { until } from '../journal.js';
import { OURS, type Stage, type Story, seed } from '../stage.js';

const INTERFACES = ['eth0', 'eth1', 'eth2', 'ens9', 'ens18', 'ens22', 'enp0s8'];

/** What has to be said of which seed. */
const REMARKS: Readonly<Record<string, readonly RegExp[]>> = {
  'lvs-nat.conf': [/lvs_sync_daemon_inteface.*lvs_sync_daemon_interface/, /restart_service/],
  'lvs-dr.conf': [/restart_service/, /nb_get_retry/],
  'haproxy-sync-group.conf': [/auth_pass/],
};

async function play({ srv1, lab }: Stage): Promise<void> {
  for (const name of INTERFACES) {
    await lab.network(`net-${name}`);
    await lab.cable(srv1.host, name, `net-${name}`, name === 'enp0s8' ? ['192.168.56.4/24'] : []);
  }
  await srv1.host.run(['mkdir', '/run/my_app']);
  const names = readdirSync(join(projectRoot, 'test/fixtures/seeds')).filter((name) =>
    name.endsWith('.conf'),
  );
  assert.ok(names.length >= 15);
  for (const name of names) {
    const begin = srv1.log.mark();
    await srv1.start(seed(name));
    await until(`the daemon answers with ${name}`, async () => {
      assert.equal(srv1.running.exit, undefined, `${name}: ${srv1.running.output}`);
      return (await ask(srv1.host.path('/run/holdfast/control.sock'), 'GET', '/health')).ok;
    });
    await srv1.stop();
    const said = srv1.log.entries.slice(begin).map((line) => line.text);
    for (const remark of REMARKS[name] ?? [])
      assert.ok(
        said.some((line) => remark.test(line)),
        `nothing like ${remark} is said of ${name}`,
      );
  }
}

export const everySeed: Story = { name: 'every seed starts, with its remarks', mixes: [OURS], play };
