/** The keywords of `HTTP_GET`, `SSL_GET` and their `url` blocks. (directives-lvs section 6.2) */
import { boolean, integer, oneOf, present, sequence, text } from './arguments.js';
import { targetRows, timingRows } from './checkers.js';
import { md5, regexOptions, regexPattern, statusCodes, UNSIGNED_MAX } from './lvs-arguments.js';
import { type Block, blocks, each, line, script } from './row.js';

const count = (syntax: string) => integer({ min: 0, max: UNSIGNED_MAX, syntax });

const urlRows = {
  path: line('path', text('PATH'), {
    doc: 'What is asked for, with a leading slash.',
    since: '0.5.3',
    repeat: 'warned',
  }),
  digest: line('digest', md5, {
    doc: 'MD5 of the body as it has to be; genhash prints it.',
    since: '0.5.3',
    default: 'any body is good',
  }),
  statusCodes: each('status_code', statusCodes, {
    doc: 'Status codes, or ranges of them, that are good. Several lines add up.',
    since: '1.2.23',
    default: '200-299',
  }),
  virtualhost: line('virtualhost', text('NAME'), {
    doc: 'Name in the Host header.',
    since: '1.3.6',
    inherits: 'virtualhost',
    default: 'address and port',
    missing: 'error',
  }),
  regex: script('regex', regexPattern, {
    doc: 'Pattern that the body has to contain, as PCRE2 understands it.',
    since: '2.0.7',
    repeat: 'last',
    missing: 'error',
  }),
  regexNoMatch: line('regex_no_match', present, {
    doc: 'The pattern must not be found.',
    since: '2.0.7',
  }),
  regexOptions: line('regex_options', regexOptions, {
    doc: 'How the pattern is matched, by the names that PCRE2 has for it.',
    since: '2.0.7',
    default: 'none',
  }),
  regexStack: line('regex_stack', sequence(count('START'), count('MAX')), {
    doc: "First and largest size of the matcher's stack, in bytes.",
    since: '2.0.7',
    default: "the library's",
  }),
  regexMinOffset: line('regex_min_offset', count('BYTES'), {
    doc: 'Where in the body a match may begin at the earliest.',
    since: '2.0.7',
    default: '0',
  }),
  regexMaxOffset: line('regex_max_offset', count('BYTES'), {
    doc: 'Where in the body a match may begin at the latest.',
    since: '2.0.7',
    default: 'its end',
  }),
};

const tlsCompliant = line('tls_compliant', boolean, {
  doc: 'Closes TLS in due form, with close_notify.',
  since: '2.2.8',
  default: 'off',
  inherits: 'tls_compliant',
});

const url = {
  name: 'url',
  doc: 'A page that is fetched and judged.',
  header: present,
  rows: urlRows,
} satisfies Block<unknown, unknown>;

const sslUrl = {
  name: 'url',
  doc: 'A page that is fetched by TLS and judged.',
  header: present,
  rows: { ...urlRows, tlsCompliant },
} satisfies Block<unknown, unknown>;

const checkRows = {
  ...targetRows,
  ...timingRows,
  retry: {
    ...timingRows.retry,
    aliases: [{ keyword: 'nb_get_retry', deprecated: true, since: '0.5.3' }],
  },
  version: line('http_protocol', oneOf(['1.0', '1.0C', '1.0c', '1.1']), {
    doc: 'Version in the request; with C, and with 1.1, the server is asked to close the connection.',
    since: '2.0.17',
    default: '1.0',
    missing: 'error',
  }),
  virtualhost: line('virtualhost', text('NAME'), {
    doc: 'Name in the Host header of its pages.',
    since: '1.3.6',
    inherits: 'virtualhost',
    default: 'address and port',
    missing: 'error',
  }),
  enableSni: line('enable_sni', boolean, {
    doc: 'Tells the server by TLS which name is meant.',
    since: '1.4.3',
    default: 'off',
  }),
  sniName: line('sni_name', text('NAME'), {
    doc: 'The name for enable_sni.',
    since: 'post-2.4.3',
    default: 'the virtualhost',
  }),
  fastRecovery: line('fast_recovery', boolean, {
    doc: 'At start and after a failure all pages are fetched one after the other without waiting.',
    since: '2.0.17',
    default: 'off',
  }),
};

const urls = { doc: 'A page; at least one is needed.', since: '0.5.3' };

export const httpGet = {
  name: 'HTTP_GET',
  doc: 'Good when pages can be fetched by HTTP and are as they should be.',
  header: present,
  rows: {
    ...checkRows,
    enableSni: {
      ...checkRows.enableSni,
      effect: 'none' as const,
      doc: 'Nothing: without TLS there is nobody to tell a name to.',
    },
    sniName: {
      ...checkRows.sniName,
      effect: 'none' as const,
      doc: 'Nothing: without TLS there is nobody to tell a name to.',
    },
    urls: blocks('url', () => url, urls),
  },
} satisfies Block<unknown, unknown>;

export const sslGet = {
  name: 'SSL_GET',
  doc: 'Good when pages can be fetched by HTTP over TLS and are as they should be.',
  header: present,
  rows: { ...checkRows, tlsCompliant, urls: blocks('url', () => sslUrl, urls) },
} satisfies Block<unknown, unknown>;
