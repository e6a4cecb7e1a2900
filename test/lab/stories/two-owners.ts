/** Two routers are configured as owner of the addresses (255): one of them alone stays master, and ours says why. */
import { ALL_MIXES, type Stage, type Story, seed } from '../stage.js';

const VIP = '192.168.122.200';
const SRV1 = '192.168.122.11';
const SRV2 = '192.168.122.12';
const OWNER = seed(
  'multicast-track-file.conf',
  [/priority 244/, 'priority 255'],
  [/track_file \{[^}]*\}\s*\}/, '}'],
);

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const { captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const wire = captures[0];
  for (const { host } of [srv1, srv2]) await host.run(['mkdir', '/run/my_app']);
  await srv1.start(OWNER);
  await wire.advert(SRV1, 255);
  await srv1.untilHolds(VIP);
  const second = wire.adverts.mark();
  await srv2.start(OWNER);
  await wire.advert(SRV2, 255, second);
  await srv1.entered('BACKUP');
  await srv2.untilHolds(VIP);
  await srv1.untilFree(VIP);
  await wire.onlyFrom(SRV2, 4);
  if (srv1.kind === 'holdfast') await srv1.waitForLog(/only one router can own the addresses/);
  for (const router of [srv1, srv2]) {
    router.forgiveAbout('own the addresses');
    router.forgiveAbout('address owner');
    router.forgiveAbout('same priority');
    router.forgiveAbout('lower address');
    router.forgiveAbout('equal priority');
  }
}

export const twoOwners: Story = {
  name: 'two owners of the addresses: one stays master',
  mixes: ALL_MIXES,
  play,
};
