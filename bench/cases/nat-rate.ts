// Requests per second through the nftables data plane, beside rules that a person would write for the same: a client, a
// director, two web servers, round robin by NAT. Both ways in turns on the same network, for the machine's mood changes;
// second by second, for a disturbed one would spoil a mean.
// No booted kernel is needed, and Keepalived does not do this.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LabHost } from '../../src/lab/host.js';
import { Topology } from '../../src/lab/topology.js';
import { untilLine } from '../capture.js';
import { type Measure, Samples } from '../occasion.js';
import { projectRoot } from '../rivals.js';

const SERVICE = '10.77.0.100';
const PORT = 80;
const SECONDS = 6;
/** Until the client's code is compiled. */
const WARM_UP_SECONDS = 1;
const SETTLE_MS = 2000;
const LOAD = fileURLToPath(new URL('../nat-load.js', import.meta.url));

const CONFIGURATION = `global_defs {
  balancer nftables
}
virtual_server ${SERVICE} ${PORT} {
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 10.78.0.11 ${PORT} {
    weight 1
  }
  real_server 10.78.0.12 ${PORT} {
    weight 1
  }
}
`;

/** As the manual of nft has it. */
const BY_HAND = `table ip by_hand {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr ${SERVICE} tcp dport ${PORT} dnat to numgen inc mod 2 map { 0 : 10.78.0.11, 1 : 10.78.0.12 }
  }
}
`;

export const measureNatRate: Measure = async ({ rights, runs, say }) => {
  const [ours, plain] = [new Samples(), [] as number[]];
  const lab = await Topology.open(rights);
  try {
    const { client, director } = await network(lab);
    const configuration = director.write('balancer.conf', CONFIGURATION);
    const byHand = director.write('by-hand.nft', BY_HAND);
    const way = {
      plane: async (): Promise<number[]> => {
        const logFile = join(lab.directory, 'holdfast.log');
        const words = [join(projectRoot(), 'bin/holdfast'), '-n', '-l', '-C', '-G', '-f', configuration];
        const daemon = await director.start(words, { logFile });
        await untilRules(director, true);
        // What a start costs is not what is asked here.
        await wait(SETTLE_MS);
        const reached = await rates(client);
        daemon.signal('SIGTERM');
        await daemon.exited;
        await untilRules(director, false);
        return reached;
      },
      byHand: async (): Promise<number[]> => {
        await director.run(['nft', '-f', byHand]);
        const reached = await rates(client);
        await director.run(['nft', 'delete', 'table', 'ip', 'by_hand']);
        return reached;
      },
    };
    // Servers that have served nothing yet are slow.
    await way.byHand();
    for (let run = 1; run <= runs; run += 1) {
      // Whoever comes second has the warmer machine: so they take turns at that, too.
      const first = run % 2 === 0 ? await way.byHand() : undefined;
      const own = await way.plane();
      const other = first ?? (await way.byHand());
      say(`nat-rate ${run}/${runs}: ${middle(own).toFixed(0)} a second, by hand ${middle(other).toFixed(0)}`);
      for (const rate of own) ours.add('holdfast', 1e6 / rate);
      plain.push(...other.map((rate) => 1e6 / rate));
    }
  } finally {
    await lab.close();
  }
  const samples = ours.all;
  const share = middle(plain) / middle(samples.holdfast ?? []);
  return [
    {
      id: 'nat-rate',
      title: 'nftables data plane: time per request through NAT',
      unit: 'us',
      aim: 'at least 0.95 of the requests per second of rules written by hand',
      samples,
      others: { 'rules written by hand': plain },
      note: `${share.toFixed(3)} of the requests per second of rules written by hand; client and servers share the machine`,
    },
  ];
};

async function network(lab: Topology): Promise<{ client: LabHost; director: LabHost }> {
  for (const name of ['front', 'back']) await lab.network(name);
  const client = await lab.host('client');
  await lab.cable(client, 'eth0', 'front', ['10.77.0.3/16']);
  const director = await lab.host('director');
  await lab.cable(director, 'eth0', 'front', ['10.77.0.1/16', `${SERVICE}/32`]);
  await lab.cable(director, 'eth1', 'back', ['10.78.0.1/16']);
  await director.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
  for (const last of [11, 12]) {
    const web = await lab.host(`web${last}`);
    await lab.cable(web, 'eth0', 'back', [`10.78.0.${last}/16`]);
    await web.run(['ip', 'route', 'add', 'default', 'via', '10.78.0.1']);
    const server = await web.start([process.execPath, LOAD, 'serve', String(PORT)]);
    await untilLine(server, ({ text }) => text.includes('ready'), 10_000, 'the web server');
  }
  // A client that opens connections this fast must be able to use its ports again at once.
  await client.run([
    'sh',
    '-c',
    'echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse; echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range',
  ]);
  return { client, director };
}

async function untilRules(director: LabHost, there: boolean): Promise<void> {
  for (let n = 0; n < 300; n += 1) {
    const rules = await director.run(['nft', 'list', 'ruleset']);
    if (rules.includes('10.78.0.12') === there) return;
    await wait(50);
  }
  throw new Error(`the rules of the data plane are ${there ? 'not there' : 'still there'}`);
}

const middle = (some: readonly number[]): number =>
  [...some].sort((a, b) => a - b)[Math.floor(some.length / 2)] ?? Number.NaN;

/** Requests per second, of each second. */
async function rates(client: LabHost): Promise<number[]> {
  const text = await client.run([process.execPath, LOAD, 'ask', SERVICE, String(PORT), String(SECONDS)]);
  const { answered, failed } = JSON.parse(text) as { answered: number[]; failed: number };
  const all = answered.reduce((sum, one) => sum + one, 0);
  if (failed > all / 100) throw new Error(`${failed} requests of ${failed + all} failed`);
  return answered.slice(WARM_UP_SECONDS);
}
