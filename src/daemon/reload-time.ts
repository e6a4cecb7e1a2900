/**
 * What stands in a reload_time_file: when to reload (directives-global section 3.9). One line, `HH:MM:SS`,
 * `YY-MM-DD HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, local time or with a Z in UTC.
 */
import { ok, type Result, refuse } from '../base/result.js';

export interface ReloadTime {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** A day was named: it is not repeated. */
  readonly dated: boolean;
}

const FORM = /^(?:(\d{2}|\d{4})-(\d{2})-(\d{2}) )?(\d{2}):(\d{2}):(\d{2})(Z?)$/;
const DAY_MS = 86_400_000;

/** `now` in milliseconds since 1970; a time of day that has passed means tomorrow, a date that has is refused. */
export function parseReloadTime(line: string, now: number): Result<ReloadTime, string> {
  const found = FORM.exec(line.trimEnd());
  if (!found) return refuse(`"${line.trimEnd().slice(0, 40)}" is not HH:MM:SS or [YY]YY-MM-DD HH:MM:SS`);
  const [, year, month, day, hours, minutes, seconds, zulu] = found;
  const utc = zulu === 'Z';
  const dated = year !== undefined;
  const today = new Date(now);
  const parts = [
    dated ? Number(year) + (year.length === 2 ? centuryOf(Number(year)) : 0) : get(today, utc, 'FullYear'),
    dated ? Number(month) - 1 : get(today, utc, 'Month'),
    dated ? Number(day) : get(today, utc, 'Date'),
    Number(hours),
    Number(minutes),
    Number(seconds),
  ] as const;
  const date = utc ? new Date(Date.UTC(...parts)) : new Date(...parts);
  const [, wantedMonth, wantedDay, wantedHours, wantedMinutes] = parts;
  // A 31st of April, or 25 o'clock, would quietly become another time.
  const same =
    get(date, utc, 'Month') === wantedMonth &&
    get(date, utc, 'Date') === wantedDay &&
    get(date, utc, 'Hours') === wantedHours &&
    get(date, utc, 'Minutes') === wantedMinutes;
  if (!same) return refuse(`there is no such time as "${line.trimEnd()}"`);
  if (date.getTime() > now) return ok({ at: date.getTime(), dated });
  if (dated) return refuse(`"${line.trimEnd()}" is in the past`);
  if (utc) return ok({ at: date.getTime() + DAY_MS, dated });
  // A day later by the clock on the wall, where days may have 23 or 25 hours.
  date.setDate(date.getDate() + 1);
  return ok({ at: date.getTime(), dated });
}

/** strptime(3), %y: 69 to 99 are in the last century. */
const centuryOf = (year: number): number => (year >= 69 ? 1900 : 2000);

function get(date: Date, utc: boolean, what: 'FullYear' | 'Month' | 'Date' | 'Hours' | 'Minutes'): number {
  switch (what) {
    case 'FullYear':
      return utc ? date.getUTCFullYear() : date.getFullYear();
    case 'Month':
      return utc ? date.getUTCMonth() : date.getMonth();
    case 'Date':
      return utc ? date.getUTCDate() : date.getDate();
    case 'Hours':
      return utc ? date.getUTCHours() : date.getHours();
    case 'Minutes':
      return utc ? date.getUTCMinutes() : date.getMinutes();
  }
}
