/**
 * What is logged of checks, in the lines of Keepalived that people grep for, with the reason behind it; and what stands
 * in the mail about a server that a checker moved. (directives-lvs section 11.4)
 */
import type { CheckerSettings } from '../../config/model-lvs.js';
import type { CheckVerdict, ProbeSettings } from '../health/check.js';
import type { Step } from '../health/course.js';
import { describeFailure } from '../health/words.js';

/** How a checker is called where the server is not named: its block. */
export const checkerName = (settings: CheckerSettings): string => settings.kind;

/** A verdict for people: one clause without a full stop. `part`: which URL it is about. */
export function verdictWords(verdict: CheckVerdict, settings: ProbeSettings, part: number): string {
  switch (verdict.kind) {
    case 'good':
      return verdict.detail === '' ? 'the check succeeded' : verdict.detail;
    case 'bad':
      return describeFailure(verdict.reason, settings, part);
    case 'unmade':
      return `could not be made: ${verdict.error.message}`;
  }
}

/** The target of a check in log lines; `server`: the name of the real server. */
function targetOf(settings: ProbeSettings, server: string, protocol: string | undefined): string {
  if (settings.kind === 'MISC_CHECK') return server;
  const { address, port } = settings.target;
  return `[${address}]:${protocol?.toLowerCase() ?? 'tcp'}:${port}`;
}

export interface CheckContext {
  readonly settings: ProbeSettings;
  /** Names as in FIFO lines. */
  readonly server: string;
  readonly service: string;
  readonly protocol: string | undefined;
  readonly part: number;
}

/** Lines about a good verdict; none where nothing changed. */
export function goodLines(
  { settings, server, service, protocol, part }: CheckContext,
  wasUp: boolean,
  change: Step['change'],
): string[] {
  const target = targetOf(settings, server, protocol);
  switch (settings.kind) {
    case 'TCP_CHECK':
      return change ? [`TCP connection to ${target} success.`] : [];
    case 'HTTP_GET':
    case 'SSL_GET': {
      const url = settings.urls[part];
      const what = url?.regex ? 'Regex match' : url?.digest ? 'MD5 digest' : 'HTTP status code';
      return [
        ...(wasUp || !url ? [] : [`${what} success to ${target} url(${url.path})`]),
        ...(change ? [`Remote Web server ${target} succeed on service.`] : []),
      ];
    }
    case 'SMTP_CHECK':
      return change ? [`Remote SMTP server ${target} succeed on service.`] : [];
    case 'DNS_CHECK':
      return change ? [`DNS_CHECK (${target}) success.`] : [];
    case 'UDP_CHECK':
      return change ? [`UDP connection to ${target} success.`] : [];
    case 'PING_CHECK':
      return change ? [`ICMP connection to ${target} success.`] : [];
    case 'MISC_CHECK':
      return change
        ? [`Misc check for [${server} VS ${service}] by [${settings.command.argv[0]}] succeeded.`]
        : [];
  }
}

/** The line about a good answer with something odd about it. */
export function oddLine({ settings, server, service, part }: CheckContext, odd: string): string {
  const url = 'urls' in settings ? settings.urls[part] : undefined;
  const which = url ? ` url ${url.virtualhost ?? ''}${url.path}` : '';
  return `${url ? 'http_check' : settings.kind} for RS ${server} VS ${service}${which}: ${odd}`;
}

/** The line about a failure that counts. */
export function downLine(
  { settings, server, service, protocol }: CheckContext,
  retries: number,
  why: string,
): string {
  const target = targetOf(settings, server, protocol);
  const after = retries > 0 ? ` after ${retries} retries` : '';
  switch (settings.kind) {
    case 'TCP_CHECK':
    case 'UDP_CHECK':
      return `${settings.kind} on service ${target} failed${after}; reason: ${why}`;
    case 'HTTP_GET':
    case 'SSL_GET':
      return `HTTP_CHECK on service ${target} failed${after}; reason: ${why}`;
    case 'SMTP_CHECK':
      return `SMTP_CHECK on service ${target} failed${after}; reason: ${why}`;
    case 'DNS_CHECK':
      return `DNS_CHECK (${target}) failed${after}; reason: ${why}`;
    case 'PING_CHECK':
      return `ICMP CHECK on service ${target} failed${after}; reason: ${why}`;
    case 'MISC_CHECK':
      return `Misc check for [${server} VS ${service}] by [${settings.command.argv[0]}] failed${after}; reason: ${why}`;
  }
}

/** `log_all_failures`: a failure that changes nothing. */
export const failureLine = ({ settings, server, service, protocol }: CheckContext, why: string): string =>
  settings.kind === 'MISC_CHECK'
    ? `Misc check for [${server} VS ${service}] by [${settings.command.argv[0]}] failed; reason: ${why}`
    : `${settings.kind} of ${targetOf(settings, server, protocol)} for VS ${service} failed; reason: ${why}`;

const MAILED: Readonly<Record<CheckerSettings['kind'], readonly [down: string, up: string]>> = {
  TCP_CHECK: ['TCP CHECK failed on service', 'TCP CHECK succeed on service'],
  HTTP_GET: ['CHECK failed on service : HTTP/SSL request failed', 'CHECK succeed on service'],
  SSL_GET: ['CHECK failed on service : HTTP/SSL request failed', 'CHECK succeed on service'],
  SMTP_CHECK: ['CHECK failed on service', 'CHECK succeed on service'],
  DNS_CHECK: ['DNS_CHECK: failed on service', 'DNS_CHECK: succeed on service'],
  UDP_CHECK: ['UDP CHECK failed on service', 'UDP CHECK succeed on service'],
  PING_CHECK: ['ICMP CHECK failed on service', 'ICMP CHECK succeed on service'],
  MISC_CHECK: ['MISC CHECK failed on service', 'MISC CHECK succeeded on service'],
  FILE_CHECK: ['FILE CHECK failed on service', 'FILE CHECK succeed on service'],
  BFD_CHECK: ['BFD CHECK failed on service', 'BFD CHECK succeed on service'],
};

/** Between `=> ` and ` <=` of a mail. */
export const mailedWords = (kind: CheckerSettings['kind'], up: boolean): string => MAILED[kind][up ? 1 : 0];
