/** Kinds of links that a machine's own kernel may lack, made by iproute2 and read by us. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { RtnlClient } from '../../src/host/linux/rtnl-client.js';
import { readSnapshot } from '../../src/host/netlink-sockets.js';
import type { KernelCase } from './suite.js';

const ip = (line: string): string => execFileSync('ip', line.split(' '), { encoding: 'utf8' });

function links() {
  const client = new RtnlClient();
  try {
    const snapshot = readSnapshot(client);
    assert.ok(snapshot.ok);
    return new Map(snapshot.value.links.map((link) => [link.name, link]));
  } finally {
    client.close();
  }
}

const kinds: KernelCase = {
  name: 'dummy, vlan, vrf, bond and ipvlan are read with their kind, lower link and master',
  run: async () => {
    ip('link add d0 type dummy');
    ip('link set d0 up');
    ip('link add d0.7 link d0 type vlan id 7');
    ip('link add blue type vrf table 10');
    ip('link set d0.7 master blue');
    ip('link add bond7 type bond mode active-backup');
    ip('link add ipv0 link d0 type ipvlan mode l2 private');
    const found = links();
    const d0 = found.get('d0');
    const blue = found.get('blue');
    assert.deepEqual(
      ['d0', 'd0.7', 'blue', 'bond7', 'ipv0'].map((name) => found.get(name)?.kind),
      ['dummy', 'vlan', 'vrf', 'bond', 'ipvlan'],
    );
    assert.equal(found.get('d0.7')?.parent, d0?.index);
    assert.equal(found.get('d0.7')?.master, blue?.index);
    assert.equal(found.get('ipv0')?.parent, d0?.index);
    assert.equal(found.get('ipv0')?.mac, d0?.mac);
  },
};

export const cases: readonly KernelCase[] = [kinds];
