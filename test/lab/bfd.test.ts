/**
 * BFD with daemons that are not ours: up, timers changed while up, silence, up again, and our goodbye; over IPv4 and
 * IPv6, on one link and across a router. tshark at our port of the switch says what went over the wire.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DaemonStatus } from '../../src/admin/report.js';
import { MAX_BFD_STRAYS_PER_SECOND } from '../../src/base/limits.js';
import { ask } from '../../src/cli/client.js';
import type { LabHost } from '../../src/lab/host.js';
import type { Running } from '../../src/lab/running.js';
import { type Cable, Topology } from '../../src/lab/topology.js';
import { type Ends, KEY, MULTIPLIER, missing, Partner, type PartnerKind } from './bfd-partner.js';
import { Journal } from './journal.js';
import { lookAround, skipBecause } from './needs.js';
import { Router } from './router.js';

const TIMEOUT_MS = 8 * 60_000;
const machine = await lookAround();

interface Seen {
  /** Seconds since the epoch, as the kernel stamped it. */
  readonly at: number;
  readonly source: string;
  readonly state: number;
  readonly poll: boolean;
  readonly final: boolean;
  readonly diagnostic: number;
  readonly desiredMinTx: number;
  readonly port: number;
  readonly hops: number;
}
const FIELDS = [
  ...['frame.time_epoch', 'ip.src', 'ipv6.src', 'bfd.sta', 'bfd.flags.p', 'bfd.flags.f', 'bfd.diag'],
  ...['bfd.desired_min_tx_interval', 'udp.dstport', 'ip.ttl', 'ipv6.hlim', 'udp.srcport'],
];
const [ADMIN_DOWN, DOWN, UP] = [0, 1, 3];

/** What passes a port of the switch, in tshark's words. */
async function watch(lab: Topology, cable: Cable): Promise<Journal<Seen>> {
  const seen = new Journal<Seen>(`BFD at ${cable.port}`, (one) => JSON.stringify(one));
  const running: Running = await lab.start([
    ...['tshark', '-l', '-n', '-i', cable.port, '-f', 'udp port 3784 or udp port 4784'],
    ...['-T', 'fields', '-E', 'separator=|', ...FIELDS.flatMap((field) => ['-e', field])],
  ]);
  running.onLine(({ text }) => {
    const [at, v4 = '', v6 = '', state, poll, final, diagnostic, tx, port, ttl, hops] = text.split('|');
    if (state === undefined) return;
    const set = (flag: string | undefined): boolean => flag === '1' || flag === 'True';
    seen.push({
      at: Number(at),
      source: v4 === '' ? v6 : v4,
      state: Number(state),
      poll: set(poll),
      final: set(final),
      diagnostic: Number(diagnostic),
      desiredMinTx: Number(tx),
      port: Number(port),
      hops: Number(ttl === '' ? hops : ttl),
    });
  });
  await new Promise<void>((resolve, reject) => {
    running.onLine(({ text }) => /Capturing on/.test(text) && resolve());
    if (/Capturing on/.test(running.output)) resolve();
    void running.exited.then(() => reject(new Error(running.output)));
  });
  return seen;
}

interface Place {
  readonly ours: LabHost;
  readonly theirs: LabHost;
  readonly cable: Cable;
  readonly ends: Ends;
}

const ON_ONE_LINK = {
  IPv4: ['10.90.1.2', '10.90.1.1', 24],
  IPv6: ['2001:db8:90::2', '2001:db8:90::1', 64],
  'link-local': ['fe80::90:2', 'fe80::90:1', 64],
} as const;

async function onOneLink(lab: Topology, family: keyof typeof ON_ONE_LINK): Promise<Place> {
  const [local, remote, length] = ON_ONE_LINK[family];
  await lab.network('lan');
  const [ours, theirs] = [await lab.host('a'), await lab.host('b')];
  const cable = await lab.cable(ours, 'eth0', 'lan', [`${remote}/${length}`]);
  await lab.cable(theirs, 'eth0', 'lan', [`${local}/${length}`]);
  return { ours, theirs, cable, ends: { local, remote, multihop: false } };
}

async function acrossARouter(lab: Topology, family: 'IPv4' | 'IPv6'): Promise<Place> {
  const net = family === 'IPv4' ? '10.91' : '2001:db8:91';
  const [separator, length] = family === 'IPv4' ? ['.', 24] : ['::', 64];
  const at = (link: number, last: number): string =>
    family === 'IPv4' ? `${net}.${link}.${last}` : `${net}:${link}${separator}${last}`;
  await lab.network('left');
  await lab.network('right');
  const [ours, theirs, router] = [await lab.host('a'), await lab.host('b'), await lab.host('r')];
  const cable = await lab.cable(ours, 'eth0', 'left', [`${at(1, 1)}/${length}`]);
  await lab.cable(theirs, 'eth0', 'right', [`${at(2, 2)}/${length}`]);
  await lab.cable(router, 'eth0', 'left', [`${at(1, 9)}/${length}`]);
  await lab.cable(router, 'eth1', 'right', [`${at(2, 9)}/${length}`]);
  const forwarding = family === 'IPv4' ? 'net/ipv4/ip_forward' : 'net/ipv6/conf/all/forwarding';
  await router.run(['sh', '-c', `echo 1 >/proc/sys/${forwarding}`]);
  const six = family === 'IPv6' ? ['-6'] : [];
  await ours.run(['ip', ...six, 'route', 'add', 'default', 'via', at(1, 9)]);
  await theirs.run(['ip', ...six, 'route', 'add', 'default', 'via', at(2, 9)]);
  return { ours, theirs, cable, ends: { local: at(2, 2), remote: at(1, 1), multihop: true } };
}

