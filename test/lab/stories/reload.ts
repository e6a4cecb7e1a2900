/**
 * SIGHUP to a running router of ours: an invalid file is refused with diagnostics and changes nothing. A valid one
 * changes what it changes, and the mastership is not lost for it, neither ours nor to a backup of ours.
 */
import assert from 'node:assert/strict';
import { ALL_MIXES, type Stage, type Story, seed } from '../stage.js';

const VIP = '192.168.122.200';
const ADDED = '192.168.122.201';
const SRV1 = '192.168.122.11';
const SRV2 = '192.168.122.12';
/** Ten adverts may be missed: a machine that is busy with other things must not look like an outage. */
const PATIENT: readonly [string, string] = ['advert_int 1', 'advert_int 1\ndown_timer_adverts 10'];

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  const { captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const wire = captures[0];
  await lab.network('spare');
  for (const { host } of [srv1, srv2]) await lab.cable(host, 'ens9', 'spare');
  const valid = seed('multicast-track-interface.conf', PATIENT);
  await srv1.start(valid);
  await wire.advert(SRV1, 249);
  const second = seed(
    'multicast-track-interface.conf',
    PATIENT,
    ['priority 244', 'priority 100'],
    ['MASTER', 'BACKUP'],
  );
  await srv2.start(second);
  await srv2.entered('BACKUP');
  await srv1.untilHolds(VIP);
  const started = srv1.log.mark();
  const wireMark = wire.adverts.mark();

  // A bad file is for ours, wherever it stands: Keepalived would lose its instance.
  const [first, refusing] = srv1.kind === 'holdfast' ? [true, srv1] : [false, srv2];
  const before = refusing.log.mark();
  refusing.configure((first ? valid : second).replace('virtual_router_id 51', 'virtual_router_id 999'));
  refusing.signal('SIGHUP');
  await refusing.waitForLog(/999/, before);
  await wire.onlyFrom(SRV1, 3);
  assert.equal(await srv1.holds(VIP), true, 'a refused reload changes nothing');
  assert.equal(await srv2.holds(VIP), false, 'a refused reload changes nothing');

  srv1.configure(valid.replace('priority 244', 'priority 240'));
  srv1.signal('SIGHUP');
  await wire.advert(SRV1, 245, wireMark);
  assert.equal(await srv1.holds(VIP), true);

  // Both have to agree on the addresses, or each remarks on the other's list.
  const more = (text: string): string =>
    text.replace('192.168.122.200/24', '192.168.122.200/24\n192.168.122.201/24');
  // Ours goes first, and reads for seconds on a busy machine: it obeys a master with another list, which Keepalived does not.
  const applied = refusing.log.mark();
  refusing.configure(more(first ? valid : second));
  refusing.signal('SIGHUP');
  await refusing.waitForLog(/Reloaded/, applied);
  const [other, text] = first ? [srv2, second] : [srv1, valid];
  other.configure(more(text));
  other.signal('SIGHUP');
  await srv1.untilHolds(ADDED);
  await wire.onlyFrom(SRV1, 2);
  const left = srv1.log.entries
    .slice(started)
    .filter((line) => /Entering (BACKUP|FAULT) STATE/.test(line.text));
  assert.deepEqual(left, [], 'mastership was never lost');
  const others = wire.adverts.entries.slice(wireMark).filter((advert) => advert.source !== SRV1);
  assert.deepEqual(others, []);
  for (const router of [srv1, srv2]) router.forgiveAbout('999');
  for (const router of [srv1, srv2]) router.forgiveAbout('MASTER advert');
  // No two daemons reload in the same moment: an advert between them has the list of the other file.
  for (const router of [srv1, srv2]) router.forgiveAbout('unexpected ip number count');
  for (const router of [srv1, srv2]) router.forgiveAbout('its list of addresses is not ours');
}

export const reload: Story = {
  name: 'SIGHUP: a bad file is refused, a good one applied',
  mixes: ALL_MIXES,
  play,
};
