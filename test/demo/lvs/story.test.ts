/**
 * The story that plays without a terminal: it is content only when every request went where it should and the
 * director said why. The servers here are a pretence; the real ones are CI's `npm run demo -- lvs`.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Happening } from '../../../src/demo/happenings.js';
import { SERVERS, type ServerName, type ServerView } from '../../../src/demo/lvs/farm.js';
import { Requests } from '../../../src/demo/lvs/requests.js';
import { type Protagonists, tellStory } from '../../../src/demo/lvs/story.js';
import type { DownloadReport } from '../../../src/demo/lvs/visitor.js';
import { painter } from '../../../src/demo/paint.js';
import { serverStatus } from '../../support/server-status.js';

/** What ends badly waits for so long; steps that end well take a tenth of a second, on a machine that has nothing else to do. */
const IMPATIENT_MS = 3000;
const PATIENT_MS = 120_000;
const WEIGHTS: Readonly<Record<ServerName, number>> = { web1: 3, web2: 2, web3: 1 };

type Fault =
  | 'nothing'
  | 'start'
  | 'unseen stop'
  | 'unequal shares'
  | 'lost requests'
  | 'silent log'
  | 'drained but asked'
  | 'broken downloads'
  | 'connections that stay';

interface Life {
  running: boolean;
  wholePage: boolean;
  drained: boolean;
  /** Milliseconds since the epoch. */
  since: number;
}

/** Three servers that behave, but for what `fault` names. The client asks all the time. */
class Pretence implements Protagonists {
  readonly requests = new Requests();
  readonly downloads: DownloadReport[] = [];
  readonly happenings: Happening[] = [];
  readonly #lines: string[] = [];
  readonly #servers = Object.fromEntries(
    SERVERS.map((name) => [name, { running: true, wholePage: true, drained: false, since: 0 }]),
  ) as Record<ServerName, Life>;
  #number = 0;

  readonly #client = setInterval(() => this.#ask(20), 1);

  constructor(private readonly fault: Fault) {}

  close(): void {
    clearInterval(this.#client);
  }

  get director() {
    return { master: this.fault !== 'start', plane: 'nftables' };
  }

  get servers(): readonly ServerView[] {
    return SERVERS.map((name) => this.#view(name));
  }

  server(name: ServerName): ServerView {
    return this.#view(name);
  }

  #view(name: ServerName): ServerView {
    const { running, wholePage, drained, since } = this.#servers[name];
    const left = drained && this.fault === 'connections that stay' ? 1 : 0;
    const status = serverStatus({
      alive: this.#alive(name),
      since: since * 1000,
      ...(drained ? { drained } : {}),
      connections: { active: left, inactive: 0, persistent: 0 },
    });
    return { name, address: '192.0.2.1', running, wholePage, status };
  }

  log = (lines: number): readonly string[] => this.#lines.slice(-lines);

  stop = (name: ServerName): Promise<void> => this.#set(name, { running: false });
  start = (name: ServerName): Promise<void> => this.#set(name, { running: true });
  breakPage = (name: ServerName): Promise<void> => this.#set(name, { wholePage: false });
  mendPage = (name: ServerName): Promise<void> => this.#set(name, { wholePage: true });
  drain = async (name: ServerName): Promise<void> => {
    await this.#set(name, { drained: true });
    for (const [number, download] of this.downloads.entries())
      this.downloads[number] = {
        ...download,
        state: this.fault === 'broken downloads' ? 'broken' : 'whole',
      };
  };
  fill = (name: ServerName): Promise<void> => this.#set(name, { drained: false });

  download(count: number): void {
    for (let number = 0; number < count; number++) {
      const server = SERVERS[number % SERVERS.length] as ServerName;
      this.downloads.push({ kind: 'download', number, server, state: 'running' });
    }
  }

  #set(name: ServerName, change: Partial<Life>): Promise<void> {
    Object.assign(this.#servers[name], change, { since: Date.now() });
    const address = `[192.168.33.${SERVERS.indexOf(name) + 1}]:tcp:80`;
    if (this.fault !== 'silent log')
      this.#lines.push(
        `HTTP_CHECK on service ${address} failed after 2 retries`,
        `Removing service ${address} from VS; reason: MD5 digest`,
      );
    this.happenings.push({ at: Date.now(), who: 'you', text: JSON.stringify(change), mood: 'neutral' });
    return Promise.resolve();
  }

  #alive(name: ServerName): boolean {
    const { running, wholePage } = this.#servers[name];
    return wholePage && (running || this.fault === 'unseen stop');
  }

  #ask(count: number): void {
    const asked = SERVERS.filter(
      (name) => this.#alive(name) && (!this.#servers[name].drained || this.fault === 'drained but asked'),
    );
    const turns = asked.flatMap((name) =>
      Array.from({ length: this.fault === 'unequal shares' ? 1 : WEIGHTS[name] }, () => name),
    );
    for (let i = 0; i < count; i++) {
      const number = this.#number++;
      const server = turns[number % turns.length];
      const lost = this.fault === 'lost requests' && number % 50 === 0;
      const sent = performance.timeOrigin + performance.now();
      this.requests.take({
        kind: 'request',
        number,
        sent,
        ...(lost || server === undefined ? {} : { server }),
      });
    }
  }
}

async function told(fault: Fault, patienceMs = IMPATIENT_MS): Promise<{ good: boolean; text: string }> {
  const lines: string[] = [];
  const farm = new Pretence(fault);
  try {
    const good = await tellStory(farm, painter(false), (line) => lines.push(line), patienceMs);
    return { good, text: lines.join('\n') };
  } finally {
    farm.close();
  }
}

describe('the story of the load balancer', { concurrency: true }, () => {
  test('ends well when every step does, and tells the shares', async () => {
    const { good, text } = await told('nothing', PATIENT_MS);
    assert.equal(good, true, text);
    assert.match(text, /nothing +30 +20 +10 +0/);
    assert.match(text, /web2 stops +45 +0 +15 +\d+ +out after \d\.\d s, 2 retries/);
    assert.match(text, /web3 shows a wrong page +36 +24 +0 +\d+ +out after \d\.\d s, digest/);
    assert.match(text, /web1 is drained +0 +40 +20/);
    assert.match(text, /12 downloads ended whole/);
  });

  for (const [fault, sign] of [
    ['start', /the director never balanced/],
    ['unseen stop', /web2 stops: the director did not do its part/],
    [
      'unequal shares',
      /at the beginning of 60 requests web1 answered 20, .* they should be shared 3 to 2 to 1/,
    ],
    ['lost requests', /at the beginning of 60 requests .* nobody answered/],
    ['silent log', /web2 stops: the log does not say/],
    ['drained but asked', /web1 is drained: of 60 requests web1 answered 30/],
    ['broken downloads', /its downloads end: 12 downloads were broken off/],
    ['connections that stay', /its downloads end: the director did not do its part/],
  ] as const) {
    test(`ends badly with ${fault}`, async () => {
      const { good, text } = await told(fault);
      assert.equal(good, false, text);
      assert.match(text, sign);
      assert.doesNotMatch(text, /Every request went where it should/);
    });
  }
});
