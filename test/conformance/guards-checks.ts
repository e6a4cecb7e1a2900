/** Guards of checkers against servers that mean no good. */
import type { Guard } from './promise.js';

const HTTP = 'test test/host/checks/http.test.ts:';
const TCP = 'test test/host/checks/tcp.test.ts:';
const SSL = 'test test/host/checks/ssl.test.ts:';
const PATTERNS = 'test test/host/checks/pattern-search.test.ts:';
const OTHERS = 'test test/host/checks/others.test.ts:';
const MISC = 'test test/host/checks/misc.test.ts:';
const CHECKS = 'src/host/checks/checks.ts';
const SOCKET = 'src/host/checks/socket-attempt.ts';
const PAGE = 'src/host/checks/http.ts';
const ANSWER = 'src/host/checks/http-answer.ts';
const TLS = 'src/host/checks/ssl.ts';
const SMTP = 'src/host/checks/smtp.ts';
const DNS = 'src/host/checks/dns.ts';
const UDP = 'src/host/checks/udp.ts';
const SEARCH = 'src/host/checks/pattern-search.ts';

export const CHECK_GUARDS: readonly Guard[] = [
  {
    against: 'A server that never accepts keeps its check for ever.',
    file: SOCKET,
    take: '      this.flight.within(patience);\n',
    leave: '',
    by: `${TCP} silence is a failure after connect_timeout, and not before`,
  },
  {
    against: 'A server that sends a byte now and then keeps its check for ever.',
    file: PAGE,
    take: 'Math.min(this.#timeout, left)',
    leave: 'this.#timeout',
    by: `${HTTP} a byte now and then keeps no check for ever`,
  },
  {
    against: 'A header without end is kept until memory ends.',
    file: ANSWER,
    take: "if (this.#announced + (end < 0 ? this.#head.length : 0) > MAX_CHECK_HEADER) {\n        this.#state = 'endless';\n        return;\n      }",
    leave: '',
    by: `${HTTP} answers without end are cut off, in the header and in the body`,
  },
  {
    against: 'Headers that only announce an answer are read for as long as they come.',
    file: ANSWER,
    take: 'this.#announced += end + 4;',
    leave: '',
    by: `${HTTP} who only announces an answer gives none`,
  },
  {
    against: 'What only announces an answer is judged in its place.',
    file: ANSWER,
    take: 'if (status < 100 || status > 199 || status === 101) return false;',
    leave: 'return false;',
    by: `${HTTP} a header that only announces another one is waited past, whatever comes in one piece`,
  },
  {
    against:
      'The digest of chunks with a length beside them is another one than that of genhash and Keepalived.',
    file: ANSWER,
    take: 'own.subarray(0, Math.max(0, wanted))',
    leave: 'own',
    by: `${HTTP} a length that is none, or several, or beside chunks, is said, and is the reason given where the page differs`,
  },
  {
    against: 'A page of 100 MB is read to its end.',
    file: ANSWER,
    take: "if (this.#state === 'body' && this.#received > MAX_CHECK_ANSWER) this.#state = 'endless';",
    leave: '',
    by: `${HTTP} a page of 100 MB is cut off; meanwhile other checks are answered`,
  },
  {
    against: 'A large body is kept whole, to look for a pattern in it.',
    file: ANSWER,
    take: 'const room = this.#interest.keep - this.#keptBytes;',
    leave: 'const room = 1e9;',
    by: `${HTTP} a pattern is looked for in the beginning of a body only`,
  },
  {
    against: 'The size of a chunk is read without end.',
    file: 'src/host/checks/chunk-reader.ts',
    take: "if (this.#line.length > MAX_CHUNK_LINE) this.#state = 'broken';",
    leave: '',
    by: `${HTTP} the size of a chunk is looked for in a bounded number of bytes`,
  },
  {
    against: 'Nobody hears of broken chunks.',
    file: ANSWER,
    take: "if (chunks && !chunks.finished) return 'its chunks broken';",
    leave: '',
    by: `${HTTP} broken chunks are no failure by themselves, but they are said`,
  },
  {
    against: 'What is no status line counts as a good one.',
    file: ANSWER,
    take: 'return status ? Number(status[1]) : 0;',
    leave: 'return status ? Number(status[1]) : 200;',
    by: `${HTTP} what is no status line is no good, and is said as it came`,
  },
  {
    against: 'A connection that ends within the header is judged as an answer.',
    file: PAGE,
    take: "else if (state === 'header')\n      this.#flight.bad({ kind: 'no-data', ...(interim === undefined ? {} : { interim }) });",
    leave: '',
    by: `${HTTP} servers that close, reset, or are not there`,
  },
  {
    against: 'A connection that is reset is waited for.',
    file: PAGE,
    take: "else if (got.kind === 'error') this.flight.bad({ kind: 'read', error: failureOf(got.errno, 'reading') });",
    leave: '',
    by: `${HTTP} servers that close, reset, or are not there`,
  },
  {
    against: 'A check leaves its descriptor open.',
    file: SOCKET,
    take: '    closeFd(this.#fd);\n',
    leave: '',
    by: `${TCP} a thousand checks at once leave no descriptor open`,
  },
  {
    against: 'A check that is slow overlaps the next one.',
    file: CHECKS,
    take: 'if (!known || known.flight) return;',
    leave: 'if (!known) return;',
    by: `${TCP} a check never overlaps itself, and an abandoned one says nothing`,
  },
  {
    against: 'A check that nobody waits for any more is heard.',
    file: CHECKS,
    take: '    known?.flight?.abandon();\n',
    leave: '',
    by: `${TCP} a check never overlaps itself, and an abandoned one says nothing`,
  },
  {
    against: 'Thousands that are out of time at once are one long turn.',
    file: CHECKS,
    take: 'for (let n = 0; n < MAX_TIMEOUTS_PER_TURN; n++) {',
    leave: 'for (;;) {',
    by: `${TCP} many that are out of time at once: a turn ends a bounded number of them, and the next ones the rest`,
  },
  {
    against: 'A hint about the path wakes the process until connect_timeout.',
    file: SOCKET,
    take: '    if (size === -EMSGSIZE) this.#passOver();\n',
    leave: '',
    by: 'test test/host/checks/namespace.test.ts: that a datagram was too large for the way says nothing, and costs no time',
  },
  {
    against: 'A body that is made for it keeps a pattern busy for ever.',
    file: SEARCH,
    take: 'setTimeout(() => this.#tooLong(job), this.#limit)',
    leave: 'setTimeout(() => {}, this.#limit)',
    by: `${HTTP} a pattern that a body keeps busy fails its own check, and no other`,
  },
  {
    against: 'Good pages wait for each that turns hostile as long as a search may take.',
    file: SEARCH,
    take: 'new Lane(MAX_QUICK_REGEX_MS, (job)',
    leave: 'new Lane(MAX_REGEX_MS, (job)',
    by: `${PATTERNS} twenty pages that turn hostile together keep a good one waiting for a moment each`,
  },
  {
    against: 'Other patterns wait for all pages of one that is kept busy.',
    file: SEARCH,
    take: '      this.#waiting.delete(source);\n      if (jobs.length > 0) this.#waiting.set(source, jobs);\n',
    leave: '      if (jobs.length === 0) this.#waiting.delete(source);\n',
    by: `${PATTERNS} another pattern does not wait for all pages of one that is kept busy`,
  },
  {
    against: 'A server with an expired certificate, or one of its own, is taken out.',
    file: TLS,
    take: 'rejectUnauthorized: false,',
    leave: 'rejectUnauthorized: true,',
    by: `${SSL} a page is fetched and judged within TLS; an expired certificate that signed itself is no matter`,
  },
  {
    against: 'A server with an old version of TLS is taken out.',
    file: TLS,
    take: "minVersion: 'TLSv1',",
    leave: "minVersion: 'TLSv1.3',",
    by: `${SSL} a server name only where one is wanted, no protocols, any version`,
  },
  {
    against: 'Each new handshake sends the request again, and begins its time anew.',
    file: TLS,
    take: "tls.once('secureConnect'",
    leave: "tls.on('secureConnect'",
    by: `${SSL} handshakes again and again give a server no more time, and no second request`,
  },
  {
    against: 'Keys, tickets and handshakes without end are taken until connect_timeout.',
    file: TLS,
    take: 'this.#looks = setInterval(() => this.#weigh(wire), LOOK_MS);',
    leave: '',
    by: `${SSL} a server that sends much TLS around nothing is not listened to until connect_timeout`,
  },
  {
    against: 'Other checks wait for half a megabyte of them in one turn.',
    file: TLS,
    take: "'stream', WINDOW)",
    leave: "'stream')",
    by: `${SSL} what comes at once is read in small pieces, so that records that cost much time cost little in a turn`,
  },
  {
    against: 'Broken TLS ends the daemon.',
    file: TLS,
    take: "tls.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));",
    leave: '',
    by: `${SSL} broken TLS, of every kind`,
  },
  {
    against: 'Who closes in the middle of the handshake is said to have given no answer.',
    file: TLS,
    take: "if (this.waiting === 'tls') this.flight.bad({ kind: 'tls', message: 'closed during the handshake' });\n    else",
    leave: '',
    by: `${SSL} broken TLS, of every kind`,
  },
  {
    against: 'A certificate that is half written is shown, or none at all.',
    file: TLS,
    take: 'return known?.context ?? context;',
    leave: 'return context;',
    by: `${SSL} the block SSL: a renewed certificate is shown without a reload, and no half of one`,
  },
  {
    against: 'A line of SMTP without end is kept until memory ends.',
    file: SMTP,
    take: "if (this.#line.length > MAX_SMTP_LINE) this.flight.bad({ kind: 'endless', bytes: this.#line.length });\n    else if",
    leave: 'if',
    by: `${OTHERS} silence at every step, lines without end, and a server that leaves`,
  },
  {
    against: 'What only begins like a good answer of SMTP is one.',
    file: SMTP,
    take: '(?: |$)/',
    leave: '/',
    by: `${OTHERS} other codes, several lines and what is no SMTP are failures`,
  },
  {
    against: 'A DNS answer with the number of another question counts.',
    file: DNS,
    take: 'bytes[0] !== query[0] || bytes[1] !== query[1] || ',
    leave: '',
    by: `${OTHERS} what is not our answer is waited past`,
  },
  {
    against: 'A question that comes back counts as an answer.',
    file: DNS,
    take: ' || (flags & RESPONSE) === 0',
    leave: '',
    by: `${OTHERS} what is not our answer is waited past`,
  },
  {
    against: 'A DNS answer to another name counts.',
    file: DNS,
    take: 'if (repeated !== undefined && repeated !== asked) return undefined;',
    leave: '',
    by: `${OTHERS} what is not our answer is waited past`,
  },
  {
    against: 'A DNS answer of a few bytes makes the daemon throw.',
    file: DNS,
    take: 'if (bytes.length < HEADER_LENGTH) return undefined;',
    leave: '',
    by: `${OTHERS} no bytes make it throw, and a long chain of names takes no time worth speaking of`,
  },
  {
    against: 'A DNS answer that was cut short with TC takes a server out.',
    file: DNS,
    take: "(flags & TRUNCATED) !== 0 ? 'good' : judgeAnswers(bytes)",
    leave: 'judgeAnswers(bytes)',
    by: `${OTHERS} cut short with TC is an answer, cut short without it is none`,
  },
  {
    against: 'Names in a DNS answer that point at each other make the daemon throw.',
    file: DNS,
    take: "return { kind: 'dns-malformed', message: error instanceof Error ? error.message : String(error) };",
    leave: 'throw error;',
    by: `${OTHERS} names that point at themselves or at each other`,
  },
  {
    against: 'A long DNS answer whose names are chained keeps the loop busy.',
    file: DNS,
    take: "if (bytes.length > MAX_DNS_ANSWER) return 'good';",
    leave: '',
    by: `${OTHERS} no bytes make it throw, and a long chain of names takes no time worth speaking of`,
  },
  {
    against: 'A datagram of any length fits.',
    file: UDP,
    take: 'if (reply.length < minReplyLength || reply.length > maxReplyLength) return false;',
    leave: '',
    by: `${OTHERS} what an answer has to look like`,
  },
  {
    // Loose again as soon as its question is sent, on a port of its own, which it keeps therefore.
    against: 'What somebody else sends to the port of a UDP_CHECK counts as the answer.',
    file: 'src/host/checks/connector.ts',
    take: '    const connected = connect(fd, scratch.address, this.#destination.length);\n',
    leave: `
      if (this.#protocol === k.IPPROTO_UDP) {
        scratch.bytes.set(socketAddress(ANY_IPV4, 20000 + (process.pid % 10000)));
        bindSocket(fd, scratch.address, this.#destination.length);
        scratch.bytes.set(this.#destination);
        queueMicrotask(() => {
          scratch.bytes.fill(0, 0, this.#destination.length);
          connect(fd, scratch.address, this.#destination.length);
        });
      }
      const connected = connect(fd, scratch.address, this.#destination.length);
    `,
    by: `${OTHERS} strangers are not heard`,
  },
  {
    against: 'A script that nobody waits for any more runs on.',
    file: 'src/host/checks/misc.ts',
    take: 'if (running) this.#scripts.endProbe(this.#key);',
    leave: '',
    by: `${MISC} an abandoned script is ended, and the next run is heard`,
  },
];
