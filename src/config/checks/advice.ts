/**
 * What a single configuration allows and people suffer from. Each function is one piece of advice; none of them
 * changes the exit status, as Keepalived accepts the file.
 */
import { familyOf, type IpAddress, ipToBytes, prefixContains } from '../../base/ip-address.js';
import { toSeconds } from '../../base/time.js';
import type { AddressFacts, LinkFacts } from '../../wire/netlink/facts.js';
import type { Report } from '../diagnostics.js';
import type { InstanceSettings, ScriptSettings, TrackSettings } from '../model.js';
import type { Built } from '../settings/configuration.js';
import type { InstanceBlock } from '../settings/instance.js';
import { argumentSpan, keywordSpan, type Statement } from '../tree.js';

export interface Machine {
  readonly links?: readonly LinkFacts[];
  readonly addresses?: readonly AddressFacts[];
}

export function advise(built: Built, machine: Machine, report: Report): void {
  const scripts = new Map(built.configuration.scripts.map((script) => [script.name, script]));
  for (const instance of built.configuration.instances) {
    const block = built.instances.get(instance.name);
    if (!block) continue;
    adviseWeights(instance, block, report);
    adviseScripts(instance, block, scripts, report);
    adviseUnicast(instance, block, machine, report);
    adviseAddresses(instance, block, machine, report);
    adviseAnnouncements(instance, block, report);
  }
  for (const [name, { values }] of built.scripts) {
    const script = scripts.get(name);
    if (script && values.timeout && script.timeout > script.interval) {
      const message = `timeout ${toSeconds(script.timeout)} is longer than the interval ${toSeconds(script.interval)}`;
      report('timeoutOverInterval', argumentSpan(values.timeout.statement), message);
    }
  }
}

/** The line of a track list that names this tracker. */
function entryOf(block: InstanceBlock, name: string): Statement | undefined {
  const { trackInterfaces, trackScripts, trackFiles, trackProcesses } = block.values;
  return [trackInterfaces, trackScripts, trackFiles, trackProcesses]
    .flatMap((list) => list?.entries ?? [])
    .find(({ value }) => value.name === name)?.statement;
}

const signed = ({ weight, reverse }: TrackSettings): number => (reverse ? -weight : weight);

function adviseWeights(instance: InstanceSettings, block: InstanceBlock, report: Report): void {
  const { priority, trackInterfaces, trackScripts, trackProcesses } = instance;
  const weighted = [...trackInterfaces, ...trackScripts, ...trackProcesses].filter(
    ({ weight }) => weight !== 0,
  );
  const sum = (sign: 1 | -1): number =>
    weighted.reduce((total, track) => total + Math.max(0, sign * signed(track)), 0);
  const [highest, lowest] = [priority + sum(1), priority - sum(-1)];
  if (priority === 255 || weighted.length === 0 || (highest <= 254 && lowest >= 1)) return;
  const last = weighted.at(-1);
  const at = last && entryOf(block, last.name);
  const reach = highest > 254 ? `up to ${highest}` : `down to ${lowest}`;
  report(
    'weightClamped',
    at && keywordSpan(at),
    `with all weights the priority would go ${reach}, but it stays from 1 to 254`,
  );
}

/** Programs that ask something on the network, and what they are asked about. */
const REMOTE = /(^|\/)(ping6?|fping|arping|curl|wget|nc|ncat|nmap|dig|host|nslookup)$/;
const LOCAL = /^(localhost|127\.|::1|https?:\/\/(localhost|127\.|\[::1\]))/;

function adviseScripts(
  instance: InstanceSettings,
  block: InstanceBlock,
  scripts: ReadonlyMap<string, ScriptSettings>,
  report: Report,
): void {
  for (const track of instance.trackScripts) {
    const script = scripts.get(track.name);
    const at = entryOf(block, track.name);
    if (!script || !at) continue;
    const words = script.command.argv.flatMap((word) => word.split(/\s+/));
    const program = words.find((word) => REMOTE.test(word));
    const target = words.some(
      (word) => /[a-z0-9]\.[a-z0-9]|:.*:/i.test(word) && !word.startsWith('/') && !LOCAL.test(word),
    );
    if (track.weight === 0 && program !== undefined && target) {
      report('sharedTarget', keywordSpan(at), `"${track.name}" asks another machine and has no weight`);
    }
  }
}

function adviseUnicast(
  instance: InstanceSettings,
  block: InstanceBlock,
  { addresses }: Machine,
  report: Report,
): void {
  const { sourceAddress, unicastPeers } = instance;
  const own = new Set<IpAddress>(addresses?.map(({ address }) => address));
  if (sourceAddress) own.add(sourceAddress);
  for (const { value, statement } of block.values.unicastPeers?.entries ?? []) {
    if (own.has(value.address))
      report('peerIsSelf', keywordSpan(statement), `${value.address} is this router's own address`);
  }
  const at = block.values.unicastSource?.statement;
  if (!sourceAddress || !at || unicastPeers.length === 0) return;
  const near = unicastPeers.find(({ address }) => differsOnce(sourceAddress, address));
  if (near) {
    const message = `${sourceAddress} and its peer ${near.address} differ in one number of their network`;
    report('sourceUnlikePeers', argumentSpan(at), message);
  }
}

/** Of the first three numbers of two IPv4 addresses exactly one differs. */
function differsOnce(a: IpAddress, b: IpAddress): boolean {
  if (familyOf(a) !== 'ipv4' || familyOf(b) !== 'ipv4') return false;
  const other = ipToBytes(b);
  const differing = [...ipToBytes(a).subarray(0, 3)].filter((byte, i) => byte !== other[i]).length;
  // The third number often tells networks apart on purpose.
  return differing === 1 && ipToBytes(a)[2] === other[2];
}

function adviseAddresses(
  instance: InstanceSettings,
  block: InstanceBlock,
  machine: Machine,
  report: Report,
): void {
  const { links, addresses } = machine;
  if (!links || !addresses) return;
  for (const { value, statement } of block.values.virtualAddresses?.entries ?? []) {
    const { address, prefixLength, device = instance.interface, peer } = value;
    const link = links.find(({ name }) => name === device);
    const there = addresses.filter(
      ({ interfaceIndex, family }) => interfaceIndex === link?.index && family === familyOf(address),
    );
    const single = prefixLength === (familyOf(address) === 'ipv4' ? 32 : 128);
    if (!link || there.length === 0 || peer || !single) continue;
    const inside = there.some((facts) =>
      prefixContains({ address: facts.address, length: facts.prefixLength }, address),
    );
    if (!inside)
      report('outsidePrefix', keywordSpan(statement), `${address} lies in no network of ${device}`);
  }
}

function adviseAnnouncements(instance: InstanceSettings, block: InstanceBlock, report: Report): void {
  const { advertInterval, downTimerAdverts, garp } = instance;
  const at = block.values.advertInterval?.statement;
  if (!at || advertInterval >= 1e6 || garp.masterRefresh > 0) return;
  const failover = advertInterval * (downTimerAdverts + 1);
  if (garp.masterDelay > failover) {
    const message = `the addresses move within ${failover / 1e6} s, but are announced again only after ${toSeconds(garp.masterDelay)} s`;
    report('slowAnnouncements', argumentSpan(at), message);
  }
}
