/** virtual_server to settings: what its header, family, ports and quorum come to. (directives-lvs sections 2, 3) */
import { type Family, familyOf, type IpAddress } from '../../base/ip-address.js';
import { seconds } from '../../base/time.js';
import type { Report } from '../diagnostics.js';
import type {
  PersistenceSettings,
  Protocol,
  RealServerSettings,
  Scheduler,
  SorryServerSettings,
  VirtualServerSettings,
} from '../model-lvs.js';
import { familyWord, netmaskOf } from '../schema/lvs-arguments.js';
import type { Bound } from '../schema/row.js';
import { didYouMean, nearest } from '../suggest.js';
import { argumentSpan, keywordSpan, type Statement } from '../tree.js';
import { says } from './context.js';
import { tellLacking, tellMisspelt } from './lacking.js';
import { buildRealServers } from './real-server.js';
import {
  type Group,
  portOfServer,
  type Service,
  type ServiceBlock,
  type ServiceSurroundings,
  type ServiceValues,
} from './service.js';

const PERSISTENT = seconds(360);

/** Undefined where it cannot be run; that has been told. */
export function buildVirtualServer(
  block: ServiceBlock,
  around: ServiceSurroundings,
): VirtualServerSettings | undefined {
  const { values, header: selector, statement } = block;
  const { report, defaults } = around;
  const group = selector.kind === 'group' ? around.groups.get(selector.group) : undefined;
  if (selector.kind === 'group' && !group) {
    if (!around.groups.has(selector.group)) {
      const message = `there is no virtual_server_group "${selector.group}"`;
      const slip = around.outline.misspelt('virtual_server_group', selector.group);
      if (slip) tellMisspelt(slip, message, report);
      else {
        const near = nearest(selector.group, around.groups.keys());
        report('unknownGroup', argumentSpan(statement), message, didYouMean(near));
      }
    }
    return undefined;
  }
  const shown = statement.line.text;
  if (!values.realServers) {
    if (!says(statement, 'real_server')) {
      const lack = {
        code: 'noRealServers',
        at: keywordSpan(statement),
        message: `${shown} has no real servers`,
      } as const;
      tellLacking(statement, ['real_server'], lack, report);
    }
    return undefined;
  }
  const incomplete: Incomplete = (keyword, message, remedy) => {
    const at = keywordSpan(statement);
    const lack = {
      code: 'serviceIncomplete',
      at,
      message: `${shown} ${message}`,
      details: { remedy },
    } as const;
    tellLacking(statement, [keyword], lack, report);
  };
  if (!values.scheduler && !says(statement, 'lvs_sched', 'lb_algo')) {
    incomplete('lvs_sched', 'names no scheduler; wlc is used', 'Add lvs_sched, such as lvs_sched wlc.');
  }
  if (!values.method && !says(statement, 'lvs_method', 'lb_kind')) {
    incomplete('lvs_method', 'names no forwarding method; NAT is used', 'Add lvs_method NAT, DR or TUN.');
  }
  const scheduler = values.scheduler?.value ?? 'wlc';
  const method = values.method?.value ?? { kind: 'NAT' };
  const protocol = protocolOf(block, group, incomplete, report);
  const family = familyOfService(block, report);
  const persistence = persistenceOf(block, family, group, incomplete, report);
  const delayLoop = values.delayLoop?.value ?? seconds(60);
  const service: Service = { block, selector, shown, family, method, delayLoop, group };
  const realServers = buildRealServers(service, around);
  if (realServers.length === 0) {
    report('noRealServers', keywordSpan(statement), `none of the real servers of ${shown} can be used`);
    return undefined;
  }
  const sorryServer = sorryServerOf(service, realServers, report);
  const { snmpName, quorumUp, quorumDown, persistenceEngine } = values;
  return {
    selector,
    ...(protocol === undefined ? {} : { protocol }),
    family,
    scheduler,
    schedulerFlags: flagsOf(block, scheduler, report),
    onePacket: onePacketOf(values, protocol, report),
    method,
    ...(persistence ? { persistence } : {}),
    ...(persistenceEngine ? { persistenceEngine: persistenceEngine.value } : {}),
    // A mark has no address that could be here or elsewhere.
    haSuspend: values.haSuspend !== undefined && selector.kind !== 'mark',
    smtpAlert:
      values.smtpAlert?.value ?? defaults.smtpAlertChecker?.value ?? defaults.smtpAlert?.value ?? false,
    ...(snmpName ? { snmpName: snmpName.value } : {}),
    omega: values.omega !== undefined,
    ...quorumOf(service, realServers, report),
    ...(quorumUp ? { quorumUp: quorumUp.value } : {}),
    ...(quorumDown ? { quorumDown: quorumDown.value } : {}),
    ...(sorryServer ? { sorryServer } : {}),
    realServers,
  };
}

