/**
 * Instants and durations in integer microseconds. An Instant is monotonic and means nothing outside one boot
 * (or one simulated world); a WallTime is microseconds since the Unix epoch, for logs and HMAC only.
 */
declare const instantBrand: unique symbol;
declare const durationBrand: unique symbol;
declare const wallBrand: unique symbol;

/** Monotonic time, integer microseconds. */
export type Instant = number & { readonly [instantBrand]: true };
/** A length of time, integer microseconds, may be negative as a difference. */
export type Duration = number & { readonly [durationBrand]: true };
/** Wall-clock time, integer microseconds since 1970-01-01 UTC. */
export type WallTime = number & { readonly [wallBrand]: true };

/** What every input carries: when it reached us, on both clocks. */
export interface Moment {
  readonly now: Instant;
  readonly wall: WallTime;
}

export const instant = (us: number): Instant => Math.round(us) as Instant;
export const wallTime = (us: number): WallTime => Math.round(us) as WallTime;
export const microseconds = (us: number): Duration => Math.round(us) as Duration;
export const milliseconds = (ms: number): Duration => Math.round(ms * 1e3) as Duration;
export const seconds = (s: number): Duration => Math.round(s * 1e6) as Duration;
export const ZERO = 0 as Duration;

export const after = (start: Instant, wait: Duration): Instant => (start + wait) as Instant;
export const between = (start: Instant, end: Instant): Duration => (end - start) as Duration;
export const toSeconds = (d: Duration): number => d / 1e6;

/** `3.609s`, `250ms`, `12us`: for people, never parsed. */
export function formatDuration(d: Duration): string {
  const us = Math.abs(d);
  const sign = d < 0 ? '-' : '';
  if (us < 1e3) return `${sign}${us}us`;
  if (us < 1e6) return `${sign}${Number((us / 1e3).toFixed(3))}ms`;
  return `${sign}${Number((us / 1e6).toFixed(3))}s`;
}

/**
 * `2026-11-26 06:18:12 UTC`: for people, never parsed. The calendar is Gregorian throughout; years are counted from March,
 * so that a leap day is the last of its year.
 */
export function formatWallTime(wall: WallTime): string {
  const second = Math.floor(wall / 1e6);
  const day = Math.floor(second / 86_400);
  const clock = second - day * 86_400;
  // Days since 0000-03-01, in eras of 400 years.
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  const january = month >= 10;
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = `${yearOfEra + era * 400 + (january ? 1 : 0)}-${two(january ? month - 9 : month + 3)}-${two(dayOfMonth)}`;
  return `${date} ${two(Math.floor(clock / 3600))}:${two(Math.floor(clock / 60) % 60)}:${two(clock % 60)} UTC`;
}
