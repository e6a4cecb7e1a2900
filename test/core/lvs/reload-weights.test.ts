/** What a script with misc_dynamic asked for, when the configuration is read again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { microseconds } from '../../../src/base/time.js';
import { LvsRig } from './rig.js';

const SCRIPT = '/s/one';
const text = (weight: number, dynamic: boolean): string => `virtual_server 192.0.2.1 80 {
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
  delay_loop 3
  warmup 0
  real_server 10.1.0.1 80 {
    weight ${weight}
    MISC_CHECK {
      misc_path "${SCRIPT}"
      ${dynamic ? 'misc_dynamic' : ''}
    }
  }
}`;

/** Its script has asked for a weight of 7. */
function asked(): LvsRig {
  const rig = new LvsRig(text(2, true));
  rig.behaviours.set(SCRIPT, { kind: 'good', detail: '', weight: 7, elapsed: microseconds(0) });
  rig.start();
  rig.wait(2);
  assert.match(rig.table.show()[0] ?? '', /10\.1\.0\.1:80=7\b/);
  return rig;
}

test('without misc_dynamic the configured weight counts at once, not what the script asked for last', () => {
  const rig = asked();
  rig.reload(text(3, false));
  rig.wait(10);
  assert.match(rig.table.show()[0] ?? '', /10\.1\.0\.1:80=3\b/);
});

test('with it what the script asked for stays, whatever else is configured', () => {
  const rig = asked();
  rig.reload(text(3, true));
  assert.match(rig.table.show()[0] ?? '', /10\.1\.0\.1:80=7\b/);
});
