/**
 * The seed haproxy-sync-group.conf: two instances on two networks fail over together, and with `nopreempt` they
 * do not come back by themselves.
 */
import assert from 'node:assert/strict';
import type { Router } from '../router.js';
import { ALL_MIXES, type Stage, type Story, seed, standIn, TIME_FOR_SCRIPTS } from '../stage.js';

const BI = { vip: '172.16.10.16', addresses: ['172.16.10.11', '172.16.10.12'] } as const;
const LB = { vip: '172.16.2.20', addresses: ['172.16.2.11', '172.16.2.12'] } as const;
const configuration = seed('haproxy-sync-group.conf', TIME_FOR_SCRIPTS);

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const bi = await stage.wire('eth2', [`${BI.addresses[0]}/24`, `${BI.addresses[1]}/24`]);
  const lb = await stage.wire('eth1', [`${LB.addresses[0]}/24`, `${LB.addresses[1]}/24`]);
  const wires = [bi.captures[0], lb.captures[0]] as const;
  const haproxy = await standIn(srv1.host, 'haproxy');
  await standIn(srv2.host, 'haproxy');
  const holdsBoth = async (router: Router): Promise<void> => {
    await router.untilHolds(BI.vip);
    await router.untilHolds(LB.vip);
  };
  const holdsNone = async (router: Router): Promise<void> => {
    await router.untilFree(BI.vip);
    await router.untilFree(LB.vip);
  };

  await srv1.start(configuration);
  await wires[0].advert(BI.addresses[0], 118);
  await wires[1].advert(LB.addresses[0], 118);
  await holdsBoth(srv1);
  await srv2.start(configuration);
  await srv2.entered('BACKUP', 0, 'ws-bi-vrrp');
  await Promise.all([wires[0].onlyFrom(BI.addresses[0], 2), wires[1].onlyFrom(LB.addresses[0], 2)]);

  const marks = wires.map((wire) => wire.adverts.mark());
  const failing = srv1.log.mark();
  await haproxy.stop();
  await srv1.entered('FAULT', failing, 'ws-bi-vrrp');
  await srv1.entered('FAULT', failing, 'ws-lb-vrrp');
  await wires[0].advert(BI.addresses[1], 118, marks[0]);
  await wires[1].advert(LB.addresses[1], 118, marks[1]);
  await holdsBoth(srv2);
  await holdsNone(srv1);

  const healing = srv1.log.mark();
  await standIn(srv1.host, 'haproxy');
  await srv1.entered('BACKUP', healing, 'ws-bi-vrrp');
  await srv1.entered('BACKUP', healing, 'ws-lb-vrrp');
  await Promise.all([wires[0].onlyFrom(BI.addresses[1], 5), wires[1].onlyFrom(LB.addresses[1], 5)]);
  assert.equal(await srv2.holds(BI.vip), true);
  assert.equal(await srv2.holds(LB.vip), true);
  await holdsNone(srv1);
}

export const syncGroup: Story = {
  name: 'two instances of a sync group fail over together and do not come back by themselves',
  mixes: ALL_MIXES,
  scripts: true,
  play,
};
