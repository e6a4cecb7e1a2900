/**
 * HTTP_GET: asks for one page and judges the answer: status code, then digest, then pattern. The header has to be
 * there within connect_timeout, the body may not pause for longer, nor take more than MAX_ANSWER_TIMEOUTS of them in
 * all. Which URL is asked for when is the engine's. (directives-lvs section 6.2)
 */
import { MAX_ANSWER_TIMEOUTS, MAX_REGEX_BODY } from '../../base/limits.js';
import { between, type Duration, type Instant } from '../../base/time.js';
import type { HttpCheckSettings, UrlSettings } from '../../config/model-lvs.js';
import { httpGetText } from '../../wire/http-get.js';
import { monotonicNow } from '../linux/clock.js';
import { failureOf } from '../linux/errno.js';
import type { Poller } from '../linux/poller.js';
import { Connector } from './connector.js';
import { type AnswerWatch, HttpAnswer } from './http-answer.js';
import type { PatternSearch } from './pattern-search.js';
import { ANSWERED, type Attempt, type Flight, type Probe } from './probe.js';
import { SocketAttempt } from './socket-attempt.js';

/** What asking for pages needs. */
export interface PageMeans {
  readonly poller: Poller;
  readonly search: PatternSearch;
  /** Sees every answer. */
  readonly watch: AnswerWatch | undefined;
}

/** A URL with its request. */
export interface Page {
  readonly url: UrlSettings;
  readonly request: Uint8Array;
}

export const pagesOf = (
  { urls, version, target }: HttpCheckSettings,
  { search }: PageMeans,
): readonly Page[] => {
  if (urls.some(({ regex }) => regex)) search.prepare();
  return urls.map((url) => ({
    url,
    request: Buffer.from(
      httpGetText({
        path: url.path,
        version,
        address: target.address,
        port: target.port,
        ...(url.virtualhost === undefined ? {} : { virtualhost: url.virtualhost }),
      }),
    ),
  }));
};

/** Reads the answer to one request and gives the verdict; shared by HTTP_GET and SSL_GET. */
export class PageVisit {
  readonly #page: Page;
  readonly #flight: Flight;
  readonly #search: PatternSearch;
  readonly #timeout: Duration;
  readonly #answer: HttpAnswer;
  #asked: Instant | undefined;
  #concluded = false;

  constructor(page: Page, timeout: Duration, flight: Flight, { search, watch }: PageMeans) {
    const { url } = page;
    this.#page = page;
    this.#flight = flight;
    this.#search = search;
    this.#timeout = timeout;
    this.#answer = new HttpAnswer({
      digest: url.digest !== undefined || watch !== undefined,
      keep: url.regex ? MAX_REGEX_BODY : 0,
      watch,
    });
  }

  /** For the words of a timeout: whether anything came. */
  get waiting(): 'reply' | 'rest' {
    return this.#answer.received > 0 ? 'rest' : 'reply';
  }
  get inBody(): boolean {
    return this.#answer.state === 'body';
  }

  /** The request is on its way. */
  asked(): void {
    this.#asked = monotonicNow();
    this.#flight.within(this.#timeout);
  }

  take(bytes: Uint8Array): void {
    if (this.#concluded) return;
    const state = this.#answer.take(bytes);
    if (state === 'body') this.#flight.within(this.#patience());
    else if (state !== 'header') this.conclude();
  }

  #patience(): Duration {
    const taken = this.#asked === undefined ? 0 : between(this.#asked, monotonicNow());
    const left = this.#timeout * MAX_ANSWER_TIMEOUTS - taken;
    return Math.max(0, Math.min(this.#timeout, left)) as Duration;
  }

  /** Nothing more comes, or nothing more is wanted. */
  conclude(): void {
    if (this.#concluded) return;
    this.#concluded = true;
    const { state, status, received, interim, insteadOfHttp } = this.#answer;
    if (state === 'endless') this.#flight.bad({ kind: 'endless', bytes: received });
    else if (insteadOfHttp !== undefined) this.#flight.bad({ kind: 'not-http', line: insteadOfHttp });
    else if (state === 'header')
      this.#flight.bad({ kind: 'no-data', ...(interim === undefined ? {} : { interim }) });
    else if (!this.#page.url.statusCodes.some(({ from, to }) => from <= status && status <= to))
      this.#flight.bad({ kind: 'status', status });
    else this.#judgeBody();
  }

  #judgeBody(): void {
    const { digest: wanted, regex } = this.#page.url;
    const digest = this.#answer.finish();
    const { remark } = this.#answer;
    const body = remark === undefined ? {} : { body: this.#bodyWords() };
    if (wanted !== undefined) {
      if (digest !== wanted) {
        this.#flight.bad({ kind: 'digest', digest, ...body });
        return;
      }
    }
    if (!regex) {
      this.#good(remark);
      return;
    }
    this.#flight.wait();
    this.#search.look(this.#page, regex, this.#answer.body, (result) => {
      if (result.kind === 'unmade') this.#flight.unmade(result.error);
      else if (result.kind === 'overran') this.#flight.bad(result.failure);
      else if (result.found !== regex.noMatch) this.#good(remark);
      else this.#flight.bad({ kind: 'regex', found: result.found, ...body });
    });
  }

  #good(remark: string | undefined): void {
    const detail = `${this.#answer.status}, ${this.#bodyWords()}`;
    this.#flight.good(detail, remark === undefined ? {} : { odd: remark });
  }

  #bodyWords(): string {
    const { bodyBytes, remark } = this.#answer;
    return `${bodyBytes} bytes${remark === undefined ? '' : `, ${remark}`}`;
  }
}

export class HttpProbe implements Probe {
  readonly #settings: HttpCheckSettings;
  readonly #pages: readonly Page[];
  readonly #connector: Connector;
  readonly #means: PageMeans;

  constructor(settings: HttpCheckSettings, means: PageMeans) {
    this.#settings = settings;
    this.#pages = pagesOf(settings, means);
    this.#connector = new Connector(settings.target, 'stream');
    this.#means = means;
  }

  start(part: number, flight: Flight): Attempt {
    const page = this.#pages[part];
    if (!page) {
      flight.unmade({ code: 'EINVAL', message: `there is no url ${part + 1}` });
      return ANSWERED;
    }
    const { connectTimeout } = this.#settings.target;
    const visit = new PageVisit(page, connectTimeout, flight, this.#means);
    const attempt = new HttpAttempt(this.#means.poller, flight, page.request, visit);
    attempt.look(this.#connector, connectTimeout);
    return attempt;
  }
}

class HttpAttempt extends SocketAttempt {
  readonly #request: Uint8Array;
  readonly #visit: PageVisit;

  constructor(poller: Poller, flight: Flight, request: Uint8Array, visit: PageVisit) {
    super(poller, flight);
    this.#request = request;
    this.#visit = visit;
  }

  look(connector: Connector, patience: Duration): void {
    this.begin(connector.dial(), patience);
  }

  protected connected(): void {
    this.#visit.asked();
    this.send(this.#request);
  }

  protected readable(): void {
    const got = this.receive();
    if (got.kind === 'piece') this.#visit.take(got.bytes);
    else if (got.kind === 'end') this.#visit.conclude();
    else if (got.kind === 'error') this.flight.bad({ kind: 'read', error: failureOf(got.errno, 'reading') });
    if (this.waiting === 'reply') this.waiting = this.#visit.waiting;
  }
}
