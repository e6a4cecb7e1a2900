/**
 * What a received advert may and must cause, by the state of the instance that it is for: obeyed, answered,
 * insisted against or without any effect. RFC 9568 sections 6.4.2 and 6.4.3; runtime reference sections 6.1, 6.3.
 */
import { compareIp } from '../base/ip-address.js';
import type { Input } from '../core/inputs.js';
import type { Flight } from './flight.js';
import { bearableSilence, SILENCE_SLACK } from './judge-standing.js';
import { RivalRecord } from './rival-record.js';
import type { Router } from './router.js';
import { addressesOf, broken, carrierOf, type Daemon, deviceOf, type Watched } from './watched.js';

/** An advert sent this recently also answers one that asks for an answer, microseconds. */
const ANSWER_GRACE = 100_000;
/** Bursts against a rival come no closer than this, microseconds. */
const BURST_GAP = 600_000;
/** So long after taking over the first announcements are surely out, microseconds. */
const FIRST_ANNOUNCEMENTS = 1_000_000;

/** What an instance had sent before the packet in hand, world times. */
export interface LastSent {
  readonly lastAdvert: number;
  readonly lastFrame: number;
}

export function judgePacket(
  router: Router,
  daemon: Daemon,
  flight: Flight,
  subject: Watched | undefined,
  last: LastSent,
  serial: number,
  /** It proves what the instance wants to have proved. */
  believed: boolean,
): void {
  if (!flight.genuine || !subject || !believed) {
    for (const watched of daemon.instances.values()) {
      if (watched.serial === serial && (watched.steps.length > 0 || watched.adverts > 0))
        broken('junk-changes-nothing', router, watched, 'acted on a packet that is not for it');
    }
    return;
  }
  const before = subject.stateBefore;
  if (daemon.delay.running) {
    if (subject.steps.length > 0 || subject.adverts > 0)
      broken('delay-is-deaf', router, subject, 'acted on an advert during its startup delay');
    return;
  }
  if (subject.settings.ownerIgnoreAdverts) {
    if (subject.steps.length > 0 || subject.adverts > 0 || subject.frames > 0)
      broken('owner-is-deaf', router, subject, 'acted on an advert although the owner ignores them');
    return;
  }
  if (before === 'MASTER' && gaveWayLate(subject)) {
    if (router.now - last.lastAdvert < (bearableSilence(subject) ?? Number.POSITIVE_INFINITY) - SILENCE_SLACK)
      broken('late-gives-way', router, subject, 'gave way although it was not late for long');
    subject.expectation?.heard(router.now, flight.priority, subject.priority, intervalOf(flight, subject));
  } else if (before === 'MASTER') judgeRival(router, daemon, flight, subject, last);
  else if (subject.steps.length > 0)
    broken('advert-in-backup', router, subject, `${before} moved on an advert`);
  else if (before === 'BACKUP') {
    const interval = intervalOf(flight, subject);
    subject.expectation?.heard(router.now, flight.priority, subject.priority, interval);
    const claims = flight.priority === 255 && flight.source === subject.yieldedTo;
    if (subject.settings.priority === 255 && subject.priority !== 255 && !claims)
      broken('owner-reclaims', router, subject, `keeps ${subject.priority} beside ${flight.priority}`);
  }
}

const gaveWayLate = ({ steps }: Watched): boolean => steps.some(({ reason }) => reason.code === 'stalled');

