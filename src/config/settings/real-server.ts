/** real_server to settings: what it inherits, its port, and which ones are left out. (directives-lvs section 4) */
import { alike } from '../../base/alike.js';
import { familyOf, type IpAddress, isLinkLocal } from '../../base/ip-address.js';
import { seconds } from '../../base/time.js';
import type { CheckerSettings, RealServerSettings } from '../model-lvs.js';
import { argumentSpan, keywordSpan, type Statement } from '../tree.js';
import { buildCheckers, type RealBlock } from './checkers.js';
import { portOfServer, type Service, type ServiceSurroundings } from './service.js';

/** All servers of a service that can be used. */
export function buildRealServers(service: Service, around: ServiceSurroundings): RealServerSettings[] {
  const { report } = around;
  const written = new Map<string, Statement>();
  const final = new Map<string, Statement>();
  const out: RealServerSettings[] = [];
  const kin = new Kin();
  for (const block of service.block.values.realServers ?? []) {
    const { header, statement } = block;
    const tell = (code: 'duplicateEntry' | 'serverTwice', before: Statement) =>
      report(
        code,
        argumentSpan(statement),
        `real server ${header.address} stands twice in ${service.shown}`,
        {
          related: [{ span: argumentSpan(before), text: 'the first one, which counts' }],
        },
      );
    const method = block.values.method?.value ?? service.method;
    if (method.kind !== 'TUN' && familyOf(header.address) !== service.family) {
      report(
        'serverFamily',
        argumentSpan(statement),
        `real server ${header.address} does not fit ${service.shown}`,
      );
      continue;
    }
    const key = `${header.address} ${header.port}`;
    const twin = written.get(key);
    if (twin) {
      tell('duplicateEntry', twin);
      continue;
    }
    written.set(key, statement);
    const server = kin.of(block) ?? buildRealServer(block, method, service, around);
    kin.built(block, server, service);
    const place = `${server.address} ${server.port}`;
    const same = final.get(place);
    if (same) {
      tell('serverTwice', same);
      continue;
    }
    final.set(place, statement);
    out.push(server);
  }
  return out;
}

/**
 * Servers of one service whose blocks say the same differ in their addresses alone, and in those of checks that go to the
 * server itself. Which checks do is known from two of them.
 */
class Kin {
  #first: { readonly block: RealBlock; readonly settings: RealServerSettings } | undefined;
  /** By checker: whether it goes to its server's address. Undefined until there are two. */
  #own: readonly boolean[] | undefined;

  /** Undefined where one has to be built. */
  of({ header, values }: RealBlock): RealServerSettings | undefined {
    const { address, port } = header;
    const own = this.#own;
    const first = this.#first;
    if (!own || !first || first.block.values !== values || first.block.header.port !== port) return undefined;
    // What is told of such is told of each.
    const family = familyOf(address);
    if (family !== familyOf(first.settings.address) || (family === 'ipv6' && isLinkLocal(address)))
      return undefined;
    const { checkers } = first.settings;
    return {
      ...first.settings,
      address,
      checkers: own.includes(true)
        ? checkers.map((one, n) => (own[n] ? sentTo(one, address) : one))
        : checkers,
    };
  }

  built(block: RealBlock, settings: RealServerSettings, { group }: Service): void {
    const first = this.#first;
    if (first?.block.values !== block.values || first.block.header.port !== block.header.port) {
      // A group, or a port that is not the written one, may be remarked on for each server.
      this.#first = group || settings.port !== block.header.port ? undefined : { block, settings };
      this.#own = undefined;
    } else this.#own ??= ownChecks(first.settings, settings);
  }
}

/** Which checkers of two servers go to the server itself; undefined where more than that and the address is another. */
function ownChecks(a: RealServerSettings, b: RealServerSettings): readonly boolean[] | undefined {
  const own = a.checkers.map((one, n) => {
    const other = b.checkers[n];
    return goesTo(one, a.address) && other !== undefined && goesTo(other, b.address);
  });
  const checkers = b.checkers.map((one, n) => (own[n] ? sentTo(one, a.address) : one));
  return alike(a, { ...b, address: a.address, checkers }) ? own : undefined;
}

