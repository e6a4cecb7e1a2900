/** The keywords of `virtual_server`, and the root's rows for load balancing. (directives-lvs sections 1 to 3, 9) */
import { SCHEDULERS, type ServiceSelector } from '../model-lvs.js';
import { boolean, integer, oneOf, optional, present, text } from './arguments.js';
import { blockName, command } from './entries.js';
import {
  family,
  forwardingMethod,
  granularity,
  groupEntry,
  HEAVIEST,
  serverAddress,
  serviceHeader,
  UNSIGNED_MAX,
} from './lvs-arguments.js';
import { checkDefaultRows, realServer } from './real-server.js';
import { type Block, blocks, line, lists, script } from './row.js';
import { ssl } from './ssl.js';

const flag = (keyword: string, since: string, doc: string) => line(keyword, present, { doc, since });

export const virtualServer = {
  name: 'virtual_server',
  doc: 'A service address whose connections the kernel spreads over real servers.',
  header: serviceHeader,
  rows: {
    ...checkDefaultRows,
    delayLoop: { ...checkDefaultRows.delayLoop, since: '0.5.3' },
    family: line('ip_family', family, {
      doc: 'Address family of a service that is chosen by a mark.',
      since: '1.2.20',
      default: 'that of its servers',
    }),
    scheduler: line('lvs_sched', oneOf(SCHEDULERS), {
      doc: 'How connections are spread over the servers.',
      since: '1.1.5',
      default: 'wlc',
      aliases: [{ keyword: 'lb_algo', since: '0.5.3' }],
    }),
    flag1: flag('flag-1', '1.3.0', 'Sets the first flag of the scheduler.'),
    flag2: flag('flag-2', '1.3.0', 'Sets the second flag of the scheduler.'),
    flag3: flag('flag-3', '1.3.0', 'Sets the third flag of the scheduler.'),
    shPort: flag('sh-port', '1.3.0', 'With lvs_sched sh, written before: the port counts for the hash, too.'),
    shFallback: flag(
      'sh-fallback',
      '1.3.0',
      'With lvs_sched sh, written before: a dead server is passed over.',
    ),
    mhPort: flag(
      'mh-port',
      '2.0.20',
      'With lvs_sched mh, written before: the port counts for the hash, too.',
    ),
    mhFallback: flag(
      'mh-fallback',
      '2.0.20',
      'With lvs_sched mh, written before: a dead server is passed over.',
    ),
    ops: flag('ops', '1.2.8', 'Every packet is spread for itself; for UDP and marks only.'),
    hashed: { ...flag('hashed', '1.3.0', 'An old word that sets nothing.'), effect: 'none' as const },
    method: line('lvs_method', forwardingMethod, {
      doc: 'How packets reach the real servers.',
      since: '1.1.5',
      default: 'NAT',
      aliases: [{ keyword: 'lb_kind', since: '0.5.3' }],
    }),
    persistenceEngine: line('persistence_engine', text('NAME'), {
      doc: "The kernel's module that tells clients apart, such as sip.",
      since: '1.2.20',
      default: 'none',
    }),
    persistenceTimeout: line(
      'persistence_timeout',
      optional(integer({ min: 1, max: 2678400, unit: 's' }), 360),
      {
        doc: 'How long a client keeps its server after its last connection; 360 where no number stands.',
        since: '0.5.3',
        default: 'off',
      },
    ),
    persistenceGranularity: line('persistence_granularity', granularity, {
      doc: 'Clients within this netmask (IPv6: prefix length) keep the same server. Makes the service persistent.',
      since: '0.5.7',
      default: '255.255.255.255, or 128',
    }),
    protocol: line('protocol', oneOf(['TCP', 'UDP', 'SCTP'], true), {
      doc: 'Transport protocol of the service; a mark needs none.',
      since: '0.5.3',
      default: 'UDP',
    }),
    haSuspend: flag(
      'ha_suspend',
      '1.0.0',
      'Checks run only while the address of the service is on this machine.',
    ),
    smtpAlert: line('smtp_alert', boolean, {
      doc: 'Mails when the quorum is lost or won.',
      since: '2.0.0',
      default: 'off',
      inherits: 'smtp_alert_checker',
    }),
    virtualhost: line('virtualhost', text('NAME'), {
      doc: 'Name in the Host header of its HTTP checks.',
      since: '0.5.8',
      default: 'address and port',
      repeat: 'warned',
      missing: 'error',
    }),
    snmpName: line('snmp_name', text('NAME'), {
      effect: 'checked',
      doc: 'Name of the service for SNMP.',
      since: '2.2.3',
      default: 'none',
      missing: 'error',
    }),
    alpha: flag('alpha', '1.1.16', 'Servers start as down until their checks succeed.'),
    omega: flag(
      'omega',
      '1.1.16',
      'At stop the notifications of servers and quorum are sent as if all went down.',
    ),
    quorum: line('quorum', integer({ min: 1, max: UNSIGNED_MAX }), {
      doc: 'Sum of weights of live servers below which the service counts as down.',
      since: '1.1.16',
      default: '1',
    }),
    hysteresis: line('hysteresis', integer({ min: 0, max: UNSIGNED_MAX }), {
      doc: 'The quorum is lost this far below it, and won this far above it.',
      since: '1.1.16',
      default: '0',
    }),
    quorumUp: script('quorum_up', command, { doc: 'Runs when the quorum is won.', since: '1.1.16' }),
    quorumDown: script('quorum_down', command, { doc: 'Runs when the quorum is lost.', since: '1.1.16' }),
    weight: line('weight', integer({ min: 1, max: HEAVIEST }), {
      doc: 'Weight of the servers that name none.',
      since: '1.3.7',
      default: '1',
    }),
    sorryServer: line('sorry_server', serverAddress, {
      doc: 'Takes the connections while the quorum is lost. Needs a port of its own with NAT.',
      since: '0.5.3',
      default: 'no sorry server',
    }),
    sorryServerInhibit: flag(
      'sorry_server_inhibit',
      '1.2.13',
      'Keeps the sorry server, written before, in the table with weight 0 while it does not serve.',
    ),
    sorryServerMethod: line('sorry_server_lvs_method', forwardingMethod, {
      doc: 'How packets reach the sorry server, written before.',
      since: '1.3.6',
      default: 'that of the service',
    }),
    inhibitOnFailure: flag(
      'inhibit_on_failure',
      '1.3.7',
      'Servers that are down stay in the table with weight 0 instead of being removed.',
    ),
    realServers: blocks('real_server', () => realServer, {
      doc: 'A server; at least one is needed.',
      since: '0.5.3',
    }),
  },
} satisfies Block<ServiceSelector, unknown>;

/** What stands at the outermost level for the load balancer. */
export const balancerRows = {
  virtualServerGroups: lists('virtual_server_group', blockName, groupEntry, {
    doc: 'Addresses, ranges and marks that virtual servers take together, one entry per line.',
    since: '1.0.2',
  }),
  virtualServers: blocks('virtual_server', () => virtualServer, {
    doc: 'A load-balanced service.',
    since: '0.5.3',
  }),
  ssl: blocks('SSL', () => ssl, {
    doc: 'The client side of TLS for SSL_GET.',
    since: '0.5.3',
  }),
};
