/**
 * Who is told of an event besides scripts: notify FIFOs, mail, webhooks, in this order (directives-vrrp section 11;
 * runtime reference section 12). It decides which events are told to whom and remembers the states that a new
 * reader, or a reload, wants again. What is said stands in fifo-lines, mail-texts and webhook-posts; queues, slow
 * readers and retries are the host's affair.
 */
import type { Configuration } from '../../config/model.js';
import type { GlobalSettings, WebhookSettings } from '../../config/model-globals.js';
import type { Event, FifoName } from '../effects.js';
import type { Outbox } from '../outbox.js';
import { fifoLine, stateLine, withReason } from './fifo-lines.js';
import { mailBody, mailSubject } from './mail-texts.js';
import { mailing } from './mailing.js';
import { OpenFifos } from './open-fifos.js';
import { webhookBody } from './webhook-posts.js';

type Transition = Extract<Event, { type: 'transition' }>;

/** What is known of one instance or group. */
interface Subject {
  readonly subject: 'INSTANCE' | 'GROUP';
  readonly name: string;
  smtpAlert: boolean;
  priorityChanges: boolean;
  webhooks: readonly WebhookSettings[];
  /** As last told; undefined: nobody was told anything yet. */
  state: string | undefined;
  priority: number;
  /** Told since the last reload began. */
  fresh: boolean;
  mailed: string | undefined;
}

const keyOf = (subject: 'INSTANCE' | 'GROUP', name: string): string => `${subject} ${name}`;

export class Messages {
  #globals: GlobalSettings | undefined;
  readonly #subjects = new Map<string, Subject>();
  readonly #fifos: OpenFifos;

  constructor(readonly outbox: Outbox) {
    this.#fifos = new OpenFifos('vrrp', (effect) => outbox.message(effect));
  }

  /** Takes on settings, new or reloaded: FIFOs that stay the same stay open, with their readers. */
  configure(configuration: Configuration): void {
    const { globals, instances, syncGroups } = configuration;
    this.#globals = globals;
    const common = globals.notifyUrls ?? [];
    const left = new Set(this.#subjects.keys());
    const know = (
      subject: 'INSTANCE' | 'GROUP',
      settings: {
        readonly name: string;
        readonly smtpAlert: boolean;
        readonly notifyPriorityChanges?: boolean;
        readonly notifyUrls?: readonly WebhookSettings[];
      },
    ): void => {
      const key = keyOf(subject, settings.name);
      left.delete(key);
      const known = this.#subjects.get(key);
      const told = {
        smtpAlert: settings.smtpAlert,
        priorityChanges: settings.notifyPriorityChanges ?? false,
        webhooks: [...common, ...(settings.notifyUrls ?? [])],
        fresh: false,
      };
      if (known) Object.assign(known, told);
      else
        this.#subjects.set(key, {
          subject,
          name: settings.name,
          ...told,
          state: undefined,
          priority: 0,
          mailed: undefined,
        });
    };
    for (const settings of instances) know('INSTANCE', settings);
    for (const settings of syncGroups) know('GROUP', settings);
    for (const key of left) this.#subjects.delete(key);
    this.#fifos.configure(globals);
  }

  /** Everything that happens is passed here once. */
  tell(event: Event): void {
    if (event.type === 'lower-advert') {
      const line = fifoLine(event, undefined);
      if (line !== undefined) this.#fifos.write(line);
      return;
    }
    if (event.type !== 'transition' && event.type !== 'priority') return;
    const subject = this.#subjects.get(
      keyOf(event.type === 'transition' ? event.subject : 'INSTANCE', event.name),
    );
    if (!subject) return;
    const wanted = event.type === 'transition' || subject.priorityChanges;
    if (event.type === 'transition') {
      if (event.to === 'INIT') return;
      subject.state = event.to;
      subject.priority = event.priority;
      subject.fresh = true;
    } else subject.priority = event.to;
    const line = wanted ? fifoLine(event, subject.state) : undefined;
    if (line !== undefined)
      this.#fifos.write(this.#globals?.fifoWriteReasons ? withReason(line, event) : line);
    if (event.type === 'transition') this.#mail(event, subject);
    if (wanted) this.#post(event, subject);
  }

  /** A reload is carried out: who wants all states again gets those that it did not change. */
  reloaded(): void {
    if (this.#globals?.fifoWriteVrrpStatesOnReload)
      this.#repeat(this.#fifos.names, (subject) => !subject.fresh);
  }

  /** Somebody began to read a FIFO. */
  readerCame(fifo: FifoName): void {
    if (this.#globals?.fifoWriteStatesToReaders && this.#fifos.names.includes(fifo))
      this.#repeat([fifo], () => true);
  }

  #repeat(fifos: readonly FifoName[], wanted: (subject: Subject) => boolean): void {
    for (const subject of this.#subjects.values()) {
      if (subject.state === undefined || !wanted(subject)) continue;
      const line = stateLine(subject.subject, subject.name, subject.state, subject.priority);
      for (const fifo of fifos) this.outbox.message({ kind: 'write-fifo', fifo, line });
    }
  }

  #mail(event: Transition, subject: Subject): void {
    const globals = this.#globals;
    const text = mailSubject(event);
    if (!subject.smtpAlert || text === undefined) return;
    const mail = mailing(globals, text, mailBody(event));
    // Once for each state that is entered, however often it is reached by way of one that is not mailed.
    if (!mail || subject.mailed === event.to) return;
    subject.mailed = event.to;
    if (event.to === 'FAULT' && globals?.noEmailFaults) return;
    this.outbox.message(mail);
  }

  #post(event: Event, subject: Subject): void {
    if (subject.webhooks.length === 0) return;
    const body = webhookBody(event);
    if (!body) return;
    const router = this.#globals?.routerId;
    for (const webhook of subject.webhooks)
      this.outbox.message({
        kind: 'post-webhook',
        webhook,
        body,
        ...(router === undefined ? {} : { router }),
      });
  }
}
