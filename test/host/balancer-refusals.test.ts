/** What a data plane refuses: each errno is a sentence with its remedy, and one service's holds up no other. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import type { BalancerOperation } from '../../src/core/lvs/plan.js';
import { nftRefusalOf, refusalOf } from '../../src/host/balancer/refusals.js';
import { createNetworkNamespace, withNetworkNamespace } from '../../src/host/linux/namespace.js';
import type { BalancerPilot } from './balancer-pilot.js';
import { nftPilot, server, table, web } from './nft-stage.js';
import { ip, namespacesMissing, rootMissing } from './rig.js';

const ERRNO = {
  ...{ EPERM: 1, ENOENT: 2, ESRCH: 3, ENOMEM: 12, EBUSY: 16, EEXIST: 17, ENODEV: 19, EINVAL: 22 },
  ...{ ENFILE: 23, ENOSPC: 28, EOPNOTSUPP: 95 },
} as const;

test('every refusal of IPVS is said with place and remedy', () => {
  const service: BalancerOperation = { operation: 'add-service', service: { ...web, scheduler: 'mh' } };
  const sip: BalancerOperation = { operation: 'add-service', service: { ...web, engine: 'sip' } };
  const destination: BalancerOperation = {
    operation: 'add-destination',
    identity: web.identity,
    destination: server('10.1.0.11'),
  };
  const daemon: BalancerOperation = {
    operation: 'start-daemon',
    daemon: { state: 'master', interface: 'eth7', id: 1 },
  };
  for (const [operation, code, sentence] of [
    [
      service,
      'ENOENT',
      /tcp 192\.0\.2\.100:80: .*no scheduler "mh"; modprobe ip_vs_mh, or write another lvs_sched/,
    ],
    [sip, 'ENOENT', /persistence engine "sip"; modprobe ip_vs_rr and ip_vs_pe_sip/],
    [service, 'EEXIST', /adding service tcp 192\.0\.2\.100:80: it exists already/],
    [destination, 'EEXIST', /adding server 10\.1\.0\.11:8080 of tcp 192\.0\.2\.100:80: it exists already/],
    [destination, 'ESRCH', /there is no such service/],
    [service, 'ENOSPC', /no room left for it; free memory, or configure fewer services/],
    [service, 'ENOMEM', /no room left for it; free memory/],
    [service, 'EPERM', /not permitted; run as root, or with CAP_NET_ADMIN/],
    [service, 'EINVAL', /must be one host, and a service without port needs persistence/],
    [destination, 'EINVAL', /only a tunnel leads to one/],
    [daemon, 'ENODEV', /starting the sync daemon \(master\): there is no interface eth7/],
    [daemon, 'EEXIST', /it runs already/],
  ] as const) {
    const failure = refusalOf(operation, ERRNO[code]);
    assert.equal(failure.code, code);
    assert.match(failure.message, sentence);
  }
});

test('every refusal of nf_tables is said with its remedy', () => {
  for (const [code, sentence] of [
    ['EPERM', /run as root, or with CAP_NET_ADMIN/],
    ['ENOSPC', /no room left/],
    ['ENOMEM', /no room left/],
    ['ENFILE', /no room left/],
    ['EBUSY', /nft list ruleset/],
    ['EEXIST', /put right at the next look/],
    ['ENOENT', /modprobe nf_tables nft_chain_nat/],
    ['EOPNOTSUPP', /modprobe nf_tables nft_chain_nat/],
  ] as const) {
    const failure = nftRefusalOf({ errno: ERRNO[code], step: undefined, text: undefined });
    assert.equal(failure.code, code);
    assert.match(failure.message, sentence);
  }
});

describe('the plane nftables, refused', { skip: namespacesMissing || rootMissing }, () => {
  let inside: number;
  let pilot: BalancerPilot;
  const nft = (...args: string[]) => {
    const { status, stderr } = withNetworkNamespace(inside, () =>
      spawnSync('nft', args, { encoding: 'utf8' }),
    );
    assert.equal(status, 0, stderr);
  };
  const other = { ...web, identity: { ...web.identity, address: ip('192.0.2.101') } as typeof web.identity };

  before(() => {
    const made = createNetworkNamespace();
    assert.ok(made.ok);
    inside = made.value;
    pilot = nftPilot(inside);
  });
  after(() => pilot?.balancer.close());

  test('what a rule of somebody else holds is said; the rest is done, and it too when it is free', async () => {
    await pilot.reach(table([web, server('10.1.0.11')], [other]));
    const ours = ['ip', 'holdfast_balancer'];
    nft('add', 'chain', ...ours, 'strange');
    nft(
      'add',
      'rule',
      ...ours,
      'strange',
      'meta priority set numgen inc mod 1 map @slots-tcp-192.0.2.100-80',
    );
    const operations: BalancerOperation[] = [
      { operation: 'delete-service', identity: web.identity },
      { operation: 'add-destination', identity: other.identity, destination: server('10.1.0.12') },
    ];
    const results = await pilot.apply(operations);
    assert.deepEqual(
      results.map(({ error }) => error?.code),
      ['EBUSY', undefined],
    );
    assert.match(
      results[0]?.error?.message ?? '',
      /removing service tcp 192\.0\.2\.100:80: .*nft list ruleset/,
    );
    const wanted = table([other, server('10.1.0.12')]);
    nft('delete', 'chain', ...ours, 'strange');
    assert.deepEqual(
      (await pilot.reach(wanted)).map(({ operation }) => operation),
      ['delete-service'],
    );
  });

  test('without the right to change rules everything is answered, with the remedy', () => {
    const module = new URL('../../src/host/balancer/nftables/nft-balancer.js', import.meta.url).href;
    const poller = new URL('../../src/host/linux/poller.js', import.meta.url).href;
    const script = `
      const { NftBalancer } = await import(${JSON.stringify(module)});
      const { Poller } = await import(${JSON.stringify(poller)});
      const poller = new Poller();
      const balancer = new NftBalancer({
        poller,
        feed: (input) => console.log(JSON.stringify(input.results.map(({ error }) => error))),
        requestTurn: () => {},
        log: () => {},
      });
      balancer.run({
        kind: 'apply-balancer',
        request: 1,
        operations: [{ operation: 'add-service', service: ${JSON.stringify(web)} }],
      });
      poller.close();`;
    const { stdout, stderr } = withNetworkNamespace(inside, () =>
      spawnSync(
        'setpriv',
        ['--bounding-set=-net_admin', process.execPath, '--input-type=module', '-e', script],
        { encoding: 'utf8' },
      ),
    );
    const [error] = JSON.parse(stdout || `["${stderr}"]`) as { code: string; message: string }[];
    assert.equal(error?.code, 'EPERM', stderr);
    assert.match(error.message, /adding service tcp 192\.0\.2\.100:80: .*CAP_NET_ADMIN/);
  });
});
