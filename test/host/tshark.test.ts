/**
 * Everything that we send, as tshark reads it: the adverts of every version, family and authentication, sent by the
 * host through the kernel, caught at the other end of a cable. No warning, nothing malformed, every checksum right.
 * The trailer of auth_hmac over IPv4 and v3_checksum_as_v2 are unknown to tshark: there it must say of ours what it
 * says of Keepalived's captures, and nothing else.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { HostEffect } from '../../src/ports/ports.js';
import { Rig as Engine } from '../core/rig.js';
import { single } from '../core/texts.js';
import { fitted, KEY } from '../core/vrrp/signing.js';
import { address } from '../support/machine.js';
import { projectRoot } from '../wire/fixtures.js';
import { cable, namespacesMissing, Rig, until } from './rig.js';

const missing = ['tshark', 'tcpdump'].filter((tool) => spawnSync(tool, ['--version']).error);
const skip = missing.length > 0 ? `there is no ${missing.join(' and no ')}` : namespacesMissing;
const folder = mkdtempSync(join(tmpdir(), 'holdfast-tshark-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const HMAC = `auth_hmac {\n key 1 ${KEY}\n active_key 1\n }`;
const PEERS = 'unicast_src_ip 10.9.0.1\n unicast_peer {\n 10.9.0.2\n }';
const PEERS6 = 'unicast_src_ip fe80::1\n unicast_peer {\n fe80::2\n }';
const v6 = (text: string): string => text.replace('10.0.0.100', 'fe80::100\n 2001:db8::100');
const PASS = 'authentication {\n auth_type PASS\n auth_pass secret\n }';
const AH = PASS.replace('PASS', 'AH');

/** By name: a configuration, and what tshark does not know of it. */
const VARIANTS: Readonly<Record<string, readonly [text: string, unknown?: 'trailer' | 'checksum']>> = {
  v2: [single()],
  'v2 PASS': [single(PASS)],
  'v2 AH': [single(AH)],
  'v2 unicast': [single(PEERS)],
  'v2 unicast AH': [single(`${PEERS}\n${AH}`)],
  'v2 HMAC': [single(HMAC), 'trailer'],
  v3: [single('version 3\n advert_int 0.25')],
  'v3 unicast': [single(`version 3\n ${PEERS}`)],
  'v3 another group': [single('version 3\n mcast_dst_ip 239.255.0.18')],
  'v3 HMAC': [single(`version 3\n ${HMAC}`), 'trailer'],
  'v3 unicast HMAC': [single(`version 3\n ${PEERS}\n ${HMAC}`), 'trailer'],
  'v3 checksum as v2': [single('version 3\n v3_checksum_as_v2'), 'checksum'],
  IPv6: [v6(single())],
  'IPv6 HMAC': [v6(single(HMAC))],
  'v2 unicast PASS': [single(`${PEERS}\n${PASS}`)],
  'IPv6 unicast': [v6(single(PEERS6))],
  'IPv6 unicast HMAC': [v6(single(`${PEERS6}\n${HMAC}`))],
};

/** One MASTER's life from its first advert to its goodbye: all that it puts on the wire. */
function lifeOf(text: string, index: number): HostEffect[] {
  const host = text.includes('fe80::') ? address(2, 'fe80::1', 64) : address(2, '10.9.0.1', 24);
  const engine = new Engine(text, { addresses: [host] }).start().wait(6);
  engine.handle({ kind: 'stop', reason: 'the end' });
  return engine.effects.flatMap((effect): HostEffect[] => {
    if (effect.kind === 'send-advert')
      return [{ ...effect, channel: effect.channel.replace(/^2/, String(index)) }];
    if (effect.kind === 'send-frame') return [{ ...effect, interfaceIndex: index }];
    if (effect.kind !== 'open-channel') return [];
    const id = effect.channel.id.replace(/^2/, String(index));
    return [{ ...effect, channel: { ...effect.channel, id, interfaceIndex: index } }];
  });
}

interface Read {
  readonly protocols: string;
  /** Of the VRRP checksum: 1 is good. */
  readonly status: string;
  readonly messages: string;
}

function tshark(file: string): Read[] {
  const fields = ['frame.protocols', 'vrrp.checksum.status', '_ws.expert.message', '_ws.malformed'];
  const out = execFileSync(
    'tshark',
    [
      '-r',
      file,
      '-o',
      'ip.check_checksum:TRUE',
      ...['-T', 'fields', '-E', 'separator=|'],
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [protocols = '', status = '', message = '', malformed = ''] = line.split('|');
      return { protocols, status, messages: `${message}${malformed}` };
    });
}

/** Whole records of a capture that is still being written. */
function recordsIn(file: string): number {
  const bytes = readFileSync(file);
  let count = 0;
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) count++;
  return count;
}

