/** A status of one instance with every field filled, for tests of what shows or writes them. */
import { type IpAddress, parseIpAddress } from '../../src/base/ip-address.js';
import type { InstanceStatus } from '../../src/core/status.js';

export function ip(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export function instanceStatus(changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    name: 'VI_1',
    state: 'MASTER',
    since: 1_700_000_000_000_000,
    reason: { code: 'master-down', text: 'no advert for 3.609s' },
    interface: 'eth0',
    virtualRouterId: 52,
    family: 'ipv4',
    version: 2,
    basePriority: 244,
    effectivePriority: 254,
    master: { address: ip('192.168.56.4'), priority: 254, self: true },
    sourceAddress: ip('192.168.56.4'),
    faults: [],
    trackers: [
      {
        kind: 'process',
        name: 'track_apache',
        state: 'up',
        weight: 10,
        contribution: 10,
        faulting: false,
      },
    ],
    addresses: [{ address: '192.168.56.7/24', interface: 'eth0', present: true }],
    counters: {
      advertReceived: 1,
      advertSent: 2,
      becomeMaster: 3,
      releaseMaster: 4,
      priorityZeroReceived: 5,
      priorityZeroSent: 6,
      packetLength: 7,
      version: 8,
      checksum: 9,
      ttl: 10,
      type: 11,
      interval: 12,
      authenticationType: 13,
      authentication: 14,
      addressList: 15,
      source: 16,
      sendErrors: 17,
      missedAdverts: 18,
      destination: 19,
      invalidAuthenticationType: 20,
      hmacMissing: 21,
      hmacMalformed: 22,
      hmacUnknownKey: 23,
      hmacInvalid: 24,
      hmacStale: 25,
      hmacReplay: 26,
      ownerIgnored: 27,
    },
    history: [],
    ...changes,
  };
}
