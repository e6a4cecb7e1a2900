/**
 * For the tests of checks: a host's checks with their poller, servers made for one purpose, settings with sensible
 * defaults, and the number of open descriptors. Everything is closed with the test's process.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after } from 'node:test';
import type { IpAddress } from '../../../src/base/ip-address.js';
import { seconds } from '../../../src/base/time.js';
import type {
  CheckTarget,
  CheckTiming,
  HttpCheckSettings,
  SslSettings,
  UrlSettings,
} from '../../../src/config/model-lvs.js';
import type { CheckInput, CheckVerdict, ProbeSettings } from '../../../src/core/health/check.js';
import { HostChecks } from '../../../src/host/checks/checks.js';
import { Poller } from '../../../src/host/linux/poller.js';
import { Scripts } from '../../../src/host/scripts.js';
import { until } from '../rig.js';

export const LOOPBACK = '127.0.0.1' as IpAddress;

export const TIMING: CheckTiming = {
  delayLoop: seconds(1),
  retry: 1,
  delayBeforeRetry: seconds(1),
  warmup: seconds(0),
  alpha: false,
  logAllFailures: false,
};

/** For what waits for silence: a timeout that a test can wait for. */
export const BRIEFLY = { connectTimeout: seconds(0.5) };

/** On loopback, with more time than even a busy machine takes to answer itself. */
export const target = (port: number, more: Partial<CheckTarget> = {}): CheckTarget => ({
  address: LOOPBACK,
  port,
  fwmark: 0,
  connectTimeout: seconds(60),
  ...more,
});

export const tcp = (port: number, more: Partial<CheckTarget> = {}): ProbeSettings => ({
  kind: 'TCP_CHECK',
  ...TIMING,
  target: target(port, more),
});

export const url = (more: Partial<UrlSettings> = {}): UrlSettings => ({
  path: '/p',
  statusCodes: [{ from: 200, to: 299 }],
  tlsCompliant: false,
  ...more,
});

export const http = (
  port: number,
  urls: readonly UrlSettings[] = [url()],
  more: Partial<HttpCheckSettings> = {},
): HttpCheckSettings => ({
  kind: 'HTTP_GET',
  ...TIMING,
  target: target(port),
  version: '1.0',
  fastRecovery: false,
  urls,
  ...more,
});

const open = new Set<Checks>();
after(async () => {
  for (const checks of open) await checks.close();
});

/** The checks of a host, and what they said. */
export class Checks {
  readonly poller = new Poller();
  readonly inputs: CheckInput[] = [];
  readonly warnings: string[] = [];
  readonly scripts = new Scripts(
    () => {},
    (text) => this.warnings.push(text),
  );
  readonly host: HostChecks;
  #next = 1;

  constructor() {
    this.host = new HostChecks(this.poller, this.scripts, (input) => this.inputs.push(input));
    this.poller.onWake(() => this.poller.poll());
    open.add(this);
  }

  define(settings: ProbeSettings, tls?: SslSettings): number {
    const checker = this.#next++;
    this.host.define(checker, settings, tls);
    return checker;
  }

  /** One check, from its start to its verdict. */
  async run(checker: number, part = 0): Promise<CheckVerdict> {
    const seen = this.inputs.length;
    this.host.start(checker, part);
    return this.verdict(checker, seen);
  }

  /** The first verdict of a checker among what came after `seen` others. */
  async verdict(checker: number, seen: number): Promise<CheckVerdict> {
    const mine = (): CheckInput | undefined =>
      this.inputs.slice(seen).find((input) => input.checker === checker);
    await until(`a verdict of checker ${checker}`, () => mine() !== undefined);
    const input = mine();
    if (!input) throw new Error('unreachable');
    return input.verdict;
  }

  async check(settings: ProbeSettings, part = 0, tls?: SslSettings): Promise<CheckVerdict> {
    const checker = this.define(settings, tls);
    const verdict = await this.run(checker, part);
    this.host.forget(checker);
    return verdict;
  }

  async close(): Promise<void> {
    open.delete(this);
    await this.host.close();
    this.scripts.close();
    this.poller.close();
  }
}

/** What a verdict is in a word: `good`, or the kind of its reason. */
export const wordOf = (verdict: CheckVerdict): string =>
  verdict.kind === 'bad' ? verdict.reason.kind : verdict.kind;

export interface Listening {
  readonly port: number;
  readonly server: Server;
  /** What each connection sent, as text. */
  readonly heard: string[];
  readonly sockets: Set<Socket>;
}

const servers = new Set<Server>();
const connections = new Set<Socket>();
after(() => {
  for (const socket of connections) socket.destroy();
  for (const server of servers) server.close();
});

/** A server on loopback; `serve` is called for each connection. Errors of its connections are its own affair. */
export async function serve(
  serveOne: (socket: Socket, number: number) => void,
  host = '127.0.0.1',
): Promise<Listening> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const number = heard.push('') - 1;
    sockets.add(socket);
    connections.add(socket);
    socket.on('data', (data) => {
      heard[number] += data.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      connections.delete(socket);
    });
    serveOne(socket, number);
  });
  servers.add(server);
  await new Promise<void>((listening) => server.listen(0, host, listening));
  return { port: (server.address() as AddressInfo).port, server, heard, sockets };
}

/** Answers every request with these bytes, and closes. */
export const answering = (answer: string | Uint8Array): Promise<Listening> =>
  serve((socket) => socket.once('data', () => socket.end(answer)));

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const { port, server } = await serve(() => {});
  await new Promise((closed) => server.close(closed));
  return port;
}

export const descriptors = (): number => readdirSync('/proc/self/fd').length;

/** Waits until no more descriptors are open than before. */
export const noLeak = (before: number): Promise<void> =>
  until(`only ${before} descriptors are open`, () => descriptors() <= before);

/** Listens with a queue of one and never accepts. */
const DEAF = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** A listener whose queue is full: connecting to it is silence. */
export async function fullBacklog(): Promise<{ readonly port: number; readonly close: () => void }> {
  const child = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((known) => {
    child.stdout.once('data', (data: Buffer) => known(Number(data.toString())));
  });
  let queued = 0;
  const fillers = Array.from({ length: 8 }, () => {
    const filler = connect(port, '127.0.0.1', () => {
      queued += 1;
    });
    filler.on('error', () => {});
    return filler;
  });
  // A queue of one takes two.
  await until('the queue is full', () => queued >= 2);
  return {
    port,
    close: () => {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
      child.stdout.destroy();
    },
  };
}
