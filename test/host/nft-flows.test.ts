/** Datagrams of clients that never pause, through the plane nftables: they leave a server that left, and nobody else does. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Service } from '../../src/core/lvs/table.js';
import { chainName } from '../../src/host/balancer/nftables/names.js';
import { withNetworkNamespace } from '../../src/host/linux/namespace.js';
import { until } from '../lab/journal.js';
import { BalancerLab } from './balancer-lab.js';
import type { BalancerPilot } from './balancer-pilot.js';
import { nftPilot, server, table } from './nft-stage.js';
import { ip, namespacesMissing, rootMissing } from './rig.js';

const [A, B, A6, B6] = ['10.1.0.11', '10.1.0.12', '2001:db8:2::11', '2001:db8:2::12'] as const;
const VIP = '192.0.2.100';

const SERVER = `
for (const host of process.argv.slice(1)) {
  const socket = require('dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (_, { port, address }) => socket.send(host, port, address));
  socket.bind(5353, host, () => console.log('ready'));
}`;
/** Asks for each line "HOST PORT FROM" from that port, which stays open, by whom it is answered. */
const CLIENT = `
const sockets = new Map();
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [host, port, from] = line.split(' ');
  const type = host.includes(':') ? 'udp6' : 'udp4';
  const socket = sockets.get(line) ?? require('dgram').createSocket(type);
  const ask = () => {
    socket.removeAllListeners();
    socket.on('error', () => {});
    const silence = setTimeout(() => console.log('nobody'), 300);
    socket.on('message', (who) => { clearTimeout(silence); socket.removeAllListeners('message'); console.log(String(who)); });
    socket.send('x', Number(port), host);
  };
  if (sockets.has(line)) ask(); else { sockets.set(line, socket); socket.bind(Number(from), ask); }
});`;

const dns: Service = {
  identity: { kind: 'address', protocol: 'UDP', address: ip(VIP), port: 53 },
  ...{ scheduler: 'rr', schedulerFlags: [], onePacket: false },
};
const other: Service = {
  ...dns,
  identity: { kind: 'address', protocol: 'UDP', address: ip('192.0.2.101'), port: 53 },
};
const at = (address: string) => server(address, { port: 5353 });

describe('flows of datagrams', { skip: namespacesMissing || rootMissing }, () => {
  let lab: BalancerLab;
  let pilot: BalancerPilot;
  const children: ChildProcess[] = [];
  const answers: string[] = [];
  const run = (namespace: number, script: string, ...args: string[]): ChildProcess => {
    const child = withNetworkNamespace(namespace, () =>
      spawn(process.execPath, ['-e', script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    children.push(child);
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) => line === 'ready' || answers.push(line));
    return child;
  };
  let client: ChildProcess;
  const ask = async (from: number, host = VIP, port = 53): Promise<string> => {
    answers.length = 0;
    client.stdin?.write(`${host} ${port} ${from}\n`);
    return until('an answer', () => answers[0]);
  };
  /** The change is done, and what follows from it. */
  const reach = async (...entries: Parameters<typeof table>): Promise<void> => {
    await pilot.reach(table(...entries));
    await pilot.read();
  };

  before(async () => {
    lab = new BalancerLab();
    pilot = nftPilot(lab.director);
    const servers = run(lab.servers, SERVER, A, B, A6, B6);
    await new Promise((ready) => servers.stdout?.once('data', ready));
    client = run(lab.client, CLIENT);
  });
  beforeEach(() => reach());
  after(async () => {
    await pilot?.balancer.close();
    for (const child of children) child.kill('SIGKILL');
    lab?.close();
  });

  test('one of a server that left goes to another, those of others and of a drained one stay', async () => {
    await reach([dns, at(A), at(B)]);
    const [first, second] = [await ask(4001), await ask(4002)];
    assert.deepEqual([first, second].sort(), [A, B]);
    const [left, stays] = [first, second] as [string, string];
    await reach([dns, server(left, { port: 5353, weight: 0 }), at(stays)]);
    assert.equal(await ask(4001), left, 'drained');
    await reach([dns, at(stays)]);
    assert.equal(await ask(4001), stays);
    await reach([dns, at(stays), at(left)]);
    assert.equal(await ask(4001), stays);
    assert.equal(await ask(4002), stays, 'undisturbed');
  });

  test('a service without servers, then the sorry server, then a server', async () => {
    await reach([dns, at(A)]);
    assert.equal(await ask(4011), A);
    await reach([dns]);
    assert.equal(await ask(4011), 'nobody');
    await reach([dns, at(B)]);
    assert.equal(await ask(4011), B);
    await reach([dns, at(A)]);
    assert.equal(await ask(4011), A);
  });

  test('one of a service that rules of somebody else held is ended as well', async () => {
    await reach([other], [dns, at(A)]);
    assert.equal(await ask(4015), A);
    const foreign = 'add chain ip holdfast_balancer foreign; add rule ip holdfast_balancer foreign goto';
    lab.run(lab.director, 'nft', `${foreign} ${chainName(dns.identity)}`);
    await pilot.done([{ operation: 'delete-service', identity: dns.identity }]);
    assert.match(
      pilot.logs.splice(0).join('\n'),
      /rules of somebody else in the table holdfast_balancer hold/,
    );
    await pilot.read();
    assert.equal(await ask(4015), 'nobody');
  });

  test('one that came before the service, or while the table was gone, is balanced', async () => {
    // Something has to make the kernel follow connections.
    lab.run(
      lab.director,
      'nft',
      'add table ip f; add chain ip f i { type filter hook input priority 0; }; add rule ip f i ct state new accept',
    );
    assert.equal(await ask(4021), 'nobody');
    await reach([dns, at(A)]);
    assert.equal(await ask(4021), A);
    lab.run(lab.director, 'nft', 'delete table ip f');
  });

  test('of a mark, and of IPv6; a flow to the same server through another service stays', async () => {
    lab.run(
      lab.director,
      'nft',
      `add table ip m; add chain ip m p { type filter hook prerouting priority -150; }
       add rule ip m p ip daddr ${VIP} udp dport 54 meta mark set 7`,
    );
    const marked: Service = { ...dns, identity: { kind: 'mark', family: 'ipv4', mark: 7 } };
    const six: Service = {
      ...dns,
      identity: { kind: 'address', protocol: 'UDP', address: ip('2001:db8:1::100'), port: 53 },
    };
    await reach([marked, at(A)], [dns, at(A)], [six, at(A6)]);
    assert.equal(await ask(4031, VIP, 54), A);
    assert.equal(await ask(4032), A);
    assert.equal(await ask(4033, '2001:db8:1::100'), A6);
    // New ones would go to the other by now.
    await reach([marked, at(B)], [dns, server(A, { port: 5353, weight: 0 }), at(B)], [six, at(B6)]);
    assert.equal(await ask(4031, VIP, 54), B);
    assert.equal(await ask(4032), A);
    assert.equal(await ask(4033, '2001:db8:1::100'), B6);
    lab.run(lab.director, 'nft', 'delete table ip m');
    assert.deepEqual(pilot.logs, []);
  });
});
