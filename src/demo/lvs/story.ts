/**
 * The demo without a terminal: it plays a fixed story, prints what happens as it happens, and at the end how the
 * requests were shared each time and how long the director took. A step that does not end as it must ends the story.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Chronicle } from '../happenings.js';
import type { Paint } from '../paint.js';
import { type Farm, REQUEST_INTERVAL_MS, SERVERS, SERVICE_ADDRESS, type ServerName } from './farm.js';
import type { Shares } from './requests.js';

/** What the story needs of the farm. */
export type Protagonists = Pick<
  Farm,
  | 'requests'
  | 'downloads'
  | 'happenings'
  | 'servers'
  | 'server'
  | 'director'
  | 'log'
  | 'stop'
  | 'start'
  | 'breakPage'
  | 'mendPage'
  | 'drain'
  | 'fill'
  | 'download'
>;

type Weights = Readonly<Record<ServerName, number>>;

interface Step {
  readonly title: string;
  readonly act: (farm: Protagonists) => Promise<void>;
  /** True once the director has done its part. */
  readonly done: (farm: Protagonists) => boolean;
  /** The server that comes or goes by it. */
  readonly moves?: ServerName;
  /** What the director's log must say about it; the first parenthesis is what the summary tells. */
  readonly said?: RegExp;
  /** What went wrong all the same; undefined: nothing. */
  readonly amiss?: (farm: Protagonists) => string | undefined;
  /** By these the requests are shared from then on; a server with 0 gets none. */
  readonly weights: Weights;
  /** A step that only repairs. */
  readonly repair?: true;
}

const WHOLE: Weights = { web1: 3, web2: 2, web3: 1 };
const DRAINED_SERVER = 'web1';
/** 6, 4 and 2 of them by the weights. */
const DOWNLOADS = 12;

const alive =
  (name: ServerName, wanted: boolean) =>
  (farm: Protagonists): boolean =>
    farm.server(name).status?.alive === wanted;

/** Where the data plane counts none, those that the client knows of. */
const connectionsLeft = (farm: Protagonists): number =>
  farm.server(DRAINED_SERVER).status?.connections?.active ?? downloading(farm, DRAINED_SERVER);

const downloading = (farm: Protagonists, name: ServerName): number =>
  farm.downloads.filter(({ server, state }) => server === name && state === 'running').length;

const begun = ({ downloads }: Protagonists): number => downloads.filter(Boolean).length;

const STORY: readonly Step[] = [
  {
    title: 'web2 stops',
    act: (farm) => farm.stop('web2'),
    moves: 'web2',
    done: alive('web2', false),
    said: /192\.168\.33\.2\]:tcp:80 failed after (\d+ retries)/,
    weights: { ...WHOLE, web2: 0 },
  },
  {
    title: 'web2 is started',
    act: (farm) => farm.start('web2'),
    moves: 'web2',
    done: alive('web2', true),
    weights: WHOLE,
    repair: true,
  },
  {
    title: 'web3 shows a wrong page',
    act: (farm) => farm.breakPage('web3'),
    moves: 'web3',
    done: alive('web3', false),
    said: /192\.168\.33\.3\]:tcp:80 from VS.*(digest)/i,
    weights: { ...WHOLE, web3: 0 },
  },
  {
    title: 'web3 shows the right page',
    act: (farm) => farm.mendPage('web3'),
    moves: 'web3',
    done: alive('web3', true),
    weights: WHOLE,
    repair: true,
  },
  {
    title: `${DRAINED_SERVER} is drained`,
    act: async (farm) => {
      farm.download(DOWNLOADS);
      await until(() => begun(farm) === DOWNLOADS);
      await farm.drain(DRAINED_SERVER);
    },
    done: (farm) => farm.server(DRAINED_SERVER).status?.drained === true,
    weights: { ...WHOLE, [DRAINED_SERVER]: 0 },
  },
  {
    title: 'its downloads end',
    act: async () => {},
    done: (farm) => downloading(farm, DRAINED_SERVER) === 0 && connectionsLeft(farm) === 0,
    amiss: ({ downloads }) => {
      const broken = downloads.filter(({ state }) => state === 'broken').length;
      if (broken > 0) return `${broken} downloads were broken off`;
      return downloads.some(({ server }) => server === DRAINED_SERVER)
        ? undefined
        : 'it had no download at all';
    },
    weights: { ...WHOLE, [DRAINED_SERVER]: 0 },
  },
  {
    title: `${DRAINED_SERVER} is filled again`,
    act: (farm) => farm.fill(DRAINED_SERVER),
    done: (farm) => farm.server(DRAINED_SERVER).status?.drained !== true,
    weights: WHOLE,
    repair: true,
  },
];

