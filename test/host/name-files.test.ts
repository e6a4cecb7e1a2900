/** Names of routing tables and the like come from the files of iproute2, wherever the configuration says they are. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Configuration } from '../../src/config/model.js';
import { nameFiles } from '../../src/host/name-files.js';
import { loadText } from '../support/configuration.js';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-names-'));
after(() => rmSync(directory, { recursive: true }));
const usr = join(directory, 'usr');
const etc = join(directory, 'etc');
for (const folder of [join(usr, 'rt_tables.d'), join(etc, 'rt_tables.d')])
  mkdirSync(folder, { recursive: true });
writeFileSync(join(usr, 'rt_tables'), '# the system\n7\tseven\n0x8 eight # in hexadecimal\n9 nine\n');
writeFileSync(join(usr, 'rt_tables.d', 'a.conf'), '100 hundred\n');
writeFileSync(join(usr, 'rt_tables.d', 'readme'), '101 unread\n');
writeFileSync(join(usr, 'rt_protos'), '77 ours\n');
writeFileSync(join(usr, 'rt_realms'), '5 five\n6 six\n');
writeFileSync(join(usr, 'rt_dsfield'), '0x10 lowdelay\n');
writeFileSync(join(usr, 'group'), '4 uplinks\n');

const load = (text: string, dirs = `iproute_usr_dir ${usr}\niproute_etc_dir ${etc}`) =>
  loadText(`global_defs {\n${dirs}\n}\n${text}`, { nameFiles });
const routesOf = ({ statics }: Configuration) => statics?.routes ?? [];

describe('names in routes and rules', () => {
  test("iproute_usr_dir: the system's names", () => {
    const { configuration, diagnostics } = load(`static_routes {
      10.0.0.0/8 dev eth0 table seven
      10.1.0.0/16 dev eth0 table eight tos lowdelay realms five/six
      10.2.0.0/16 dev eth0 table hundred protocol ours no_track
      10.3.0.0/16 dev eth0 table main scope link
    }
    static_rules {
      from 10.0.0.0/8 table nine ipproto udp suppress_ifgroup uplinks preference 5
      from 10.0.0.0/8 table local ipproto ospf preference 6
    }`);
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.ok(configuration);
    assert.deepEqual(
      routesOf(configuration).map(({ table, tos, protocol, scope, realms }) => [
        table,
        tos,
        protocol,
        scope,
        realms,
      ]),
      [
        [7, undefined, undefined, undefined, undefined],
        [8, 16, undefined, undefined, { source: 5, destination: 6 }],
        [100, undefined, 77, undefined, undefined],
        [254, undefined, undefined, 253, undefined],
      ],
    );
    assert.deepEqual(
      configuration.statics?.rules.map(({ action, ipProtocol, suppressInterfaceGroup }) => [
        action,
        ipProtocol,
        suppressInterfaceGroup,
      ]),
      [
        [{ kind: 'table', table: 9 }, 17, 4],
        [{ kind: 'table', table: 255 }, 89, undefined],
      ],
    );
  });

  test("iproute_etc_dir: the machine's names", () => {
    writeFileSync(join(etc, 'rt_tables'), '70 seven\n');
    writeFileSync(join(etc, 'rt_tables.d', 'z.conf'), '200 hundred\n');
    const { configuration, diagnostics } = load(`static_routes {
      10.0.0.0/8 dev eth0 table seven
      10.1.0.0/16 dev eth0 table hundred
      10.2.0.0/16 dev eth0 table eight
    }`);
    rmSync(join(etc, 'rt_tables'));
    // The machine's file stands in place of the system's; what is in folders comes on top.
    assert.deepEqual(configuration && routesOf(configuration).map(({ table }) => table), [70, 200]);
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => [code, message]),
      [['HF0338', 'there is no routing table named "eight"']],
    );
  });

  test('every kind of name that nothing gives is told and drops its line', () => {
    const { configuration, diagnostics } = load(`static_routes {
      10.0.0.0/8 dev eth0 protocol nobody no_track
      10.0.0.0/8 dev eth0 scope nowhere-else
      10.0.0.0/8 dev eth0 realms nobody
      10.0.0.0/8 nexthop dev eth0 realms 5/nobody
      10.0.0.0/8 dev eth0 tos nobody
    }
    static_rules {
      from 10.0.0.0/8 table nobody preference 5
      from 10.0.0.0/8 table 7 ipproto nobody preference 6
      from 10.0.0.0/8 table 7 suppress_ifgroup nobody preference 7
    }`);
    assert.equal(diagnostics.filter(({ code }) => code === 'HF0338').length, 8);
    assert.equal(configuration && routesOf(configuration).length, 0);
    assert.equal(configuration?.statics?.rules.length ?? 0, 0);
  });

  test('the group of a virtual MAC, or of an ipvlan', () => {
    const instance = (line: string): string =>
      `vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 1\n ${line}\n virtual_ipaddress {\n 10.0.0.1\n }\n}`;
    const group = (line: string): unknown => {
      const found = load(instance(line)).configuration?.instances[0];
      return (found?.virtualMac ?? found?.ipvlan)?.group;
    };
    assert.equal(group('use_vmac group default'), 0);
    assert.equal(group('use_vmac group 7'), 7);
    assert.equal(group('use_ipvlan 10.0.0.5/24 group default'), 0);
    const { configuration, diagnostics } = load(instance('use_vmac group nobody'));
    assert.equal(diagnostics.filter(({ code }) => code === 'HF0338').length, 1);
    assert.deepEqual(configuration?.instances[0]?.virtualMac, { transmitBase: false });
  });

  test('a configuration for another machine keeps its names', () => {
    const { configuration, diagnostics } = loadText('static_routes {\n10.0.0.0/8 dev eth0 table theirs\n}');
    assert.deepEqual(diagnostics, []);
    assert.equal(configuration?.statics?.routes[0]?.table, 'theirs');
  });
});

test('rules without preference get numbers downwards, in the order of the text, each family by itself', () => {
  const { configuration } = load(`
    static_rules { from 10.0.0.0/8 table 7 }
    vrrp_instance VI_1 {
      interface eth0
      virtual_router_id 51
      virtual_ipaddress { 10.0.0.1 }
      virtual_rules {
        from 10.1.0.0/16 table 7
        inet6 from 2001:db8::/32 table 7
        from 10.2.0.0/16 table 7 preference 9
      }
    }
    `);
  assert.deepEqual(
    configuration?.statics?.rules.map(({ preference }) => preference),
    [16384],
  );
  assert.deepEqual(
    configuration?.instances[0]?.virtualRules?.map(({ preference }) => preference),
    [16383, 16384, 9],
  );
});
