/** Checkers to settings, kind by kind; the HTTP ones are http-check.ts's. (directives-lvs section 6) */
import { formatDuration, seconds } from '../../base/time.js';
import type { CheckerSettings } from '../model-lvs.js';
import { argumentSpan, keywordSpan, type Statement } from '../tree.js';
import {
  type CheckSurroundings,
  type KindDefaults,
  network,
  tellHopeless,
  tellSlow,
  timingOf,
} from './check-common.js';
import { nameOf, type RootValues } from './context.js';
import { buildHttpCheck } from './http-check.js';
import { lackOf, tellLacking } from './lacking.js';

type ServiceBlock = NonNullable<RootValues['virtualServers']>[number];
export type RealBlock = NonNullable<ServiceBlock['values']['realServers']>[number];
type RealValues = RealBlock['values'];
type Check<K extends keyof RealValues> = NonNullable<RealValues[K]> extends readonly (infer B)[] ? B : never;

const DNS: KindDefaults = { retry: 3, delayBeforeRetry: undefined };
const MISC: KindDefaults = { retry: 0, delayBeforeRetry: seconds(1) };

/** All checkers of a server, in the order of the text. */
export function buildCheckers(block: RealBlock, around: CheckSurroundings): CheckerSettings[] {
  const { values, statement } = block;
  const found: { readonly at: Statement; readonly settings: CheckerSettings }[] = [];
  const collect = <B extends { readonly statement: Statement }>(
    blocks: readonly B[] | undefined,
    build: (block: B, around: CheckSurroundings) => CheckerSettings | undefined,
  ): void => {
    for (const check of blocks ?? []) {
      const settings = build(check, around);
      if (settings) found.push({ at: check.statement, settings });
    }
  };
  collect(values.tcpCheck, (check) => network(check, around, (facts) => ({ kind: 'TCP_CHECK', ...facts })));
  collect(values.httpGet, (check) => buildHttpCheck('HTTP_GET', check, around));
  collect(values.sslGet, (check) => buildHttpCheck('SSL_GET', check, around));
  collect(values.dnsCheck, buildDnsCheck);
  collect(values.udpCheck, buildUdpCheck);
  collect(values.pingCheck, (check) => network(check, around, (facts) => ({ kind: 'PING_CHECK', ...facts })));
  collect(values.miscCheck, buildMiscCheck);
  collect(values.fileCheck, buildFileCheck);
  collect(values.smtpCheck, buildSmtpCheck);
  for (const check of values.smtpCheck ?? []) {
    const { heloName } = check.values;
    const hosts = (check.values.hosts ?? []).map((host) => ({
      ...host,
      values: { ...host.values, ...(heloName ? { heloName } : {}) },
    }));
    for (const host of hosts) {
      const settings = buildSmtpCheck(host, around);
      if (settings) found.push({ at: check.statement, settings });
    }
  }
  buildBfdChecks(values.bfdCheck ?? [], around, found);
  if (found.length > 1) {
    const order = new Map((statement.children ?? []).map((child, i) => [child, i]));
    found.sort((a, b) => (order.get(a.at) ?? 0) - (order.get(b.at) ?? 0));
  }
  return found.map(({ settings }) => settings);
}

function buildSmtpCheck(
  check: { readonly statement: Statement; readonly values: Check<'smtpCheck'>['values'] },
  around: CheckSurroundings,
): CheckerSettings | undefined {
  return network(check, around, (facts) => ({
    kind: 'SMTP_CHECK',
    ...facts,
    heloName: check.values.heloName?.value ?? 'smtpchecker.keepalived.org',
  }));
}

function buildDnsCheck(check: Check<'dnsCheck'>, around: CheckSurroundings): CheckerSettings | undefined {
  const name = check.values.name?.value ?? '';
  const long = name.length > 253 || name.split('.').some((label) => label.length > 63);
  if (long && check.values.name) {
    tellHopeless(check.values.name.statement, `"${name}" is too long for a query`, around.report, {
      remedy: 'A label has at most 63 bytes, a name 253.',
    });
  }
  const type = check.values.type?.value ?? 'SOA';
  return network(check, around, (facts) => ({ kind: 'DNS_CHECK', ...facts, type, name }), DNS);
}

