/**
 * The keywords of the checkers other than the HTTP ones, and those that checkers have in common.
 * (directives-lvs sections 5, 6.1 and 6.3 to 6.9)
 */
import { DNS_TYPES } from '../model-lvs.js';
import { boolean, integer, interfaceName, oneOf, present, reference, seconds, text } from './arguments.js';
import { command, userAndGroup } from './entries.js';
import {
  checkAddress,
  domainName,
  hexBytes,
  hexPattern,
  LONG_TIMER_MAX,
  portNumber,
  TIMER_MAX,
  UNSIGNED_MAX,
} from './lvs-arguments.js';
import { EXTENSION } from './notifications.js';
import { type Block, blocks, line, script } from './row.js';
import { fileWeight } from './weights.js';

/** Above zero, in seconds. */
export const positiveTimer = seconds({ min: 0.000001, max: TIMER_MAX });
export const longTimer = seconds({ min: 0, max: LONG_TIMER_MAX });
export const period = seconds({ min: 0.000001, max: LONG_TIMER_MAX });

/** The times between checks; virtual servers and real servers have them too, for the checkers inside. */
export const rhythmRows = {
  delayBeforeRetry: line('delay_before_retry', longTimer, {
    doc: 'Wait before a failed check is tried again.',
    since: '1.3.7',
    default: '1 (HTTP_GET and SSL_GET 3, DNS_CHECK delay_loop)',
    inherits: 'delay_before_retry',
  }),
  warmup: line('warmup', longTimer, {
    doc: 'The first check waits a random time up to this, so that not all begin at once.',
    since: '1.3.7',
    default: 'as long as delay_loop',
    inherits: 'warmup',
  }),
  delayLoop: line('delay_loop', period, {
    doc: 'Time between two checks.',
    since: '1.3.7',
    default: '60',
    inherits: 'delay_loop',
  }),
  fastInterval: line('fast_interval', period, {
    doc: 'Time between two checks while they fail, instead of delay_before_retry and delay_loop.',
    since: EXTENSION,
    default: 'off',
    inherits: 'fast_interval',
  }),
  jitter: line('jitter', longTimer, {
    doc: 'Each wait for the next check is longer by a random time up to this.',
    since: EXTENSION,
    default: '0',
    inherits: 'jitter',
  }),
};

/** When a checker runs. */
export const timingRows = {
  retry: line('retry', integer({ min: 0, max: UNSIGNED_MAX }), {
    doc: 'How many failures are tried again before the server counts as down.',
    since: '1.3.7',
    default: '1 (DNS_CHECK 3, MISC_CHECK 0)',
    inherits: 'retry',
  }),
  ...rhythmRows,
  alpha: line('alpha', boolean, {
    doc: 'Counts as failed until it has succeeded once.',
    since: '1.3.7',
    default: 'off',
    inherits: 'alpha',
  }),
  logAllFailures: line('log_all_failures', boolean, {
    doc: 'Logs every failed attempt, not only the change of state.',
    since: '2.0.11',
    default: 'off',
  }),
};

/** Where a checker connects to, and from where. */
export const targetRows = {
  connectIp: line('connect_ip', checkAddress, {
    doc: 'Address that is checked.',
    since: '1.2.13',
    default: 'that of the real server',
  }),
  connectPort: line('connect_port', portNumber, {
    doc: 'Port that is checked.',
    since: '1.2.13',
    default: 'that of the real server',
  }),
  bindTo: line('bindto', checkAddress, {
    doc: 'Address of this machine that the check comes from; of the family of what is checked.',
    since: '1.2.13',
    default: "the kernel's choice",
  }),
  bindPort: line('bind_port', portNumber, {
    doc: 'Port that the check comes from.',
    since: '1.2.13',
    default: 'any port',
  }),
  bindInterface: line('bind_if', interfaceName, {
    doc: 'Interface that the check leaves by; needed for link-local addresses.',
    since: '1.3.7',
    default: 'as routed',
  }),
  connectTimeout: line('connect_timeout', positiveTimer, {
    doc: 'How long connecting may take, and then how long the answer may.',
    since: '1.2.13',
    default: '5',
    inherits: 'connect_timeout',
  }),
  fwmark: line('fwmark', integer({ min: 0, max: UNSIGNED_MAX, syntax: 'MARK' }), {
    doc: 'Firewall mark on the packets of the check.',
    since: '1.2.13',
    default: '0',
  }),
};

const networkRows = { ...targetRows, ...timingRows };

export const tcpCheck = {
  name: 'TCP_CHECK',
  doc: 'Good when a TCP connection can be made.',
  header: present,
  rows: networkRows,
} satisfies Block<unknown, unknown>;

export const pingCheck = {
  name: 'PING_CHECK',
  doc: 'Good when an ICMP echo request is answered.',
  header: present,
  rows: networkRows,
} satisfies Block<unknown, unknown>;

