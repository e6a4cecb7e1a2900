// What tcpdump says about VRRP adverts and announcements, as data. Its words are those of versions 4.9 to 4.99.

import type { Frame } from './capture.js';

export interface SeenAdvert {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly source: string;
  readonly virtualRouterId: number;
  readonly priority: number;
}

const ADVERT = /([\d.]+) > [\d.]+: VRRPv[23], Advertisement, .*?vrid (\d+), prio (\d+)/;

export function advertIn({ at, text }: Frame): SeenAdvert | undefined {
  const [, source, virtualRouterId, priority] = ADVERT.exec(text) ?? [];
  return source === undefined
    ? undefined
    : { at, source, virtualRouterId: Number(virtualRouterId), priority: Number(priority) };
}

export const advertsIn = (frames: readonly Frame[]): readonly SeenAdvert[] =>
  frames.flatMap((frame) => advertIn(frame) ?? []);

/** The first advert of each virtual router; it has a number on its network, and its master's address names that. */
export function firstAdverts(adverts: readonly SeenAdvert[]): ReadonlyMap<string, SeenAdvert> {
  const first = new Map<string, SeenAdvert>();
  for (const advert of adverts) {
    const router = `${advert.source} ${advert.virtualRouterId}`;
    const known = first.get(router);
    if (known === undefined || advert.at < known.at) first.set(router, advert);
  }
  return first;
}

/** When each address was announced first, by a gratuitous ARP request or reply. */
export function firstAnnouncements(frames: readonly Frame[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { at, text } of frames) {
    const asked = /who-has ([\d.]+) (?:\([^)]*\) )?tell \1\b/.exec(text)?.[1];
    const address = asked ?? /Reply ([\d.]+) is-at/.exec(text)?.[1];
    if (address !== undefined && !first.has(address)) first.set(address, at);
  }
  return first;
}

/** Milliseconds between each advert and the one before. */
export const gapsOf = (adverts: readonly SeenAdvert[]): readonly number[] =>
  adverts.slice(1).map(({ at }, index) => (at - (adverts[index]?.at ?? at)) * 1000);