/** `keyword` is what would complete it. */
type Incomplete = (keyword: string, message: string, remedy: string) => void;

function protocolOf(
  { values, header, statement }: ServiceBlock,
  group: Group | undefined,
  incomplete: Incomplete,
  report: Report,
): Protocol | undefined {
  const onlyMarks = header.kind === 'mark' || group?.ports.size === 0;
  const { protocol } = values;
  if (onlyMarks) {
    if (protocol) {
      report('notApplicable', keywordSpan(protocol.statement), 'a mark has no protocol; the line is ignored');
    }
    return undefined;
  }
  if (protocol) return protocol.value;
  if (!says(statement, 'protocol')) {
    incomplete('protocol', 'names no protocol; UDP is used', 'Add protocol TCP, UDP or SCTP.');
  }
  return 'UDP';
}

/** What is written, else what the servers have in common. */
function familyOfService({ values, header }: ServiceBlock, report: Report): Family {
  const { family: written } = values;
  if (header.kind === 'address') {
    const own = familyOf(header.address);
    if (written && written.value !== own) {
      report(
        'settingIgnored',
        argumentSpan(written.statement),
        `ip_family ${familyWord(written.value)} does not fit ${header.address}; it is ignored`,
      );
    }
    return own;
  }
  if (written) return written.value;
  const granularity = values.persistenceGranularity?.value;
  if (granularity !== undefined) return typeof granularity === 'number' ? 'ipv6' : 'ipv4';
  const servers = values.realServers ?? [];
  const plain = servers.find(
    (server) => (server.values.method?.value ?? values.method?.value)?.kind !== 'TUN',
  );
  if (plain) return familyOf(plain.header.address);
  const families = new Set(servers.map((server) => familyOf(server.header.address)));
  return families.size === 1 && families.has('ipv6') ? 'ipv6' : 'ipv4';
}

function persistenceOf(
  { values, header }: ServiceBlock,
  family: Family,
  group: Group | undefined,
  incomplete: Incomplete,
  report: Report,
): PersistenceSettings | undefined {
  const { persistenceTimeout: timeout, persistenceGranularity: written } = values;
  const granularity = written && granularityOf(written, family, report);
  const everyPort = (header.kind === 'address' && header.port === 0) || group?.ports.has(0) === true;
  if (!timeout && !written && !everyPort) return undefined;
  if (!timeout && !written) {
    incomplete(
      'persistence_timeout',
      'has no port, which only a persistent service may have; persistence_timeout 360 is used',
      'Add the port behind the address, or persistence_timeout.',
    );
  }
  return {
    timeout: timeout ? seconds(timeout.value) : PERSISTENT,
    granularity: granularity ?? (family === 'ipv4' ? ('255.255.255.255' as IpAddress) : 128),
  };
}

function granularityOf(
  { value, statement }: Bound<IpAddress | number>,
  family: Family,
  report: Report,
): IpAddress | number | undefined {
  const at = argumentSpan(statement);
  if (family === 'ipv6') {
    if (typeof value === 'number' && value >= 1 && value <= 128) return value;
    report('invalidValue', at, `${value} is no prefix length from 1 to 128, as IPv6 needs`);
    return undefined;
  }
  if (typeof value !== 'number') return value;
  const mask = netmaskOf(value);
  report('oddNetmask', at, `persistence_granularity ${value} is read as the netmask ${mask}`);
  return mask;
}

function flagsOf({ values, statement }: ServiceBlock, scheduler: Scheduler, report: Report): (1 | 2 | 3)[] {
  const { flag1, flag2, flag3, shPort, shFallback, mhPort, mhFallback, hashed } = values;
  const flags = new Set<1 | 2 | 3>();
  if (flag1) flags.add(1);
  if (flag2) flags.add(2);
  if (flag3) flags.add(3);
  const children = statement.children ?? [];
  const chosen = values.scheduler && children.indexOf(values.scheduler.statement);
  const only = (wanted: Scheduler, bound: Bound<true> | undefined, flag: 1 | 2 | undefined) => {
    if (!bound) return;
    const fits = scheduler === wanted && chosen !== undefined && chosen < children.indexOf(bound.statement);
    if (fits && flag) flags.add(flag);
    if (fits) return;
    report(
      'notApplicable',
      keywordSpan(bound.statement),
      `${bound.statement.keyword} needs lvs_sched ${wanted} above it`,
    );
  };
  only('sh', shFallback, 1);
  only('sh', shPort, 2);
  only('mh', mhFallback, 1);
  only('mh', mhPort, 2);
  only('sh', hashed, undefined);
  return [...flags].sort();
}

