/**
 * Runs the receive checks over one packet, counts and reports what they find, and says what advert may be heard; of an
 * accepted one the proofs are remembered. Which checks there are, and in which order, is decided in receive-checks.ts.
 * An advert that comes again, and that passed them all without a remark, is not judged again: see opened-adverts.ts.
 */
import type { Duration } from '../../base/time.js';
import type { Reason } from '../effects.js';
import type { AdvertForm } from './advert.js';
import { trailerOf } from './authentication-checks.js';
import { compareCandidates } from './election.js';
import type { Instance } from './instance.js';
import { OWNER_PRIORITY } from './intervals.js';
import type { OpenedPacket } from './opened-packet.js';
import type { ReceiveContext } from './receive-check.js';
import { type AcceptedAdvert, reasonOfAdvert } from './remarks.js';

/** An advert without a fault, and all that the checks looked at beside it. */
interface Faultless {
  readonly packet: OpenedPacket;
  readonly form: AdvertForm;
  readonly familiar: boolean;
  readonly owner: boolean;
  readonly advert: AcceptedAdvert;
}

/** The reason that an advert last gave, and what it was made of. */
interface Given {
  readonly advert: AcceptedAdvert;
  readonly ours: number;
  readonly lower: boolean;
  readonly reason: Reason;
}

export class Receiver {
  #faultless: Faultless | undefined;
  #given: Given | undefined;

  constructor(readonly instance: Instance) {}

  /** What it says, where it may be heard. */
  receive(packet: OpenedPacket): AcceptedAdvert | undefined {
    const { counters, form, house, proofs } = this.instance;
    const familiar = this.instance.state === 'BACKUP' && this.instance.master?.address === packet.source;
    const owner = this.instance.priority === OWNER_PRIORITY;
    const known = this.#faultless;
    if (known?.packet === packet && known.form === form && known.owner === owner) {
      // Who is not familiar is asked for more.
      if (familiar || !known.familiar) {
        counters.advertReceived++;
        return known.advert;
      }
    }
    this.#faultless = undefined;
    const outcome = this.#judge(packet, { familiar, owner, proofs, wall: house.outbox.wall });
    if (outcome === 'refused') return undefined;
    this.#remember(packet);
    const { header, source } = packet;
    const { advertInterval, version } = form.settings;
    const interval = (version === 2 ? advertInterval : header.advertCentiseconds * 1e4) as Duration;
    if (header.priority === 0) counters.priorityZeroReceived++;
    const advert = { source, priority: header.priority, interval };
    // What proves who sent it is another one each time; a goodbye has a counter of its own.
    if (outcome === 'faultless' && !form.hmac && !packet.ah && header.priority > 0)
      this.#faultless = { packet, form, familiar, owner, advert };
    return advert;
  }

  /** Why the advert moves us; `lower`: among equals our address is the higher one. */
  reasonOf(advert: AcceptedAdvert, lower: boolean): Reason {
    const ours = this.instance.priority;
    const given = this.#given;
    if (given?.advert === advert && given.ours === ours && given.lower === lower) return given.reason;
    const reason = reasonOfAdvert(advert, ours, lower);
    this.#given = { advert, ours, lower, reason };
    return reason;
  }

  #judge(packet: OpenedPacket, context: ReceiveContext): 'faultless' | 'obeyed' | 'refused' {
    const { counters, form, house, label, proofs, refusals } = this.instance;
    let outcome: 'faultless' | 'obeyed' = 'faultless';
    let counted = false;
    for (const check of house.receiveChecks) {
      if (check.stage === 'content' && !counted) {
        counters.advertReceived++;
        counted = true;
      }
      const fault = check.fault(packet, form, context);
      if (fault === undefined) continue;
      outcome = 'obeyed';
      if (check.counter) counters[check.counter]++;
      const verb = check.drops ? 'refuses' : 'obeys';
      const text = `${verb} an advert from ${packet.source}: ${fault}`;
      const level = check.level ?? (check.drops ? 'warning' : 'info');
      refusals.report(level, label, check.id, packet.source, text);
      if (!check.drops) continue;
      if (check.counts && packet.ah) proofs.heardAh(packet.ah.sequence);
      if (check.inStep) this.#breakStep(packet);
      return 'refused';
    }
    return outcome;
  }

  /** Two masters with the same AH numbers would never hear each other. */
  #breakStep({ ah, header, source }: OpenedPacket): void {
    const { priority, proofs, senderAddress: address, state } = this.instance;
    if (state !== 'MASTER' || !ah || address === undefined || address === source) return;
    const better =
      compareCandidates({ priority: header.priority, address: source }, { priority, address }) > 0;
    proofs.breakStep(ah.sequence, better);
  }

  #remember(packet: OpenedPacket): void {
    const { checksums, form, house, label, proofs } = this.instance;
    const { source, ah } = packet;
    if (ah) proofs.heardAh(ah.sequence);
    const trailer = trailerOf(packet, form);
    if (trailer) proofs.heardHmac(source, trailer.sequence, form.unicast);
    const used = checksums.heard(packet, form);
    if (!used) return;
    const what =
      used === 'old'
        ? 'the checksum of Keepalived before 1.3.7, and so do ours to it'
        : 'the usual checksum again';
    house.outbox.log('notice', `${label} ${source} uses ${what}`);
  }
}
