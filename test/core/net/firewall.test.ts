/** no_accept as the engine sees it: stopped before the address comes, until after it has gone, whatever happens. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FIREWALL_REPAIR, FIREWALL_RETRY } from '../../../src/core/net/firewall.js';
import { type FirewallEntry, firewallKey, planFirewall } from '../../../src/core/net/firewall-facts.js';
import { ip } from '../../base/values.js';
import { address, link } from '../../support/machine.js';
import { Rig } from '../rig.js';

const FILE = `
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  garp_master_delay 0
  no_accept
  virtual_ipaddress {
    10.0.0.100
    10.0.0.101 dev eth1
  }
}`;
const master = (text = FILE): Rig => {
  const rig = new Rig(text).start().wait(4);
  assert.equal(rig.state(), 'MASTER');
  return rig;
};
const about = (rig: Rig, what: RegExp): string[] => rig.lines.filter((line) => what.test(line));
/** Firewall and address lines, without their times. */
const order = (rig: Rig): string[] =>
  about(rig, /^\S+ (firewall|add|del)\b/).map((line) => line.replace(/^\S+ /, ''));

test('a master stops traffic to its addresses before it has them, in one request', () => {
  const rig = master();
  assert.deepEqual(order(rig), [
    'firewall: stop 10.0.0.100; stop 10.0.0.101',
    'add 10.0.0.100/32 dev eth0; add 10.0.0.101/32 dev eth1',
  ]);
});

test('whoever yields lets traffic in only after the addresses are gone', () => {
  const rig = master();
  rig.take();
  rig.advert({ priority: 200 });
  assert.equal(rig.state(), 'BACKUP');
  assert.deepEqual(order(rig), [
    'del 10.0.0.100/32 dev eth0; del 10.0.0.101/32 dev eth1',
    'firewall: let in 10.0.0.100; let in 10.0.0.101',
  ]);
});

test('without no_accept, and for an owner, nothing is asked of the firewall', () => {
  for (const text of [FILE.replace('no_accept', ''), FILE.replace('priority 100', 'priority 255')]) {
    const rig = new Rig(text).start().wait(4);
    assert.equal(rig.state(), 'MASTER');
    assert.deepEqual(about(rig, /firewall/), []);
    rig.handle({ kind: 'stop', reason: 'SIGTERM' });
    assert.deepEqual(about(rig, /firewall/), []);
    assert.deepEqual(about(rig, /stopped/).length, 1);
  }
});

test('at the stop nothing of it stays, and the daemon ends after that', () => {
  const rig = master();
  rig.take();
  rig.handle({ kind: 'stop', reason: 'SIGTERM' });
  const said = rig.take().map((line) => line.replace(/^\S+ /, ''));
  const at = (text: string): number => said.findIndex((line) => line.startsWith(text));
  assert.ok(at('del ') < at('firewall: let in'));
  assert.ok(at('firewall: let in') < at('firewall anew: nothing'));
  assert.equal(at('stopped'), said.length - 1);
});

test('the first thing that is asked is to remove what was left over', () => {
  const rig = new Rig(FILE).start();
  const [first] = rig.effects.filter((one) => one.kind === 'apply-firewall');
  assert.equal(first?.fresh, true);
  assert.deepEqual(first?.operations, []);
  assert.deepEqual(first?.place, {
    table: 'keepalived',
    priority: -1,
    counters: false,
    byIndex: false,
    ipsets: ['keepalived', 'keepalived6', 'keepalived_if6', 'keepalived_igmp', 'keepalived_mld'],
  });
});

test('global_defs say where the rules stand', () => {
  const place = (lines: string): unknown => {
    const rig = new Rig(`global_defs { ${lines}\n }\n${FILE}`).start();
    const [first] = rig.effects.filter((one) => one.kind === 'apply-firewall');
    return first?.place;
  };
  assert.deepEqual(place('nftables abc\n nftables_priority -7\n nftables_counters\n nftables_ifindex'), {
    table: 'abc',
    priority: -7,
    counters: true,
    byIndex: true,
    ipsets: ['keepalived', 'keepalived6', 'keepalived_if6', 'keepalived_igmp', 'keepalived_mld'],
  });
  assert.deepEqual(place('vrrp_iptables in out\n vrrp_ipsets a b'), {
    table: 'keepalived',
    priority: -1,
    counters: false,
    byIndex: false,
    iptables: { input: 'in', output: 'out' },
    ipsets: ['a', 'b', 'a_if6', 'a_igmp', 'a_mld'],
  });
  const named = (lines: string): unknown => {
    const rig = new Rig(`instance lb1\nglobal_defs { ${lines}\n }\n${FILE}`).start();
    const [first] = rig.effects.filter((one) => one.kind === 'apply-firewall');
    return first?.place.table;
  };
  assert.equal(named(''), 'keepalived_lb1', 'daemons with names leave the rules of each other alone');
  assert.equal(named('nftables abc'), 'abc');
  assert.deepEqual((place('vrrp_iptables\n vrrp_ipsets') as { ipsets: unknown }).ipsets, []);
  // Both: nftables it is.
  assert.ok(!('iptables' in (place('vrrp_iptables in\n nftables abc') as object)));
});

