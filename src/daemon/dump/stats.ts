/**
 * keepalived.stats: the counters of every instance in Keepalived's layout (runtime reference section 4), and
 * behind those of a section the ones that Keepalived does not have. Exporters read it by indentation and section:
 * every value is a whole number.
 */
import type { InstanceCounters } from '../../core/status.js';

export interface CountedInstance {
  readonly name: string;
  readonly counters: InstanceCounters;
}

/** In parts, one for each instance. */
export function* statsDump(instances: Iterable<CountedInstance>): Iterable<string> {
  for (const { name, counters } of instances)
    yield `${[`VRRP Instance: ${name}`, ...one(counters)].join('\n')}\n`;
}

function one(counters: InstanceCounters): string[] {
  return [
    '  Advertisements:',
    `    Received: ${counters.advertReceived}`,
    `    Sent: ${counters.advertSent}`,
    `  Became master: ${counters.becomeMaster}`,
    `  Released master: ${counters.releaseMaster}`,
    '  Packet Errors:',
    `    Length: ${counters.packetLength}`,
    `    TTL: ${counters.ttl}`,
    `    Invalid Type: ${counters.type}`,
    `    Advertisement Interval: ${counters.interval}`,
    `    Address List: ${counters.addressList}`,
    `    Version: ${counters.version}`,
    `    Checksum: ${counters.checksum}`,
    `    Source: ${counters.source}`,
    `    Destination: ${counters.destination}`,
    '  Authentication Errors:',
    `    Invalid Type: ${counters.invalidAuthenticationType}`,
    `    Type Mismatch: ${counters.authenticationType}`,
    `    Failure: ${counters.authentication}`,
    '  Authentication Extension Errors:',
    `    Missing: ${counters.hmacMissing}`,
    `    Malformed: ${counters.hmacMalformed}`,
    `    Unknown Key: ${counters.hmacUnknownKey}`,
    `    Invalid HMAC: ${counters.hmacInvalid}`,
    `    Stale: ${counters.hmacStale}`,
    `    Replay: ${counters.hmacReplay}`,
    '  Priority Zero:',
    `    Received: ${counters.priorityZeroReceived}`,
    `    Sent: ${counters.priorityZeroSent}`,
    `  Ignored by owner: ${counters.ownerIgnored}`,
    `  Send errors: ${counters.sendErrors}`,
    `  Missed adverts: ${counters.missedAdverts}`,
  ];
}
