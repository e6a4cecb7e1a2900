/**
 * An interface that has just come up: its link-local address is still checked for duplicates and must not be sent
 * from. The IPv6 instance waits in FAULT with that reason and comes by itself, while its IPv4 neighbour runs.
 */
import assert from 'node:assert/strict';
import { until } from '../journal.js';
import { OURS, type Stage, type Story } from '../stage.js';

const CONFIGURATION = `
vrrp_instance VI_4 {
  interface eth0
  virtual_router_id 51
  advert_int 1
  virtual_ipaddress {
    192.168.63.100
  }
}
vrrp_instance VI_6 {
  interface eth0
  virtual_router_id 51
  advert_int 0.1
  virtual_ipaddress {
    fe80::63:100
    2001:db8:63::100/64
  }
}
`;
/** However long the daemon takes to start, the check takes longer; then anew, as an ordinary one. */
const ENDLESS_CHECK = 'echo 600 >/proc/sys/net/ipv6/conf/default/dad_transmits';
const ORDINARY_CHECK =
  'echo 1 >/proc/sys/net/ipv6/conf/eth0/dad_transmits; ip link set eth0 down; ip link set eth0 up';

async function play(stage: Stage): Promise<void> {
  const { srv1 } = stage;
  await srv1.host.run(['sh', '-c', ENDLESS_CHECK]);
  const { captures, cables } = await stage.wire('eth0', ['192.168.63.1/24', '192.168.63.2/24']);
  const [wire] = captures;
  await srv1.start(CONFIGURATION);
  await srv1.entered('FAULT', 0, 'VI_6');
  const isChecked = /link-local address fe80::\S+ is still being checked for duplicates/;
  const fault = await until('the reason is told', async () =>
    (await srv1.status('VI_6'))?.faults.find(({ text }) => isChecked.test(text)),
  );
  assert.equal(fault.code, 'source-address-missing');
  await srv1.entered('BACKUP', 0, 'VI_4');
  assert.deepEqual((await srv1.status('VI_4'))?.faults, []);

  const checked = srv1.log.mark();
  await srv1.host.run(['sh', '-c', ORDINARY_CHECK]);
  await srv1.entered('BACKUP', checked, 'VI_6');
  const advert = await wire.adverts.find('an advert over IPv6', ({ source }) => source.startsWith('fe80:'));
  assert.equal(advert.destination, 'ff02::12');
  await srv1.untilHolds('2001:db8:63::100');
  const shown = await srv1.host.run(['ip', '-6', 'address', 'show', 'dev', 'eth0']);
  assert.match(
    shown,
    /fe80::63:100\/128 scope link nodad deprecated/,
    "the link-local VIP is nobody's source",
  );
  assert.doesNotMatch(shown, /tentative/);
  await srv1.entered('MASTER', 0, 'VI_4');

  // The kernel lets nobody say goodbye from an address that is gone.
  srv1.forgiveAbout('could not send');
  const cut = srv1.log.mark();
  await cables[0].deleteAddress(`${advert.source}/64`);
  await srv1.entered('FAULT', cut, 'VI_6');
  await srv1.untilFree('2001:db8:63::100');
}

export const tentative: Story = {
  name: 'a link-local address that is still tentative: FAULT with that reason, and by itself out of it',
  mixes: [OURS],
  play,
};
