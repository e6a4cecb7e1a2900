/** The dump files against the shapes that people and exporters parse (runtime reference section 4). */
import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { microseconds } from '../../src/base/time.js';
import type { Inspection } from '../../src/core/inspection.js';
import type { InstanceStatus } from '../../src/core/status.js';
import { Dumps } from '../../src/daemon/dump/dumps.js';
import { jsonDump } from '../../src/daemon/dump/json.js';
import { dumpPlaces } from '../../src/daemon/dump/places.js';
import { statsDump } from '../../src/daemon/dump/stats.js';
import { textDump } from '../../src/daemon/dump/text.js';
import { writeDump } from '../../src/daemon/dump/write.js';
import { ip } from '../base/values.js';
import { configurationOf } from '../support/configuration.js';
import { instanceStatus } from '../support/status.js';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-dump-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const configuration = configurationOf(`
vrrp_script chk { script "/bin/true" interval 2 weight 5 }
vrrp_instance VI_1 {
  state MASTER
  interface eth0
  virtual_router_id 52
  priority 244
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass geheim1
  }
  virtual_ipaddress {
    192.168.56.7/24
    192.168.56.8
  }
  virtual_ipaddress_excluded { 10.9.9.9/16 dev eth1 }
  track_script { chk }
  notify_master "/x.sh 'a b'"
}
vrrp_instance VI_2 {
  interface eth1
  virtual_router_id 53
  virtual_ipaddress { 10.0.0.1 }
}
`);
const statuses: readonly InstanceStatus[] = [
  instanceStatus({ since: 1_795_234_574_694_450 }),
  instanceStatus({
    name: 'VI_2',
    state: 'BACKUP',
    master: { address: ip('10.0.0.3'), priority: 120, self: false },
    addresses: [{ address: '10.0.0.1/32', interface: 'eth1', present: false }],
  }),
];
const inspection: Inspection = {
  bfd: () => undefined,
  syncGroups: [],
  instance: (name) => {
    const status = statuses.find((one) => one.name === name);
    return (
      status && {
        status,
        totalPriority: 255,
        masterInterval: microseconds(1_000_000),
        masterDownInterval: microseconds(3_609_375),
        pending: 0,
        wantsMaster: status.state === 'MASTER',
      }
    );
  },
  counters: (name) => statuses.find((one) => one.name === name)?.counters,
  script: () => undefined,
  process: () => undefined,
  file: () => undefined,
  links: [],
  addressesOf: () => [],
  sockets: [],
};
const source = { configuration, inspection };
const textOf = (parts: Iterable<string> | undefined): string => [...(parts ?? [])].join('');
const stats = (): string => textOf(statsDump(statuses));

interface Dumped {
  data: Record<string, unknown>;
  stats: Record<string, unknown>;
}
const dumped = (): Dumped[] => JSON.parse(textOf(jsonDump(source))) as Dumped[];

test('keepalived.json has the keys of version 1 with their types', () => {
  const [first, second] = dumped();
  assert.ok(first && second);
  // The keys that Keepalived 2.2.7 writes for such an instance, in its order.
  const expected = (
    'iname dont_track_primary skip_check_adv_addr strict_mode vmac_ifname ifp_ifname master_priority ' +
    'last_transition garp_delay garp_refresh garp_rep garp_refresh_rep garp_lower_prio_delay ' +
    'garp_lower_prio_rep lower_prio_no_advert higher_prio_send_advert vrid base_priority ' +
    'effective_priority vipset promote_secondaries adver_int master_adver_int accept nopreempt ' +
    'preempt_delay state wantstate version smtp_alert notify_deleted'
  ).split(' ');
  assert.deepEqual(Object.keys(second.data), [...expected, 'vips', 'auth_type']);
  const { last_transition, ...data } = first.data;
  assert.equal(last_transition, 1795234574.69445);
  assert.equal(data['state'], 2);
  assert.equal(data['wantstate'], 2);
  assert.equal(data['master_priority'], 0);
  assert.equal(data['vipset'], true);
  assert.equal(data['nopreempt'], false);
  assert.equal(data['effective_priority'], 254);
  assert.equal(data['adver_int'], 1);
  assert.deepEqual(data['vips'], [
    '192.168.56.7/24 dev eth0 scope global set',
    '192.168.56.8 dev eth0 scope global',
  ]);
  assert.deepEqual(data['evips'], ['10.9.9.9/16 dev eth1 scope global']);
  assert.deepEqual(data['track_script'], ["'/bin/true'"]);
  assert.equal(data['script_master'], "'/x.sh' 'a b'");
  assert.equal(data['auth_type'], 1);
  assert.equal(data['auth_data'], '********');
  assert.equal(second.data['state'], 1);
  assert.equal(second.data['master_priority'], 120);
  assert.equal(second.data['auth_data'], undefined);
});

