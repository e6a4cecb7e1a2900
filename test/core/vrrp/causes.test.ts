/** Every transition carries its cause as data: the tracker and how it ended, the advert and its sender, the operator. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cause } from '../../../src/core/effects.js';
import { configurationOf } from '../../support/configuration.js';
import { Rig } from '../rig.js';
import { pair, single } from '../texts.js';

/** The causes of the transitions of an instance since the last take. */
const causes = (rig: Rig, name = 'VI_1'): (readonly [string, Cause | undefined])[] =>
  rig.effects.flatMap((effect) =>
    effect.kind === 'event' && effect.event.type === 'transition' && effect.event.name === name
      ? [[effect.event.to, effect.event.reason.cause] as const]
      : [],
  );
const last = (rig: Rig, name?: string) => causes(rig, name).at(-1);

describe('the cause of a transition', () => {
  test('silence: since when, and who was master before', () => {
    const rig = new Rig(single()).start().wait(1).advert({ priority: 150 });
    rig.wait(4);
    assert.deepEqual(last(rig), [
      'MASTER',
      { kind: 'silence', milliseconds: 3609, master: '10.0.0.2', priority: 150 },
    ]);
  });

  test('an advert: sender and priority; a goodbye, too', () => {
    const rig = new Rig(single()).start().wait(4);
    rig.advert({ priority: 150, from: '10.0.0.9' });
    assert.deepEqual(last(rig), ['BACKUP', { kind: 'advert', sender: '10.0.0.9', priority: 150 }]);
    rig.advert({ priority: 0, from: '10.0.0.9' }).wait(1);
    assert.deepEqual(last(rig), ['MASTER', { kind: 'advert', sender: '10.0.0.9', priority: 0 }]);
  });

  test('a worse master: the one that is preempted', () => {
    const rig = new Rig(single()).start().wait(1).advert({ priority: 150 }).wait(1);
    for (let i = 0; i < 5; i++) rig.advert({ priority: 50 }).wait(1);
    assert.deepEqual(causes(rig).at(-1), ['MASTER', { kind: 'advert', sender: '10.0.0.2', priority: 50 }]);
  });

  test('a script: exit code and output, also when it is well again', () => {
    const rig = new Rig(
      single('track_script {\n web\n }', 'vrrp_script web {\n script /bin/web\n fall 1\n rise 1\n }'),
    ).start();
    rig.check('web', 0).wait(1.5);
    rig.check('web', { kind: 'exit', code: 7, output: 'no\n' });
    const cause = {
      kind: 'tracker',
      tracker: 'script',
      name: 'web',
      state: 'down',
      exitCode: 7,
      output: 'no',
    };
    assert.deepEqual(last(rig), ['FAULT', cause]);
    rig.wait(1.5).check('web', 0);
    assert.deepEqual(last(rig), ['BACKUP', cause], 'what is no longer so');
  });

  test('a member of the sync group, with what moved that one', () => {
    const rig = new Rig(pair()).start().wait(5);
    rig.advert({ priority: 150, vrid: 51 });
    const cause = { kind: 'advert', sender: '10.0.0.2', priority: 150 } as const;
    assert.deepEqual(last(rig), ['BACKUP', cause]);
    assert.deepEqual(last(rig, 'VI_2'), ['BACKUP', { kind: 'member', name: 'VI_1', cause }]);
  });

  test('what somebody deleted', () => {
    const rig = new Rig(single()).start().wait(4).deleteAddress('10.0.0.100');
    assert.deepEqual(last(rig), ['BACKUP', { kind: 'deletion', what: '10.0.0.100/32' }]);
  });

  test('the operator, by a stop and by a reload', () => {
    const stopped = new Rig(single()).start().wait(4).handle({ kind: 'stop', reason: 'a test' });
    assert.deepEqual(last(stopped), ['STOP', { kind: 'operator', asked: 'stop' }]);
    const removed = new Rig(single()).start().wait(4);
    const other = configurationOf(single().replaceAll('51', '52'));
    removed.handle({ kind: 'reload', configuration: other });
    assert.deepEqual(causes(removed)[2], ['FAULT', { kind: 'operator', asked: 'reload' }]);
  });

  test('an interface that is gone', () => {
    const rig = new Rig(single()).start().wait(4).removeLink('eth0');
    assert.deepEqual(last(rig), ['FAULT', { kind: 'interface', name: 'eth0' }]);
  });
});
