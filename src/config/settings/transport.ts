/** How adverts travel: interface, source, group or peers, and what of it does not fit. (directives-vrrp section 1.3) */
import { isLinkLocal } from '../../base/ip-address.js';
import type { Report } from '../diagnostics.js';
import type { InstanceSettings } from '../model.js';
import { argumentSpan, keywordSpan } from '../tree.js';
import { ofFamily } from './family.js';
import type { InstanceBlock, InstanceFacts, Surroundings } from './instance.js';
import { lackOf, tellLacking } from './lacking.js';

/** Whether the instance has a place to speak from: an interface, or peers and an address of its own. */
export function placeOf({ values, header: name, statement }: InstanceBlock, report: Report): boolean {
  const { interface: device, unicastPeers, unicastSource, mcastSource, vrf } = values;
  if (device?.value === 'lo') {
    report(
      'loopback',
      argumentSpan(device.statement),
      `vrrp_instance "${name}" is on the loopback interface`,
    );
    return false;
  }
  if (device) {
    if (vrf) {
      report(
        'settingIgnored',
        keywordSpan(vrf.statement),
        'vrf is for instances without interface and is ignored',
      );
    }
    return true;
  }
  if ((unicastPeers?.entries.length ?? 0) === 0) {
    const message = `vrrp_instance "${name}" has no interface`;
    tellLacking(statement, ['interface', 'unicast_peer'], lackOf(statement, message), report);
    return false;
  }
  const source = (unicastSource ?? mcastSource)?.value;
  if (source !== undefined && !isLinkLocal(source)) return true;
  const why = source === undefined ? 'no unicast_src_ip' : 'a link-local unicast_src_ip';
  report('placeless', statement.line.span(), `vrrp_instance "${name}" has no interface and ${why}`);
  return false;
}

/** Undefined where strict mode forbids it. */
export function transportOf(
  { values, statement }: InstanceBlock,
  { family, strict }: InstanceFacts,
  { defaults, globals, report }: Surroundings,
):
  | Pick<
      InstanceSettings,
      | 'sourceAddress'
      | 'trackSourceAddress'
      | 'multicastGroup'
      | 'unicastPeers'
      | 'checkUnicastSource'
      | 'unicastTtl'
      | 'vrf'
    >
  | undefined {
  const { unicastSource, mcastSource, trackSource, unicastTtl, mcastGroup, useIpvlan, vrf } = values;
  const source = unicastSource ?? mcastSource;
  const own = useIpvlan?.value.address?.address;
  const sourceAddress =
    source && ofFamily(source.value, family, source.statement, report)
      ? source.value
      : source
        ? undefined
        : own;
  const seen = new Set<string>();
  const peers = (values.unicastPeers?.entries ?? []).filter(({ value, statement: at }) => {
    if (!ofFamily(value.address, family, at, report)) return false;
    if (!seen.has(value.address)) return seen.add(value.address);
    report('duplicateEntry', keywordSpan(at), `peer ${value.address} is named twice`);
    return false;
  });
  const unicast = peers.length > 0;
  const refused = (values.unicastPeers?.statement.children ?? []).length > 0;
  if (unicast && strict) {
    const at = values.unicastPeers?.statement ?? statement;
    report('strictUnicast', keywordSpan(at), 'strict mode knows no unicast');
    return undefined;
  }
  const { unicastPeers, checkUnicastSource, oldUnicastChecksum } = values;
  const word = (unicastPeers ?? checkUnicastSource ?? oldUnicastChecksum ?? unicastSource)?.statement;
  if (!unicast && !refused && !values.unicastFaultNoPeer && word) {
    report(
      'unicastWithoutPeers',
      keywordSpan(word),
      `${word.keyword} is for unicast, but there are no peers`,
    );
  }
  if (unicastTtl && !unicast && !refused) {
    report(
      'settingIgnored',
      keywordSpan(unicastTtl.statement),
      'unicast_ttl needs unicast peers and is ignored',
    );
  }
  const ofGlobals = family === 'ipv4' ? globals.mcastGroup4 : globals.mcastGroup6;
  let multicastGroup = ofGlobals;
  if (mcastGroup && unicast) {
    report(
      'settingIgnored',
      keywordSpan(mcastGroup.statement),
      'mcast_dst_ip does not go with unicast peers and is ignored',
    );
  } else if (mcastGroup && ofFamily(mcastGroup.value, family, mcastGroup.statement, report)) {
    if (family === 'ipv4' || mcastGroup.value.startsWith('ff02:')) multicastGroup = mcastGroup.value;
    else
      report(
        'invalidValue',
        argumentSpan(mcastGroup.statement),
        `${mcastGroup.value} is not a link-local group`,
      );
  }
  return {
    ...(sourceAddress ? { sourceAddress } : {}),
    // Keepalived never takes over when unicast_src_ip is on no interface; here that is a FAULT with a reason.
    trackSourceAddress:
      sourceAddress !== undefined && (unicastSource !== undefined || trackSource !== undefined),
    multicastGroup,
    unicastPeers: peers.map(({ value: { address, minTtl, maxTtl } }) => ({ address, minTtl, maxTtl })),
    checkUnicastSource:
      values.checkUnicastSource !== undefined ||
      defaults.checkUnicastSource !== undefined ||
      peers.some(({ value }) => value.limited),
    ...(unicast && unicastTtl
      ? { unicastTtl: unicastTtl.value }
      : family === 'ipv4'
        ? { unicastTtl: 255 }
        : {}),
    ...(vrf && !values.interface ? { vrf: vrf.value } : {}),
  };
}
