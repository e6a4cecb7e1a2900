/**
 * Measures what docs/internals/host.md and scripts.md state: `node dist/test/host/measure.js`, as root. It asserts
 * nothing, for no test depends on a time.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { after, instant, microseconds, milliseconds, ZERO } from '../../src/base/time.js';
import type { RoutingOperation } from '../../src/core/net/facts.js';
import { monotonicNow } from '../../src/host/linux/clock.js';
import { Poller } from '../../src/host/linux/poller.js';
import { RtnlClient } from '../../src/host/linux/rtnl-client.js';
import { Timer } from '../../src/host/linux/timer.js';
import { readSnapshot } from '../../src/host/netlink-sockets.js';
import { Processes } from '../../src/host/processes.js';
import { Scripts } from '../../src/host/scripts.js';
import { advert, cable, channel, ip, Rig, until } from './rig.js';

const INSTANCES = 250;
const print = (what: string, value: number, unit: string): void => {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  process.stdout.write(`${what.padEnd(64)} ${value.toFixed(digits)} ${unit}\n`);
};
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
async function packets(): Promise<void> {
  const net = cable();
  const left = Rig.create(net.left);
  const right = Rig.create(net.right);
  const ids = Array.from({ length: INSTANCES }, (_, i) => i + 1);
  left.run({ kind: 'open-channel', channel: channel(net.leftIndex, ids) });
  right.run({ kind: 'open-channel', channel: channel(net.rightIndex, ids) });
  await right.next('channel');
  const burst = ids.map((id) => advert(`${net.leftIndex}/ipv4`, id));
  const one = burst.slice(0, 1);
  left.host.onWake(() => {});
  right.host.onWake(() => {});
  const ROUNDS = 400;
  const batch = (effects: typeof burst): [send: number, receive: number] => {
    let send = 0;
    let receive = 0;
    let got = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const a = process.hrtime.bigint();
      left.host.run(effects);
      const b = process.hrtime.bigint();
      right.host.drain(({ kind }) => {
        if (kind === 'packet') got += 1;
      });
      const c = process.hrtime.bigint();
      send += Number(b - a);
      receive += Number(c - b);
    }
    if (got !== ROUNDS * effects.length) throw new Error(`lost packets: ${got}`);
    return [send / 1000 / ROUNDS / effects.length, receive / 1000 / ROUNDS / effects.length];
  };
  batch(burst);
  const [send, receive] = batch(burst);
  print(`send, of ${INSTANCES} in one turn`, send, 'us each (with the kernel delivering them)');
  print(`receive, of ${INSTANCES} in one turn`, receive, 'us each');
  batch(one);
  const [sendOne, receiveOne] = batch(one);
  print('a turn that sends one', sendOne, 'us');
  print('a turn that receives one', receiveOne, 'us');
  await left.host.close();
  await right.host.close();
}

/** 250 instances at one second: each advert in a turn of its own (worst) or all in one (best). */
async function steady(): Promise<void> {
  const net = cable();
  const rig = Rig.create(net.left);
  const ids = Array.from({ length: INSTANCES }, (_, i) => i + 1);
  rig.run({ kind: 'open-channel', channel: channel(net.leftIndex, ids) });
  await rig.next('channel');
  // The first round is for the compiler.
  for (const [round, perTurn] of [1, 1, INSTANCES].entries()) {
    const every = (1_000_000 / INSTANCES) * perTurn;
    let next = monotonicNow() + every;
    let sent = 0;
    let cursor = 0;
    const before = process.cpuUsage();
    await new Promise<void>((done) => {
      rig.host.onWake(() => {
        rig.host.drain(() => {});
        const now = monotonicNow();
        if (now >= next) {
          const effects = ids
            .slice(cursor, cursor + perTurn)
            .map((id) => advert(`${net.leftIndex}/ipv4`, id));
          cursor = (cursor + perTurn) % INSTANCES;
          rig.host.run(effects);
          sent += effects.length;
          next += every;
        }
        if (sent >= 4 * INSTANCES) done();
        else rig.host.arm(instant(next));
      });
      rig.host.arm(instant(next));
    });
    const used = process.cpuUsage(before);
    const cost = (used.user + used.system) / sent;
    if (round > 0) print(`CPU per advert, ${INSTANCES} per second, ${perTurn} per turn`, cost, 'us');
  }
  await rig.host.close();
}

