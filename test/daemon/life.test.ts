/**
 * The built daemon from start to end in a namespace of its own: places taken and given back, the background, the
 * supervising parent, reloads, namespaces and exit codes (DESIGN sections 4 and 5, runtime reference sections 1 to 5).
 * Signals during the start, dump files and address marks have files of their own.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { until } from '../lab/journal.js';
import { inHabitat } from './habitat.js';
import { NotifyListener } from './notify-listener.js';

const INSTANCE = `
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  virtual_ipaddress { 10.0.0.9/24 }
}
`;
const BROKEN = INSTANCE.replace('51', '5100');

inHabitat('takes its places privately and gives them back', async (habitat) => {
  const path = await habitat.configure(INSTANCE);
  const daemon = await habitat.start(['-n', '-f', path]);
  const { daemon: facts, instances } = await habitat.ready();
  assert.equal(facts.configuration.path, path);
  assert.equal(instances[0]?.name, 'VI_1');
  assert.equal(statSync(habitat.socket()).mode & 0o777, 0o600);
  assert.equal(statSync(habitat.host.path('/run/holdfast')).mode & 0o777, 0o700);
  assert.equal(statSync(habitat.host.path('/run/keepalived.pid')).mode & 0o777, 0o644);
  assert.equal(await habitat.pidIn('/run/vrrp.pid'), facts.pid);
  assert.notEqual(await habitat.pidIn('/run/keepalived.pid'), facts.pid, 'there is no supervising parent');
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  for (const gone of ['/run/keepalived.pid', '/run/vrrp.pid', '/run/holdfast/control.sock'])
    assert.ok(!existsSync(habitat.host.path(gone)), `${gone} was left behind`);
});

inHabitat('with -R one process does it all', async (habitat) => {
  const daemon = await habitat.start(['-n', '-R', '-f', await habitat.configure(INSTANCE)]);
  const { daemon: facts } = await habitat.ready();
  assert.equal(await habitat.pidIn('/run/vrrp.pid'), facts.pid);
  assert.equal(await habitat.pidIn('/run/keepalived.pid'), facts.pid);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

inHabitat('its name is the one it was called by', async (habitat) => {
  const daemon = await habitat.start(['-n', '-f', await habitat.configure(INSTANCE)]);
  await habitat.ready();
  assert.equal(readFileSync(`/proc/${daemon.pid}/comm`, 'latin1'), 'holdfast\n');
  assert.match(readFileSync(`/proc/${daemon.pid}/cmdline`, 'latin1'), /^holdfast -n -f \/run\/router.conf/);
  await daemon.stop();
});

inHabitat('a second daemon is told so and ends well, ours or Keepalived', async (habitat) => {
  const path = await habitat.configure(INSTANCE);
  const daemon = await habitat.start(['-n', '-f', path]);
  await habitat.ready();
  for (const options of [['-n'], ['-n', '-R'], []]) {
    const second = await habitat.call(...options, '-f', path);
    assert.equal(second.code, 0);
    assert.match(second.output, /already running/);
  }
  // With PID files of its own it still may not have the run directory.
  const third = await habitat.call('-n', '-R', '-p', '/run/a.pid', '-r', '/run/b.pid', '-f', path);
  assert.equal(third.code, 0);
  assert.match(third.output, /already running: it holds the lock of \/run\/holdfast/);
  assert.ok(await habitat.status(), 'the first one was disturbed');
  await daemon.stop();
});

inHabitat('in the background: the launcher leaves when the daemon is ready', async (habitat) => {
  const launched = await habitat.call('-f', await habitat.configure(INSTANCE));
  assert.deepEqual(launched, { code: 0, output: '' });
  const status = await habitat.status();
  assert.ok(status, 'the launcher left before the daemon was ready');
  const parent = await habitat.pidIn();
  const fds = await habitat.host.run(['sh', '-c', `readlink /proc/${parent}/fd/0 /proc/${parent}/cwd`]);
  assert.equal(fds, '/dev/null\n/');
  await habitat.host.run(['kill', String(parent)]);
  await until('the daemon is gone', () => habitat.host.read('/run/keepalived.pid') === undefined);
});

for (const [options, where] of [
  [[], 'in the background'],
  [['-n'], 'in the foreground'],
  [['-n', '-R'], 'in the foreground, alone'],
] as const)
  inHabitat(`a start that is refused says why and ends with its code, ${where}`, async (habitat) => {
    const missing = await habitat.call(...options, '-f', '/run/none.conf');
    assert.equal(missing.code, 6);
    assert.match(missing.output, /none\.conf/);
    const namespace = await habitat.call(
      ...options,
      '-s',
      'nowhere',
      '-f',
      await habitat.configure(INSTANCE),
    );
    assert.equal(namespace.code, 1);
    assert.match(namespace.output, /network namespace "nowhere" cannot be entered/);
    assert.ok(!existsSync(habitat.host.path('/run/keepalived.pid')));
  });

inHabitat('on a full disk it does not start, and leaves no PID file that names nobody', async (habitat) => {
  const config = await habitat.configure(INSTANCE);
  const fill =
    'mkdir /run/full && mount -t tmpfs -o size=4k tmpfs /run/full && head -c 4096 /dev/zero >/run/full/all';
  await habitat.host.run(['sh', '-c', fill]);
  const { code, output } = await habitat.call('-n', '-R', '-f', config, '-p', '/run/full/main.pid');
  assert.equal(code, 1, output);
  assert.match(output, /The PID file \/run\/full\/main\.pid cannot be written: ENOSPC/);
  assert.equal((await habitat.host.run(['ls', '/run/full'])).trim(), 'all');
});

inHabitat(
  'without the rights that VRRP needs it ends and says which, before it takes a place',
  async (habitat) => {
    for (const right of ['net_admin', 'net_raw']) {
      const daemon = await habitat.host.start([
        'setpriv',
        `--bounding-set=-${right}`,
        '--',
        ...habitat.command('-n', '-R', '-l', '-G', '-f', await habitat.configure(INSTANCE)),
      ]);
      assert.equal((await daemon.exited).code, 4, right);
      assert.match(daemon.output, /CAP_NET_ADMIN and CAP_NET_RAW; run as root/);
      assert.ok(!existsSync(habitat.host.path('/run/keepalived.pid')));
    }
  },
);

inHabitat('a worker that dies is started again under the same parent', async (habitat) => {
  const daemon = await habitat.start(['-n', '-f', await habitat.configure(INSTANCE)]);
  const before = await habitat.ready();
  const parent = await habitat.pidIn();
  await habitat.host.run(['kill', '-SEGV', String(before.daemon.pid)]);
  const after = await until('another worker answers', async () => {
    const status = await habitat.status();
    return status && status.daemon.pid !== before.daemon.pid ? status : undefined;
  });
  assert.equal(await habitat.pidIn('/run/vrrp.pid'), after.daemon.pid);
  assert.equal(await habitat.pidIn(), parent);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

inHabitat('a worker whose parent dies stops in good order', async (habitat) => {
  const daemon = await habitat.start(['-n', '-f', await habitat.configure(INSTANCE)]);
  await habitat.ready();
  daemon.signal('SIGKILL');
  await until('the worker is gone', () => habitat.host.read('/run/vrrp.pid') === undefined);
  // Its successor is not kept out by what the parent left behind.
  const next = await habitat.start(['-n', '-f', '/run/router.conf']);
  await habitat.ready();
  assert.deepEqual(await next.stop(), { code: 0, signal: null });
});

inHabitat('a reload that is refused changes nothing and says why', async (habitat) => {
  const path = await habitat.configure(INSTANCE);
  const daemon = await habitat.start(['-n', '-l', '-G', '-f', path]);
  const before = await habitat.ready();
  await habitat.configure(BROKEN);
  daemon.signal('SIGHUP');
  await until('the reload is refused', () => /Reload refused, nothing was changed/.test(daemon.output));
  await until('why is said', () => /Line 4\).*5100/.test(daemon.output));
  const refused = await habitat.call('reload');
  assert.equal(refused.code, 2);
  assert.match(refused.output, /virtual_router_id 5100\n/);
  const after = await habitat.status();
  assert.equal(after?.daemon.pid, before.daemon.pid);
  assert.equal(after?.daemon.configuration.hash, before.daemon.configuration.hash);
  assert.equal(after?.daemon.lastReload?.outcome, 'refused');
  await habitat.configure(INSTANCE.replace('100', '90'));
  const applied = await habitat.call('reload');
  assert.equal(applied.code, 0, applied.output);
  assert.equal((await habitat.status())?.instances[0]?.basePriority, 90);
  await daemon.stop();
});

inHabitat('with -s it lives in the namespace of that name, and so do its places', async (habitat) => {
  await habitat.host.run(['ip', 'netns', 'add', 'blue']);
  const path = await habitat.configure(INSTANCE);
  for (const options of [
    ['-s', 'blue', '-R'],
    ['-s', 'blue'],
  ]) {
    const daemon = await habitat.start(['-n', ...options, '-f', path]);
    const { daemon: facts } = await habitat.ready('/run/holdfast/blue');
    const inside = await habitat.host.run(['readlink', `/proc/${facts.pid}/ns/net`]);
    assert.notEqual(inside, readlinkSync(`/proc/${habitat.host.pid}/ns/net`));
    const named = await habitat.host.run(['stat', '-Lc', 'net:[%i]', '/run/netns/blue']);
    assert.equal(inside, named);
    assert.equal(await habitat.pidIn('/run/keepalived/vrrp_blue.pid'), facts.pid);
    assert.match((await habitat.call('status', '-s', 'blue')).output, /VI_1/);
    await daemon.stop();
  }
});

inHabitat('net_namespace and instance of the file name the places, too', async (habitat) => {
  await habitat.host.run(['ip', 'netns', 'add', 'blue']);
  const named = await habitat.host.run(['stat', '-Lc', 'net:[%i]', '/run/netns/blue']);
  for (const [lines, place] of [
    ['net_namespace blue', 'blue'],
    ['instance red', '_red'],
    ['net_namespace blue\ninstance red', 'blue_red'],
  ] as const) {
    const daemon = await habitat.start(['-n', '-f', await habitat.configure(`${lines}\n${INSTANCE}`)]);
    const { daemon: facts } = await habitat.ready(`/run/holdfast${place.startsWith('_') ? '' : '/'}${place}`);
    const inside = await habitat.host.run(['readlink', `/proc/${facts.pid}/ns/net`]);
    assert.equal(inside === named, place.includes('blue'));
    const suffix = place.startsWith('_') ? place : `_${place}`;
    assert.equal(await habitat.pidIn(`/run/keepalived/vrrp${suffix}.pid`), facts.pid);
    await daemon.stop();
  }
});

inHabitat(
  'startup_script is over before the daemon acts, shutdown_script runs after it has ended',
  async (habitat) => {
    const life = (what: string): string =>
      `${what}_script "/bin/sh -c 'ip -4 address show dev eth0 > /run/${what}'"\n`;
    const globals = `global_defs {\n script_user root\n ${life('startup')} ${life('shutdown')}}\n`;
    const path = await habitat.configure(`${globals}${INSTANCE.replace('priority 100', 'priority 255')}`);
    const daemon = await habitat.start(['-n', '-f', path]);
    await habitat.ready();
    await until('the address is there', async () =>
      (await habitat.host.run(['ip', 'address'])).includes('10.0.0.9'),
    );
    assert.equal(habitat.host.read('/run/startup')?.includes('10.0.0.9'), false);
    await daemon.stop();
    assert.equal(habitat.host.read('/run/shutdown')?.includes('10.0.0.9'), false);
  },
);

inHabitat('startup_script_timeout and shutdown_script_timeout end what takes too long', async (habitat) => {
  const life = (what: string): string => `${what}_script "/bin/sleep 600"\n ${what}_script_timeout 1\n`;
  const globals = `global_defs {\n script_user root\n ${life('startup')} ${life('shutdown')}}\n`;
  const daemon = await habitat.start(['-n', '-l', '-G', '-f', await habitat.configure(globals + INSTANCE)]);
  await habitat.ready();
  assert.match(daemon.output, /startup_script ended with SIGTERM/);
  await daemon.stop();
  assert.match(daemon.output, /shutdown_script ended with SIGTERM/);
});

inHabitat('a missing interface does not keep it from running, but fails -t', async (habitat) => {
  const path = await habitat.configure(INSTANCE.replace('eth0', 'eth7'));
  assert.equal((await habitat.call('-t', '-f', path)).code, 4);
  const daemon = await habitat.start(['-n', '-f', path]);
  const { instances } = await habitat.ready();
  assert.equal(instances[0]?.state, 'FAULT');
  await daemon.stop();
});

for (const [what, text, code] of [
  ['nothing to say', INSTANCE, 0],
  ['an unknown keyword', INSTANCE.replace('priority', 'prioritee'), 5],
  ['a missing brace', INSTANCE.trimEnd().replace(/\}$/, ''), 5],
  ['a program without script security', INSTANCE.replace('priority', 'notify /bin/true\n  priority'), 6],
  [
    'a check whose program is missing',
    `global_defs {\n enable_script_security\n script_user root\n}\nvrrp_script s {\n script /no/such\n}\n${INSTANCE.replace(
      'priority',
      'track_script {\n s\n }\n  priority',
    )}`,
    5,
  ],
] as const)
  inHabitat(`-t: ${what} is ${code}`, async (habitat) => {
    const path = await habitat.configure(text);
    const tested = await habitat.call('-t', '-f', path);
    assert.equal(tested.code, code, tested.output);
    assert.equal(tested.output === '', code === 0);
    const logged = await habitat.host.start(habitat.command('-t/run/test.log', '-f', path));
    assert.equal((await logged.exited).code, code);
    assert.equal(logged.output, '');
    assert.equal(habitat.host.read('/run/test.log') === '', code === 0);
  });

for (const [what, text, expected] of [
  ['a program is to be told', INSTANCE.replace('priority', 'notify_stop /bin/true\n  priority'), true],
  ['no program is to be told', INSTANCE, false],
] as const)
  inHabitat(
    `where ${what}, the runner is ${expected ? 'there before it is needed' : 'not started'}`,
    async (habitat) => {
      const daemon = await habitat.start(['-n', '-R', '-f', await habitat.configure(text)]);
      await habitat.ready();
      const children = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'latin1')
        .trim()
        .split(' ');
      const runners = children.filter(
        (pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('script-runner'),
      );
      assert.equal(runners.length, expected ? 1 : 0, children.join(' '));
      await daemon.stop();
    },
  );

inHabitat('-d logs the configuration keyword by keyword, with origins and no password', async (habitat) => {
  const secret = 'authentication {\n    auth_type PASS\n    auth_pass hunter2\n  }\n  priority';
  const path = await habitat.configure(INSTANCE.replace('priority', secret));
  const daemon = await habitat.start(['-n', '-R', '-l', '-d', '-f', path]);
  await until('it is logged', () => /virtual_router_id 51 +# \/run\/router.conf:4/.test(daemon.output));
  await until('defaults, too', () => /advert_int 1 +# default/.test(daemon.output));
  assert.match(daemon.output, /------< VRRP Topology >------/);
  assert.match(daemon.output, /------< Configuration >------/);
  assert.doesNotMatch(daemon.output, /hunter2/);
  await daemon.stop();
});

inHabitat('systemd is told of readiness, reloads and the end', async (habitat) => {
  const listener = new NotifyListener(habitat.host.path('/run/notify.sock'));
  try {
    const config = await habitat.configure(INSTANCE);
    const daemon = await habitat.start(['-n', '-f', config], { NOTIFY_SOCKET: '/run/notify.sock' });
    await until('READY is told', () => listener.read().some((text) => text.includes('READY=1')));
    const pid = await habitat.pidIn();
    assert.equal(await habitat.pidIn('/run/vrrp.pid'), pid, 'there is a parent although systemd restarts us');
    assert.match(listener.said.at(-1) ?? '', new RegExp(`^MAINPID=${pid}$`, 'm'));
    daemon.signal('SIGHUP');
    await until('the reload is over', () => listener.read().length >= 3);
    assert.match(listener.said[1] ?? '', /^RELOADING=1\nMONOTONIC_USEC=\d+$/m);
    assert.match(listener.said[2] ?? '', /^READY=1$/m);
    await daemon.stop();
    listener.read();
    assert.match(listener.said.at(-2) ?? '', /^STOPPING=1$/m);
    // child_wait_time, and a little.
    assert.equal(listener.said.at(-1), 'EXTEND_TIMEOUT_USEC=10000000\n');
  } finally {
    listener.close();
  }
});

inHabitat('a script inherits no descriptor, no ignored signal and no word of ours', async (habitat) => {
  habitat.host.install(
    'look',
    '#!/bin/sh\n{ readlink /proc/self/fd/*; env; grep ^Sig /proc/self/status; } >/run/seen.part 2>/dev/null\n' +
      'mv /run/seen.part /run/seen\n',
  );
  const script = 'vrrp_script look {\n  script "/usr/local/bin/look"\n  interval 1\n  timeout 30\n}\n';
  const tracking = INSTANCE.replace(/\}\s*$/, '  track_script { look }\n}\n');
  const daemon = await habitat.start(['-n', '-f', await habitat.configure(script + tracking)]);
  const seen = await until('the script has run', () => habitat.host.read('/run/seen'));
  const descriptors = seen.split('\n').filter((line) => /^(\/|socket:|pipe:|anon_inode:)/.test(line));
  // Its input, its redirected output, and no socket, timer or epoll of the daemon's.
  for (const target of descriptors) assert.match(target, /^\/(dev\/null|run\/seen\.part|proc\/\d+\/fd)/);
  assert.ok(descriptors.length >= 2, seen);
  assert.doesNotMatch(seen, /HOLDFAST|NOTIFY_SOCKET/);
  assert.match(seen, /^SigIgn:\s*0+$/m);
  assert.match(seen, /^SigBlk:\s*0+$/m);
  await daemon.stop();
});

inHabitat('PID 1 collects orphans', async (habitat) => {
  const path = await habitat.configure(INSTANCE);
  await habitat.host.run(['mkfifo', '/run/end']);
  // What the shell leaves behind are orphans of the process that it becomes.
  const withOrphans = '(cat /run/end &); (cat /run/end &); exec "$@"';
  const init = await habitat.host.start([
    ...['unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c', withOrphans, 'sh'],
    ...habitat.command('-n', '-f', path),
  ]);
  await habitat.ready();
  const [first = 0] = childrenOf(init.pid);
  assert.equal(readFileSync(`/proc/${first}/comm`, 'latin1'), 'holdfast\n');
  assert.equal(childrenOf(first).length, 3, 'the worker and two orphans');
  await habitat.host.run(['sh', '-c', 'echo > /run/end']);
  await until('only the worker is left', () => childrenOf(first).length === 1);
  assert.ok(await habitat.status(), 'the worker was collected too');
  process.kill(first, 'SIGTERM');
  assert.deepEqual(await init.exited, { code: 0, signal: null });
});

/** Children of a process as we number them, dead ones that nobody collected included. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number);

inHabitat(
  '-V leaves addresses and firewall behind for the next start to remove; -a tells of others',
  async (habitat) => {
    const guarded = INSTANCE.replace('priority 100', 'priority 100\n  no_accept');
    const addresses = (): Promise<string> => habitat.host.run(['ip', '-br', 'addr']);
    const rules = (): Promise<string> => habitat.host.run(['nft', 'list', 'ruleset']);
    const options = ['-n', '-l', '-G'];
    const daemon = await habitat.start([...options, '-V', '-a', '-f', await habitat.configure(guarded)]);
    await until('the address is there', async () => (await addresses()).includes('10.0.0.9/24'));
    await habitat.host.run(['ip', 'addr', 'add', '10.0.0.77/24', 'dev', 'eth0']);
    await until('it is told', () => /reports IP 10\.0\.0\.77 added to eth0/.test(daemon.output));
    assert.match(daemon.output, /Netlink reflector reports IP 10\.0\.0\.1 added to eth0/);
    assert.doesNotMatch(daemon.output, /reports IP 10\.0\.0\.9 /);
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.doesNotMatch(daemon.output, /sent 0 priority/);
    assert.match(await addresses(), /10\.0\.0\.9\/24/);
    assert.match(await rules(), /10\.0\.0\.9/);
    const next = await habitat.start([...options, '-f', await habitat.configure(INSTANCE)]);
    await until('it is BACKUP', () => /Entering BACKUP/.test(next.output));
    await until('the address is gone', async () => !/10\.0\.0\.9\/24/.test(await addresses()));
    await until('the rules are gone', async () => !/10\.0\.0\.9/.test(await rules()));
    await next.stop();
  },
);
