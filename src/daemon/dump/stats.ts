/**
 * keepalived.stats: the counters of every instance in Keepalived's layout (runtime reference section 4), and
 * below them those that Keepalived does not have.
 */
import type { EngineStatus, InstanceCounters } from '../../core/status.js';

export function statsDump(status: EngineStatus): string {
  const lines: string[] = [];
  for (const { name, counters } of status.instances) lines.push(`VRRP Instance: ${name}`, ...one(counters));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
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
    `    Ignored By Owner: ${counters.ownerIgnored}`,
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
    `  Send errors: ${counters.sendErrors}`,
    `  Missed adverts: ${counters.missedAdverts}`,
  ];
}
