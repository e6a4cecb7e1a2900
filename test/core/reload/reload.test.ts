/** What a reload changes, and that it costs nobody the mastership (runtime reference section 5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePlan, diffConfigurations } from '../../../src/core/reload/diff.js';
import { configurationOf } from '../../support/configuration.js';
import { Rig } from '../rig.js';
import { pair, single } from '../texts.js';

const reload = (rig: Rig, text: string): Rig =>
  rig.handle({ kind: 'reload', configuration: configurationOf(text) });
const plan = (before: string, after: string): string[] =>
  describePlan(diffConfigurations(configurationOf(before), configurationOf(after)));
const masterOf = (text: string): Rig => {
  const rig = new Rig(text).start().wait(4);
  assert.equal(rig.state(), 'MASTER');
  rig.take();
  return rig;
};

test('the plan names kept, changed, added and removed, and why', () => {
  assert.deepEqual(plan(single(), single()), ['kept VI_1']);
  assert.deepEqual(plan(single(), single().replace('priority 100', 'priority 110')), [
    'changed VI_1: priority 100 -> 110',
  ]);
  assert.deepEqual(plan(single(), single().replaceAll('VI_1', 'VI_9')), ['changed VI_9: name VI_1 -> VI_9']);
  assert.deepEqual(plan(pair(), single()), [
    'removed VI_2: no longer configured',
    'removed sync group VG_1',
    'kept VI_1',
  ]);
  assert.deepEqual(plan(single(), pair()), ['added VI_2: new', 'added sync group VG_1', 'kept VI_1']);
  const [removed, added] = plan(single(), single().replace('_id 51', '_id 61'));
  assert.match(removed ?? '', /^removed VI_1: another virtual router .*51\/ipv4\/eth0.* -> 61\/ipv4\/eth0/);
  assert.match(added ?? '', /^added VI_1: another virtual router/);
});

test('number, family, interface, kind and group or source make the virtual router, and nothing else does', () => {
  const six = single().replace('10.0.0.100', 'fe80::100');
  const unicast = (source: string, peer: string): string =>
    single(`unicast_src_ip ${source}\n unicast_peer {\n ${peer}\n }`);
  const others: readonly (readonly [string, string])[] = [
    [single(), single().replace('_id 51', '_id 52')],
    [single(), six],
    [single(), single().replace('interface eth0', 'interface eth1')],
    [single(), unicast('10.0.0.1', '10.0.0.2')],
    [unicast('10.0.0.1', '10.0.0.2'), unicast('10.0.0.9', '10.0.0.2')],
    [single(), single('mcast_dst_ip 224.0.0.50')],
    [single(), single('use_vmac')],
    [single('use_vmac'), single('use_vmac\n vmac_xmit_base')],
    [single(), single('use_ipvlan 10.0.0.5/24')],
  ];
  for (const [before, after] of others)
    assert.deepEqual(
      plan(before, after).map((line) => line.slice(0, 'removed'.length)),
      ['removed', 'added V'],
      after,
    );
  const same: readonly (readonly [string, string])[] = [
    [unicast('10.0.0.1', '10.0.0.2'), unicast('10.0.0.1', '10.0.0.3')],
    [single(), single('version 3')],
    [single(), single('mcast_src_ip 10.0.0.9')],
    [single('use_vmac'), single('use_vmac v51')],
  ];
  for (const [before, after] of same)
    assert.deepEqual(
      plan(before, after).map((line) => line.slice(0, 'changed'.length)),
      ['changed'],
      after,
    );
});

test('a password is never shown', () => {
  const auth = (word: string): string => single(`authentication {\n auth_type PASS\n auth_pass ${word}\n }`);
  const lines = plan(auth('first'), auth('second'));
  assert.deepEqual(lines, ['changed VI_1: authentication differs']);
  const global = (line: string): string =>
    single().replace('script_user root', `script_user root\n smtp_server 192.0.2.1\n ${line}`);
  for (const line of ['smtp_auth user WORD', 'notify_url http://127.0.0.1/x secret WORD'])
    assert.deepEqual(
      plan(global(line.replace('WORD', 'first')), global(line.replace('WORD', 'second'))).filter((text) =>
        /first|second/.test(text),
      ),
      [],
      line,
    );
});

/** The IPv4 identifications of the adverts that were sent. */
const identifications = (rig: Rig): number[] =>
  rig.effects.flatMap((one) =>
    one.kind === 'send-advert' ? [(one.bytes[4] ?? 0) * 256 + (one.bytes[5] ?? 0)] : [],
  );

test('a reload without a change moves nothing: an advert before it, one after it, and their rhythm from there', () => {
  const rig = masterOf(single());
  reload(rig, single());
  const advert = '4.000 advert VI_1 100 10.0.0.1 > 224.0.0.18';
  assert.deepEqual(identifications(rig), [2, 1]);
  assert.deepEqual(rig.take(), [advert, advert, '4.000 notice: reload: kept VI_1']);
  assert.deepEqual(rig.wait(2).advertTimes(), [5, 6]);
});

