/** The seed multicast-track-file.conf: the number in a file is added to the priority that the wire carries. */
import { writeFileSync } from 'node:fs';
import type { Router } from '../router.js';
import { ALL_MIXES, type Stage, type Story, seed } from '../stage.js';

const VIP = '192.168.122.200';
const SRV1 = '192.168.122.11';
const SRV2 = '192.168.122.12';

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const { captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const [wire] = captures;
  const write = (router: Router, text: string): void =>
    writeFileSync(router.host.path('/run/my_app/vrrp_track_file'), text);
  for (const router of [srv1, srv2]) {
    await router.host.run(['mkdir', '/run/my_app']);
    write(router, '0\n');
  }
  await srv1.start(seed('multicast-track-file.conf'));
  await wire.advert(SRV1, 244);
  write(srv1, '5\n');
  await wire.advert(SRV1, 249);
  write(srv1, '6\n');
  await wire.advert(SRV1, 250);
  await srv1.untilHolds(VIP);

  // As MASTER it would listen for one interval only, and an advert that comes late would be too late.
  await srv2.start(seed('multicast-track-file.conf', ['MASTER', 'BACKUP']));
  await srv2.entered('BACKUP');
  await wire.onlyFrom(SRV1, 2);
  write(srv2, '7\n');
  await wire.advert(SRV2, 251);
  await srv2.untilHolds(VIP);
  await srv1.untilFree(VIP);
  const mark = wire.adverts.mark();
  write(srv2, '0\n');
  await wire.advert(SRV2, 244, mark);
  await wire.advert(SRV1, 250, mark);
  await srv1.untilHolds(VIP);
  await srv2.untilFree(VIP);
}

export const trackFile: Story = {
  name: 'a tracked file holds 5, then 6: the advert carries 249, then 250',
  mixes: ALL_MIXES,
  play,
};
