/** The data plane IPVS, in a kernel that has it, beside ipvsadm and Debian's keepalived. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfiguration } from '../../src/config/load.js';
import type { BalancerOperation } from '../../src/core/lvs/plan.js';
import { type Destination, type Service, serviceKeyOf, type Table } from '../../src/core/lvs/table.js';
import { chooseBalancer } from '../../src/host/balancer/choose.js';
import { IpvsBalancer } from '../../src/host/balancer/ipvs/ipvs-balancer.js';
import { commandFacts } from '../../src/host/command-facts.js';
import { configFiles } from '../../src/host/config-files.js';
import { ip } from '../base/values.js';
import { BalancerPilot } from '../host/balancer-pilot.js';
import { PATIENCE } from '../lab/journal.js';
import { configurationOf } from '../support/configuration.js';
import { firstTable } from '../support/first-table.js';
import { referenceTables } from './ipvs-tables.js';
import { KEEPALIVED, SAMPLES, withoutKeepalived } from './keepalived.js';
import type { KernelCase } from './suite.js';

const run = (line: string): string => execFileSync('sh', ['-c', line], { encoding: 'utf8' });
const listing = (): string => run('ipvsadm -Sn');

function pilot(memory?: string): BalancerPilot {
  return new BalancerPilot(
    (seams) =>
      new IpvsBalancer({
        ...seams,
        memory,
        scripts: {
          tool: (argv, _patience, done) => {
            const { status } = spawnSync(argv[0] ?? '', argv.slice(1));
            done({ kind: 'exit', code: status ?? 1 });
          },
        },
      }),
  );
}

/** Runs with an empty table, and leaves one. */
async function withPilot(body: (one: BalancerPilot) => Promise<void>, memory?: string): Promise<void> {
  const one = pilot(memory);
  try {
    await one.done([{ operation: 'flush' }]);
    await body(one);
    await one.done([{ operation: 'flush' }]);
  } finally {
    await one.balancer.close();
  }
}

const web: Service = {
  identity: { kind: 'address', protocol: 'TCP', address: ip('192.0.2.1'), port: 80 },
  scheduler: 'rr',
  schedulerFlags: [],
  onePacket: false,
};
const server = (address: string, more: Partial<Destination> = {}): Destination => ({
  address: ip(address),
  port: 80,
  weight: 1,
  method: { kind: 'NAT' },
  upperThreshold: 0,
  lowerThreshold: 0,
  ...more,
});
const { identity } = web;
const adding = (destination: Destination): BalancerOperation => ({
  operation: 'add-destination',
  identity,
  destination,
});

/** Where our table is another than Keepalived's, and why. */
const DIFFERENT: Readonly<Record<string, (theirs: string) => string>> = {
  // A file ends within a virtual_server. There the block ends, too, with an error (HF0104); Keepalived goes on reading
  // it in the file that is included next, so that a server of another service comes into this one.
  '019-include-tree': (theirs) =>
    theirs.replace(
      '-a -t 10.115.15.1:443 -r 10.117.2.1:443 -g -w 100\n',
      '-A -t 10.117.1.1:80 -s rr\n-a -t 10.117.1.1:80 -r 10.117.2.1:80 -g -w 100\n',
    ),
};

const references: KernelCase[] = referenceTables().map(({ name, table, load }) => ({
  name: `${name}: the table is the one that Keepalived 2.4.3 made`,
  run: () =>
    withPilot(async (one) => {
      const { configuration } = load();
      const wanted: Table = configuration ? firstTable(configuration) : new Map();
      await one.reach(wanted);
      assert.equal(listing(), DIFFERENT[name]?.(table) ?? table);
      assert.deepEqual(await one.reach(wanted), [], 'read back, it is what was wanted');
    }),
}));

/** Where there are none, one that nobody has, so that what is missing has a name. */
const samples = existsSync(SAMPLES)
  ? readdirSync(SAMPLES).filter((file) =>
      /^\s*virtual_server /m.test(readFileSync(join(SAMPLES, file), 'latin1')),
    )
  : ["Debian's samples"];

/**
 * A copy of a sample whose checks are so seldom that none comes before the table was read: their first is at a random
 * moment of the first period.
 */
function unhurried(file: string): string {
  const text = readFileSync(join(SAMPLES, file), 'latin1').replaceAll(
    /delay_loop\s+\d+/g,
    'delay_loop 86400',
  );
  const path = join(mkdtempSync(join(tmpdir(), 'sample-')), file);
  writeFileSync(path, text, { encoding: 'latin1', mode: 0o600 });
  return path;
}

