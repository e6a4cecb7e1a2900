/** IPVS: what a kernel answered to ipvsadm, and our requests beside ipvsadm's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../../src/base/bytes.js';
import { type Family, familyOf } from '../../../src/base/ip-address.js';
import { ok, refuse } from '../../../src/base/result.js';
import { readAttributes } from '../../../src/wire/netlink/attributes.js';
import {
  decodeFamily,
  GENL_ID_CTRL,
  readGenlMessage,
  writeFamilyQuery,
} from '../../../src/wire/netlink/genl-control.js';
import type {
  IpvsDaemon,
  IpvsDestination,
  IpvsIdentity,
  IpvsService,
} from '../../../src/wire/netlink/ipvs/model.js';
import { decodeIpvs, type IpvsReport } from '../../../src/wire/netlink/ipvs/report.js';
import {
  type IpvsQuestion,
  type IpvsRequest,
  writeIpvsQuestion,
  writeIpvsRequest,
  writeIpvsRequests,
} from '../../../src/wire/netlink/ipvs/request.js';
import { NLM_F_DUMP, readNetlinkMessages } from '../../../src/wire/netlink/message.js';
import { ip } from '../../base/values.js';
import { address as addressOf, record, u16, u32 } from '../arbitraries.js';
import { testCodec } from '../codec-harness.js';
import { fixtureBytes } from '../fixtures.js';
import { recorded } from './recordings.js';

const TCP = 6;
const FAMILY = 0x1c;

const service = (identity: IpvsIdentity, more: Partial<IpvsService> = {}): IpvsService => ({
  identity,
  scheduler: 'rr',
  flags: 0,
  timeout: 0,
  netmask: identity.family === 'ipv4' ? 0xffffffff : 128,
  ...more,
});
const web: IpvsIdentity = { family: 'ipv4', protocol: TCP, address: ip('192.0.2.1'), port: 80 };
const web6: IpvsIdentity = { family: 'ipv6', protocol: TCP, address: ip('2001:db8::1'), port: 80 };
const dns: IpvsIdentity = { family: 'ipv4', protocol: 17, address: ip('192.0.2.1'), port: 53 };
const sip: IpvsIdentity = { family: 'ipv4', protocol: 17, address: ip('192.0.2.2'), port: 5060 };
const sctp: IpvsIdentity = { family: 'ipv4', protocol: 132, address: ip('192.0.2.1'), port: 99 };
const server = (text: string, port: number, more: Partial<IpvsDestination> = {}): IpvsDestination => ({
  address: ip(text),
  port,
  method: 0,
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnelType: 0,
  tunnelPort: 0,
  tunnelFlags: 0,
  ...more,
});

/** The commands of the recording, in its order, as we say them. */
const REQUESTS: readonly IpvsRequest[] = [
  { command: 'setConfig', timeouts: { tcp: 900, tcpFin: 120, udp: 300 } },
  { command: 'newDaemon', daemon: { state: 'master', interface: 'd0', id: 51 } },
  {
    command: 'newDaemon',
    daemon: {
      state: 'backup',
      interface: 'd0',
      id: 7,
      maxLength: 1400,
      port: 9999,
      ttl: 3,
      group: ip('239.1.2.3'),
    },
  },
  { command: 'deleteDaemon', daemon: { state: 'master' } },
  { command: 'deleteDaemon', daemon: { state: 'backup' } },
  { command: 'newService', service: service(web) },
  { command: 'newService', service: service(dns, { scheduler: 'wrr', flags: 4 }) },
  { command: 'newService', service: service(sctp, { scheduler: 'wlc', flags: 1, timeout: 50 }) },
  {
    command: 'newService',
    service: service(web6, { scheduler: 'sh', flags: 0x19, timeout: 360, netmask: 64 }),
  },
  { command: 'newService', service: service({ family: 'ipv4', mark: 7 }, { scheduler: 'mh', flags: 0x10 }) },
  { command: 'newService', service: service({ family: 'ipv6', mark: 7 }) },
  {
    command: 'newService',
    service: service(sip, { flags: 1, timeout: 30, netmask: 0xffffff00, engine: 'sip' }),
  },
  { command: 'setService', service: service(web, { scheduler: 'wrr', flags: 1, timeout: 20 }) },
  { command: 'newDestination', identity: web, destination: server('10.0.0.1', 8080, { weight: 3 }) },
  {
    command: 'newDestination',
    identity: web,
    destination: server('10.0.0.2', 80, { method: 3, upperThreshold: 100, lowerThreshold: 50 }),
  },
  { command: 'newDestination', identity: web, destination: server('10.0.0.3', 80, { method: 2 }) },
  {
    command: 'newDestination',
    identity: web,
    destination: server('10.0.0.4', 80, { method: 2, tunnelType: 1, tunnelPort: 6080, tunnelFlags: 2 }),
  },
  {
    command: 'newDestination',
    identity: web,
    destination: server('10.0.0.5', 80, { method: 2, tunnelType: 2, tunnelFlags: 1 }),
  },
  {
    command: 'newDestination',
    identity: web,
    destination: server('2001:db8::9', 80, { method: 2, weight: 2 }),
  },
  { command: 'newDestination', identity: web6, destination: server('2001:db8::11', 80) },
  {
    command: 'newDestination',
    identity: { family: 'ipv4', mark: 7 },
    destination: server('10.0.0.6', 0, { method: 3, weight: 5 }),
  },
  {
    command: 'newDestination',
    identity: { family: 'ipv6', mark: 7 },
    destination: server('2001:db8::12', 0, { method: 3 }),
  },
  { command: 'setDestination', identity: web, destination: server('10.0.0.1', 8080, { weight: 0 }) },
  { command: 'newDestination', identity: dns, destination: server('10.0.0.1', 53) },
  { command: 'deleteDestination', identity: dns, destination: server('10.0.0.1', 53) },
  { command: 'deleteService', identity: dns },
  { command: 'flush' },
];

