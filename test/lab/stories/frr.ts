/**
 * FRR's vrrpd as the other router, version 3 over both families and version 2: it preempts, is outbid, preempts
 * again, dies in silence (its faster interval is the one that counts), and says goodbye. What vrrpd wants of its
 * surroundings: zebra, and a macvlan with the virtual MAC and the addresses, made by hand.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHost } from '../../../src/lab/host.js';
import type { Running } from '../../../src/lab/running.js';
import type { Advert, Capture } from '../capture.js';
import { until } from '../journal.js';
import { OURS, type Stage, type Story } from '../stage.js';

const SRV1 = '192.168.62.1';
const SRV2 = '192.168.62.2';

interface Group {
  readonly instance: string;
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly addresses: readonly string[];
}
const GROUPS: readonly Group[] = [
  { instance: 'VI_2', vrid: 52, version: 2, addresses: ['192.168.62.52'] },
  { instance: 'VI_3', vrid: 53, version: 3, addresses: ['192.168.62.53'] },
  { instance: 'VI_6', vrid: 54, version: 3, addresses: ['fe80::62:54', '2001:db8:62::54'] },
];
const isV6 = ({ addresses }: Group): boolean => addresses.some((address) => address.includes(':'));

const ours = `global_defs {
  vrrp_garp_master_delay 0
}
${GROUPS.map(
  ({ instance, vrid, version, addresses }) => `vrrp_instance ${instance} {
  interface eth0
  virtual_router_id ${vrid}
  version ${version}
  priority 100
  virtual_ipaddress {
    ${addresses.join('\n    ')}
  }
}
`,
).join('')}`;

/** Version 2 knows no other interval than the configured one. */
const intervalOf = ({ version }: Group): number => (version === 2 ? 1000 : 500);

const theirs = `interface eth0
${GROUPS.flatMap((group) => [
  ` vrrp ${group.vrid} version ${group.version}`,
  ` vrrp ${group.vrid} priority 200`,
  ` vrrp ${group.vrid} advertisement-interval ${intervalOf(group)}`,
  ...group.addresses.map((address) => ` vrrp ${group.vrid} ${isV6(group) ? 'ipv6' : 'ip'} ${address}`),
]).join('\n')}
exit
`;

/** zebra and vrrpd on one host. */
class Frr {
  readonly #directory: string;
  #vrrpd: Running | undefined;

  private constructor(readonly host: LabHost) {
    this.#directory = join(host.directory, 'frr');
  }

