/**
 * The second process of the daemon: when there is one, what it is called, that it comes back when it dies and goes when
 * the first goes, what signals of its own do, and its log. No IPVS is needed: what it would balance is tested in
 * test/core/lvs, and that it does in test/kernel. (DESIGN section 4; runtime sections 1 to 4)
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ask } from '../../src/cli/client.js';
import type { Running } from '../../src/lab/running.js';
import { until } from '../lab/journal.js';
import { Habitat, inHabitat, skip, skipWithoutRoot } from './habitat.js';

const PID = '/run/checkers.pid';

const service = (address: string): string => `
virtual_server ${address} 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 1
  real_server 10.0.0.1 9 {
    TCP_CHECK {
      connect_timeout 1
      retry 0
    }
  }
}
`;
const WITHOUT = 'global_defs {\n router_id x\n}\n';
const WITH = `${WITHOUT}${service('10.0.0.80')}`;

const gone = (habitat: Habitat): Promise<boolean> =>
  until('there is no second process', () => !existsSync(habitat.host.path(PID)));
const alive = (habitat: Habitat, pid: number): boolean =>
  existsSync(`${habitat.host.path('/proc')}/${pid}/stat`);
const said = (daemon: Running, sign: RegExp): Promise<true> =>
  until(`it says ${sign}`, () => sign.test(daemon.output) || undefined);
const field = (habitat: Habitat, pid: number, name: string): string | undefined =>
  new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(habitat.host.read(`/proc/${pid}/status`) ?? '')?.[1];

async function reload(habitat: Habitat, daemon: Running, text: string): Promise<void> {
  await habitat.configure(text);
  daemon.signal('SIGHUP');
}

inHabitat(
  'there is a second process while there are virtual servers: a reload starts and ends it',
  async (habitat) => {
    const daemon = await habitat.start(['-n', '-l', '-G', '-R', '-f', await habitat.configure(WITHOUT)]);
    const { daemon: facts, balancer } = await habitat.ready();
    assert.equal(balancer, undefined);
    assert.ok(!existsSync(habitat.host.path(PID)));
    await reload(habitat, daemon, WITH);
    const pid = await habitat.pidIn(PID);
    assert.notEqual(pid, facts.pid);
    await said(daemon, /Removing service \[10\.0\.0\.1\]:tcp:9 from VS \[10\.0\.0\.80\]:tcp:80/);
    const status = await until('it is told of', async () => (await habitat.status())?.balancer);
    assert.deepEqual(
      status.services.map(({ name, up, servers }) => [name, up, servers.map((one) => one.alive)]),
      [['[10.0.0.80]:tcp:80', false, [false]]],
    );
    await reload(habitat, daemon, WITHOUT);
    await gone(habitat);
    assert.equal((await habitat.status())?.balancer, undefined);
    await daemon.stop();
  },
);

inHabitat('-P: there is none; -c says where its PID file is', async (habitat) => {
  const path = await habitat.configure(WITH);
  const without = await habitat.start(['-n', '-R', '-P', '-f', path]);
  assert.equal((await habitat.ready()).balancer, undefined);
  assert.ok(!existsSync(habitat.host.path(PID)));
  await without.stop();
  const daemon = await habitat.start(['-n', '-R', '-c', '/run/other.pid', '-f', path]);
  await habitat.pidIn('/run/other.pid');
  await daemon.stop();
  assert.ok(!existsSync(habitat.host.path('/run/other.pid')));
});

inHabitat(
  'it dies: it is started again, knows who was dead, and the first process goes on',
  async (habitat) => {
    const daemon = await habitat.start(['-n', '-l', '-G', '-f', await habitat.configure(WITH)]);
    const { daemon: facts } = await habitat.ready();
    const first = await habitat.pidIn(PID);
    // Logged before the first process hears of it, which the answer to a question comes behind.
    await until('it is dead', async () => {
      const known = await habitat.status();
      return known?.balancer?.services[0]?.servers[0]?.alive === false;
    });
    await habitat.host.run(['kill', '-9', String(first)]);
    await said(daemon, /Healthcheck child process died after .* \(signal SIGKILL\): starting it at once/);
    const status = await until('it is back', async () => {
      const known = await habitat.status();
      return (await habitat.pidIn(PID)) !== first && known?.balancer ? known : undefined;
    });
    assert.equal(status.daemon.pid, facts.pid);
    assert.equal(status.balancer?.services[0]?.servers[0]?.alive, false);
    const second = await habitat.pidIn(PID);
    await daemon.stop();
    assert.ok(!alive(habitat, second));
  },
);

inHabitat(
  'it hangs: status and drain say so, and a stop kills it in time and leaves nothing undone',
  async (habitat) => {
    const hasty = `global_defs {\n child_wait_time 1\n}\n${service('10.0.0.80')}`;
    const daemon = await habitat.start(['-n', '-l', '-G', '-f', await habitat.configure(hasty)]);
    await habitat.ready();
    await said(daemon, /Load balancing starts/);
    const pid = await habitat.pidIn(PID);
    await habitat.host.run(['kill', '-STOP', String(pid)]);
    const [status, drained] = await Promise.all([
      habitat.status(),
      ask(habitat.socket(), 'POST', '/drain', undefined, { server: '10.0.0.1' }),
    ]);
    assert.equal(status?.balancer, undefined);
    const silence = new RegExp(`The process of the load balancer \\(${pid}\\) does not answer`);
    assert.match(status?.balancerProblem ?? '', silence);
    assert.ok(drained.ok && drained.value.status === 503, JSON.stringify(drained));
    assert.match((drained.value.body as { error: string }).error, silence);
    daemon.signal('SIGTERM');
    await daemon.exited;
    assert.match(daemon.output, /The process of the load balancer does not end: it is killed/);
    assert.doesNotMatch(daemon.output, /The worker process does not end/);
    for (const left of ['/run/vrrp.pid', '/run/keepalived.pid', '/run/holdfast/control.sock'])
      assert.ok(!existsSync(habitat.host.path(left)), left);
  },
);

inHabitat('the first process is killed: the second one does not stay behind', async (habitat) => {
  const daemon = await habitat.start(['-n', '-R', '-f', await habitat.configure(WITH)]);
  await habitat.ready();
  const pid = await habitat.pidIn(PID);
  daemon.signal('SIGKILL');
  await daemon.exited;
  await until('it has ended', () => !alive(habitat, pid) || undefined);
  await gone(habitat);
});

inHabitat(
  'its own signals: SIGUSR1 writes keepalived_check.data, SIGHUP asks for a reload of all',
  async (habitat) => {
    const text = WITH.replace('router_id x', 'router_id x\n state_dump_file /run/');
    const daemon = await habitat.start(['-n', '-l', '-G', '-R', '-f', await habitat.configure(text)]);
    await habitat.ready();
    const pid = await habitat.pidIn(PID);
    await said(daemon, /Load balancing starts: 1 virtual servers/);
    await habitat.host.run(['kill', '-USR1', String(pid)]);
    const dump = await until('there is a dump', () => habitat.host.read('/run/keepalived_check.data'));
    for (const line of [
      ' ------< Virtual server >------',
      '   VIP = 10.0.0.80, VPORT = 80',
      '   lvs_sched = rr',
      '   RIP = 10.0.0.1, RPORT = 9, WEIGHT = 1 EFF WEIGHT = 1',
      '------< Health checkers >------',
      '   Keepalive method = TCP_CHECK',
    ])
      assert.ok(dump.split('\n').includes(line), `${line}\n${dump}`);
    await habitat.configure(`${text}${service('10.0.0.81')}`);
    await habitat.host.run(['kill', '-HUP', String(pid)]);
    const status = await until('both are there', async () => {
      const known = (await habitat.status())?.balancer;
      return known?.services.length === 2 ? known : undefined;
    });
    assert.equal(status.services[1]?.name, '[10.0.0.81]:tcp:80');
    await daemon.stop();
  },
);

inHabitat('its lines go into a log file of their own', async (habitat) => {
  const path = await habitat.configure(WITH);
  const daemon = await habitat.start(['-n', '-R', '-G', '-g/run/lb.log', '-f', path]);
  await until(
    'they are there',
    () => /Load balancing starts/.test(habitat.host.read('/run/lb_healthcheckers.log') ?? '') || undefined,
  );
  assert.doesNotMatch(habitat.host.read('/run/lb.log') ?? '', /Load balancing starts/);
  await daemon.stop();
});

inHabitat('checker_process_name names it, process_names does where that says nothing', async (habitat) => {
  const named = (line: string): string => WITH.replace('router_id x', `router_id x\n ${line}`);
  const path = await habitat.configure(named('checker_process_name watcher'));
  const daemon = await habitat.start(['-n', '-R', '-f', path]);
  const pid = await habitat.pidIn(PID);
  const isCalled = (name: string) =>
    until(`it is called ${name}`, () => field(habitat, pid, 'Name') === name || undefined);
  await isCalled('watcher');
  await reload(habitat, daemon, named('process_names'));
  await isCalled('holdfast_lvs');
  await reload(habitat, daemon, WITH);
  await isCalled('holdfast');
  await daemon.stop();
});

test(
  'checker_priority, checker_cpu_affinity and checker_no_swap are about it alone',
  { skip: skipWithoutRoot },
  () =>
    Habitat.with(async (habitat) => {
      const all =
        /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/thread-self/status', 'latin1'))?.[1] ?? '';
      const [one = ''] = all.split(/[-,]/);
      const lines = `vrrp_priority -3\n checker_priority 4\n checker_cpu_affinity ${one}\n checker_no_swap`;
      const path = await habitat.configure(WITH.replace('router_id x', `router_id x\n ${lines}`));
      const daemon = await habitat.start(['-n', '-l', '-G', '-R', '-f', path]);
      const { daemon: facts } = await habitat.ready();
      const pid = await habitat.pidIn(PID);
      const nice = (process: number): number => {
        const stat = habitat.host.read(`/proc/${process}/stat`) ?? '';
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
      };
      await until('it is nicer', () => nice(pid) === 4 || undefined);
      assert.equal(nice(facts.pid), -3);
      assert.equal(field(habitat, pid, 'Cpus_allowed_list'), one);
      assert.equal(field(habitat, facts.pid, 'Cpus_allowed_list'), all);
      await said(daemon, /checker_no_swap has no effect/);
      await daemon.stop();
    }),
);

/** Policy and priority of its main thread: 0 as usual, 2 round robin (sched(7)). */
function scheduling(habitat: Habitat, pid: number): string {
  const stat = habitat.host.read(`/proc/${pid}/stat`) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `policy ${fields[38]} priority ${fields[37]}`;
}

