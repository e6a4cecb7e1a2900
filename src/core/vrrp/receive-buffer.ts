/**
 * How much room an instance asks for in the receive buffer of its VRRP socket, in bytes, as Keepalived counts it: the
 * instances of a socket add up (net/channels.ts). Without a wish the host gives what is usual.
 */
import type { InstanceSettings } from '../../config/model.js';
import { addressLength } from '../../wire/vrrp-header.js';
import { advertOverhead } from './advert-room.js';

/** What an advert by policy MTU counts as where the interface is not there. */
const USUAL_MTU = 1500;

/** `room`: addresses that an advert can hold; `mtu` of the interface. */
export function receiveBufferWish(
  settings: InstanceSettings,
  room: number,
  mtu: number | undefined,
): number | undefined {
  const { receiveBuffer: wish, family, virtualAddresses } = settings;
  if (wish === undefined || typeof wish === 'number') return wish;
  if (wish.of === 'mtu') return wish.adverts * (mtu ?? USUAL_MTU);
  const addresses = Math.min(virtualAddresses.length, room);
  return wish.adverts * (advertOverhead(settings) + addresses * addressLength(family));
}
