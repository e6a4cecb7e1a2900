/**
 * File name patterns of include lines: `* ? [ ]` and braces, as glob(3) reads them. What to do with the matches
 * is the includer's. (configuration reference, section 7)
 */
import { MAX_GLOB_MATCHES } from '../base/limits.js';
import type { ConfigReader } from './source.js';

export const hasWildcard = (pattern: string): boolean => /[*?[]/.test(pattern);

/** The alternatives of `a{b,c}d`, nested ones too; the pattern itself where its braces do not match up. */
export function braceAlternatives(pattern: string): readonly string[] {
  const open = pattern.indexOf('{');
  if (open < 0) return [pattern];
  const cuts: number[] = [open];
  let depth = 0;
  for (let i = open; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '{') depth++;
    else if (c === '}' && --depth === 0) {
      cuts.push(i);
      const out: string[] = [];
      for (let n = 0; n + 1 < cuts.length; n++) {
        const middle = pattern.slice((cuts[n] ?? 0) + 1, cuts[n + 1]);
        for (const rest of braceAlternatives(pattern.slice(0, open) + middle + pattern.slice(i + 1))) {
          if (out.length >= MAX_GLOB_MATCHES) return out;
          out.push(rest);
        }
      }
      return out;
    } else if (c === ',' && depth === 1) cuts.push(i);
  }
  return [pattern];
}

/**
 * Sorted names that one brace-free pattern matches; directories end in a slash. `unlisted`: a directory about which nobody
 * can tell whether something in it matches.
 */
export function matchPattern(
  pattern: string,
  reader: ConfigReader,
  unlisted: (directory: string, why: string) => void,
): readonly string[] {
  if (!hasWildcard(pattern)) return reader.exists(pattern) ? [pattern] : [];
  const absolute = pattern.startsWith('/');
  let found = [absolute ? '/' : ''];
  const parts = pattern.split('/').filter((part) => part !== '');
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1;
    const next: string[] = [];
    for (const base of found) {
      if (next.length >= MAX_GLOB_MATCHES) break;
      if (!hasWildcard(part)) {
        if (!last || reader.exists(base + part)) next.push(base + part + (last ? '' : '/'));
        continue;
      }
      const test = compile(part);
      const directory = base === '' ? '.' : base;
      const listed = reader.list(directory) ?? [];
      if ('failed' in listed) {
        unlisted(directory, listed.failed);
        continue;
      }
      for (const entry of [...listed].sort(byBytes)) {
        const name = entry.endsWith('/') ? entry.slice(0, -1) : entry;
        if (name.startsWith('.') && !part.startsWith('.')) continue;
        if (!test(name)) continue;
        if (last) next.push(base + entry);
        else if (entry.endsWith('/')) next.push(base + entry);
      }
    }
    found = next;
  }
  return found.slice(0, MAX_GLOB_MATCHES);
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Linear matcher: at a mismatch only the last star gives way, so no pattern takes exponential time. */
function compile(pattern: string): (name: string) => boolean {
  const items: ((c: string) => boolean)[] = [];
  const stars = new Set<number>();
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    const close = c === '[' ? pattern.indexOf(']', i + (/^\[[!^]?\]/.test(pattern.slice(i)) ? 3 : 2)) : -1;
    if (c === '*') stars.add(items.push(() => true) - 1);
    else if (c === '?') items.push(() => true);
    else if (close > 0) {
      const negated = /[!^]/.test(pattern.charAt(i + 1));
      const set = ranges(pattern.slice(i + (negated ? 2 : 1), close));
      items.push((d) => set(d) !== negated);
      i = close;
    } else {
      const literal = c === '\\' && i + 1 < pattern.length ? pattern.charAt(++i) : c;
      items.push((d) => d === literal);
    }
  }
  return (name) => {
    let [n, p, starAt, retry] = [0, 0, -1, 0];
    while (n < name.length) {
      if (p < items.length && stars.has(p)) {
        starAt = p++;
        retry = n;
      } else if (p < items.length && items[p]?.(name.charAt(n))) {
        p++;
        n++;
      } else if (starAt >= 0) {
        p = starAt + 1;
        n = ++retry;
      } else return false;
    }
    while (stars.has(p)) p++;
    return p === items.length;
  };
}

function ranges(text: string): (c: string) => boolean {
  return (c) => {
    for (let i = 0; i < text.length; i++) {
      if (text[i + 1] === '-' && i + 2 < text.length) {
        if (c >= text.charAt(i) && c <= text.charAt(i + 2)) return true;
        i += 2;
      } else if (text[i] === c) return true;
    }
    return false;
  };
}
