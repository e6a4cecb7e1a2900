/**
 * What a transition owes: an advert or a goodbye, the listening before it, the reason it gives, and an end that
 * leaves nothing behind. RFC 9568 section 6.4; runtime reference sections 5 and 6. Collecting the transitions is
 * invariants.ts's affair, the bounds on time expectation.ts's.
 */
import type { Input } from '../core/inputs.js';
import { type Armed, Expectation } from './expectation.js';
import { leftRouting } from './judge-routing.js';
import { provesByAh } from './proof-record.js';
import type { Router } from './router.js';
import { statusOf } from './status-of.js';
import { addressesOf, broken, carrierOf, type Daemon, deviceOf, type Step, type Watched } from './watched.js';

/** Judges every transition of one instance in one handle(), and what follows from it for its deadline. */
export function judgeSteps(router: Router, daemon: Daemon, input: Input, watched: Watched): void {
  for (const { from, to, reason } of watched.steps) {
    if (to === 'MASTER' && daemon.delay.running)
      broken('delay-holds', router, watched, 'became MASTER during its startup delay');
    if (to === 'MASTER') judgePromotion(router, input, watched, { from, to, reason });
    else if (from === 'MASTER') judgeLeaving(router, daemon, watched, to, reason.code);
    if (from === 'MASTER') {
      watched.rivalBefore = watched.rival;
      watched.rival = undefined;
    }
    if (from === 'FAULT' && to === 'MASTER')
      broken('fault-goes-to-backup', router, watched, 'straight from FAULT to MASTER');
    watched.expectation = undefined;
    // After a stall it hears of the past: its interface may be another one by now.
    const hearsThePast = router.lastStall >= router.now;
    if (from === 'FAULT' && to === 'BACKUP' && watched.settings.unicastPeers.length > 0 && !hearsThePast)
      if (!watched.sourceAnnounced)
        broken('source-announced', router, watched, 'does not tell its peers where it is again');
    if (to === 'BACKUP') {
      const kind = armedBy(watched, from, daemon);
      const wait = daemon.delay.left(router.clock.moment(router.now).now);
      if (kind === 'at-once' && wait === 0)
        broken('owner-at-once', router, watched, 'an owner that wants to be MASTER listens first');
      watched.expectation = new Expectation(watched.settings, router.now + wait, kind, watched.priority);
    }
  }
}

/** What a BACKUP's deadline counts when it comes from `from`. */
function armedBy(watched: Watched, from: string, daemon: Daemon): Armed {
  if (from === 'MASTER') return watched.goodbyes > 0 ? 'skew' : 'master-down';
  // A group wants to be MASTER from the start only if every member is an owner (runtime reference section 7).
  const eager = watched.group
    ? watched.group.members.every((m) => isEagerOwner(daemon.instances.get(m)))
    : watched.settings.initialState === 'MASTER';
  if (!eager) return 'master-down';
  if (from === 'INIT' && watched.settings.priority === 255) return 'at-once';
  return from === 'INIT' || watched.settings.priority === 255 ? 'start' : 'master-down';
}

function judgePromotion(router: Router, input: Input, watched: Watched, { from, reason }: Step): void {
  if (watched.settings.priority === 255 && watched.priority !== 255)
    broken('owner-reclaims', router, watched, `became MASTER with ${watched.priority}`);
  if (watched.adverts === 0)
    broken('promotion-advertises', router, watched, 'became MASTER without an advert');
  if (from === 'INIT' && watched.settings.priority !== 255)
    broken('listen-first', router, watched, 'MASTER from INIT below priority 255');
  const expected = watched.expectation;
  if (from === 'BACKUP' && expected && router.now < expected.notBefore)
    broken('listen-first', router, watched, `${expected.notBefore - router.now} us too early`);
  const because = watched.group ? undefined : expected?.because;
  if (from === 'BACKUP' && because !== undefined && reason.code !== because)
    broken('reason-given', router, watched, `took over because of ${reason.code}, not ${because}`);
  if (input.kind === 'timeout' && input.held) {
    const index = router.kernel.indexOf(carrierOf(watched.settings));
    const ah = provesByAh(watched.settings) ? '/ah' : '';
    if (input.held.includes(`${index}/${watched.settings.family}${ah}`))
      broken('receive-before-expire', router, watched, 'took over with adverts unread');
  }
}

function judgeLeaving(router: Router, daemon: Daemon, watched: Watched, to: string, code: string): void {
  const owes =
    to !== 'BACKUP' ||
    LOSSES.has(code) ||
    (code === 'sync-group' &&
      watched.group?.members.some((m) => lostAddress(daemon.instances.get(m), watched.serial)));
  // Nothing leaves by an interface that is gone.
  const mute = router.kernel.indexOf(carrierOf(watched.settings)) === undefined;
  if (owes && watched.goodbyes === 0 && !mute)
    broken('goodbye-said', router, watched, `left MASTER for ${to} (${code}) without a word`);
  if (!owes && watched.goodbyes > 0)
    broken('goodbye-said', router, watched, `said goodbye when it left MASTER for ${to} (${code})`);
}

/** A daemon that stops leaves every state at once. */
export function judgeStop(router: Router, daemon: Daemon, serial: number): void {
  for (const watched of daemon.instances.values()) {
    watched.open(serial);
    if (watched.state !== 'INIT')
      broken('stop-leaves-nothing', router, watched, `${watched.state} after stop`);
    if (watched.adverts > 0) broken('goodbye-said', router, watched, 'advertises while it stops');
  }
}

/** A daemon that has stopped leaves no address, and no state but INIT. */
export function judgeEnd(router: Router, daemon: Daemon): void {
  for (const watched of daemon.instances.values()) {
    const { kernel } = router;
    const left = addressesOf(watched).find(
      (a) => kernel.hasAddress(deviceOf(watched, a), a.address) && !kernel.wasRefused(a.address, 'delete'),
    );
    if (left) broken('stop-leaves-nothing', router, watched, `${left.address} is still there`);
    const routing = leftRouting(kernel, watched.settings);
    if (routing) broken('stop-leaves-nothing', router, watched, `${routing} is still there`);
    const status = statusOf(router, watched.settings.name);
    // INIT is shown as FAULT while a tracker has not reported, or a virtual MAC is being made.
    const waiting = status && PENDING.has(status.reason.code);
    if (status && status.state !== 'INIT' && !(status.state === 'FAULT' && waiting))
      broken('stop-leaves-nothing', router, watched, `stopped as ${status.state}`);
  }
}

/** Somebody took away what a master holds (timeline 12). */
const LOSSES: ReadonlySet<string> = new Set(['address-lost', 'route-lost', 'rule-lost']);

const PENDING: ReadonlySet<string> = new Set(['tracker-pending', 'sync-group', 'interface-missing']);

const isEagerOwner = (watched: Watched | undefined): boolean =>
  watched?.settings.initialState === 'MASTER' && watched.settings.priority === 255;

const lostAddress = (watched: Watched | undefined, serial: number): boolean =>
  watched?.serial === serial && watched.steps.some((s) => LOSSES.has(s.reason.code));
