// What is measured inside of the second kernel, of one daemon at a time: a large table from start to end with the
// adverts meanwhile, the death of a server, what checks cost. Runs in there, as root. What comes of the figures is
// decided by ../cases/.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { KernelCase } from '../../test/kernel/suite.js';
import { advertsIn, gapsOf } from '../adverts.js';
import { framesIn } from '../capture.js';
import { processorTime } from '../process-cost.js';
import type { RivalName } from '../rivals.js';
import { deathsIn, messagesIn, weightsSet } from '../server-deaths.js';
import {
  checkConfiguration,
  DEATH_BOUND_MS,
  deathConfiguration,
  LISTENER,
  serviceAddress,
  tableConfiguration,
} from './configuration.js';
import { GuestDaemon } from './daemon.js';
import { FileCapture } from './file-capture.js';
import { bareRequests, type FloorFigures, nodesWithoutProgram } from './floor.js';
import { TableWatch } from './table-watch.js';
import { ToldListener } from './told-listener.js';

export interface TableFigures {
  /** Milliseconds. */
  readonly start: number;
  readonly reload: number;
  readonly stop: number;
  /** Services and servers that the end left behind. */
  readonly left: number;
  /** How much later than its interval an advert came at worst, in milliseconds: at rest, and in each of these. */
  readonly lateAtRest: number;
  readonly lateAtStart: number;
  readonly lateAtReload: number;
  readonly lateAtStop: number;
}
/** Milliseconds beyond what retries and their delays come to. */
export interface DeathFigures {
  readonly beyond: readonly number[];
}
/** Microseconds of processor time of the checking process, of each check. */
export interface CheckFigures {
  readonly processor: number;
  readonly checks: number;
}

const SERVICES = 1000;
const SERVERS = 10;
const WHOLE = SERVICES * (SERVERS + 1);
const INTERVAL_MS = 100;
const PATIENCE_MS = 60_000;
/** Each question of a start takes a millisecond of the processor that whoever is measured needs. */
const ASK_EVERY_MS = 50;
const REST_MS = 4_000;
const CHECKERS = 500;
const CHECK_SECONDS = 10;
const DEATHS = 20;
/** What the last server's weight becomes by a reload. */
const CHANGED = 7;

const sh = (line: string): string => execFileSync('sh', ['-c', line], { encoding: 'utf8' });

/** The daemon's network, with somebody at its other end who listens. */
function network(): void {
  sh(
    'ip netns add peer 2>/dev/null && ip link add front type veth peer name back netns peer && ip link set front up' +
      ' && ip address add 10.77.0.1/16 dev front && ip -n peer link set back up || true',
  );
}

/** What is said over netlink from now on. */
function hear(name: RivalName): Promise<FileCapture> {
  sh('modprobe nlmon && ip link add heard type nlmon 2>/dev/null; ip link set heard up');
  return FileCapture.start('heard', `/tmp/said-${name}`);
}

async function tables(name: RivalName, realTime: boolean): Promise<TableFigures> {
  network();
  const watch = new TableWatch();
  const listener = await ToldListener.start(LISTENER);
  const capture = await FileCapture.start('back', `/tmp/adverts-${name}`, 'ip proto 112', 'peer');
  const plan = { services: SERVICES, servers: SERVERS, lastWeight: 1, realTime };
  const last = serviceAddress(SERVICES - 1);
  const daemon = new GuestDaemon(name, tableConfiguration(plan));
  const began = performance.now();
  const marks = [Date.now()];
  await daemon.until(
    'the last service',
    PATIENCE_MS,
    () => watch.weights(last, 80).size === SERVERS,
    ASK_EVERY_MS,
  );
  await daemon.until('the whole table', PATIENCE_MS, () => watch.count() === WHOLE, ASK_EVERY_MS);
  const start = performance.now() - began;
  await wait(REST_MS);
  marks.push(Date.now());
  await wait(REST_MS);
  daemon.rewrite(tableConfiguration({ ...plan, lastWeight: CHANGED }));
  const heard = await hear(name);
  const asked = Date.now();
  marks.push(asked);
  daemon.reload();
  await daemon.until(
    'the new weight',
    PATIENCE_MS,
    () => [...watch.weights(last, 80).values()].includes(CHANGED),
    100,
  );
  const [changed] = weightsSet(messagesIn(readFileSync(await heard.end())), CHANGED);
  if (!changed) throw new Error('nobody was heard to change the weight');
  const reload = changed.done * 1000 - asked;
  await wait(REST_MS);
  marks.push(Date.now());
  const stopped = performance.now();
  await daemon.stop();
  const stop = performance.now() - stopped;
  marks.push(Date.now());
  const left = watch.count();
  if (left > 0) watch.clear();
  const file = await capture.end();
  listener.end();
  watch.close();
  // A daemon that stops says so early: that is no lateness.
  const adverts = advertsIn(framesIn(FileCapture.read(file))).filter(({ priority }) => priority > 0);
  const gaps = gapsOf(adverts);
  const lateness = (mark: number): number => {
    const [from = 0, to = 0] = marks.slice(mark);
    const own = gaps.filter((_, n) => {
      const at = (adverts[n + 1]?.at ?? 0) * 1000;
      return from < at && at <= to;
    });
    return Math.max(0, ...own.map((gap) => gap - INTERVAL_MS));
  };
  return {
    start,
    reload,
    stop,
    left,
    lateAtStart: lateness(0),
    lateAtRest: lateness(1),
    lateAtReload: lateness(2),
    lateAtStop: lateness(3),
  };
}

