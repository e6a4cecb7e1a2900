/** What `status` says of servers that no check has spoken of yet, and what the log says of good answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { microseconds } from '../../../src/base/time.js';
import { servicesStatus } from '../../../src/core/lvs/service-status.js';
import { LvsRig, REFUSED } from './rig.js';

const text = (alpha: boolean): string => `virtual_server 192.0.2.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 3
  warmup 0
  ${alpha ? 'alpha' : ''}
  real_server 10.1.0.1 80 {
    TCP_CHECK {
      retry 0
      connect_timeout 2
    }
  }
}`;

const reason = (rig: LvsRig): string | undefined => rig.engine.inspect()[0]?.servers[0]?.reason;

test('with alpha it is out since no check was good, not although none has failed', () => {
  const rig = new LvsRig(text(true));
  rig.start();
  assert.equal(reason(rig), 'no check was good yet (alpha)');
  rig.wait(2);
  assert.equal(reason(rig), 'the check succeeded');
});

test('without alpha it is in, and no check has failed', () => {
  const rig = new LvsRig(text(false));
  rig.start();
  assert.equal(reason(rig), 'no check has failed');
});

test('who was dead in the life before is out for that', () => {
  const rig = new LvsRig(text(false));
  rig.behaviours.set('10.1.0.1:80', REFUSED);
  rig.start();
  rig.wait(5);
  rig.respawn();
  assert.equal(reason(rig), 'it was down when the process before this one ended');
});

test('a check that this machine cannot make is marked, until one was made', () => {
  const rig = new LvsRig(text(false));
  const unmade = (): boolean | undefined =>
    servicesStatus(rig.engine.inspect(), { services: [], daemons: [], timeouts: {}, ours: [] })[0]?.servers[0]
      ?.checkers[0]?.unmade;
  const error = { code: 'ENODEV', message: 'there is no such device' };
  rig.behaviours.set('10.1.0.1:80', { kind: 'unmade', error, elapsed: microseconds(0) });
  rig.start();
  rig.wait(2);
  assert.equal(unmade(), true);
  rig.behaviours.delete('10.1.0.1:80');
  rig.wait(5);
  assert.equal(unmade(), undefined);
});

test('what is odd about a good answer is said once, and again when it was right in between', () => {
  const rig = new LvsRig(text(false).replace(/TCP_CHECK {[^}]*}/, 'HTTP_GET {\n url {\n path /a\n }\n }'));
  const said = (): string[] => rig.take().filter((line) => line.includes('http_check for'));
  const good = (odd?: string): void => {
    rig.behaviours.set('10.1.0.1:80', {
      ...{ kind: 'good', detail: '200, 6 bytes', elapsed: microseconds(0) },
      ...(odd === undefined ? {} : { odd }),
    });
  };
  good('content_length (60) does not match received bytes (6)');
  rig.start();
  rig.wait(10);
  assert.deepEqual(
    said().map((line) => line.replace(/^\S+ /, '')),
    [
      'log http_check for RS [10.1.0.1]:tcp:80 VS [192.0.2.1]:tcp:80 url /a: content_length (60) does not match received bytes (6)',
    ],
  );
  good();
  rig.wait(5);
  assert.deepEqual(said(), []);
  good('its chunks broken');
  rig.wait(10);
  assert.equal(said().length, 1);
});
