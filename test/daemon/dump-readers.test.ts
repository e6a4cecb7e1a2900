/**
 * What programs that read Keepalived's dumps look for, restated as rules, and our dumps read by them: Prometheus
 * exporters for text and JSON (mehdy/keepalived-exporter and its forks, gen2brain/keepalived_exporter), VyOS and
 * Vyatta, and one-liners with grep and awk. They read the recordings of Keepalived 2.2.7 the same way.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { jsonDump } from '../../src/daemon/dump/json.js';
import { statsDump } from '../../src/daemon/dump/stats.js';
import { textDump } from '../../src/daemon/dump/text.js';
import { Rig } from '../core/rig.js';
import { configurationOf } from '../support/configuration.js';
import { projectRoot } from '../wire/fixtures.js';

const STATES = ['INIT', 'BACKUP', 'MASTER', 'FAULT'];
/** As Go's Atoi: anything else is an error, and the exporter reports nothing at all. */
function whole(text: string): number {
  assert.match(text, /^[+-]?\d+$/, `"${text}" is no whole number`);
  return Number(text);
}
function stateNumber(text: string): number {
  assert.ok(STATES.includes(text), `"${text}" is no state`);
  return STATES.indexOf(text);
}

interface ReadInstance {
  state?: number;
  wantState?: number;
  interface?: string;
  garpDelay?: number;
  vrid?: number;
  vips: string[];
  excluded: string[];
}

/**
 * mehdy/keepalived-exporter, text: ` VRRP Instance = NAME` opens; three blanks hold `key = value` or `key :`; five
 * blanks hold a value of the last key, which is then looked at again; any other line closes.
 */
function readData(text: string): Map<string, ReadInstance> {
  const instances = new Map<string, ReadInstance>();
  let current: ReadInstance | undefined;
  let key = '';
  for (const line of text.split('\n')) {
    let value: string;
    if (line.startsWith(' VRRP Instance') && line.includes('=')) {
      current = { vips: [], excluded: [] };
      instances.set((line.trim().split('=')[1] ?? '').trim(), current);
      continue;
    }
    if (!line.startsWith('   ') || !current) {
      if (!/^ VRRP (Version|Script)/.test(line)) current = undefined;
      continue;
    }
    if (line.startsWith('     ')) value = line.trim();
    else {
      const mark = line.includes('=') ? '=' : ':';
      if (!line.includes(mark)) continue;
      const words = line.trim().split(mark);
      key = (words[0] ?? '').trim();
      if (key === 'Virtual IP') continue;
      value = (words[1] ?? '').trim();
    }
    if ((key.startsWith('Virtual IP (') || key === 'Virtual IP') && value !== '') current.vips.push(value);
    if (key.startsWith('Virtual IP Excluded') && value !== '') current.excluded.push(value);
    if (key === 'State') current.state = stateNumber(value);
    if (key === 'Wantstate') current.wantState = stateNumber(value);
    if (key === 'Interface' || key === 'Listening device') current.interface = value;
    if (key === 'Gratuitous ARP delay') current.garpDelay = whole(value);
    if (key === 'Virtual Router ID') current.vrid = whole(value);
  }
  return instances;
}

/** The same exporter: ` VRRP Script = NAME`, then `Status` and `State` with words of its lists. */
function readScripts(text: string): { name: string; status?: string; state?: string }[] {
  const scripts: { name: string; status?: string; state?: string }[] = [];
  let open = false;
  for (const line of text.split('\n')) {
    if (line.startsWith(' VRRP Script') && line.includes('=')) {
      scripts.push({ name: (line.trim().split('=')[1] ?? '').trim() });
      open = true;
    } else if (line.startsWith('   ') && open) {
      const [key = '', value = ''] = line.trim().split('=');
      const script = scripts.at(-1);
      if (script && key.trim() === 'Status') script.status = value.trim();
      if (script && key.trim() === 'State') script.state = value.trim();
    } else if (!line.startsWith('    ')) open = false;
  }
  return scripts;
}