test('an address that somebody deletes is guarded until it is back', () => {
  const rig = master();
  rig.take();
  rig.deleteAddress('10.0.0.100');
  assert.equal(rig.state(), 'BACKUP');
  assert.deepEqual(order(rig), [
    'firewall: let in 10.0.0.100',
    'del 10.0.0.101/32 dev eth1',
    'firewall: let in 10.0.0.101',
  ]);
  rig.take();
  rig.wait(1);
  assert.deepEqual(order(rig)[0], 'firewall: stop 10.0.0.100; stop 10.0.0.101');
});

test('an address that the kernel will not give back stays guarded', () => {
  const rig = master();
  rig.take();
  rig.refusals.set('10.0.0.100', 1);
  rig.advert({ priority: 200 });
  assert.deepEqual(order(rig), [
    'del 10.0.0.100/32 dev eth0; del 10.0.0.101/32 dev eth1',
    'firewall: let in 10.0.0.101',
  ]);
  rig.refusals.clear();
  rig.take();
  rig.advert({ priority: 200 }).wait(1.1);
  assert.deepEqual(order(rig), ['del 10.0.0.100/32 dev eth0', 'firewall: let in 10.0.0.100']);
});

test('a reload that takes no_accept away lets traffic in, one that brings it stops it, in place', () => {
  const rig = master();
  rig.take();
  const open = new Rig(FILE.replace('no_accept', '')).configuration;
  rig.handle({ kind: 'reload', configuration: open });
  assert.deepEqual(order(rig), ['firewall: let in 10.0.0.100; let in 10.0.0.101']);
  rig.take();
  rig.handle({ kind: 'reload', configuration: rig.configuration });
  assert.deepEqual(order(rig), ['firewall: stop 10.0.0.100; stop 10.0.0.101']);
  assert.equal(rig.state(), 'MASTER');
});

test('a reload to another table makes everything anew there', () => {
  const rig = master();
  rig.take();
  rig.handle({
    kind: 'reload',
    configuration: new Rig(`global_defs { nftables other\n }${FILE}`).configuration,
  });
  const asked = rig.effects.filter((one) => one.kind === 'apply-firewall');
  assert.equal(asked.length, 1);
  assert.equal(asked[0]?.fresh, true);
  assert.equal(asked[0]?.place.table, 'other');
  assert.equal(asked[0]?.operations.length, 2);
});

test('two instances that hold one address share its guard, and the last lets go', () => {
  const second = FILE.replace('VI_1', 'VI_2')
    .replace('virtual_router_id 51', 'virtual_router_id 52')
    .replace('10.0.0.100\n', '10.0.0.100 dev eth1\n')
    .replace('10.0.0.101 dev eth1', '');
  const rig = master(`${FILE}\n${second}`);
  rig.take();
  rig.advert({ priority: 200, vrid: 52 });
  assert.equal(rig.state('VI_2'), 'BACKUP');
  assert.deepEqual(about(rig, /firewall/), []);
  rig.advert({ priority: 200, vrid: 51 });
  assert.deepEqual(about(rig, /firewall/).length, 1);
});

describe('a firewall that refuses', () => {
  test('is said once, with what is lost and the remedy; the instance is MASTER all the same', () => {
    const rig = new Rig(FILE).start();
    rig.firewallRefusal = { code: 'EPERM', message: 'nftables: not permitted; run as root' };
    rig.wait(30);
    assert.equal(rig.state(), 'MASTER');
    assert.equal(rig.engine.status().firewall?.code, 'EPERM');
    const said = about(rig, / error: /);
    assert.equal(said.length, 1);
    assert.match(
      said[0] ?? '',
      /no_accept cannot be kept: traffic to 10\.0\.0\.100, 10\.0\.0\.101 is let in.*VRRP goes on/,
    );
    assert.match(said[0] ?? '', /EPERM/);
    // Tried again in its rhythm, each time everything.
    const tries = about(rig, /firewall anew: stop 10.0.0.100; stop 10.0.0.101/);
    assert.ok(tries.length >= 4 && tries.length <= 30 / (FIREWALL_RETRY / 1e6));
    rig.firewallRefusal = undefined;
    rig.take();
    rig.wait(5);
    assert.equal(about(rig, /firewall anew/).length, 1);
    assert.equal(about(rig, /notice: the firewall stands again/).length, 1);
    assert.equal(rig.engine.status().firewall, undefined);
    rig.take();
    rig.wait(20);
    assert.equal(about(rig, /firewall/).length, 0);
  });
  test('is no word worth where nothing needs it', () => {
    const rig = new Rig(FILE.replace('no_accept', ''));
    rig.firewallRefusal = { code: 'EPROTONOSUPPORT', message: 'no nfnetlink' };
    rig.start().wait(20);
    assert.deepEqual(about(rig, /firewall/), []);
  });
});

