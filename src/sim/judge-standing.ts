/**
 * What must hold while nothing happens: faults obeyed, addresses as the state wants them, groups together, adverts
 * in their rhythm, nobody asleep. Asked after turns, and several times a second for what would be missed if no
 * turn came. DESIGN section 7; runtime reference sections 6 and 7.
 */
import { LATE_SLACK } from './expectation.js';
import { judgeGuarded } from './judge-firewall.js';
import { judgeRouting } from './judge-routing.js';
import { kernelFault } from './oracle.js';
import type { Router } from './router.js';
import { addressesOf, broken, type Daemon, deviceOf, type Watched } from './watched.js';

/** How long after taking over every VIP must have been announced, microseconds. */
const ANNOUNCEMENT_LIMIT = 1_000_000;
/** How long after a refusal by the kernel all must be as if it had not been, microseconds. */
const REFUSAL_PATIENCE = 4_000_000;
/** How exactly two clocks agree about a long silence, microseconds. */
export const SILENCE_SLACK = 8_000;

/** After a turn: what the daemon knows by now must show. */
export function judgeTurn(router: Router, daemon: Daemon): void {
  if (!daemon.started || !router.informed || router.stopping) return;
  const { version } = router.kernel;
  if (version === daemon.version && !daemon.dirty) return;
  daemon.version = version;
  daemon.dirty = false;
  for (const watched of daemon.instances.values()) {
    const fault = kernelFault(router, watched.settings);
    if (fault !== undefined && watched.state !== 'FAULT')
      broken('fault-is-known', router, watched, `${watched.state} although ${fault}`);
    judgeAddresses(router, watched);
    judgeRouting(router, watched);
    judgeGuarded(router, watched);
    judgeGroup(router, daemon, watched);
  }
}

function judgeAddresses(router: Router, watched: Watched): void {
  const { kernel } = router;
  const master = watched.state === 'MASTER';
  for (const address of addressesOf(watched)) {
    const there = kernel.hasAddress(deviceOf(watched, address), address.address);
    const device = deviceOf(watched, address);
    // Nothing can stand on an interface that is not there (a VIP's own interface need not be tracked).
    if (
      there === master ||
      kernel.wasRefused(address.address, there ? 'delete' : 'add') ||
      kernel.indexOf(device) === undefined
    )
      continue;
    broken(
      'addresses-follow-state',
      router,
      watched,
      `${watched.state} ${there ? 'holds' : 'lacks'} ${address.address}`,
    );
  }
}

function judgeGroup(router: Router, daemon: Daemon, watched: Watched): void {
  for (const name of watched.group?.members ?? []) {
    const other = daemon.instances.get(name);
    if (!other || other === watched) continue;
    const apart =
      (other.state === 'MASTER') !== (watched.state === 'MASTER') ||
      (other.state === 'FAULT') !== (watched.state === 'FAULT');
    if (apart) broken('group-together', router, watched, `${watched.state} while ${name} is ${other.state}`);
  }
}

/** Asked several times a second. */
export function judgeTick(router: Router, daemon: Daemon): void {
  judgeOverdue(router, daemon);
  if (!atLiberty(router, daemon)) return;
  for (const watched of daemon.instances.values())
    if (watched.state === 'MASTER') judgeMaster(router, watched);
}

export function judgeOverdue(router: Router, daemon: Daemon): void {
  if (!atLiberty(router, daemon)) return;
  for (const watched of daemon.instances.values())
    if (watched.state === 'BACKUP' && overdue(daemon, watched, router.now))
      broken('take-over', router, watched, 'nobody is master, and it does not take over');
}

function judgeMaster(router: Router, watched: Watched): void {
  judgeRhythm(router, watched);
  const { kernel, now } = router;
  if (now > watched.owesAnnouncementBy && now - router.lastStall > now - watched.rivalAt) {
    watched.owesAnnouncementBy = Number.POSITIVE_INFINITY;
    if (holdsUndisturbed(router, watched))
      broken('announced-after-rival', router, watched, 'another master is gone, and it does not announce');
  }
  if (now - Math.max(watched.since, router.lastStall) < ANNOUNCEMENT_LIMIT) return;
  for (const address of watched.unannounced) {
    if (kernel.lastGone(address) > watched.since) continue;
    if (now - kernel.lastRefusal(address) < REFUSAL_PATIENCE) continue;
    broken('announced', router, watched, `${address} was never announced`);
  }
}

/** No advert interval is missed by a router that was not kept from running. */
export function judgeRhythm(router: Router, watched: Watched): void {
  const free = Math.max(watched.lastAdvert, router.lastStall);
  const late = router.now - free - watched.settings.advertInterval;
  if (late > LATE_SLACK) broken('advert-rhythm', router, watched, `silent, ${late} us late`);
}

/**
 * A master sends an advert: in its rhythm, and where it has timer_expired_backup not after it was silent for so
 * long that a router of that priority has taken over.
 */
export function judgeLateness(router: Router, watched: Watched): void {
  judgeRhythm(router, watched);
  const bearable = bearableSilence(watched);
  if (bearable !== undefined && router.now - watched.lastAdvert > bearable + SILENCE_SLACK)
    broken('late-gives-way', router, watched, 'goes on as MASTER after it was late for too long');
}

/** How long a master with timer_expired_backup may be silent and stay. */
export function bearableSilence({ settings }: Watched): number | undefined {
  const { advertInterval, downTimerAdverts, timerExpiredBackup, version } = settings;
  if (timerExpiredBackup === undefined) return undefined;
  const skew = ((version === 2 ? 1_000_000 : advertInterval) * (256 - timerExpiredBackup)) / 256;
  return downTimerAdverts * advertInterval + skew;
}

/** A daemon that runs, is not told to stop and was not kept from running of late. */
const atLiberty = (router: Router, daemon: Daemon): boolean =>
  daemon.started &&
  !router.stopping &&
  router.now >= router.stalledUntil &&
  router.now - router.lastStall >= LATE_SLACK;

/** A member of a sync group waits for the slowest. */
function overdue(daemon: Daemon, watched: Watched, now: number): boolean {
  for (const name of watched.group?.members ?? [watched.settings.name]) {
    const member = daemon.instances.get(name);
    if (member?.state !== 'BACKUP' || !member.expectation || now <= member.expectation.notAfter) return false;
  }
  return true;
}

/** One of its addresses has been there, and been left alone, since before the rival was heard. */
const holdsUndisturbed = ({ kernel }: Router, watched: Watched): boolean =>
  addressesOf(watched).some(
    (a) =>
      kernel.lastGone(a.address) < watched.since &&
      kernel.lastRefusal(a.address) < watched.since &&
      kernel.hasAddress(deviceOf(watched, a), a.address),
  );