/** What keepalived programs for a file, before its first check: `ipvsadm -Sn` and `-Ln`. */
async function keepalivedTables(file: string): Promise<{ saved: string; listed: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'beside-'));
  const pids = ['-p', 'main.pid', '-c', 'checkers.pid'].map((word) =>
    word.startsWith('-') ? word : join(folder, word),
  );
  const child = spawn(KEEPALIVED, ['-n', '-l', '-D', '-C', '-R', '-f', file, ...pids], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data));
  const ended = new Promise((resolve) => child.on('close', resolve));
  // Where nothing is checked it does not say that it is through: then its table stays as it is.
  let [before, same] = ['', 0];
  const patience = Date.now() + PATIENCE;
  while (same < 5) {
    const now = listing();
    same = /Gained quorum|Activating healthchecker/.test(text) && now === before ? same + 1 : 0;
    before = now;
    await delay(50);
    assert.ok(child.exitCode === null && Date.now() < patience, text);
  }
  const tables = { saved: listing(), listed: run('ipvsadm -Ln') };
  child.kill('SIGTERM');
  await ended;
  run('ipvsadm -C');
  return tables;
}

const beside: KernelCase[] = samples.map((file) => ({
  name: `${file}: the table is the one that Debian's keepalived makes beside it`,
  obstacle: withoutKeepalived,
  run: () =>
    withPilot(async (one) => {
      const path = unhurried(file);
      const theirs = await keepalivedTables(path);
      const { configuration } = loadConfiguration({ path, configId: 'node1' }, configFiles, {
        commands: commandFacts,
      });
      await one.reach(configuration ? firstTable(configuration) : new Map());
      assert.equal(listing(), theirs.saved);
      assert.equal(run('ipvsadm -Ln'), theirs.listed);
    }),
}));

const refusals: KernelCase = {
  name: 'what is refused is said with its remedy, and holds up nothing else',
  run: () =>
    withPilot(async (one) => {
      const unknown: Service = {
        ...web,
        identity: { ...identity, address: ip('192.0.2.2') } as Service['identity'],
        scheduler: 'nosuch',
      };
      const results = await one.apply([
        { operation: 'add-service', service: web },
        { operation: 'add-service', service: web },
        { operation: 'add-service', service: unknown },
        adding(server('10.0.0.1')),
        adding(server('10.0.0.1')),
        { operation: 'edit-destination', identity, destination: server('10.0.0.9') },
        { operation: 'delete-service', identity: unknown.identity },
        adding(server('2001:db8::1')),
        { operation: 'stop-daemon', daemon: { state: 'backup' } },
        { operation: 'start-daemon', daemon: { state: 'master', interface: 'nosuch0', id: 1 } },
        adding(server('10.0.0.2')),
      ]);
      assert.deepEqual(
        results.map(({ error }) => error?.code),
        [
          undefined,
          'EEXIST',
          'ENOENT',
          undefined,
          'EEXIST',
          'ENOENT',
          'ESRCH',
          'EINVAL',
          'ESRCH',
          'ENODEV',
          undefined,
        ],
      );
      assert.match(results[2]?.error?.message ?? '', /scheduler "nosuch"; modprobe ip_vs_nosuch/);
      assert.equal(
        listing(),
        '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1\n-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1\n',
      );
    }),
};

const manyErrors: KernelCase = {
  name: 'errors of a thousand operations are all matched, though only the last of a chunk is acknowledged',
  run: () =>
    withPilot(async (one) => {
      await one.done([{ operation: 'add-service', service: web }]);
      const operations = Array.from({ length: 1000 }, (_, i) =>
        i % 3 === 0
          ? adding(server(`10.0.${i >> 8}.${i & 255}`))
          : ({
              operation: 'delete-destination',
              identity,
              destination: server(`10.9.${i >> 8}.${i & 255}`),
            } as const),
      );
      const results = await one.apply(operations);
      for (const [i, { error }] of results.entries())
        assert.equal(error?.code, i % 3 === 0 ? undefined : 'ENOENT', String(i));
      assert.equal(listing().split('\n').length - 2, 334);
    }),
};

