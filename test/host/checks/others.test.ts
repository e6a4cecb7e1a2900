/** SMTP_CHECK, DNS_CHECK, UDP_CHECK, PING_CHECK: dialogues, bytes, strangers and servers that mean no good. */
import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { after, describe, test } from 'node:test';
import dnsPacket from 'dns-packet';
import type { IpAddress } from '../../../src/base/ip-address.js';
import { MAX_DNS_ANSWER } from '../../../src/base/limits.js';
import { seconds } from '../../../src/base/time.js';
import type { DnsType, UdpCheckSettings } from '../../../src/config/model-lvs.js';
import { DNS_TYPES } from '../../../src/config/model-lvs.js';
import type { CheckVerdict, ProbeSettings } from '../../../src/core/health/check.js';
import { dnsQuery, judgeDnsAnswer } from '../../../src/host/checks/dns.js';
import { udpReplyFits } from '../../../src/host/checks/udp.js';
import * as k from '../../../src/host/linux/constants.js';
import { closeFd, openSocket } from '../../../src/host/linux/fd.js';
import { allocateArena, recv } from '../../../src/host/linux/libc.js';
import { rootMissing } from '../rig.js';
import { BRIEFLY, Checks, descriptors, LOOPBACK, noLeak, serve, TIMING, target, wordOf } from './rig.js';

const checks = new Checks();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('SMTP_CHECK', () => {
  const smtp = (port: number, heloName = 'smtpchecker.keepalived.org', patience = {}): ProbeSettings => ({
    kind: 'SMTP_CHECK',
    ...TIMING,
    target: target(port, patience),
    heloName,
  });
  /** Says each line in turn: at once, and then after each of ours. */
  const mailServer = (...lines: (string | undefined)[]) =>
    serve((socket) => {
      const [first, ...rest] = lines;
      if (first !== undefined) socket.write(first);
      socket.on('data', () => {
        const line = rest.shift();
        if (line !== undefined) socket.write(line);
      });
      socket.on('end', () => socket.end());
    });
  const judged = async (patience: object, lines: (string | undefined)[]): Promise<unknown> => {
    const { port } = await mailServer(...lines);
    const verdict = await checks.check(smtp(port, undefined, patience));
    return verdict.kind === 'bad' ? verdict.reason : verdict.kind;
  };
  const reasonOf = (...lines: string[]): Promise<unknown> => judged({}, lines);
  /** It says nothing more. */
  const silentAfter = (...lines: (string | undefined)[]): Promise<unknown> => judged(BRIEFLY, lines);

  test('greeting, HELO, QUIT, and any answer to that', async () => {
    const { port, heard } = await mailServer('220 mail ESMTP\r\n', '250 hello\r\n', '554 no\r\n');
    const verdict = await checks.check(smtp(port));
    assert.equal(verdict.kind === 'good' && verdict.detail, '554 no');
    assert.equal(heard[0], 'HELO smtpchecker.keepalived.org\r\nQUIT\r\n');
    await checks.check(smtp(port, 'me.example.com'));
    assert.match(heard[1] ?? '', /^HELO me\.example\.com\r\n/);
  });

  test('other codes, several lines and what is no SMTP are failures', async () => {
    assert.deepEqual(await reasonOf('554 busy\r\n'), {
      kind: 'smtp-reply',
      to: 'greeting',
      line: '554 busy',
    });
    assert.deepEqual(await reasonOf('220-one\r\n220 two\r\n'), {
      kind: 'smtp-reply',
      to: 'greeting',
      line: '220-one',
    });
    assert.deepEqual(await reasonOf('2200 mail\r\n'), {
      kind: 'smtp-reply',
      to: 'greeting',
      line: '2200 mail',
    });
    assert.deepEqual(await reasonOf('220 a\r\n', '250-b\r\n250 c\r\n'), {
      kind: 'smtp-reply',
      to: 'HELO',
      line: '250-b',
    });
    assert.equal(await reasonOf('220\n', '250\r\n', '221\r\n'), 'good');
  });

  test('silence at every step, lines without end, and a server that leaves', async () => {
    const silent = { kind: 'timeout', waiting: 'reply' };
    assert.deepEqual(await silentAfter(undefined), silent);
    assert.deepEqual(await silentAfter('220 a\r\n'), silent);
    assert.deepEqual(await silentAfter('220 a\r\n', '250 b\r\n'), silent);
    assert.equal(wordOf(await checks.check(smtp((await endless()).port))), 'endless');
    const trickle = await serve((socket) => {
      const timer = setInterval(() => socket.write('2'), 20);
      for (const end of ['close', 'error']) socket.on(end, () => clearInterval(timer));
    });
    assert.equal(wordOf(await checks.check(smtp(trickle.port, undefined, BRIEFLY))), 'timeout');
    const leaves = await serve((socket) => socket.end('220 a'));
    assert.equal(wordOf(await checks.check(smtp(leaves.port))), 'no-data');
  });

  const endless = () =>
    serve((socket) => {
      const piece = '2'.repeat(64 * 1024);
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', more);
      more();
    });
});

