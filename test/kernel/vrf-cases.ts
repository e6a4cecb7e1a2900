/** `vrf`: a unicast instance without interface speaks and hears within a VRF, with a partner outside of it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonStatus } from '../../src/admin/report.js';
import { ask } from '../../src/cli/client.js';
import { until } from '../lab/journal.js';
import type { KernelCase } from './suite.js';

const BOOT = fileURLToPath(new URL('../../src/daemon/boot.js', import.meta.url));
const ip = (line: string): string => execFileSync('ip', line.split(' '), { encoding: 'utf8' });

interface Daemon {
  readonly process: ChildProcess;
  readonly lines: string[];
  /** Whom it takes for the master. */
  readonly master: () => Promise<string | undefined>;
}

function start(name: string, text: string, prefix: readonly string[] = []): Daemon {
  const folder = mkdtempSync(join(tmpdir(), `vrf-${name}-`));
  const file = join(folder, 'router.conf');
  writeFileSync(file, text, { mode: 0o600 });
  const places = ['--run-dir', folder, '-p', join(folder, 'main.pid'), '-r', join(folder, 'vrrp.pid')];
  const command = [...prefix, process.execPath, BOOT, '-n', '-l', '-D', '-G', '-R', '-f', file, ...places];
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => lines.push(...data.toString().split('\n')));
  const master = async (): Promise<string | undefined> => {
    const answer = await ask(join(folder, 'control.sock'), 'GET', '/status');
    return answer.ok ? (answer.value.body as DaemonStatus).instances[0]?.master?.address : undefined;
  };
  return { process: child, lines, master };
}
const says = ({ lines }: Daemon, sign: RegExp): Promise<boolean> =>
  until(String(sign), async () => lines.some((line) => sign.test(line)));

const router = (where: string, own: string, peer: string, device: string, priority: number): string => `
vrrp_instance VI_1 {
  ${where}
  virtual_router_id 51
  priority ${priority}
  unicast_src_ip ${own}
  unicast_peer {
    ${peer}
  }
  virtual_ipaddress {
    10.9.0.100/24 dev ${device}
  }
}
`;

const unicastInVrf: KernelCase = {
  name: 'vrf: the socket is bound to its device, hears a partner there, takes over from it and is heard by it',
  run: async () => {
    ip('netns add partner');
    ip('link add v0 type veth peer name v1 netns partner');
    ip('link add red type vrf table 10');
    ip('link set red up');
    ip('link set v0 master red');
    ip('link set v0 up');
    ip('address add 10.9.0.1/24 dev v0');
    ip('-n partner link set lo up');
    ip('-n partner link set v1 up');
    ip('-n partner address add 10.9.0.2/24 dev v1');
    const inPartner = ['ip', 'netns', 'exec', 'partner'];
    const better = start('better', router('interface v1', '10.9.0.2', '10.9.0.1', 'v1', 200), inPartner);
    await says(better, /Entering MASTER STATE/);
    const ours = start('ours', router('vrf red', '10.9.0.1', '10.9.0.2', 'v0', 100));
    try {
      await until('it has heard its master', async () => (await ours.master()) === '10.9.0.2');
      better.process.kill('SIGKILL');
      // That it names the partner proves that its adverts were heard through the VRF.
      await says(ours, /Entering MASTER STATE; reason: no advert from 10\.9\.0\.2 \(priority 200\)/);
      await until('the address is set', async () => ip('-o address show dev v0').includes('10.9.0.100'));
      ip('-n partner address flush dev v1');
      ip('-n partner address add 10.9.0.2/24 dev v1');
      const worse = start('worse', router('interface v1', '10.9.0.2', '10.9.0.1', 'v1', 150), inPartner);
      try {
        await says(worse, /ignores the advert of 10\.9\.0\.1: priority 100, ours is 150/);
      } finally {
        worse.process.kill('SIGKILL');
      }
      // Without its VRF it has nowhere to stand.
      ip('link delete red');
      await says(ours, /Entering FAULT STATE; reason: interface red /);
      await says(ours, /stays in FAULT; reason: interface red does not exist/);
    } finally {
      for (const { process: child } of [better, ours]) child.kill('SIGKILL');
    }
  },
};

export const cases: readonly KernelCase[] = [unicastInVrf];
