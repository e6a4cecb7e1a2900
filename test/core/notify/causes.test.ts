/**
 * Why something happened is told in the same words everywhere: log, FIFO, mail, webhook, status and
 * dump; and to programs as data, wherever it came from. Issue of the trackers: "Why".
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cause, Effect } from '../../../src/core/effects.js';
import { textDump } from '../../../src/daemon/dump/text.js';
import { ip } from '../../base/values.js';
import { Rig } from '../rig.js';
import { single } from '../texts.js';

const HEAD = `global_defs {
  notify_fifo /run/all.fifo
  fifo_write_reasons
  smtp_server 127.0.0.1 25
  notification_email { a@example.net }
  smtp_alert
  notify_url http://127.0.0.1/
}
vrrp_script web { script /bin/web
 fall 1 }
track_file level { file /run/level }
vrrp_track_process httpd { process httpd }
`;
const TRACKING =
  'track_script { web }\n track_file { level weight 0 }\n track_process { httpd }\n track_interface { eth1 }';

const of = <K extends Effect['kind']>(rig: Rig, kind: K): Extract<Effect, { kind: K }>[] =>
  rig.effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);

/** A master of priority 100, all of whose trackers are well. */
function master(): Rig {
  const rig = new Rig(single(TRACKING, HEAD)).start();
  rig.file('level', '0').processes('httpd', 1).check('web', 0).wait(4);
  assert.equal(rig.state(), 'MASTER');
  rig.take();
  return rig;
}

interface Story {
  readonly what: string;
  readonly to: string;
  readonly play: (rig: Rig) => Rig;
  readonly text: RegExp;
  readonly cause: Cause;
}

const STORIES: readonly Story[] = [
  {
    what: 'a script, with its exit code and output',
    to: 'FAULT',
    play: (rig) => rig.wait(1).check('web', { kind: 'exit', code: 7, output: 'refused\n' }),
    text: /script web is down \(exit code 7: refused\)/,
    cause: { kind: 'tracker', tracker: 'script', name: 'web', state: 'down', exitCode: 7, output: 'refused' },
  },
  {
    what: 'a script, with its signal',
    to: 'FAULT',
    play: (rig) => rig.wait(1).check('web', { kind: 'signal', signal: 'SIGSEGV' }),
    text: /script web is down \(ended by SIGSEGV\)/,
    cause: { kind: 'tracker', tracker: 'script', name: 'web', state: 'down', signal: 'SIGSEGV' },
  },
  {
    what: 'a process',
    to: 'FAULT',
    play: (rig) => rig.processes('httpd', 0),
    text: /process httpd is down \(0 running, quorum 1/,
    cause: { kind: 'tracker', tracker: 'process', name: 'httpd', state: 'down' },
  },
  {
    what: 'a file',
    to: 'FAULT',
    play: (rig) => rig.file('level', '1'),
    text: /file level is 1/,
    cause: { kind: 'tracker', tracker: 'file', name: 'level', state: '1' },
  },
  {
    what: 'an interface that is tracked',
    to: 'FAULT',
    play: (rig) => rig.setLink('eth1', { up: false }),
    text: /interface eth1 is down/,
    cause: { kind: 'tracker', tracker: 'interface', name: 'eth1', state: 'down' },
  },
  {
    what: 'a packet, with its sender',
    to: 'BACKUP',
    play: (rig) => rig.advert({ from: '10.0.0.2', priority: 150 }),
    text: /10\.0\.0\.2/,
    cause: { kind: 'advert', sender: ip('10.0.0.2'), priority: 150 },
  },
  {
    what: 'the operator',
    to: 'STOP',
    play: (rig) => rig.handle({ kind: 'stop', reason: 'SIGTERM' }),
    text: /SIGTERM/,
    cause: { kind: 'operator', asked: 'stop' },
  },
];

describe('a cause is the same everywhere', () => {
  for (const { what, to, play, text, cause } of STORIES) {
    test(what, () => {
      const rig = play(master());
      const post = of(rig, 'post-webhook').find(({ body }) => body['to'] === to);
      const reason = String(post?.body['reason']);
      assert.match(reason, text);
      assert.deepEqual(post?.body['cause'], cause);
      const event = of(rig, 'event')
        .map((one) => one.event)
        .find((one) => one.type === 'transition' && one.to === to);
      assert.ok(event?.type === 'transition');
      assert.deepEqual(event.reason.cause, cause);
      assert.equal(event.reason.text, reason);
      const said = to === 'STOP' ? 'notice: (VI_1) Stopping;' : `notice: (VI_1) Entering ${to} STATE;`;
      const line = rig.lines.find((one) => one.includes(said));
      assert.ok(line?.endsWith(` reason: ${reason}`), line);
      const written = of(rig, 'write-fifo').find((one) => one.line.includes(` ${to} `))?.line;
      assert.equal(written, `INSTANCE "VI_1" ${to} 100 "${reason}"\n`);
      const mail = of(rig, 'send-mail').at(0);
      assert.ok(mail?.body.includes(`\nWhy:      ${reason}\n`), mail?.body);
      const [status] = rig.engine.status().instances;
      assert.equal(status?.reason.text, reason);
      assert.deepEqual(status?.reason.cause, cause);
      const dump = [...textDump({ configuration: rig.configuration, inspection: rig.engine.inspect() })].join(
        '',
      );
      assert.ok(dump.includes(`\n   Reason = ${reason}\n`), 'the dump');
    });
  }
});
