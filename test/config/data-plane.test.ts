/** What is told of virtual servers that the chosen data plane cannot serve. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '../support/configuration.js';

const told = (plane: string, service: string, server = '', wanted = 'HF0365'): string[] =>
  loadText(`global_defs {
  ${plane}
}
virtual_server 192.0.2.100 80 {
  protocol TCP
  ${service}
  real_server 10.1.0.11 80 {
    ${server}
  }
}
`).diagnostics.flatMap(({ code, message }) => (code === wanted ? [message] : []));

const PLAIN = 'lvs_sched rr\n  lvs_method NAT';

test('what nftables can is told nothing of', () => {
  for (const scheduler of ['rr', 'wrr', 'random', 'sh', 'dh'])
    assert.deepEqual(told('balancer nftables', `lvs_sched ${scheduler}\n  lvs_method NAT`), []);
  assert.deepEqual(
    told('balancer nftables', `${PLAIN}\n  persistence_timeout 50\n  sorry_server 10.1.0.9 80`),
    [],
  );
});

test('each thing that nftables cannot is told with its remedy', () => {
  const cases: [service: string, server: string, words: RegExp][] = [
    ['lvs_sched wlc\n  lvs_method NAT', '', /cannot schedule by wlc; use rr, wrr, random, sh, dh/],
    ['lvs_sched rr\n  lvs_method DR', '', /by NAT only, not by DR/],
    ['lvs_sched rr\n  lvs_method NAT\n  flag-3', '', /no flags of rr/],
    [`${PLAIN}\n  persistence_engine sip\n  persistence_timeout 50`, '', /no persistence engine "sip"/],
    [PLAIN, 'uthreshold 9', /no uthreshold/],
    [`${PLAIN}\n  sorry_server 10.1.0.9 80\n  sorry_server_lvs_method DR`, '', /not by DR/],
  ];
  for (const [service, server, words] of cases) {
    const [first, ...more] = told('balancer nftables', service, server);
    assert.match(first ?? '', words);
    assert.deepEqual(more, []);
    assert.deepEqual(told('balancer ipvs', service, server), [], 'IPVS can');
  }
  assert.match(told('balancer nftables\n  lvs_timeouts tcp 900', PLAIN)[0] ?? '', /lvs_timeouts is for IPVS/);
});

test('servers with and without a port in a service that has none are told, the sorry server among them', () => {
  const one = (header: string, servers: string, plane = 'nftables'): string[] =>
    loadText(`global_defs {
  balancer ${plane}
}
virtual_server_group G {
  192.0.2.100 80
  fwmark 7
}
virtual_server ${header} {
  ${PLAIN}
  protocol TCP
  persistence_timeout 60
  ${servers}
}
`).diagnostics.flatMap(({ code, message }) => (code === 'HF0365' ? [message] : []));
  const server = (at: string): string => `real_server ${at} {\n  }\n  `;
  const mixed = server('10.1.0.11 80') + server('10.1.0.12');
  const sorry = `${server('10.1.0.11')}sorry_server 10.1.0.9 80`;
  for (const header of ['192.0.2.100', 'fwmark 7', 'group G'])
    for (const servers of [mixed, sorry]) {
      assert.match(one(header, servers)[0] ?? '', /needs a port for all servers or for none/, header);
      assert.deepEqual(one(header, servers, 'ipvs'), []);
    }
  assert.deepEqual(one('192.0.2.100 80', mixed), [], 'there the port of the service is taken');
  assert.deepEqual(one('192.0.2.100 80', sorry), []);
  assert.deepEqual(one('fwmark 7', server('10.1.0.11 80') + server('10.1.0.12 81')), []);
});

test('a server at a loopback address is told behind NAT only, whatever the plane', () => {
  const lines = (plane: string, method: string, more = ''): string[] =>
    told(plane, `lvs_sched rr\n  lvs_method ${method}\n  sorry_server 127.0.0.1 80${more}`, '', 'HF0369');
  for (const plane of ['', 'balancer nftables', 'balancer auto'])
    assert.match(lines(plane, 'NAT')[0] ?? '', /server 127\.0\.0\.1 is behind NAT/, plane);
  assert.deepEqual(lines('', 'DR'), [], 'there it is met under the address of the service');
  assert.deepEqual(lines('', 'NAT', '\n  sorry_server_lvs_method DR'), []);
  assert.deepEqual(told('', PLAIN, '', 'HF0369'), []);
});

test('IPVS has no chance; with auto it is not known which one it will be', () => {
  assert.match(told('', 'lvs_sched random\n  lvs_method NAT')[0] ?? '', /IPVS has no scheduler random/);
  assert.deepEqual(told('balancer auto', 'lvs_sched random\n  lvs_method NAT'), []);
  assert.deepEqual(told('balancer auto', 'lvs_sched wlc\n  lvs_method DR'), []);
});

test('with auto it is a note, for the kernel decides; what either cannot is named', () => {
  assert.deepEqual(told('balancer auto', 'lvs_sched wlc\n  lvs_method DR'), []);
  const notes = (globals: string, service: string): string[] => told(globals, service, '', 'HF0367');
  assert.match(notes('balancer auto', 'lvs_sched wlc\n  lvs_method NAT')[0] ?? '', /cannot schedule by wlc/);
  assert.match(notes('balancer auto', 'lvs_sched random\n  lvs_method NAT')[0] ?? '', /no scheduler random/);
  assert.match(notes('balancer auto\n  lvs_sync_daemon eth0', PLAIN)[0] ?? '', /lvs_sync_daemon is for IPVS/);
  assert.deepEqual(notes('balancer auto', PLAIN), []);
  assert.deepEqual(notes('balancer nftables', 'lvs_sched wlc\n  lvs_method NAT'), []);
});
