/**
 * garp_interval and gna_interval: the announcements of a takeover leave one after the other, by either daemon, and a
 * group of interfaces has a pace of its own. Directives-vrrp section 3, runtime reference section 6.5.
 */
import assert from 'node:assert/strict';
import type { Capture } from '../capture.js';
import type { Router } from '../router.js';
import { OURS_FIRST, type Stage, type Story } from '../stage.js';

const VIPS = [1, 2, 3, 4].map((number) => `192.168.68.10${number}`);
const EVIPS = ['2001:db8:68::101', '2001:db8:68::102'];
const REPEAT = 3;
/** Seconds. */
const GARP = 0.5;
const NA = 1;

const configuration = (router: Router, priority: number, group: string, globals: string): string => `
global_defs {
  router_id ${router.name}
  vrrp_garp_master_delay 0
  vrrp_garp_master_repeat ${REPEAT}
  ${globals}
}
${group}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 68
  priority ${priority}
  virtual_ipaddress {
    ${VIPS.join('\n    ')}
  }
  virtual_ipaddress_excluded {
    ${EVIPS.map((address) => `${address}/64`).join('\n    ')}
  }
}
`;

/**
 * All of one kind that this router sent, once there are as many as were asked for. Keepalived 2.2.7 forgets repeats where
 * announcements are paced: of it only as many as there are addresses are waited for.
 */
async function paced(
  { announcements }: Capture,
  { mac, kind }: { readonly mac: string; readonly kind: Router['kind'] },
  addresses: readonly string[],
  interval: number,
): Promise<void> {
  const count = kind === 'holdfast' ? addresses.length * REPEAT : addresses.length;
  const burst = await announcements.collect(
    `an announcement of ${addresses.join(', ')} from ${mac}`,
    count,
    (one) => one.mac === mac && addresses.includes(one.address),
  );
  const times = burst.map(({ at }) => at);
  // The first one may have been held up on its way: by no more than two intervals.
  const least = Math.max(0, count - 3) * interval;
  const span = Math.max(...times) - Math.min(...times);
  assert.ok(span >= least, `${count} of them took ${span.toFixed(3)} s, at least ${least} were asked for`);
  if (kind !== 'holdfast') return;
  // Round robin: every address is told before one is told again.
  const first = burst.slice(0, addresses.length).map(({ address }) => address);
  assert.deepEqual([...new Set(first)].sort(), [...addresses].sort());
}

async function macOf({ host }: Router): Promise<string> {
  const shown = await host.run(['ip', 'link', 'show', 'eth0']);
  return /link\/ether (\S+)/.exec(shown)?.[1] ?? '';
}

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const { cables, captures } = await stage.wire('eth0', ['192.168.68.1/24', '192.168.68.2/24']);
  const group = `garp_group {\n  interface eth0\n  garp_interval ${GARP}\n  gna_interval ${NA}\n}`;
  const globals = `vrrp_garp_interval ${GARP}\n  vrrp_gna_interval ${NA}`;
  await srv1.start(configuration(srv1, 200, group, ''));
  await srv1.untilHolds(VIPS[0] ?? '');
  await srv2.start(configuration(srv2, 100, '', globals));
  const mac = { mac: await macOf(srv1), kind: srv1.kind };
  await paced(captures[0], mac, VIPS, GARP);
  await paced(captures[0], mac, EVIPS, NA);
  await srv1.kill();
  await cables[0].cut();
  await srv2.untilHolds(VIPS[0] ?? '');
  const other = { mac: await macOf(srv2), kind: srv2.kind };
  await paced(captures[1], other, VIPS, GARP);
  await paced(captures[1], other, EVIPS, NA);
  await srv2.stop();
}

export const announcementPace: Story = {
  name: 'garp_interval, gna_interval: announcements of a takeover leave one after the other',
  mixes: [{ srv1: 'holdfast', srv2: 'holdfast' }, OURS_FIRST],
  play,
};
