/**
 * A router whose master tracks a session with its partner: with a weight the priority on the wire moves, without one it
 * is FAULT and the partner master. The session is broken by a rule that stops BFD alone, and mended; a reload that
 * changes nothing leaves it up, and a stop says goodbye to it.
 */
import assert from 'node:assert/strict';
import { ALL_MIXES, type Stage, type Story } from '../stage.js';

const [SRV1, SRV2] = ['192.168.90.1', '192.168.90.2'];
/** Three seconds until a loss is noticed, six until a master is missed: a busy machine must not look like an outage. */
const SESSION = (own: string, other: string): string => `
bfd_instance peer {
  neighbor_ip ${other}
  source_ip ${own}
  min_rx 250
  min_tx 250
  multiplier 12
}
`;
const INSTANCE = (name: string, vrid: number, priority: number, more = ''): string => `
vrrp_instance ${name} {
  interface eth0
  version 3
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int 0.3
  down_timer_adverts 20
  virtual_ipaddress { 192.168.90.${100 + vrid}/24 }
  ${more}
}
`;
const NO_BFD = `
table inet story {
  chain in { type filter hook input priority 0; udp dport 3784 drop; }
}
`;

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const { captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const wire = captures[0];
  const first = [
    SESSION(SRV1, SRV2),
    INSTANCE('VI_1', 1, 150, 'track_bfd { peer weight -60 }'),
    INSTANCE('VI_2', 2, 150, 'track_bfd { peer }'),
  ].join('');
  await srv2.start([SESSION(SRV2, SRV1), INSTANCE('VI_1', 1, 100), INSTANCE('VI_2', 2, 100)].join(''));
  await srv1.start(first);
  await srv1.waitForLog(/\(peer\) Entering Up state/);
  await Promise.all(['VI_1', 'VI_2'].map((name) => srv1.entered('MASTER', 0, name)));
  await wire.advert(SRV1, 150);

  if (srv1.kind === 'holdfast') {
    const reloading = srv1.log.mark();
    srv1.signal('SIGHUP');
    await srv1.waitForLog(/Reloaded: the configuration is the same as before/, reloading);
  }

  // BFD alone is lost: the weighted one goes below its partner, the other says goodbye and is in FAULT.
  const [lost, onWire] = [srv1.log.mark(), wire.adverts.mark()];
  await srv2.host.run(['nft', '-f', srv2.host.write('no-bfd.nft', NO_BFD)]);
  await srv1.waitForLog(/\(peer\) Entering Down state/, lost);
  await srv1.entered('FAULT', lost, 'VI_2');
  await wire.advert(SRV1, 0, onWire);
  await wire.advert(SRV1, 90, onWire);
  await srv1.entered('BACKUP', lost, 'VI_1');
  await srv2.untilHolds('192.168.90.101');
  await srv2.untilHolds('192.168.90.102');
  assert.equal(
    srv1.log.entries.slice(0, lost).some(({ text }) => /\(peer\) Entering Down/.test(text)),
    false,
    'the session was up until then',
  );

  const mending = srv1.log.mark();
  await srv2.host.run(['nft', 'delete', 'table', 'inet', 'story']);
  await srv1.waitForLog(/\(peer\) Entering Up state/, mending);
  await Promise.all(['VI_1', 'VI_2'].map((name) => srv1.entered('MASTER', mending, name)));
  await srv1.untilHolds('192.168.90.102');
  for (const router of [srv1, srv2]) {
    router.forgiveAbout('lower priority');
    router.forgiveAbout('MASTER advert');
    router.forgiveAbout('discriminator');
  }
}

export const trackBfd: Story = {
  name: 'track_bfd: a lost session moves the priority, or is a FAULT; found again, all is as before',
  mixes: ALL_MIXES,
  play,
};
