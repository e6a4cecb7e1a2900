/**
 * A stranger floods a virtual router with junk. A master of ours keeps the rhythm of its adverts, the backup stays
 * backup, and the log stays short. A master that is Keepalived falls silent: then ours, which was the backup, takes
 * over through the flood and keeps the rhythm.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { ALL_MIXES, type Stage, type Story, seed } from '../stage.js';

const SRV1 = '192.168.122.11';
const SRV2 = '192.168.122.12';
const VIP = '192.168.122.200';
const STRANGER = '192.168.122.66';
const FLOOD = fileURLToPath(new URL('../flood.js', import.meta.url));
/** Eight adverts may be missed: a machine that is busy with other things must not look like an outage. */
const PATIENT: readonly [string, string] = ['advert_int 1', 'advert_int 1\ndown_timer_adverts 8'];
/**
 * Seconds between two adverts, mostly: one, and far less than the two that a missed one would make. Not always: whoever is not
 * run for a while is late, and makes up for it with the next.
 */
const USUAL_GAP = 1.5;
/** Lines that a few hundred junk packets of a handful of kinds may cost. */
const MOST_LINES = 60;

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  const { captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const [wire] = captures;
  const stranger = await lab.host('stranger');
  await lab.cable(stranger, 'eth0', 'net-eth0', [`${STRANGER}/24`]);
  for (const { host } of [srv1, srv2]) await host.run(['mkdir', '/run/my_app']);
  await srv1.start(seed('multicast-track-file.conf', PATIENT));
  await wire.advert(SRV1, 244);
  await srv2.start(seed('multicast-track-file.conf', PATIENT, ['MASTER', 'BACKUP']));
  await srv2.entered('BACKUP');
  await wire.onlyFrom(SRV1, 1);

  const keptMaster = srv1.kind === 'holdfast';
  const [ours, master] = keptMaster ? [srv1, SRV1] : [srv2, SRV2];
  const mark = wire.adverts.mark();
  const lines = ours.log.mark();
  const flood = await stranger.start([process.execPath, FLOOD, 'eth0', STRANGER, '51']);
  await wire.adverts.find('the first junk', (advert) => advert.source === STRANGER, mark);
  const adverts = await wire.adverts.collect(
    `an advert from ${master}`,
    6,
    (advert) => advert.source === master,
    mark,
  );
  await flood.stop();
  assert.deepEqual(flood.lines, [], 'the flood itself works');
  const junk = wire.adverts.entries.slice(mark).filter((advert) => advert.source === STRANGER);
  const gaps = adverts.slice(1).map(({ at }, i) => at - (adverts[i]?.at ?? 0));
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  assert.ok(usual < USUAL_GAP, `gaps of ${gaps.join(', ')} s: the junk has disturbed the master`);
  assert.ok(junk.length > 100, `only ${junk.length} junk packets passed`);
  if (keptMaster) assert.equal(await srv2.holds(VIP), false, 'the backup is not moved by junk');
  else {
    await srv2.untilHolds(VIP);
    await srv1.untilFree(VIP);
    await wire.onlyFrom(SRV2, 2);
  }
  const said = ours.log.entries.slice(lines);
  assert.ok(said.length < MOST_LINES, `${said.length} lines about the junk`);
  const counters = (await ours.status())?.counters;
  assert.ok(counters !== undefined);
  const refused =
    counters.checksum + counters.version + counters.ttl + counters.authentication + counters.packetLength;
  assert.ok(refused > 100, `the junk is counted: ${refused}`);
  // What was said about the stranger is no complaint about each other.
  for (const router of [srv1, srv2]) {
    router.forgiveAbout(STRANGER);
    // A header that is cut off names nobody; Keepalived's lines never do.
    router.forgiveAbout(router.kind === 'keepalived' ? '' : 'too short to read');
  }
}

export const junkFlood: Story = {
  name: 'a flood of junk leaves the rhythm of the adverts alone',
  mixes: ALL_MIXES,
  play,
};
