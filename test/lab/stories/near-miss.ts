/**
 * The seed nginx-pidof-unicast.conf says 192.166.56.101 where its author meant 192.168.56.101. That address is
 * on no interface: the instance is in FAULT and says why, until the address appears. (Keepalived stays in FAULT
 * then, too, until somebody starts it again: so here somebody does.)
 */
import assert from 'node:assert/strict';
import { until } from '../journal.js';
import { ALL_MIXES, type Stage, type Story, seed, standIn, TIME_FOR_SCRIPTS } from '../stage.js';

const VIP = '192.168.56.205';
const TYPO = '192.166.56.101';
const SRV2 = '192.168.56.102';

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const { captures, cables } = await stage.wire('eth1', ['192.168.56.101/24', `${SRV2}/24`]);
  const wire = captures[1];
  // The partner knows srv1 by the address that srv1 believes to have.
  await srv2.host.run(['ip', 'route', 'add', '192.166.56.0/24', 'dev', 'eth1']);
  await standIn(srv1.host, 'nginx');
  const nginx2 = await standIn(srv2.host, 'nginx');
  // Keepalived follows links before it starts a script, and on Debian pidof is a link to killall5.
  const check: readonly [string, string] = ['pidof nginx', 'killall -0 nginx'];
  await srv2.start(
    seed(
      'nginx-pidof-unicast.conf',
      TIME_FOR_SCRIPTS,
      [TYPO, SRV2],
      ['192.168.56.102\n    }', `${TYPO}\n    }`],
      ...(srv2.kind === 'keepalived' ? [check] : []),
    ),
  );
  await srv2.untilHolds(VIP);

  const ours = srv1.kind === 'holdfast';
  await srv1.start(seed('nginx-pidof-unicast.conf', TIME_FOR_SCRIPTS, ...(ours ? [] : [check])));
  await srv1.entered('FAULT', 0, 'VIP1');
  if (ours) {
    const fault = await until('srv1 says why', async () => (await srv1.status('VIP1'))?.faults[0]);
    assert.equal(fault.code, 'source-address-missing');
    assert.match(fault.text, /192\.166\.56\.101/);
  }
  assert.equal(await srv1.holds(VIP), false);
  assert.deepEqual(wire.adverts.entries, [], 'nobody has the address that srv2 advertises to');

  const mark = srv1.log.mark();
  await cables[0].addAddress(`${TYPO}/24`);
  if (!ours) {
    await wire.advert(SRV2, 100);
    assert.equal(await srv1.holds(VIP), false);
    await srv1.stop();
    await srv1.start(seed('nginx-pidof-unicast.conf', TIME_FOR_SCRIPTS, check));
  }
  await srv1.entered('BACKUP', mark, 'VIP1');
  await wire.advert(SRV2, 100);
  await wire.onlyFrom(SRV2, 2);
  const failing = wire.adverts.mark();
  await nginx2.stop();
  await wire.advert(TYPO, 100, failing);
  await srv1.untilHolds(VIP);
  await srv2.untilFree(VIP);
}

export const nearMiss: Story = {
  name: 'a source address that no interface has: FAULT until it appears',
  mixes: ALL_MIXES,
  scripts: true,
  play,
};
