/** One session from its first packet to its last, by what the neighbour says and by silence. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeBfdControl } from '../../../src/wire/bfd-control.js';
import { configurationOf } from '../../support/configuration.js';
import { address, link } from '../../support/machine.js';
import { Rig } from '../rig.js';
import { keepAlive, packets, raised, sessionOf, started, withLines } from './rig-session.js';

const reload = (rig: Rig, lines: string): Rig =>
  rig.handle({ kind: 'reload', configuration: configurationOf(withLines(lines)) });

describe('coming up', () => {
  test('a session sends at once, slowly, and names nobody', () => {
    const rig = started();
    assert.deepEqual(packets(rig), ['Down mult 3 tx 1000 rx 10']);
    rig.take();
    rig.wait(0.74);
    assert.deepEqual(packets(rig), []);
    rig.wait(0.27);
    assert.deepEqual(packets(rig), ['Down mult 3 tx 1000 rx 10']);
  });
  test('Down is answered with Init at once, Init with Up and a Poll', () => {
    const rig = started();
    rig.take();
    rig.bfd('b', { yourDiscriminator: 0 });
    assert.equal(sessionOf(rig).state, 'Init');
    assert.deepEqual(packets(rig), ['Init mult 3 tx 1000 rx 10 knows']);
    rig.take();
    rig.bfd('b', { state: 'Up' });
    assert.equal(sessionOf(rig).state, 'Up');
    assert.deepEqual(packets(rig), ['Up P mult 3 tx 10 rx 10 knows']);
    assert.ok(rig.lines.some((line) => line.endsWith('(b) Entering Up state')));
    rig.take();
    // The Poll goes on until the neighbour's Final.
    rig.wait(0.009).wait(0.002);
    assert.deepEqual(packets(rig), ['Up P mult 3 tx 10 rx 10 knows']);
    rig.take();
    rig.bfd('b', { state: 'Up', final: true });
    rig.wait(0.011);
    assert.deepEqual(packets(rig), ['Up mult 3 tx 10 rx 10 knows']);
  });
  test('a passive one waits for the neighbour, and is silent again when it is gone', () => {
    const rig = started('passive');
    rig.wait(5);
    assert.deepEqual(packets(rig), []);
    rig.bfd('b', { yourDiscriminator: 0 });
    assert.deepEqual(packets(rig), ['Init mult 3 tx 1000 rx 10 knows']);
    rig.bfd('b', { state: 'Up', final: true });
    rig.take();
    rig.wait(10);
    assert.equal(sessionOf(rig).state, 'Down');
    assert.ok(
      packets(rig).every((line) => line.startsWith('Up')),
      packets(rig).join(),
    );
  });
});

describe('going down', () => {
  test('silence for the detection time: Down at once, diagnostic 1, and the neighbour is forgotten', () => {
    const rig = raised();
    rig.wait(0.0299);
    assert.equal(sessionOf(rig).state, 'Up');
    rig.take();
    rig.wait(0.0001);
    assert.equal(sessionOf(rig).state, 'Down');
    assert.deepEqual(packets(rig), ['Down diag 1 mult 3 tx 1000 rx 10']);
    assert.ok(
      rig.lines.some((line) => /Expired after 30 ms \(0 usec overdue\)/.test(line)),
      rig.lines.join('\n'),
    );
    assert.equal(sessionOf(rig).remote, undefined);
  });
  test('that the next deadline is such a loss can be asked, and no takeover of VRRP is one', () => {
    const rig = raised();
    assert.deepEqual([rig.engine.nextIsTakeover, rig.engine.nextIsLoss], [false, false]);
    // It wants a packet a second: behind the one that was planned none of ours comes before.
    rig.bfd('b', { state: 'Up', requiredMinRx: 1_000_000 }).wait(0.011);
    assert.deepEqual([rig.engine.nextIsTakeover, rig.engine.nextIsLoss], [true, true]);
    const router = new Rig('vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n}\n').start();
    assert.deepEqual([router.engine.nextIsTakeover, router.engine.nextIsLoss], [true, false]);
  });
  test('the detection time is the multiplier of the neighbour times the slower interval', () => {
    const rig = raised();
    rig.bfd('b', { state: 'Up', detectMultiplier: 7, desiredMinTx: 40_000 });
    assert.equal(sessionOf(rig).detectionTime, 280_000);
    const slow = raised('min_rx 90');
    assert.equal(sessionOf(slow).detectionTime, 270_000);
  });
  test('a neighbour that says Down: Down at once with diagnostic 3', () => {
    const rig = raised();
    rig.bfd('b', { state: 'Down' });
    assert.equal(sessionOf(rig).state, 'Down');
    assert.deepEqual(packets(rig), ['Down diag 3 mult 3 tx 1000 rx 10 knows']);
  });
  test('a stalled process hears what waits before it gives up, and says so', () => {
    const rig = raised();
    rig.stall(1);
    rig.bfd('b', { state: 'Up' });
    rig.handle({ kind: 'timeout' });
    assert.equal(sessionOf(rig).state, 'Up');
    assert.ok(rig.lines.some((line) => /this process was stalled/.test(line)));
    // Without a packet the loss counts, and is said to be late.
    rig.stall(1);
    rig.handle({ kind: 'timeout' });
    assert.equal(sessionOf(rig).state, 'Down');
    assert.ok(rig.lines.some((line) => /970000 usec overdue/.test(line)));
  });
  test('while packets of this neighbour are unread its loss waits; those of others hold nothing', () => {
    const rig = raised();
    rig.stall(1);
    rig.handle({ kind: 'timeout', held: ['bfd/ipv4/3784/10.0.0.2'] });
    assert.equal(sessionOf(rig).state, 'Up');
    rig.handle({ kind: 'timeout', held: ['bfd/ipv4/3784/10.0.0.3', '2/ipv4'] });
    assert.equal(sessionOf(rig).state, 'Down');
  });
});

describe('sending', () => {
  test('between 75 and 100 percent of the interval, never less, at random', () => {
    const rig = raised();
    const times: number[] = [];
    for (let n = 0; n < 300; n++) {
      rig.wait(0.01).bfd('b', { state: 'Up' });
      for (const line of rig.take()) if (line.includes(' bfd b ')) times.push(rig.time);
    }
    const sent = sessionOf(rig).counters.sent;
    // 3 s at 7.5 to 10 ms.
    assert.ok(sent >= 300 && sent <= 400, `${sent} packets`);
    assert.equal(new Set(times).size > 100, true);
  });
  test('which part of the interval it is comes from the entropy of the start', () => {
    const moments = [1, 2, 3].map((entropy) => {
      const rig = raised('', { entropy });
      const times: string[] = [];
      for (let n = 0; n < 20; n++) {
        rig.bfd('b', { state: 'Up' }).wait(0.01);
        times.push(...rig.take().map((line) => line.split(' ')[0] ?? ''));
      }
      return times.join(' ');
    });
    assert.equal(new Set(moments).size, 3);
  });
  test('the slower of what we want and what the neighbour can take', () => {
    const rig = raised();
    rig.bfd('b', { state: 'Up', requiredMinRx: 200_000 });
    assert.equal(sessionOf(rig).transmitInterval, 200_000);
    // A shorter one counts at once.
    rig.bfd('b', { state: 'Up', requiredMinRx: 10_000 });
    rig.take();
    rig.wait(0.0101);
    assert.equal(packets(rig).length, 1);
  });
  test('a neighbour that takes none, or demands silence, gets none until that changes', () => {
    const rig = raised();
    for (const changes of [{ requiredMinRx: 0 }, { demand: true }]) {
      rig.bfd('b', { state: 'Up', detectMultiplier: 255, ...changes });
      rig.take();
      rig.wait(0.5);
      assert.deepEqual(packets(rig), []);
      // A Poll is answered all the same.
      rig.bfd('b', { state: 'Up', detectMultiplier: 255, poll: true, ...changes });
      assert.deepEqual(packets(rig), ['Up F mult 3 tx 10 rx 10 knows']);
      rig.bfd('b', { state: 'Up' });
      rig.take();
      rig.wait(0.011);
      assert.equal(packets(rig).length, 1);
    }
  });
  test('Polls are answered at once, but a flood of them with one answer a millisecond', () => {
    const rig = raised();
    keepAlive(rig, 0.05);
    rig.take();
    for (let n = 0; n < 100; n++) {
      rig.bfd('b', { state: 'Up', poll: true });
      rig.wait(0.0001);
    }
    const finals = packets(rig).filter((line) => line.startsWith('Up F'));
    assert.ok(finals.length >= 8 && finals.length <= 12, `${finals.length} answers`);
  });
});

describe('timers changed while up', () => {
  test('slower sending waits for the Final', () => {
    const rig = raised();
    reload(rig, ' min_tx 100');
    assert.deepEqual(packets(rig), ['Up P mult 3 tx 100 rx 10 knows']);
    assert.equal(sessionOf(rig).transmitInterval, 10_000);
    rig.bfd('b', { state: 'Up', final: true });
    assert.equal(sessionOf(rig).transmitInterval, 100_000);
    assert.equal(sessionOf(rig).polling, false);
  });
  test('faster sending does not wait', () => {
    const rig = raised(' min_tx 100');
    reload(rig, ' min_tx 20');
    assert.equal(sessionOf(rig).transmitInterval, 20_000);
    assert.equal(sessionOf(rig).polling, true);
  });
  test('listening for a shorter time waits for the Final, for a longer one not', () => {
    const rig = raised(' min_rx 100');
    assert.equal(sessionOf(rig).detectionTime, 300_000);
    reload(rig, ' min_rx 20');
    assert.equal(sessionOf(rig).detectionTime, 300_000);
    rig.bfd('b', { state: 'Up', final: true });
    assert.equal(sessionOf(rig).detectionTime, 60_000);
    reload(rig, ' min_rx 50');
    assert.equal(sessionOf(rig).detectionTime, 150_000);
  });
  test('another multiplier needs no Poll', () => {
    const rig = raised();
    const text = withLines('').replace('multiplier 3', 'multiplier 9');
    rig.handle({ kind: 'reload', configuration: configurationOf(text) });
    assert.equal(sessionOf(rig).polling, false);
    rig.wait(0.011);
    assert.deepEqual(packets(rig), ['Up mult 9 tx 10 rx 10 knows']);
  });
  test('a neighbour that changes its timers is followed at once, and its Poll answered', () => {
    const rig = raised();
    keepAlive(rig, 0.02);
    rig.take();
    rig.bfd('b', { state: 'Up', poll: true, desiredMinTx: 20_000, detectMultiplier: 5 });
    assert.equal(sessionOf(rig).detectionTime, 100_000);
    rig.wait(0.001);
    assert.ok(packets(rig).includes('Up F mult 3 tx 10 rx 10 knows'), packets(rig).join());
  });
});

describe('reload and stop', () => {
  test('a reload of the same file leaves a session up, with its discriminator and its port', () => {
    const rig = raised();
    const before = sessionOf(rig);
    rig.handle({ kind: 'reload', configuration: rig.configuration });
    const { state, discriminator, sourcePort } = sessionOf(rig);
    assert.deepEqual([state, discriminator, sourcePort], ['Up', before.discriminator, before.sourcePort]);
    assert.deepEqual(packets(rig), []);
    assert.equal(
      rig.lines.some((line) => /open bfd|hear|close bfd/.test(line)),
      false,
    );
  });
  test('a stop says AdminDown, again and again, until the neighbour has heard', () => {
    const rig = raised();
    rig.handle({ kind: 'stop', reason: 'SIGTERM' });
    assert.deepEqual(packets(rig), ['AdminDown diag 7 mult 3 tx 1000 rx 10 knows']);
    assert.equal(rig.lines.at(-1)?.endsWith('stopped'), false);
    rig.take();
    rig.wait(0.011);
    assert.deepEqual(packets(rig), ['AdminDown diag 7 mult 3 tx 1000 rx 10 knows']);
    rig.bfd('b', { state: 'Down', diagnostic: 3 });
    assert.equal(rig.lines.at(-1)?.endsWith('stopped'), true);
  });
  test('a stop does not wait longer than the neighbour waits for us', () => {
    const rig = raised();
    rig.handle({ kind: 'stop', reason: 'SIGTERM' });
    rig.wait(0.05);
    assert.equal(rig.lines.at(-1)?.endsWith('stopped'), true);
    const idle = started();
    idle.handle({ kind: 'stop', reason: 'SIGTERM' });
    assert.equal(idle.lines.at(-1)?.endsWith('stopped'), true);
  });
  test('a removed session says AdminDown, closes, and its port is heard no more', () => {
    const rig = raised();
    rig.handle({
      kind: 'reload',
      configuration: { ...rig.configuration, bfdInstances: [], hash: 'without' },
    });
    assert.deepEqual(packets(rig), ['AdminDown diag 7 mult 3 tx 1000 rx 10 knows']);
    rig.wait(0.05);
    assert.ok(rig.lines.some((line) => line.endsWith('close bfd b')));
    assert.ok(rig.lines.some((line) => line.endsWith('hear no more bfd/ipv4/3784')));
    assert.equal(rig.engine.status().bfd, undefined);
  });
  test('a reload of the same file goes on with the numbers of its authentication', () => {
    const rig = started('auth_type meticulous_sha1\n auth_key 1 secret');
    const numbers = (): number[] =>
      rig.effects.flatMap((effect) => {
        const read = effect.kind === 'send-bfd' ? decodeBfdControl(effect.bytes) : undefined;
        const section = read?.ok ? read.value.authentication : undefined;
        return section && 'sequence' in section ? [section.sequence] : [];
      });
    rig.handle({
      kind: 'reload',
      configuration: configurationOf(withLines('auth_type meticulous_sha1\n auth_key 1 secret')),
    });
    rig.wait(1);
    const [first = 0, second] = numbers();
    assert.equal(second, (first + 1) % 2 ** 32);
  });
  test('another TTL opens another socket, and the session stays', () => {
    const rig = raised();
    reload(rig, ' ttl 200');
    assert.ok(rig.lines.some((line) => line.endsWith('open bfd 10.0.0.1 > 10.0.0.2 port 3784 ttl 200')));
    assert.equal(sessionOf(rig).state, 'Up');
  });
});

describe('sockets', () => {
  const busy = { code: 'EADDRINUSE', message: 'taken' };
  const opened = (rig: Rig): string[] => rig.lines.filter((line) => / open bfd /.test(line));

  test('source ports and discriminators come from the entropy of the start', () => {
    const ends = [1, 2, 3].map((entropy) => {
      const { sourcePort, discriminator } = sessionOf(started('', { entropy }));
      assert.ok(sourcePort >= 49152 && sourcePort <= 65535);
      assert.notEqual(discriminator, 0);
      return `${sourcePort} ${discriminator}`;
    });
    assert.equal(new Set(ends).size, 3);
  });
  test('packets leave by the socket that was opened for them', () => {
    const { effects } = started();
    const opened = effects.flatMap((effect) => (effect.kind === 'open-bfd' ? effect.path.session : []));
    const sent = effects.flatMap((effect) => (effect.kind === 'send-bfd' ? effect.session : []));
    assert.equal(opened.length, 1);
    assert.deepEqual(sent, opened);
  });
  test('a taken port is replaced by another, and not for ever', () => {
    const rig = new Rig(withLines(''));
    let first: number | undefined;
    rig.bfdRefusal = (port) => {
      first ??= port;
      return port === first ? busy : undefined;
    };
    rig.start();
    assert.equal(opened(rig).length, 2);
    assert.notEqual(sessionOf(rig).sourcePort, first);
    assert.equal(packets(rig).length, 1);
    const never = new Rig(withLines(''));
    never.bfdRefusal = () => busy;
    never.start();
    assert.equal(opened(never).length, 16);
    assert.equal(sessionOf(never).fault?.code, 'EADDRINUSE');
  });
  test('what the kernel refuses is said once, tried again, and at once when an address comes', () => {
    const rig = new Rig(withLines(''));
    rig.bfdRefusal = () => ({ code: 'EADDRNOTAVAIL', message: 'the address is not on this machine' });
    rig.start();
    assert.deepEqual(packets(rig), []);
    rig.wait(11);
    assert.equal(opened(rig).length, 3);
    assert.equal(rig.lines.filter((line) => /cannot send/.test(line)).length, 1);
    rig.bfdRefusal = undefined;
    rig.take();
    rig.addAddress(address(2, '10.0.0.9', 24));
    assert.equal(packets(rig).length, 1);
    assert.equal(sessionOf(rig).fault, undefined);
  });
  test('a link-local session waits for its interface, and follows it', () => {
    const rig = new Rig('bfd_instance b {\n neighbor_ip fe80::2%eth7\n hoplimit 255\n}\n').start();
    assert.equal(sessionOf(rig).fault?.code, 'ENODEV');
    assert.deepEqual([packets(rig), opened(rig)], [[], []]);
    rig.links.set('eth7', link(7, 'eth7'));
    rig.setLink('eth7', {});
    assert.equal(sessionOf(rig).fault, undefined);
    assert.ok(opened(rig).at(-1)?.endsWith('ttl 255 dev eth7'));
    assert.equal(packets(rig).length, 1);
    rig.bfd('b', { state: 'Init', device: 'eth7' });
    assert.equal(sessionOf(rig).state, 'Up');
    // Taken away and made again it has another number.
    rig.take();
    rig.setLink('eth7', { index: 8 });
    assert.equal(opened(rig).length, 1);
    rig.bfd('b', { state: 'Up', device: 'eth7' });
    assert.equal(sessionOf(rig).counters.address, 0);
  });
  test('a port that somebody else has is said and tried again', () => {
    const rig = started();
    rig.handle({ kind: 'bfd-listening', listener: 'bfd/ipv4/3784', error: busy });
    assert.ok(rig.lines.some((line) => /does another BFD daemon run here\?/.test(line)));
    rig.take();
    rig.wait(5);
    assert.ok(rig.lines.some((line) => /hear bfd\/ipv4\/3784 from 10.0.0.2$/.test(line)));
    assert.ok(rig.lines.some((line) => /BFD hears on UDP port 3784/.test(line)));
  });
  test('a packet that could not be sent is counted and said once', () => {
    const rig = started();
    const session = `b/${sessionOf(rig).discriminator}`;
    const error = { code: 'ENETUNREACH', message: 'sending: no route to that network' };
    for (let n = 0; n < 3; n++) rig.handle({ kind: 'bfd-send-failed', session, error });
    assert.equal(sessionOf(rig).counters.sendErrors, 3);
    assert.equal(rig.lines.filter((line) => /could not send/.test(line)).length, 1);
  });
});
