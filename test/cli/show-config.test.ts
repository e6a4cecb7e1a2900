/** `holdfast show-config`: what it prints and answers; what the tables make of a text is test/config/print's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runShowConfig, type ShowConfigOptions } from '../../src/cli/commands/show-config.js';
import type { Output } from '../../src/cli/output.js';
import type { Setting } from '../../src/config/effective.js';
import { type Files, filesOf, load, MAIN, readerOf } from '../config/support.js';

const text = `global_defs {
  vrrp_version 3
  router_id "küche"
}
@node1 include more
$ID=7
vrrp_instance V {
  interface eth0
  virtual_router_id $ID
  authentication {
    auth_type PASS
    auth_pass hidden
  }
  virtual_ipaddress {
    10.0.0.1/24
  }
}
`;
const files: Files = { [MAIN]: text, '/etc/more': 'static_ipaddress {\n 10.1.1.1/24 dev eth0\n}\n' };

function run(
  options: ShowConfigOptions = {},
  given: string | Files = files,
): { exit: number; out: string; err: string } {
  const collect = (): Output & { text: string } => ({
    colour: false,
    text: '',
    write(part) {
      this.text += part;
    },
  });
  const [out, err] = [collect(), collect()];
  const exit = runShowConfig(MAIN, options, out, err, {
    reader: readerOf(filesOf(given)),
    hostName: 'node1.example.com',
    variable: () => undefined,
  });
  return { exit, out: out.text, err: err.text };
}
const lines = (shown: string): string[] => shown.split('\n').map((line) => line.trim().replace(/ +/g, ' '));

test('each value with its line, the global it comes from, or as a default', () => {
  const { exit, out, err } = run();
  assert.deepEqual({ exit, err }, { exit: 0, err: '' });
  for (const line of [
    'router_id küche # /etc/main.conf:3',
    '10.1.1.1/24 dev eth0 # /etc/more:2',
    'virtual_router_id 7 # /etc/main.conf:9',
    'version 3 # vrrp_version, /etc/main.conf:2',
    'advert_int 1 # default',
  ]) {
    assert.ok(lines(out).includes(line), `${line}\n${out}`);
  }
});

test('without what nobody set, and without origins, it is a configuration that means the same', () => {
  const { out } = run({ defaults: false, origins: false });
  assert.doesNotMatch(out, /#|default/);
  const masked = { ...files, [MAIN]: text.replace('hidden', '"********"') };
  assert.deepEqual({ ...load(out).configuration, hash: '' }, { ...load(masked).configuration, hash: '' });
});

test('as JSON, with the same values', () => {
  const { exit, out } = run({ json: true });
  assert.equal(exit, 0);
  const shown = JSON.parse(out) as { path: string; files: string[]; settings: Setting[] };
  assert.deepEqual([shown.path, shown.files], [MAIN, [MAIN, '/etc/more']]);
  const instance = shown.settings.find(({ keyword }) => keyword === 'vrrp_instance');
  const of = (keyword: string): Setting | undefined =>
    instance?.settings?.find((one) => one.keyword === keyword);
  assert.equal(instance?.value, 'V');
  assert.deepEqual(of('virtual_router_id'), {
    keyword: 'virtual_router_id',
    value: '7',
    origin: { kind: 'line', path: MAIN, line: 9 },
  });
  assert.deepEqual(of('version')?.origin, {
    kind: 'inherited',
    keyword: 'vrrp_version',
    path: MAIN,
    line: 2,
  });
  assert.deepEqual(of('advert_int')?.origin, { kind: 'default' });
  assert.equal(of('priority')?.phrase, true);
  const [address] = of('virtual_ipaddress')?.settings ?? [];
  assert.deepEqual(address?.origin, { kind: 'line', path: MAIN, line: 15 });
});

const strict = `global_defs {
  vrrp_lower_prio_no_advert off
}
vrrp_instance V {
  state MASTER
  interface eth0
  virtual_router_id 7
  version 2
  priority 90
  advert_int 1.4
  strict_mode
  nopreempt
  preempt_delay 3
  down_timer_adverts 5
  authentication {
    auth_type PASS
    auth_pass hidden
  }
  unicast_ttl 3
  virtual_ipaddress {
    10.0.0.1/24
  }
}
`;

test('what is not used as written says what is used, and why', () => {
  const { out } = run({}, strict);
  for (const line of [
    'state BACKUP # /etc/main.conf:5, adjusted from MASTER because state MASTER is for the owner (priority 255) only; BACKUP is used',
    'advert_int 1 # /etc/main.conf:10, adjusted from 1.4 because advert_int 1.4 becomes 1: version 2 counts whole seconds',
    'down_timer_adverts 3 # /etc/main.conf:14, adjusted from 5 because strict mode overrules down_timer_adverts',
    'preempt_delay 0 # /etc/main.conf:13, adjusted from 3 because strict mode knows no preempt_delay; it is ignored',
    'lower_prio_no_advert on # vrrp_lower_prio_no_advert, /etc/main.conf:2, adjusted from off because strict mode decides',
    'garp_lower_prio_repeat 0 # default, adjusted from 5 because strict mode decides',
    '# unicast_ttl 3 # /etc/main.conf:19, not used because unicast_ttl needs unicast peers and is ignored',
    '# authentication # /etc/main.conf:15, not used because strict mode knows no authentication; the block is ignored',
    'nopreempt # /etc/main.conf:12',
    'version 2 # /etc/main.conf:8',
  ]) {
    assert.ok(lines(out).includes(line), `${line}\n${out}`);
  }
});

test('and so does what the tables themselves move into their range', () => {
  const { out } = run({}, 'vrrp_script s {\n script /x\n interval 0\n weight -254\n}\n');
  assert.match(out, / interval 1 +# \S+:3, adjusted from 0 because interval 0 is not possible; 1 is used\n/);
});

test('what is shown without comments is what is used', () => {
  const { out } = run({ defaults: false, origins: false }, strict);
  assert.doesNotMatch(out, /authentication|unicast_ttl|adjusted/);
  const [before, after] = [load(strict), load(out)];
  assert.deepEqual({ ...after.configuration, hash: '' }, { ...before.configuration, hash: '' });
});

test('as JSON, adjustments are fields', () => {
  const shown = JSON.parse(run({ json: true }, strict).out) as { settings: Setting[] };
  const instance = shown.settings.find(({ keyword }) => keyword === 'vrrp_instance');
  const of = (keyword: string) => instance?.settings?.find((one) => one.keyword === keyword)?.adjusted;
  assert.equal(of('advert_int')?.from, '1.4');
  assert.equal(of('unicast_ttl')?.unused, true);
  assert.equal(of('priority'), undefined);
});

test('no password, in no form', () => {
  for (const options of [{}, { json: true }, { defaults: false, origins: false }]) {
    const { out, err } = run(options, { ...files, [MAIN]: text.replace('vrrp_version 3', 'vrrp_version 2') });
    assert.doesNotMatch(out + err, /hidden/);
    assert.match(out, /\*{8}/);
  }
});

test('what cannot be read is told, and -t would answer the same', () => {
  const { exit, out, err } = run({}, {});
  assert.deepEqual({ exit, out }, { exit: load({}).verdict.exit, out: '' });
  assert.notEqual(exit, 0);
  assert.match(err, /main\.conf/);
});

test('lines that are left out are told beside the rest', () => {
  const { exit, out, err } = run({}, text.replace('$ID=7', '$ID=700'));
  assert.equal(exit, 0);
  assert.match(err, /^\/etc\/main\.conf:6:5: error: 700 /);
  assert.match(out, /interface eth0/);
});

test('@ lines follow the host name, or the option', () => {
  assert.doesNotMatch(run({ configId: 'other' }).out, /static_ipaddress/);
});

test('nothing steers a terminal', () => {
  const { out } = run({}, text.replace('küche', '\u001b]0;x\u0007'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f]/);
});
