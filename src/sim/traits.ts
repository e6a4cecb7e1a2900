/**
 * What sets a cluster apart from the plain one: IPv6, authentication that proves every advert, virtual MACs. Drawn from
 * a stream of their own, so that a world without them is the world that its seed always was. All routers agree on the
 * family and on the keys; with which key they sign, and how strict they are, may differ as it does while an
 * administrator goes from router to router. Directives-vrrp sections 1.4 and 1.8.
 */
import type { Family } from '../base/ip-address.js';
import type { Prng } from '../base/prng.js';
import { seconds } from '../base/time.js';
import type { HmacKey, HmacSettings } from '../config/model-vrrp.js';

export interface Traits {
  readonly family: Family;
  /** `auth_type AH`, where the version and the family know it. */
  readonly ah: boolean;
  /** `auth_hmac`, one for each router. */
  readonly hmac: readonly HmacSettings[] | undefined;
  /** `check_unicast_src` */
  readonly checksSource: boolean;
  readonly virtualMac: { readonly transmitBase: boolean } | undefined;
}

export const NO_TRAITS: Traits = {
  family: 'ipv4',
  ah: false,
  hmac: undefined,
  checksSource: true,
  virtualMac: undefined,
};

export const AH_PASSWORD = 'k@l!ve1';

const KEYS: readonly HmacKey[] = [
  { id: 1, hex: '11'.repeat(32) },
  { id: 7, hex: 'a5'.repeat(40) },
];

/** Modes that understand each other: who demands a trailer hears only those who sign. */
const MODES = [['enforce'], ['enforce', 'permissive'], ['permissive', 'receive-only']] as const;

/** For at most `routers` routers. */
export function drawTraits(prng: Prng, routers: number): Traits {
  const family: Family = prng.chance(0.15) ? 'ipv6' : 'ipv4';
  const ah = prng.chance(0.2);
  const signs = prng.chance(0.08);
  const virtualMac = prng.chance(0.12) ? { transmitBase: prng.chance(0.3) } : undefined;
  return {
    family,
    ah,
    hmac: signs ? drawHmac(prng, routers) : undefined,
    checksSource: !signs || prng.chance(0.5),
    virtualMac,
  };
}

function drawHmac(prng: Prng, routers: number): HmacSettings[] {
  const modes = prng.pick(MODES);
  const antiReplay = prng.pick(['time', 'time', 'monotonic'] as const);
  const timeWindow = seconds(prng.pick([14, 20]));
  return Array.from({ length: routers }, () => ({
    keys: KEYS,
    activeKey: prng.pick(KEYS).id,
    antiReplay,
    timeWindow,
    mode: prng.pick(modes),
  }));
}

/** The administrator goes over to the other key on this router. */
export const rotated = (hmac: HmacSettings): HmacSettings => ({
  ...hmac,
  activeKey: hmac.keys.find(({ id }) => id !== hmac.activeKey)?.id ?? hmac.activeKey,
});
