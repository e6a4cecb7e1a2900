/**
 * The adverts of one instance: sent from the current state, at an even rhythm that nobody else can disturb
 * (next = previous + interval; what was missed is skipped and counted, never sent in a burst). When to begin, to
 * answer and to say goodbye is decided by the transition table. DESIGN section 3; runtime reference section 6.3.
 */
import type { IpAddress } from '../../base/ip-address.js';
import { after, type Duration, formatDuration, type Instant, milliseconds } from '../../base/time.js';
import { type DeadlineKind, nextPeriod, OwnedDeadline } from '../deadlines.js';
import type { ChannelId } from '../effects.js';
import type { House } from '../house.js';
import type { InstanceCounters } from '../status.js';
import { type AdvertForm, buildAdvert, nextIpId } from './advert.js';
import { type ChecksumForms, pseudoHeaderFor } from './checksum-forms.js';
import { masterDown } from './intervals.js';
import type { Proofs } from './proofs.js';
import type { Refusals } from './refusals.js';
import { sealOf } from './seal.js';

/** Answers to a rival or a goodbye come no closer than the shortest interval of VRRP: more tell it nothing. */
export const ANSWER_GAP: Duration = milliseconds(10);

/** What the sender reads of its instance. */
export interface SendsFor {
  readonly name: string;
  readonly label: string;
  readonly form: AdvertForm;
  readonly priority: number;
  readonly channel: ChannelId | undefined;
  /** Where adverts come from; after it was lost, what it was. */
  readonly senderAddress: IpAddress | undefined;
  readonly counters: InstanceCounters;
  /** The next one is due. */
  advertDue(): void;
  /** An advert has left in our rhythm, or as an answer. */
  adverted(): void;
  readonly proofs: Proofs;
  readonly checksums: ChecksumForms;
  readonly refusals: Refusals;
}

export class Sender {
  static readonly #DUE: DeadlineKind<Sender> = {
    what: 'advert',
    periodic: true,
    fire: (sender, due) => {
      sender.#due = due;
      sender.instance.advertDue();
      sender.#due = undefined;
    },
  };

  readonly #deadline = new OwnedDeadline(Sender.#DUE, this);
  #lastSent: Instant | undefined;
  /** When the periodic advert that is being sent was due. */
  #due: Instant | undefined;
  #ipId = 0;
  /** The packets of the last advert, unsealed: the same again until what they are made of changes. */
  #packets: readonly Uint8Array[] = [];
  #packetsFor: { form: AdvertForm; priority: number; source: IpAddress; changes: number } | undefined;

  constructor(
    readonly instance: SendsFor,
    readonly house: House,
  ) {}

  /** When the next one leaves; undefined: none does. */
  get due(): Instant | undefined {
    return this.house.deadlines.at(this.#deadline);
  }

  /** An advert now; the next one follows an interval after this one was due. */
  periodic(): void {
    const { deadlines, outbox } = this.house;
    const { advertInterval } = this.instance.form.settings;
    this.send(this.instance.priority);
    this.instance.adverted();
    if (this.#due === undefined) {
      deadlines.arm(this.#deadline, after(outbox.now, advertInterval));
      return;
    }
    const next = nextPeriod(this.#due, advertInterval, outbox.now);
    deadlines.arm(this.#deadline, next.at);
    if (next.missed === 0) return;
    this.instance.counters.missedAdverts += next.missed;
    const late = formatDuration((outbox.now - this.#due) as Duration);
    const text = `${next.missed} adverts were not sent: this process was ${late} late`;
    outbox.log('warning', `${this.instance.label} ${text}`);
  }

  /** An advert now, with which rhythm and identifications begin anew. */
  restart(): void {
    this.#ipId = 0;
    this.periodic();
  }

  /**
   * How long ago the last advert was sent, where that is so long that a router of the priority of
   * timer_expired_backup has taken over; undefined otherwise.
   */
  get outlived(): Duration | undefined {
    const { advertInterval, downTimerAdverts, timerExpiredBackup, version } = this.instance.form.settings;
    if (timerExpiredBackup === undefined || this.#lastSent === undefined) return undefined;
    const silence = (this.house.outbox.now - this.#lastSent) as Duration;
    const bearable = masterDown(version, timerExpiredBackup, advertInterval, downTimerAdverts);
    return silence >= bearable ? silence : undefined;
  }

  answer(): void {
    if (this.#lastSent !== undefined && after(this.#lastSent, ANSWER_GAP) > this.house.outbox.now) return;
    this.periodic();
  }

  /** To the group or to every peer, whatever the rhythm; `priority` 0 is the goodbye. False: there is no way for it. */
  send(priority: number): boolean {
    const { channel, counters, form, name, senderAddress: source } = this.instance;
    if (channel === undefined || source === undefined) return false;
    const packets = this.#build(form, priority, source);
    const [sample] = packets;
    if (!sample) return false;
    const seal = sealOf(form, this.instance.proofs, source, this.house.outbox.wall, sample);
    const { family, unicastTtl } = form.settings;
    const hopLimit = family === 'ipv6' && form.unicast ? unicastTtl : undefined;
    for (let i = 0; i < packets.length; i++) {
      const [packet, destination] = [packets[i], form.destinations[i]];
      if (!packet || !destination) continue;
      this.#ipId = nextIpId(this.#ipId);
      const bytes = seal(packet, destination, this.#ipId);
      if (!bytes) {
        this.#forbidden();
        continue;
      }
      const advert = { kind: 'send-advert', channel, instance: name, source, destination, bytes } as const;
      this.house.outbox.advert(hopLimit === undefined ? advert : { ...advert, hopLimit });
    }
    counters.advertSent++;
    if (priority === 0) counters.priorityZeroSent++;
    this.#lastSent = this.house.outbox.now;
    return true;
  }

  #build(form: AdvertForm, priority: number, source: IpAddress): readonly Uint8Array[] {
    const known = this.#packetsFor;
    const { checksums } = this.instance;
    const { changes } = checksums;
    if (
      known?.form !== form ||
      known.priority !== priority ||
      known.source !== source ||
      known.changes !== changes
    ) {
      this.#packetsFor = { form, priority, source, changes };
      this.#packets = form.destinations.map((destination) => {
        const pseudo = pseudoHeaderFor(form, { source, destination }, checksums.usesOld(destination, form));
        return buildAdvert(form, priority, source, destination, pseudo);
      });
    }
    return this.#packets;
  }

  #forbidden(): void {
    const { counters, label, refusals } = this.instance;
    counters.sendErrors++;
    refusals.report('error', label, 'digest', '', 'could not send: this machine forbids MD5, which AH needs');
  }

  /** A reload changed the interval: the rhythm goes on from the last advert that was due. */
  intervalChanged(before: Duration): void {
    const { deadlines, outbox } = this.house;
    const due = deadlines.at(this.#deadline);
    if (due === undefined) return;
    const previous = (due - before) as Instant;
    const next = nextPeriod(previous, this.instance.form.settings.advertInterval, outbox.now);
    deadlines.arm(this.#deadline, next.at);
  }

  end(): void {
    this.house.deadlines.disarm(this.#deadline);
  }
}