const adoption: KernelCase = {
  name: 'a table that somebody made is read, compared and put right; what is right is not touched',
  run: () =>
    withPilot(async (one) => {
      run('ipvsadm -A -t 192.0.2.1:80 -s wrr -p 20');
      run('ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1');
      run('ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 7 -x 9');
      run('ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.99:80 -m -w 1');
      run('ipvsadm -A -f 7 -6 -s rr');
      const wanted: Table = new Map([
        [
          serviceKeyOf(identity),
          {
            service: web,
            destinations: new Map([
              ['10.0.0.1:80', server('10.0.0.1')],
              ['10.0.0.2:80', server('10.0.0.2', { weight: 3 })],
            ]),
          },
        ],
      ]);
      assert.deepEqual(
        (await one.reach(wanted)).map((operation) =>
          'destination' in operation
            ? [operation.operation, operation.destination.address]
            : [operation.operation],
        ),
        [
          ['delete-service'],
          ['edit-service'],
          ['edit-destination', '10.0.0.2'],
          ['delete-destination', '10.0.0.99'],
        ],
      );
      assert.equal(
        listing(),
        '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1\n-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 3\n',
      );
    }),
};

const memory: KernelCase = {
  name: 'a life that is killed leaves behind what is ours, and the next one knows it',
  run: async () => {
    run('ipvsadm -C');
    const folder = mkdtempSync(join(tmpdir(), 'memory-'));
    const file = join(folder, 'services');
    const first = pilot(file);
    run('ipvsadm -A -t 192.0.2.77:80 -s rr');
    await first.done([
      { operation: 'add-service', service: web },
      { operation: 'add-service', service: { ...web, identity: { kind: 'mark', family: 'ipv6', mark: 7 } } },
      { operation: 'delete-service', identity: { kind: 'mark', family: 'ipv6', mark: 7 } },
    ]);
    await first.balancer.close();
    const second = pilot(file);
    const { table } = await second.read();
    assert.deepEqual(table.ours, ['tcp 192.0.2.1:80']);
    assert.equal(table.services.length, 2);
    await second.done([{ operation: 'delete-service', identity }]);
    await second.balancer.close();
    assert.equal(existsSync(file), false, 'nothing of ours, nothing to remember');
    writeFileSync(file, 'another boot\ntcp 192.0.2.1:80\n');
    const third = pilot(file);
    assert.deepEqual((await third.read()).table.ours, []);
    await third.done([{ operation: 'flush' }]);
    await third.balancer.close();
  },
};

const machine: KernelCase = {
  name: 'timeouts and sync daemons are set, read and stopped; a server of the other family keeps them from starting',
  run: () =>
    withPilot(async (one) => {
      run('ip link add d0 type dummy');
      run('ip link set d0 up');
      run('ip address add 10.0.0.254/24 dev d0');
      const before = (await one.read()).table.timeouts;
      await one.done([
        { operation: 'set-timeouts', timeouts: { tcp: 700, udp: 200 } },
        { operation: 'start-daemon', daemon: { state: 'master', interface: 'd0', id: 51 } },
        {
          operation: 'start-daemon',
          daemon: {
            state: 'backup',
            interface: 'd0',
            id: 7,
            maxLength: 1400,
            port: 9999,
            ttl: 3,
            group: ip('239.1.2.3'),
          },
        },
      ]);
      const { table } = await one.read();
      assert.deepEqual(table.timeouts, { ...before, tcp: 700, udp: 200 });
      assert.deepEqual(table.daemons, [
        {
          state: 'master',
          interface: 'd0',
          id: 51,
          maxLength: 1472,
          port: 8848,
          ttl: 1,
          group: '224.0.0.81',
        },
        { state: 'backup', interface: 'd0', id: 7, maxLength: 1400, port: 9999, ttl: 3, group: '239.1.2.3' },
      ]);
      assert.equal(
        run('ipvsadm -L --daemon'),
        'master sync daemon (mcast=d0, syncid=51, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)\n' +
          'backup sync daemon (mcast=d0, syncid=7, maxlen=1400, group=239.1.2.3, port=9999, ttl=3)\n',
      );
      const tunnelled = adding(server('2001:db8::1', { method: { kind: 'TUN', tunnel: 'ipip' } }));
      const [, mixed] = await one.apply([{ operation: 'add-service', service: web }, tunnelled]);
      assert.equal(mixed?.error?.code, 'EINVAL');
      assert.match(mixed?.error?.message ?? '', /sync daemon/);
      await one.done([
        { operation: 'stop-daemon', daemon: { state: 'master' } },
        { operation: 'stop-daemon', daemon: { state: 'backup' } },
        tunnelled,
      ]);
      const [late] = await one.apply([
        { operation: 'start-daemon', daemon: { state: 'master', interface: 'd0', id: 51 } },
      ]);
      assert.equal(late?.error?.code, 'EINVAL');
      assert.match(late?.error?.message ?? '', /another family/);
      assert.deepEqual((await one.read()).table.daemons, []);
    }),
};