const smtpHost = {
  name: 'host',
  doc: 'One more SMTP check of the same server, elsewhere.',
  header: present,
  rows: networkRows,
} satisfies Block<unknown, unknown>;

export const smtpCheck = {
  name: 'SMTP_CHECK',
  doc: 'Good when a mail server greets, takes HELO and says goodbye.',
  header: present,
  rows: {
    ...networkRows,
    heloName: line('helo_name', text('NAME'), {
      doc: 'Name that HELO carries.',
      since: '1.1.8',
      default: 'smtpchecker.keepalived.org',
      missing: 'error',
    }),
    hosts: blocks('host', () => smtpHost, {
      doc: 'Makes one more check with its own settings; an older way, more SMTP_CHECK blocks say it better.',
      since: '1.1.8',
    }),
  },
} satisfies Block<unknown, unknown>;

export const dnsCheck = {
  name: 'DNS_CHECK',
  doc: 'Good when a DNS query by UDP is answered without error.',
  header: present,
  rows: {
    ...networkRows,
    type: line('type', oneOf(DNS_TYPES, true), {
      doc: 'Record that is asked for.',
      since: '1.3.0',
      default: 'SOA',
    }),
    name: line('name', domainName, { doc: 'Name that is asked for.', since: '1.3.0', default: '.' }),
  },
} satisfies Block<unknown, unknown>;

const replyLength = integer({ min: 0, max: 65535, syntax: 'BYTES' });

export const udpCheck = {
  name: 'UDP_CHECK',
  doc: 'Good when a datagram is not refused, or is answered as asked.',
  header: present,
  rows: {
    ...networkRows,
    payload: line('payload', hexBytes, {
      doc: 'What is sent, in hexadecimal, with or without blanks between bytes; a digit alone is a byte below 16.',
      since: '2.2.0',
      default: 'the 32 bytes "keepalived check - keepalived ch"',
      missing: 'error',
    }),
    requireReply: line('require_reply', hexPattern, {
      doc: 'An answer is needed, and has to begin like this; x stands for any digit.',
      since: '2.1.0',
      default: 'none needed',
    }),
    minReplyLength: line('min_reply_length', replyLength, {
      doc: 'Shortest answer that is good. Looked at only where require_reply has a value.',
      since: '2.2.0',
      default: '0',
    }),
    maxReplyLength: line('max_reply_length', replyLength, {
      doc: 'Longest answer that is good. Looked at only where require_reply has a value.',
      since: '2.2.0',
      default: '255',
    }),
  },
} satisfies Block<unknown, unknown>;

export const miscCheck = {
  name: 'MISC_CHECK',
  doc: 'Good when a script of yours ends with 0.',
  header: present,
  rows: {
    ...timingRows,
    path: script('misc_path', command, {
      doc: 'The script, in quotes with its arguments.',
      since: '0.5.3',
      repeat: 'last',
      missing: 'error',
    }),
    timeout: line('misc_timeout', integer({ min: 0, max: 2147483647, unit: 's', syntax: 'SECONDS' }), {
      doc: 'How long it may run; then it is told to end, and two seconds later killed. 0 means the default.',
      since: '0.5.3',
      default: 'as long as delay_loop',
    }),
    dynamic: line('misc_dynamic', present, {
      doc: 'Exit status 2 to 255 also sets the weight of the server, to that number less two.',
      since: '1.1.8',
    }),
    user: line('user', userAndGroup, {
      doc: 'Who runs the script.',
      since: '1.3.0',
      default: 'script_user',
      missing: 'error',
    }),
  },
} satisfies Block<unknown, unknown>;

export const fileCheck = {
  name: 'FILE_CHECK',
  doc: 'The number in a tracked file raises or lowers the weight of the server, or takes it out.',
  header: present,
  rows: {
    trackFile: line('track_file', reference('track_file'), {
      doc: 'The track_file block, which has to stand further above.',
      since: '2.1.0',
    }),
    weight: line('weight', fileWeight, {
      doc: 'Factor for the number; with 0 any number but 0 takes the server out (reverse: 0 does).',
      since: '2.1.0',
      default: 'that of the track_file',
      missing: 'error',
    }),
  },
} satisfies Block<unknown, unknown>;

export const bfdCheck = {
  name: 'BFD_CHECK',
  doc: 'Good while a BFD session is up.',
  header: present,
  rows: {
    name: line('name', reference('bfd_instance'), {
      doc: 'The bfd_instance block, which has to stand further above and not be for vrrp only.',
      since: '2.0.0',
      repeat: 'first',
      missing: 'error',
    }),
    alpha: line('alpha', boolean, {
      doc: 'Counts as failed until the session has come up once.',
      since: '2.0.0',
      default: 'off',
      inherits: 'alpha',
    }),
  },
} satisfies Block<unknown, unknown>;
