/**
 * Who is told of what by FIFO, mail and webhook, in which order and how often. Directives-vrrp section 11, runtime
 * reference section 12; timelines 12, 16 and 22.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Effect } from '../../../src/core/effects.js';
import { configurationOf } from '../../support/configuration.js';
import { Rig } from '../rig.js';
import { pair, single } from '../texts.js';

type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>;
const of = <K extends Effect['kind']>(rig: Rig, kind: K): Of<K>[] =>
  rig.effects.filter((effect): effect is Of<K> => effect.kind === kind);
const written = (rig: Rig, fifo = 'all'): string[] =>
  of(rig, 'write-fifo').flatMap((one) => (one.fifo === fifo ? [one.line.trimEnd()] : []));

const globals = (text: string): string => `global_defs {\n${text}\n}\n`;
const FIFO = globals('notify_fifo /run/all.fifo\nvrrp_notify_fifo /run/vrrp.fifo');
const MAIL = globals(
  'smtp_server 127.0.0.1 25\nnotification_email { a@example.net }\nrouter_id lb1\nsmtp_alert',
);

describe('notify FIFOs', () => {
  test('are opened at the start, before anything is written', () => {
    const rig = new Rig(FIFO + single()).start();
    const kinds = rig.effects.map(({ kind }) => kind).filter((kind) => kind.endsWith('-fifo'));
    assert.deepEqual(kinds.slice(0, 2), ['open-fifo', 'open-fifo']);
    assert.deepEqual(
      of(rig, 'open-fifo').map(({ fifo, settings }) => [fifo, settings.path]),
      [
        ['all', '/run/all.fifo'],
        ['vrrp', '/run/vrrp.fifo'],
      ],
    );
  });

  test('have a line for each state, in the form that readers parse', () => {
    const rig = new Rig(FIFO + single()).start().wait(4);
    assert.deepEqual(written(rig), ['INSTANCE "VI_1" BACKUP 100', 'INSTANCE "VI_1" MASTER 100']);
    assert.deepEqual(written(rig, 'vrrp'), written(rig));
    rig.handle({ kind: 'stop', reason: 'a test' });
    assert.equal(written(rig).at(-1), 'INSTANCE "VI_1" STOP 100');
  });

  test('name groups, with priority 0, after their members', () => {
    const rig = new Rig(FIFO + pair()).start().wait(5);
    const masters = written(rig).filter((line) => line.includes('MASTER'));
    assert.match(masters.at(-1) ?? '', /^GROUP "\w+" MASTER 0$/);
    assert.equal(masters.length, 3);
  });

  test('come after the scripts of the same transition and before mail', () => {
    const rig = new Rig(
      globals(
        'notify_fifo /run/f\nsmtp_server 127.0.0.1\nnotification_email { a@b.c }\nsmtp_alert\nnotify_url http://h/',
      ) + single('notify_master /bin/true'),
    ).start();
    rig.take();
    rig.wait(4);
    const order = rig.effects
      .map(({ kind }) => kind)
      .filter((kind) => ['run-notify', 'write-fifo', 'send-mail', 'post-webhook'].includes(kind));
    assert.deepEqual(order.slice(0, 4), ['run-notify', 'write-fifo', 'send-mail', 'post-webhook']);
  });

  test('hear of priorities only where that is asked for', () => {
    const tracked = (more: string): Rig =>
      new Rig(
        `${FIFO}vrrp_track_process p {\nprocess httpd\nweight 10\n}\n${single(`track_process {\np\n}\n${more}`)}`,
      )
        .start()
        .processes('p', 1);
    assert.ok(!written(tracked('')).some((line) => line.includes('PRIORITY')));
    const told = tracked('notify_priority_changes');
    assert.equal(written(told).at(-1), 'INSTANCE "VI_1" BACKUP_PRIORITY 110');
    told.wait(4).processes('p', 0);
    assert.equal(written(told).at(-1), 'INSTANCE "VI_1" MASTER_PRIORITY 100');
  });

  test('say why where that is asked for, in one line whatever the reason holds', () => {
    const rig = new Rig(globals('notify_fifo /run/f\nfifo_write_reasons') + single()).start().wait(4);
    assert.deepEqual(written(rig), [
      'INSTANCE "VI_1" BACKUP 100 "start"',
      'INSTANCE "VI_1" MASTER 100 "no advert for 3.609s"',
    ]);
    const checked = single('track_script {\n web\n }', 'vrrp_script web {\n script /bin/web\n }');
    const output = 'say "no"\n';
    const failed = new Rig(globals('notify_fifo /run/f\nfifo_write_reasons') + checked)
      .start()
      .check('web', { kind: 'exit', code: 1, output });
    assert.equal(
      written(failed).at(-1),
      `INSTANCE "VI_1" FAULT 100 "script web is down (exit code 1: say 'no')"`,
    );
    const error = { code: 'EIO', message: 'one\ntwo' };
    const broken = new Rig(globals('notify_fifo /run/f\nfifo_write_reasons') + checked)
      .start()
      .check('web', { kind: 'failed', error });
    assert.equal(written(broken).at(-1), `INSTANCE "VI_1" FAULT 100 "script web is down (one'two)"`);
  });

  test('stay open over a reload that leaves them alone, and are replaced by others', () => {
    const rig = new Rig(FIFO + single()).start().wait(4);
    rig.take();
    rig.handle({ kind: 'reload', configuration: configurationOf(FIFO + single()) });
    assert.deepEqual([...of(rig, 'open-fifo'), ...of(rig, 'close-fifo'), ...of(rig, 'write-fifo')], []);
    const other = globals('notify_fifo /run/other.fifo\nvrrp_notify_fifo /run/vrrp.fifo');
    rig.handle({ kind: 'reload', configuration: configurationOf(other + single()) });
    assert.deepEqual(
      of(rig, 'close-fifo').map(({ fifo }) => fifo),
      ['all'],
    );
    assert.deepEqual(
      of(rig, 'open-fifo').map(({ settings }) => settings.path),
      ['/run/other.fifo'],
    );
  });

  test('get all states again after a reload, or for a new reader, where that is asked for', () => {
    const again = (word: string): Rig => {
      const rig = new Rig(globals(`notify_fifo /run/f\n${word}`) + single()).start().wait(4);
      rig.take();
      return rig;
    };
    const configuration = (word: string) =>
      configurationOf(globals(`notify_fifo /run/f\n${word}`) + single());
    const line = ['INSTANCE "VI_1" MASTER 100'];
    for (const [word, onReload, onReader] of [
      ['', [], []],
      ['fifo_write_vrrp_states_on_reload', line, []],
      ['fifo_write_states_to_readers', [], line],
    ] as const) {
      const reloaded = again(word).handle({ kind: 'reload', configuration: configuration(word) });
      assert.deepEqual(written(reloaded), onReload, `${word} at a reload`);
      const read = again(word).handle({ kind: 'fifo-reader', fifo: 'all' });
      assert.deepEqual(written(read), onReader, `${word} for a reader`);
    }
  });
});

describe('mail', () => {
  test('has a subject in the usual shape and says why', () => {
    const rig = new Rig(MAIL + single()).start().wait(4);
    const mails = of(rig, 'send-mail');
    assert.deepEqual(
      mails.map(({ subject, router, to }) => [router, subject, to]),
      [
        ['lb1', 'VRRP Instance VI_1 - Entering BACKUP state', ['a@example.net']],
        ['lb1', 'VRRP Instance VI_1 - Entering MASTER state', ['a@example.net']],
      ],
    );
    assert.match(mails[1]?.body ?? '', /^Why: +no advert for 3\.609s$/m);
    const [, since] = /^Since: +(.*) UTC$/m.exec(mails[1]?.body ?? '') ?? [];
    const entered = of(rig, 'event')
      .map(({ event }) => event)
      .find((event) => event.type === 'transition' && event.to === 'MASTER');
    assert.equal(Date.parse(`${since}Z`), Math.floor((entered?.wall ?? 0) / 1e6) * 1000);
  });

  test('is not sent without a server, without recipients, or where smtp_alert is off', () => {
    for (const text of [
      globals('notification_email { a@b.c }\nsmtp_alert') + single(),
      globals('smtp_server 127.0.0.1\nsmtp_alert') + single(),
      globals('smtp_server 127.0.0.1\nnotification_email { a@b.c }') + single(),
      MAIL + single('smtp_alert off'),
    ])
      assert.deepEqual(of(new Rig(text).start().wait(4), 'send-mail'), [], text);
  });

  test('of FAULT is left out with no_email_faults', () => {
    const fault = (more: string): string[] => {
      const rig = new Rig(MAIL.replace('smtp_alert', `smtp_alert\n${more}`) + single()).start();
      rig.setLink('eth0', { running: false });
      return of(rig, 'send-mail').map(({ subject }) => subject.replace(/.* - /, ''));
    };
    assert.deepEqual(fault(''), ['Entering BACKUP state', 'Entering FAULT state']);
    assert.deepEqual(fault('no_email_faults'), ['Entering BACKUP state']);
  });

  test('tells each state once, also when a group comes back to it unseen (timeline 12)', () => {
    const rig = new Rig(MAIL + pair()).start().wait(5);
    rig.take();
    rig.deleteAddress('10.0.0.100').wait(4);
    const group = of(rig, 'send-mail').filter(({ subject }) => subject.startsWith('VRRP Group'));
    assert.deepEqual(group, []);
  });
});

test('a mail shows what the script wrote that moved us, also through a sync group', () => {
  const text =
    MAIL + pair('', 'track_script {\n web\n }', 'vrrp_script web {\n script /bin/web\n fall 1\n }');
  const rig = new Rig(text).start();
  rig.check('web', 0).wait(1);
  rig.take();
  rig.check('web', { kind: 'exit', code: 7, output: 'trying\ncurl: (7) refused\n' });
  const bodies = of(rig, 'send-mail').map(({ subject, body }) => [subject, body] as const);
  assert.ok(bodies.length >= 3, 'two members and their group');
  for (const [subject, body] of bodies)
    assert.match(body, /Its output ends with:\n {2}trying\n {2}curl: \(7\) refused\n/, subject);
});

describe('webhooks', () => {
  test('of the whole, of an instance and of a group each hear what concerns them', () => {
    const text =
      globals('notify_url https://all.example/ secret s\nrouter_id lb1') +
      single('notify_url http://one.example/x');
    const posts = of(new Rig(text).start().wait(4), 'post-webhook');
    assert.deepEqual(
      posts.map(({ webhook, body }) => [webhook.url, body['to']]),
      [
        ['https://all.example/', 'BACKUP'],
        ['http://one.example/x', 'BACKUP'],
        ['https://all.example/', 'MASTER'],
        ['http://one.example/x', 'MASTER'],
      ],
    );
    const { time, ...body } = posts[2]?.body ?? {};
    assert.equal(typeof time, 'number');
    assert.deepEqual(body, {
      layout: 1,
      event: 'transition',
      type: 'INSTANCE',
      name: 'VI_1',
      from: 'BACKUP',
      to: 'MASTER',
      priority: 100,
      reason: 'no advert for 3.609s',
      code: 'master-down',
      cause: { kind: 'silence', milliseconds: 3609 },
    });
  });
});
