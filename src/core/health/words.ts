/**
 * Why a check failed, in words: one clause for log lines, mails and `status`, with what was found, what was allowed, and
 * what to do about it where that is not plain. It decides nothing.
 */
import { unreachable } from '../../base/invariant.js';
import { MAX_ANSWER_TIMEOUTS } from '../../base/limits.js';
import { type Duration, formatDuration } from '../../base/time.js';
import { lastLine } from '../last-line.js';
import type { CheckFailure, ProbeSettings } from './check.js';

/** Without `settings` what was allowed is left out. `part`: which URL it was. */
export function describeFailure(failure: CheckFailure, settings?: ProbeSettings, part = 0): string {
  const url = settings && 'urls' in settings ? settings.urls[part] : undefined;
  switch (failure.kind) {
    case 'unreachable':
    case 'connection':
      return failure.error.message;
    case 'timeout':
      return tooLate(failure.waiting, settings);
    case 'tls':
      return `TLS: ${failure.message}`;
    case 'write':
      return `the request could not be sent: ${failure.error.message}`;
    case 'read':
      return `the answer could not be read: ${failure.error.message}`;
    case 'no-data':
      return failure.interim === undefined
        ? 'the connection was closed before an answer was complete'
        : `the connection was closed before an answer: HTTP status code ${failure.interim} only announces one`;
    case 'endless':
      return `the answer goes on after ${failure.bytes} bytes, and no more is read${url ? '; ask for a smaller page' : ''}`;
    case 'status':
      return `HTTP status code ${failure.status}${url ? `, not ${codesOf(url)}` : ''}`;
    case 'not-http':
      if (failure.line === '') return 'the answer does not begin with an HTTP status line';
      return `the answer is not HTTP, it begins with "${failure.line}"; does another program, or TLS, listen there?`;
    case 'digest':
      return `MD5 digest ${failure.digest}${url ? `, not ${url.digest}; genhash prints what to write` : ''}${bodyOf(failure)}`;
    case 'regex':
      return `the pattern was ${failure.found ? '' : 'not '}found in the body${bodyOf(failure)}`;
    case 'regex-time':
      return `looking for the pattern took more than ${failure.milliseconds} ms; write a simpler one`;
    case 'regex-memory':
      return 'looking for the pattern took more memory than it may; write a simpler one';
    case 'smtp-reply':
      return `the answer to ${failure.to} was "${failure.line}", not one line ${failure.to === 'HELO' ? 250 : 220}`;
    case 'dns-code': {
      const name = DNS_CODES[failure.code];
      return `DNS answer with code ${failure.code}${name === undefined ? '' : ` (${name})`}`;
    }
    case 'dns-malformed':
      return `the DNS answer is malformed: ${failure.message}`;
    case 'udp-reply':
      return `an answer of ${failure.bytes} bytes that does not fit${wantedReply(settings)}`;
    case 'exit':
      return `exited with status ${failure.code}${lastLine(failure.output)}`;
    case 'signal':
      return `ended by ${failure.signal}${lastLine(failure.output)}`;
    case 'script-timeout': {
      const limit =
        settings?.kind === 'MISC_CHECK' ? ` (misc_timeout, ${formatDuration(settings.timeout)})` : '';
      return `timed out${limit}${lastLine(failure.output)}`;
    }
    case 'script-failed':
      return `could not be started: ${failure.error.message}`;
    default:
      return unreachable(failure);
  }
}

const bodyOf = ({ body }: { readonly body?: string }): string => (body === undefined ? '' : ` (${body})`);

const AWAITED = {
  connection: 'the connection was not made',
  tls: 'TLS did not come about',
  reply: 'no answer came',
  rest: 'the answer was not complete',
} as const;

function tooLate(waiting: keyof typeof AWAITED, settings: ProbeSettings | undefined): string {
  const what = `${AWAITED[waiting]} in time`;
  if (!settings || !('target' in settings)) return what;
  const { connectTimeout } = settings.target;
  const limit = `connect_timeout, ${formatDuration(connectTimeout)}`;
  if (waiting !== 'rest' || !('urls' in settings)) return `${what} (${limit})`;
  const whole = formatDuration((connectTimeout * MAX_ANSWER_TIMEOUTS) as Duration);
  return `${what} (${limit}, for the header and for each pause; ${whole} for all of it)`;
}

const codesOf = ({
  statusCodes,
}: {
  readonly statusCodes: readonly { from: number; to: number }[];
}): string => statusCodes.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');

function wantedReply(settings: ProbeSettings | undefined): string {
  if (settings?.kind !== 'UDP_CHECK') return '';
  const { requireReply, minReplyLength, maxReplyLength } = settings;
  return ` require_reply ${requireReply} (${minReplyLength} to ${maxReplyLength} bytes)`;
}

/** RFC 1035 section 4.1.1, RFC 2136 section 2.2. */
const DNS_CODES: Readonly<Record<number, string>> = {
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
};
