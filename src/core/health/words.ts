/** Why a check failed, in words: one clause for log lines, mails and `status`. It decides nothing. */
import { unreachable } from '../../base/invariant.js';
import type { CheckFailure } from './check.js';

const AWAITED = {
  connection: 'the connection was not made in time',
  tls: 'TLS did not come about in time',
  reply: 'no answer came in time',
  rest: 'the answer was not complete in time',
} as const;

export function describeFailure(failure: CheckFailure): string {
  switch (failure.kind) {
    case 'unreachable':
    case 'connection':
      return failure.error.message;
    case 'timeout':
      return AWAITED[failure.waiting];
    case 'tls':
      return `TLS: ${failure.message}`;
    case 'write':
      return `the request could not be sent: ${failure.error.message}`;
    case 'read':
      return `the answer could not be read: ${failure.error.message}`;
    case 'no-data':
      return 'the connection was closed before an answer was complete';
    case 'endless':
      return `the answer has more than ${failure.bytes} bytes`;
    case 'status':
      return `HTTP status code ${failure.status}`;
    case 'digest':
      return `MD5 digest ${failure.digest}`;
    case 'regex':
      return failure.found ? 'the pattern was found in the body' : 'the pattern was not found in the body';
    case 'regex-time':
      return `looking for the pattern took more than ${failure.milliseconds} ms`;
    case 'smtp-reply':
      return `the answer to ${failure.to} was "${failure.line}"`;
    case 'dns-code':
      return `DNS answer with code ${failure.code}`;
    case 'dns-malformed':
      return `the DNS answer is malformed: ${failure.message}`;
    case 'udp-reply':
      return `an answer of ${failure.bytes} bytes that does not fit`;
    case 'exit':
      return `exited with status ${failure.code}`;
    case 'signal':
      return `ended by ${failure.signal}`;
    case 'script-timeout':
      return 'timed out';
    case 'script-failed':
      return `could not be started: ${failure.error.message}`;
    default:
      return unreachable(failure);
  }
}
