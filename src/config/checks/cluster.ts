/**
 * Several configurations as the routers of one cluster: what instances of the same virtual router must agree on.
 * They belong together by virtual router id and address family; interfaces may have other names.
 */
import type { CodeName } from '../codes.js';
import type { Diagnostics, Place } from '../diagnostics.js';
import type { AddressSettings, InstanceSettings, SyncGroupSettings } from '../model.js';
import type { Built } from '../settings/configuration.js';
import type { InstanceBlock } from '../settings/instance.js';
import { argumentSpan, keywordSpan, type Statement } from '../tree.js';
import { idleWeights, reachOf } from './weights.js';

/** One router: what was built from its file, and where its findings go. */
export interface Router {
  readonly path: string;
  readonly built: Built;
  readonly diagnostics: Diagnostics;
}

interface Member {
  readonly router: Router;
  readonly instance: InstanceSettings;
  readonly block: InstanceBlock;
}

export function checkCluster(routers: readonly Router[]): void {
  const virtual = new Map<string, Member[]>();
  for (const router of routers) {
    for (const instance of router.built.configuration.instances) {
      const block = router.built.instances.get(instance.name);
      if (!block) continue;
      const key = `${instance.family} ${instance.virtualRouterId}`;
      const members = virtual.get(key) ?? [];
      // The same id twice on one router is another network; the first one is compared.
      if (members.some((member) => member.router === router)) continue;
      virtual.set(key, [...members, { router, instance, block }]);
    }
  }
  for (const members of virtual.values()) {
    const [first, ...others] = members;
    if (!first) continue;
    if (others.length === 0) {
      tell(
        first,
        undefined,
        'clusterAlone',
        first.block.statement,
        `no other file has virtual_router_id ${first.instance.virtualRouterId}`,
      );
    }
    for (const other of others) compare(first, other);
    for (const member of members) checkWeights(member, members);
  }
}

/** Findings stand at the later file and show the first. */
function compare(first: Member, other: Member): void {
  const [a, b] = [first.instance, other.instance];
  const name = b.name;
  if (a.version !== b.version) {
    const at = other.block.values.version?.statement ?? other.block.statement;
    tell(
      other,
      first,
      'clusterVersion',
      at,
      `"${name}" uses version ${b.version}, the other version ${a.version}`,
    );
  } else if (shown(a) !== shown(b)) {
    const { authHmac, authentication } = other.block.values;
    const at = (authHmac ?? authentication)?.statement ?? other.block.statement;
    tell(
      other,
      first,
      'clusterAuthentication',
      at,
      `"${name}" authenticates otherwise than the other router`,
    );
  }
  if (a.advertInterval !== b.advertInterval) {
    const at = other.block.values.advertInterval?.statement ?? other.block.statement;
    tell(
      other,
      first,
      'clusterInterval',
      at,
      `advert_int is ${b.advertInterval / 1e6} here and ${a.advertInterval / 1e6} there`,
    );
  }
  const missing = difference(a.virtualAddresses, b.virtualAddresses);
  const surplus = difference(b.virtualAddresses, a.virtualAddresses);
  if (missing.length + surplus.length > 0) {
    const at = other.block.values.virtualAddresses?.statement ?? other.block.statement;
    const parts = [
      missing.length > 0 ? `${missing.join(', ')} only there` : '',
      surplus.length > 0 ? `${surplus.join(', ')} only here` : '',
    ].filter((part) => part !== '');
    tell(other, first, 'clusterAddresses', at, `the addresses of "${name}" differ: ${parts.join('; ')}`);
  }
  checkPatience(first, other);
  checkPatience(other, first);
  checkPeers(first, other);
  checkPeers(other, first);
  if (a.priority === b.priority) {
    const at = other.block.values.priority?.statement ?? other.block.statement;
    tell(other, first, 'clusterTie', at, `both routers have priority ${b.priority}`);
  }
}

/** What receivers compare; of several keys the one that signs, as keys are changed one router at a time. */
function shown({ authentication, hmac }: InstanceSettings): string {
  return JSON.stringify([authentication, hmac?.keys.find(({ id }) => id === hmac.activeKey)]);
}

/** In version 3 a router that starts waits by its own interval for the first advert of another. */
function checkPatience(from: Member, to: Member): void {
  const [own, master] = [from.instance, to.instance];
  if (own.version !== 3 || master.version !== 3 || own.priority === 255) return;
  const skew = ((256 - own.priority) * own.advertInterval) / 256;
  const patience = own.downTimerAdverts * own.advertInterval + skew;
  if (patience >= master.advertInterval) return;
  const at = from.block.values.advertInterval?.statement ?? from.block.statement;
  const message = `"${own.name}" waits ${patience / 1e6} s for an advert, but the other router sends one every ${master.advertInterval / 1e6} s`;
  tell(from, to, 'clusterImpatient', at, message);
}

function difference(a: readonly AddressSettings[], b: readonly AddressSettings[]): string[] {
  const there = new Set(b.map(({ address }) => address));
  return a.map(({ address }) => address).filter((address) => !there.has(address));
}

/** Whether `from` sends to `to`. */
function checkPeers(from: Member, to: Member): void {
  const { unicastPeers } = from.instance;
  const source = to.instance.sourceAddress;
  if (unicastPeers.length === 0) {
    if (to.instance.unicastPeers.length > 0) {
      tell(
        from,
        to,
        'clusterPeers',
        from.block.statement,
        `"${from.instance.name}" uses multicast, the other router unicast`,
      );
    }
  } else if (source !== undefined && !unicastPeers.some(({ address }) => address === source)) {
    const at = from.block.values.unicastPeers?.statement ?? from.block.statement;
    tell(from, to, 'clusterPeers', at, `the other router sends from ${source}, which is not among the peers`);
  }
}

/** Weights that carry the priority past no other's, whatever fails. */
function checkWeights(member: Member, members: readonly Member[]): void {
  const others = members.filter((other) => other !== member);
  const reaches = others.map((other) => reachOf(other.instance, groupOf(other)));
  const idle = new Set(idleWeights(member.instance, groupOf(member), reaches));
  if (idle.size === 0) return;
  const { trackScripts, trackInterfaces, trackFiles, trackProcesses, trackBfd } = member.block.values;
  const lists = [trackScripts, trackInterfaces, trackFiles, trackProcesses, trackBfd];
  const own = reachOf(member.instance, groupOf(member));
  const theirs = reaches.flatMap(({ values }) => [...(values ?? [])]);
  const [mine, those] = [span([...(own.values ?? [])]), span(theirs)];
  for (const { value, statement } of lists.flatMap((list) => list?.entries ?? [])) {
    if (!idle.has(value.name)) continue;
    const message = `with and without "${value.name}" the order stays: the priority here is ${mine}, that of the others ${those}`;
    tell(member, undefined, 'clusterWeight', statement, message);
  }
}

function span(values: readonly number[]): string {
  const [least, most] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [255, 0],
  );
  return least === most ? `${least}` : `${least} to ${most}`;
}

const groupOf = ({ router, instance }: Member): SyncGroupSettings | undefined =>
  router.built.configuration.syncGroups.find(({ members }) => members.includes(instance.name));

function tell(
  at: Member,
  other: Member | undefined,
  code: CodeName,
  statement: Statement,
  message: string,
): void {
  const span = statement.children ? keywordSpan(statement) : argumentSpan(statement);
  const place: Place | undefined = other?.router.diagnostics.place(keywordSpan(other.block.statement));
  at.router.diagnostics.report(code, span, message, {
    related: place ? [{ place, text: 'the other router' }] : [],
  });
}
