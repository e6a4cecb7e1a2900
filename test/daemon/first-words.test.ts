/**
 * What the load balancer's process hears before it can act: all of it comes in one piece when it has loaded, so a stop, a
 * reload or a new master right behind the first configuration must not be lost. (DESIGN section 4)
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turned } from 'node:timers/promises';
import { FirstWords } from '../../src/daemon/lvs/first-words.js';
import { Received } from '../../src/daemon/lvs/received.js';
import type { ToBalancer } from '../../src/daemon/lvs/talk.js';
import { until } from '../lab/journal.js';
import { type Habitat, inHabitat } from './habitat.js';

const begin: ToBalancer = {
  say: 'begin',
  runDirectory: '/run/holdfast',
  pidFile: '/run/checkers.pid',
  remembered: [],
  instances: {},
  sessions: {},
  succeeded: false,
  nice: 0,
};
const order = { first: 0, last: 0, between: [] };
const configuration = { say: 'configuration', frame: {}, order } as unknown as ToBalancer;
const later: readonly ToBalancer[] = [
  { say: 'instance', name: 'VI_1', state: 'MASTER' },
  { say: 'services', fresh: [] },
  configuration,
  { say: 'ask', request: 1, question: { ask: 'status' } },
  { say: 'stop', reason: 'a signal asked for it' },
];

const listener = () => {
  const heard: string[] = [];
  return {
    heard,
    told: ({ say }: ToBalancer) => void heard.push(say),
    orphaned: () => void heard.push('orphaned'),
  };
};

test('what stands behind the first configuration is told in its order, once somebody listens', async () => {
  const words = new FirstWords(new Received());
  // As one reading brings them, before whoever waits for `begin` has its turn.
  for (const message of [begin, configuration, ...later]) words.hear(message);
  assert.deepEqual((await words.begin)?.configuration.virtualServers, []);
  await turned();
  words.hear({ say: 'dump' });
  const one = listener();
  words.passOn(one);
  words.hear({ say: 'session', name: 'BFD_1', up: true });
  assert.deepEqual(one.heard, [...later.map(({ say }) => say), 'dump', 'session']);
});

test('that the first process is gone is told last, and without a configuration there is nothing to begin', async () => {
  const words = new FirstWords(new Received());
  for (const message of [begin, configuration, ...later]) words.hear(message);
  words.gone();
  assert.ok(await words.begin);
  const one = listener();
  words.passOn(one);
  assert.deepEqual(one.heard.slice(-2), ['stop', 'orphaned']);
  const mute = new FirstWords(new Received());
  mute.hear(begin);
  mute.gone();
  assert.equal(await mute.begin, undefined);
});

const WITH = `
virtual_server 10.0.0.80 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 10.0.0.1 9 {
    TCP_CHECK {
    }
  }
}
`;

inHabitat(
  'a stop while the second process loads ends both, and nobody has to be killed',
  async (habitat: Habitat) => {
    const daemon = await habitat.start(['-n', '-l', '-G', '-R', '-f', await habitat.configure(WITH)]);
    await until(
      'the second process is started',
      () => /Starting Healthcheck/.test(daemon.output) || undefined,
    );
    daemon.signal('SIGTERM');
    const { code } = await daemon.exited;
    assert.equal(code, 0, daemon.output);
    assert.doesNotMatch(daemon.output, /does not end/);
  },
);
