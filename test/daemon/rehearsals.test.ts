/** Which rehearsal is played when, and which session, instance and server are in it: as the host of a rehearsal sees it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_REHEARSED_ADDRESSES } from '../../src/base/limits.js';
import { lvsPartOf } from '../../src/core/lvs/configuration.js';
import type { LvsEffect } from '../../src/core/lvs/effects.js';
import { LvsEngine } from '../../src/core/lvs/engine.js';
import { DeathRehearsal } from '../../src/daemon/lvs/death-rehearsal.js';
import { Rehearsals } from '../../src/daemon/rehearsals.js';
import { RehearsalHost } from '../../src/host/rehearsal.js';
import { configurationOf } from '../support/configuration.js';
import { link } from '../support/machine.js';

const session = (name: string, neighbor: string, minTx: number): string =>
  `bfd_instance ${name} {\n neighbor_ip ${neighbor}\n min_tx ${minTx}\n min_rx 10\n multiplier 3\n}\n`;
const instance = (name: string, vrid: number, more = '', address = `10.0.0.${100 + vrid}`): string =>
  `vrrp_instance ${name} {
 interface eth0
 virtual_router_id ${vrid}
 priority 100
 virtual_ipaddress {
  ${address}
 }
 ${more}
}
`;
const SESSIONS = session('slow', '10.0.0.3', 50) + session('quick', '10.0.0.2', 10);
const FAST = 'track_bfd {\n  slow\n  quick weight 5 fast_takeover\n }';
const SURROUNDINGS = { links: [link(2, 'eth0')], addresses: [] };

/** Whose packets the hosts of rehearsals are given while `play` runs, each once, in order; and the hosts themselves. */
async function playedIn(play: () => Promise<void> | void) {
  const [who, opened, closed] = [new Set<string>(), new Set<RehearsalHost>(), new Set<RehearsalHost>()];
  const { run, close } = RehearsalHost.prototype;
  RehearsalHost.prototype.run = function (effects) {
    opened.add(this);
    for (const effect of effects) {
      if (effect.kind === 'send-bfd') who.add(`bfd ${effect.session.split('/')[0]}`);
      else if (effect.kind === 'send-advert' && effect.instance !== 'rehearsal')
        who.add(`vrrp ${effect.instance}`);
    }
    run.call(this, effects);
  };
  RehearsalHost.prototype.close = function () {
    closed.add(this);
    return close.call(this);
  };
  try {
    await play();
  } finally {
    Object.assign(RehearsalHost.prototype, { run, close });
  }
  return { who: [...who], opened, closed };
}
const always = async (): Promise<boolean> => true;

describe('what comes next is what is rehearsed', () => {
  const [LOSS, TAKEOVER] = [{ nextIsLoss: true }, { nextIsLoss: false }];
  for (const [what, text, onLoss] of [
    ['nobody takes over with a session', SESSIONS + instance('VI_1', 1), ['bfd quick']],
    [
      'an instance takes over with one',
      SESSIONS + instance('VI_1', 1) + instance('VI_2', 2, FAST),
      ['bfd quick', 'vrrp VI_1'],
    ],
    [
      'a sync group does',
      `${SESSIONS}${instance('VI_1', 1)}vrrp_sync_group G {\n group {\n  VI_1\n }\n ${FAST.replace(' weight 5', '')}\n}\n`,
      ['bfd quick', 'vrrp VI_1'],
    ],
    ['there are no sessions', instance('VI_1', 1), []],
  ] as const)
    test(`a loss, a takeover: ${what}`, async () => {
      for (const [next, wanted] of [
        [LOSS, onLoss],
        [TAKEOVER, ['vrrp VI_1']],
      ] as const) {
        const rehearsals = new Rehearsals();
        await rehearsals.play(configurationOf(text), SURROUNDINGS, always);
        assert.deepEqual((await playedIn(() => rehearsals.repeat(next))).who, wanted);
        await rehearsals.close();
        assert.deepEqual((await playedIn(() => rehearsals.repeat(next))).who, []);
      }
    });
});

test('at the start: the session that is given up soonest, then every kind of instance, the first one last', async () => {
  const six = instance('SIX', 3, '', 'fe80::77');
  const text = SESSIONS + instance('VI_1', 1) + instance('AGAIN', 2) + six;
  const rehearsals = new Rehearsals();
  const { who } = await playedIn(() => rehearsals.play(configurationOf(text), SURROUNDINGS, always));
  assert.deepEqual(who, ['bfd quick', 'vrrp SIX', 'vrrp VI_1']);
  await rehearsals.close();
});

test('whoever is alone with its link and addresses plays itself, not a likeness', async () => {
  for (const version of ['version 2', 'version 3', 'accept', 'nopreempt', 'garp_master_delay 1']) {
    const rehearsals = new Rehearsals();
    const configuration = configurationOf(instance('VI_1', 1, version));
    const { who } = await playedIn(() => rehearsals.play(configuration, SURROUNDINGS, always));
    assert.deepEqual(who, ['vrrp VI_1'], version);
    await rehearsals.close();
  }
});