/** The same: `Heading:` with two blanks, `Key: N` with four below it, and `Key: N` with two that end the section. */
function readStats(text: string): Map<string, Map<string, number>> {
  const all = new Map<string, Map<string, number>>();
  let counters = new Map<string, number>();
  let section = '';
  for (const line of text.split('\n')) {
    const [key = '', value = ''] = line.trim().split(':');
    if (line.startsWith('VRRP Instance')) {
      counters = new Map();
      all.set(value.trim(), counters);
    } else if (line.startsWith('  ') && line.endsWith(':')) section = key.trim();
    else if (line.startsWith('    ') && section !== '')
      counters.set(`${section}/${key}`, whole(value.trim()));
    else if (line.startsWith('  ')) {
      section = '';
      counters.set(key, whole(value.trim()));
    }
  }
  return all;
}

/** Vyatta: `VRRP Instance = X`, then any `name = value`; a colon heads counters. */
function readByRegex(text: string): Map<string, Map<string, string>> {
  const all = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split('\n')) {
    const instance = /VRRP Instance = (.*)/.exec(line)?.[1];
    const pair = /(.*?) = (.*)/.exec(line);
    if (instance !== undefined) {
      current = new Map();
      all.set(instance, current);
    } else if (/^------</.test(line)) current = undefined;
    else if (pair && current) {
      const name = (pair[1] ?? '').trim().toLowerCase().replaceAll(/\s/g, '-');
      if (!current.has(name)) current.set(name, pair[2] ?? '');
    }
  }
  return all;
}

/** What Go decodes into typed fields: an integer that is none is an error for the whole file. */
const JSON_INTEGERS = ['state', 'wantstate', 'garp_delay', 'vrid'];
function readJson(text: string) {
  const list = JSON.parse(text) as { data: Record<string, unknown>; stats: Record<string, unknown> }[];
  assert.ok(Array.isArray(list));
  for (const { data, stats } of list) {
    for (const key of JSON_INTEGERS) assert.ok(Number.isInteger(data[key]), `${key} is ${data[key]}`);
    assert.equal(typeof data['last_transition'], 'number');
    assert.equal(typeof data['iname'], 'string');
    for (const [key, value] of Object.entries(stats)) assert.ok(Number.isInteger(value), key);
    for (const vip of [data['vips'], data['evips']].flat()) {
      if (vip === undefined) continue;
      // ADDRESS dev INTERFACE ...
      const words = String(vip).split(' ');
      assert.ok(words.length >= 3 && words[1] === 'dev', String(vip));
    }
  }
  return list;
}

const CONFIGURATION = `
vrrp_script chk {
  script /bin/true
  interval 2
  weight 5
}
vrrp_script bad {
  script /bin/false
  interval 2
  weight 5
}
vrrp_sync_group VG {
  group { VI_1\n VI_2 }
  sync_group_tracking_weight
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  garp_master_delay 2
  virtual_ipaddress { 10.0.0.100/24\n 10.0.0.101 dev eth1 }
  virtual_ipaddress_excluded { 10.0.0.102 }
  track_script { chk\n bad }
  track_interface { eth1 weight 3 }
}
vrrp_instance VI_2 {
  interface eth1
  virtual_router_id 52
  unicast_peer { 10.0.1.2 }
  virtual_ipaddress { 10.0.1.100/24 }
}
vrrp_instance VI_3 {
  interface eth7
  virtual_router_id 53
  virtual_ipaddress { 10.0.7.100/24 }
}`;

function dumps() {
  const rig = new Rig(configurationOf(CONFIGURATION));
  rig.outcomes.set('chk', { kind: 'exit', code: 0 });
  rig.outcomes.set('bad', { kind: 'exit', code: 1 });
  rig.start().wait(5);
  const inspection = rig.engine.inspect();
  const source = { configuration: rig.configuration, inspection };
  const counted = rig.configuration.instances.flatMap(({ name }) => {
    const counters = inspection.counters(name);
    return counters ? [{ name, counters }] : [];
  });
  return {
    data: `${[...textDump(source)].join('')}------< Configuration >------\nvrrp_instance VI_1 {\n   state = 7\n}\n`,
    stats: [...statsDump(counted)].join(''),
    json: [...(jsonDump(source) ?? [])].join(''),
  };
}
const ours = dumps();
const recorded = (kind: string): string =>
  readFileSync(join(projectRoot, 'test/fixtures/dumps', `keepalived-2.2.7.${kind}`), 'utf8');

