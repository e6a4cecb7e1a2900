/**
 * Configurations as people publish them, and the model they become: the first failovers depend on it. Most
 * texts are our own, in the shape of what people write: lvs_sync_daemon_inteface, restart_service, long passwords.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfiguration } from '../../src/config/load.js';
import { configFiles } from '../../src/host/config-files.js';
import { address, link } from '../support/machine.js';
import { projectRoot } from '../wire/fixtures.js';
import { codes, load } from './support.js';

const router = `
vrrp_track_process web {
    process httpd
    weight 10
}
vrrp_script check {
    script "/usr/local/bin/check.sh -x 'a b'"
    interval 1
    timeout 5
    rise 3
    fall 3
}
vrrp_instance VI_1 {
    state MASTER
    interface enp0s8
    virtual_router_id 52
    priority 244
    advert_int 1
    unicast_src_ip 192.168.56.4 # ours
    unicast_peer {
        192.168.56.5 # theirs
    }
    authentication {
        auth_type PASS
        auth_pass 123456789
    }
    virtual_ipaddress {
        192.168.56.7/24 brd 192.168.56.255 dev eth1 scope link label eth1:7
    }
    track_process {
        web
    }
    track_script {
        check weight -5 reverse
    }
    track_interface {
        ens9 weight 5
        enp0s8
    }
    notify "/usr/local/bin/notify.sh" daemon
}
`;

describe('a router as people write it', () => {
  const loaded = load(router);
  const instance = loaded.configuration?.instances[0];

  test('findings and verdict', () => {
    assert.deepEqual(codes(loaded), ['HF0507', 'HF0205', 'HF0501', 'HF0319']);
    assert.deepEqual(loaded.verdict, {
      runnable: true,
      reloadable: true,
      exit: 5,
      counts: { fatal: 0, error: 0, warning: 2, note: 2 },
    });
  });

  test('the instance', () => {
    assert.deepEqual(instance, {
      name: 'VI_1',
      initialState: 'MASTER',
      version: 2,
      family: 'ipv4',
      interface: 'enp0s8',
      virtualRouterId: 52,
      priority: 244,
      advertInterval: 1e6,
      downTimerAdverts: 3,
      preempt: true,
      preemptDelay: 0,
      authentication: { type: 'pass', password: '12345678' },
      sourceAddress: '192.168.56.4',
      trackSourceAddress: true,
      multicastGroup: '224.0.0.18',
      unicastPeers: [{ address: '192.168.56.5', minTtl: 0, maxTtl: 255 }],
      checkUnicastSource: false,
      unicastTtl: 255,
      virtualAddresses: [
        {
          address: '192.168.56.7',
          prefixLength: 24,
          broadcast: '192.168.56.255',
          device: 'eth1',
          scope: 253,
          label: 'eth1:7',
        },
      ],
      excludedAddresses: [],
      trackInterfaces: [{ name: 'ens9', weight: 5, reverse: false }],
      trackScripts: [{ name: 'check', weight: -5, reverse: true }],
      trackFiles: [],
      trackProcesses: [{ name: 'web', weight: 10, reverse: false }],
      dontTrackPrimary: false,
      notify: { any: { argv: ['/usr/local/bin/notify.sh'], user: 'daemon' } },
      smtpAlert: false,
      garp: {
        masterDelay: 5e6,
        masterRepeat: 5,
        masterRefresh: 0,
        masterRefreshRepeat: 1,
        lowerPriorityDelay: 5e6,
        lowerPriorityRepeat: 5,
      },
      skipCheckAdvertAddresses: false,
      lowerPriorityNoAdvert: false,
      higherPrioritySendAdvert: false,
    });
  });

  test('the trackers', () => {
    assert.deepEqual(loaded.configuration?.scripts, [
      {
        name: 'check',
        command: { argv: ['/usr/local/bin/check.sh', '-x', 'a b'] },
        interval: 1e6,
        timeout: 5e6,
        rise: 3,
        fall: 3,
        initFail: false,
        weight: 0,
        reverse: false,
      },
    ]);
    assert.deepEqual(loaded.configuration?.trackProcesses, [
      {
        name: 'web',
        process: 'httpd',
        parameters: [],
        match: 'name',
        quorum: 1,
        forkDelay: 0,
        terminateDelay: 0,
        weight: 10,
        reverse: false,
      },
    ]);
  });

  test('equal texts have equal hashes, others not', () => {
    assert.equal(load(`# more\n${router}`).configuration?.hash, loaded.configuration?.hash);
    assert.notEqual(load(router.replace('244', '243')).configuration?.hash, loaded.configuration?.hash);
  });

  test('it is plain data', () => {
    assert.deepEqual(structuredClone(loaded), loaded);
  });
});

describe('this machine', () => {
  const links = [link(1, 'lo', { loopback: true }), link(2, 'enp0s8'), link(3, 'ens9'), link(4, 'eth1')];

  test('nothing to say where everything is there', () => {
    const loaded = load(router, { links, addresses: [address(2, '192.168.56.4', 24)] });
    assert.deepEqual(codes(loaded), ['HF0507', 'HF0205', 'HF0501', 'HF0319']);
  });

  test('an interface that is not there: exit 4, and it still runs', () => {
    const { diagnostics, verdict } = load(router.replace('interface enp0s8', 'interface enp0s9'), { links });
    assert.equal(verdict.exit, 4);
    assert.ok(verdict.runnable);
    const found = diagnostics.find(({ code }) => code === 'HF0401');
    assert.equal(found?.remedy, 'Did you mean enp0s8?');
  });

  test('a source address with one wrong number names the prefix that is near', () => {
    const wrong = router.replace('unicast_src_ip 192.168.', 'unicast_src_ip 192.166.');
    const loaded = load(wrong, { links, addresses: [address(2, '192.168.56.4', 24)] });
    const found = loaded.diagnostics.find(({ code }) => code === 'HF0402');
    assert.equal(found?.remedy, 'enp0s8 has 192.168.56.4 in 192.168.56.0/24: perhaps one number is wrong.');
    assert.equal(loaded.verdict.exit, 5, 'as Keepalived, which says nothing about it');
    assert.equal(loaded.configuration?.instances[0]?.trackSourceAddress, true);
  });
});

const seeds = join(projectRoot, 'test', 'fixtures', 'seeds');

describe('the seeds', () => {
  const names = readdirSync(seeds).filter((name) => name.endsWith('.conf'));
  assert.ok(names.length >= 15, 'the seeds are there');
  for (const name of names) {
    test(`${name} runs`, () => {
      const loaded = loadConfiguration({ path: join(seeds, name), configId: 'node1' }, configFiles);
      assert.ok(loaded.configuration);
      assert.ok(loaded.verdict.reloadable, loaded.diagnostics.map(({ message }) => message).join('\n'));
    });
  }
});

test('lvs-nat.conf as it stands synchronises no connections, and that is said with the right word', () => {
  const loaded = loadConfiguration({ path: join(seeds, 'lvs-nat.conf'), configId: 'node1' }, configFiles);
  const found = loaded.diagnostics.find(({ message }) => message.includes('lvs_sync_daemon_inteface'));
  assert.equal(found?.remedy, 'Did you mean lvs_sync_daemon_interface?');
  assert.equal(loaded.configuration?.globals.lvsSyncDaemon, undefined);
});
