/** `rs_init_notifies`: servers that are alive from the beginning are told of, dead ones are not, and without it none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LvsRig } from './rig.js';

const text = (keyword: string): string => `global_defs {
  ${keyword}
  lvs_notify_fifo /run/fifo
}
virtual_server 192.0.2.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 10.1.0.1 80 {
    notify_up "/bin/up 1"
    TCP_CHECK {
    }
  }
  real_server 10.1.0.2 80 {
    notify_up "/bin/up 2"
    notify_down "/bin/down 2"
    TCP_CHECK {
      alpha
    }
  }
}`;

const told = (keyword: string): string[] => {
  const rig = new LvsRig(text(keyword));
  rig.start();
  return rig.lines
    .filter((line) => /fifo lvs RS|run \/bin/.test(line))
    .map((line) => line.replace(/^\S+ /, ''));
};

test('with it the living are told of, once', () => {
  assert.deepEqual(told('rs_init_notifies'), [
    'run /bin/up 1',
    'fifo lvs RS [10.1.0.1]:tcp:80 [192.0.2.1]:tcp:80 UP',
  ]);
});

test('without it nobody is', () => {
  assert.deepEqual(told(''), []);
});
