/**
 * SSL_GET: HTTP_GET within TLS. Our connector opens the socket, and Node's TLS takes over its descriptor: any version,
 * no certificate is refused, a server name and a certificate of our own where configured. Without tls_compliant the
 * connection ends without close_notify. (directives-lvs sections 6.2 and 9)
 */
import { readFile, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { MAX_TLS_OVERHEAD } from '../../base/limits.js';
import type { Duration } from '../../base/time.js';
import type { HttpCheckSettings, SslSettings } from '../../config/model-lvs.js';
import type { Failure } from '../../core/inputs.js';
import type { Poller } from '../linux/poller.js';
import { Connector } from './connector.js';
import { type Page, type PageMeans, PageVisit, pagesOf } from './http.js';
import { ANSWERED, type Attempt, type Flight, type Probe } from './probe.js';
import { SocketAttempt } from './socket-attempt.js';

/** What is checked is that a server answers, not how safe its choice of algorithms is. */
const PERMISSIVE = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;

/** Milliseconds that saying goodbye may take. */
const FAREWELL_MS = 1000;

/**
 * Bytes that may wait to be read: libuv goes on reading in the same turn as long as that fills a buffer of 16 KiB, and new
 * keys of 27 bytes take twenty microseconds each.
 */
const WINDOW = 8 * 1024;

/** Milliseconds between two looks at how much TLS there is around an answer. */
const LOOK_MS = 50;

/** One per client's side, since making one costs milliseconds, and the state of the files that it was made of. */
const contexts = new Map<string, { readonly stamp: string; readonly context: SecureContext }>();
const making = new Map<string, Promise<SecureContext | Failure>>();

function contextFor(settings: SslSettings): Promise<SecureContext | Failure> {
  const key = JSON.stringify(settings);
  const running = making.get(key);
  if (running) return running;
  const made = currentContext(key, settings).finally(() => making.delete(key));
  making.set(key, made);
  return made;
}

/** A renewed certificate counts from the next check on; as long as its files do not fit together the old one stays. */
async function currentContext(key: string, settings: SslSettings): Promise<SecureContext | Failure> {
  const stamp = await stampOf(settings);
  const known = contexts.get(key);
  if (known?.stamp === stamp) return known.context;
  const context = await makeContext(settings);
  if ('code' in context) return known?.context ?? context;
  contexts.set(key, { stamp, context });
  return context;
}

const filesOf = (settings: SslSettings) => [settings.ca, settings.certificate, settings.key] as const;

async function stampOf(settings: SslSettings): Promise<string> {
  const stamps = filesOf(settings).map(async (path) => {
    if (path === undefined) return '';
    const found = await stat(path).catch(() => undefined);
    return found ? `${found.dev} ${found.ino} ${found.size} ${found.mtimeMs}` : 'missing';
  });
  return (await Promise.all(stamps)).join();
}

async function makeContext(settings: SslSettings): Promise<SecureContext | Failure> {
  try {
    const [ca, cert, key] = await Promise.all(
      filesOf(settings).map((path) => (path === undefined ? undefined : readFile(path))),
    );
    return createSecureContext({
      ...PERMISSIVE,
      ...(ca ? { ca } : {}),
      ...(cert ? { cert } : {}),
      ...(key ? { key } : {}),
      ...(settings.password === undefined ? {} : { passphrase: settings.password }),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'ETLS', message: `reading the files of the block SSL: ${message}` };
  }
}

export class SslProbe implements Probe {
  readonly #settings: HttpCheckSettings;
  readonly #pages: readonly Page[];
  readonly #connector: Connector;
  readonly #means: PageMeans;
  readonly #tls: SslSettings;

  constructor(settings: HttpCheckSettings, tls: SslSettings | undefined, means: PageMeans) {
    this.#settings = settings;
    this.#pages = pagesOf(settings, means);
    this.#connector = new Connector(settings.target, 'stream', WINDOW);
    this.#means = means;
    this.#tls = tls ?? {};
    // Made before the first check needs it.
    void contextFor(this.#tls);
  }

  start(part: number, flight: Flight): Attempt {
    const page = this.#pages[part];
    if (!page) {
      flight.unmade({ code: 'EINVAL', message: `there is no url ${part + 1}` });
      return ANSWERED;
    }
    const { connectTimeout } = this.#settings.target;
    const visit = new PageVisit(page, connectTimeout, flight, this.#means);
    const attempt = new SslAttempt(this.#means.poller, flight, page, visit);
    flight.within(connectTimeout);
    void contextFor(this.#tls).then((context) => {
      if ('code' in context) flight.unmade(context);
      else attempt.look(this.#connector, connectTimeout, context);
    });
    return attempt;
  }
}

class SslAttempt extends SocketAttempt {
  readonly #page: Page;
  readonly #visit: PageVisit;
  #context: SecureContext | undefined;
  #tls: TLSSocket | undefined;
  #looks: NodeJS.Timeout | undefined;
  /** Bytes that were inside. */
  #content = 0;
  #ended = false;

  constructor(poller: Poller, flight: Flight, page: Page, visit: PageVisit) {
    super(poller, flight);
    this.#page = page;
    this.#visit = visit;
  }

  /** The check may have been abandoned while certificates were read. */
  look(connector: Connector, patience: Duration, context: SecureContext): void {
    if (this.#ended) return;
    this.#context = context;
    this.begin(connector.dial(), patience);
  }

  /** The deadline of connecting goes on: the handshake is part of it. */
  protected connected(): void {
    this.waiting = 'tls';
    const { url } = this.#page;
    const wire = new Socket({ fd: this.handOver(), readable: true, writable: true });
    const tls = connect({
      socket: wire,
      rejectUnauthorized: false,
      ...(this.#context ? { secureContext: this.#context } : {}),
      ...(url.serverName === undefined ? {} : { servername: url.serverName }),
    });
    this.#tls = tls;
    this.#looks = setInterval(() => this.#weigh(wire), LOOK_MS);
    // Once: a server that asks for a new handshake gets one, and neither another request nor more time.
    tls.once('secureConnect', () => {
      this.waiting = 'reply';
      this.#visit.asked();
      tls.write(this.#page.request);
    });
    tls.on('data', (bytes: Buffer) => {
      this.waiting = 'rest';
      this.#content += bytes.length;
      this.#visit.take(bytes);
    });
    tls.on('end', () => this.#closed());
    tls.on('close', () => this.#closed());
    tls.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
  }

  /** New keys, tickets, handshakes and empty records cost us more than whoever sends them. */
  #weigh({ bytesRead }: Socket): void {
    if (bytesRead <= MAX_TLS_OVERHEAD + 4 * this.#content) return;
    this.flight.bad({ kind: 'tls', message: `${bytesRead} bytes came, and ${this.#content} were inside` });
  }

  #closed(): void {
    if (this.waiting === 'tls') this.flight.bad({ kind: 'tls', message: 'closed during the handshake' });
    else this.#visit.conclude();
  }

  /** Many servers break off instead of closing: what came until then counts, as with Keepalived. */
  #failed(error: NodeJS.ErrnoException & { readonly reason?: string }): void {
    // The message of OpenSSL is its reason between a thread's number and places in its source.
    const message = (error.reason ?? error.message).replace(/\s+/g, ' ').trim();
    if (this.waiting === 'tls') this.flight.bad({ kind: 'tls', message });
    else if (this.#visit.inBody) this.#visit.conclude();
    else this.flight.bad({ kind: 'read', error: { code: error.code ?? 'ETLS', message } });
  }

  protected readable(): void {}

  override expire(): void {
    if (this.#context) super.expire();
    else this.flight.unmade({ code: 'ETLS', message: 'reading the files of the block SSL takes too long' });
  }

  override end(): void {
    this.#ended = true;
    clearInterval(this.#looks);
    super.end();
    const tls = this.#tls;
    if (!tls) return;
    this.#tls = undefined;
    // Errors of a connection that nobody needs any more.
    tls.removeAllListeners();
    tls.on('error', () => {});
    if (!this.#page.url.tlsCompliant || tls.destroyed) {
      tls.destroy();
      return;
    }
    tls.end(() => tls.destroy());
    // The other side may not take it.
    tls.setTimeout(FAREWELL_MS, () => tls.destroy());
  }
}