describe('Prometheus exporter for text', () => {
  test('instances with state, interface, number and addresses', () => {
    const read = readData(ours.data);
    assert.deepEqual([...read.keys()], ['VI_1', 'VI_2', 'VI_3']);
    assert.deepEqual(read.get('VI_1'), {
      state: 2,
      wantState: 2,
      interface: 'eth0',
      garpDelay: 2,
      vrid: 51,
      vips: ['10.0.0.100/24 dev eth0 scope global set', '10.0.0.101 dev eth1 scope global set'],
      excluded: ['10.0.0.102 dev eth0 scope global set'],
    });
    assert.equal(read.get('VI_3')?.state, 3);
    const theirs = readData(recorded('data'));
    assert.deepEqual([...theirs.keys()], ['A', 'B', 'C', 'F']);
    assert.equal(theirs.get('C')?.state, 1);
  });
  test('scripts with their status and state', () => {
    assert.deepEqual(readScripts(ours.data), [
      { name: 'chk', status: 'GOOD', state: 'idle' },
      { name: 'bad', status: 'BAD', state: 'idle' },
    ]);
    assert.deepEqual(
      readScripts(recorded('data')).map(({ status }) => status),
      ['GOOD', 'BAD'],
    );
  });
  test('counters, as many instances as in the data, or it reports nothing', () => {
    const read = readStats(ours.stats);
    assert.equal(read.size, readData(ours.data).size);
    const theirs = readStats(recorded('stats'));
    const keys = [...(theirs.get('A')?.keys() ?? [])];
    assert.ok(keys.includes('Priority Zero/Sent') && keys.length === 14);
    for (const counters of read.values())
      for (const key of keys) assert.ok(counters.has(key), `${key} is missing`);
    assert.equal(read.get('VI_1')?.get('Became master'), 1);
    assert.ok((read.get('VI_1')?.get('Advertisements/Sent') ?? 0) > 0);
  });
});

test('Prometheus exporters for JSON, and VyOS: keys and types', () => {
  for (const text of [ours.json, recorded('json')])
    for (const { data } of readJson(text))
      for (const key of ['iname', 'ifp_ifname', 'vrid', 'state', 'last_transition', 'effective_priority'])
        assert.ok(key in data, key);
});

test('Vyatta: by regular expressions', () => {
  for (const [text, name] of [
    [ours.data, 'VI_1'],
    [recorded('data'), 'A'],
  ] as const) {
    const read = readByRegex(text).get(name);
    for (const key of [
      'state',
      'last-transition',
      'vrrp-version',
      'using-src_ip',
      'effective-priority',
      'advert-interval',
      'authentication-type',
      'preempt',
      'accept',
    ])
      assert.ok(read?.has(key), `${name} ${key}`);
    assert.equal(read?.get('state'), 'MASTER');
    assert.match(
      read?.get('last-transition') ?? '',
      /^\d+\.\d{6} \(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d\.\d{6} \d{4}\)$/,
    );
  }
  assert.match(ours.data, /^ VRRP Sync Group = VG, MASTER$/m);
});

test('one-liners: the state is within six lines of the heading, and lines that say "State" are states', () => {
  for (const text of [ours.data, recorded('data')]) {
    const lines = text.split('\n');
    const at = lines.findIndex((line) => line.includes('VRRP Topology'));
    // grep -A 6 'VRRP Topology' | awk -F '=' '/State/{print $2}'
    const states = lines.slice(at, at + 7).filter((line) => line.includes('State'));
    assert.deepEqual(
      states.map((line) => line.split('=')[1]?.trim()),
      ['MASTER'],
    );
  }
});
