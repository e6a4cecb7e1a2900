/**
 * Who is told that a real server or a quorum came or went, in this order: log, events, FIFOs, scripts, mail. Scripts of
 * one server run one after the other, those of different ones side by side. A storm is summed up: of many log lines and
 * mails in a row the rest is counted and said once; FIFO lines and scripts, which programs read, never are: of scripts
 * so many run at once (NotifyDispatch), and a server's own that were passed through give way.
 * (directives-lvs sections 7 and 11.4; runtime section 12)
 */
import { MAX_LVS_LINES_PER_SECOND, MAX_LVS_MAILS_PER_BURST } from '../../base/limits.js';
import { after, type Duration, seconds } from '../../base/time.js';
import type { Command } from '../../config/model.js';
import type { GlobalSettings } from '../../config/model-globals.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { LogLevel } from '../effects.js';
import { type NotifyDispatch, NotifyQueue } from '../notify/dispatch.js';
import { mailing } from '../notify/mailing.js';
import { OpenFifos } from '../notify/open-fifos.js';
import type { BalancerEvent } from './effects.js';
import type { LvsOutbox } from './outbox.js';

/** Mails within this count as one burst. */
const MAIL_BURST: Duration = seconds(10);
const LINE_BURST: Duration = seconds(1);

/** A server or a quorum that came or went. */
export interface Notice {
  /** `[10.1.0.11]:tcp:80`; absent: it is about the quorum. */
  readonly server?: string;
  readonly service: string;
  readonly up: boolean;
  readonly reason: string;
  readonly script: Command | undefined;
  /** The last thing that is ever told of it. */
  readonly stopping?: true;
  /** A reload took it away. */
  readonly gone?: true;
  /** A start does not come to this state by itself. */
  readonly kept?: boolean;
}

export class Notices {
  #globals: GlobalSettings | undefined;
  readonly #fifos: OpenFifos;
  readonly #queues = new Map<string, NotifyQueue>();
  readonly #lines: Burst;
  readonly #mails: Burst;
  #leftOut: string[] = [];

  constructor(
    readonly outbox: LvsOutbox,
    readonly deadlines: Deadlines,
    readonly dispatch: NotifyDispatch,
  ) {
    this.#fifos = new OpenFifos('lvs', (effect) => outbox.message(effect));
    this.#lines = new Burst('log lines summed up', MAX_LVS_LINES_PER_SECOND, LINE_BURST, this, (count) =>
      outbox.log('warning', `... and ${count} more lines like these within a second, not logged one by one`),
    );
    this.#mails = new Burst('mails summed up', MAX_LVS_MAILS_PER_BURST, MAIL_BURST, this, (count) => {
      const listed = this.#leftOut.splice(0);
      const body = [
        `=> ${count} more changes followed within ${MAIL_BURST / 1e6} seconds <=`,
        '',
        ...listed,
        ...(count > listed.length ? [`... and ${count - listed.length} more`] : []),
        '',
      ].join('\n');
      this.#send(`${count} more changes of real and virtual servers`, body);
    });
  }

  get globals(): GlobalSettings | undefined {
    return this.#globals;
  }
  /** Nothing waits for a script of ours. */
  get idle(): boolean {
    for (const queue of this.#queues.values()) if (!queue.idle) return false;
    return true;
  }

  /** FIFOs that stay the same stay open, with their readers. */
  configure(globals: GlobalSettings): void {
    this.#globals = globals;
    this.#fifos.configure(globals);
  }

  /** A line that may come thousands of times in a second; it is put into words only where it is said. */
  log(level: LogLevel, text: string | (() => string)): void {
    if (this.#lines.admits()) this.outbox.log(level, typeof text === 'string' ? text : text());
  }

  tell(notice: Notice): void {
    const { server, service, up, script, stopping } = notice;
    const state = up ? 'UP' : 'DOWN';
    this.#event(notice, {});
    const line = server === undefined ? `VS ${service} ${state}\n` : `RS ${server} ${service} ${state}\n`;
    this.#fifos.write(line);
    if (!script) return;
    const key = server === undefined ? service : `${server} of VS ${service}`;
    let queue = this.#queues.get(key);
    if (!queue) {
      queue = new NotifyQueue({ name: key }, this.dispatch);
      this.#queues.set(key, queue);
    }
    queue.add(stopping ? 'STOP' : state, [script]);
  }

  /** Nothing that anybody is told, but what a later life has to know is another now. */
  note(notice: Omit<Notice, 'script' | 'stopping'>): void {
    this.#event(notice, { untold: true });
  }

  #event(notice: Omit<Notice, 'script'>, more: Pick<BalancerEvent, 'untold'>): void {
    const { server, service, up, reason, stopping, gone, kept } = notice;
    const { now: at, wall } = this.outbox;
    this.outbox.event({
      type: server === undefined ? 'service' : 'server',
      service,
      ...(server === undefined ? {} : { server }),
      state: up ? 'UP' : 'DOWN',
      ...more,
      ...(gone ? { gone } : {}),
      ...(stopping ? { stopping } : {}),
      ...(kept ? { kept } : {}),
      reason,
      at,
      wall,
    });
  }

  /** `=> words <=` is the body's line; what follows says why. */
  mail(subject: string, words: string, why?: string): void {
    const globals = this.#globals;
    if (!globals?.smtpServer || globals.notificationEmail.length === 0) return;
    if (this.#mails.admits()) {
      this.#send(subject, `=> ${words} <=\n${why === undefined ? '' : `\nWhy: ${why}\n`}`);
      return;
    }
    if (this.#leftOut.length < MAX_LVS_MAILS_PER_BURST * 10) this.#leftOut.push(`${subject} (${words})`);
  }

  #send(subject: string, body: string): void {
    const mail = mailing(this.#globals, subject, body);
    if (mail) this.outbox.message(mail);
  }

  /** What was held back is said before the end. */
  end(): void {
    this.#lines.end();
    this.#mails.end();
  }
}

/** Lets so many through, counts the rest, and says how many there were when the time is over. */
class Burst {
  #admitted = 0;
  #heldBack = 0;
  readonly #end: Deadline;

  constructor(
    what: string,
    readonly most: number,
    readonly span: Duration,
    readonly owner: { readonly outbox: LvsOutbox; readonly deadlines: Deadlines },
    readonly tell: (count: number) => void,
  ) {
    this.#end = { what, periodic: false, fire: () => this.end() };
  }

  admits(): boolean {
    const { deadlines, outbox } = this.owner;
    if (this.#admitted + this.#heldBack === 0) deadlines.arm(this.#end, after(outbox.now, this.span));
    if (this.#admitted < this.most) {
      this.#admitted++;
      return true;
    }
    this.#heldBack++;
    return false;
  }

  end(): void {
    this.owner.deadlines.disarm(this.#end);
    const count = this.#heldBack;
    this.#admitted = 0;
    this.#heldBack = 0;
    if (count > 0) this.tell(count);
  }
}