/** A server for datagrams on loopback. */
const sockets = new Set<UdpSocket>();
after(() => {
  for (const socket of sockets) socket.close();
});
async function datagrams(
  answer: (message: Buffer, from: RemoteInfo, socket: UdpSocket) => void,
): Promise<{ port: number; heard: string[] }> {
  const socket = createSocket('udp4');
  sockets.add(socket);
  const heard: string[] = [];
  socket.on('message', (message, from) => {
    heard.push(message.toString('hex'));
    answer(message, from, socket);
  });
  await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound));
  return { port: socket.address().port, heard };
}
/** A port where no datagram is wanted. */
async function deafPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound));
  const { port } = socket.address();
  await new Promise<void>((closed) => socket.close(closed));
  return port;
}

describe('DNS_CHECK', () => {
  const dns = (port: number, type: DnsType = 'SOA', name = '', patience = {}): ProbeSettings => ({
    kind: 'DNS_CHECK',
    ...TIMING,
    target: target(port, patience),
    type,
    name,
  });
  const verdictOf = async (
    answer: (query: Buffer) => readonly Uint8Array[],
    patience = {},
  ): Promise<CheckVerdict> => {
    const { port } = await datagrams((query, from, socket) => {
      for (const bytes of answer(query)) socket.send(bytes, from.port, from.address);
    });
    return checks.check(dns(port, 'A', 'www.example.com', patience));
  };
  /** The question with other flags and, behind it, more. */
  const echo = (query: Buffer, flags: number, counts = [1, 0, 0, 0], more = ''): Buffer => {
    const bytes = Buffer.concat([query, Buffer.from(more, 'hex')]);
    bytes.writeUInt16BE(flags, 2);
    for (const [at, count] of counts.entries()) bytes.writeUInt16BE(count, 4 + 2 * at);
    return bytes;
  };

  test('the bytes of a question are those of Keepalived', async () => {
    assert.equal(hex(dnsQuery({ type: 'SOA', name: '' }, 0x1234)), '12340100000100000000000000' + '00060001');
    const name = '03777777076578616d706c6503636f6d00';
    const types: Record<DnsType, string> = {
      A: '0001',
      NS: '0002',
      CNAME: '0005',
      SOA: '0006',
      MX: '000f',
      TXT: '0010',
      AAAA: '001c',
      RRSIG: '002e',
      DNSKEY: '0030',
    };
    for (const type of DNS_TYPES)
      assert.equal(
        hex(dnsQuery({ type, name: 'www.example.com' }, 0)),
        `000001000001000000000000${name}${types[type]}0001`,
      );
    const { port, heard } = await datagrams((query, from, socket) =>
      socket.send(echo(query, 0x8180), from.port, from.address),
    );
    assert.equal(wordOf(await checks.check(dns(port))), 'good');
    assert.match(heard[0] ?? '', /^.{4}01000001000000000000000006/);
  });

  test('an answer with records is read; one in other letters is the same', async () => {
    const full = await verdictOf((query) => [
      dnsPacket.encode({
        ...dnsPacket.decode(query),
        type: 'response',
        answers: [{ type: 'A', name: 'www.example.com', data: '10.0.0.1' }],
      }),
    ]);
    assert.equal(wordOf(full), 'good');
    const upper = await verdictOf((query) => [
      Buffer.from(echo(query, 0x8180).toString('latin1').replace('example', 'eXaMpLe'), 'latin1'),
    ]);
    assert.equal(wordOf(upper), 'good');
  });

  test('an error code fails at once, also without the question', async () => {
    const refused = await verdictOf((query) => [echo(query, 0x8185)]);
    assert.deepEqual(refused.kind === 'bad' && refused.reason, { kind: 'dns-code', code: 5 });
    const bare = await verdictOf((query) => [echo(query, 0x8181, [0, 0, 0, 0]).subarray(0, 12)]);
    assert.deepEqual(bare.kind === 'bad' && bare.reason, { kind: 'dns-code', code: 1 });
  });

  test('what is not our answer is waited past', async () => {
    const other = (query: Buffer): Buffer => {
      const bytes = echo(query, 0x8180);
      bytes.writeUInt16BE(query.readUInt16BE(0) ^ 1, 0);
      return bytes;
    };
    const another = (query: Buffer): Buffer => {
      const [question] = dnsPacket.decode(query).questions ?? [];
      return dnsPacket.encode({
        type: 'response',
        id: query.readUInt16BE(0),
        questions: [{ ...question, type: 'A', name: 'www.example.net' }],
      });
    };
    for (const strange of [
      other,
      another,
      (query: Buffer) => echo(query, 0x0100),
      () => Buffer.alloc(0),
      () => Buffer.from('0102030405', 'hex'),
    ]) {
      assert.equal(wordOf(await verdictOf((query) => [strange(query)], BRIEFLY)), 'timeout');
      assert.equal(wordOf(await verdictOf((query) => [strange(query), echo(query, 0x8180)])), 'good');
    }
  });

  test('cut short with TC is an answer, cut short without it is none', async () => {
    const record = 'c00c00010001000000';
    assert.equal(wordOf(await verdictOf((query) => [echo(query, 0x8380, [1, 1, 0, 0], record)])), 'good');
    assert.equal(
      wordOf(await verdictOf((query) => [echo(query, 0x8180, [1, 1, 0, 0], record)])),
      'dns-malformed',
    );
    assert.equal(
      wordOf(await verdictOf((query) => [echo(query, 0x8180, [1, 65535, 0, 0])])),
      'dns-malformed',
    );
  });

  test('names that point at themselves or at each other', async () => {
    const rest = '0001000100000000000401020304';
    for (const name of ['c021', 'c023c021', '0161c021', 'ffff'])
      assert.equal(
        wordOf(await verdictOf((query) => [echo(query, 0x8180, [1, 1, 0, 0], name + rest)])),
        'dns-malformed',
      );
    // The question itself may loop.
    const looped = await verdictOf((query) => [
      Buffer.concat([echo(query, 0x8180).subarray(0, 12), Buffer.from('c00c00010001', 'hex')]),
    ]);
    assert.equal(wordOf(looped), 'dns-malformed');
  });

  test('no bytes make it throw, and a long chain of names takes no time worth speaking of', () => {
    const query = dnsQuery({ type: 'A', name: 'a' }, 7);
    const answer = echo(Buffer.from(query), 0x8180);
    for (let length = 0; length <= answer.length; length++) judgeDnsAnswer(query, answer.subarray(0, length));
    // Of a longer one the records, each of which may be named after the one before, are not looked at.
    const long = echo(answer, 0x8180, [1, 65535, 0, 0], 'ff'.repeat(MAX_DNS_ANSWER));
    assert.equal(judgeDnsAnswer(query, long), 'good');
    assert.notEqual(judgeDnsAnswer(query, long.subarray(0, MAX_DNS_ANSWER)), 'good');
    let seed = 1;
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.from(
        query.length + (round % 60) > 0 ? Buffer.concat([query, Buffer.alloc(round % 60)]) : query,
      );
      bytes.writeUInt16BE(0x8180, 2);
      for (let at = 4; at < bytes.length; at++) {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff;
        if (seed % 7 === 0) bytes[at] = seed >> 8;
      }
      judgeDnsAnswer(query, bytes);
    }
  });

  test('refused by ICMP fails at once; silence after connect_timeout', async () => {
    const refused = await checks.check(dns(await deafPort()));
    assert.equal(refused.kind === 'bad' && refused.reason.kind, 'connection');
    // Far below its timeout.
    assert.ok(refused.elapsed < seconds(50));
    assert.equal(wordOf(await verdictOf(() => [], BRIEFLY)), 'timeout');
  });
});

