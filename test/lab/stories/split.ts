/**
 * Two masters behind a cut, and what becomes of the neighbours' belief when it heals: the survivor has the last word
 * about every address, be the rival heard for a while (it does not hear us yet) or does it yield at the first advert.
 * Judged from the wire: frames of the survivor, told by their Ethernet source, after the last claim of the loser.
 */
import assert from 'node:assert/strict';
import { familyOf, type IpAddress } from '../../../src/base/ip-address.js';
import type { Capture } from '../capture.js';
import type { Router } from '../router.js';
import { type Mix, OURS, OURS_FIRST, OURS_SECOND, type Stage, type Story } from '../stage.js';

const SRV1 = '192.168.61.1';
const SRV2 = '192.168.61.2';
const VIPS = ['192.168.61.100', 'fe80::61:100', '2001:db8:61::100'] as const;

/** `lines` of each instance. */
const configuration = (priority: number, lines = ''): string => `
global_defs {
  vrrp_garp_master_delay 0
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  ${lines}
  virtual_ipaddress {
    ${VIPS[0]}/24
  }
}
vrrp_instance VI_6 {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  ${lines}
  virtual_ipaddress {
    ${VIPS[1]}
    ${VIPS[2]}/64
  }
}
`;
const INSTANCES = ['VI_1', 'VI_6'] as const;

/** Both masters, srv2 behind a cut that looks sound. */
async function split(stage: Stage, lines: string) {
  const { srv1, srv2 } = stage;
  const { cables, captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  await srv1.start(configuration(150, srv1.kind === 'holdfast' ? lines : ''));
  for (const name of INSTANCES) await srv1.entered('MASTER', 0, name);
  await srv2.start(configuration(100));
  for (const name of INSTANCES) await srv2.entered('BACKUP', 0, name);
  await cables[1].silence();
  for (const name of INSTANCES) await srv2.entered('MASTER', 0, name);
  for (const vip of VIPS) await srv2.untilHolds(vip);
  return { cables, captures };
}

/** Once srv2 has given way: after its last claim srv1 has announced every address, and nobody contradicts. */
async function survivorAnnounces(stage: Stage, captures: readonly [Capture, Capture]): Promise<void> {
  const { srv1, srv2 } = stage;
  for (const vip of VIPS) await srv2.untilFree(vip);
  const [one, two] = await Promise.all([srv1, srv2].map(macOf));
  // At srv2's own port nothing that it ever said is missing.
  const [, { adverts, announcements }] = captures;
  // tcpdump tells later than it stamps, and in order: once it has told of a later advert, no claim of srv2 is missing.
  const settled = Date.now() / 1000;
  await adverts.find('srv1 goes on', ({ mac, at }) => mac === one && at > settled);
  for (const vip of VIPS) {
    const family = familyOf(vip as IpAddress);
    const claims = [
      ...adverts.entries.filter(
        ({ mac, priority, source }) =>
          mac === two && priority > 0 && familyOf(source as IpAddress) === family,
      ),
      ...announcements.entries.filter(({ mac, address }) => mac === two && address === vip),
    ];
    const last = Math.max(...claims.map(({ at }) => at));
    assert.ok(last > 0);
    await announcements.find(
      `srv1 announces ${vip} after the last claim of srv2`,
      ({ mac, address, at }) => mac === one && address === vip && at > last,
    );
  }
}

async function macOf({ host }: Router): Promise<string> {
  const [link] = JSON.parse(await host.run(['ip', '-j', 'link', 'show', 'eth0'])) as { address: string }[];
  return link?.address ?? '';
}

/** srv2 is heard again before it hears: for a while srv1 knows of a rival, and is told not to speak against it. */
async function oneWay(stage: Stage): Promise<void> {
  const { lab, srv1, srv2 } = stage;
  const { cables, captures } = await split(stage, 'garp_lower_prio_repeat 0');
  await lab.run(['nft', 'add', 'table', 'netdev', 'cut']);
  const hook = `{ type filter hook ingress device "${cables[0].port}" priority 0; policy drop; }`;
  await lab.run(['nft', 'add', 'chain', 'netdev', 'cut', 'deaf', hook]);
  const mark = srv1.log.mark();
  await cables[1].unsilence();
  for (const name of INSTANCES) await srv1.waitForLog(new RegExp(`\\(${name}\\).*stays MASTER`), mark);
  const given = srv2.log.mark();
  await lab.run(['nft', 'delete', 'table', 'netdev', 'cut']);
  for (const name of INSTANCES) await srv2.entered('BACKUP', given, name);
  await survivorAnnounces(stage, captures);
}

/** All is mended at once: srv1's advert comes first, and only a last word of srv2 can tell it of the split. */
async function atOnce(stage: Stage): Promise<void> {
  const { srv2 } = stage;
  const { cables, captures } = await split(stage, 'garp_lower_prio_repeat 0');
  const given = srv2.log.mark();
  await cables[1].unsilence();
  for (const name of INSTANCES) await srv2.entered('BACKUP', given, name);
  await survivorAnnounces(stage, captures);
}

const story = (name: string, mixes: readonly Mix[], play: Story['play']): Story => ({ name, mixes, play });

export const splitOneWay = story(
  'a split heals one way first: the survivor announces when the rival has fallen silent',
  [OURS, OURS_FIRST],
  oneWay,
);
export const splitAtOnce = story(
  'a split heals at once: the last word of who yields lets the survivor announce',
  [OURS, OURS_SECOND],
  atOnce,
);