test('counters go on through a reload', () => {
  const rig = masterOf(single()).advert({ priority: 200, ttl: 3 });
  const counted = () => rig.engine.status().instances[0]?.counters;
  const before = counted();
  assert.deepEqual([before?.becomeMaster, before?.ttl], [1, 1]);
  reload(rig, single().replace('priority 100', 'priority 150'));
  const after = counted();
  // One advert before it and one after it.
  assert.deepEqual({ ...after, advertSent: 0 }, { ...before, advertSent: 0 });
  assert.equal(after?.advertSent, (before?.advertSent ?? 0) + 2);
});

test('priority, interval and addresses change under a MASTER that stays MASTER', () => {
  const rig = masterOf(single());
  const changed = single('advert_int 2')
    .replace('priority 100', 'priority 150')
    .replace('10.0.0.100', '10.0.0.100\n 10.0.0.101');
  reload(rig, changed);
  assert.equal(rig.state(), 'MASTER');
  assert.deepEqual(rig.held(), ['10.0.0.100', '10.0.0.101']);
  assert.equal(
    rig.lines.some((line) => line.includes('del ')),
    false,
  );
  rig.take();
  rig.wait(4);
  assert.deepEqual(rig.adverts(), [
    '6.000 advert VI_1 150 10.0.0.1 > 224.0.0.18',
    '8.000 advert VI_1 150 10.0.0.1 > 224.0.0.18',
  ]);
});

test('a BACKUP whose interval changes waits at the new pace', () => {
  const rig = new Rig(single()).start().wait(1);
  reload(rig, single('advert_int 2')).take();
  rig.wait(6.6);
  assert.equal(rig.state(), 'BACKUP');
  rig.wait(0.1);
  assert.equal(rig.state(), 'MASTER');
});

test('version 3: the interval of a reload counts for who is MASTER, and for who has heard nobody', () => {
  const every = (seconds: number): string => single(`version 3\n advert_int ${seconds}`);
  const master = new Rig(every(10)).start().wait(40);
  reload(master, every(1)).deleteAddress('10.0.0.100').wait(0.61);
  assert.equal(master.state(), 'MASTER', 'after a skew of the new interval');
  const backup = new Rig(every(10)).start().wait(1);
  reload(backup, every(1)).wait(3.61);
  assert.equal(backup.state(), 'MASTER');
  const obedient = new Rig(every(10)).start().advert({ priority: 200 });
  reload(obedient, every(1)).wait(30);
  assert.equal(obedient.state(), 'BACKUP', 'the interval is the one of the master');
});

test('a removed instance says goodbye, leaves nothing behind and is told FAULT', () => {
  const rig = masterOf(pair());
  reload(rig, single());
  assert.deepEqual(rig.held(), ['10.0.0.100']);
  assert.ok(rig.lines.some((line) => line.includes('advert VI_2 0 ')));
  assert.ok(rig.lines.some((line) => line.includes('run /bin/tell INSTANCE VI_2 FAULT 90')));
  assert.ok(rig.lines.some((line) => line.includes('close 3/ipv4')));
  assert.equal(rig.state('VI_1'), 'MASTER');
  assert.equal(rig.state('VI_2'), 'absent');
});

test('a new name for the same virtual router costs nothing', () => {
  const rig = masterOf(single());
  reload(rig, single().replaceAll('VI_1', 'VI_9'));
  assert.equal(rig.state('VI_9'), 'MASTER');
  rig.take();
  rig.wait(1);
  assert.deepEqual(rig.adverts(), ['5.000 advert VI_9 100 10.0.0.1 > 224.0.0.18']);
  rig.advert({ priority: 150 });
  assert.equal(rig.state('VI_9'), 'BACKUP');
});

test('a new tracker that fails is a FAULT, one that has not reported leaves a MASTER alone', () => {
  const script = single('track_script {\n chk\n }', 'vrrp_script chk {\n script /bin/chk\n }');
  const rig = masterOf(single());
  reload(rig, script);
  assert.equal(rig.state(), 'MASTER');
  rig.check('chk', 1);
  assert.equal(rig.state(), 'FAULT');
  const other = masterOf(single());
  reload(other, single('track_interface {\n eth7\n }'));
  assert.equal(other.state(), 'FAULT');
});

