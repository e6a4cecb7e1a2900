// Health checks of one kind against many addresses of loopback, each once a second, in a process of its own: prints as
// JSON what one check cost of the processor, and how late the latest began and ended. The web server that they meet is
// another process. Which kind, how many and for how long is said by the arguments; rounds in which everything warms up
// are not counted.

import { spawn } from 'node:child_process';
import type { IpAddress } from '../src/base/ip-address.js';
import { after, type Instant, microseconds, seconds } from '../src/base/time.js';
import type { ProbeSettings } from '../src/core/health/check.js';
import { HostChecks } from '../src/host/checks/checks.js';
import { monotonicNow } from '../src/host/linux/clock.js';
import { Poller } from '../src/host/linux/poller.js';
import { Timer } from '../src/host/linux/timer.js';
import { Scripts } from '../src/host/scripts.js';

export interface CheckLoad {
  /** Microseconds of processor time per check, user and kernel. */
  readonly processor: number;
  /** Milliseconds by which the latest check began after its time, and ended after it. */
  readonly latestStart: number;
  readonly latestEnd: number;
  readonly failed: number;
  /** Checks that were not made, because the one before had not ended: it was late by a second. */
  readonly left: number;
}

const WARM_ROUNDS = 2;
const SERVER = `
  const answer = 'HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n';
  const server = require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.end(answer));
    socket.on('end', () => socket.end());
  });
  server.listen({ port: 8080, host: '0.0.0.0', backlog: 4096 }, () => console.log('ready'));
`;

const [kind = 'TCP_CHECK', checkersText = '5000', roundsText = '5'] = process.argv.slice(2);
const checkers = Number(checkersText);
const rounds = WARM_ROUNDS + Number(roundsText);

function settingsOf(checker: number): ProbeSettings {
  const common = {
    delayLoop: seconds(1),
    retry: 1,
    delayBeforeRetry: seconds(1),
    warmup: seconds(0),
    alpha: false,
    logAllFailures: false,
    target: {
      address: `127.${checker >> 16}.${(checker >> 8) & 255}.${(checker & 255) + 1}` as IpAddress,
      port: 8080,
      fwmark: 0,
      connectTimeout: seconds(5),
    },
  };
  if (kind === 'TCP_CHECK') return { kind, ...common };
  const digest = 'b1946ac92492d2347c6235b4d2611184';
  const url = { path: '/', digest, statusCodes: [{ from: 200, to: 299 }], tlsCompliant: false };
  return { kind: 'HTTP_GET', ...common, version: '1.0', fastRecovery: false, urls: [url] };
}

const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
await new Promise((ready) => server.stdout.once('data', ready));

const poller = new Poller();
const scripts = new Scripts(
  () => {},
  () => {},
);
const started = monotonicNow();
const total = checkers * rounds;
const counted = checkers * WARM_ROUNDS;
let next = 0;
let ended = 0;
let failed = 0;
let left = 0;
let latestStart = 0;
let latestEnd = 0;
let before = process.cpuUsage();
const dueOf = (number: number): Instant => after(started, microseconds(((number + 1) * 1e6) / checkers));
/** The running number of each checker's check in flight. */
const flying = new Map<number, number>();

await new Promise<void>((finished) => {
  const checks = new HostChecks(poller, scripts, ({ checker, verdict }) => {
    ended += 1;
    if (verdict.kind !== 'good') failed += 1;
    const number = flying.get(checker) ?? 0;
    flying.delete(checker);
    if (number >= counted) latestEnd = Math.max(latestEnd, monotonicNow() - dueOf(number));
    if (ended === total) finished();
  });
  for (let checker = 0; checker < checkers; checker++) checks.define(checker, settingsOf(checker));
  const timer = new Timer(poller);
  poller.onWake(() => {
    poller.poll();
    const now = monotonicNow();
    for (; next < total && dueOf(next) <= now; next++) {
      if (next === counted) before = process.cpuUsage();
      if (next >= counted) latestStart = Math.max(latestStart, now - dueOf(next));
      if (flying.has(next % checkers)) {
        left += 1;
        ended += 1;
        continue;
      }
      flying.set(next % checkers, next);
      checks.start(next % checkers, 0);
    }
    if (ended === total) finished();
    if (next < total) timer.arm(dueOf(next));
  });
  timer.arm(dueOf(0));
});
const { user, system } = process.cpuUsage(before);
server.kill();
const load: CheckLoad = {
  processor: (user + system) / (total - counted),
  latestStart: latestStart / 1000,
  latestEnd: latestEnd / 1000,
  failed,
  left,
};
process.stdout.write(`${JSON.stringify(load)}\n`, () => process.exit(0));
