/** A rehearsal is played, can be repeated, ends when it is told to, and nothing of it can be seen from outside. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { IpAddress } from '../../src/base/ip-address.js';
import { MAX_REHEARSED_TURNS, REHEARSED_TAKEOVERS } from '../../src/base/limits.js';
import type { MacAddress } from '../../src/base/mac-address.js';
import { Rehearsal, type Surroundings } from '../../src/daemon/rehearsal.js';
import { load } from '../config/support.js';
import { until } from '../lab/journal.js';
import { Habitat, skipWithoutRoot } from './habitat.js';

const PLAY = fileURLToPath(new URL('./rehearsal-play.js', import.meta.url));

const instance = (name: string, vrid: number, ...lines: string[]): string =>
  ['vrrp_instance', name, '{', 'interface eth0', `virtual_router_id ${vrid}`, 'priority 100', ...lines, '}']
    .join('\n')
    .replace(/^vrrp_instance\n(\S+)\n\{/, 'vrrp_instance $1 {');

const OLD = instance(
  'V2',
  1,
  'authentication {\nauth_type PASS\nauth_pass secret\n}',
  'virtual_ipaddress {\n10.0.0.50/24\n}',
);
const NEW = instance('V3', 2, 'version 3', 'virtual_ipaddress {\n10.0.0.51/24 dev eth7\n}');
const SIX = instance('V6', 3, 'virtual_ipaddress {\nfe80::77/64\n2001:db8::77/64\n}');
const UNICAST = instance(
  'UNI',
  4,
  'version 3',
  'unicast_src_ip 10.0.0.1',
  'unicast_peer {\n10.0.0.2\n}',
  'virtual_ipaddress {\n10.0.0.52/24\n}',
);

/** With much that a rehearsal must not have. */
const SETTLED = instance(
  'SET',
  5,
  'version 3',
  'use_vmac',
  'preempt_delay 10',
  'track_interface {\neth1\n}',
  'virtual_ipaddress {\n10.0.0.53/24\n}',
  'virtual_routes {\n10.9.0.0/24 via 10.0.0.1\n}',
  'notify "/bin/true" root',
);

/** What a kernel tells of a machine. */
const SURROUNDINGS: Surroundings = {
  links: [
    {
      index: 7,
      name: 'eth0',
      up: true,
      running: true,
      loopback: false,
      noArp: false,
      multicast: true,
      mac: '02:00:00:00:00:07' as MacAddress,
      mtu: 1400,
      kind: 'veth',
      parent: 8,
    },
  ],
  addresses: [
    {
      interfaceIndex: 7,
      family: 'ipv4',
      address: '10.0.0.7' as IpAddress,
      prefixLength: 24,
      scope: 0,
      flags: 0,
      label: 'eth0',
      broadcast: '10.0.0.255' as IpAddress,
    },
  ],
};

for (const [what, text] of Object.entries({
  OLD,
  NEW,
  SIX,
  UNICAST,
  SETTLED,
  all: [OLD, NEW, SIX, UNICAST].join('\n'),
})) {
  test(`takeovers of this kind are played to the end and can be repeated: ${what}`, async () => {
    const { configuration } = load(text);
    assert.ok(configuration);
    let turns = 0;
    const rehearsal = new Rehearsal(configuration, SURROUNDINGS, async () => {
      turns++;
      await new Promise((turned) => setImmediate(turned));
      return true;
    });
    try {
      await rehearsal.play();
      const kinds = configuration.instances.length;
      assert.ok(turns > REHEARSED_TAKEOVERS * kinds, `${turns} turns`);
      assert.ok(turns < MAX_REHEARSED_TURNS * kinds, 'it got stuck');
      const played = turns;
      rehearsal.repeat();
      // The stage is set again by turns of the loop.
      await until('the stage is set again', () => turns > played);
    } finally {
      await rehearsal.close();
    }
  });
}

