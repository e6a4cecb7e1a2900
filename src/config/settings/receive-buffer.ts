/** Room for adverts that wait to be read: an instance's own size goes before the policy. (directives-global section 2) */
import type { GlobalSettings, ReceiveBuffer } from '../model-globals.js';

const DEFAULT_MULTIPLIER = 3;

/** Undefined where nobody says anything; an instance's size of 0 says nothing either. */
export function receiveBufferOf(own: number | undefined, globals: GlobalSettings): ReceiveBuffer | undefined {
  if (own !== undefined && own > 0) return own;
  const { receiveBuffers: policy, receiveBuffersMultiplier: adverts = DEFAULT_MULTIPLIER } = globals;
  if (policy === undefined || typeof policy === 'number') return policy;
  return { adverts, of: policy === 'MTU' ? 'mtu' : 'advert' };
}