describe('UDP_CHECK', () => {
  const udp = (port: number, more: Partial<UdpCheckSettings> = {}): UdpCheckSettings => ({
    kind: 'UDP_CHECK',
    ...TIMING,
    target: target(port),
    minReplyLength: 0,
    maxReplyLength: 255,
    ...more,
  });
  const replying = (reply: string) =>
    datagrams((_message, from, socket) => socket.send(Buffer.from(reply, 'hex'), from.port, from.address));

  test('silence is good without require_reply, once connect_timeout is over', async () => {
    const { port, heard } = await datagrams(() => {});
    const briefly = { target: target(port, BRIEFLY) };
    const verdict = await checks.check(udp(port, briefly));
    assert.equal(wordOf(verdict), 'good');
    assert.ok(verdict.elapsed >= seconds(0.5));
    assert.equal(Buffer.from(heard[0] ?? '', 'hex').toString(), 'keepalived check - keepalived ch');
    assert.equal(wordOf(await checks.check(udp(port, { ...briefly, requireReply: '' }))), 'timeout');
  });

  test('the payload is what is sent', async () => {
    const { port, heard } = await replying('00');
    await checks.check(udp(port, { payload: '01020aff', requireReply: '' }));
    assert.deepEqual(heard, ['01020aff']);
  });

  test('an ICMP error is a failure, with and without require_reply', async () => {
    const port = await deafPort();
    for (const more of [{}, { requireReply: '' }]) {
      const verdict = await checks.check(udp(port, more));
      assert.equal(
        verdict.kind === 'bad' && verdict.reason.kind === 'connection' && verdict.reason.error.code,
        'ECONNREFUSED',
      );
    }
  });

  test('what an answer has to look like', () => {
    const fits = (reply: string, more: Partial<UdpCheckSettings>): boolean =>
      udpReplyFits(Buffer.from(reply, 'hex'), udp(1, more));
    assert.ok(fits('00', { requireReply: '' }));
    // Lengths count only with a pattern.
    assert.ok(fits('00', { requireReply: '', minReplyLength: 2 }));
    assert.ok(!fits('00', { requireReply: '00', minReplyLength: 2 }));
    assert.ok(!fits('0000', { requireReply: '00', maxReplyLength: 1 }));
    assert.ok(fits('0102ff', { requireReply: '0102' }));
    assert.ok(!fits('0103ff', { requireReply: '0102' }));
    assert.ok(fits('0a', { requireReply: 'xA' }));
    assert.ok(fits('fa', { requireReply: 'xA' }));
    assert.ok(!fits('fb', { requireReply: 'Xa' }));
    assert.ok(fits('01', { requireReply: '0102' }));
    assert.ok(fits('', { requireReply: '0102' }));
  });

  test('an answer that does not fit fails at once', async () => {
    const { port } = await replying('0203');
    const verdict = await checks.check(udp(port, { requireReply: '01' }));
    assert.deepEqual(verdict.kind === 'bad' && verdict.reason, { kind: 'udp-reply', bytes: 2 });
    assert.equal(wordOf(await checks.check(udp(port, { requireReply: 'x2' }))), 'good');
  });

  test('strangers are not heard', async () => {
    const stranger = createSocket('udp4');
    sockets.add(stranger);
    await new Promise<void>((bound) => stranger.bind(0, '127.0.0.1', bound));
    const { port } = await datagrams((_message, from) => stranger.send('me!', from.port, from.address));
    const briefly = { target: target(port, BRIEFLY) };
    assert.equal(wordOf(await checks.check(udp(port, { ...briefly, requireReply: '' }))), 'timeout');
  });
});