test('it ends when its pause says so, or when it is closed, and then does nothing more', async () => {
  const { configuration } = load(NEW);
  assert.ok(configuration);
  let turns = 0;
  const called = new Rehearsal(configuration, SURROUNDINGS, async () => ++turns < 5);
  await called.play();
  assert.equal(turns, 5);
  await called.close();
  const closed = new Rehearsal(configuration, SURROUNDINGS, async () => {
    turns++;
    await new Promise((turned) => setImmediate(turned));
    return true;
  });
  turns = 0;
  const played = closed.play();
  await closed.close();
  await played;
  assert.ok(turns <= 1, `${turns} turns after it was closed`);
  closed.repeat();
  assert.ok(turns <= 1);
});

test('where descriptors run out it gives back what it had taken', () => {
  const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import { closeSync, openSync, readdirSync } from 'node:fs';
    const { Rehearsal } = await import(${module('../../src/daemon/rehearsal.js')});
    const { configurationOf } = await import(${module('../support/configuration.js')});
    const configuration = configurationOf(${JSON.stringify(NEW)});
    const play = async () => {
      const rehearsal = new Rehearsal(configuration, { links: [], addresses: [] }, async () => true);
      const outcome = await rehearsal.play().then(() => 'played', () => 'refused');
      await rehearsal.close();
      return outcome;
    };
    await play();
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let room = 0; room <= 8; room++) {
      const taken = [];
      try { for (;;) taken.push(openSync('/dev/null')); } catch {}
      for (const fd of taken.splice(taken.length - room)) closeSync(fd);
      const outcome = await play();
      for (const fd of taken) closeSync(fd);
      console.log(room, outcome, open() - before);
    }`;
  const command = ['-c', 'ulimit -n 400; exec "$0" --input-type=module -e "$1"', process.execPath, script];
  const { stdout, stderr } = spawnSync('sh', command, { encoding: 'utf8' });
  const refused = [0, 1, 2, 3, 4, 5, 6, 7].map((room) => `${room} refused 0`);
  assert.deepEqual(stdout.trim().split('\n'), [...refused, '8 played 0'], stderr);
});

test('nothing is rehearsed without instances', async () => {
  const { configuration } = load('global_defs {\n}\n');
  assert.ok(configuration);
  const rehearsal = new Rehearsal(configuration, SURROUNDINGS, async () => {
    throw new Error('there is nothing to play');
  });
  await rehearsal.play();
  rehearsal.repeat();
  await rehearsal.close();
});

test('nothing of it is seen on a wire or in the kernel', { skip: skipWithoutRoot }, () =>
  Habitat.with(async ({ host }) => {
    const player = await host.start([process.execPath, PLAY, [OLD, NEW, SIX, UNICAST].join('\n')]);
    await until('the player is there', () => player.output.includes('here'));
    const frames = await host.start(['tcpdump', '-Z', 'root', '-l', '-nn', '--immediate-mode', '-i', 'any']);
    await until('tcpdump listens', () => /listening on/.test(frames.output));
    const changes = await host.start(['ip', 'monitor', 'all']);
    // A change of our own shows that it watches, as soon as it does.
    await until('ip monitor watches', async () => {
      await host.run(['ip', 'address', 'replace', '10.0.0.99/24', 'dev', 'eth0']);
      return changes.output.includes('10.0.0.99');
    });
    const before = changes.lines.length;
    player.write('go\n');
    await until('it was played', () => player.output.includes('played'));
    assert.match(player.output, /"repeated":[1-9]/);
    await host.run(['ping', '-c', '1', '-W', '1', '10.0.0.99']);
    await until('tcpdump has seen all until now', () => /ICMP echo reply/.test(frames.output));
    player.write('end\n');
    await player.exited;
    const traces = /VRRP|vrrp|10\.0\.0\.5[0-9]|::77|192\.0\.2|rehearsal/;
    const seen = [...frames.lines, ...changes.lines.slice(before)].filter(({ text }) => traces.test(text));
    assert.deepEqual(seen, []);
  }),
);
