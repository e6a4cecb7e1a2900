/**
 * The answer to an HTTP request, read piece by piece and never kept whole: status, length, MD5 of the body, and the
 * beginning of the body where a pattern will be looked for. It ends where its own framing says so (RFC 9112 section 6.3)
 * or with the connection, and is cut off where it grows beyond bounds. Whether that is a good answer is decided by
 * the probe.
 *
 * The digest is that of Keepalived and genhash: of the bytes as they came behind the header, at most Content-Length of
 * them, chunks with their framing. A pattern sees what the chunks hold. (directives-lvs section 6.2)
 */
import { createHash, type Hash } from 'node:crypto';
import { MAX_CHECK_ANSWER, MAX_CHECK_HEADER } from '../../base/limits.js';
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
  /** 0 where the first line is no status line. */
  status = 0;
  contentLength: number | undefined;

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
  /** Whether the chunks broke off or were none; the rest was then taken as it came. */
  get broken(): boolean {
    return this.#chunks !== undefined && !this.#chunks.finished;
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
    const from = Math.max(0, this.#head.length - 3);
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf('\r\n\r\n', from, 'latin1');
    if (end < 0) {
      if (this.#head.length > MAX_CHECK_HEADER) this.#state = 'endless';
      return;
    }
    const body = this.#head.subarray(end + 4);
    this.#interest.watch?.header(this.#head.subarray(0, end + 4));
    const header = this.#head.toString('latin1', 0, end + 4);
    this.#head = Buffer.alloc(0);
    this.#readHeader(header);
    this.#state = this.#isWithoutBody() ? 'complete' : 'body';
    if (body.length > 0 && this.#state === 'body') this.#takeBody(body);
  }

  #readHeader(header: string): void {
    const [first = '', ...fields] = header.split('\r\n');
    const status = /^\S* (\d{3})(?: |$)/.exec(first);
    this.status = status ? Number(status[1]) : 0;
    for (const field of fields) {
      const [, name = '', value = ''] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(field) ?? [];
      switch (name.toLowerCase()) {
        case 'content-length':
          if (/^\d{1,15}$/.test(value)) this.contentLength ??= Number(value);
          break;
        case 'transfer-encoding':
          if (/(?:^|,\s*)chunked$/i.test(value)) this.#chunks = new ChunkReader();
          break;
        default:
      }
    }
    // Chunks are their own framing: a length beside them is not believed (RFC 9112 section 6.3).
    if (this.#chunks) this.contentLength = undefined;
  }

  #isWithoutBody(): boolean {
    const { status } = this;
    return this.contentLength === 0 || status === 204 || status === 304;
  }

  #takeBody(bytes: Uint8Array): void {
    const wanted = this.contentLength === undefined ? bytes.length : this.contentLength - this.#bodyBytes;
    const own = this.#chunks
      ? this.#chunks.take(bytes, (part) => this.#keep(part))
      : bytes.subarray(0, wanted);
    if (!this.#chunks) this.#keep(own);
    this.#bodyBytes += own.length;
    this.#hash?.update(own);
    this.#interest.watch?.body(own);
    if (this.#chunks?.finished || this.#bodyBytes === this.contentLength) this.#state = 'complete';
  }

  #keep(bytes: Uint8Array): void {
    const room = this.#interest.keep - this.#keptBytes;
    if (room <= 0 || bytes.length === 0) return;
    const part = Buffer.from(bytes.subarray(0, room));
    this.#kept.push(part);
    this.#keptBytes += part.length;
  }
}
