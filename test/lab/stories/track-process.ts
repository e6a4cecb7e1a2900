/** The seeds track-process-srv1.conf and -srv2.conf: httpd stops, the address moves; it returns, nothing moves. */
import assert from 'node:assert/strict';
import type { Capture } from '../capture.js';
import { ALL_MIXES, forKind, type Stage, type Story, seed, standIn } from '../stage.js';

const VIP = '192.168.56.7';
const SRV1 = '192.168.56.4';
const SRV2 = '192.168.56.5';
/** Seconds after which a backup of priority 244 takes silence for death: 3 x 1 s and a skew of 12/256 s. */
const MASTER_DOWN = 3.047;

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const { captures } = await stage.wire('enp0s8', [`${SRV1}/24`, `${SRV2}/24`]);
  const [wire] = captures;
  let httpd1 = await standIn(srv1.host, 'httpd');
  const httpd2 = await standIn(srv2.host, 'httpd');
  await srv1.start(forKind(srv1.kind, seed('track-process-srv1.conf')));
  await wire.advert(SRV1, 254);
  await srv2.start(forKind(srv2.kind, seed('track-process-srv2.conf')));
  await srv2.untilPriority(254);
  await srv1.untilHolds(VIP);
  assert.equal(await srv2.holds(VIP), false, 'two routers of priority 254: the first stays');

  const stopped = wire.adverts.mark();
  await httpd1.stop();
  await wire.advert(SRV1, 244, stopped);
  await wire.advert(SRV2, 254, stopped);
  await srv2.untilHolds(VIP);
  await srv1.untilFree(VIP);

  const back = srv1.log.mark();
  httpd1 = await standIn(srv1.host, 'httpd');
  await srv1.untilPriority(254, back);
  const still = await wire.onlyFrom(SRV2, 4);
  assert.ok(still.every((advert) => advert.priority === 254));
  assert.equal(await srv2.holds(VIP), true, 'the address stays although srv1 is whole again');

  const second = wire.adverts.mark();
  await httpd2.stop();
  await wire.advert(SRV2, 244, second);
  await wire.advert(SRV1, 254, second);
  await srv1.untilHolds(VIP);
  await srv2.untilFree(VIP);

  await goodbye(stage, wire);
  await httpd1.stop();
}

/** SIGTERM to the master: it says goodbye, and the other does not wait for its silence. */
async function goodbye({ srv1, srv2 }: Stage, wire: Capture): Promise<void> {
  const mark = wire.adverts.mark();
  await srv1.stop();
  assert.equal(await srv1.holds(VIP), false, 'a router that ended keeps no address');
  const last = await wire.advert(SRV1, 0, mark);
  const first = await wire.advert(SRV2, undefined, mark);
  assert.ok(first.at - last.at < MASTER_DOWN, 'the other takes over at once');
  await srv2.untilHolds(VIP);
}

export const trackProcess: Story = {
  name: 'httpd stops, returns, stops on the other',
  mixes: ALL_MIXES,
  scripts: true,
  play,
};
