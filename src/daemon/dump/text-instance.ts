/**
 * One instance in the section `VRRP Topology` of keepalived.data, in Keepalived's words and order. Scripts read it by
 * indentation: three blanks before a `Name = value`, five before what belongs to the line above.
 */
import { MASK } from '../../base/secret.js';
import { toSeconds } from '../../base/time.js';
import type { Configuration, InstanceSettings } from '../../config/model.js';
import type { InstanceInspection } from '../../core/inspection.js';
import type { InstanceStatus } from '../../core/status.js';
import { routeLine, ruleLine } from './route-words.js';
import { notifyLines, trackedLines } from './text-trackers.js';
import { addressLine, heldAddresses, listed, moment, onOff, seconds, trueFalse, yesNo } from './words.js';

export function instanceLines(
  settings: InstanceSettings,
  known: InstanceInspection | undefined,
  configuration: Configuration,
): string[] {
  const group = configuration.syncGroups.find(({ members }) => members.includes(settings.name));
  return [
    ` VRRP Instance = ${settings.name}`,
    `   VRRP Version = ${settings.version}`,
    ...(group ? [`   Sync group = ${group.name}`] : []),
    ...(settings.family === 'ipv6' ? ['   Using Native IPv6'] : []),
    ...stateLines(settings, known),
    ...interfaceLines(settings, known?.status.virtualInterface),
    ...sourceLines(settings, known?.status),
    ...announcementLines(settings),
    ...priorityLines(settings, known),
    ...authenticationLines(settings),
    ...ownBuffer(settings, configuration),
    ...addressLines(settings, known?.status),
    ...unicastLines(settings),
    ...listed('Virtual Routes :', (settings.virtualRoutes ?? []).map(routeLine)),
    ...listed('Virtual Rules :', (settings.virtualRules ?? []).map(ruleLine)),
    ...trackedLines(settings),
    ...listed('Trackers now:', (known?.status.trackers ?? []).map(trackerLine)),
    `   Using smtp notification = ${yesNo(settings.smtpAlert)}`,
    `   Notify deleted = ${settings.notify.deleted === undefined ? 'Fault' : 'Deleted'}`,
    ...notifyLines(settings.notify),
    `   Notify priority changes = ${trueFalse(settings.notifyPriorityChanges)}`,
  ];
}

function stateLines(settings: InstanceSettings, known: InstanceInspection | undefined): string[] {
  const status = known?.status;
  const state = status?.state ?? 'INIT';
  const flags = [
    ...(settings.unicastPeers.length > 0 ? ['Using unicast'] : []),
    ...(settings.unicastFaultNoPeer ? ['If unicast go to fault state if no peers'] : []),
  ];
  return [
    `   State = ${state}`,
    ...(known && status?.master && !status.master.self
      ? [
          `   Master router = ${status.master.address}`,
          `   Master priority = ${status.master.priority}`,
          ...(settings.version === 3
            ? [`   Master advert interval = ${toSeconds(known.masterInterval) * 1000} milli-sec`]
            : []),
        ]
      : []),
    ...(flags.length > 0 ? listed('Flags:', flags) : ['   Flags: none']),
    `   Wantstate = ${known?.wantsMaster ? 'MASTER' : state}`,
    ...(status ? [`   Reason = ${status.reason.text}`] : []),
    `   Number of tracker faults = ${status?.faults.length ?? 0}`,
    ...(status?.faults ?? []).map((fault) => `   Fault = ${fault.text}`),
    `   Number of track scripts init = ${known?.pending ?? 0}`,
    `   Last transition = ${moment(status?.since ?? 0)}`,
    `   Read timeout = ${known?.next === undefined ? 'DISABLED' : moment(known.next)}`,
    `   Master down timer = ${known?.masterDownInterval ?? 0} usecs`,
  ];
}

function interfaceLines(settings: InstanceSettings, made: string | undefined): string[] {
  const { virtualMac, ipvlan, vrf } = settings;
  const name = made ?? virtualMac?.name ?? ipvlan?.name ?? '';
  return [
    ...(virtualMac
      ? [`   Use VMAC, i/f name ${name}, xmit_base = ${trueFalse(virtualMac.transmitBase)}`]
      : []),
    ...(ipvlan ? [`   Use IPVLAN, i/f ${name}, type ${ipvlan.mode}`] : []),
    `   Interface = ${settings.interface ?? 'not configured'}`,
    ...(vrf === undefined ? [] : [`   VRF = ${vrf}`]),
    ...(settings.dontTrackPrimary ? ['   VRRP interface tracking disabled'] : []),
    ...(settings.skipCheckAdvertAddresses ? ['   Skip checking advert IP addresses'] : []),
    ...(settings.noVirtualAddress ? ['   Suppress no VIPs warning'] : []),
    ...(settings.strict ? ['   Enforcing strict VRRP compliance'] : []),
  ];
}

function sourceLines(settings: InstanceSettings, status: InstanceStatus | undefined): string[] {
  const configured = settings.sourceAddress === undefined ? '' : ' (from configuration)';
  return [
    `   Using src_ip = ${status?.sourceAddress ?? settings.sourceAddress ?? '(none)'}${configured}`,
    ...(settings.unicastPeers.length > 0 ? [] : [`   Multicast address ${settings.multicastGroup}`]),
  ];
}