async function death(name: RivalName): Promise<DeathFigures> {
  network();
  const watch = new TableWatch();
  const listener = await ToldListener.start(LISTENER);
  const said = await hear(name);
  const accepted = await FileCapture.start(
    'lo',
    `/tmp/accepted-${name}`,
    `tcp src port ${LISTENER} and tcp[tcpflags] & (tcp-syn|tcp-ack) = (tcp-syn|tcp-ack)`,
  );
  const daemon = new GuestDaemon(name, deathConfiguration());
  const weight = (): number | undefined => watch.weights('10.1.0.0', 80).get('10.2.0.0:80');
  for (let n = 0; n < DEATHS; n += 1) {
    await daemon.until('the server to be up', PATIENCE_MS, () => weight() === 1);
    // It was looked at, and once more at another moment each time; before the first death it may not have been.
    await wait((n === 0 ? 2500 : 1200) + (n % 8) * 130);
    await listener.close();
    // Who asks meanwhile has the processor that the daemon wants.
    await wait(DEATH_BOUND_MS);
    await daemon.until('the server to be down', PATIENCE_MS, () => weight() === 0, 100);
    await listener.open();
  }
  await daemon.stop();
  watch.clear();
  listener.end();
  watch.close();
  const files = [await said.end(), await accepted.end()] as const;
  const beyond = deathsIn(
    messagesIn(readFileSync(files[0])),
    framesIn(FileCapture.read(files[1])),
    DEATH_BOUND_MS,
  );
  if (beyond.length !== DEATHS) throw new Error(`${beyond.length} deaths were seen of ${DEATHS}`);
  return { beyond };
}

async function checks(name: RivalName, kind: 'TCP_CHECK' | 'HTTP_GET'): Promise<CheckFigures> {
  network();
  const watch = new TableWatch();
  const listener = await ToldListener.start(LISTENER);
  const daemon = new GuestDaemon(name, checkConfiguration(kind, CHECKERS));
  await daemon.until('all servers', PATIENCE_MS, () => watch.weights('10.1.0.0', 80).size === CHECKERS, 100);
  // Until everybody has been checked a few times, and what compiles code has compiled it.
  await wait(8000);
  const process = daemon.checker;
  const [before, checksBefore] = [processorTime([process]), await listener.count()];
  await wait(CHECK_SECONDS * 1000);
  const [after, checksAfter] = [processorTime([process]), await listener.count()];
  await daemon.stop();
  watch.clear();
  listener.end();
  watch.close();
  const made = checksAfter - checksBefore;
  return { processor: Number(after - before) / 1000 / made, checks: made };
}

async function floor(): Promise<FloorFigures> {
  const watch = new TableWatch();
  const nodes = nodesWithoutProgram();
  const requests = bareRequests(SERVICES, SERVERS);
  const made = watch.count();
  watch.clear();
  watch.close();
  if (made !== WHOLE) throw new Error(`the table has ${made} entries of ${WHOLE}`);
  return { nodes, requests };
}

const RIVALS: readonly RivalName[] = ['holdfast', 'keepalived'];

const ofEach = RIVALS.flatMap((name) => [
  { name: `table ${name}`, run: () => tables(name, false) },
  { name: `table-rt ${name}`, run: () => tables(name, true) },
  { name: `death ${name}`, run: () => death(name) },
  { name: `TCP_CHECK ${name}`, run: () => checks(name, 'TCP_CHECK') },
  { name: `HTTP_GET ${name}`, run: () => checks(name, 'HTTP_GET') },
]);

export const cases: readonly KernelCase[] = [...ofEach, { name: 'floor', run: floor }];
