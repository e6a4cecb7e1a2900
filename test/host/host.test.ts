/** The host as a whole: the order of one turn's effects, and each kind of effect answered through drain. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { milliseconds, ZERO } from '../../src/base/time.js';
import { EffectRunner } from '../../src/host/effect-runner.js';
import { InputQueue } from '../../src/host/input-queue.js';
import type { HostEffect } from '../../src/ports/ports.js';
import { advert, channel, ip, Rig } from './rig.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-host-'));
after(() => rmSync(folder, { recursive: true }));

const command = (text: string) => ({ argv: ['/bin/sh', '-c', text] as [string, ...string[]] });

test('a turn goes by stages: adverts, addresses, announcements, then the rest, each in order', () => {
  const done: string[] = [];
  const runner = new EffectRunner({
    bfd: { run: ({ kind }) => done.push(kind) },
    packets: {
      open: ({ id }) => done.push(`open ${id}`),
      close: (id) => done.push(`close ${id}`),
      sendAdverts: (adverts) => done.push(`adverts ${adverts.map(({ instance }) => instance).join(' ')}`),
      sendFrames: (frames) => done.push(`frames ${frames.length}`),
    },
    firewall: { apply: ({ request }) => done.push(`firewall ${request}`) },
    netlink: {
      addresses: (request) => done.push(`apply ${request}`),
      routes: (request) => done.push(`apply routes ${request}`),
      sizeBuffer: (size) => done.push(`answers ${size?.bytes}`),
    },
    events: {
      watchRouting: ({ routes }) => done.push(`watch routes ${routes}`),
      sizeBuffer: (size) => done.push(`events ${size?.bytes}`),
    },
    scripts: {
      check: ({ script }) => done.push(`check ${script}`),
      cancel: (script) => done.push(`cancel ${script}`),
      notify: ({ run }) => done.push(`notify ${run}`),
    },
    processes: {
      watch: ({ name }) => done.push(`watch ${name}`),
      unwatch: (name) => done.push(`unwatch ${name}`),
      sizeBuffer: (size) => done.push(`processes ${size?.bytes}`),
    },
    fifos: {
      open: ({ fifo }) => done.push(`open fifo ${fifo}`),
      write: (fifo, line) => done.push(`${fifo}: ${line}`),
      close: (fifo) => done.push(`close fifo ${fifo}`),
    },
    courier: { deliver: ({ kind }) => done.push(kind) },
    links: { apply: (request) => done.push(`links ${request}`) },
    sysctls: { apply: (request) => done.push(`sysctls ${request}`) },
    linkbeat: { watch: (name) => done.push(`poll ${name}`), unwatch: (name) => done.push(`leave ${name}`) },
    files: {
      watch: (tracker, path) => done.push(`watch ${tracker} ${path}`),
      unwatch: (tracker) => done.push(`unwatch ${tracker}`),
    },
  });
  const frame: HostEffect = {
    kind: 'send-frame',
    interfaceIndex: 1,
    etherType: 0x0806,
    destination: 'ff:ff:ff:ff:ff:ff',
    bytes: new Uint8Array(28),
  };
  const apply = (request: number): HostEffect => ({ kind: 'apply-addresses', request, operations: [] });
  runner.run([
    { kind: 'run-notify', run: 1, command: command('') },
    frame,
    apply(1),
    { kind: 'open-channel', channel: channel(3, [1]) },
    advert('3/ipv4', 1),
    { kind: 'cancel-check', script: 's' },
    advert('3/ipv4', 2),
    frame,
    { kind: 'close-channel', channel: '3/ipv4' },
    advert('4/ipv4', 3),
    apply(2),
    { kind: 'watch-file', tracker: 'f', path: '/f' },
    { kind: 'unwatch-process', tracker: 'p' },
    { kind: 'size-buffers', sizes: { events: { bytes: 7, force: false } } },
  ]);
  assert.deepEqual(done, [
    'open 3/ipv4',
    'adverts VI_1 VI_2',
    'close 3/ipv4',
    'answers undefined',
    'events 7',
    'processes undefined',
    'adverts VI_3',
    'apply 1',
    'apply 2',
    'frames 2',
    'notify 1',
    'cancel s',
    'watch f /f',
    'unwatch p',
  ]);
});

test('what is pushed while inputs are fed waits for the next turn', () => {
  const queue = new InputQueue();
  const fed: string[] = [];
  queue.push({ kind: 'stop', reason: 'one' });
  queue.drain((input) => {
    if (input.kind === 'stop') fed.push(input.reason);
    queue.push({ kind: 'stop', reason: 'two' });
  });
  assert.deepEqual(fed, ['one']);
  let wakes = 0;
  // What waited before anybody listened is not forgotten.
  return new Promise<void>((done) => {
    queue.onWake(() => {
      wakes += 1;
      queue.drain((input) => {
        if (input.kind === 'stop') fed.push(input.reason);
      });
      assert.deepEqual(fed, ['one', 'two']);
      assert.equal(wakes, 1);
      queue.onWake(undefined);
      done();
    });
  });
});

test('every kind of tracker and script is answered', async () => {
  const rig = Rig.create(undefined, { expectScripts: true, processSources: ['pidfd'] });
  const file = join(folder, 'file');
  writeFileSync(file, '42\n');
  rig.run(
    { kind: 'run-check', script: 's', command: command('exit 3'), timeout: milliseconds(9000) },
    { kind: 'run-notify', run: 5, command: command('echo hello') },
    { kind: 'watch-file', tracker: 'f', path: file },
    {
      kind: 'watch-process',
      tracker: {
        name: 'p',
        process: 'no-such-process',
        parameters: [],
        match: 'name',
        quorum: 1,
        weight: 0,
        reverse: false,
        forkDelay: ZERO,
        terminateDelay: ZERO,
      },
    },
  );
  assert.deepEqual((await rig.next('check-finished')).outcome, { kind: 'exit', code: 3 });
  assert.deepEqual((await rig.next('notify-finished')).outcome, { kind: 'exit', code: 0, output: 'hello\n' });
  assert.equal((await rig.next('file-content')).content, '42\n');
  const counted = await rig.next('process-count');
  assert.equal(counted.count, 0);
  assert.equal(counted.source, 'pidfd');
  rig.run({ kind: 'send-advert', ...adverting, channel: '1/ipv4' });
  assert.equal((await rig.next('send-failed')).instance, 'VI_1');
  await rig.host.close();
  await rig.host.close();
});

const adverting = {
  instance: 'VI_1',
  source: ip('127.0.0.1'),
  destination: ip('127.0.0.1'),
  bytes: new Uint8Array(20),
};

test("what chance begins with is the kernel's, and never the same again", async () => {
  const hosts = [Rig.create(), Rig.create()];
  const drawn: (number | undefined)[] = [];
  for (const { host } of hosts) for (let n = 0; n < 8; n++) drawn.push((await host.inventory()).entropy);
  assert.equal(new Set(drawn).size, 16);
  for (const number of drawn) assert.ok(Number.isSafeInteger(number) && (number ?? -1) >= 0, `${number}`);
  // 48 bits: all of them are used.
  assert.ok(Math.max(...drawn.map((number) => number ?? 0)) > 2 ** 40);
  for (const { host } of hosts) await host.close();
});