function buildUdpCheck(check: Check<'udpCheck'>, around: CheckSurroundings): CheckerSettings | undefined {
  const { payload, requireReply, minReplyLength, maxReplyLength } = check.values;
  const min = minReplyLength?.value ?? 0;
  const max = maxReplyLength?.value ?? 255;
  const limit = minReplyLength ?? maxReplyLength;
  if (min > max && limit) {
    around.report(
      'replyLengths',
      argumentSpan(limit.statement),
      `no answer has at least ${min} and at most ${max} bytes`,
    );
  }
  return network(check, around, (facts) => ({
    kind: 'UDP_CHECK',
    ...facts,
    ...(payload ? { payload: payload.value } : {}),
    ...(requireReply ? { requireReply: requireReply.value } : {}),
    minReplyLength: min,
    maxReplyLength: max,
  }));
}

function buildMiscCheck(check: Check<'miscCheck'>, around: CheckSurroundings): CheckerSettings | undefined {
  const { path, timeout, dynamic, user } = check.values;
  const { report, serviceDelayLoop } = around;
  const at = check.statement;
  if (!path) {
    tellLacking(at, ['misc_path'], lackOf(at, 'MISC_CHECK has no misc_path'), report);
    return undefined;
  }
  const timing = timingOf(check.values, around, MISC);
  const limit = timeout && timeout.value > 0 ? seconds(timeout.value) : serviceDelayLoop;
  if (timeout && limit > timing.delayLoop) {
    report(
      'checkOutlastsPeriod',
      argumentSpan(timeout.statement),
      `the script may run ${formatDuration(limit)}, and is started every ${formatDuration(timing.delayLoop)}`,
    );
  }
  tellSlow(at, timing, limit, report);
  return {
    kind: 'MISC_CHECK',
    ...timing,
    command: { ...path.value, ...user?.value },
    timeout: limit,
    dynamic: dynamic !== undefined,
  };
}

function buildFileCheck(check: Check<'fileCheck'>, around: CheckSurroundings): CheckerSettings | undefined {
  const { trackFile, weight } = check.values;
  const at = check.statement;
  if (!trackFile) {
    tellLacking(at, ['track_file'], lackOf(at, 'FILE_CHECK has no track_file'), around.report);
    return undefined;
  }
  const named = (statement: Statement) => {
    const name = nameOf(statement.line.text);
    const file = around.files.resolve(name, argumentSpan(statement), around.service, true);
    return file && { name, file };
  };
  const isEarlier = (one: Statement): boolean => one.keyword === 'track_file' && one !== trackFile.statement;
  // A file that is not known leaves the one before it.
  let found = named(trackFile.statement);
  for (const one of found ? [] : (at.children ?? []).filter(isEarlier).reverse()) found ??= named(one);
  if (!found) return undefined;
  const { file, name } = found;
  around.used.add(file.statement);
  const base = file.values.weight?.value ?? { weight: 1, reverse: false };
  return {
    kind: 'FILE_CHECK',
    trackFile: name,
    weight: weight?.value.weight ?? base.weight,
    reverse: weight?.value.reverse ?? (weight ? false : base.reverse),
  };
}

function buildBfdChecks(
  checks: readonly Check<'bfdCheck'>[],
  around: CheckSurroundings,
  found: { at: Statement; settings: CheckerSettings }[],
): void {
  const seen = new Set<string>();
  const { report, sessions, service, used, inherited } = around;
  for (const { values, statement: at } of checks) {
    const { name, alpha } = values;
    if (!name) {
      tellLacking(at, ['name'], lackOf(at, 'BFD_CHECK has no name'), report);
      continue;
    }
    const where = argumentSpan(name.statement);
    const session = sessions.resolve(name.value, where, service, true);
    if (!session) continue;
    used.add(session.statement);
    if (session.values.vrrp && !session.values.checker) {
      report('unknownReference', where, `bfd_instance "${name.value}" is for VRRP only`, {
        remedy: 'Remove vrrp from that instance, or add checker.',
        related: [{ span: keywordSpan(session.values.vrrp.statement), text: 'said here' }],
      });
      continue;
    }
    if (seen.has(name.value)) {
      report('duplicateEntry', where, `this server follows "${name.value}" already`);
      continue;
    }
    seen.add(name.value);
    const settings: CheckerSettings = {
      kind: 'BFD_CHECK',
      instance: name.value,
      alpha: alpha?.value ?? inherited.alpha,
    };
    found.push({ at, settings });
  }
}