/** Some records of a capture, by number, with the IPv4 trailers cut off. */
function withoutTrailers(file: string, wanted: ReadonlySet<number>): string {
  const bytes = readFileSync(file);
  const parts = [bytes.subarray(0, 24)];
  let record = 0;
  for (let at = 24; at < bytes.length; record++) {
    const length = bytes.readUInt32LE(at + 8);
    const header = Buffer.from(bytes.subarray(at, at + 16));
    let frame = Buffer.from(bytes.subarray(at + 16, at + 16 + length));
    at += 16 + length;
    if (!wanted.has(record)) continue;
    frame = Buffer.concat([frame.subarray(0, 14), fitted(frame.subarray(14, -28))]);
    header.writeUInt32LE(frame.length, 8);
    header.writeUInt32LE(frame.length, 12);
    parts.push(header, frame);
  }
  const cut = `${file}.cut`;
  writeFileSync(cut, Buffer.concat(parts));
  return cut;
}

/** What a host of ours sends; the kernel itself says more. */
const OURS = 'arp or ip proto 112 or ip proto 51 or ip6 proto 112 or (icmp6 and ip6[40] = 136)';

const clean = ({ messages }: Read): boolean => messages === '';

test('every variant of our adverts and announcements is clean in the eyes of tshark', { skip }, async (t) => {
  const net = cable();
  const left = Rig.create(net.left);
  const right = Rig.create(net.right);
  // Unicast adverts need no ARP when the neighbour is known.
  const mac = right.ip('-j', 'link', 'show', 'eth0').match(/"address":"([0-9a-f:]+)"/)?.[1];
  left.ip('neigh', 'replace', '10.9.0.2', 'lladdr', mac ?? '', 'dev', 'eth0', 'nud', 'permanent');
  left.ip('-6', 'neigh', 'replace', 'fe80::2', 'lladdr', mac ?? '', 'dev', 'eth0', 'nud', 'permanent');
  left.ip('addr', 'add', 'fe80::1/64', 'dev', 'eth0', 'nodad');
  // One capture of all of them, read once: tshark takes longer to start than to read.
  const file = join(folder, 'all.pcap');
  const capture = right.inside(() =>
    spawn('tcpdump', ['-i', 'eth0', '-n', '-U', '-w', file, OURS], { stdio: ['ignore', 'ignore', 'pipe'] }),
  );
  await until('tcpdump listens', () => /listening/.test(String(capture.stderr.read() ?? '')));
  let sent = 0;
  const counts = new Map<string, number>();
  for (const [name, [text]] of Object.entries(VARIANTS)) {
    const effects = lifeOf(text, net.leftIndex);
    const sends = effects.filter(({ kind }) => kind !== 'open-channel');
    left.run(...effects.filter(({ kind }) => kind === 'open-channel'));
    left.run(...sends);
    sent += sends.length;
    counts.set(name, sends.filter(({ kind }) => kind === 'send-advert').length);
  }
  await until('all that was sent', () => recordsIn(file) >= sent);
  capture.kill();
  assert.deepEqual(left.of('send-failed'), []);
  const all = tshark(file).map((read, record) => ({ ...read, record }));
  const adverts = all.filter(({ protocols }) => protocols.endsWith(':vrrp'));
  const trailed = new Set<number>();
  for (const [name, [, unknown]] of Object.entries(VARIANTS)) {
    await t.test(name, () => {
      const own = adverts.splice(0, counts.get(name));
      assert.ok(own.length >= 3 && own.length === counts.get(name));
      if (unknown === undefined) {
        assert.deepEqual(
          own.filter((one) => !clean(one)),
          [],
        );
        assert.deepEqual([...new Set(own.map(({ status }) => status))], ['1']);
        return;
      }
      const known = /^Bad checksum \[should be 0x[0-9a-f]+\]$/;
      assert.ok(own.every(({ messages }) => known.test(messages)));
      if (unknown === 'trailer') for (const { record } of own) trailed.add(record);
    });
  }
  assert.deepEqual(adverts, []);
  // Announcements, and whatever else.
  const rest = all.filter(({ protocols }) => !protocols.endsWith(':vrrp'));
  assert.ok(rest.length > 0 && rest.every(clean));
  const cut = tshark(withoutTrailers(file, trailed));
  assert.equal(cut.length, trailed.size);
  assert.ok(cut.every((one) => clean(one) && one.status === '1'));
  await left.host.close();
  await right.host.close();
});

test("of Keepalived's captures tshark says the same", { skip: missing.length > 0 ? skip : false }, () => {
  const of = (name: string): Read[] =>
    tshark(join(projectRoot, 'test', 'fixtures', 'captures', `${name}.pcap`)).filter(({ protocols }) =>
      protocols.endsWith(':vrrp'),
    );
  for (const name of ['v2-hmac', 'v3-ipv4-hmac', 'v3-ipv4-checksum-as-v2'])
    assert.ok(
      of(name).every(({ messages }) => messages.startsWith('Bad checksum')),
      name,
    );
  for (const name of ['v2-ah', 'v3-ipv6-hmac', 'v3-ipv4-unicast']) assert.ok(of(name).every(clean), name);
});
