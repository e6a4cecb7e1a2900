/**
 * Runs the receive checks over one packet, counts and reports what they find, and says whether the advert may be
 * heard. Which checks there are, and in which order, is decided in receive-checks.ts.
 */
import type { OpenedPacket } from './advert.js';
import type { Instance } from './instance.js';

export function passesChecks(instance: Instance, packet: OpenedPacket): boolean {
  const { counters, form, house, label, refusals } = instance;
  const familiar = instance.state === 'BACKUP' && instance.master?.address === packet.source;
  let counted = false;
  for (const check of house.receiveChecks) {
    if (check.stage === 'content' && !counted) {
      counters.advertReceived++;
      counted = true;
    }
    const fault = check.fault(packet, form, familiar);
    if (fault === undefined) continue;
    if (check.counter) counters[check.counter]++;
    const verb = check.drops ? 'refuses' : 'obeys';
    const text = `${verb} an advert from ${packet.source}: ${fault}`;
    refusals.report(check.drops ? 'warning' : 'info', label, check.id, packet.source, text);
    if (check.drops) return false;
  }
  return true;
}
