/**
 * The requests of a client through the daemon and the plane nftables, on whatever kernel there is: what test/kernel shows
 * with IPVS. Shares as the weights say, servers that stop, return, show a wrong page and are drained, a reload, and a
 * process of the balancer that dies. (issue 6, criterion 4)
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Running } from '../../src/lab/running.js';
import { until } from '../lab/journal.js';
import { inHabitat } from './habitat.js';

const WEB = ['web1', 'web2', 'web3'] as const;
type Web = (typeof WEB)[number];
const SERVER = fileURLToPath(new URL('../../src/demo/lvs/web-server.js', import.meta.url));
const VIP = '10.0.0.80';
const PAGE = 'all is well';
const DIGEST = createHash('md5').update(`${PAGE}\n`).digest('hex');

/** Asks for each line so many times, and says how often whom it met; `hold` keeps a connection open without a word. */
const CLIENT = `
const http = require('http');
const ask = () => new Promise((done) => {
  http.get({ host: '${VIP}', agent: false, timeout: 60000 }, (answer) => {
    let text = '';
    answer.on('data', (data) => { text += data; });
    answer.on('end', () => done(text));
  }).on('timeout', function () { this.destroy(); }).on('error', (error) => done(error.code));
});
require('readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  if (line === 'hold') {
    require('net').connect(80, '${VIP}', () => console.log('{"held":1}'));
    return;
  }
  const met = {};
  for (let n = 0; n < Number(line); n++) { const who = await ask(); met[who] = (met[who] || 0) + 1; }
  console.log(JSON.stringify(met));
});`;

const text = (weights: Readonly<Record<Web, number>>): string => `
global_defs {
  balancer nftables
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress {
    ${VIP}/24
  }
}
virtual_server ${VIP} 80 {
  delay_loop 1
  warmup 0
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
${WEB.map(
  (name, n) => `  real_server 10.1.0.${n + 1} 80 {
    weight ${weights[name]}
    HTTP_GET {
      url {
        path /probe
        digest ${DIGEST}
      }
      connect_timeout 30
      retry 1
      delay_before_retry 1
    }
  }`,
).join('\n')}
}
`;

inHabitat('requests go as with IPVS: by the weights, and never to who may not have them', async (habitat) => {
  const { host, lab } = habitat;
  await lab.network('back');
  await lab.cable(host, 'eth1', 'back', ['10.1.0.254/24']);
  await host.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
  const client = await lab.host('client');
  await lab.cable(client, 'eth0', 'lan', ['10.0.0.2/24']);
  const visitor = await client.start([process.execPath, '-e', CLIENT]);
  const servers = new Map<Web, Running>();
  const serve = async (name: Web): Promise<void> => {
    const machine = machines[WEB.indexOf(name)];
    assert.ok(machine);
    servers.set(name, await machine.start([process.execPath, SERVER, name, PAGE]));
  };
  const machines = await Promise.all(WEB.map((name) => lab.host(name)));
  for (const [n, name] of WEB.entries()) {
    const machine = machines[n];
    assert.ok(machine);
    await lab.cable(machine, 'eth0', 'back', [`10.1.0.${n + 1}/24`]);
    await lab.route(machine, '10.1.0.254');
    await serve(name);
  }
  const say = async (line: string): Promise<Record<string, number>> => {
    const before = visitor.lines.length;
    visitor.write(`${line}\n`);
    const answer = await until('the client has asked', () => visitor.lines[before]?.text);
    return JSON.parse(answer);
  };
  const shares = (): Promise<Record<string, number>> => say('12');
  const page = (name: Web, shown: string): void => servers.get(name)?.write(`${shown}\n`);

  const daemon = await habitat.start([
    '-n',
    '-l',
    '-D',
    '-G',
    '-f',
    await habitat.configure(text({ web1: 3, web2: 2, web3: 1 })),
  ]);
  const known = async (name: Web) =>
    (await habitat.status())?.balancer?.services[0]?.servers[WEB.indexOf(name)];
  const weighs = (name: Web, weight: number | undefined): Promise<true> =>
    until(
      `${name} has weight ${weight}`,
      async () => (await known(name))?.tableWeight === weight || undefined,
    );
  await until('it is master', async () => (await habitat.status())?.instances[0]?.state === 'MASTER');
  await until(
    'all were checked',
    () => /10\.1\.0\.3\]:tcp:80 succeed on service/.test(daemon.output) || undefined,
  );
  assert.deepEqual(await shares(), { web1: 6, web2: 4, web3: 2 });

  await servers.get('web2')?.stop();
  await weighs('web2', undefined);
  assert.match(daemon.output, /HTTP_CHECK on service \[10\.1\.0\.2\]:tcp:80 failed after 1 retries/);
  assert.deepEqual(await shares(), { web1: 9, web3: 3 });
  await serve('web2');
  await weighs('web2', 2);

  page('web1', 'something else');
  await weighs('web1', undefined);
  assert.match(daemon.output, /Removing service \[10\.1\.0\.1\]:tcp:80 from VS .*digest/i);
  assert.deepEqual(await shares(), { web2: 8, web3: 4 });
  page('web1', PAGE);
  await weighs('web1', 3);
  assert.deepEqual(await shares(), { web1: 6, web2: 4, web3: 2 });

  await habitat.configure(text({ web1: 1, web2: 1, web3: 1 }));
  daemon.signal('SIGHUP');
  await weighs('web1', 1);
  assert.deepEqual(await shares(), { web1: 4, web2: 4, web3: 4 });

  const pid = await habitat.pidIn('/run/checkers.pid');
  await host.run(['kill', '-KILL', String(pid)]);
  assert.deepEqual(await shares(), { web1: 4, web2: 4, web3: 4 }, 'while nobody is there');
  await until(
    'another one is there',
    async () => (await habitat.pidIn('/run/checkers.pid')) !== pid || undefined,
  );
  await weighs('web3', 1);
  assert.deepEqual(await shares(), { web1: 4, web2: 4, web3: 4 }, 'and after it');

  assert.deepEqual(await say('hold'), { held: 1 });
  const holder = await until('the connection is counted', async () => {
    const counts = await Promise.all(WEB.map(known));
    return WEB[counts.findIndex((one) => (one?.connections?.active ?? 0) > 0)];
  });
  const { output } = await habitat.call('drain', `10.1.0.${WEB.indexOf(holder) + 1}`);
  assert.match(output, /gets no new connections, [1-9]\d* connections? left/);
  await weighs(holder, 0);
  const others = WEB.filter((name) => name !== holder);
  assert.deepEqual(await shares(), Object.fromEntries(others.map((name) => [name, 6])));
  await daemon.stop();
});
