/**
 * A daemon that did not run for longer than master-down (SIGSTOP, SIGCONT): a backup reads what waits in its sockets
 * and stays one; a master that was taken over from reads that, and takes its place again. Both say how long it was.
 */
import { OURS, OURS_FIRST, type Stage, type Story, seed } from '../stage.js';

const VIP = '192.168.122.200';
const SRV1 = '192.168.122.11';
const SRV2 = '192.168.122.12';

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  const { captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const wire = captures[0];
  await lab.network('spare');
  for (const { host } of [srv1, srv2]) await lab.cable(host, 'ens9', 'spare');
  await srv1.start(seed('multicast-track-interface.conf'));
  await wire.advert(SRV1, 249);
  await srv2.start(
    seed('multicast-track-interface.conf', ['priority 244', 'priority 100'], ['MASTER', 'BACKUP']),
  );
  await srv2.entered('BACKUP');
  await srv1.untilHolds(VIP);

  if (srv2.kind === 'holdfast') {
    // Once a backup has heard its master, it is stopped for longer than it would wait for him.
    await wire.onlyFrom(SRV1, 2);
    const stalling = srv2.log.mark();
    srv2.freeze();
    await wire.onlyFrom(SRV1, 6);
    srv2.thaw();
    await srv2.waitForLog(/this process was stalled: .* counts first/, stalling);
    await wire.onlyFrom(SRV1, 4);
  }

  const stopping = wire.adverts.mark();
  const stalled = srv1.log.mark();
  srv1.freeze();
  await wire.advert(SRV2, 105, stopping);
  await srv2.untilHolds(VIP);
  const back = wire.adverts.mark();
  const yielding = srv2.log.mark();
  srv1.thaw();
  await srv1.waitForLog(/adverts were not sent: this process was .* late|did not run for/, stalled);
  await wire.advert(SRV1, 249, back);
  await srv2.entered('BACKUP', yielding);
  await srv2.untilFree(VIP);
  await wire.onlyFrom(SRV1, 3);
  for (const router of [srv1, srv2]) {
    router.forgiveAbout('lower priority');
    router.forgiveAbout('MASTER advert');
  }
}

export const stalled: Story = {
  name: 'a daemon that was stopped for longer than master-down reads what waits before it acts',
  mixes: [OURS, OURS_FIRST],
  play,
};