const parts: KernelCase = {
  name: 'some services are read with their numbers, the others are left alone',
  run: () =>
    withPilot(async (one) => {
      const other: Service = { ...web, identity: { kind: 'mark', family: 'ipv4', mark: 7 } };
      await one.done([
        { operation: 'add-service', service: web },
        { operation: 'add-service', service: other },
        adding(server('10.0.0.1')),
      ]);
      const gone = { ...other.identity, mark: 8 };
      const { table } = await one.read({ services: [identity, gone], statistics: true });
      assert.equal(table.services.length, 1);
      const zero = { connections: 0n, packetsIn: 0n, packetsOut: 0n, bytesIn: 0n, bytesOut: 0n };
      assert.deepEqual(table.services[0]?.counters, zero);
      assert.deepEqual(table.services[0]?.destinations, [
        { ...server('10.0.0.1'), connections: { active: 0, inactive: 0, persistent: 0 }, counters: zero },
      ]);
    }),
};

const automatic: KernelCase = {
  name: 'auto takes IPVS where it is',
  run: async () => {
    const one = new BalancerPilot((seams) =>
      chooseBalancer('auto', { ...seams, scripts: { tool: () => assert.fail('there is nothing to load') } }),
    );
    await one.done([{ operation: 'add-service', service: web }]);
    assert.equal(listing(), '-A -t 192.0.2.1:80 -s rr\n');
    assert.deepEqual(one.logs, ['notice: Balancing by IPVS']);
    await one.done([{ operation: 'flush' }]);
    await one.balancer.close();
  },
};

/** Lines of `ipvsadm -Sn` for settings that no file has which is compared above. directives-lvs section 11.3 */
const SPECIAL: readonly [service: string, server: string, lines: readonly string[]][] = [
  [
    '192.0.2.1 80 {\n protocol TCP\n persistence_timeout 50\n persistence_granularity 255.255.255.0',
    '10.0.0.1 80 {\n uthreshold 9\n lthreshold 4',
    ['-A -t 192.0.2.1:80 -s rr -p 50 -M 255.255.255.0', '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1'],
  ],
  [
    '2001:db8::1 80 {\n protocol TCP\n persistence_granularity 64',
    '2001:db8:1::1 80 {',
    ['-A -t [2001:db8::1]:80 -s rr -p 360 -M 64', '-a -t [2001:db8::1]:80 -r [2001:db8:1::1]:80 -m -w 1'],
  ],
  [
    '192.0.2.2 5060 {\n protocol UDP\n persistence_timeout 30\n persistence_engine sip',
    '10.0.0.1 5060 {',
    ['-A -u 192.0.2.2:5060 -s rr -p 30 --pe sip', '-a -u 192.0.2.2:5060 -r 10.0.0.1:5060 -m -w 1'],
  ],
  [
    '192.0.2.3 53 {\n protocol UDP\n ops',
    '10.0.0.1 53 {',
    ['-A -u 192.0.2.3:53 -s rr -o', '-a -u 192.0.2.3:53 -r 10.0.0.1:53 -m -w 1'],
  ],
  [
    '192.0.2.4 80 {\n protocol TCP\n lvs_sched sh\n sh-port\n sh-fallback',
    '10.0.0.1 80 {',
    ['-A -t 192.0.2.4:80 -s sh -b sh-fallback,sh-port', '-a -t 192.0.2.4:80 -r 10.0.0.1:80 -m -w 1'],
  ],
  [
    '192.0.2.5 80 {\n protocol TCP\n lvs_sched mh\n mh-port',
    '10.0.0.1 80 {',
    ['-A -t 192.0.2.5:80 -s mh -b mh-port', '-a -t 192.0.2.5:80 -r 10.0.0.1:80 -m -w 1'],
  ],
  [
    '192.0.2.6 80 {\n protocol TCP\n flag-1\n flag-2\n flag-3',
    '10.0.0.1 80 {',
    ['-A -t 192.0.2.6:80 -s rr -b flag-1,flag-2,flag-3', '-a -t 192.0.2.6:80 -r 10.0.0.1:80 -m -w 1'],
  ],
  [
    '192.0.2.7 9999 {\n protocol SCTP',
    '10.0.0.1 9999 {',
    ['-A --sctp-service 192.0.2.7:9999 -s rr', '-a --sctp-service 192.0.2.7:9999 -r 10.0.0.1:9999 -m -w 1'],
  ],
  [
    'fwmark 7 {\n ip_family inet6\n lvs_method DR',
    '2001:db8:1::1 {',
    ['-A -f 7 -6 -s rr', '-a -f 7 -6 -r [2001:db8:1::1]:0 -g -w 1'],
  ],
  ...(
    [
      ['TUN', '--tun-type ipip'],
      ['TUN type gue port 6080', '--tun-type gue --tun-port 6080 --tun-nocsum'],
      ['TUN type gue port 6080 csum', '--tun-type gue --tun-port 6080 --tun-csum'],
      ['TUN type gue port 6080 remcsum', '--tun-type gue --tun-port 6080 --tun-remcsum'],
      ['TUN type gre csum', '--tun-type gre --tun-csum'],
    ] as const
  ).map(([method, shown], n): [string, string, string[]] => [
    `192.0.2.${10 + n} 80 {\n protocol TCP\n lvs_method ${method}`,
    '10.0.0.1 80 {',
    [`-A -t 192.0.2.${10 + n}:80 -s rr`, `-a -t 192.0.2.${10 + n}:80 -r 10.0.0.1:80 -i -w 1 ${shown}`],
  ]),
  [
    '192.0.2.20 80 {\n protocol TCP\n lvs_method TUN',
    '2001:db8::7 80 {',
    ['-A -t 192.0.2.20:80 -s rr', '-a -t 192.0.2.20:80 -r [2001:db8::7]:80 -i -w 1 --tun-type ipip'],
  ],
  ...'wrr lc wlc lblc lblcr dh fo ovf sed nq'
    .split(' ')
    .map((name, n): [string, string, string[]] => [
      `192.0.2.${30 + n} 80 {\n protocol TCP\n lvs_sched ${name}`,
      '10.0.0.1 80 {',
      [`-A -t 192.0.2.${30 + n}:80 -s ${name}`, `-a -t 192.0.2.${30 + n}:80 -r 10.0.0.1:80 -m -w 1`],
    ]),
];