/** Keepalived 2.2.7 knows no other port, bird sends 64 hops and FRR 255 across routers. */
const ACROSS: Readonly<Record<PartnerKind, string>> = {
  keepalived: 'max_hops 1',
  bird: 'multihop\n  max_hops -1',
  bfdd: 'multihop\n  max_hops 1',
};

async function play(kind: PartnerKind, place: Place, lab: Topology, more = ''): Promise<void> {
  const { ends, cable } = place;
  const ours = new Router(place.ours, 'holdfast');
  const partner = new Partner(place.theirs, kind, ends);
  await partner.prepare();
  const wire = await watch(lab, cable);
  const configured = (interval: number): string => `bfd_instance s {
  neighbor_ip ${ends.local}${ends.local.startsWith('fe80') ? '%eth0' : ''}
  source_ip ${ends.remote}
  min_rx ${interval}
  min_tx ${interval}
  multiplier ${MULTIPLIER}
  hoplimit 255
  ${ends.multihop ? ACROSS[kind] : ''}
  ${more}
}
`;
  const fromUs = (what: string, fits: (one: Seen) => boolean, after: number): Promise<Seen> =>
    wire.find(`${what} from us`, (one) => one.source === ends.remote && fits(one), after);

  await ours.start(configured(50));
  await partner.start();
  await ours.waitForLog(/\(s\) Entering Up state/);
  await partner.untilUp();
  // tshark says that it captures before it does, and a Poll passes only once.
  for (const source of [ends.remote, ends.local])
    await wire.find('a packet', (one) => one.source === source && one.state === UP);

  const { local: theirs, remote: own } = ends;
  const slowly = async (what: string, who: string, other: string, change: () => unknown): Promise<void> => {
    const slower = wire.mark();
    // tshark tells later than it stamps: what was sent before we ask is none of this.
    const asked = Date.now() / 1000;
    await change();
    const polls = (one: Seen): boolean => one.state === UP && one.poll && one.desiredMinTx === 100_000;
    await wire.find(`a Poll of ${what}`, (one) => one.source === who && polls(one), slower);
    await wire.find('a Final for it', ({ source, final }) => source === other && final, slower);
    const answered = wire.mark();
    await wire.collect('a packet of theirs', 20, ({ source }) => source === theirs, answered);
    await partner.untilUp();
    assert.deepEqual(
      wire.entries.slice(slower).filter(({ state, at }) => state !== UP && at >= asked),
      [],
      'somebody went down while timers changed',
    );
  };
  // Slower while up: a Poll with the new interval, a Final, and nobody goes down.
  await slowly('ours', own, theirs, () => {
    ours.configure(configured(100));
    ours.signal('SIGHUP');
  });
  await slowly('theirs', theirs, own, () => partner.sendEvery(100));

  const silent = wire.mark();
  const lost = ours.log.mark();
  await partner.kill();
  await ours.waitForLog(
    /\(s\) Entering Down state \(Local diagnostic - control detection time expired/,
    lost,
  );
  await fromUs('Down, diagnostic 1', ({ state, diagnostic }) => state === DOWN && diagnostic === 1, silent);

  const again = ours.log.mark();
  await partner.start();
  await ours.waitForLog(/\(s\) Entering Up state/, again);
  await partner.untilUp();
  const leaving = wire.mark();
  await ours.stop();
  await fromUs(
    'AdminDown, diagnostic 7',
    ({ state, diagnostic }) => state === ADMIN_DOWN && diagnostic === 7,
    leaving,
  );
  const port = ends.multihop && kind !== 'keepalived' ? 4784 : 3784;
  for (const { source, port: to, hops } of wire.entries)
    if (source === ends.remote) assert.deepEqual([to, hops], [port, 255]);
}

/** Twice what the sessions need to notice that nobody is heard: four seconds, for a machine that is busy with the flood. */
const FLOOD_SECONDS = 8;
const FLOODED = 'min_rx 50\n min_tx 50\n multiplier 80';
/** Down, of all lengths and with whatever behind the first bytes, to each of its arguments in turn; prints how many. */
const FLOOD = `
const socket = require('node:dgram').createSocket('udp4');
const packet = Buffer.alloc(60);
let [sent, n] = [0, 0];
const end = Date.now() + ${FLOOD_SECONDS * 1000};
function burst() {
  for (let i = 0; i < 200; i++) {
    packet.set([0x20, n & 0x40 ? 0x40 : 0xc0, 3, 24]);
    packet.writeUInt32BE(++n, 4);
    packet.writeUInt32BE((n * 2654435761) >>> 0, 8);
    const to = process.argv[1 + (n & 1)];
    socket.send(packet, 0, n % 7 === 0 ? n % 60 : 24, 3784, to, (error) => { if (!error) sent++; });
  }
  if (Date.now() < end) setImmediate(burst);
  else socket.close(() => console.log(sent));
}
burst();
`;

describe('BFD in the lab', { concurrency: 3 }, () => {
  for (const kind of ['keepalived', 'bird', 'bfdd'] as const)
    for (const way of ['one link', 'a router between'] as const)
      for (const family of ['IPv4', 'IPv6'] as const) {
        // No package would mend that, so it is a skip in CI too.
        const never = kind === 'bfdd' && machine.rights?.kind === 'user';
        const skip = never
          ? { skip: 'FRR changes its user: needs root' }
          : skipBecause(machine.unfit ?? missing(kind));
        test(`${kind}, ${family}, ${way}`, { ...skip, timeout: TIMEOUT_MS }, async () => {
          assert.ok(machine.rights);
          const lab = await Topology.open(machine.rights);
          try {
            const place = await (way === 'one link' ? onOneLink : acrossARouter)(lab, family);
            await play(kind, place, lab);
          } finally {
            await lab.close();
          }
        });
      }

  // What Keepalived has not: bird is asked, in its own words for them.
  for (const [word, birds, family] of [
    ['simple', 'simple', 'IPv4'],
    ['keyed_sha1', 'keyed sha1', 'IPv4'],
    ['meticulous_sha1', 'meticulous keyed sha1', 'link-local'],
  ] as const) {
    const skip = skipBecause(machine.unfit ?? missing('bird'));
    test(`bird, ${family}, ${word}`, { ...skip, timeout: TIMEOUT_MS }, async () => {
      assert.ok(machine.rights);
      const lab = await Topology.open(machine.rights);
      try {
        const place = await onOneLink(lab, family);
        const ends = { ...place.ends, authentication: birds };
        const authentication = `auth_type ${word}\n  auth_key ${KEY.id} ${KEY.text}`;
        await play('bird', { ...place, ends }, lab, authentication);
      } finally {
        await lab.close();
      }
    });
  }

  // As fast as the machine can: of strangers only a sample is read, and the neighbours hear each other all the while.
  test('a flood of a stranger: the sessions stay up, some of it is counted, and the log is short', {
    ...skipBecause(machine.unfit),
    timeout: TIMEOUT_MS,
  }, async () => {
    assert.ok(machine.rights);
    const lab = await Topology.open(machine.rights);
    try {
      const { ours, theirs, ends } = await onOneLink(lab, 'IPv4');
      const stranger = await lab.host('stranger');
      await lab.cable(stranger, 'eth0', 'lan', ['10.90.1.66/24']);
      const routers = [new Router(ours, 'holdfast'), new Router(theirs, 'holdfast')];
      for (const [n, router] of routers.entries()) {
        const [own, other] = n === 0 ? [ends.remote, ends.local] : [ends.local, ends.remote];
        await router.start(`bfd_instance s {\n source_ip ${own}\n neighbor_ip ${other}\n ${FLOODED}\n}\n`);
      }
      const marks = await Promise.all(
        routers.map(async ({ log }) => {
          await log.find('it is up', ({ text }) => /\(s\) Entering Up state/.test(text));
          return log.mark();
        }),
      );
      const began = Date.now();
      const flood = await stranger.run([process.execPath, '-e', FLOOD, ends.remote, ends.local]);
      assert.ok(Number(flood) > 10_000, `only ${flood} packets`);
      for (const [n, { log, host }] of routers.entries()) {
        const answer = await ask(host.path('/run/holdfast/control.sock'), 'GET', '/status');
        assert.ok(answer.ok);
        // A second more at either end.
        const seconds = Math.ceil((Date.now() - began) / 1000) + 2;
        const { bfd } = answer.value.body as DaemonStatus;
        const refused = Object.values(bfd?.refused ?? {}).reduce((sum, count) => sum + count, 0);
        assert.ok(refused >= MAX_BFD_STRAYS_PER_SECOND, `${refused} counted`);
        assert.ok(refused <= seconds * MAX_BFD_STRAYS_PER_SECOND * 2, `${refused} read`);
        const [session] = bfd?.sessions ?? [];
        assert.deepEqual([session?.state, session?.counters.leftUp], ['Up', 0]);
        const said = log.entries.slice(marks[n]);
        assert.ok(said.length < 20, said.map(({ text }) => text).join('\n'));
      }
      for (const router of routers) await router.stop();
    } finally {
      await lab.close();
    }
  });
});
