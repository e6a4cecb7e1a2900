/** The seed multicast-track-interface.conf: ens9 is worth 5 while it is up. */
import { ALL_MIXES, type Stage, type Story, seed } from '../stage.js';

const VIP = '192.168.122.200';
const SRV1 = '192.168.122.11';
const SRV2 = '192.168.122.12';

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  const { captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const [wire] = captures;
  await lab.network('spare');
  const ens9 = await lab.cable(srv1.host, 'ens9', 'spare');
  await lab.cable(srv2.host, 'ens9', 'spare');
  await srv1.start(seed('multicast-track-interface.conf'));
  await wire.advert(SRV1, 249);
  await srv1.untilHolds(VIP);
  // As MASTER it would listen for one interval only, and an advert that comes late would be too late.
  await srv2.start(seed('multicast-track-interface.conf', ['MASTER', 'BACKUP']));
  await srv2.entered('BACKUP');
  await wire.onlyFrom(SRV1, 2);

  const cut = wire.adverts.mark();
  await ens9.cut();
  await wire.advert(SRV1, 244, cut);
  await wire.advert(SRV2, 249, cut);
  await srv2.untilHolds(VIP);
  await srv1.untilFree(VIP);

  const mended = srv1.log.mark();
  await ens9.mend();
  await srv1.untilPriority(249, mended);
  await wire.onlyFrom(SRV2, 3);

  // Down by the administrator's word rather than by the cable.
  const down = wire.adverts.mark();
  await srv2.host.run(['ip', 'link', 'set', 'ens9', 'down']);
  await wire.advert(SRV2, 244, down);
  await wire.advert(SRV1, 249, down);
  await srv1.untilHolds(VIP);
}

export const trackInterface: Story = {
  name: 'ens9 goes down: the priority falls by 5',
  mixes: ALL_MIXES,
  play,
};