test('a script with the same command keeps its state; another command runs at once', () => {
  const script = (command: string, more: string): string =>
    single('track_script {\n chk\n }', `vrrp_script chk {\n script ${command}\n interval 1\n ${more}\n }`);
  const rig = new Rig(script('/bin/chk', 'rise 3')).start().check('chk', 1);
  assert.equal(rig.state(), 'FAULT');
  reload(rig, script('/bin/chk', 'rise 2')).wait(1);
  rig.check('chk', 0).wait(1);
  assert.equal(rig.state(), 'FAULT', 'it is still down and needs two successes');
  rig.check('chk', 0);
  assert.equal(rig.state(), 'BACKUP');
  rig.take();
  reload(rig, script('/bin/other', 'rise 2'));
  assert.ok(
    rig.lines.some((line) => line.includes('check chk')),
    'the new one runs at once',
  );
});

test('another command under the name of a script: what the one before found counts until it has ended', () => {
  const script = (command: string, weight: number, more = ''): string =>
    single(
      'track_script {\n chk\n }',
      `vrrp_script chk {\n script ${command}\n weight ${weight}\n fall 3\n rise 3\n ${more}\n }`,
    );
  const priority = (rig: Rig) => rig.engine.status().instances[0]?.effectivePriority;
  const weighted = new Rig(script('/bin/chk', 30)).start().check('chk', 0).wait(4);
  weighted.take();
  reload(weighted, script('/bin/other', 30));
  assert.deepEqual(
    weighted.adverts().map((line) => line.split(' ')[3]),
    ['130', '130'],
  );
  weighted.check('chk', 1);
  assert.equal(priority(weighted), 100, 'its first result decides, whatever fall is');
  reload(weighted, script('/bin/third', 30));
  assert.equal(priority(weighted), 100);
  weighted.check('chk', 0);
  assert.equal(priority(weighted), 130, 'and so does a success');
  const unweighted = new Rig(script('/bin/chk', 0)).start().check('chk', 0).wait(4);
  reload(unweighted, script('/bin/other', 0, 'init_fail'));
  assert.equal(unweighted.state(), 'MASTER');
  const failed = new Rig(script('/bin/chk', 0)).start().check('chk', 1);
  reload(failed, script('/bin/other', 0));
  assert.equal(failed.state(), 'FAULT');
  failed.check('chk', 0);
  assert.equal(failed.state(), 'BACKUP');
});

test('a process or a file that is tracked otherwise: what was known counts until something new is', () => {
  const both = (path: string, delay: number): string =>
    single(
      'track_file {\n level\n }\n track_process {\n web\n }',
      `track_file level {\n file ${path}\n weight 1\n }\n` +
        `vrrp_track_process web {\n process httpd\n weight 20\n terminate_delay ${delay}\n }`,
    );
  const rig = new Rig(both('/tmp/level', 5)).start().file('level', '10').processes('web', 1).wait(4);
  rig.take();
  reload(rig, both('/tmp/other', 9));
  assert.deepEqual(
    rig.adverts().map((line) => line.split(' ')[3]),
    ['130', '130'],
  );
  rig.processes('web', 0);
  assert.equal(rig.engine.status().instances[0]?.effectivePriority, 110, 'what is found needs no delay');
  rig.file('level', '0');
  assert.equal(rig.engine.status().instances[0]?.effectivePriority, 100);
});

test('trackers that are no longer used are given up, with what they held', () => {
  const file = single('track_file {\n level\n }', 'track_file level {\n file /tmp/level\n weight 1\n }');
  const rig = new Rig(file).start().file('level', '50');
  assert.equal(rig.engine.status().instances[0]?.effectivePriority, 150);
  reload(rig, single());
  assert.ok(rig.lines.some((line) => line.endsWith('unwatch file level')));
  assert.equal(rig.engine.status().instances[0]?.effectivePriority, 100);
});

test('a sync group made of a MASTER and a BACKUP begins as BACKUP, one made of MASTERs as MASTER', () => {
  const loose = pair().replace(/vrrp_sync_group[^}]*}[^}]*}/, '');
  const both = new Rig(loose).start().wait(4);
  both.take();
  reload(both, pair());
  assert.equal(both.engine.status().syncGroups[0]?.state, 'MASTER');
  assert.equal(both.state('VI_2'), 'MASTER');
  const mixed = new Rig(loose).start().wait(4);
  mixed.advert({ vrid: 52, device: 'eth1', from: '10.0.1.2', priority: 150 });
  assert.deepEqual([mixed.state('VI_1'), mixed.state('VI_2')], ['MASTER', 'BACKUP']);
  mixed.take();
  reload(mixed, pair());
  assert.ok(mixed.adverts().some((line) => line.includes('advert VI_1 0 ')));
  assert.deepEqual([mixed.state('VI_1'), mixed.state('VI_2')], ['BACKUP', 'BACKUP']);
  assert.equal(mixed.engine.status().syncGroups[0]?.state, 'BACKUP');
});

