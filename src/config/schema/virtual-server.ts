/** The keywords of `virtual_server` and what stands inside. (directives-lvs sections 2 to 6) */
import { integer, oneOf, optional, present, seconds, text } from './arguments.js';
import { addressAndPort } from './entries.js';
import { type Block, blocks, line } from './row.js';

const timer = (min = 0) => seconds({ min, max: 4294 });

const url = {
  name: 'url',
  doc: 'A page that is fetched and judged.',
  header: present,
  rows: {
    path: line('path', text('PATH'), { doc: 'Path of the page.', since: '0.5.3', effect: 'checked' }),
    digest: line('digest', text('MD5'), {
      doc: 'MD5 of the page as it should be.',
      since: '0.5.3',
      effect: 'checked',
    }),
  },
} satisfies Block<unknown, unknown>;

const httpGet = {
  name: 'HTTP_GET',
  doc: 'Fetches pages by HTTP.',
  header: present,
  rows: {
    urls: blocks('url', () => url, { doc: 'A page; at least one.', since: '0.5.3', effect: 'checked' }),
    connectTimeout: line('connect_timeout', timer(0.000001), {
      doc: 'How long connecting, and then answering, may take.',
      since: '1.2.13',
      inherits: 'connect_timeout',
      effect: 'checked',
    }),
    retry: line('retry', integer({ min: 0, max: 4294967295 }), {
      doc: 'Failures that are tried again before the server counts as down.',
      since: '1.3.7',
      default: '1',
      aliases: [{ keyword: 'nb_get_retry', deprecated: true }],
      effect: 'checked',
    }),
    delayBeforeRetry: line('delay_before_retry', timer(), {
      doc: 'Time before a failed check is tried again.',
      since: '1.3.7',
      default: '3',
      effect: 'checked',
    }),
  },
} satisfies Block<unknown, unknown>;

const realServer = {
  name: 'real_server',
  doc: 'A server that takes connections of the virtual server.',
  header: addressAndPort,
  rows: {
    weight: line('weight', integer({ min: 0, max: 2147483647 }), {
      doc: 'Share of the connections.',
      since: '0.5.3',
      default: '1',
      effect: 'checked',
    }),
    httpGet: blocks('HTTP_GET', () => httpGet, {
      doc: 'Checks by fetching pages.',
      since: '0.5.3',
      effect: 'checked',
    }),
  },
} satisfies Block<{ readonly address: string; readonly port: number }, unknown>;

const SCHEDULERS = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'sh',
  'mh',
  'dh',
  'fo',
  'ovf',
  'sed',
  'nq',
  'twos',
] as const;

export const virtualServer = {
  name: 'virtual_server',
  doc: 'A service address whose connections the kernel spreads over real servers.',
  header: addressAndPort,
  rows: {
    delayLoop: line('delay_loop', timer(0.000001), {
      doc: 'Time between two checks.',
      since: '0.5.3',
      default: '60',
      effect: 'checked',
    }),
    scheduler: line('lvs_sched', oneOf(SCHEDULERS), {
      doc: 'How connections are spread.',
      since: '1.1.5',
      default: 'wlc',
      aliases: [{ keyword: 'lb_algo', since: '0.5.3' }],
      effect: 'checked',
    }),
    method: line('lvs_method', oneOf(['NAT', 'DR', 'TUN']), {
      doc: 'How packets reach the real servers.',
      since: '1.1.5',
      default: 'NAT',
      aliases: [{ keyword: 'lb_kind', since: '0.5.3' }],
      effect: 'checked',
    }),
    persistenceTimeout: line(
      'persistence_timeout',
      optional(integer({ min: 1, max: 2678400, unit: 's' }), 360),
      {
        doc: 'How long a client keeps its server.',
        since: '0.5.3',
        effect: 'checked',
      },
    ),
    protocol: line('protocol', oneOf(['TCP', 'UDP', 'SCTP'], true), {
      doc: 'Transport protocol of the service.',
      since: '0.5.3',
      default: 'UDP',
      effect: 'checked',
    }),
    realServers: blocks('real_server', () => realServer, {
      doc: 'A server.',
      since: '0.5.3',
      effect: 'checked',
    }),
  },
} satisfies Block<{ readonly address: string; readonly port: number }, unknown>;
