/** bfd_instance to settings. (directives-bfd section 1) */
import { familyOf, isLinkLocal } from '../../base/ip-address.js';
import { type Duration, formatDuration, milliseconds } from '../../base/time.js';
import type { Report } from '../diagnostics.js';
import type { BfdAuthenticationSettings, BfdInstanceSettings, BfdKey } from '../model-bfd.js';
import { argumentSpan, keywordSpan } from '../tree.js';
import { Names, type Outline, type RootValues } from './context.js';
import { lackOf, tellLacking } from './lacking.js';

/** Keywords, and the model's words for them. */
const AUTH_TYPES = {
  simple: 'simple-password',
  keyed_md5: 'keyed-md5',
  meticulous_md5: 'meticulous-md5',
  keyed_sha1: 'keyed-sha1',
  meticulous_sha1: 'meticulous-sha1',
} as const;

export type BfdBlock = NonNullable<RootValues['bfdInstances']>[number];

/** Detection slower than this is slower than VRRP's own. */
const SLOW = milliseconds(10_000);

/** The instances that can be referred to: those with a neighbour, and no second of the same name. */
export function nameSessions(top: RootValues, outline: Outline, report: Report): Names<BfdBlock> {
  const taken = new Map<string, BfdBlock>();
  const usable = (top.bfdInstances ?? []).filter((block) => isUsable(block, taken, report));
  return new Names('bfd_instance', usable, outline, report);
}

function isUsable(block: BfdBlock, taken: Map<string, BfdBlock>, report: Report): boolean {
  const { header, statement, values } = block;
  const { neighbor, source } = values;
  if (!neighbor) {
    const message = `bfd_instance "${header}" has no neighbor_ip`;
    tellLacking(statement, ['neighbor_ip', 'neighbour_ip'], lackOf(statement, message), report);
    return false;
  }
  if (source && familyOf(source.value) !== familyOf(neighbor.value.address)) {
    report(
      'bfdFamily',
      argumentSpan(source.statement),
      `source_ip ${source.value} does not fit neighbor_ip ${neighbor.value.address}`,
    );
    return false;
  }
  const key = `${neighbor.value.address} ${source?.value ?? ''} ${values.multihop?.value === true}`;
  const other = taken.get(key);
  if (!other) {
    taken.set(key, block);
    return true;
  }
  // Of two with one name the second is told as such.
  if (other.header === header) return true;
  report(
    'neighborClash',
    argumentSpan(neighbor.statement),
    `bfd_instance "${other.header}" already has a session with ${neighbor.value.address}`,
    { related: [{ span: keywordSpan(other.statement), text: 'that instance' }] },
  );
  return false;
}

/** Longest key of each type, bytes (RFC 5880 sections 6.7.2 to 6.7.4). */
const LONGEST = { sha1: 20, others: 16 };

function authenticationOf(
  { header, values }: BfdBlock,
  report: Report,
): BfdAuthenticationSettings | undefined {
  const { authType, authKeys } = values;
  const [firstLine] = authKeys ?? [];
  const place = authType?.statement ?? firstLine?.statement;
  if (!place) return undefined;
  if (!authType) {
    report('bfdAuthentication', keywordSpan(place), `bfd_instance "${header}" has a key and no auth_type`);
    return undefined;
  }
  const type = AUTH_TYPES[authType.value];
  const longest = type.endsWith('sha1') ? LONGEST.sha1 : LONGEST.others;
  const keys: BfdKey[] = [];
  for (const { value, statement } of authKeys ?? []) {
    if (value.hex.length > 2 * longest) {
      const text = `the key ${value.id} has ${value.hex.length / 2} bytes, ${authType.value} takes ${longest}`;
      report('bfdAuthentication', argumentSpan(statement), text);
    } else if (keys.some(({ id }) => id === value.id))
      report('bfdAuthentication', argumentSpan(statement), `there are two keys with the number ${value.id}`);
    else keys.push(value);
  }
  const [first, ...others] = keys;
  if (first) return { type, keys: [first, ...others] };
  report('bfdAuthentication', keywordSpan(place), `bfd_instance "${header}" has an auth_type and no key`);
  return undefined;
}

export function buildBfdInstance(
  { header, values, statement }: BfdBlock,
  report: Report,
): BfdInstanceSettings[] {
  const { neighbor, source, maxHops, weight, vrrp, checker } = values;
  if (!neighbor) return [];
  const v6 = familyOf(neighbor.value.address) === 'ipv6';
  const ttl = values.ttl?.value ?? (v6 ? 64 : 255);
  let hops = maxHops?.value ?? 0;
  if (hops === -1) hops = 255;
  if (maxHops && hops > ttl) {
    report(
      'valueAdjusted',
      argumentSpan(maxHops.statement),
      `max_hops ${hops} is above ttl ${ttl}; ${ttl} is used`,
    );
    hops = ttl;
  }
  const multihop = values.multihop?.value ?? false;
  if (v6 && !multihop && ttl < 255) {
    report('bfdHopLimit', keywordSpan(statement), `bfd_instance "${header}" sends hop limit ${ttl}`);
  }
  if (isLinkLocal(neighbor.value.address) && neighbor.value.interface === undefined) {
    report(
      'bfdScope',
      argumentSpan(neighbor.statement),
      `neighbor_ip ${neighbor.value.address} has no interface behind it`,
    );
  }
  const authentication = authenticationOf({ header, values, statement }, report);
  const minRx = values.minRx?.value ?? milliseconds(10);
  const minTx = values.minTx?.value ?? milliseconds(10);
  const multiplier = values.multiplier?.value ?? 5;
  const detection = (Math.max(minRx, minTx) * multiplier) as Duration;
  if (detection > SLOW) {
    report(
      'bfdSlow',
      keywordSpan(statement),
      `bfd_instance "${header}" notices a loss after ${formatDuration(detection)}`,
    );
  }
  const both = (vrrp === undefined) === (checker === undefined);
  return [
    {
      name: header,
      neighbor: neighbor.value.address,
      ...(neighbor.value.interface === undefined ? {} : { interface: neighbor.value.interface }),
      ...(source ? { source: source.value } : {}),
      minRx,
      minTx,
      idleTx: values.idleTx?.value ?? milliseconds(1000),
      multiplier,
      passive: values.passive !== undefined,
      ttl,
      maxHops: hops,
      multihop,
      ...(authentication ? { authentication } : {}),
      weight: weight?.value.weight ?? 0,
      reverse: weight?.value.reverse ?? false,
      consumers: { vrrp: both || vrrp !== undefined, checker: both || checker !== undefined },
    },
  ];
}
