/**
 * `fast_takeover`: a backup takes over with the loss of the session with its master, long before three adverts are
 * missed; and not while adverts still arrive, not when its own link is down, not when its sessions with everybody are
 * lost in the same moment. The master is ours or Debian's keepalived, the third router speaks BFD alone.
 */
import assert from 'node:assert/strict';
import { until } from '../journal.js';
import { Router } from '../router.js';
import { OURS, OURS_SECOND, type Stage, type Story } from '../stage.js';

const [SRV1, SRV2, THIRD] = ['192.168.91.1', '192.168.91.2', '192.168.91.3'];
const VIP = '192.168.91.100';
/** Microseconds. */
const DETECTION = 4_000_000;
/**
 * Four seconds until a loss is noticed, since a busy machine has kept a daemon waiting for one, and the adverts of four seconds
 * tell that a master lives; twelve of them and the skew are 12.6 s, so that no loss is one of VRRP's before.
 */
const session = (name: string, own: string, other: string): string => `
bfd_instance ${name} {
  neighbor_ip ${other}
  source_ip ${own}
  min_rx 250
  min_tx 250
  multiplier 16
}
`;
const instance = (priority: number, more = ''): string => `
vrrp_instance VI_1 {
  interface eth0
  version 3
  virtual_router_id 7
  priority ${priority}
  advert_int 1
  down_timer_adverts 12
  dont_track_primary
  virtual_ipaddress { ${VIP}/24 }
  ${more}
}
`;
const NO_BFD = `
table inet story {
  chain in { type filter hook input priority 0; ip saddr ${SRV1} udp dport 3784 drop; }
}
`;

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  const { cables } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const third = new Router(await lab.host('third'), 'holdfast');
  await lab.cable(third.host, 'eth0', 'net-eth0', [`${THIRD}/24`]);
  await third.start(session('backup', THIRD, SRV2));
  await srv1.start([session('backup', SRV1, SRV2), instance(200)].join(''));
  await srv1.entered('MASTER');
  await srv2.start(
    [
      session('master', SRV2, SRV1),
      session('third', SRV2, THIRD),
      instance(100, 'track_bfd { master fast_takeover }'),
    ].join(''),
  );
  const heard = async (): Promise<number> => (await srv2.status())?.counters.advertReceived ?? 0;
  const agreed = async (session: string, after: number): Promise<void> => {
    await srv2.waitForLog(new RegExp(`\\(${session}\\) Entering Up state`), after);
    // Whoever is not yet up himself says one packet a second, and sixteen of those are longer than twelve adverts.
    await until(
      `srv2 waits four seconds for ${session}`,
      async () => (await srv2.session(session))?.detectionTime === DETECTION,
    );
  };
  const ready = async (after: number): Promise<void> => {
    const before = await heard();
    await agreed('master', after);
    await agreed('third', after);
    await until('srv2 is backup', async () => (await srv2.status())?.state === 'BACKUP');
    // Without an advert since then its intervals might end before the next loss is noticed.
    await until('srv2 hears the master', async () => (await heard()) > before);
  };
  await ready(0);

  // Only BFD is broken.
  const broken = srv2.log.mark();
  await srv2.host.run(['nft', '-f', srv2.host.write('no-bfd.nft', NO_BFD)]);
  await srv2.waitForLog(/session master with the master .* went down, but adverts still arrive/, broken);
  assert.equal((await srv2.status())?.state, 'BACKUP');
  const mended = srv2.log.mark();
  await srv2.host.run(['nft', 'delete', 'table', 'inet', 'story']);
  await agreed('master', mended);

  // It is srv2 that is cut off: everybody is lost at once.
  const cut = srv2.log.mark();
  await cables[1].silence();
  await srv2.waitForLog(/went down, but every other session went down in the same moment/, cut);
  await cables[1].unsilence();
  await ready(cut);

  // Its own link is down.
  const unplugged = srv2.log.mark();
  await cables[1].cut();
  await srv2.waitForLog(/went down, but our own link eth0 is down/, unplugged);
  // Mended sooner, it would stay up, and nobody enters that state again.
  await srv2.waitForLog(/\(third\) Entering Down state/, unplugged);
  const plugged = srv2.log.mark();
  await cables[1].mend();
  await ready(plugged);

  const death = srv2.log.mark();
  await srv1.kill();
  const taken = await srv2.entered('MASTER', death);
  assert.match(taken.text, /reason: BFD session master with the master 192\.168\.91\.1 went down/);
  await srv2.untilHolds(VIP);
  for (const router of [srv1, srv2]) {
    router.forgiveAbout('lower priority');
    router.forgiveAbout('MASTER advert');
    router.forgiveAbout('discriminator');
  }
}

export const fastTakeover: Story = {
  name: 'fast_takeover: the death of the master is noticed by BFD, and only his death',
  mixes: [OURS, OURS_SECOND],
  play,
};
