/**
 * Runs the receive checks over one packet, counts and reports what they find, and says whether the advert may be
 * heard; of an accepted one the proofs are remembered. Which checks there are, and in which order, is decided in
 * receive-checks.ts.
 */
import { trailerOf } from './authentication-checks.js';
import type { Instance } from './instance.js';
import { OWNER_PRIORITY } from './intervals.js';
import type { OpenedPacket } from './opened-packet.js';
import type { ReceiveContext } from './receive-check.js';

export function passesChecks(instance: Instance, packet: OpenedPacket): boolean {
  const { counters, form, house, label, refusals, proofs } = instance;
  const context: ReceiveContext = {
    familiar: instance.state === 'BACKUP' && instance.master?.address === packet.source,
    owner: instance.priority === OWNER_PRIORITY,
    proofs,
    wall: house.outbox.wall,
  };
  let counted = false;
  for (const check of house.receiveChecks) {
    if (check.stage === 'content' && !counted) {
      counters.advertReceived++;
      counted = true;
    }
    const fault = check.fault(packet, form, context);
    if (fault === undefined) continue;
    if (check.counter) counters[check.counter]++;
    const verb = check.drops ? 'refuses' : 'obeys';
    const text = `${verb} an advert from ${packet.source}: ${fault}`;
    const level = check.level ?? (check.drops ? 'warning' : 'info');
    refusals.report(level, label, check.id, packet.source, text);
    if (check.drops) {
      if (check.counts && packet.ah) proofs.heardAh(packet.ah.sequence);
      return false;
    }
  }
  remember(instance, packet);
  return true;
}

function remember({ checksums, form, house, label, proofs }: Instance, packet: OpenedPacket): void {
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