/** A step may take this long; the checks need two seconds, on a machine that has nothing else to do. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 50;
/** Requests that are counted after each step: every sum of weights of the story divides it. */
const COUNTED = 60;
/** So many of them may have gone elsewhere. */
const TOLERANCE = 2;

interface Result {
  readonly step: Step;
  /** From the deed to the director's verdict; undefined where it has none to give. */
  readonly tookMs: number | undefined;
  readonly said: string | undefined;
  readonly shares: Shares;
  readonly lost: number;
}

async function until(
  condition: () => boolean,
  patienceMs = PATIENCE_MS,
  each = (): void => {},
): Promise<boolean> {
  for (const bound = Date.now() + patienceMs; ; ) {
    each();
    if (condition()) return true;
    if (Date.now() >= bound) return false;
    await delay(LOOK_MS);
  }
}

/** Resolves to whether everything was as it should be. */
export async function tellStory(
  farm: Protagonists,
  paint: Paint,
  print: (line: string) => void,
  patienceMs = PATIENCE_MS,
): Promise<boolean> {
  print(
    `${paint.bold('Holdfast')}  Three web servers behind ${SERVICE_ADDRESS}, with the weights 3, 2 and 1, are asked every`,
  );
  print(`${REQUEST_INTERVAL_MS} ms by somebody new. A director checks the digest of a page of each.`);
  print('');
  const chronicle = new Chronicle(farm.happenings, paint, print);
  const wait = (condition: () => boolean): Promise<boolean> =>
    until(condition, patienceMs, () => chronicle.flush());
  const fail = (what: string): false => {
    chronicle.flush();
    return failed(farm, what, print);
  };
  if (!(await wait(() => ready(farm)))) return fail('the director never balanced');
  const first = await count(farm, WHOLE, wait);
  if (typeof first === 'string') return fail(`at the beginning ${first}`);
  print(`${' '.repeat(10)}${paint.dim(`balanced by ${farm.director.plane}`)}`);
  const results: Result[] = [];
  for (const step of STORY) {
    const result = await play(step, farm, wait);
    if (typeof result === 'string') return fail(`${step.title}: ${result}`);
    results.push(result);
  }
  chronicle.flush();
  summary(first, results, farm, chronicle.began, paint, print);
  return true;
}

const ready = (farm: Protagonists): boolean =>
  farm.director.master &&
  farm.director.plane !== undefined &&
  farm.servers.every(
    ({ status }) => status?.alive === true && status.checkers.every(({ last }) => last !== undefined),
  ) &&
  farm.requests.all.at(-1)?.server !== undefined;

/** A text: what was not as it should be. */
async function play(
  step: Step,
  farm: Protagonists,
  wait: (condition: () => boolean) => Promise<boolean>,
): Promise<Result | string> {
  const began = Date.now();
  const logged = farm.log(Number.POSITIVE_INFINITY).length;
  const lostBefore = farm.requests.failed;
  await step.act(farm);
  if (!(await wait(() => step.done(farm)))) return 'the director did not do its part';
  const line = farm
    .log(Number.POSITIVE_INFINITY)
    .slice(logged)
    .find((text) => step.said?.test(text) === true);
  if (step.said !== undefined && line === undefined) return `the log does not say ${step.said}`;
  const shares = await count(farm, step.weights, wait);
  if (typeof shares === 'string') return shares;
  const amiss = step.amiss?.(farm);
  if (amiss !== undefined) return amiss;
  const since = step.moves === undefined ? undefined : farm.server(step.moves).status?.since;
  return {
    step,
    tookMs: since === undefined ? undefined : Math.max(0, since / 1000 - began),
    said: line === undefined ? undefined : step.said?.exec(line)?.[1],
    shares,
    lost: farm.requests.failed - lostBefore,
  };
}

