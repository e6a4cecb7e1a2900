/**
 * The load balancer beside the other parts of the daemon: a BFD session that takes a server out and back, and Keepalived's
 * options that choose parts or leave the table behind, under the parent that watches. nftables is the data plane, and nft
 * the observer. (directives-lvs 6.6; runtime section 1)
 */
import assert from 'node:assert/strict';
import { until } from '../lab/journal.js';
import { BOOT, type Habitat, inHabitat } from './habitat.js';

const globals = 'global_defs {\n balancer nftables\n}\n';
const service = (check: string): string => `
virtual_server 10.0.0.80 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 1
  real_server 10.0.0.2 8080 {
    ${check}
  }
  real_server 10.0.0.3 8080 {
  }
}
`;
const instance = `
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress { 10.0.0.9/24 }
}
`;

/** Our table as nft lists it; empty where there is none. */
const table = (habitat: Habitat): Promise<string> =>
  habitat.host.run(['sh', '-c', 'nft list table ip holdfast_balancer 2>/dev/null || true']);
const balances = (habitat: Habitat, sign: RegExp): Promise<true> =>
  until(`the table has ${sign}`, async () => sign.test(await table(habitat)) || undefined);
const balancesNot = (habitat: Habitat, sign: RegExp): Promise<true> =>
  until(`the table has no ${sign}`, async () => !sign.test(await table(habitat)) || undefined);

inHabitat('BFD_CHECK: the session takes the server out of the table and brings it back', async (habitat) => {
  const neighbour = await habitat.lab.host('neighbour');
  const cable = await habitat.lab.cable(neighbour, 'eth0', 'lan', ['10.0.0.2/24']);
  const session = (own: string, other: string): string =>
    `bfd_instance path {\n source_ip ${own}\n neighbor_ip ${other}\n min_rx 100\n min_tx 100\n multiplier 30\n}\n`;
  const text = `${globals}${session('10.0.0.1', '10.0.0.2')}${service('BFD_CHECK {\n name path\n }')}`;
  const daemon = await habitat.start(['-n', '-l', '-D', '-G', '-f', await habitat.configure(text)]);
  await habitat.ready();
  await balancesNot(habitat, /10\.0\.0\.2/);
  await balances(habitat, /10\.0\.0\.3/);

  const file = neighbour.write('bfd.conf', session('10.0.0.2', '10.0.0.1'));
  await neighbour.start([process.execPath, BOOT, '-n', '-f', file]);
  await balances(habitat, /10\.0\.0\.2/);
  const known = async () => (await habitat.status())?.balancer?.services[0]?.servers[0];
  await until('it is told of', async () => (await known())?.alive || undefined);

  // The part that checks dies: the next one is told what is known, and nobody loses the server over that.
  const before = await habitat.pidIn('/run/checkers.pid');
  const lines = daemon.lines.length;
  await habitat.host.run(['kill', '-KILL', String(before)]);
  await until(
    'another one checks',
    async () => (await habitat.pidIn('/run/checkers.pid')) !== before || undefined,
  );
  await until('it says what it knows', async () => (await known())?.alive || undefined);
  await balances(habitat, /10\.0\.0\.2/);
  const since = daemon.lines.slice(lines).map(({ text }) => text);
  assert.deepEqual(
    since.filter((text) => /Removing service|Entering Down/.test(text)),
    [],
  );

  await cable.silence();
  await balancesNot(habitat, /10\.0\.0\.2/);
  await balances(habitat, /10\.0\.0\.3/);
  await until('it is told of', async () => (await known())?.alive === false || undefined);
  await cable.unsilence();
  await balances(habitat, /10\.0\.0\.2/);
  assert.match(daemon.output, /Removing service \[10\.0\.0\.2\]:tcp:8080 from VS/);

  // Another neighbour under the same name is not there because the one before it was.
  const reloads = async (content: string): Promise<void> => {
    await habitat.configure(content);
    daemon.signal('SIGHUP');
  };
  await reloads(text.replace('neighbor_ip 10.0.0.2', 'neighbor_ip 10.0.0.77'));
  await balancesNot(habitat, /10\.0\.0\.2/);
  await until('why', async () => /BFD session path is down/.test((await known())?.reason ?? '') || undefined);
  // Nor is one that begins anew.
  await reloads(text);
  await balances(habitat, /10\.0\.0\.2/);
  await reloads(`${globals}${service('')}`);
  await until('it is unchecked', async () => (await known())?.checkers.length === 0 || undefined);
  await cable.silence();
  await reloads(text);
  await balancesNot(habitat, /10\.0\.0\.2/);
  await balances(habitat, /10\.0\.0\.3/);
  // A namespace begins without forwarding: the classic mistake is told.
  assert.match(daemon.output, /real server 10\.0\.0\.2 is behind NAT.*ip_forward is 0/);
  await daemon.stop();
  assert.equal(await table(habitat), '');
});

inHabitat('-I: what is balanced stays after the stop, and the next life takes it away', async (habitat) => {
  const path = await habitat.configure(`${globals}${service('')}`);
  const first = await habitat.start(['-n', '-I', '-f', path]);
  await balances(habitat, /10\.0\.0\.3/);
  assert.notEqual(await habitat.pidIn(), (await habitat.ready()).daemon.pid, 'a parent watches');
  await first.stop();
  assert.match(await table(habitat), /10\.0\.0\.3/);
  const second = await habitat.start(['-n', '-f', path]);
  await habitat.ready();
  await until('it balances', async () => (await habitat.status())?.balancer?.services.length === 1);
  await balances(habitat, /10\.0\.0\.3/);
  await second.stop();
  assert.equal(await table(habitat), '');
});