/** Attributes that ipvsadm sends though the kernel looks at none of them: where a service is only to be found. */
const UNREAD = [6, 7, 8, 9];

/** Command, and attributes two levels deep; of a service that is only to be found what finds it. */
function contentOf(datagram: Uint8Array): unknown {
  const [message] = readNetlinkMessages(datagram).messages;
  const content = message && readGenlMessage(message.payload);
  assert.ok(message && content);
  const { command } = content;
  const outer = readAttributes(content.attributes);
  assert.ok(outer);
  const full = command === 1 || command === 2;
  const shown = [...outer].map(([type, value]) => {
    if (type > 3) return [type, Buffer.from(value).toString('hex')];
    const inner = [...(readAttributes(value) ?? [])]
      .filter(([one]) => type !== 1 || full || !UNREAD.includes(one))
      .map(([one, bytes]) => [one, Buffer.from(bytes).toString('hex')]);
    return [type, inner];
  });
  return { command, type: message.type, shown };
}

describe('requests beside those of ipvsadm', () => {
  const lines = Buffer.from(fixtureBytes('netlink/ipvs-requests.txt')).toString().trim().split('\n');
  test('every command of the recording is one of ours', () => {
    assert.equal(lines.length, REQUESTS.length * 2);
  });
  for (const [n, request] of REQUESTS.entries()) {
    test(lines[n * 2] ?? request.command, () => {
      const theirs = Buffer.from(lines[n * 2 + 1] ?? '', 'hex');
      const writer = new ByteWriter();
      writeIpvsRequest(writer, FAMILY, 1, request, true);
      const ours = writer.finish();
      // A stopped daemon needs its state only.
      if (request.command === 'deleteDaemon') assert.equal(ours[16 + 4 + 4 + 4], theirs[16 + 4 + 4 + 4]);
      // The method and weight of a server that goes are read by nobody: ipvsadm says what it has by default.
      else if (request.command === 'deleteDestination')
        assert.deepEqual(
          contentOf(ours),
          JSON.parse(JSON.stringify(contentOf(theirs)).replace('[3,"03000000"]', '[3,"00000000"]')),
        );
      else assert.deepEqual(contentOf(ours), contentOf(theirs));
    });
  }
});

test('many at a time are the bytes of each', () => {
  const some = fc.array(fc.constantFrom(...REQUESTS), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(some, fc.nat(), (requests, first) => {
      const together = new ByteWriter();
      writeIpvsRequests(together, FAMILY, first, requests);
      const each = new ByteWriter();
      for (const [i, request] of requests.entries())
        writeIpvsRequest(each, FAMILY, first + i, request, i === requests.length - 1);
      assert.deepEqual(together.finish(), each.finish());
    }),
  );
});

describe('what the kernel answered to ipvsadm', () => {
  test('the controller names the message type', () => {
    const [message] = recorded('ipvs-family');
    assert.ok(message);
    assert.equal(message.type, GENL_ID_CTRL);
    assert.deepEqual(decodeFamily(message.payload), ok({ name: 'IPVS', id: FAMILY }));
    const writer = new ByteWriter();
    writeFamilyQuery(writer, 1, 'IPVS');
    assert.equal(
      Buffer.from(writer.finish().slice(16)).toString('hex'),
      '03010000090002004950565300000000',
      'as ipvsadm sent it',
    );
  });

  const reports = (name: string): IpvsReport[] =>
    recorded(name)
      .filter(({ type }) => type === FAMILY)
      .map(({ payload }) => {
        const read = decodeIpvs(payload);
        assert.ok(read.ok);
        return read.value;
      });

  test('all services', () => {
    const services = reports('ipvs-services').map((one) => {
      assert.equal(one.kind, 'service');
      assert.deepEqual(Object.values(one.counters ?? {}), [0n, 0n, 0n, 0n, 0n]);
      return { ...one.service, flags: one.service.flags & ~2 };
    });
    const made = REQUESTS.flatMap((one) => (one.command === 'newService' ? [one.service] : []))
      .filter(({ identity }) => identity !== dns)
      .map((one) => (one.identity === web ? { ...one, scheduler: 'wrr', flags: 1, timeout: 20 } : one));
    assert.deepEqual(new Set(services), new Set(made));
  });

  test('all destinations', () => {
    const found = reports('ipvs-destinations').map((one) => {
      assert.equal(one.kind, 'destination');
      assert.deepEqual(one.connections, { active: 0, inactive: 0, persistent: 0 });
      return one.destination;
    });
    const made = REQUESTS.flatMap((one) =>
      one.command === 'newDestination' && one.identity !== dns ? [one.destination] : [],
    ).map((one) => (one.port === 8080 ? { ...one, weight: 0 } : one));
    assert.deepEqual(new Set(found), new Set(made));
  });

  test('both sync daemons, with what the kernel chose', () => {
    assert.deepEqual(
      reports('ipvs-daemons').map((one) => (one.kind === 'daemon' ? one.daemon : assert.fail())),
      [
        {
          state: 'master',
          interface: 'd0',
          id: 51,
          maxLength: 1472,
          port: 8848,
          ttl: 1,
          group: '224.0.0.81',
        },
        { state: 'backup', interface: 'd0', id: 7, maxLength: 1400, port: 9999, ttl: 3, group: '239.1.2.3' },
      ],
    );
  });

  test('timeouts', () => {
    assert.deepEqual(reports('ipvs-config'), [
      { kind: 'timeouts', timeouts: { tcp: 900, tcpFin: 120, udp: 300 } },
    ]);
  });
});

