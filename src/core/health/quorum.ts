/**
 * When a virtual server has its quorum: it is lost below `quorum - hysteresis` or when nothing is left, and won at
 * `quorum + hysteresis`; between the two it stays what it was. (directives-lvs section 7)
 */
import type { VirtualServerSettings } from '../../config/model-lvs.js';

export type QuorumSettings = Pick<VirtualServerSettings, 'quorum' | 'hysteresis'>;

/** What counts against the weight of the live servers in the given state. */
export const quorumThreshold = ({ quorum, hysteresis }: QuorumSettings, up: boolean): number =>
  up ? quorum - hysteresis : quorum + hysteresis;

/** `weight`: sum of the weights of live servers. */
export function hasQuorum(settings: QuorumSettings, wasUp: boolean, weight: number): boolean {
  const enough = weight >= quorumThreshold(settings, wasUp);
  return wasUp ? enough && weight > 0 : enough;
}
