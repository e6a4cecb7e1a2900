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
import type { EngineStatus } from '../../src/core/status.js';
import { jsonDump } from '../../src/daemon/dump/json.js';
import { statsDump } from '../../src/daemon/dump/stats.js';
import { textDump } from '../../src/daemon/dump/text.js';
import { writeDump } from '../../src/daemon/dump/write.js';
import { configurationOf } from '../support/configuration.js';
import { instanceStatus, ip } from '../support/status.js';

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
const status: EngineStatus = {
  instances: [
    instanceStatus({ since: 1_795_234_574_694_450 }),
    instanceStatus({
      name: 'VI_2',
      state: 'BACKUP',
      master: { address: ip('10.0.0.3'), priority: 120, self: false },
      addresses: [{ address: '10.0.0.1/32', interface: 'eth1', present: false }],
    }),
  ],
  syncGroups: [],
  strayPackets: { unreadable: 0, unknownVirtualRouter: 0, virtualRouters: [] },
};

interface Dumped {
  data: Record<string, unknown>;
  stats: Record<string, unknown>;
}
const dumped = (): Dumped[] => JSON.parse(jsonDump(configuration, status) ?? '') as Dumped[];

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
  assert.deepEqual(data['track_script'], ['chk']);
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
  assert.equal(jsonDump({ ...configuration, instances: [] }, status), undefined);
});

test('keepalived.data has its sections and lines, and no password', () => {
  const text = textDump(configuration, status);
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

test('keepalived.stats has a heading per instance and its counters', () => {
  const text = statsDump(status);
  assert.match(text, /^VRRP Instance: VI_1\n {2}Advertisements:\n {4}Received: 1\n {4}Sent: 2\n/);
  assert.match(text, /\nVRRP Instance: VI_2\n/);
  assert.match(text, /\n {2}Priority Zero:\n {4}Received: 5\n {4}Sent: 6\n/);
});

test('a dump is private, replaces the one before, and leaves nothing beside it', async () => {
  const path = join(directory, 'keepalived.data');
  for (const text of ['first, which is longer\n', 'second\n']) {
    assert.deepEqual(await writeDump(path, text), { ok: true, value: undefined });
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
  const written = await writeDump(path, 'x');
  assert.ok(!written.ok);
  assert.match(written.error, /is a symbolic link/);
  assert.equal(readFileSync(target, 'utf8'), 'precious');
});

test('a directory in the way, and none to write to, are said', async () => {
  const inTheWay = await writeDump(directory, 'x');
  assert.ok(!inTheWay.ok && /not a plain file/.test(inTheWay.error));
  const nowhere = await writeDump(join(directory, 'none', 'x'), 'x');
  assert.ok(!nowhere.ok && /ENOENT/.test(nowhere.error));
});

test('keepalived.stats has every refusal in the words that exporters look for', () => {
  const text = statsDump(status);
  for (const line of [
    '  Authentication Errors:\n    Invalid Type: 20\n    Type Mismatch: 13\n    Failure: 14\n',
    '  Authentication Extension Errors:\n    Missing: 21\n    Malformed: 22\n    Unknown Key: 23\n    Invalid HMAC: 24\n    Stale: 25\n    Replay: 26\n',
  ])
    assert.ok(text.includes(line), line);
});
