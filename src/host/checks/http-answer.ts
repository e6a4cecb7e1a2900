/**
 * The answer to an HTTP request, read piece by piece and never kept whole: status, length, MD5 of the body, and the
 * beginning of the body where a pattern will be looked for. It ends where its own framing says so (RFC 9112 section 6.3)
 * or with the connection, and is cut off where it grows beyond bounds. Whether that is a good answer is decided by
 * the probe.
 *
 * The digest is that of Keepalived and genhash: of the bytes as they came behind the header, at most Content-Length of
 * them, chunks with their framing. A pattern sees what the chunks hold. A header that only announces another one (1xx) is
 * not the answer (RFC 9110 section 15.2). (directives-lvs section 6.2)
 */
import { createHash, type Hash } from 'node:crypto';
import { MAX_CHECK_ANSWER, MAX_CHECK_HEADER, MAX_HTTP_FIRST_LINE } from '../../base/limits.js';
import { printable } from '../../base/printable.js';
import { ChunkReader } from './chunk-reader.js';

/** What of the body is of interest. */
export interface AnswerInterest {
  readonly digest: boolean;
  /** Bytes of the body that are kept from its beginning. */
  readonly keep: number;
  /** Who wants to see all of it pass. */
  readonly watch?: AnswerWatch | undefined;
}

/** Sees an answer as it comes: the header whole, the body in pieces as the digest has it, and that digest. */
export interface AnswerWatch {
  header(bytes: Uint8Array): void;
  body(bytes: Uint8Array): void;
  digest(hex: string): void;
}

/** `complete`: nothing more belongs to it. `endless`: it grew beyond what is read. */
export type AnswerState = 'header' | 'body' | 'complete' | 'endless';

export class HttpAnswer {
  readonly #interest: AnswerInterest;
  readonly #hash: Hash | undefined;
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #head: Buffer = Buffer.alloc(0);
  #state: AnswerState = 'header';
  #chunks: ChunkReader | undefined;
  #bodyBytes = 0;
  #received = 0;
  #firstLine = '';
  /** 0 where the first line is no status line. */
  status = 0;
  /** Of the last header that only announced another one; undefined: there was none. */
  interim: number | undefined;
  /** As the first such field says; undefined: it says none, or nothing that can be read. */
  contentLength: number | undefined;
  /** What else is said of the length, and was not believed: a clause. */
  #odd: string | undefined;
  /** Bytes of headers that only announced. */
  #announced = 0;

  constructor(interest: AnswerInterest) {
    this.#interest = interest;
    this.#hash = interest.digest ? createHash('md5') : undefined;
  }

