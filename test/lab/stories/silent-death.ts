/**
 * A master is killed without a word: its partner takes over after master-down. The dead one's address is still
 * on its interface; the restarted daemon clears it away and comes up as backup.
 */
import assert from 'node:assert/strict';
import { ALL_MIXES, forKind, type Stage, type Story, seed, standIn } from '../stage.js';

const VIP = '192.168.56.7';
const SRV1 = '192.168.56.4';
const SRV2 = '192.168.56.5';

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const { captures } = await stage.wire('enp0s8', [`${SRV1}/24`, `${SRV2}/24`]);
  const wire = captures[0];
  for (const { host } of [srv1, srv2]) await standIn(host, 'httpd');
  const first = forKind(srv1.kind, seed('track-process-srv1.conf'));
  await srv1.start(first);
  await wire.advert(SRV1, 254);
  await srv2.start(forKind(srv2.kind, seed('track-process-srv2.conf')));
  await srv2.untilPriority(254);
  await srv1.untilHolds(VIP);

  const death = wire.adverts.mark();
  await srv1.kill();
  await wire.advert(SRV2, 254, death);
  await srv2.untilHolds(VIP);
  const goodbyes = wire.adverts.entries.slice(death).filter((advert) => advert.priority === 0);
  assert.deepEqual(goodbyes, [], 'the death was silent');
  assert.equal(await srv1.holds(VIP), true, 'nobody has cleared the address away');

  const restart = srv1.log.mark();
  // As MASTER it would listen for one interval only, and an advert that comes late would be too late.
  await srv1.start(first.replace('state MASTER', 'state BACKUP'));
  await srv1.untilFree(VIP);
  await srv1.entered('BACKUP', restart);
  await srv1.untilPriority(254, restart);
  await wire.onlyFrom(SRV2, 3);
  assert.equal(await srv1.holds(VIP), false);
}

export const silentDeath: Story = {
  name: 'kill -9 of the master: the partner takes over, the restarted one clears its leftovers',
  mixes: ALL_MIXES,
  scripts: true,
  play,
};
