/** The section `BFD Topology` of keepalived.data, in Keepalived's words and order. Keys are not shown. */
import type { BfdInstanceSettings } from '../../config/model-bfd.js';
import type { BfdSessionStatus, BfdTransition } from '../../core/bfd/session-status.js';
import { trueFalse } from './words.js';

const yes = (on: boolean): string => (on ? 'Yes' : 'No');
const hex = (discriminator: number): string => `0x${discriminator.toString(16)}`;

export function bfdLines(settings: BfdInstanceSettings, session: BfdSessionStatus | undefined): string[] {
  const { consumers, source } = settings;
  return [
    ` BFD Instance = ${settings.name}`,
    `   Neighbor IP = ${settings.neighbor}`,
    ...(source === undefined ? [] : [`   Source IP = ${source}`]),
    ...(settings.interface === undefined ? [] : [`   Interface = ${settings.interface}`]),
    `   Required min RX interval = ${settings.minRx} us`,
    `   Desired min TX interval = ${settings.minTx} us`,
    `   Desired idle TX interval = ${settings.idleTx} us`,
    `   Detection multiplier = ${settings.multiplier}`,
    `   TTL = ${settings.ttl}`,
    `   max_hops = ${settings.maxHops}`,
    `   multihop = ${trueFalse(settings.multihop)}`,
    `   passive = ${trueFalse(settings.passive)}`,
    `   send event to VRRP process = ${yes(consumers.vrrp)}`,
    `   send event to checker process = ${yes(consumers.checker)}`,
    ...(settings.authentication ? [`   authentication = ${settings.authentication.type}`] : []),
    ...(session ? stateLines(session) : []),
  ];
}

function stateLines(session: BfdSessionStatus): string[] {
  const { remote, counters } = session;
  const refused = Object.entries(counters)
    .filter(([, count]) => count !== 0)
    .map(([kind, count]) => `     ${kind} = ${count}`);
  return [
    `   send error = ${trueFalse(session.fault !== undefined)}`,
    `   local state = ${session.state}`,
    `   remote state = ${remote?.state ?? 'Down'}`,
    `   local discriminator = ${hex(session.discriminator)}`,
    `   remote discriminator = ${hex(remote?.discriminator ?? 0)}`,
    `   local diag = ${session.diagnostic}`,
    `   remote diag = ${remote?.diagnostic ?? 'no diagnostic'}`,
    `   remote min tx intv = ${remote?.desiredMinTx ?? 0} us`,
    `   remote min rx intv = ${remote?.requiredMinRx ?? 0} us`,
    `   remote demand = ${remote?.demand ? 1 : 0}`,
    `   remote detect multiplier = ${remote?.multiplier ?? 0}`,
    `   ${session.polling ? '' : '!'}poll`,
    `   local tx intv = ${session.transmitInterval} us`,
    `   local detection time = ${session.detectionTime} us`,
    `   source port = ${session.sourcePort}`,
    `   reason = ${session.reason}`,
    ...(refused.length > 0 ? ['   counters', ...refused] : []),
    ...(session.history.length > 0 ? ['   history', ...session.history.map(historyLine)] : []),
  ];
}

function historyLine(event: BfdTransition): string {
  const time = new Date(event.wall / 1000).toISOString();
  return `     ${time} ${event.from} -> ${event.to}: ${event.why} (${event.diagnostic})`;
}
