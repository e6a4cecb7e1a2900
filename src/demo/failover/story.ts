/**
 * The demo without a terminal: it plays a fixed story, prints what happens as it happens, and at the end how
 * long the client was without an answer each time. A step that does not end as it must ends the story.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Chronicle } from '../happenings.js';
import type { Paint } from '../paint.js';
import { type Cluster, PING_INTERVAL_MS, type RouterName, VIRTUAL_ADDRESS } from './cluster.js';

interface Step {
  readonly title: string;
  readonly act: (cluster: Protagonists) => Promise<void>;
  /** Who has the address at the end of the step. */
  readonly master: RouterName;
  /** What else must be true by then. */
  readonly settled?: (cluster: Protagonists) => boolean;
  /** A step that only repairs; what it costs the client is measured all the same. */
  readonly repair?: true;
}

const priorityIs =
  (name: RouterName, priority: number) =>
  (cluster: Protagonists): boolean =>
    cluster.router(name).instance?.effectivePriority === priority;
const stateIs =
  (name: RouterName, state: string) =>
  (cluster: Protagonists): boolean =>
    cluster.router(name).instance?.state === state;

/** As the people tell it who run such a pair. */
const STORY: readonly Step[] = [
  {
    title: 'httpd stops on srv1',
    act: (cluster) => cluster.stopHttpd('srv1'),
    master: 'srv2',
    settled: stateIs('srv1', 'BACKUP'),
  },
  {
    title: 'httpd returns on srv1',
    act: (cluster) => cluster.startHttpd('srv1'),
    master: 'srv2',
    settled: priorityIs('srv1', 254),
    repair: true,
  },
  {
    title: 'httpd stops on srv2',
    act: (cluster) => cluster.stopHttpd('srv2'),
    master: 'srv1',
    settled: stateIs('srv2', 'BACKUP'),
  },
  {
    title: 'httpd returns on srv2',
    act: (cluster) => cluster.startHttpd('srv2'),
    master: 'srv1',
    settled: priorityIs('srv2', 254),
    repair: true,
  },
  {
    title: 'the cable of srv1 is cut',
    act: (cluster) => cluster.cutCable('srv1'),
    master: 'srv2',
    settled: stateIs('srv1', 'FAULT'),
  },
  {
    title: 'the cable is mended',
    act: (cluster) => cluster.mendCable('srv1'),
    master: 'srv2',
    settled: stateIs('srv1', 'BACKUP'),
    repair: true,
  },
  {
    title: 'srv2 loses its power',
    act: (cluster) => cluster.switchOff('srv2'),
    master: 'srv1',
  },
  {
    title: 'srv2 is back',
    act: (cluster) => cluster.switchOn('srv2'),
    master: 'srv1',
    settled: (cluster) => stateIs('srv2', 'BACKUP')(cluster) && priorityIs('srv2', 254)(cluster),
    repair: true,
  },
];

/** A step may take this long; the protocol needs four seconds, on a machine that has nothing else to do. */
const PATIENCE_MS = 120_000;
/** One second of answers in a row: the client is served again. */
const STREAK = 1000 / PING_INTERVAL_MS;

interface Result {
  readonly step: Step;
  readonly outage: number;
}

/** What the story needs of the cluster. */
export type Protagonists = Pick<
  Cluster,
  | 'pings'
  | 'happenings'
  | 'routers'
  | 'router'
  | 'master'
  | 'logOf'
  | 'stopHttpd'
  | 'startHttpd'
  | 'cutCable'
  | 'mendCable'
  | 'switchOff'
  | 'switchOn'
>;

/** Resolves to whether the client was answered again each time. */
export async function tellStory(
  cluster: Protagonists,
  paint: Paint,
  print: (line: string) => void,
  patienceMs = PATIENCE_MS,
): Promise<boolean> {
  print(
    `${paint.bold('Holdfast')}  Two routers, srv1 and srv2, keep ${VIRTUAL_ADDRESS} alive while it is pinged`,
  );
  print(`every ${PING_INTERVAL_MS} ms. Each is worth 244, and 10 more while its httpd runs.`);
  print('');
  const chronicle = new Chronicle(cluster.happenings, paint, print);
  const results: Result[] = [];
  const settle = (
    master: RouterName,
    settled: (cluster: Protagonists) => boolean,
    judged: number,
  ): Promise<boolean> => settleDown(cluster, chronicle, { master, settled, judged, patienceMs });
  if (!(await settle('srv1', bothWhole, 0))) return failed(cluster, 'the routers never agreed', print);
  for (const step of STORY) {
    const since = cluster.pings.all.at(-1)?.sent ?? Date.now();
    const judged = cluster.pings.all.length;
    await step.act(cluster);
    if (!(await settle(step.master, step.settled ?? (() => true), judged)))
      return failed(cluster, `${step.title}: the routers or the client did not recover`, print);
    results.push({ step, outage: cluster.pings.longestOutage(since) });
  }
  chronicle.flush();
  summary(results, cluster, chronicle.began, paint, print);
  return true;
}

const bothWhole = (cluster: Protagonists): boolean =>
  priorityIs('srv1', 254)(cluster) && priorityIs('srv2', 254)(cluster) && stateIs('srv2', 'BACKUP')(cluster);

/**
 * Waits until `master` alone is master, the rest is true, and the client has had its second of answers, all of
 * them of pings that were sent after the first `judged` ones.
 */
async function settleDown(
  cluster: Protagonists,
  chronicle: Chronicle,
  wanted: {
    readonly master: RouterName;
    readonly settled: (cluster: Protagonists) => boolean;
    readonly judged: number;
    readonly patienceMs: number;
  },
): Promise<boolean> {
  const bound = Date.now() + wanted.patienceMs;
  let calm = wanted.judged;
  while (Date.now() < bound) {
    chronicle.flush();
    const { pings } = cluster;
    if (cluster.master !== wanted.master || !wanted.settled(cluster)) calm = pings.all.length;
    else if (pings.all.length - calm >= STREAK && pings.streak >= STREAK) return true;
    await delay(PING_INTERVAL_MS);
  }
  chronicle.flush();
  return false;
}

function summary(
  results: readonly Result[],
  cluster: Protagonists,
  began: number,
  paint: Paint,
  print: (line: string) => void,
): void {
  print('');
  print(paint.bold(`${'What was done'.padEnd(28)}${'address on'.padEnd(14)}client without an answer`));
  for (const { step, outage } of results) {
    const measured = outage === 0 ? 'never' : `${(outage / 1000).toFixed(2)} s`;
    const line = `${step.title.padEnd(28)}${step.master.padEnd(14)}${measured}`;
    print(step.repair ? paint.dim(line) : line);
  }
  const { answered, lost } = cluster.pings;
  print('');
  print(
    paint.green(`The client was answered again each time: ${answered} pings answered, ${lost} lost, `) +
      `in ${((Date.now() - began) / 1000).toFixed(0)} s.`,
  );
}

function failed(cluster: Protagonists, what: string, print: (line: string) => void): false {
  print('');
  print(`This should not have happened: ${what}.`);
  for (const router of cluster.routers) {
    const { instance } = router;
    const state = instance === undefined ? (router.ended ?? 'no answer from its daemon') : instance.state;
    print(`  ${router.name}: ${state}${instance === undefined ? '' : `, ${instance.reason.text}`}`);
    for (const line of cluster.logOf(router.name, 8)) print(`    ${line}`);
  }
  return false;
}