/** Of the next requests; a text: how they were shared where it was not by these weights. */
async function count(
  farm: Protagonists,
  weights: Weights,
  wait: (condition: () => boolean) => Promise<boolean>,
): Promise<Shares | string> {
  const { requests } = farm;
  const from = performance.timeOrigin + performance.now();
  const first = (): number => {
    const at = requests.all.findIndex(({ sent }) => sent >= from);
    return at < 0 ? requests.all.length : at;
  };
  if (!(await wait(() => requests.all.length - first() >= COUNTED))) return 'the client asked no more';
  const shares = requests.shares(first(), first() + COUNTED);
  const sum = SERVERS.reduce((total, name) => total + weights[name], 0);
  const fair = SERVERS.every((name) => {
    const wanted = (COUNTED * weights[name]) / sum;
    const got = shares.answers.get(name) ?? 0;
    return wanted === 0 ? got === 0 : Math.abs(got - wanted) <= TOLERANCE;
  });
  if (fair && shares.failed === 0) return shares;
  return `of ${COUNTED} requests ${words(shares)}; they should be shared ${SERVERS.map((name) => weights[name]).join(' to ')}`;
}

const words = ({ answers, failed }: Shares): string =>
  [
    ...SERVERS.map((name) => `${name} answered ${answers.get(name) ?? 0}`),
    ...(failed > 0 ? [`nobody answered ${failed}`] : []),
  ].join(', ');

function summary(
  first: Shares,
  results: readonly Result[],
  farm: Protagonists,
  began: number,
  paint: Paint,
  print: (line: string) => void,
): void {
  const numbers = ({ answers }: Shares): string =>
    SERVERS.map((name) => String(answers.get(name) ?? 0).padStart(4)).join('  ');
  print('');
  print(
    paint.bold(
      `${'What was done'.padEnd(27)}${'web1  web2  web3'.padEnd(18)}${'lost'.padStart(4)}  the director's verdict`,
    ),
  );
  print(`${'nothing'.padEnd(27)}${numbers(first)}  ${'0'.padStart(4)}`);
  for (const { step, tookMs, said, shares, lost } of results) {
    const verdict = [
      ...(tookMs === undefined
        ? []
        : [`${step.repair === true ? 'in' : 'out'} after ${(tookMs / 1000).toFixed(1)} s`]),
      ...(said === undefined ? [] : [said]),
    ].join(', ');
    const line = `${step.title.padEnd(27)}${numbers(shares)}  ${String(lost).padStart(4)}  ${verdict}`;
    print((step.repair === true ? paint.dim(line) : line).trimEnd());
  }
  const whole = farm.downloads.filter(({ state }) => state === 'whole').length;
  print('');
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  print(
    paint.green(`Every request went where it should, and ${whole} downloads ended whole, in ${seconds} s.`),
  );
}

function failed(farm: Protagonists, what: string, print: (line: string) => void): false {
  print('');
  print(`This should not have happened: ${what}.`);
  if (farm.director.ended !== undefined) print(`  The director's daemon ended: ${farm.director.ended}`);
  for (const { name, status, running, wholePage } of farm.servers) {
    const state =
      status === undefined
        ? 'the director says nothing of it'
        : `${status.alive ? 'in' : 'out'}, ${status.reason}`;
    print(`  ${name}: ${running ? 'runs' : 'stopped'}, ${wholePage ? 'right page' : 'wrong page'}; ${state}`);
  }
  for (const line of farm.log(12)) print(`    ${line}`);
  return false;
}
