// How late the adverts of a master come while everything else goes wrong around it: scripts that vanish, cannot be
// executed, write without end, ignore SIGTERM, leave children behind or die by a signal; files with text or a megabyte; an
// instance beside it that changes its state every second, with a notify script that hangs, mail servers that misbehave and
// a webhook in a circle. (Keepalived has no webhooks: it is spared that.) A bystander tells what of it is the machine's doing.

import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { advertsIn } from '../adverts.js';
import { Lateness, REAL_TIME, startBystander } from '../bystander.js';
import { Capture, untilLine } from '../capture.js';
import type { Measure, Occasion } from '../occasion.js';
import { Rig, virtualAddress } from '../rig.js';
import type { Rival } from '../rivals.js';

const INTERVAL = 100;
const [SMTP_PORT, HTTP_PORT] = [2525, 8099];

/** The scripts that fail while they run, and what is in them. */
export const BAD_SCRIPTS: Readonly<Record<string, string>> = {
  flood: 'exec yes',
  deaf: 'trap "" TERM; while :; do sleep 0.2; done',
  leaves: 'sleep 3 & exit 0',
  killed: 'kill -9 $$',
  slow: 'sleep 5',
};
/** Those that something happens to after the daemon has looked at them. */
const BROKEN_LATER = ['vanishes', 'closed', 'folder', 'noexec'];

export const measureBadInput =
  ({ realTime }: { readonly realTime: boolean }): Measure =>
  async (occasion) => {
    const lateness = new Lateness();
    for (const rival of occasion.rivals) await observe(occasion, rival, realTime, lateness);
    const what = `bad scripts, files, mail and web servers${realTime ? ', vrrp_rt_priority' : ''}`;
    return lateness.comparisons(`bad-input${realTime ? '-rt' : ''}`, what, INTERVAL);
  };

async function observe(
  { rights, quick, say }: Occasion,
  rival: Rival,
  realTime: boolean,
  lateness: Lateness,
): Promise<void> {
  const rig = await Rig.open(rights);
  try {
    const { host, cable } = rig.first;
    const folder = join(rig.lab.directory, 'bad');
    const noexec = join(folder, 'noexec.d');
    for (const path of [folder, noexec]) mkdirSync(path);
    await host.run(['ip', 'link', 'set', 'lo', 'up']);
    await host.run(['mount', '-t', 'tmpfs', 'tmpfs', noexec]);
    const script = (path: string, text: string): void => {
      writeFileSync(path, `#!/bin/sh\n${text}\n`);
      chmodSync(path, 0o755);
    };
    for (const [name, text] of Object.entries(BAD_SCRIPTS)) script(join(folder, name), text);
    for (const name of BROKEN_LATER) script(join(folder, name), 'exit 0');
    const onNoexec = join(noexec, 'script');
    await host.run(['cp', join(folder, 'noexec'), onNoexec]);
    script(join(folder, 'flap'), `if rm ${folder}/up; then exit 1; fi 2>/dev/null; : >${folder}/up`);
    script(join(folder, 'hangs'), 'trap "" TERM; sleep 1000');
    writeFileSync(join(folder, 'text'), 'no number at all');
    writeFileSync(join(folder, 'large'), '7'.repeat(1024 * 1024));
    writeFileSync(join(folder, 'open'), '3');
    const rude = fileURLToPath(new URL('../rude-servers.js', import.meta.url));
    const servers = await host.start([process.execPath, rude, String(SMTP_PORT), String(HTTP_PORT)]);
    await untilLine(servers, ({ text }) => text === 'rude', 10_000, 'the servers');

    const file = host.write(
      `${rival.name}.conf`,
      badInput({ folder, onNoexec, webhooks: rival.name === 'holdfast', realTime }),
    );
    const logFile = join(rig.lab.directory, `${host.name}-${rival.name}.log`);
    const daemon = await host.start(rival.command(file), { logFile });
    await untilLine(daemon, ({ text }) => /\(VI_1\) Entering MASTER STATE/.test(text), 60_000, 'the master');
    await startBystander(rig, rival, INTERVAL, realTime);
    rmSync(join(folder, 'vanishes'));
    chmodSync(join(folder, 'closed'), 0o644);
    rmSync(join(folder, 'folder'));
    mkdirSync(join(folder, 'folder'));
    await host.run(['mount', '-o', 'remount,noexec', noexec]);
    await wait(quick ? 3_000 : 5_000);

    const pcap = join(rig.lab.directory, 'bad-input.pcap');
    const capture = await Capture.start(rig.lab, cable.port, 'ip proto 112', pcap);
    await wait(quick ? 10_000 : 45_000);
    const adverts = advertsIn(await capture.stop());
    say(`bad-input ${rival.name}: ${lateness.add(rival.name, adverts, 1, INTERVAL)}`);
  } catch (error) {
    throw new Error(`bad-input of ${rival.name}: logs in ${rig.keepLogs('bad-input')}`, { cause: error });
  } finally {
    await rig.close();
  }
}

/** A master that lives through it, and an instance that changes its state whenever `flap` does. */
export function badInput({
  folder,
  onNoexec,
  webhooks,
  realTime,
}: {
  readonly folder: string;
  /** A script on a filesystem mounted noexec. */
  readonly onNoexec: string;
  readonly webhooks: boolean;
  readonly realTime: boolean;
}): string {
  const paths: Readonly<Record<string, string>> = {
    ...Object.fromEntries(
      [...Object.keys(BAD_SCRIPTS), ...BROKEN_LATER].map((name) => [name, `${folder}/${name}`]),
    ),
    noexec: onNoexec,
  };
  const script = (name: string, path: string): string =>
    `vrrp_script ${name} {\n  script "${path}"\n  interval 1\n  timeout 1\n  rise 1\n  fall 1\n}\n`;
  const files = ['text', 'large', 'open'];
  const instance = (name: string, vrid: number, more: string): string => `vrrp_instance ${name} {
  state BACKUP
  interface eth0
  virtual_router_id ${vrid}
  priority 200
  advert_int ${INTERVAL / 1000}
  version 3
  virtual_ipaddress {
    ${virtualAddress(vrid)}/16
  }
${more}}
`;
  const block = (keyword: string, lines: readonly string[]): string =>
    `  ${keyword} {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;
  const urls = ['loop', 'silent'].map((path) => `  notify_url http://127.0.0.1:${HTTP_PORT}/${path}\n`);
  return `global_defs {
  router_id bench
  script_user root
  notification_email {
    nobody@example.net
  }
  smtp_server 127.0.0.1 ${SMTP_PORT}
  smtp_connect_timeout 5
${webhooks ? urls.join('') : ''}${realTime ? `  ${REAL_TIME}\n` : ''}}
${Object.entries(paths)
  .map(([name, path]) => script(name, path))
  .join('')}${script('flap', `${folder}/flap`)}${files
  .map((name) => `track_file ${name} {\n  file ${folder}/${name}\n}\n`)
  .join('')}${instance(
  'VI_1',
  1,
  block(
    'track_script',
    Object.keys(paths).map((name) => `${name} weight 1`),
  ) +
    block(
      'track_file',
      files.map((name) => `${name} weight 1`),
    ),
)}${instance('VI_2', 2, `  smtp_alert\n  notify ${folder}/hangs\n${block('track_script', ['flap'])}`)}`;
}
