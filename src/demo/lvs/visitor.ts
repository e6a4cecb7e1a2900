/**
 * The outside world: asks the service for its page at a steady pace, each time from another address, so that each is
 * a client whom nobody has seen before. It tells the fate of every request, one JSON object a line. A line of its
 * standard input starts one download more; it ends with that input. Arguments: ADDRESS INTERVAL-MS.
 */
import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { DOWNLOAD_PARTS } from './web-server.js';

/** 198.18.0.0/15, kept for measurements (RFC 2544): two addresses short of 131,072. */
export const CLIENT_NETWORK = '198.18.0.1/15';
const CLIENTS = 2 ** 17 - 2;
/** A page that comes later has lost its reader. Far above what a busy machine takes: who is refused knows it at once. */
const PATIENCE_MS = 20_000;

export interface RequestReport {
  readonly kind: 'request';
  /** Counts from 0. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly sent: number;
  /** Who answered; absent: nobody. */
  readonly server?: string;
  readonly failure?: string;
}

export interface DownloadReport {
  readonly kind: 'download';
  readonly number: number;
  /** Absent: nobody answered. */
  readonly server?: string;
  readonly state: 'running' | 'whole' | 'broken';
}

export type VisitorReport = RequestReport | DownloadReport;

let clients = 0;
function nextClient(): string {
  const n = (clients++ % CLIENTS) + 1;
  return `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
}

const report = (line: VisitorReport): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** Calls `begun` when an answer begins and `ended` once, with the whole text or the reason why there is none. */
function ask(
  host: string,
  path: string,
  begun: (response: IncomingMessage) => void,
  ended: (text: string | undefined, failure?: string) => void,
): void {
  let over = false;
  const end = (text: string | undefined, failure?: string): void => {
    if (over) return;
    over = true;
    ended(text, failure);
  };
  const request = get({ host, path, localAddress: nextClient(), agent: false }, (response) => {
    begun(response);
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      text += part;
    });
    response.on('end', () => end(text));
    response.on('error', (error: NodeJS.ErrnoException) => end(undefined, error.code ?? error.message));
  });
  request.setTimeout(PATIENCE_MS, () => request.destroy(Object.assign(new Error('late'), { code: 'late' })));
  request.on('error', (error: NodeJS.ErrnoException) => end(undefined, error.code ?? error.message));
}

function visit(host: string, intervalMs: number): void {
  let requests = 0;
  setInterval(() => {
    const number = requests++;
    const sent = performance.timeOrigin + performance.now();
    ask(
      host,
      '/',
      () => {},
      (server, failure) =>
        report({
          kind: 'request',
          number,
          sent,
          ...(server === undefined ? {} : { server }),
          ...(failure === undefined ? {} : { failure }),
        }),
    );
  }, intervalMs);
  let downloads = 0;
  createInterface({ input: process.stdin })
    .on('line', () => {
      const number = downloads++;
      let server: string | undefined;
      const tell = (state: DownloadReport['state']): void =>
        report({ kind: 'download', number, state, ...(server === undefined ? {} : { server }) });
      ask(
        host,
        '/download',
        (response) => {
          server = String(response.headers['server'] ?? '');
          tell('running');
        },
        (text) => tell(text?.length === DOWNLOAD_PARTS ? 'whole' : 'broken'),
      );
    })
    .on('close', () => process.exit(0));
  process.on('SIGINT', () => {});
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  visit(process.argv[2] ?? '', Number(process.argv[3]));