test('a stop in the middle of a reload: nothing is played after it, and no host stays open', async () => {
  const rehearsals = new Rehearsals();
  const text = session('a', '10.0.0.2', 10) + instance('VI_1', 1) + instance('SIX', 3, '', 'fe80::77');
  const play = (): Promise<void> =>
    rehearsals.play(configurationOf(text), SURROUNDINGS, () => new Promise((go) => setImmediate(go, false)));
  const { opened, closed } = await playedIn(async () => {
    await play();
    const again = play();
    await Promise.all([rehearsals.close(), again]);
  });
  assert.deepEqual([...opened].filter((host) => !closed.has(host)).length, 0);
});

test('of thousands of addresses a bounded number is rehearsed, and the takeover can be repeated', async () => {
  const many = Array.from({ length: 3000 }, (_, n) => `10.${1 + (n >> 8)}.0.${n & 255}/32`).join('\n');
  const configuration = configurationOf(instance('VI_1', 1, `virtual_ipaddress_excluded {\n${many}\n}`));
  const rehearsals = new Rehearsals();
  await rehearsals.play(configuration, SURROUNDINGS, always);
  let operations = 0;
  const { run } = RehearsalHost.prototype;
  RehearsalHost.prototype.run = function (effects) {
    for (const effect of effects)
      if (effect.kind === 'apply-addresses') operations += effect.operations.length;
    run.call(this, effects);
  };
  try {
    rehearsals.repeat({ nextIsLoss: false });
  } finally {
    Object.assign(RehearsalHost.prototype, { run });
  }
  assert.ok(operations > 0 && operations <= 2 * MAX_REHEARSED_ADDRESSES, `${operations}`);
  await rehearsals.close();
});

test('a reload in the middle: what was played ends, the last configuration counts, and no host stays open', async () => {
  const rehearsals = new Rehearsals();
  const play = (name: string): Promise<void> =>
    rehearsals.play(
      configurationOf(
        session(name, '10.0.0.2', 10) + instance(`OF_${name}`, 1) + instance('SIX', 3, '', 'fe80::77'),
      ),
      SURROUNDINGS,
      () => new Promise((go) => setImmediate(go, true)),
    );
  const { opened, closed } = await playedIn(async () => {
    const first = play('a');
    await new Promise((turned) => setImmediate(turned));
    await Promise.all([first, play('b'), play('c')]);
    assert.deepEqual((await playedIn(() => rehearsals.repeat({ nextIsLoss: true }))).who, ['bfd c']);
    assert.deepEqual((await playedIn(() => rehearsals.repeat({ nextIsLoss: false }))).who, ['vrrp OF_c']);
    await rehearsals.close();
  });
  assert.ok(opened.size > 0);
  assert.deepEqual([...opened].filter((host) => !closed.has(host)).length, 0);
});

test('a server that dies: the first one that is asked, not one that follows a file or a session', () => {
  const server = (address: string, check: string): string => `real_server ${address} 80 {\n${check}\n}`;
  const service = (address: string, ...servers: string[]): string =>
    `virtual_server ${address} 80 {\n lvs_method NAT\n protocol TCP\n ${servers.join('\n')}\n}\n`;
  const [FILE, BFD, TCP] = [
    'FILE_CHECK {\n track_file f\n}',
    'BFD_CHECK {\n name quick\n}',
    'TCP_CHECK {\n}',
  ];
  const text = [
    `${SESSIONS}track_file f {\n file /run/f\n}\n`,
    service('192.0.2.1', server('10.1.0.1', FILE), server('10.1.0.2', BFD), server('10.1.0.3', '')),
    service(
      '192.0.2.2',
      server('10.1.0.4', BFD),
      server('10.1.0.5', `${FILE}\n${TCP}`),
      server('10.1.0.6', TCP),
    ),
    service('192.0.2.3', server('10.1.0.7', TCP)),
  ].join('');
  const { handle } = LvsEngine.prototype;
  const effects: LvsEffect[] = [];
  LvsEngine.prototype.handle = function (moment, input, given) {
    handle.call(this, moment, input, given);
    effects.push(...given);
  };
  try {
    assert.equal(DeathRehearsal.of(lvsPartOf(configurationOf(text)))?.repeat(), true);
  } finally {
    LvsEngine.prototype.handle = handle;
  }
  const applied = effects.flatMap((effect) => (effect.kind === 'apply-balancer' ? effect.operations : []));
  assert.deepEqual([...new Set(JSON.stringify(applied).match(/10\.1\.0\.\d|192\.0\.2\.\d/g))].sort(), [
    '10.1.0.5',
    '192.0.2.2',
  ]);
});
