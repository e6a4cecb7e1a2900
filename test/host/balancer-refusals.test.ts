/** What a data plane refuses: each errno is a sentence with its remedy, and one service's holds up no other. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import type { BalancerOperation } from '../../src/core/lvs/plan.js';
import { nftFailureOf, nftRefusalOf, refusalOf } from '../../src/host/balancer/refusals.js';
import { createNetworkNamespace, withNetworkNamespace } from '../../src/host/linux/namespace.js';
import type { BalancerPilot } from './balancer-pilot.js';
import { nftPilot, server, table, web } from './nft-stage.js';
import { ip, namespacesMissing, rootMissing } from './rig.js';

const ERRNO = {
  ...{ EPERM: 1, ENOENT: 2, ESRCH: 3, ENOMEM: 12, EBUSY: 16, EEXIST: 17, ENODEV: 19, EINVAL: 22 },
  ...{ ENFILE: 23, ENOSPC: 28, ERANGE: 34, EOPNOTSUPP: 95 },
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
    [destination, 'ERANGE', /adding server .*lthreshold must not be above uthreshold/],
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
    ['EPERM', /run as root, or with CAP_NET_ADMIN.*keeps a table of this name for itself/],
    ['ENOSPC', /no room left/],
    ['ENOMEM', /no room left/],
    ['ENFILE', /no room left/],
    ['EEXIST', /put right at the next look/],
    // Without -a they would be arguments of the first.
    ['ENOENT', /modprobe -a nf_tables nft_chain_nat nft_nat /],
    ['EOPNOTSUPP', /modprobe -a nf_tables nft_chain_nat nft_nat /],
  ] as const) {
    const failure = nftRefusalOf({ errno: ERRNO[code], step: undefined, text: undefined });
    assert.equal(failure.code, code);
    assert.match(failure.message, sentence);
  }
  const chain = { kind: 'rule', family: 'ip', table: 'holdfast_balancer', chain: 'x' } as const;
  const rule = (verb: 'add' | 'delete') =>
    nftRefusalOf({
      ...{ errno: ERRNO.ENOENT, text: undefined },
      step: { verb, object: { ...chain, expressions: [] } },
    }).message;
  assert.match(rule('delete'), /somebody else removed what stood there/);
  assert.match(rule('add'), /modprobe/, 'an expression that the kernel does not know');
  const noSocket = nftFailureOf({ code: 'EPROTONOSUPPORT', message: 'opening a netlink socket' });
  assert.match(noSocket.message, /^opening a netlink socket; modprobe -a nf_tables/);
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

  test('what rules of somebody else in our table hold goes all the same, and they with it; the others stay', async () => {
    await pilot.reach(table([web, server('10.1.0.11')], [other]));
    const ours = ['ip', 'holdfast_balancer'];
    const hold = (): void => {
      nft('add', 'chain', ...ours, 'strange');
      nft('add', 'rule', ...ours, 'strange', 'goto tcp-192.0.2.100-80');
    };
    hold();
    await pilot.done([
      { operation: 'delete-service', identity: web.identity },
      { operation: 'add-destination', identity: other.identity, destination: server('10.1.0.12') },
    ]);
    assert.match(pilot.logs.join('\n'), /rules of somebody else in the table holdfast_balancer hold/);
    assert.deepEqual(await pilot.reach(table([other, server('10.1.0.12')])), []);
    const listing = (): string =>
      withNetworkNamespace(inside, () => spawnSync('nft', ['list', 'ruleset'], { encoding: 'utf8' }).stdout);
    assert.doesNotMatch(listing(), /strange|192\.0\.2\.100/);
    assert.match(listing(), /chain tcp-192\.0\.2\.101-80/);
    await pilot.reach(table([web, server('10.1.0.11')], [other, server('10.1.0.12')]));
    hold();
    await pilot.reach(table([other]));
    await pilot.reach(table());
    assert.equal(listing(), '', 'a stop leaves nothing');
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