/** A group of the first two of three instances; `members` of a later one. */
const three = (members: string): string =>
  pair()
    .replace('    VI_2\n', members)
    .concat(pair().replace(/^[\s\S]*vrrp_instance VI_2/, 'vrrp_instance VI_3'))
    .replace(
      /virtual_router_id 52([\s\S]*)virtual_router_id 52/,
      'virtual_router_id 52$1virtual_router_id 53',
    );
const states = (rig: Rig): string[] => [
  ...['VI_1', 'VI_2', 'VI_3'].map((name) => rig.state(name)),
  ...rig.engine.status().syncGroups.map(({ state }) => state),
];

test('who joins a sync group that is MASTER comes along, or takes it to BACKUP when it obeys a master', () => {
  const heard = { vrid: 53, device: 'eth1', from: '10.0.1.2', priority: 200 };
  const rig = new Rig(three('    VI_2\n')).start().advert(heard).wait(3);
  for (let i = 0; i < 2; i++) rig.advert(heard).wait(1);
  assert.deepEqual(states(rig), ['MASTER', 'MASTER', 'BACKUP', 'MASTER']);
  reload(rig, three('    VI_2\n VI_3\n'));
  assert.deepEqual(states(rig), ['MASTER', 'MASTER', 'BACKUP', 'MASTER']);
  const silent = new Rig(three('    VI_2\n')).start().advert(heard).wait(3);
  silent.advert(heard).wait(1);
  reload(silent, three('    VI_2\n VI_3\n')).wait(4);
  assert.deepEqual(states(silent), ['MASTER', 'MASTER', 'MASTER', 'MASTER']);
  rig.take();
  rig.advert(heard);
  assert.deepEqual(states(rig), ['BACKUP', 'BACKUP', 'BACKUP', 'BACKUP']);
  assert.equal(rig.adverts().filter((line) => / advert VI_[12] 0 /.test(line)).length, 2, 'with a goodbye');
  assert.match(
    rig.engine.status().instances[0]?.reason.text ?? '',
    /^member VI_3: advert from 10\.0\.1\.2 with priority 200/,
  );
});

test('a MASTER that joins a sync group that is BACKUP is BACKUP, too', () => {
  const heard = (vrid: number) => ({ vrid, priority: 200, from: vrid === 51 ? '10.0.0.2' : '10.0.1.2' });
  const rig = new Rig(three('    VI_2\n')).start();
  const backups = (): void => {
    rig.advert(heard(51)).advert({ ...heard(52), device: 'eth1' });
  };
  for (let i = 0; i < 5; i++) {
    backups();
    rig.wait(1);
  }
  assert.deepEqual(states(rig), ['BACKUP', 'BACKUP', 'MASTER', 'BACKUP']);
  reload(rig, three('    VI_2\n VI_3\n'));
  assert.deepEqual(states(rig), ['BACKUP', 'BACKUP', 'BACKUP', 'BACKUP']);
});

test('two unicast instances of one number and source are told apart by their order', () => {
  const unicast = (peer: string, name: string): string => `
vrrp_instance ${name} {
  interface eth0
  virtual_router_id 51
  unicast_src_ip 10.0.0.1
  unicast_peer {
    ${peer}
  }
  virtual_ipaddress {
    10.0.0.${name === 'A' ? 100 : 101}
  }
}
`;
  const text = unicast('10.0.0.2', 'A') + unicast('10.0.0.3', 'B');
  const rig = new Rig(text).start().wait(4);
  reload(rig, text).take();
  assert.deepEqual([rig.state('A'), rig.state('B')], ['MASTER', 'MASTER']);
  reload(rig, unicast('10.0.0.2', 'A'));
  assert.deepEqual(rig.held(), ['10.0.0.100']);
});

test('a member that waits for its sync group takes over when a reload dissolves the group', () => {
  const rig = new Rig(pair()).start().wait(3.62);
  assert.equal(rig.state('VI_1'), 'BACKUP', 'it waits for the other member');
  reload(rig, pair().replace(/vrrp_sync_group[^}]*}[^}]*}/, ''));
  assert.equal(rig.state('VI_1'), 'MASTER');
  assert.equal(rig.engine.status().instances[0]?.reason.code, 'master-down');
});

test('a member that waited since nobody was heard, and then heard a worse router, says that it preempts it', () => {
  const rig = new Rig(pair()).start().wait(3.62);
  rig.advert({ priority: 50 });
  reload(rig, pair().replace(/vrrp_sync_group[^}]*}[^}]*}/, ''));
  assert.equal(rig.state('VI_1'), 'MASTER');
  assert.equal(rig.engine.status().instances[0]?.reason.code, 'preempting');
});

test('a master that was late for too long does not advertise because of a reload', () => {
  const text = single('nopreempt\n timer_expired_backup 200');
  const rig = new Rig(text).start().wait(4);
  rig.take();
  rig.stall(5);
  reload(rig, text);
  assert.equal(rig.state(), 'BACKUP');
  assert.deepEqual(rig.adverts(), []);
});
