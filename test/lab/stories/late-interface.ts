/** The interface of an instance is not there at the start: FAULT until it appears, and again when it goes. */
import assert from 'node:assert/strict';
import { until } from '../journal.js';
import { ALL_MIXES, type Stage, type Story, seed } from '../stage.js';

const VIP = '192.168.122.200';
const SRV1 = '192.168.122.11';
const SRV2 = '192.168.122.12';
const WAITING = 'global_defs {\n  dynamic_interfaces\n}\n';

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  await lab.network('lan');
  const partner = await lab.cable(srv2.host, 'eth0', 'lan', [`${SRV2}/24`]);
  const wire = await stage.capture(partner, [SRV1, SRV2]);
  for (const { host } of [srv1, srv2]) await host.run(['mkdir', '/run/my_app']);
  await srv2.start(seed('multicast-track-file.conf', ['priority 244', 'priority 100'], ['MASTER', 'BACKUP']));
  const ours = srv1.kind === 'holdfast';
  // Keepalived does not start without the interface unless it is told to wait for it; we always wait.
  await srv1.start(`${ours ? '' : WAITING}${seed('multicast-track-file.conf')}`);
  await srv1.waitForLog(/\(VI_1\) entering fault state/i);
  if (ours) {
    const fault = await until('srv1 says why', async () => (await srv1.status())?.faults[0]);
    assert.match(fault.text, /eth0/);
  }
  await srv2.untilHolds(VIP);

  const appearing = srv1.log.mark();
  const cable = await lab.cable(srv1.host, 'eth0', 'lan', [`${SRV1}/24`]);
  await srv1.entered('BACKUP', appearing);
  await wire.advert(SRV1, 244);
  await srv1.untilHolds(VIP);
  await srv2.untilFree(VIP);

  const going = srv1.log.mark();
  await cable.remove();
  await srv1.entered('FAULT', going);
  await srv2.untilHolds(VIP);
  await wire.onlyFrom(SRV2, 2);
}

export const lateInterface: Story = {
  name: 'an interface that is not there: FAULT until it appears, and again when it goes',
  mixes: ALL_MIXES,
  play,
};
