/**
 * smtp_alert of both routers to one mail server: whoever becomes MASTER, BACKUP, FAULT or stops says so, in subjects
 * that only the name of the router tells apart. Runtime reference section 12.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Journal, until } from '../journal.js';
import type { SunkMail } from '../mail-sink.js';
import type { Router } from '../router.js';
import { OURS_FIRST, OURS_SECOND, type Stage, type Story } from '../stage.js';

const SINK = fileURLToPath(new URL('../mail-sink.js', import.meta.url));
const SERVER = '192.168.67.9';
const VIP = '192.168.67.100';

const configuration = (router: Router, priority: number): string => `
global_defs {
  router_id ${router.name}
  notification_email {
    ops@example.org
    night@example.org
  }
  notification_email_from ${router.name}@example.org
  smtp_server ${SERVER}
  smtp_connect_timeout 10
  smtp_alert
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 67
  priority ${priority}
  track_interface {
    eth1
  }
  virtual_ipaddress { ${VIP}/24 }
}
`;

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2, lab } = stage;
  await stage.wire('eth0', ['192.168.67.1/24', '192.168.67.2/24']);
  await lab.network('net-eth1');
  const cables = [
    await lab.cable(srv1.host, 'eth1', 'net-eth1'),
    await lab.cable(srv2.host, 'eth1', 'net-eth1'),
  ] as const;
  const office = await lab.host('office');
  await lab.cable(office, 'eth0', 'net-eth0', [`${SERVER}/24`]);
  const mails = new Journal<SunkMail>('the mail server', ({ from, subject }) => `${from}: ${subject}`);
  const sink = await office.start([process.execPath, SINK], {
    onLine: ({ text }) => text.startsWith('{') && mails.push(JSON.parse(text) as SunkMail),
  });
  await until('the mail server listens', () => sink.lines.some(({ text }) => text === 'listening'));
  const mail = (router: Router, what: string, after: number): Promise<SunkMail> =>
    mails.find(
      `${router.name} says ${what}`,
      ({ subject }) => subject === `[${router.name}] VRRP Instance VI_1 - ${what}`,
      after,
    );

  await srv1.start(configuration(srv1, 200));
  const first = await mail(srv1, 'Entering MASTER state', 0);
  assert.equal(first.from, '192.168.67.1');
  assert.equal(first.sender, 'srv1@example.org');
  assert.deepEqual([...first.recipients].sort(), ['night@example.org', 'ops@example.org']);
  await srv2.start(configuration(srv2, 100));
  await mail(srv2, 'Entering BACKUP state', 0);

  // The same events for either router, each told by both kinds of daemon in one of the mixes.
  let mark = mails.mark();
  await cables[0].cut();
  await mail(srv1, 'Entering FAULT state', mark);
  await mail(srv2, 'Entering MASTER state', mark);
  mark = mails.mark();
  await cables[0].mend();
  await mail(srv1, 'Entering BACKUP state', mark);
  await mail(srv1, 'Entering MASTER state', mark);
  await mail(srv2, 'Entering BACKUP state', mark);
  mark = mails.mark();
  await cables[1].cut();
  await mail(srv2, 'Entering FAULT state', mark);
  mark = mails.mark();
  await cables[1].mend();
  await mail(srv2, 'Entering BACKUP state', mark);
  mark = mails.mark();
  await srv1.stop();
  if (srv1.kind === 'holdfast') await mail(srv1, 'Stopping', mark);
  await mail(srv2, 'Entering MASTER state', mark);
  await srv2.stop();
  // Keepalived ends before it has said so.
  if (srv2.kind === 'holdfast') await mail(srv2, 'Stopping', mark);

  const shape = /^\[srv[12]\] VRRP Instance VI_1 - (Entering (MASTER|BACKUP|FAULT) state|Stopping)$/;
  for (const { subject, body } of mails.entries) {
    assert.match(subject, shape);
    assert.notEqual(body, '');
  }
  await sink.stop();
}

export const mail: Story = {
  name: 'mail: one server, and subjects that tell routers apart but not daemons',
  mixes: [OURS_FIRST, OURS_SECOND],
  play,
};
