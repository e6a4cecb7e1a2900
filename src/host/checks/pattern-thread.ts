/**
 * The thread that looks for patterns: it answers each question and may be ended at any moment. Offsets count bytes of
 * the body, the match has to begin between them. (directives-lvs section 6.2)
 */
import { parentPort } from 'node:worker_threads';
import type { FromSearcher, ToSearcher } from './pattern-search.js';

const compiled = new Map<string, RegExp>();
/** Patterns kept ready; a configuration has a few. */
const KEPT = 256;

function ready({ source, flags }: ToSearcher['pattern']): RegExp {
  const key = `${flags}/${source}`;
  const known = compiled.get(key);
  if (known) return known;
  if (compiled.size >= KEPT) compiled.clear();
  const regexp = new RegExp(source, `${flags}g`);
  compiled.set(key, regexp);
  return regexp;
}

function search({ pattern, minOffset, maxOffset, body }: ToSearcher): boolean | 'exhausted' {
  const encoding = pattern.utf ? 'utf8' : 'latin1';
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (minOffset > bytes.length) return false;
  const text = bytes.toString(encoding);
  const place = (offset: number): number => (pattern.utf ? bytes.toString('utf8', 0, offset).length : offset);
  const regexp = ready(pattern);
  regexp.lastIndex = place(minOffset);
  const match = find(regexp, text);
  if (match === 'exhausted') return match;
  if (!match) return false;
  if (maxOffset !== undefined && match.index > place(maxOffset)) return false;
  const newline = text.indexOf('\n', place(minOffset));
  return !pattern.firstLine || newline < 0 || match.index <= newline;
}

/** What it would have to come back to may be more than there is room for. */
function find(regexp: RegExp, text: string): RegExpExecArray | null | 'exhausted' {
  try {
    return regexp.exec(text);
  } catch (error) {
    if (error instanceof RangeError) return 'exhausted';
    throw error;
  }
}

parentPort?.on('message', (question: ToSearcher) => {
  let answer: FromSearcher;
  try {
    const found = search(question);
    answer = found === 'exhausted' ? { exhausted: true } : { found };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer);
});

parentPort?.postMessage({ ready: true } satisfies FromSearcher);
