/** The keywords of `real_server`. (directives-lvs section 4) */
import { boolean, integer, text } from './arguments.js';
import {
  bfdCheck,
  dnsCheck,
  fileCheck,
  longTimer,
  miscCheck,
  pingCheck,
  positiveTimer,
  rhythmRows,
  smtpCheck,
  tcpCheck,
  udpCheck,
} from './checkers.js';
import { command } from './entries.js';
import { httpGet, sslGet } from './http-check.js';
import {
  type AddressAndPort,
  forwardingMethod,
  HEAVIEST,
  serverAddress,
  UNSIGNED_MAX,
} from './lvs-arguments.js';
import { EXTENSION } from './notifications.js';
import { type Block, blocks, line, script } from './row.js';

const connections = integer({ min: 0, max: UNSIGNED_MAX, syntax: 'CONNECTIONS' });

/** What virtual servers and real servers set for the checkers inside them. */
export const checkDefaultRows = {
  connectTimeout: line('connect_timeout', positiveTimer, {
    doc: 'How long a check may take to connect, and then to be answered.',
    since: '2.0.13',
    default: '5',
    inherits: 'connect_timeout',
  }),
  retry: line('retry', integer({ min: 1, max: UNSIGNED_MAX }), {
    doc: 'How many failures are tried again before the server counts as down.',
    since: '1.3.7',
    default: '1 (DNS_CHECK 3, MISC_CHECK 0)',
    inherits: 'retry',
  }),
  ...rhythmRows,
  slowStart: line('slow_start', longTimer, {
    doc: 'The weight of a server that comes back climbs to its value within this time.',
    since: EXTENSION,
    default: '0',
    inherits: 'slow_start',
  }),
};

const checker = (doc: string, since: string) => ({ doc, since });

export const realServer = {
  name: 'real_server',
  doc: 'A server that takes connections of the virtual server.',
  header: serverAddress,
  rows: {
    ...checkDefaultRows,
    weight: line('weight', integer({ min: 0, max: HEAVIEST }), {
      doc: 'Its share of the connections, beside the weights of the others; 0 gives it none.',
      since: '0.5.3',
      default: '1',
      inherits: 'weight',
    }),
    method: line('lvs_method', forwardingMethod, {
      doc: 'How packets reach this server.',
      since: '1.3.6',
      default: 'NAT',
      inherits: 'lvs_method',
      aliases: [{ keyword: 'lb_kind' }],
    }),
    upperThreshold: line('uthreshold', connections, {
      doc: 'With so many connections it gets no new ones; 0 means no limit.',
      since: '1.1.13',
      default: '0',
    }),
    lowerThreshold: line('lthreshold', connections, {
      doc: 'Once full, it gets new connections again below this number.',
      since: '1.1.13',
      default: '0',
    }),
    inhibitOnFailure: line('inhibit_on_failure', boolean, {
      doc: 'While it is down it stays in the table with weight 0 instead of being removed.',
      since: '0.6.8',
      default: 'off',
      inherits: 'inhibit_on_failure',
    }),
    notifyUp: script('notify_up', command, { doc: 'Runs when the server comes up.', since: '1.0.0' }),
    notifyDown: script('notify_down', command, { doc: 'Runs when the server goes down.', since: '1.0.0' }),
    smtpAlert: line('smtp_alert', boolean, {
      doc: 'Mails when the server goes up or down.',
      since: '2.0.0',
      default: 'on',
      inherits: 'smtp_alert_checker',
    }),
    virtualhost: line('virtualhost', text('NAME'), {
      doc: 'Name in the Host header of its HTTP checks.',
      since: '1.3.6',
      default: 'address and port',
      inherits: 'virtualhost',
      missing: 'error',
    }),
    snmpName: line('snmp_name', text('NAME'), {
      effect: 'checked',
      doc: 'Name of the server for SNMP.',
      since: '2.2.3',
      default: 'none',
      missing: 'error',
    }),
    alpha: line('alpha', boolean, {
      doc: 'Starts as down until its checks succeed.',
      since: '1.3.7',
      default: 'off',
      inherits: 'alpha',
    }),
    tcpCheck: blocks(
      'TCP_CHECK',
      () => tcpCheck,
      checker('Checks that a TCP connection can be made.', '0.5.3'),
    ),
    httpGet: blocks('HTTP_GET', () => httpGet, checker('Checks pages by HTTP.', '0.5.3')),
    sslGet: blocks('SSL_GET', () => sslGet, checker('Checks pages by HTTP over TLS.', '0.5.3')),
    smtpCheck: blocks('SMTP_CHECK', () => smtpCheck, checker('Checks a mail server.', '1.1.8')),
    dnsCheck: blocks('DNS_CHECK', () => dnsCheck, checker('Checks a name server.', '1.3.0')),
    udpCheck: blocks('UDP_CHECK', () => udpCheck, checker('Checks by a datagram.', '2.1.0')),
    pingCheck: blocks('PING_CHECK', () => pingCheck, checker('Checks by an ICMP echo request.', '2.1.0')),
    miscCheck: blocks('MISC_CHECK', () => miscCheck, checker('Checks by a script.', '0.5.3')),
    fileCheck: blocks('FILE_CHECK', () => fileCheck, checker('Follows a number in a file.', '2.1.0')),
    bfdCheck: blocks('BFD_CHECK', () => bfdCheck, checker('Follows a BFD session.', '2.0.0')),
  },
} satisfies Block<AddressAndPort, unknown>;
