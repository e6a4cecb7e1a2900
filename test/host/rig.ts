/**
 * For the host's tests: network namespaces joined by a veth pair, hosts in them whose inputs are kept, and waiting
 * for a condition instead of for a time. Everything is gone with the test's process: the namespaces have no name.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import type { IpAddress } from '../../src/base/ip-address.js';
import type { Channel } from '../../src/core/effects.js';
import type { Input } from '../../src/core/inputs.js';
import { createHost, type HostOptions } from '../../src/host/host.js';
import { createNetworkNamespace, withNetworkNamespace } from '../../src/host/linux/namespace.js';
import { RtnlClient } from '../../src/host/linux/rtnl-client.js';
import type { Host, HostEffect } from '../../src/ports/ports.js';
import { writeLinkChange, writeLinkCreate } from '../../src/wire/netlink/rtnl-link.js';

/** False, or why no namespaces can be made here: for the `skip` of a test. */
export const namespacesMissing: string | false = (() => {
  const made = createNetworkNamespace();
  return made.ok ? false : `no network namespaces here (${made.error.message}): needs root`;
})();
export const rootMissing: string | false = process.getuid?.() === 0 ? false : 'needs root';

/** A test that fails must not keep its process alive. */
const open = new Set<Rig>();
after(async () => {
  for (const rig of open) await rig.host.close();
});

/** Far above what anything here takes, for machines that are busy with other things. */
const PATIENCE_MS = 120_000;

/** Resolves when `done` is true. */
export async function until(what: string, done: () => boolean): Promise<void> {
  const limit = Date.now() + PATIENCE_MS;
  while (!done()) {
    if (Date.now() > limit) throw new Error(`never happened: ${what}`);
    await new Promise((next) => setTimeout(next, 2));
  }
}

export type Of<K extends Input['kind']> = Extract<Input, { kind: K }>;

/** A host, alive in its namespace, with everything that it ever fed. */
export class Rig {
  readonly inputs: Input[] = [];
  readonly bounded: string[] = [];

  private constructor(
    readonly host: Host,
    readonly namespace: number | undefined,
    /** What the host logged. */
    readonly lines: readonly string[],
  ) {}

  static create(namespace?: number, options: Partial<HostOptions> = {}): Rig {
    const lines: string[] = [];
    const make = (): Host => {
      const made = createHost({ log: (_level, text) => lines.push(text), ...options });
      if (!made.ok) throw new Error(made.error.message);
      return made.value;
    };
    const host = namespace === undefined ? make() : withNetworkNamespace(namespace, make);
    const rig = new Rig(host, namespace, lines);
    open.add(rig);
    rig.host.onWake(() => rig.turn());
    return rig;
  }

  turn(): void {
    this.inside(() => this.bounded.push(...this.host.drain((input) => this.inputs.push(input))));
  }

  inside<T>(body: () => T): T {
    return this.namespace === undefined ? body() : withNetworkNamespace(this.namespace, body);
  }

  run(...effects: HostEffect[]): void {
    this.inside(() => this.host.run(effects));
  }

  of<K extends Input['kind']>(kind: K): Of<K>[] {
    return this.inputs.filter((input): input is Of<K> => input.kind === kind);
  }

  /** The first input of a kind that fits, now or later. */
  async next<K extends Input['kind']>(kind: K, fits: (input: Of<K>) => boolean = () => true): Promise<Of<K>> {
    await until(`an input ${kind}`, () => this.of(kind).some(fits));
    const [found] = this.of(kind).filter(fits);
    if (!found) throw new Error(`no input ${kind}`);
    return found;
  }

  forget(): void {
    this.inputs.length = 0;
  }

