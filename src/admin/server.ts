/**
 * The control socket: HTTP and JSON on a Unix socket that only its owner may open (mode 0600 in a directory
 * of mode 0700). It decides routes and bounds; what is true comes from a ControlSource. Nothing a client does,
 * sends or leaves unread holds up the loop or fills the memory (DESIGN rules 9 and 11).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  CONTROL_PATIENCE_MS,
  MAX_CONTROL_CLIENTS,
  MAX_CONTROL_HEAD,
  MAX_CONTROL_REQUEST,
} from '../base/limits.js';
import { ok, type Result, refuse } from '../base/result.js';
import type { DrainedPlace } from '../core/lvs/effects.js';
import type { DrainQuestion } from '../core/lvs/inputs.js';
import { EventHub } from './event-hub.js';
import type {
  DaemonStatus,
  DrainReport,
  Health,
  Refusal,
  ReloadReport,
  Snapshot,
  WatchLine,
} from './report.js';
import { writeStatus } from './status-writer.js';

/** Where the answers come from: the daemon, or a test. */
export interface ControlSource {
  status(): Promise<DaemonStatus>;
  snapshot(): Snapshot;
  health(): Health;
  reload(): Promise<ReloadReport>;
  /** Refused: why nobody could be asked. */
  drain(question: DrainQuestion): Promise<Result<readonly DrainedPlace[], string>>;
}

export class ControlServer {
  readonly events = new EventHub();
  readonly #source: ControlSource;
  readonly #patienceMs: number;
  #server: Server | undefined;
  #stalled = 0;

  constructor(source: ControlSource, patienceMs = CONTROL_PATIENCE_MS) {
    this.#source = source;
    this.#patienceMs = patienceMs;
  }

  /** Clients that were dropped because they did not take what they had asked for, since the start. */
  get dropped(): number {
    return this.#stalled + this.events.dropped;
  }

  /**
   * Binds `path`, which must not exist: the caller holds the directory's lock and has removed what a dead
   * daemon left. The umask is narrow before the socket appears, so there is no moment in which others may in.
   */
  listen(path: string): Promise<Result<void>> {
    const server = this.#createServer();
    this.#server = server;
    return new Promise((done) => {
      server.once('error', (error) => done(refuse(error.message)));
      const before = process.umask(0o177);
      try {
        // Binds before it returns; only the callback comes later.
        server.listen(path, () => {
          server.removeAllListeners('error');
          server.on('error', () => {});
          done(ok(undefined));
        });
      } finally {
        process.umask(before);
      }
    });
  }

  /** Not before it is wanted: Node's HTTP takes a while to load, and a start has more urgent things to do. */
  #createServer(): Server {
    const patienceMs = this.#patienceMs;
    const server = createServer(
      {
        maxHeaderSize: MAX_CONTROL_HEAD,
        headersTimeout: patienceMs,
        requestTimeout: patienceMs,
        connectionsCheckingInterval: Math.ceil(patienceMs / 4),
        keepAliveTimeout: patienceMs,
      },
      (request, response) => this.#answer(request, response),
    );
    server.maxConnections = MAX_CONTROL_CLIENTS;
    // A socket on which nothing moves this long is closed; watchers are exempt, they wait for events.
    server.timeout = patienceMs;
    server.on('timeout', (socket) => {
      if (socket.writableLength > 0) this.#stalled++;
      socket.destroy();
    });
    // What is not HTTP gets its 400 here.
    server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      else socket.destroy();
    });
    return server;
  }

  /** Ends watchers with a last line, and everybody else at once. */
  async close(last: WatchLine): Promise<void> {
    this.events.close(last);
    const server = this.#server;
    if (!server) return;
    await new Promise<void>((done) => {
      server.close(() => done());
      server.closeIdleConnections();
      // Whoever does not take the last line soon does not get it.
      setTimeout(() => server.closeAllConnections(), 100).unref();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const allowed = COMMANDS.includes(path) ? 'POST' : ROUTES.includes(path) ? 'GET' : undefined;
    if (allowed === undefined) {
      this.#refuse(request, response, 404, `there is nothing at ${path}`);
      return;
    }
    if (request.method !== allowed) {
      response.setHeader('allow', allowed);
      this.#refuse(request, response, 405, `use ${allowed} for ${path}`);
      return;
    }
    let size = 0;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= MAX_CONTROL_REQUEST) parts.push(part);
      if (size > MAX_CONTROL_REQUEST && !response.headersSent)
        this.#refuse(request, response, 413, `a request may have ${MAX_CONTROL_REQUEST} bytes`);
    });
    request.on('end', () => {
      if (!response.headersSent && !response.destroyed)
        this.#route(path, Buffer.concat(parts).toString('utf8'), request, response);
    });
  }

  #route(path: string, body: string, request: IncomingMessage, response: ServerResponse): void {
    switch (path) {
      case '/health':
        sendJson(response, 200, this.#source.health());
        return;
      case '/status': {
        void this.#source.status().then((status) => {
          if (response.destroyed) return;
          response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
          return writeStatus(response, status);
        });
        return;
      }
      case '/events': {
        request.socket.setTimeout(0);
        if (!this.events.add(response, this.#source.snapshot()))
          this.#refuse(request, response, 503, 'too many watchers are connected');
        return;
      }
      case '/drain': {
        const question = drainQuestionOf(body);
        if (!question) {
          this.#refuse(request, response, 400, 'which server? {"server":"ADDRESS[:PORT]"} is needed');
          return;
        }
        void this.#source.drain(question).then((asked) => {
          if (!asked.ok) sendJson(response, 503, { error: asked.error } satisfies Refusal);
          else if (asked.value.length > 0)
            sendJson(response, 200, { places: asked.value } satisfies DrainReport);
          else sendJson(response, 404, { error: `no virtual server has the server ${question.server}` });
        });
        return;
      }
      default:
        // Reading a large configuration may take longer than our patience with an idle client.
        request.socket.setTimeout(0);
        this.#source.reload().then(
          (report) => sendJson(response, report.outcome === 'refused' ? 422 : 200, report),
          (error: unknown) => sendJson(response, 500, { error: String(error) } satisfies Refusal),
        );
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, status: number, error: string): void {
    response.setHeader('connection', 'close');
    sendJson(response, status, { error } satisfies Refusal);
    // What is still coming is not read: it could be endless.
    request.pause();
    response.on('finish', () => request.socket.destroySoon());
  }
}

const ROUTES: readonly string[] = ['/health', '/status', '/events'];
const COMMANDS: readonly string[] = ['/reload', '/drain'];

/** Undefined where the body asks for nothing that we understand. */
function drainQuestionOf(body: string): DrainQuestion | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('server' in value)) return undefined;
  if (typeof value.server !== 'string') return undefined;
  const service = 'service' in value && typeof value.service === 'string' ? value.service : undefined;
  return {
    server: value.server,
    ...(service === undefined ? {} : { service }),
    undo: 'undo' in value && value.undo === true,
  };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