  get state(): AnswerState {
    return this.#state;
  }
  /** Bytes of the body so far, as they came. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }
  /** Bytes of everything so far. */
  get received(): number {
    return this.#received;
  }
  /** The line that came in place of a status line, fit for the log; undefined where HTTP has begun, or nothing came. */
  get insteadOfHttp(): string | undefined {
    if (this.status !== 0) return undefined;
    if (this.#state !== 'header') return printable(this.#firstLine);
    const [line = ''] = this.#head.toString('latin1', 0, MAX_HTTP_FIRST_LINE).split(/\r?\n/);
    return line === '' || line.startsWith('HTTP/') ? undefined : printable(line);
  }
  /** What its framing has that is not as it should be, for people; it makes no answer bad. Undefined: nothing. */
  get remark(): string | undefined {
    const { contentLength, bodyBytes } = this;
    const chunks = this.#chunks;
    // The rest of broken ones was taken as it came.
    if (chunks && !chunks.finished) return 'its chunks broken';
    if (this.#odd !== undefined) return this.#odd;
    if (contentLength === undefined || contentLength === bodyBytes || this.#isWithoutBody()) return undefined;
    return `content_length (${contentLength}) does not match received bytes (${bodyBytes})`;
  }
  /** Once, at the end: the MD5 of the body, empty where it was of no interest. */
  finish(): string {
    const digest = this.#hash?.digest('hex') ?? '';
    this.#interest.watch?.digest(digest);
    return digest;
  }
  /** The beginning of the body, out of its chunks. */
  get body(): Buffer {
    return Buffer.concat(this.#kept);
  }

  /** `bytes` are not kept. */
  take(bytes: Uint8Array): AnswerState {
    this.#received += bytes.length;
    if (this.#state === 'header') this.#takeHead(bytes);
    else if (this.#state === 'body') this.#takeBody(bytes);
    if (this.#state === 'body' && this.#received > MAX_CHECK_ANSWER) this.#state = 'endless';
    return this.#state;
  }

  #takeHead(bytes: Uint8Array): void {
    // The empty line may be split between two pieces.
    let from = Math.max(0, this.#head.length - 3);
    this.#head = Buffer.concat([this.#head, bytes]);
    for (;;) {
      const end = this.#head.indexOf('\r\n\r\n', from, 'latin1');
      if (this.#announced + (end < 0 ? this.#head.length : 0) > MAX_CHECK_HEADER) {
        this.#state = 'endless';
        return;
      }
      if (end < 0) return;
      const rest = this.#head.subarray(end + 4);
      this.#interest.watch?.header(this.#head.subarray(0, end + 4));
      const header = this.#head.toString('latin1', 0, end + 4);
      this.#head = Buffer.alloc(0);
      if (this.#announces(header)) {
        this.#announced += end + 4;
        this.#head = rest;
        from = 0;
        continue;
      }
      this.#readHeader(header);
      this.#state = this.#isWithoutBody() ? 'complete' : 'body';
      if (rest.length > 0 && this.#state === 'body') this.#takeBody(rest);
      return;
    }
  }

  /** 101 is an answer: to a question that was not asked. */
  #announces(header: string): boolean {
    const status = statusOf(header);
    if (status < 100 || status > 199 || status === 101) return false;
    this.interim = status;
    return true;
  }

  #readHeader(header: string): void {
    this.status = statusOf(header);
    const [first = '', ...fields] = header.split('\r\n');
    this.#firstLine = first.slice(0, MAX_HTTP_FIRST_LINE);
    let lengths = 0;
    for (const field of fields) {
      const [, name = '', value = ''] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(field) ?? [];
      switch (name.toLowerCase()) {
        case 'content-length':
          if (++lengths === 1) this.#readLength(value);
          else if (value !== `${this.contentLength}`)
            this.#odd = `Content-Length says ${this.contentLength ?? 'nothing'} and then "${shown(value)}"; the first counts`;
          break;
        case 'transfer-encoding':
          if (/(?:^|,\s*)chunked$/i.test(value)) this.#chunks = new ChunkReader();
          break;
        default:
      }
    }
    // They are their own framing (RFC 9112 section 6.3).
    if (this.#chunks && lengths > 0) this.#odd = 'a Content-Length beside its chunks, which count';
  }

  #readLength(value: string): void {
    if (/^\d{1,15}$/.test(value)) this.contentLength = Number(value);
    else this.#odd = `Content-Length says "${shown(value)}", which is no length`;
  }

  #isWithoutBody(): boolean {
    const { status } = this;
    return (this.contentLength === 0 && !this.#chunks) || status === 204 || status === 304;
  }

  #takeBody(bytes: Uint8Array): void {
    const wanted = this.contentLength === undefined ? bytes.length : this.contentLength - this.#bodyBytes;
    const own = this.#chunks
      ? this.#chunks.take(bytes, (part) => this.#keep(part))
      : bytes.subarray(0, wanted);
    if (!this.#chunks) this.#keep(own);
    this.#bodyBytes += own.length;
    const digested = own.subarray(0, Math.max(0, wanted));
    this.#hash?.update(digested);
    this.#interest.watch?.body(digested);
    const whole = this.#chunks ? this.#chunks.finished : this.#bodyBytes === this.contentLength;
    if (whole) this.#state = 'complete';
  }

  #keep(bytes: Uint8Array): void {
    const room = this.#interest.keep - this.#keptBytes;
    if (room <= 0 || bytes.length === 0) return;
    const part = Buffer.from(bytes.subarray(0, room));
    this.#kept.push(part);
    this.#keptBytes += part.length;
  }
}

/** What a server wrote, for a line. */
const shown = (text: string): string => printable(text.slice(0, 40));

/** 0 where the first line is no status line. */
function statusOf(header: string): number {
  const status = /^\S* (\d{3})(?: |\r)/.exec(header);
  return status ? Number(status[1]) : 0;
}
