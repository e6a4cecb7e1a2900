/**
 * Datagrams that no router of the cluster meant to send now: junk (forgeries.ts), a router that is none of the cluster's,
 * and what a router sent before once more. Which of them a router hears is the network's and the kernel's affair.
 */
import type { IpAddress } from '../base/ip-address.js';
import type { Prng } from '../base/prng.js';
import type { InstanceSettings } from '../config/model.js';
import { sequenceOfClock } from '../wire/vrrp-hmac.js';
import { type Flight, flightOf } from './flight.js';
import { advertOf, forge } from './forgeries.js';
import { sourceOf } from './oracle.js';
import { provesByAh } from './proof-record.js';
import type { Router } from './router.js';
import { seal, sealFor, unsealed } from './sealing.js';
import { carrierOf } from './watched.js';

/** A host of the segment that is nobody's peer. */
const STRANGER = { ipv4: '10.0.0.99' as IpAddress, ipv6: 'fe80::99' as IpAddress };

export interface Junk {
  readonly segment: string;
  readonly flight: Flight;
}

/** Something wrong for one of the router's instances; undefined when there is nowhere to send it. */
export function junkFor(prng: Prng, router: Router): Junk | undefined {
  const place = placeOf(prng, router);
  if (!place) return undefined;
  const { settings, segment, source: own } = place;
  const unicast = settings.unicastPeers.length > 0;
  const stranger = STRANGER[settings.family];
  const { wall } = router.clock.moment(router.now);
  const usual = unicast ? own : settings.multicastGroup;
  const { ttl, ...forged } = forge(prng, settings, { usual, own, stranger, wall, newest: newestOf(router) });
  const flight = flightOf({ ...forged, hopLimit: ttl }, -1, false);
  // The kernel's filter admits by VRID alone; a forger that wants to be heard sets it.
  return { segment, flight: { ...flight, virtualRouterId: settings.virtualRouterId } };
}

/**
 * A router that is none of the cluster's speaks for one of its instances, with its keys: as another owner with 255, which
 * gives way to nobody, with its goodbye 0, or with something lower. Its address is below those of all routers.
 */
export function rogueFor(router: Router, instance: number, priority: number): Junk | undefined {
  const settings = router.configuration.instances[instance];
  const segment = segmentOf(router, settings);
  const own = settings && sourceOf(router, settings);
  if (!settings || !own || segment === undefined || settings.unicastPeers.length > 0) return undefined;
  // A member of a sync group that alone has heard its high number is deaf to all others, and waits for its group.
  if (provesByAh(settings) && router.configuration.syncGroups.length > 0) return undefined;
  const source = own.replace(/[\da-f]+$/, priority === 255 || priority === 0 ? '2' : '3') as IpAddress;
  const envelope = { source, destination: settings.multicastGroup, ttl: 255 };
  const advert = advertOf(settings, priority);
  const { wall } = router.clock.moment(router.now);
  const proof = sealFor(settings, source, {
    newest: newestOf(router),
    sequence: sequenceOfClock(wall),
  });
  const bytes = unsealed(envelope, advert, proof);
  seal(bytes, advert, envelope, proof, false);
  return { segment, flight: flightOf({ ...envelope, bytes }, -1) };
}

/** A sequence number of AH that grows, and begins where no router has come to. */
const newestOf = ({ now }: Router): number => 1_000_000 + Math.floor(now / 1_000);

/**
 * The last advert or goodbye of `sender` once more for `receiver`: a loop in the network when both are the
 * same router, a datagram that was long on its way otherwise.
 */
export function echoFor(prng: Prng, sender: Router, receiver: Router): Junk | undefined {
  const place = placeOf(prng, receiver);
  const flight = place && sender.lastSentBy(place.settings.name, prng.chance(0.4));
  if (!flight || place.settings.unicastPeers.length > 0) return undefined;
  return { segment: place.segment, flight };
}

function placeOf(
  prng: Prng,
  router: Router,
): { settings: InstanceSettings; segment: string; source: IpAddress } | undefined {
  const settings = prng.pick(router.configuration.instances);
  const segment = segmentOf(router, settings);
  const source = sourceOf(router, settings);
  return segment === undefined || source === undefined ? undefined : { settings, segment, source };
}

function segmentOf({ kernel }: Router, settings: InstanceSettings | undefined): string | undefined {
  const index = settings && kernel.indexOf(carrierOf(settings));
  return index === undefined ? undefined : kernel.segmentOf(index);
}