function onePacketOf({ ops }: ServiceValues, protocol: Protocol | undefined, report: Report): boolean {
  if (!ops) return false;
  if (protocol === undefined || protocol === 'UDP') return true;
  report('notApplicable', keywordSpan(ops.statement), `ops is for UDP, not for ${protocol}`);
  return false;
}

function sorryServerOf(
  { block, selector, shown, family, method }: Service,
  realServers: readonly RealServerSettings[],
  report: Report,
): SorryServerSettings | undefined {
  const { values, statement } = block;
  const { sorryServer: sorry, sorryServerInhibit: inhibit, sorryServerMethod: own } = values;
  const children = statement.children ?? [];
  const belongs = (bound: Bound<unknown> | undefined): boolean => {
    if (!bound) return false;
    const { keyword } = bound.statement;
    const at = children.indexOf(bound.statement);
    const isAbove = (one: Statement): boolean => one.keyword === 'sorry_server' && children.indexOf(one) < at;
    if (!children.some(isAbove))
      report('notApplicable', keywordSpan(bound.statement), `${keyword} needs a sorry_server above it`);
    else if (sorry && children.indexOf(sorry.statement) > at)
      report(
        'notApplicable',
        keywordSpan(bound.statement),
        `${keyword} is of a sorry_server that another one replaces`,
      );
    else return true;
    return false;
  };
  const keeps = belongs(inhibit);
  const used = (belongs(own) && own ? own.value : undefined) ?? method;
  if (!sorry) return undefined;
  const { address } = sorry.value;
  const at = argumentSpan(sorry.statement);
  if (used.kind !== 'TUN' && familyOf(address) !== family) {
    report('serverFamily', at, `sorry_server ${address} does not fit ${shown}`);
    return undefined;
  }
  const port = portOfServer(selector, used, sorry.value.port, (message) =>
    report('valueAdjusted', at, message),
  );
  const twin = realServers.find((server) => server.address === address && server.port === port);
  if (twin) report('sorryIsReal', at, `sorry_server ${address} is a real server of ${shown}, too`);
  return {
    address,
    // Nothing fills this in: with NAT a sorry server without a port is one with port 0.
    port: used.kind === 'NAT' ? sorry.value.port : port,
    method: used,
    inhibit: twin ? twin.inhibitOnFailure : keeps,
  };
}

function quorumOf(
  { block, shown }: Service,
  realServers: readonly RealServerSettings[],
  report: Report,
): { quorum: number; hysteresis: number } {
  const { quorum: written, hysteresis: margin } = block.values;
  const total = realServers.reduce((sum, { weight }) => sum + weight, 0);
  let quorum = written?.value ?? 1;
  const lowered = quorum > total;
  if (lowered) {
    const message = `quorum ${quorum} of ${shown} is above the sum of weights, ${total}`;
    report(
      'quorumTooHigh',
      written ? argumentSpan(written.statement) : keywordSpan(block.statement),
      message,
    );
    quorum = Math.max(1, total);
  }
  let hysteresis = margin?.value ?? 0;
  if (hysteresis >= quorum) {
    if (margin) {
      const message = `hysteresis ${hysteresis} is not below quorum ${quorum}; ${quorum - 1} is used`;
      report('hysteresisTooHigh', argumentSpan(margin.statement), message);
    }
    hysteresis = quorum - 1;
  }
  const fixed = realServers.every(({ checkers }) => checkers.every(hasFixedWeight));
  if (!lowered && margin && fixed && quorum + hysteresis > total) {
    const message = `the quorum of ${shown} is won at ${quorum + hysteresis}, but all servers together weigh ${total}`;
    report('quorumUnreachable', argumentSpan(margin.statement), message);
  }
  return { quorum, hysteresis };
}

const hasFixedWeight = (checker: RealServerSettings['checkers'][number]): boolean =>
  checker.kind === 'MISC_CHECK' ? !checker.dynamic : checker.kind !== 'FILE_CHECK' || checker.weight === 0;