function judgeRival(router: Router, daemon: Daemon, flight: Flight, subject: Watched, last: LastSent): void {
  const own = subject.priorityBefore;
  const tie = subject.source === undefined ? 0 : compareIp(flight.source, subject.source);
  const better = flight.priority > own || (flight.priority === own && tie > 0);
  if (flight.priority > 0 && better) {
    if (subject.state === 'MASTER')
      broken(
        'yield-to-better',
        router,
        subject,
        `stays MASTER beside ${flight.priority} from ${flight.source}`,
      );
    const lastWord =
      subject.settings.higherPrioritySendAdvert || (subject.bySilence && !subject.settings.strict);
    if (subject.adverts > 0 !== lastWord)
      broken('yield-to-better', router, subject, `sent ${subject.adverts} adverts before it gave way`);
    subject.expectation?.heard(router.now, flight.priority, own, intervalOf(flight, subject));
    return;
  }
  if (own === 255 && flight.priority === 255 && tie < 0) {
    if (subject.state === 'BACKUP' && subject.rivalBefore?.warned) {
      if (subject.priority !== 254)
        broken(
          'owner-yields',
          router,
          subject,
          `yields to the other owner with priority ${subject.priority}`,
        );
      subject.yieldedTo = flight.source;
      subject.expectation?.heard(router.now, flight.priority, subject.priority, intervalOf(flight, subject));
      return;
    }
    subject.rival ??= new RivalRecord(Math.max(subject.settings.advertInterval, intervalOf(flight, subject)));
    subject.rival.heard(router.now);
    if (subject.rival.overdue) broken('owner-yields', router, subject, 'stays MASTER beside the other owner');
  }
  if (subject.state !== 'MASTER')
    broken('insist', router, subject, `gave way to ${flight.priority} from ${flight.source}`);
  const twin = flight.priority === own && tie === 0;
  if (twin) {
    if (subject.adverts > 0) broken('twin-unanswered', router, subject, 'answered its own advert');
    return;
  }
  if (flight.priority > 0 && subject.adverts === 0) subject.proofs.skipped();
  for (const member of groupOf(daemon, subject)) {
    if (member.state !== 'MASTER') continue;
    member.rivalAt = router.now;
    member.owesAnnouncementBy = router.now + 1.5 * intervalOf(flight, subject) + BURST_GAP;
  }
  const silent = subject.settings.lowerPriorityNoAdvert && flight.priority > 0;
  if (subject.adverts === 0 && !silent && router.now - last.lastAdvert > ANSWER_GRACE)
    broken('insist', router, subject, `did not answer ${flight.priority} from ${flight.source}`);
  if (flight.priority > 0 && subject.frames === 0 && owesBurst(router, subject, last.lastFrame))
    broken('insist', router, subject, 'did not announce its addresses again');
}

/** It and the other members of its sync group. */
const groupOf = ({ instances }: Daemon, { settings, group }: Watched): Watched[] =>
  (group?.members ?? [settings.name]).flatMap((name) => instances.get(name) ?? []);

/** Whether nothing speaks against a burst of announcements against a rival. */
function owesBurst({ kernel, now }: Router, subject: Watched, lastFrame: number): boolean {
  if (subject.settings.garp.lowerPriorityRepeat === 0 || now - lastFrame < BURST_GAP) return false;
  if (now - subject.since < FIRST_ANNOUNCEMENTS || subject.unannounced.size > 0) return false;
  return addressesOf(subject).some(
    (a) =>
      kernel.lastGone(a.address) < subject.since &&
      kernel.lastRefusal(a.address) < subject.since &&
      kernel.hasAddress(deviceOf(subject, a), a.address),
  );
}

/** The instance that a datagram is for, if there is one. */
export function subjectOf(router: Router, daemon: Daemon, input: Input, flight: Flight): Watched | undefined {
  if (input.kind !== 'packet') return undefined;
  for (const watched of daemon.instances.values()) {
    const { settings } = watched;
    if (settings.virtualRouterId !== flight.virtualRouterId || settings.family !== flight.family) continue;
    if (router.kernel.indexOf(carrierOf(settings)) === input.packet.interfaceIndex) return watched;
  }
  return undefined;
}

/** The interval that an accepted advert asks to be judged by, microseconds. */
function intervalOf(flight: Flight, subject: Watched): number {
  if (subject.settings.version === 2) return subject.settings.advertInterval;
  const { bytes, at } = flight;
  return ((((bytes[at + 4] ?? 0) & 0x0f) << 8) | (bytes[at + 5] ?? 0)) * 10_000;
}