  static async open(host: LabHost): Promise<Frr> {
    const frr = new Frr(host);
    mkdirSync(frr.#directory);
    host.write('frr/zebra.conf', '');
    host.write('frr/vrrpd.conf', theirs);
    execFileSync('chown', ['-R', 'frr:frr', frr.#directory]);
    for (const { vrid, addresses } of GROUPS) {
      const name = `mv${vrid}`;
      const family = addresses.some((address) => address.includes(':')) ? '02' : '01';
      const mac = `00:00:5e:00:${family}:${vrid.toString(16)}`;
      await host.run(['ip', 'link', 'add', name, 'link', 'eth0', 'type', 'macvlan', 'mode', 'bridge']);
      await host.run(['ip', 'link', 'set', name, 'address', mac]);
      for (const address of addresses)
        await host.run([
          ...['ip', 'address', 'add', `${address}/${address.includes(':') ? 64 : 24}`, 'dev', name],
          ...(address.includes(':') ? ['nodad'] : []),
        ]);
      await host.run(['ip', 'link', 'set', name, 'up']);
    }
    await frr.#start('zebra');
    await until('zebra serves its clients', () => frr.#socketIsThere('zserv.api'));
    return frr;
  }

  async start(): Promise<void> {
    this.#vrrpd = await this.#start('vrrpd');
    await until('vrrpd takes orders', () => this.#socketIsThere('vrrpd.vty'));
  }

  async priority(priority: number): Promise<void> {
    const orders = GROUPS.flatMap(({ vrid }) => ['-c', `vrrp ${vrid} priority ${priority}`]);
    await this.host.run([
      'vtysh',
      '--vty_socket',
      this.#directory,
      '-c',
      'conf t',
      '-c',
      'interface eth0',
      ...orders,
    ]);
  }

  async kill(): Promise<void> {
    this.#vrrpd?.signal('SIGKILL');
    await this.#vrrpd?.exited;
  }

  async stop(): Promise<void> {
    await this.#vrrpd?.stop();
  }

  async #socketIsThere(name: string): Promise<boolean> {
    return this.host.run(['test', '-S', join(this.#directory, name)]).then(
      () => true,
      () => false,
    );
  }

  #start(daemon: 'zebra' | 'vrrpd'): Promise<Running> {
    const at = (name: string): string => join(this.#directory, name);
    return this.host.start(
      [
        ...[`/usr/lib/frr/${daemon}`, '-u', 'frr', '-g', 'frr', '-f', at(`${daemon}.conf`)],
        ...['-i', at(`${daemon}.pid`), '-z', at('zserv.api'), '--vty_socket', this.#directory],
        ...['-A', '127.0.0.1', '--log', 'stdout'],
      ],
      { logFile: join(this.host.directory, `${daemon}.log`) },
    );
  }
}

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const { captures } = await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const [wire] = captures;
  const frr = await Frr.open(srv2.host);
  await srv1.start(ours);
  for (const { instance, addresses } of GROUPS) {
    await srv1.entered('MASTER', 0, instance);
    for (const address of addresses) await srv1.untilHolds(address);
  }
  const all = async (state: 'MASTER' | 'BACKUP', after: number): Promise<void> => {
    for (const { instance } of GROUPS) await srv1.entered(state, after, instance);
  };

  const preempted = srv1.log.mark();
  await frr.start();
  await all('BACKUP', preempted);
  for (const { addresses } of GROUPS) for (const address of addresses) await srv1.untilFree(address);

  const outbid = srv1.log.mark();
  await frr.priority(50);
  await all('MASTER', outbid);

  const again = srv1.log.mark();
  await frr.priority(150);
  await all('BACKUP', again);

  // Its interval was learnt: version 3 misses three of its half seconds, not of our seconds.
  for (const group of GROUPS) await advertOf(wire, group, 150, Date.now() / 1000);
  const silent = srv1.log.mark();
  await frr.kill();
  const killed = Date.now() / 1000;
  for (const group of GROUPS) {
    const interval = intervalOf(group) / 1000;
    const down = 3 * interval + (156 / 256) * (group.version === 2 ? 1 : interval);
    const { text } = await srv1.entered('MASTER', silent, group.instance);
    // What it waited by its own reckoning: on a busy machine the wire shows more.
    const waited = /no advert from \S+ \(priority 150\) for (?<number>[\d.]+)s/.exec(text)?.groups;
    assert.ok(Math.abs(Number(waited?.['number']) - down) < 0.01, `${text}: ${down} s are right`);
    const takeover = await advertOf(wire, group, 100, killed);
    const last = wire.adverts.entries
      .filter((advert) => isOf(group, advert) && advert.priority === 150)
      .at(-1);
    assert.ok(last);
    assert.ok(takeover.at - last.at >= down - 0.01, `${group.instance} waited less than ${down} s`);
  }

  const third = srv1.log.mark();
  await frr.start();
  await all('BACKUP', third);
  const goodbye = srv1.log.mark();
  await frr.stop();
  for (const { instance } of GROUPS)
    await srv1.waitForLog(new RegExp(`\\(${instance}\\).*MASTER.*said goodbye`), goodbye);
}

const isOf = ({ vrid }: Group, { virtualRouterId }: Advert): boolean => virtualRouterId === vrid;

const advertOf = (wire: Capture, group: Group, priority: number, after: number): Promise<Advert> =>
  wire.adverts.find(
    `an advert of ${group.instance} with priority ${priority}`,
    (advert) => isOf(group, advert) && advert.priority === priority && advert.at > after,
  );

export const frr: Story = {
  name: "FRR's vrrpd in the other role, version 2 and 3, IPv4 and IPv6",
  mixes: [OURS],
  partner: 'frr',
  play,
};