test('questions are dumps where the answer is a list, with the service where it is about one', () => {
  const questions: IpvsQuestion[] = [
    { command: 'getService' },
    { command: 'getService', identity: web },
    { command: 'getDestination', identity: web },
    { command: 'getDaemon' },
    { command: 'getConfig' },
  ];
  const sent = questions.map((question) => {
    const writer = new ByteWriter();
    writeIpvsQuestion(writer, FAMILY, 9, question);
    const [message] = readNetlinkMessages(writer.finish()).messages;
    assert.ok(message);
    return [message.payload[0], (message.flags & NLM_F_DUMP) !== 0, message.payload.length > 4];
  });
  assert.deepEqual(sent, [
    [4, true, false],
    [4, false, true],
    [8, true, true],
    [11, true, false],
    [13, false, false],
  ]);
});

const family = fc.constantFrom<Family>('ipv4', 'ipv6');
const address = family.chain(addressOf);
const identities: fc.Arbitrary<IpvsIdentity> = fc.oneof(
  record<IpvsIdentity & { mark: number }>({ family, mark: fc.integer({ min: 1, max: 0xffffffff }) }),
  fc.tuple(address, u16, u16).map(([one, protocol, port]) => ({
    family: familyOf(one),
    protocol,
    address: one,
    port,
  })),
);
const names = fc.stringMatching(/^[a-z]{1,15}$/);

/** A request is written, and read as the report that has the same form. */
const through = <T>(request: (value: T) => IpvsRequest, pick: (report: IpvsReport) => T | undefined) => ({
  encode: (value: T): Uint8Array => {
    const writer = new ByteWriter();
    writeIpvsRequest(writer, FAMILY, 1, request(value), false);
    return writer.finish().slice(16);
  },
  decode: (bytes: Uint8Array) => {
    const read = decodeIpvs(bytes);
    if (!read.ok) return read;
    const value = pick(read.value);
    return value === undefined ? refuse('other' as const) : ok(value);
  },
});

testCodec<IpvsService>({
  name: 'IPVS service',
  values: fc
    .tuple(identities, names, u32, u32, u32, fc.option(names, { nil: undefined }))
    .map(([identity, scheduler, flags, timeout, netmask, engine]) => ({
      identity,
      scheduler,
      flags,
      timeout,
      netmask,
      ...(engine === undefined ? {} : { engine }),
    })),
  fidelity: 'value',
  ...through<IpvsService>(
    (one) => ({ command: 'newService', service: one }),
    (report) => (report.kind === 'service' ? report.service : undefined),
  ),
});

testCodec<IpvsDestination>({
  name: 'IPVS destination',
  values: record<IpvsDestination>({
    address,
    port: u16,
    method: u32,
    weight: u32,
    upperThreshold: u32,
    lowerThreshold: u32,
    tunnelType: fc.nat(255),
    tunnelPort: u16,
    tunnelFlags: u16,
  }),
  fidelity: 'value',
  ...through<IpvsDestination>(
    (one) => ({ command: 'newDestination', identity: web, destination: one }),
    (report) => (report.kind === 'destination' ? report.destination : undefined),
  ),
});

testCodec<IpvsDaemon>({
  name: 'IPVS sync daemon',
  values: fc
    .tuple(
      fc.constantFrom('master' as const, 'backup' as const),
      names,
      u32,
      fc.option(u16, { nil: undefined }),
      address,
    )
    .map(([state, name, id, port, group]) => ({
      state,
      interface: name,
      id,
      ...(port === undefined ? {} : { port, ttl: port & 255, maxLength: port }),
      group,
    })),
  fidelity: 'value',
  ...through<IpvsDaemon>(
    (daemon) => ({ command: 'newDaemon', daemon }),
    (report) => (report.kind === 'daemon' ? report.daemon : undefined),
  ),
});