  /** tcpdump on eth0, once it listens; `text` is what it has printed so far. */
  async tcpdump(...args: string[]): Promise<{ readonly process: ChildProcess; text(): string }> {
    const dump = this.inside(() =>
      spawn('tcpdump', ['-i', 'eth0', '-n', ...args], { stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    let [text, said] = ['', ''];
    dump.stdout.on('data', (chunk) => {
      text += String(chunk);
    });
    dump.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    await until('tcpdump listening', () => said.includes('listening on'));
    return { process: dump, text: () => text };
  }

  ip(...args: string[]): string {
    return this.inside(() => execFileSync('ip', args, { encoding: 'utf8' }));
  }
}

/**
 * Two namespaces with `eth0` each, joined; both up, with 10.9.0.1/24 and 10.9.0.2/24, and carrying packets: a cable that was
 * just plugged in loses them until the kernel has got round to it.
 */
export function cable(): { left: number; right: number; leftIndex: number; rightIndex: number } {
  const make = (): number => {
    const made = createNetworkNamespace();
    if (!made.ok) throw new Error(made.error.message);
    return made.value;
  };
  const left = make();
  const right = make();
  withNetworkNamespace(left, () => {
    const client = new RtnlClient();
    const made = client.request('making a cable', (writer, sequence) =>
      writeLinkCreate(writer, sequence, {
        kind: 'veth',
        name: 'eth0',
        peer: { name: 'eth0', namespace: { fd: right } },
      }),
    );
    client.close();
    if (!made.ok) throw new Error(made.error.message);
  });
  const raise = (namespace: number, address: string): number =>
    withNetworkNamespace(namespace, () => {
      const shown = execFileSync('ip', ['-j', 'link', 'show', 'eth0'], { encoding: 'utf8' });
      const [{ ifindex }] = JSON.parse(shown) as [{ ifindex: number }];
      const client = new RtnlClient();
      for (const index of [1, ifindex])
        client.request('raising', (writer, sequence) =>
          writeLinkChange(writer, sequence, index, { up: true }),
        );
      client.close();
      execFileSync('ip', ['addr', 'add', address, 'dev', 'eth0']);
      return ifindex;
    });
  const indexes = { leftIndex: raise(left, '10.9.0.1/24'), rightIndex: raise(right, '10.9.0.2/24') };
  const limit = Date.now() + PATIENCE_MS;
  for (const namespace of [left, right])
    while (!carries(namespace)) assert.ok(Date.now() < limit, 'the cable never carried packets');
  return { left, right, ...indexes };
}

/**
 * So many IPv4 packets more than before have come to the sockets of a namespace, once `send` is over: a busy kernel takes a
 * packet from the cable later than it was put there. Nobody reads meanwhile.
 */
export function delivered(namespace: number, count: number, send: () => void): void {
  const received = (): number => {
    const table = withNetworkNamespace(namespace, () => readFileSync('/proc/thread-self/net/snmp', 'latin1'));
    const [names = [], numbers = []] = [...table.matchAll(/^Ip: (.*)$/gm)].map(([, row = '']) =>
      row.split(' '),
    );
    return Number(numbers[names.indexOf('InDelivers')]);
  };
  const before = received();
  send();
  const limit = Date.now() + PATIENCE_MS;
  while (received() < before + count) assert.ok(Date.now() < limit, `${count} packets never arrived`);
}

export const carries = (namespace: number): boolean =>
  withNetworkNamespace(namespace, () =>
    execFileSync('ip', ['link', 'show', 'eth0'], { encoding: 'utf8' }).includes('state UP'),
  );

export const ip = (text: string): IpAddress => text as IpAddress;
export const GROUP = ip('224.0.0.18');

export const channel = (interfaceIndex: number, virtualRouterIds: readonly number[]): Channel => ({
  id: `${interfaceIndex}/ipv4`,
  family: 'ipv4',
  interfaceIndex,
  groups: [GROUP],
  virtualRouterIds,
});

/** An IPv4 packet with a VRRPv2 header of this VRID; the rest is of no interest to the host. */
export function packetBytes(vrid: number, source = [10, 9, 0, 1], length = 40): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([
    0x45,
    0xc0,
    length >> 8,
    length & 0xff,
    0,
    0,
    0,
    0,
    255,
    112,
    0,
    0,
    ...source,
    224,
    0,
    0,
    18,
    0x21,
    vrid,
  ]);
  return bytes;
}

export const advert = (
  channelId: string,
  vrid: number,
  more: Partial<Extract<HostEffect, { kind: 'send-advert' }>> = {},
): HostEffect => ({
  kind: 'send-advert',
  channel: channelId,
  instance: `VI_${vrid}`,
  source: ip('10.9.0.1'),
  destination: GROUP,
  bytes: packetBytes(vrid),
  ...more,
});

/** Two hosts on a cable, each with a VRRP socket for these numbers. */
export async function pair(vrids: readonly number[]) {
  const net = cable();
  const left = Rig.create(net.left);
  const right = Rig.create(net.right);
  left.run({ kind: 'open-channel', channel: channel(net.leftIndex, vrids) });
  right.run({ kind: 'open-channel', channel: channel(net.rightIndex, vrids) });
  for (const rig of [left, right]) {
    const opened = await rig.next('channel');
    assert.equal(opened.error, undefined);
  }
  const close = async (): Promise<void> => {
    await left.host.close();
    await right.host.close();
  };
  return { net, left, right, id: `${net.leftIndex}/ipv4`, close };
}
