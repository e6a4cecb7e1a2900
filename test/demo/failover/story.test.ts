/**
 * The story that plays without a terminal: it is content only when the address is where it belongs and the
 * client is answered again after every step. The routers here are a pretence; the real ones are CI's `npm run demo`.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RouterName, RouterView } from '../../../src/demo/failover/cluster.js';
import { Pings } from '../../../src/demo/failover/pings.js';
import { type Protagonists, tellStory } from '../../../src/demo/failover/story.js';
import type { Happening } from '../../../src/demo/happenings.js';
import { painter } from '../../../src/demo/paint.js';
import { instanceStatus } from '../../support/status.js';

/** What ends badly waits for so long; steps that end well take a tenth of a second, on a machine that has nothing else to do. */
const IMPATIENT_MS = 3000;
const PATIENT_MS = 120_000;

/** Two routers that behave, but for what `broken` names. Every look at them lets the client ping 30 times. */
class Pretence implements Protagonists {
  readonly pings = new Pings();
  readonly happenings: Happening[] = [];
  readonly #whole = {
    srv1: { power: true, cable: true, httpd: true },
    srv2: { power: true, cable: true, httpd: true },
  };
  #master: RouterName = 'srv1';
  #number = 0;

  constructor(private readonly broken: 'nothing' | 'silence' | 'takeover' | 'start' = 'nothing') {}

  get master(): RouterName | undefined {
    if (this.broken === 'start') return undefined;
    const best = this.#value(this.#master) >= this.#value(this.#other()) ? this.#master : this.#other();
    if (best !== this.#master && this.broken !== 'takeover') {
      this.#ping(3, false);
      this.#master = best;
    }
    const deaf = this.broken === 'silence' && !this.#whole.srv1.cable;
    this.#ping(30, this.#value(this.#master) > 0 && !deaf);
    return this.#master;
  }

  get routers(): readonly RouterView[] {
    return [this.router('srv1'), this.router('srv2')];
  }

  router(name: RouterName): RouterView {
    const { power, cable, httpd } = this.#whole[name];
    const state = !cable ? 'FAULT' : name === this.#master ? 'MASTER' : 'BACKUP';
    const instance = instanceStatus({ state, effectivePriority: httpd ? 254 : 244 });
    return { name, address: '192.0.2.1', power, cable, httpd, ...(power ? { instance } : {}) };
  }

  logOf(): readonly string[] {
    return ['the last words of a daemon'];
  }

  stopHttpd = (name: RouterName): Promise<void> => this.#set(name, { httpd: false });
  startHttpd = (name: RouterName): Promise<void> => this.#set(name, { httpd: true });
  cutCable = (name: RouterName): Promise<void> => this.#set(name, { cable: false });
  mendCable = (name: RouterName): Promise<void> => this.#set(name, { cable: true });
  switchOff = (name: RouterName): Promise<void> => this.#set(name, { power: false });
  switchOn = (name: RouterName): Promise<void> => this.#set(name, { power: true });

  #set(name: RouterName, change: Partial<Record<'power' | 'cable' | 'httpd', boolean>>): Promise<void> {
    Object.assign(this.#whole[name], change);
    this.happenings.push({ at: Date.now(), who: 'you', text: JSON.stringify(change), mood: 'neutral' });
    return Promise.resolve();
  }

  #other(): RouterName {
    return this.#master === 'srv1' ? 'srv2' : 'srv1';
  }

  #value(name: RouterName): number {
    const { power, cable, httpd } = this.#whole[name];
    return power && cable ? (httpd ? 254 : 244) : 0;
  }

  #ping(count: number, answered: boolean): void {
    for (let i = 0; i < count; i++) {
      const number = this.#number++;
      this.pings.take({ number, sent: number * 50, ...(answered ? { took: 0.2 } : {}) });
    }
  }
}

async function told(cluster: Pretence, patienceMs = IMPATIENT_MS): Promise<{ good: boolean; text: string }> {
  const lines: string[] = [];
  const good = await tellStory(cluster, painter(false), (line) => lines.push(line), patienceMs);
  return { good, text: lines.join('\n') };
}

describe('the story', { concurrency: true }, () => {
  test('ends well when every step does, and measures what each cost', async () => {
    const { good, text } = await told(new Pretence(), PATIENT_MS);
    assert.equal(good, true, text);
    assert.match(text, /httpd stops on srv1 +srv2 +0\.20 s/);
    assert.match(text, /httpd returns on srv1 +srv2 +never/);
    assert.match(text, /srv2 loses its power +srv1 +0\.20 s/);
    assert.match(text, /answered again each time/);
  });
  test('ends badly when the client is not answered again', async () => {
    const { good, text } = await told(new Pretence('silence'));
    assert.equal(good, false);
    assert.match(text, /the cable of srv1 is cut: the routers or the client did not recover/);
    assert.match(text, /the last words of a daemon/);
    assert.doesNotMatch(text, /answered again each time/);
  });
  test('ends badly when the address stays where it must not, though it answers', async () => {
    const { good, text } = await told(new Pretence('takeover'));
    assert.equal(good, false);
    assert.match(text, /httpd stops on srv1: the routers or the client did not recover/);
  });
  test('ends badly when there never is a master', async () => {
    const { good, text } = await told(new Pretence('start'));
    assert.equal(good, false);
    assert.match(text, /never agreed/);
  });
});
