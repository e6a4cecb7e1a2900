/**
 * Files as trackers: what number a content is, and what the number does to a priority (directives-vrrp section
 * 10). Reading and watching is the host's work.
 */
import type { TrackFileSettings, WeightSettings } from '../../config/model.js';
import type { Failure } from '../inputs.js';
import type { Outbox } from '../outbox.js';
import { type Contribution, NOTHING_YET, type Tracker, type TrackListener } from './tracker.js';

/** At or below this an addition is no longer a weight but a FAULT. */
const FAULT_AT = -254;
const LARGEST_ADDITION = 253;
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * The number at the beginning as strtol reads it with base 0: blanks, sign, then 0x hexadecimal, 0 octal or
 * decimal digits; what follows is ignored; no digits are 0. Undefined where it does not fit 32 bits.
 */
export function numberOf(content: string): number | undefined {
  const match = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(content);
  if (!match) return 0;
  const digits = match[2] ?? '0';
  const magnitude = /^0[0-7]/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  const value = match[1] === '-' ? -magnitude : magnitude;
  return value < INT32_MIN || value > INT32_MAX ? undefined : value + 0;
}

/** What a writer did not mean. */
type Strange = 'large' | 'text';

/** An empty file is one that somebody is about to write. */
const holdsNoNumber = (content: string | undefined): boolean =>
  content !== undefined && content.trim() !== '' && !/^[ \t\n\v\f\r]*[+-]?[0-9]/.test(content);

/** Letters of it that a person may want to see; the file may hold anything. */
const excerpt = (content: string): string =>
  content
    .trim()
    .slice(0, 20)
    .replace(/[^\x20-\x7e]/g, '?');

export class FileTracker implements Tracker {
  readonly kind = 'file';
  readonly listeners = new Set<TrackListener>();
  detail: string | undefined;
  #value: number | undefined;
  #settings: TrackFileSettings;
  /** What was remarked on in its content. */
  #strange: Strange | undefined;

  constructor(
    settings: TrackFileSettings,
    readonly outbox: Outbox,
    readonly changed: (tracker: Tracker) => void,
  ) {
    this.#settings = settings;
  }

  get name(): string {
    return this.#settings.name;
  }
  get settings(): TrackFileSettings {
    return this.#settings;
  }
  get value(): number | undefined {
    return this.#value;
  }
  get state(): string {
    return this.#value === undefined ? 'pending' : String(this.#value);
  }

  contribution({ weight, reverse }: WeightSettings): Contribution {
    const value = this.#value;
    if (value === undefined) return NOTHING_YET;
    if (weight === 0) return { add: 0, faulting: (value === 0) === reverse, pending: false };
    const product = value * (reverse ? -weight : weight);
    if (product <= FAULT_AT) return { add: 0, faulting: true, pending: false };
    return { add: Math.min(LARGEST_ADDITION, product) + 0, faulting: false, pending: false };
  }

  /** `init_file` counts when the daemon starts, not when a reload adds the tracker (directives-vrrp section 10). */
  start(daemonStarts: boolean): void {
    const { file: path, init } = this.settings;
    this.outbox.watch({
      kind: 'watch-file',
      tracker: this.name,
      path,
      ...(daemonStarts && init ? { init } : {}),
    });
  }
  stop(): void {
    this.outbox.watch({ kind: 'unwatch-file', tracker: this.name });
  }

  /** A reload: the number of the file before counts until this one has been read. */
  replace(settings: TrackFileSettings): void {
    this.stop();
    this.#settings = settings;
    this.start(false);
  }

  /** A file that is missing or cannot be read counts as 0; a number too large is ignored. */
  read(content: string | undefined, error: Failure | undefined): void {
    const value = content === undefined ? 0 : numberOf(content);
    const missing = `there is no ${this.settings.file}`;
    this.detail =
      error && error.code !== 'ENOENT' ? error.message : content === undefined ? missing : undefined;
    const strange = value === undefined ? 'large' : holdsNoNumber(content) ? 'text' : undefined;
    if (strange !== this.#strange) this.#remark(strange, content ?? '');
    this.#strange = strange;
    if (value === undefined) return;
    if (value === this.#value) return;
    this.#value = value;
    this.changed(this);
  }

  /** Once, and again after it was good in between. */
  #remark(strange: Strange | undefined, content: string): void {
    if (strange === 'large')
      this.outbox.log(
        'warning',
        `file ${this.name}: the number in ${this.settings.file} does not fit 32 bits and is ignored` +
          `${this.#value === undefined ? '' : `, ${this.#value} still counts`}; write a smaller one`,
      );
    else if (strange === 'text')
      this.outbox.log(
        'warning',
        `file ${this.name}: ${this.settings.file} holds no number ("${excerpt(content)}") and counts as 0; write one at its beginning`,
      );
  }
}