describe('somebody else changes it', () => {
  test('all is made anew, at most once a second, and not said each time', () => {
    const rig = master();
    rig.take();
    rig.handle({ kind: 'firewall-disturbed', who: 'nft (process 77)' });
    assert.equal(about(rig, /firewall anew: stop 10.0.0.100; stop 10.0.0.101/).length, 1);
    assert.match(about(rig, /warning/)[0] ?? '', /nft \(process 77\) changed the firewall table keepalived/);
    rig.take();
    for (let i = 0; i < 100; i++) {
      rig.handle({ kind: 'firewall-disturbed', who: 'nft (process 77)' });
      rig.wait(0.1);
    }
    const repairs = about(rig, /firewall anew/).length;
    assert.ok(repairs >= 9 && repairs <= 10 / (FIREWALL_REPAIR / 1e6) + 1, `${repairs} repairs in 10 s`);
    assert.equal(about(rig, /warning/).length, 0);
    rig.wait(5).take();
    rig.handle({ kind: 'firewall-disturbed', who: 'ferm (process 78)' });
    assert.equal(about(rig, /warning: ferm/).length, 1);
  });
  test('nobody minds where nothing is stopped', () => {
    const rig = new Rig(FILE).start();
    rig.handle({ kind: 'firewall-disturbed', who: 'nft (process 77)' });
    assert.deepEqual(about(rig, /warning|stop 10/), []);
  });
});

describe('link-local addresses', () => {
  const six = (more: string, globals = ''): Rig => {
    const text = `global_defs { ${globals}\n }
vrrp_instance VI_6 {
  interface eth0
  version 3
  virtual_router_id 61
  priority 100
  no_accept
  ${more}
  virtual_ipaddress { fe80::100/64\n fe80::101/64 dev eth1\n 2001:db8::1/64 }
}`;
    return new Rig(text, {
      links: [link(2, 'eth0'), link(3, 'eth1')],
      addresses: [address(2, 'fe80::1', 64), address(3, 'fe80::2', 64)],
    })
      .start()
      .wait(4);
  };
  test('are stopped on their own interface, by its number', () => {
    assert.match(
      about(six(''), /firewall/)[0] ?? '',
      /stop fe80::100 2; stop fe80::101 3; stop 2001:db8::1$/,
    );
  });
  test('by its name where the interface may be made anew, unless nftables_ifindex', () => {
    const rig = six('dont_track_primary');
    assert.match(about(rig, /firewall/)[0] ?? '', /stop fe80::100 eth0; stop fe80::101 3/);
    const indexed = six('dont_track_primary', 'nftables_ifindex');
    assert.match(about(indexed, /firewall/)[0] ?? '', /stop fe80::100 2; stop fe80::101 3/);
  });
});

test('planning again after applying gives nothing', () => {
  const entries: FirewallEntry[] = [
    { kind: 'address', address: ip('10.0.0.1') },
    { kind: 'address', address: ip('10.0.0.2') },
    {
      kind: 'link-local',
      address: ip('fe80::1'),
      interfaceIndex: 3,
      interfaceName: 'eth1',
      byName: false,
    },
    {
      kind: 'virtual-mac',
      family: 'ipv4',
      interfaceIndex: 9,
      interfaceName: 'vrrp.1',
      parentIndex: 2,
    },
  ];
  const map = (list: readonly FirewallEntry[]) => new Map(list.map((one) => [firewallKey(one), one]));
  const wanted = map(entries.slice(1));
  const observed = map(entries.slice(0, 2));
  const changed = entries.map(firewallKey);
  const plan = planFirewall(wanted, observed, changed);
  assert.deepEqual(
    plan.map(({ operation, entry }) => `${operation} ${firewallKey(entry)}`),
    ['delete 10.0.0.1', 'add fe80::1 3', 'add mac ipv4 9 2'],
  );
  for (const { operation, entry } of plan) {
    if (operation === 'add') observed.set(firewallKey(entry), entry);
    else observed.delete(firewallKey(entry));
  }
  assert.deepEqual(planFirewall(wanted, observed, changed), []);
});
