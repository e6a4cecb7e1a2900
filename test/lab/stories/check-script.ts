/**
 * The seed multicast-track-script-notify.conf with its own two scripts: three pings to 8.8.8.8 fail, the
 * instance is in FAULT and says so to its notify script; three succeed, and it is MASTER again.
 */
import { until } from '../journal.js';
import { ALL_MIXES, type Stage, type Story, seed } from '../stage.js';

const VIP = '192.168.122.200';
const SRV1 = '192.168.122.11';
const SRV2 = '192.168.122.12';
const OUTSIDE = '8.8.8.8';

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  const { captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const [wire] = captures;
  const internet = await lab.host('internet');
  await lab.cable(internet, 'eth0', 'net-eth0', [`${OUTSIDE}/32`]);
  await internet.run(['ip', 'route', 'add', '192.168.122.0/24', 'dev', 'eth0']);
  for (const { host } of [srv1, srv2]) {
    await host.run(['ip', 'route', 'add', OUTSIDE, 'dev', 'eth0']);
    for (const script of ['keepalived_check.sh', 'keepalived_notify.sh']) host.install(script, seed(script));
  }
  const told = (text: string): Promise<string> =>
    until(`the notify script of srv1 wrote "${text}"`, () => {
      const status = srv1.host.read('/run/keepalived_status');
      return status?.trim() === text && status;
    });

  await srv1.start(seed('multicast-track-script-notify.conf'));
  await srv1.entered('MASTER');
  await told('INSTANCE VI_1 has transitioned to the MASTER state with a priority of 244');
  const lower = seed(
    'multicast-track-script-notify.conf',
    ['priority 244', 'priority 150'],
    ['MASTER', 'BACKUP'],
  );
  await srv2.start(lower);
  await srv2.waitForLog(/\(VI_1\) Entering BACKUP STATE/);
  await wire.onlyFrom(SRV1, 2);

  const failing = srv1.log.mark();
  const silent = wire.adverts.mark();
  await srv1.host.run(['ip', 'route', 'del', OUTSIDE]);
  await srv1.entered('FAULT', failing);
  await told('INSTANCE VI_1 has transitioned to the FAULT state with a priority of 244');
  await srv1.untilFree(VIP);
  await wire.advert(SRV2, 150, silent);
  await srv2.untilHolds(VIP);
  await wire.onlyFrom(SRV2, 2);

  const healing = srv1.log.mark();
  await srv1.host.run(['ip', 'route', 'add', OUTSIDE, 'dev', 'eth0']);
  await srv1.entered('BACKUP', healing);
  await srv1.entered('MASTER', healing);
  await told('INSTANCE VI_1 has transitioned to the MASTER state with a priority of 244');
  await srv1.untilHolds(VIP);
  await srv2.untilFree(VIP);
}

export const checkScript: Story = {
  name: 'the check script fails three times: FAULT, and MASTER again after three successes',
  mixes: ALL_MIXES,
  scripts: true,
  play,
};