describe('PING_CHECK', () => {
  const ping = (address: string, more = {}): ProbeSettings => ({
    kind: 'PING_CHECK',
    ...TIMING,
    target: target(0, { address: address as IpAddress, connectTimeout: seconds(60), ...more }),
  });
  test('loopback answers, over IPv4 and IPv6', { skip: rootMissing }, async () => {
    assert.equal(wordOf(await checks.check(ping(LOOPBACK))), 'good');
    assert.equal(wordOf(await checks.check(ping('::1'))), 'good');
  });
  test('the bytes of a request are those of Keepalived', { skip: rootMissing }, async () => {
    // Hears all ICMP of this machine, others' pings, too.
    const ear = openSocket(k.AF_INET, k.SOCK_RAW, k.IPPROTO_ICMP);
    assert.ok(ear >= 0);
    await checks.check(ping(LOOPBACK));
    const area = allocateArena(2048);
    const heard: string[] = [];
    const next = (): number => recv(ear, area.address, 2048, 0);
    for (let size = next(); size > 0; size = next())
      // Behind the IP header: type and code, then sum and identifier, which are another each time.
      heard.push(`${hex(area.bytes.subarray(20, 22))} ${hex(area.bytes.subarray(26, size))}`);
    closeFd(ear);
    const data = 'keepalived check - '.repeat(7).slice(0, 128);
    assert.ok(data.endsWith('keepalived che'));
    assert.ok(heard.includes(`0800 0001${hex(Buffer.from(data))}`), heard.join('\n'));
  });
  test('two at a time are told apart', { skip: rootMissing }, async () => {
    const both = [checks.define(ping(LOOPBACK)), checks.define(ping(LOOPBACK))];
    const verdicts = await Promise.all(both.map((checker) => checks.run(checker)));
    assert.deepEqual(verdicts.map(wordOf), ['good', 'good']);
  });
  test('nobody answers for an address that is nowhere', { skip: rootMissing }, async () => {
    // Within loopback's own network everything answers: what comes from elsewhere has no way back.
    const verdict = await checks.check(
      ping('127.0.0.1', { bindAddress: '127.0.0.1' as IpAddress, bindInterface: 'nosuch0' }),
    );
    assert.equal(wordOf(verdict), 'unmade');
  });
});

test('no descriptor stays open', async () => {
  const before = descriptors();
  const { port } = await datagrams(() => {});
  const silent = await serve(() => {});
  const all: ProbeSettings[] = [
    {
      kind: 'UDP_CHECK',
      ...TIMING,
      target: target(port),
      minReplyLength: 0,
      maxReplyLength: 255,
      requireReply: '',
    },
    { kind: 'DNS_CHECK', ...TIMING, target: target(port), type: 'A', name: 'a' },
    { kind: 'SMTP_CHECK', ...TIMING, target: target(silent.port), heloName: 'x' },
  ];
  const verdicts = await Promise.all(all.map((settings) => checks.check(settings)));
  assert.deepEqual(verdicts.map(wordOf), ['timeout', 'timeout', 'timeout']);
  for (const socket of silent.sockets) socket.destroy();
  await noLeak(before + 2);
});