const goesTo = (checker: CheckerSettings, address: IpAddress): boolean =>
  'target' in checker && checker.target.address === address;
const sentTo = <C extends CheckerSettings>(checker: C, address: IpAddress): C =>
  'target' in checker ? { ...checker, target: { ...checker.target, address } } : checker;

function buildRealServer(
  { header, values, statement }: RealBlock,
  method: RealServerSettings['method'],
  service: Service,
  around: ServiceSurroundings,
): RealServerSettings {
  const { report, defaults } = around;
  const { values: above, statement: serviceStatement } = service.block;
  const at = () => argumentSpan(statement);
  const port = portOfServer(service.selector, method, header.port, (message) =>
    report('valueAdjusted', at(), message),
  );
  tellGroup(header.port, method, service, statement, around);
  const upperThreshold = values.upperThreshold?.value ?? 0;
  const lowerThreshold = values.lowerThreshold?.value ?? 0;
  if (values.lowerThreshold && lowerThreshold > 0 && lowerThreshold >= upperThreshold) {
    report(
      'thresholdsCrossed',
      argumentSpan(values.lowerThreshold.statement),
      `lthreshold ${lowerThreshold} is not below uthreshold ${upperThreshold}`,
    );
  }
  const alpha = values.alpha?.value ?? above.alpha !== undefined;
  const delayLoop = values.delayLoop?.value ?? service.delayLoop;
  const serviceVirtualhost = above.virtualhost?.value;
  const checkers = buildCheckers(
    { header, values, statement },
    {
      // Checks go to the written port even where the method does not use it.
      server: { address: header.address, port: header.port || port },
      inherited: {
        connectTimeout: values.connectTimeout?.value ?? above.connectTimeout?.value ?? FIVE,
        delayLoop,
        retry: values.retry?.value ?? above.retry?.value,
        delayBeforeRetry: values.delayBeforeRetry?.value ?? above.delayBeforeRetry?.value,
        warmup: values.warmup?.value ?? above.warmup?.value,
        fastInterval: values.fastInterval?.value ?? above.fastInterval?.value,
        jitter: values.jitter?.value ?? above.jitter?.value,
        alpha,
      },
      serviceDelayLoop: service.delayLoop,
      virtualhost: values.virtualhost?.value ?? serviceVirtualhost,
      serviceVirtualhost,
      service: serviceStatement,
      files: around.files,
      sessions: around.sessions,
      used: around.used,
      report,
    },
  );
  const { notifyUp, notifyDown, snmpName } = values;
  const slowStart = values.slowStart?.value ?? above.slowStart?.value;
  return {
    address: header.address,
    port,
    weight: values.weight?.value ?? above.weight?.value ?? 1,
    method,
    upperThreshold,
    lowerThreshold,
    inhibitOnFailure: values.inhibitOnFailure?.value ?? above.inhibitOnFailure !== undefined,
    ...(notifyUp ? { notifyUp: notifyUp.value } : {}),
    ...(notifyDown ? { notifyDown: notifyDown.value } : {}),
    smtpAlert:
      values.smtpAlert?.value ?? defaults.smtpAlertChecker?.value ?? defaults.smtpAlert?.value ?? true,
    ...(snmpName ? { snmpName: snmpName.value } : {}),
    alpha,
    delayLoop,
    ...(slowStart ? { slowStart } : {}),
    checkers,
  };
}

const FIVE = seconds(5);

/** A server whose method leaves ports alone, under a group with entries for other ports. */
function tellGroup(
  port: number,
  method: RealServerSettings['method'],
  { group }: Service,
  at: Statement,
  { report }: ServiceSurroundings,
): void {
  if (!group || method.kind === 'NAT' || port === 0) return;
  let other: number | undefined;
  for (const one of group.ports) {
    if (one === port) continue;
    other = one;
    break;
  }
  if (other === undefined) return;
  const { name } = group.settings;
  report(
    'notApplicable',
    keywordSpan(at),
    `${method.kind} leaves ports alone, so port ${port} does not fit port ${other} in group "${name}"`,
    { remedy: 'Leave the port out: each entry of the group brings its own.' },
  );
}