test(
  'checker_rt_priority and checker_rlimit_rttime are about it alone, until a reload takes them away',
  skip || spawnSync('chrt', ['--rr', '1', 'true']).status === 0
    ? { skip }
    : { skip: 'this machine gives nobody real-time priority' },
  () =>
    Habitat.with(async (habitat) => {
      const lines = 'checker_rt_priority 2\n checker_rlimit_rttime 20000';
      const path = await habitat.configure(WITH.replace('router_id x', `router_id x\n ${lines}`));
      const daemon = await habitat.start(['-n', '-l', '-D', '-G', '-R', '-f', path]);
      const { daemon: facts } = await habitat.ready();
      const pid = await habitat.pidIn(PID);
      const limit = (): string =>
        /^Max realtime timeout\s+(\S+)/m.exec(habitat.host.read(`/proc/${pid}/limits`) ?? '')?.[1] ?? '';
      // Priority and limit are two calls.
      const runs = (policy: string, bound: string) => () =>
        scheduling(habitat, pid) === policy && limit() === bound;
      await until('it runs in real time', runs('policy 2 priority 2', '200000'));
      assert.equal(scheduling(habitat, facts.pid), 'policy 0 priority 0');
      await said(daemon, /checker_rlimit_rttime is raised from/);
      await reload(habitat, daemon, WITH);
      await until('it runs as usual', runs('policy 0 priority 0', 'unlimited'));
      await daemon.stop();
    }),
);