test('keepalived.json has the counters under their names', () => {
  assert.deepEqual(dumped()[0]?.stats, {
    advert_rcvd: 1,
    advert_sent: 2,
    become_master: 3,
    release_master: 4,
    packet_len_err: 7,
    advert_interval_err: 12,
    ip_ttl_err: 10,
    invalid_type_rcvd: 11,
    addr_list_err: 15,
    invalid_authtype: 20,
    authtype_mismatch: 13,
    auth_failure: 14,
    auth_ext_missing: 21,
    auth_ext_malformed: 22,
    auth_ext_unknown_key: 23,
    auth_ext_invalid_hmac: 24,
    auth_ext_stale: 25,
    auth_ext_replay: 26,
    pri_zero_rcvd: 5,
    pri_zero_sent: 6,
  });
});

test('without an instance there is no JSON', () => {
  assert.equal(jsonDump({ configuration: { ...configuration, instances: [] }, inspection }), undefined);
});

test('keepalived.data has its sections and lines, and no password', () => {
  const text = textOf(textDump(source));
  const sections = [...text.matchAll(/^------< (.*) >------$/gm)].map((match) => match[1]);
  assert.deepEqual(sections, ['Global definitions', 'VRRP Topology', 'VRRP Scripts']);
  for (const line of [
    ' VRRP Instance = VI_1',
    '   State = MASTER',
    '   Reason = no advert for 3.609s',
    '   Interface = eth0',
    '   Virtual Router ID = 52',
    '   Priority = 244',
    '   Effective priority = 254',
    '   Advert interval = 1 sec',
    '   Virtual IP (2):',
    '     192.168.56.7/24 dev eth0 scope global set',
    '   Password = ********',
    ' VRRP Script = chk',
  ])
    assert.ok(text.includes(`\n${line}\n`), `${line}\n\n${text}`);
  assert.ok(!text.includes('geheim'));
  assert.ok(!JSON.stringify(dumped()).includes('geheim'));
});

test('receive buffers stand with the policy, the instance that has one of its own, and the socket', () => {
  // Recorded of Keepalived 2.2.7: ` rx_bufs_policy = MTU` or ` rx_bufs_size = 100000`, with the instance
  // `   Kernel rx buffer size = 50000`, with the socket `   Rx buf size = 12000`.
  const buffered = (receiveBuffers: 'MTU' | number): string => {
    const [first, second] = configuration.instances;
    assert.ok(first && second);
    const instances = [
      { ...first, receiveBuffer: 100_000 },
      { ...second, receiveBuffer: 50_000 },
    ];
    const channel = {
      id: '2/ipv4',
      family: 'ipv4',
      interfaceIndex: 2,
      groups: [],
      virtualRouterIds: [52],
      receiveBuffer: 150_000,
    } as const;
    return textOf(
      textDump({
        configuration: { ...configuration, globals: { ...configuration.globals, receiveBuffers }, instances },
        inspection: { ...inspection, sockets: [{ channel, members: [first.name] }] },
      }),
    );
  };
  const lines = (text: string): string[] => text.match(/^.*(?:rx_bufs|rx buf|Rx buf).*$/gm) ?? [];
  assert.deepEqual(lines(buffered(100_000)), [
    ' rx_bufs_size = 100000',
    ' rx_bufs_multiples = 3',
    '   Kernel rx buffer size = 50000',
    '   Rx buf size = 150000',
  ]);
  assert.equal(lines(buffered('MTU'))[0], ' rx_bufs_policy = MTU');
});

test('keepalived.stats has a heading per instance and every counter, in the words that exporters look for', () => {
  const text = stats();
  const first = text.slice(0, text.indexOf('VRRP Instance: VI_2'));
  const { counters: c } = statuses[0] ?? assert.fail();
  assert.equal(new Set(Object.values(c)).size, Object.keys(c).length, 'none is taken for another one');
  assert.deepEqual(first.trimEnd().split('\n'), [
    'VRRP Instance: VI_1',
    '  Advertisements:',
    `    Received: ${c.advertReceived}`,
    `    Sent: ${c.advertSent}`,
    `  Became master: ${c.becomeMaster}`,
    `  Released master: ${c.releaseMaster}`,
    '  Packet Errors:',
    `    Length: ${c.packetLength}`,
    `    TTL: ${c.ttl}`,
    `    Invalid Type: ${c.type}`,
    `    Advertisement Interval: ${c.interval}`,
    `    Address List: ${c.addressList}`,
    `    Version: ${c.version}`,
    `    Checksum: ${c.checksum}`,
    `    Source: ${c.source}`,
    `    Destination: ${c.destination}`,
    '  Authentication Errors:',
    `    Invalid Type: ${c.invalidAuthenticationType}`,
    `    Type Mismatch: ${c.authenticationType}`,
    `    Failure: ${c.authentication}`,
    '  Authentication Extension Errors:',
    `    Missing: ${c.hmacMissing}`,
    `    Malformed: ${c.hmacMalformed}`,
    `    Unknown Key: ${c.hmacUnknownKey}`,
    `    Invalid HMAC: ${c.hmacInvalid}`,
    `    Stale: ${c.hmacStale}`,
    `    Replay: ${c.hmacReplay}`,
    '  Priority Zero:',
    `    Received: ${c.priorityZeroReceived}`,
    `    Sent: ${c.priorityZeroSent}`,
    `  Ignored by owner: ${c.ownerIgnored}`,
    `  Send errors: ${c.sendErrors}`,
    `  Missed adverts: ${c.missedAdverts}`,
  ]);
});

