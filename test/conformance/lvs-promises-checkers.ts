/** What is promised about checkers. */
import type { Promised } from './promise.js';

const HTTP = 'test test/host/checks/http.test.ts:';
const TCP = 'test test/host/checks/tcp.test.ts:';
const SSL = 'test test/host/checks/ssl.test.ts:';
const OTHERS = 'test test/host/checks/others.test.ts:';
const MISC = 'test test/host/checks/misc.test.ts:';
const NAMESPACES = 'test test/host/checks/namespace.test.ts:';
const PATTERN = 'test test/config/pattern.test.ts:';
const BYTES =
  'test test/kernel/check-bytes.ts: checkers say to their servers, byte for byte, what those of Keepalived 2.2.7 say';

const checker = (says: string, ...by: string[]): Promised => ({ part: 'Checkers', says, by });
const web = (says: string, ...by: string[]): Promised => ({ part: 'HTTP_GET and SSL_GET', says, by });
const connector = (says: string, ...by: string[]): Promised => ({ part: 'The connector', says, by });
/** Of pages by HTTP and by HTTPS. */
const pages = (keyword: string): string[] => [
  `keyword HTTP_GET url ${keyword}`,
  `keyword SSL_GET url ${keyword}`,
];

export const CHECKER_PROMISES: readonly Promised[] = [
  checker(
    'TCP_CHECK.',
    'keyword real_server TCP_CHECK',
    `${TCP} a server that accepts is good; it hears nothing but the end`,
    `${TCP} refused`,
    `${TCP} silence is a failure after connect_timeout, and not before`,
  ),
  checker(
    'SMTP_CHECK.',
    'keyword real_server SMTP_CHECK',
    'keyword SMTP_CHECK helo_name',
    'keyword SMTP_CHECK host',
    `${OTHERS} greeting, HELO, QUIT, and any answer to that`,
    'lvs-transcript 05-smtp.txt',
  ),
  checker(
    'DNS_CHECK, of all types.',
    'keyword real_server DNS_CHECK',
    'keyword DNS_CHECK type',
    'keyword DNS_CHECK name',
    `${OTHERS} the bytes of a question are those of Keepalived`,
    `${OTHERS} an error code fails at once, also without the question`,
    BYTES,
  ),
  checker(
    'UDP_CHECK, with payloads.',
    'keyword real_server UDP_CHECK',
    'keyword UDP_CHECK payload',
    'keyword UDP_CHECK require_reply',
    'keyword UDP_CHECK min_reply_length',
    'keyword UDP_CHECK max_reply_length',
    `${OTHERS} the payload is what is sent`,
    `${OTHERS} silence is good without require_reply, once connect_timeout is over`,
    `${OTHERS} what an answer has to look like`,
    BYTES,
  ),
  checker(
    'PING_CHECK.',
    'keyword real_server PING_CHECK',
    `${NAMESPACES} a ping is answered, whether or not the kernel lets us have an echo socket`,
    `${NAMESPACES} nobody is there`,
    `${OTHERS} two at a time are told apart`,
  ),
  checker(
    'MISC_CHECK.',
    'keyword real_server MISC_CHECK',
    'keyword MISC_CHECK misc_path',
    'keyword MISC_CHECK misc_timeout',
    'keyword MISC_CHECK user',
    `${MISC} exit codes without misc_dynamic: 0 is good, nothing else is`,
    `${MISC} it runs as whom it shall run`,
    'lvs-transcript 18-misc.txt',
    'lvs-transcript 19-misc-hangs.txt',
  ),
  checker(
    'misc_dynamic.',
    'keyword MISC_CHECK misc_dynamic',
    `${MISC} exit codes with misc_dynamic ask for weights`,
    'lvs-transcript 20-misc-dynamic.txt',
  ),
  checker(
    'FILE_CHECK.',
    'keyword real_server FILE_CHECK',
    'keyword FILE_CHECK track_file',
    'keyword FILE_CHECK weight',
    'lvs-transcript 21-file.txt',
  ),
  checker(
    'BFD_CHECK.',
    'keyword real_server BFD_CHECK',
    'keyword BFD_CHECK name',
    'keyword BFD_CHECK alpha',
    'lvs-transcript 36-bfd.txt',
    'test test/daemon/balancer-surroundings.test.ts: BFD_CHECK: the session takes the server out of the table and brings it back',
  ),
  checker(
    'First checks are spread over warmup.',
    'keyword TCP_CHECK warmup',
    'lvs-transcript 01-start.txt',
    'lvs-transcript 02-no-warmup.txt',
  ),
  checker(
    'A check in flight never overlaps itself.',
    `${TCP} a check never overlaps itself, and an abandoned one says nothing`,
    'lvs-transcript 15-never-answers.txt',
    'lvs-transcript 19-misc-hangs.txt',
  ),
  checker(
    'No check starves another.',
    `${HTTP} a page of 100 MB is cut off; meanwhile other checks are answered`,
    `${HTTP} a pattern that a body keeps busy fails its own check, and no other`,
    `${TCP} many that are out of time at once: a turn ends a bounded number of them, and the next ones the rest`,
    'bench lvs tcp-checks',
    'bench lvs http-checks',
  ),

  web(
    'Several URLs, one after the other.',
    'keyword HTTP_GET url',
    'keyword SSL_GET url',
    `${HTTP} each part asks for its own URL`,
    'lvs-transcript 10-alpha-two-urls.txt',
    'lvs-transcript 16-urls-in-turn.txt',
  ),
  web(
    'Digests.',
    ...pages('digest'),
    `${HTTP} the digest is that of the body as it came`,
    `${HTTP} chunks: the digest has their framing, a pattern sees through it`,
    `${SSL} a page is fetched and judged within TLS; an expired certificate that signed itself is no matter`,
  ),
  web(
    'regex, with its bounds.',
    ...pages('regex'),
    ...pages('regex_no_match'),
    ...pages('regex_options'),
    ...pages('regex_stack'),
    ...pages('regex_min_offset'),
    ...pages('regex_max_offset'),
    `${HTTP} a pattern, its negation and its window`,
  ),
  web(
    "Keepalived's regex is PCRE2: what is served finds what PCRE2 finds, what is not is named by a diagnostic.",
    `${PATTERN} what is served finds what PCRE2 finds`,
    `${PATTERN} random patterns of small pieces find what PCRE2 finds`,
    `${PATTERN} options do what they say`,
    `${PATTERN} what is not served, or no pattern, is named with its place`,
    'test test/config/lvs-rules.test.ts: a pattern that is not served',
  ),
  web(
    'A hostile body costs bounded time, in a thread.',
    `${HTTP} a pattern that a body keeps busy fails its own check, and no other`,
    `${HTTP} a pattern is looked for in the beginning of a body only`,
    `${PATTERN} no text makes it throw or takes long`,
  ),
  web(
    'Status codes and ranges.',
    ...pages('status_code'),
    `${HTTP} status codes: 2xx, or what is listed`,
    `${HTTP} what is no status line is no good, and is said as it came`,
  ),
  web(
    'virtualhost.',
    ...pages('virtualhost'),
    'keyword HTTP_GET virtualhost',
    'test test/config/lvs-model.test.ts: names of pages',
    `${HTTP} the bytes of a request are those of Keepalived`,
  ),
  web(
    'SNI.',
    'keyword SSL_GET enable_sni',
    'keyword SSL_GET sni_name',
    `${SSL} a server name only where one is wanted, no protocols, any version`,
  ),
  web(
    'TLS versions.',
    `${SSL} a server name only where one is wanted, no protocols, any version`,
    `${SSL} close_notify is sent where tls_compliant asks for it, and only there`,
    'keyword SSL_GET tls_compliant',
  ),
  web(
    'HTTP/1.0 to 1.1.',
    'keyword HTTP_GET http_protocol',
    'keyword SSL_GET http_protocol',
    `${HTTP} the bytes of a request are those of Keepalived`,
    BYTES,
  ),
  web(
    'fast_recovery.',
    'keyword HTTP_GET fast_recovery',
    'keyword SSL_GET fast_recovery',
    'lvs-transcript 17-fast-recovery.txt',
  ),
  web(
    'The block SSL: a certificate of our own.',
    'keyword SSL certificate',
    'keyword SSL key',
    'keyword SSL password',
    'keyword SSL ca',
    `${SSL} the block SSL: a certificate of our own, also with a password`,
    `${SSL} the block SSL: a renewed certificate is shown without a reload, and no half of one`,
  ),

  connector('Marks.', `${NAMESPACES} the mark of a check chooses its way`),
  connector(
    'Binding: to an address, a port, a device.',
    'keyword TCP_CHECK bind_if',
    `${TCP} it comes from the address and port that it shall come from, also twice in a row`,
    `${TCP} no interface of that name: nothing is said about the server`,
    `${TCP} an address that is not ours cannot be bound to`,
    `${NAMESPACES} a ping is answered, whether or not the kernel lets us have an echo socket`,
  ),
  connector(
    'Request bytes of our own: those of Keepalived.',
    BYTES,
    `${HTTP} the bytes of a request are those of Keepalived`,
    `${HTTP} an IPv6 literal stands in brackets`,
    `${OTHERS} greeting, HELO, QUIT, and any answer to that`,
    `${OTHERS} the bytes of a question are those of Keepalived`,
    `${OTHERS} the bytes of a request are those of Keepalived`,
    `${OTHERS} silence is good without require_reply, once connect_timeout is over`,
  ),
  connector(
    'A bounded reader of answers.',
    `${HTTP} answers without end are cut off, in the header and in the body`,
    `${HTTP} an answer that is complete by its own framing needs no end of the connection`,
    `${HTTP} an answer in pieces of one byte is the same answer`,
    `${HTTP} the size of a chunk is looked for in a bounded number of bytes`,
  ),
  connector(
    'TLS over the descriptor that was handed over; none stays open.',
    `${SSL} a page is fetched and judged within TLS; an expired certificate that signed itself is no matter`,
    `${SSL} no descriptor stays open`,
    `${TCP} a thousand checks at once leave no descriptor open`,
  ),
  connector(
    'DNS messages are those of a well-kept library.',
    `${OTHERS} an answer with records is read; one in other letters is the same`,
    'test test/house/house.test.ts: dependencies are those that earned their place, at exact versions',
  ),
];
