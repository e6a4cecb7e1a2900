/**
 * Thousands of servers fail in the same second, and return in the same second: log lines and mails are summed up, scripts
 * run a few at a time and all of them, FIFO lines come one by one, and the table is right at once.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  MAX_LVS_LINES_PER_SECOND,
  MAX_LVS_MAILS_PER_BURST,
  MAX_LVS_NOTIFY_RUNS,
} from '../../../src/base/limits.js';
import { LvsRig, REFUSED } from './rig.js';

const SERVICES = 200;
const SERVERS = 10;
const ALL = SERVICES * SERVERS;
const TEXT = `global_defs {
  router_id LB
  notification_email {
    a@example.com
  }
  smtp_server 127.0.0.1
  smtp_alert
  lvs_notify_fifo /run/lvs.fifo
}
${Array.from(
  { length: SERVICES },
  (_, i) => `virtual_server 192.0.2.${i + 1} 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 3
  warmup 0
  ${Array.from(
    { length: SERVERS },
    (_, j) => `real_server 10.1.${j}.${i + 1} 80 {
    notify_up "/bin/up 10.1.${j}.${i + 1}"
    notify_down "/bin/down 10.1.${j}.${i + 1}"
    TCP_CHECK {
      retry 0
    }
  }`,
  ).join('\n')}
}`,
).join('\n')}`;

describe('a storm of 2,000 servers', () => {
  let rig: LvsRig;
  const everyServer = (apply: (place: string) => void): void => {
    for (let i = 1; i <= SERVICES; i++) for (let j = 0; j < SERVERS; j++) apply(`10.1.${j}.${i}:80`);
  };
  before(() => {
    rig = new LvsRig(TEXT);
    rig.start();
    rig.wait(10);
    rig.take();
    rig.scriptsEnd = false;
  });

  for (const [what, turn, sign, script] of [
    ['failing', () => everyServer((place) => rig.behaviours.set(place, REFUSED)), '-server', '/bin/down'],
    ['returning', () => everyServer((place) => rig.behaviours.delete(place)), '+server', '/bin/up'],
  ] as const)
    test(what, () => {
      const running: number[] = [];
      const begun = new Set<string>();
      let most = 0;
      const linesOf = (lines: readonly string[], word: string): string[] =>
        lines.filter((line) => line.split(' ')[1] === word);
      turn();
      const said: string[] = [];
      let longest = 0;
      // Scripts end in turns that the rig gives: none of them by itself.
      const collect = (): void => {
        for (const effect of rig.effects)
          if (effect.kind === 'run-notify') {
            running.push(effect.run);
            begun.add(effect.command.argv.join(' '));
          } else if (effect.kind === 'send-mail') longest = Math.max(longest, effect.body.split('\n').length);
        most = Math.max(most, running.length);
        said.push(...rig.take());
      };
      rig.wait(3);
      collect();
      while (running.length > 0) {
        const run = running.shift() ?? 0;
        rig.handle({ kind: 'notify-finished', run, outcome: { kind: 'exit', code: 0 } });
        collect();
      }
      assert.equal(linesOf(said, sign).length, ALL, 'the table is right');
      assert.equal(most, MAX_LVS_NOTIFY_RUNS);
      assert.equal(begun.size, ALL, 'every script has run');
      assert.ok([...begun].every((argv) => argv.startsWith(script)));
      assert.equal(linesOf(said, 'fifo').filter((line) => / RS /.test(line)).length, ALL);
      rig.wait(20);
      collect();
      const logged = linesOf(said, 'log');
      // Three seconds of checks, each with its own bound and one line for the rest.
      assert.ok(logged.length <= 5 * (MAX_LVS_LINES_PER_SECOND + 10), `${logged.length} lines`);
      assert.ok(logged.some((line) => /and \d+ more lines like these within a second/.test(line)));
      const mails = linesOf(said, 'mail');
      assert.ok(mails.length <= 2 * (MAX_LVS_MAILS_PER_BURST + 1), `${mails.length} mails`);
      assert.ok(mails.some((line) => / \d{3,} more changes of real and virtual servers/.test(line)));
      assert.ok(longest <= MAX_LVS_MAILS_PER_BURST * 10 + 10, `a mail of ${longest} lines`);
    });
});