test('a dump is private, replaces the one before, and leaves nothing beside it', async () => {
  const path = join(directory, 'keepalived.data');
  for (const text of ['first, which is longer\n', 'second\n']) {
    assert.deepEqual(
      await writeDump(
        path,
        text.split(' ').map((word, i) => (i > 0 ? ` ${word}` : word)),
      ),
      { ok: true, value: undefined },
    );
    assert.equal(readFileSync(path, 'utf8'), text);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }
  assert.deepEqual(readdirSync(directory), ['keepalived.data']);
});

test('a symbolic link in the way is refused and its target left alone', async () => {
  const target = join(directory, 'target');
  writeFileSync(target, 'precious');
  const path = join(directory, 'link');
  symlinkSync(target, path);
  const written = await writeDump(path, ['x']);
  assert.ok(!written.ok);
  assert.match(written.error, /is a symbolic link/);
  assert.equal(readFileSync(target, 'utf8'), 'precious');
});

test('a directory in the way, and none to write to, are said', async () => {
  const inTheWay = await writeDump(directory, ['x']);
  assert.ok(!inTheWay.ok && /not a plain file/.test(inTheWay.error));
  const nowhere = await writeDump(join(directory, 'none', 'x'), ['x']);
  assert.ok(!nowhere.ok && /ENOENT/.test(nowhere.error));
});

test('where dumps go', () => {
  const places = (globals: object, temporary?: string, namespace?: string) =>
    dumpPlaces({ ...configuration.globals, ...globals }, temporary, namespace);
  assert.deepEqual(places({}), {
    state: '/tmp/keepalived.data',
    stats: '/tmp/keepalived.stats',
    json: '/tmp/keepalived.json',
    check: '/tmp/keepalived_check.data',
  });
  assert.equal(places({}, '/var/tmp').json, '/var/tmp/keepalived.json');
  assert.equal(places({}, 'relative').json, '/tmp/keepalived.json');
  assert.equal(places({ stateDumpFile: '/run/x/' }).state, '/run/x/keepalived.data');
  assert.equal(places({ stateDumpFile: '/run/x/my.dump' }).state, '/run/x/my.dump');
  assert.equal(places({ stateDumpFile: 'my.dump' }, '/var/tmp').state, '/var/tmp/my.dump');
  assert.equal(places({ statsDumpFile: '/run/s' }).stats, '/run/s');
  assert.equal(places({ jsonDumpFile: '/run/j.json' }).json, '/run/j.json');
  const named = { dataUseInstance: true, instanceName: 'red' };
  assert.equal(places(named).state, '/tmp/keepalived.red.data');
  assert.equal(places(named, undefined, 'blue').state, '/tmp/keepalived.blue_red.data');
  assert.equal(places({ ...named, stateDumpFile: '/run/state' }).state, '/run/state.red');
  assert.equal(places(named).stats, '/tmp/keepalived.stats');
  assert.equal(places({ instanceName: 'red' }).state, '/tmp/keepalived.data');
});

test('who asks while one is written gets another one, of that later moment, and only one', async () => {
  const folder = mkdtempSync(join(directory, 'dumps-'));
  let counted = 0;
  const said: string[] = [];
  const dumps = new Dumps({
    configuration: () => ({
      ...configuration,
      globals: { ...configuration.globals, statsDumpFile: `${folder}/`, stateDumpFile: `${folder}/` },
    }),
    inspect: () => ({
      ...inspection,
      counters: (name) => {
        const counters = inspection.counters(name);
        return counters && { ...counters, advertSent: ++counted };
      },
    }),
    effective: async () => '# keyword by keyword\n',
    log: (_level, text) => said.push(text),
    namespace: undefined,
  });
  await Promise.all([dumps.write('stats'), dumps.write('stats'), dumps.write('stats'), dumps.write('state')]);
  const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
  assert.match(file('keepalived.stats'), /Sent: 5\n/);
  assert.equal(said.filter((line) => line === `Wrote ${folder}/keepalived.stats`).length, 2);
  assert.match(
    file('keepalived.data'),
    /^------< Global definitions >------\n[\s\S]*\n# keyword by keyword\n$/,
  );
  const lines: string[] = [];
  await dumps.say((line) => lines.push(line));
  assert.equal(`${lines.join('\n')}\n`, file('keepalived.data'));
});

test('a long dump is made in parts: the loop has its turns in between', async () => {
  const many = Array.from({ length: 400 }, (_, i) => ({ ...statuses[0], name: `VI_${i}` }) as InstanceStatus);
  let turns = 0;
  let going = true;
  const beat = (): void => {
    turns++;
    if (going) setImmediate(beat);
  };
  setImmediate(beat);
  const path = join(directory, 'long.stats');
  const before = turns;
  assert.ok((await writeDump(path, statsDump(many))).ok);
  going = false;
  assert.ok(turns - before >= 4, `${turns - before} turns`);
  assert.equal(readFileSync(path, 'utf8').match(/^VRRP Instance/gm)?.length, 400);
});