inHabitat(
  'lvs_netlink_monitor_rcv_bufs is the buffer of its own events; _force goes beyond the limit',
  async (habitat) => {
    const text = (line: string): string => WITH.replace('router_id x', `router_id x\n ${line}`);
    const size = 'lvs_netlink_monitor_rcv_bufs 50000000';
    const path = await habitat.configure(text(size));
    const daemon = await habitat.start(['-n', '-l', '-G', '-R', '-f', path]);
    await habitat.ready();
    await said(daemon, /lvs_netlink_monitor_rcv_bufs 50000000: the kernel gives \d+ bytes; raise/);
    await reload(habitat, daemon, text(`${size}\n lvs_netlink_monitor_rcv_bufs_force`));
    // Where we may go beyond the limit, ss tells it; where we may not, the log says why.
    await until('it is larger, or that it may not be is said', async () => {
      if (/50000000: the kernel gives \d+ bytes; it needs CAP_NET_ADMIN/.test(daemon.output)) return true;
      const sockets = await habitat.host.run(['ss', '--family=netlink', '-mnp']);
      return sockets.includes('rb100000000');
    });
    await daemon.stop();
  },
);

inHabitat(
  'net_namespace_ipvs: the connections are those of another network, the checks stay',
  async (habitat) => {
    await habitat.host.run(['ip', 'netns', 'add', 'other']);
    const there = 'global_defs {\n balancer nftables\n}\nnet_namespace_ipvs other\n';
    const path = await habitat.configure(`${there}${service('10.0.0.80')}`);
    const daemon = await habitat.start(['-n', '-l', '-G', '-R', '-f', path]);
    await said(daemon, /Removing service \[10\.0\.0\.1\]:tcp:9/);
    const tables = (...within: string[]): Promise<string> =>
      habitat.host.run([...within, 'nft', 'list', 'tables']);
    assert.match(await tables('ip', 'netns', 'exec', 'other'), /holdfast_balancer/);
    assert.doesNotMatch(await tables(), /holdfast_balancer/);
    // The server's address is ours, but not over there.
    const barred = (): number => daemon.output.split('this machine does not forward IPv4').length - 1;
    assert.equal(barred(), 1);
    const forward = 'echo 1 >/proc/sys/net/ipv4/ip_forward';
    await habitat.host.run(['ip', 'netns', 'exec', 'other', 'sh', '-c', forward]);
    await reload(habitat, daemon, `${there}${service('10.0.0.80')}${service('10.0.0.81')}`);
    await said(daemon, /Removing service .* from VS \[10\.0\.0\.81\]/);
    assert.equal(barred(), 1);
    await daemon.stop();
    assert.doesNotMatch(await tables('ip', 'netns', 'exec', 'other'), /holdfast_balancer/);
  },
);

inHabitat('net_namespace_ipvs: one that is not there is said, and VRRP goes on', async (habitat) => {
  const path = await habitat.configure(`net_namespace_ipvs nowhere\n${WITH}`);
  const daemon = await habitat.start(['-n', '-l', '-G', '-R', '-f', path]);
  await said(daemon, /No load balancing: opening the network namespace .*nowhere/);
  assert.equal((await habitat.ready()).balancer, undefined);
  await daemon.stop();
});