function announcementLines(settings: InstanceSettings): string[] {
  const { garp, garpExtraInterface } = settings;
  return [
    `   Gratuitous ARP delay = ${Math.floor(toSeconds(garp.masterDelay))}`,
    `   Gratuitous ARP repeat = ${garp.masterRepeat}`,
    `   Gratuitous ARP refresh = ${Math.floor(toSeconds(garp.masterRefresh))}`,
    `   Gratuitous ARP refresh repeat = ${garp.masterRefreshRepeat}`,
    `   Gratuitous ARP lower priority delay = ${Math.floor(toSeconds(garp.lowerPriorityDelay))}`,
    `   Gratuitous ARP lower priority repeat = ${garp.lowerPriorityRepeat}`,
    `   Down timer adverts = ${settings.downTimerAdverts}`,
    ...(garpExtraInterface
      ? [
          `   Gratuitous ARP for each secondary ${garpExtraInterface.all ? 'i/f' : 'VMAC'} = ${seconds(garpExtraInterface.interval)}`,
        ]
      : []),
    `   Send advert after receive lower priority advert = ${trueFalse(!settings.lowerPriorityNoAdvert)}`,
    `   Send advert after receive higher priority advert = ${trueFalse(settings.higherPrioritySendAdvert)}`,
    ...(settings.ownerIgnoreAdverts ? ['   Address owner ignores received adverts = true'] : []),
  ];
}

function priorityLines(settings: InstanceSettings, known: InstanceInspection | undefined): string[] {
  const { version, advertInterval } = settings;
  const effective = known?.status.effectivePriority ?? settings.priority;
  return [
    `   Virtual Router ID = ${settings.virtualRouterId}`,
    `   Priority = ${settings.priority}`,
    `   Effective priority = ${effective}`,
    `   Total priority = ${known?.totalPriority ?? effective}`,
    version === 2
      ? `   Advert interval = ${toSeconds(advertInterval)} sec`
      : `   Advert interval = ${toSeconds(advertInterval) * 1000} milli-sec`,
    `   Accept = ${onOff(!settings.noAccept)}`,
    `   Preempt = ${onOff(settings.preempt)}`,
    ...(settings.preemptDelay > 0 ? [`   Preempt delay = ${seconds(settings.preemptDelay)} secs`] : []),
    `   Promote_secondaries = ${onOff(settings.promoteSecondaries)}`,
  ];
}

const AUTHENTICATION_WORDS = { none: 'none', pass: 'SIMPLE_PASSWORD', ah: 'IPSEC_AH' } as const;

function authenticationLines({ version, authentication, hmac, v3ChecksumAsV2 }: InstanceSettings): string[] {
  return [
    ...(version === 2 ? [`   Authentication type = ${AUTHENTICATION_WORDS[authentication.type]}`] : []),
    ...(version === 2 && authentication.type !== 'none' ? [`   Password = ${MASK}`] : []),
    ...(hmac
      ? [
          '   Authentication extension = HMAC-SHA256-128',
          `     Keys = ${hmac.keys.length}, active key id = ${hmac.activeKey}`,
          `     Mode = ${hmac.mode}`,
          `     Anti replay = ${hmac.antiReplay}${hmac.antiReplay === 'time' ? `, window = ${seconds(hmac.timeWindow)} sec` : ''}`,
        ]
      : []),
    ...(v3ChecksumAsV2 ? ['   VRRPv3 uses VRRPv2 checksum = enabled'] : []),
  ];
}

/** Only its own: what comes from the policy stands with the socket. */
const ownBuffer = ({ receiveBuffer }: InstanceSettings, { globals }: Configuration): string[] =>
  typeof receiveBuffer === 'number' && receiveBuffer !== globals.receiveBuffers
    ? [`   Kernel rx buffer size = ${receiveBuffer}`]
    : [];

function addressLines(settings: InstanceSettings, status: InstanceStatus | undefined): string[] {
  const held = heldAddresses(status);
  const line = (one: InstanceSettings['virtualAddresses'][number]): string =>
    addressLine(one, settings, held);
  const { virtualAddresses, excludedAddresses } = settings;
  return [
    ...listed(`Virtual IP (${virtualAddresses.length}):`, virtualAddresses.map(line)),
    ...listed('Virtual IP Excluded :', excludedAddresses.map(line)),
  ];
}

function unicastLines(settings: InstanceSettings): string[] {
  if (settings.unicastPeers.length === 0) return [];
  return [
    `   Unicast TTL = ${settings.unicastTtl}`,
    `   Check unicast src : ${yesNo(settings.checkUnicastSource)}`,
    ...listed(
      'Unicast Peer :',
      settings.unicastPeers.map(
        ({ address, minTtl, maxTtl }) => `${address} min_ttl ${minTtl} max_ttl ${maxTtl}`,
      ),
    ),
  ];
}

function trackerLine({
  kind,
  name,
  state,
  contribution,
  faulting,
  detail,
}: InstanceStatus['trackers'][number]) {
  const because = detail === undefined ? '' : ` (${detail})`;
  return `${kind} ${name} is ${state}${because}, adds ${contribution}${faulting ? ', holds the instance in FAULT' : ''}`;
}
