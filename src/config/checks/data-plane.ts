/**
 * Virtual servers that the chosen data plane cannot serve as they are written. With `auto` it is not known before the
 * start which one it will be: what nftables could not do is a note then. Nothing changes: what is told is left out by the plane.
 */
import type { Report } from '../diagnostics.js';
import type { Configuration } from '../model.js';
import type { VirtualServerSettings } from '../model-lvs.js';
import { NFTABLES_MIXED_PORTS, nftablesServerLimit, nftablesServiceLimit } from '../plane-limits.js';
import type { RootValues } from '../settings/context.js';
import { keywordSpan, type Statement } from '../tree.js';

export function checkDataPlane(values: RootValues, configuration: Configuration, report: Report): void {
  const { globals, virtualServers } = configuration;
  if (virtualServers.length === 0) return;
  const code = globals.balancer === 'auto' ? 'planeMayNot' : 'planeCannot';
  let blocks: Map<string, Statement> | undefined;
  for (const settings of virtualServers) {
    const limit = PLANES[globals.balancer ?? 'ipvs'](settings, configuration);
    const unreachable = loopbackOf(settings);
    if (limit === undefined && unreachable === undefined) continue;
    blocks ??= new Map(
      (values.virtualServers ?? []).map((block) => [JSON.stringify(block.header), block.statement]),
    );
    const at = blocks.get(JSON.stringify(settings.selector));
    if (at && limit !== undefined) report(code, keywordSpan(at), limit);
    if (at && unreachable !== undefined)
      report(
        'loopbackServer',
        keywordSpan(at),
        `server ${unreachable} is behind NAT, which leads nobody from outside to a loopback address`,
      );
  }
  if ((globals.balancer ?? 'ipvs') === 'ipvs') return;
  for (const [bound, keyword] of [
    [values.globals?.values.lvsSyncDaemon, 'lvs_sync_daemon'],
    [values.globals?.values.lvsTimeouts, 'lvs_timeouts'],
  ] as const)
    if (bound) report(code, keywordSpan(bound.statement), `${keyword} is for IPVS; nftables has none`);
}

const loopbackOf = ({ realServers, sorryServer }: VirtualServerSettings): string | undefined =>
  (
    realServers.find(isBehindLoopback) ??
    (sorryServer && isBehindLoopback(sorryServer) ? sorryServer : undefined)
  )?.address;

const isBehindLoopback = ({
  address,
  method,
}: Pick<VirtualServerSettings['realServers'][number], 'address' | 'method'>): boolean =>
  method.kind === 'NAT' && (address.startsWith('127.') || address === '::1');

function nftablesLimit(settings: VirtualServerSettings, configuration: Configuration): string | undefined {
  const { scheduler, schedulerFlags, onePacket, persistenceEngine, sorryServer, realServers } = settings;
  const service = { scheduler, schedulerFlags, onePacket, engine: persistenceEngine };
  const sorry = sorryServer && { method: sorryServer.method, upperThreshold: 0 };
  const servers = [...realServers, ...(sorry ? [sorry] : [])];
  return (
    nftablesServiceLimit(service) ??
    servers.map(nftablesServerLimit).find((limit) => limit !== undefined) ??
    portLimit(settings, configuration)
  );
}

function portLimit(settings: VirtualServerSettings, configuration: Configuration): string | undefined {
  if (!hasAnyPort(settings, configuration)) return undefined;
  const { realServers, sorryServer } = settings;
  const kinds = new Set(
    [...realServers, ...(sorryServer ? [sorryServer] : [])].map(({ port }) => port === 0),
  );
  return kinds.size > 1 ? NFTABLES_MIXED_PORTS : undefined;
}

/** Some service of it takes whatever port a packet goes to. */
function hasAnyPort({ selector }: VirtualServerSettings, { virtualServerGroups }: Configuration): boolean {
  if (selector.kind !== 'group') return selector.kind === 'mark' || selector.port === 0;
  const group = virtualServerGroups.find(({ name }) => name === selector.group);
  return group?.entries.some((entry) => entry.kind === 'mark' || entry.port === 0) ?? false;
}

const ipvsLimit = ({ scheduler }: VirtualServerSettings): string | undefined =>
  scheduler === 'random' ? 'IPVS has no scheduler random; use another one, or balancer nftables' : undefined;

/** With `auto` both must be able, for nobody knows which it will be. */
const PLANES = {
  ipvs: ipvsLimit,
  nftables: nftablesLimit,
  auto: (settings: VirtualServerSettings, configuration: Configuration) =>
    nftablesLimit(settings, configuration) ?? ipvsLimit(settings),
} as const;