const special: KernelCase = {
  name: 'every option of a service and of a server reads as it does where Keepalived set it',
  run: () =>
    withPilot(async (one) => {
      run(
        'modprobe -a ip_vs_pe_sip $(printf "ip_vs_%s " sh mh wrr lc wlc lblc lblcr dh fo ovf sed nq) || true',
      );
      const text = SPECIAL.map(([service, server]) => {
        const basics = [
          ...(service.includes('lvs_sched') ? [] : [' lvs_sched rr']),
          ...(service.includes('lvs_method') ? [] : [' lvs_method NAT']),
        ];
        return `virtual_server ${service}\n${basics.join('\n')}\n real_server ${server}\n }\n}\n`;
      }).join('');
      await one.reach(firstTable(configurationOf(text)));
      const wanted = SPECIAL.flatMap(([, , lines]) => lines);
      assert.deepEqual(listing().trim().split('\n').sort(), [...wanted].sort());
      assert.match(run('ipvsadm -Ln --thresholds'), /10\.0\.0\.1:80 +9 +4 /);
    }),
};

/** Debian's kernels are built without it (CONFIG_IP_VS_TWOS): where it is, it is set, and where not, that is said. */
const twos: KernelCase = {
  name: 'the scheduler twos is set where the kernel has it, and else refused with its remedy',
  run: () =>
    withPilot(async (one) => {
      const has = spawnSync('modprobe', ['ip_vs_twos']).status === 0;
      const [added] = await one.apply([{ operation: 'add-service', service: { ...web, scheduler: 'twos' } }]);
      assert.equal(listing(), has ? '-A -t 192.0.2.1:80 -s twos\n' : '');
      if (has) assert.equal(added?.error, undefined);
      else assert.match(added?.error?.message ?? '', /scheduler "twos"; modprobe ip_vs_twos/);
    }),
};

export const cases: readonly KernelCase[] = [
  special,
  twos,
  refusals,
  manyErrors,
  adoption,
  memory,
  parts,
  machine,
  automatic,
  ...references,
  ...beside,
];
