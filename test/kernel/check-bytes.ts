/**
 * What a checker says to its server: of each kind the very bytes of Keepalived 2.2.7, which asks the same recorder in the
 * same network with the same file. What is chosen anew each time (the number of a DNS question) is left out.
 * (directives-lvs section 11.2)
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { until } from '../lab/journal.js';
import { projectRoot } from '../wire/fixtures.js';
import { KEEPALIVED, withoutKeepalived } from './keepalived.js';
import { ended, inside, startDirector, within } from './lvs-lab.js';
import type { KernelCase } from './suite.js';

const HOST = 'sw';
const PAGE = 'HTTP/1.0 200 OK\r\n\r\npage\n';

type Kind = 'http' | 'tls' | 'smtp' | 'udp';
interface Asked {
  readonly name: string;
  readonly kind: Kind;
  /** The checker's block without what every one of them has. */
  readonly block: (places: string) => string;
  readonly address?: string;
}
const http = (name: string, lines: string, url = ''): Asked => ({
  name,
  kind: 'http',
  block: (places) => `HTTP_GET {\n ${lines}\n url {\n path /probe?a=b\n ${url}\n }\n ${places}\n }`,
});
const ASKED: readonly Asked[] = [
  http('HTTP_GET', ''),
  http('HTTP_GET 1.0C', 'http_protocol 1.0C'),
  http('HTTP_GET 1.1', 'http_protocol 1.1'),
  http('HTTP_GET for a virtualhost', '', 'virtualhost www.example.com'),
  { ...http('HTTP_GET over IPv6', ''), address: '::1' },
  {
    name: 'SSL_GET',
    kind: 'tls',
    block: (places) => `SSL_GET {\n url {\n path /probe\n }\n ${places}\n }`,
  },
  { name: 'SMTP_CHECK', kind: 'smtp', block: (places) => `SMTP_CHECK {\n ${places}\n }` },
  {
    name: 'SMTP_CHECK with a name',
    kind: 'smtp',
    block: (places) => `SMTP_CHECK {\n helo_name lb.example.com\n ${places}\n }`,
  },
  { name: 'DNS_CHECK', kind: 'udp', block: (places) => `DNS_CHECK {\n ${places}\n }` },
  ...['A', 'NS', 'CNAME', 'MX', 'TXT', 'AAAA', 'SOA'].map(
    (type): Asked => ({
      name: `DNS_CHECK ${type}`,
      kind: 'udp',
      block: (places) => `DNS_CHECK {\n type ${type}\n name www.example.com.\n ${places}\n }`,
    }),
  ),
  {
    name: 'UDP_CHECK with a payload',
    kind: 'udp',
    block: (places) => `UDP_CHECK {\n payload 0102aff0\n ${places}\n }`,
  },
];
const FIRST_PORT = 8001;
const portOf = (one: Asked): number => FIRST_PORT + ASKED.indexOf(one);

const configuration = `
virtual_server 192.0.2.80 80 {
  delay_loop 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 127.0.0.1 80 {
    ${ASKED.map((one) => one.block(`connect_ip ${one.address ?? '127.0.0.1'}\n connect_port ${portOf(one)}\n connect_timeout 2`)).join('\n    ')}
  }
}
`;

/** What each was asked first, by its name, as text; UDP in hexadecimal. */
class Recorder {
  readonly heard = new Map<string, string>();

  async open(): Promise<void> {
    const tls = (name: string): string => readFileSync(join(projectRoot, 'test/fixtures/tls', name), 'utf8');
    const secured = { cert: tls('cert.pem'), key: tls('key.pem') };
    for (const one of ASKED) {
      if (one.kind === 'udp') await this.#listenUdp(one);
      else {
        const take = (socket: Socket): void => this.#converse(one, socket);
        const server = one.kind === 'tls' ? createTlsServer(secured, take) : createServer(take);
        await new Promise<void>((done) => {
          // Without a host there is no lookup, and the socket is bound at once: there.
          within(HOST, () => server.listen(portOf(one)));
          server.once('listening', done);
        });
      }
    }
  }

  #listenUdp(one: Asked): Promise<void> {
    return new Promise((done) => {
      within(HOST, () => {
        // A lookup that takes its time would bind the socket elsewhere.
        const socket = createSocket({ type: 'udp4', lookup: (host, _, found) => found(null, host, 4) });
        socket.on('message', (bytes) => {
          // The number of a question is chosen anew each time.
          const shown = one.name.startsWith('DNS') ? bytes.subarray(2) : bytes;
          this.#hear(one, shown.toString('hex'));
        });
        socket.bind(portOf(one), '127.0.0.1', done);
      });
    });
  }

  #converse(one: Asked, socket: Socket): void {
    let text = '';
    socket.on('error', () => {});
    if (one.kind === 'smtp') socket.write('220 ready\r\n');
    socket.on('data', (part: Buffer) => {
      text += part.toString('latin1');
      if (one.kind === 'smtp') socket.write(text.includes('QUIT\r\n') ? '221 bye\r\n' : '250 ok\r\n');
      if (text.endsWith(one.kind === 'smtp' ? 'QUIT\r\n' : '\r\n\r\n')) {
        this.#hear(one, text);
        if (one.kind !== 'smtp') socket.end(PAGE);
      }
    });
  }

  #hear(one: Asked, text: string): void {
    if (!this.heard.has(one.name)) this.heard.set(one.name, text);
  }

  /** All that was heard, once everybody was asked; then nothing was. */
  async take(who: string): Promise<Record<string, string>> {
    await until(`${who} has asked all`, () => this.heard.size === ASKED.length);
    const all = Object.fromEntries([...this.heard].sort());
    this.heard.clear();
    return all;
  }
}

export const sameBytes: KernelCase = {
  name: 'checkers say to their servers, byte for byte, what those of Keepalived 2.2.7 say',
  obstacle: withoutKeepalived,
  run: async () => {
    const recorder = new Recorder();
    await recorder.open();
    const file = join(mkdtempSync(join(tmpdir(), 'keepalived-')), 'keepalived.conf');
    writeFileSync(file, configuration, { mode: 0o600 });
    const theirs = spawn(
      'ip',
      ['netns', 'exec', HOST, KEEPALIVED, '-n', '-C', '-f', file, '-p', `${file}.pid`, '-c', `${file}.c`],
      { stdio: 'ignore' },
    );
    const said = await recorder.take('keepalived');
    theirs.kill('SIGTERM');
    await ended(theirs);
    inside(HOST, 'ipvsadm -C');
    recorder.heard.clear();
    const ours = startDirector(HOST, configuration);
    assert.deepEqual(await recorder.take('holdfast'), said);
    ours.process.kill('SIGTERM');
    await ended(ours.process);
  },
};