async function addresses(): Promise<void> {
  const net = cable();
  const rig = Rig.create(net.left);
  const operations = Array.from({ length: 1000 }, (_, i) => ({
    operation: 'add' as const,
    address: {
      interfaceIndex: net.leftIndex,
      address: ip(`10.${20 + Math.floor(i / 250)}.0.${1 + (i % 250)}`),
      prefixLength: 24,
      scope: 0,
    },
  }));
  const start = monotonicNow();
  rig.run({ kind: 'apply-addresses', request: 1, operations });
  print('1000 addresses: the turn that begins', (monotonicNow() - start) / 1000, 'ms');
  await rig.next('addresses-applied');
  print('1000 addresses: until all are acknowledged', (monotonicNow() - start) / 1000, 'ms');
  const spent: number[] = [];
  rig.inside(() => {
    const client = new RtnlClient();
    for (let i = 0; i < 20; i++) {
      const begin = monotonicNow();
      readSnapshot(client);
      spent.push((monotonicNow() - begin) / 1000);
    }
    client.close();
  });
  print('reading all links and 1000 addresses again', median(spent), 'ms');
  await rig.host.close();
}

/** Routes that a routing daemon changes beside us, and what they cost us. */
const FOREIGN_ROUTES = 200_000;

async function routing(): Promise<void> {
  const net = cable();
  const rig = Rig.create(net.left);
  const route = (destination: string, protocol: number) => ({
    family: 'ipv4' as const,
    type: 1,
    table: 254,
    protocol,
    scope: 0,
    tos: 0,
    destination: { address: ip(destination), length: 32 },
    via: ip('10.9.0.254'),
    interfaceIndex: net.leftIndex,
    flags: 0,
  });
  const add = (destination: string): RoutingOperation => ({
    item: 'route',
    verb: 'prepend',
    route: route(destination, 18),
  });
  const operations = Array.from({ length: 1000 }, (_, i) => add(`172.16.${i >> 8}.${i & 255}`));
  const start = monotonicNow();
  rig.run(
    { kind: 'watch-routing', routes: ['ipv4'], rules: ['ipv4'] },
    { kind: 'apply-routes', request: 1, operations },
  );
  await rig.next('routes-applied');
  print('1000 routes: until all are acknowledged', (monotonicNow() - start) / 1000, 'ms');

  let wakes = 0;
  rig.host.onWake(() => {
    wakes++;
    rig.turn();
  });
  const foreign = rig.inside(() => {
    const lines = Array.from({ length: FOREIGN_ROUTES }, (_, i) => {
      const destination = `20.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
      return `route add ${destination}/32 via 10.9.0.254 dev eth0 proto bgp`;
    });
    const child = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.end(lines.join('\n'));
    return child;
  });
  const before = process.cpuUsage();
  const ended = new Promise((done) => foreign.on('close', done));
  await ended;
  const used = process.cpuUsage(before);
  const what = `${FOREIGN_ROUTES} routes of another protocol come`;
  print(`${what}: our CPU (the pipe included)`, (used.user + used.system) / 1000, 'ms');
  print(`${what}: our wake-ups for netlink`, wakes, '');
  const probes = operations.map((one) => ({ ...one, verb: 'append' }) as RoutingOperation);
  const turns: number[] = [];
  const begin = monotonicNow();
  rig.run({ kind: 'apply-routes', request: 2, operations: probes });
  turns.push(monotonicNow() - begin);
  while (!rig.inputs.some((input) => input.kind === 'routes-applied' && input.request === 2)) {
    const turn = monotonicNow();
    rig.turn();
    turns.push(monotonicNow() - turn);
    await new Promise((done) => setImmediate(done));
  }
  print('asking again for our 1000 routes among them', turns.reduce((sum, one) => sum + one, 0) / 1000, 'ms');
  print('asking again for our 1000 routes: the longest turn', Math.max(...turns) / 1000, 'ms');
  await rig.host.close();
}

/** Lateness of a 2 ms timer while something else goes on. */
async function lateness(what: string, every: number, disturb: () => void): Promise<void> {
  const poller = new Poller();
  const timer = new Timer(poller);
  const late: number[] = [];
  let next = after(monotonicNow(), milliseconds(2));
  let disturbAt = monotonicNow() + every;
  const end = monotonicNow() + 6_000_000;
  const before = process.cpuUsage();
  await new Promise<void>((done) => {
    poller.onWake(() => {
      poller.poll();
      const now = monotonicNow();
      if (now >= next) {
        late.push(now - next);
        next = after(next, milliseconds(2));
        if (next < now) next = after(now, milliseconds(2));
        if (now >= disturbAt) {
          disturbAt += every;
          disturb();
        }
      }
      if (now > end) done();
      else timer.arm(next);
    });
    timer.arm(next);
  });
  const used = process.cpuUsage(before);
  late.sort((a, b) => a - b);
  const at = (part: number): string => String(late[Math.floor((late.length - 1) * part)]);
  process.stdout.write(
    `${what.padEnd(40)} lateness us: median ${at(0.5)}, 99 % ${at(0.99)}, 99.9 % ${at(0.999)}, worst ${at(1)}; ` +
      `CPU of this process ${Math.round((used.user + used.system) / 6000)} ms/s\n`,
  );
  timer.close();
  poller.close();
}

async function scripts(): Promise<void> {
  const every = 20_000;
  await lateness('nothing else', every, () => {});
  await lateness('50 scripts/s spawned on the loop', every, () => {
    spawn('/bin/true', [], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  });
  const worker = new Worker(
    `const { spawn } = require('node:child_process');
     require('node:worker_threads').parentPort.on('message', () =>
       spawn('/bin/true', [], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] }));`,
    { eval: true },
  );
  await lateness('50 scripts/s spawned by a worker thread', every, () => worker.postMessage(1));
  await worker.terminate();
  let finished = 0;
  const room = new Scripts(
    () => {
      finished += 1;
    },
    () => {},
  );
  room.prepare();
  let run = 0;
  const runnerCpu = (): number => {
    const fields = readFileSync(`/proc/${room.runnerPid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  const before = runnerCpu();
  await lateness('50 scripts/s by the script runner', every, () => {
    run += 1;
    room.check({
      kind: 'run-check',
      script: `s${run}`,
      command: { argv: ['/bin/true'] },
      timeout: microseconds(5_000_000),
    });
  });
  print('CPU of the runner per script', (runnerCpu() - before) / run, 'ms');
  await until('all answers', () => finished === run);
  const memory = readFileSync(`/proc/${room.runnerPid}/smaps_rollup`, 'utf8');
  print('memory of the runner, its own', Number(/Private_Dirty:\s+(\d+)/.exec(memory)?.[1]) / 1024, 'MiB');
  print('memory of the runner, with what is shared', Number(/Rss:\s+(\d+)/.exec(memory)?.[1]) / 1024, 'MiB');
  room.close();
}

async function processes(): Promise<void> {
  const children = Array.from({ length: 300 }, () => spawn('/bin/sleep', ['1000'], { stdio: 'ignore' }));
  for (const source of ['connector', 'pidfd'] as const) {
    const poller = new Poller();
    poller.onWake(() => poller.poll());
    let count = 0;
    const room = new Processes(
      poller,
      (input) => {
        if (input.kind === 'process-count') count = input.count;
      },
      () => {},
      [source],
    );
    room.watch({
      name: 'p',
      process: 'sleep',
      parameters: [],
      match: 'name',
      quorum: 1,
      weight: 0,
      reverse: false,
      forkDelay: ZERO,
      terminateDelay: ZERO,
    });
    await until('the first count', () => count >= children.length);
    const idle = process.cpuUsage();
    await new Promise((next) => setTimeout(next, 10_000));
    const used = process.cpuUsage(idle);
    print(`${source}: CPU while nothing starts`, (used.user + used.system) / 10_000, 'ms/s');
    const found: number[] = [];
    const lost: number[] = [];
    for (let i = 0; i < 20; i++) {
      const had = count;
      const start = monotonicNow();
      const child = spawn('/bin/sleep', ['1000'], { stdio: 'ignore' });
      await new Promise<void>((seen) => {
        const look = (): void => {
          if (count > had) seen();
          else setImmediate(look);
        };
        look();
      });
      found.push((monotonicNow() - start) / 1000);
      const end = monotonicNow();
      child.kill('SIGKILL');
      await new Promise<void>((seen) => {
        const look = (): void => {
          if (count <= had) seen();
          else setImmediate(look);
        };
        look();
      });
      lost.push((monotonicNow() - end) / 1000);
    }
    print(`${source}: from start to count, median`, median(found), 'ms');
    print(`${source}: from kill to count, median`, median(lost), 'ms');
    room.close();
    poller.close();
  }
  for (const child of children) child.kill('SIGKILL');
}

await packets();
await steady();
await addresses();
await routing();
await scripts();
await processes();
process.exit(0);