/** A FIFO for both processes, and who reads it. */
const fifo = `/run/all-${process.pid}.fifo`;
const told = `global_defs {
 balancer nftables
 script_user root
 notify_fifo ${fifo}
 notify_fifo_script "/usr/bin/tail -n +1 -f"
}
`;
/** Who started those that read it: the processes whose script runners are their parents. */
const readers = async (habitat: Habitat): Promise<readonly number[]> => {
  const each = 'ps -o ppid= -p "$(ps -o ppid= -p "$pid" | tr -d " ")"';
  const line = `for pid in $(pgrep -xf '/usr/bin/tail -n .1 -f ${fifo}'); do ${each}; done`;
  return (await habitat.host.run(['sh', '-c', line])).split('\n').filter(Boolean).map(Number);
};

inHabitat('-C balances without instances, -P holds addresses without balancing', async (habitat) => {
  const path = await habitat.configure(`${told}${instance}${service('')}`);
  const checkers = await habitat.start(['-n', '-C', '-f', path]);
  await balances(habitat, /10\.0\.0\.3/);
  await until('somebody reads the FIFO', async () => (await readers(habitat)).length === 1);
  assert.deepEqual((await habitat.ready()).instances, []);
  await checkers.stop();
  const vrrp = await habitat.start(['-n', '-P', '-f', path]);
  await until('it is master', async () => (await habitat.status())?.instances[0]?.state === 'MASTER');
  assert.equal((await habitat.status())?.balancer, undefined);
  assert.equal(await table(habitat), '');
  const { pid } = (await habitat.ready()).daemon;
  await until('it has its reader', async () => (await readers(habitat)).includes(pid));
  await vrrp.stop();
});

inHabitat('-V: the addresses stay after the stop, the table does not', async (habitat) => {
  const path = await habitat.configure(`${told}${instance}${service('')}`);
  const daemon = await habitat.start(['-n', '-V', '-f', path]);
  const holds = async (): Promise<boolean> =>
    (await habitat.host.run(['ip', '-o', 'address', 'show', 'dev', 'eth0'])).includes('10.0.0.9/');
  await until('it holds the address', holds);
  await balances(habitat, /10\.0\.0\.3/);
  await until('somebody reads the FIFO', async () => (await readers(habitat)).length > 0);
  const { pid } = (await habitat.ready()).daemon;
  assert.ok(!(await readers(habitat)).includes(pid), 'the reader is the business of who balances');
  await daemon.stop();
  assert.equal(await holds(), true);
  assert.equal(await table(habitat), '');
});

inHabitat(
  'the worker is killed: its parent starts it again, and the table was never gone',
  async (habitat) => {
    const check = 'TCP_CHECK {\n connect_ip 10.0.0.1\n connect_timeout 1\n retry 0\n warmup 0\n }';
    const path = await habitat.configure(`${globals}${service(check)}`);
    const daemon = await habitat.start(['-n', '-l', '-G', '-f', path]);
    await balances(habitat, /10\.0\.0\.3/);
    // One is found dead, the other is drained: whoever comes after a death knows both.
    await balancesNot(habitat, /10\.0\.0\.2/);
    assert.match((await habitat.call('drain', '10.0.0.3')).output, /gets no new connections/);
    const known = async (): Promise<string[]> =>
      ((await habitat.status())?.balancer?.services[0]?.servers ?? []).map(
        ({ alive, drained }) => `${alive} ${drained}`,
      );
    assert.deepEqual(await known(), ['false undefined', 'true true']);
    await until(
      'it is written down',
      () => (habitat.host.read('/run/holdfast/servers') ?? '').split('\n').length === 4 || undefined,
    );
    const { pid } = (await habitat.ready()).daemon;
    await habitat.host.run(['kill', '-9', String(pid)]);
    for (;;) {
      const stands = await table(habitat);
      assert.match(stands, /10\.0\.0\.3/, 'it stays while nobody is there');
      assert.doesNotMatch(stands, /10\.0\.0\.2/, 'and who was dead never comes back');
      const status = await habitat.status();
      if (status !== undefined && status.daemon.pid !== pid && status.balancer) break;
    }
    assert.match(await table(habitat), /10\.0\.0\.3/);
    assert.deepEqual(await known(), ['false undefined', 'true true']);
    await daemon.stop();
    assert.equal(await table(habitat), '');
    // After a stop that took everything away only what somebody asked for is left.
    const left = (habitat.host.read('/run/holdfast/servers') ?? '').split('\n');
    assert.deepEqual([left.length, /10\.0\.0\.3[^,]*,"drained":true/.test(left[1] ?? '')], [3, true]);
    const next = await habitat.start(['-n', '-l', '-D', '-G', '-R', '-f', path]);
    await until('it balances', async () => (await known()).length === 2);
    assert.equal((await known())[1], 'true true');
    await until('that is said', () => /10\.0\.0\.3.* is still drained/.test(next.output) || undefined);
    await habitat.call('drain', '10.0.0.3', '--undo');
    await next.stop();
    await until('nothing is left', () => habitat.host.read('/run/holdfast/servers') === undefined);
  },
);
