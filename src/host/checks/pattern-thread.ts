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

function search({ pattern, minOffset, maxOffset, body }: ToSearcher): boolean {
  const encoding = pattern.utf ? 'utf8' : 'latin1';
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (minOffset > bytes.length) return false;
  const text = bytes.toString(encoding);
  const place = (offset: number): number => (pattern.utf ? bytes.toString('utf8', 0, offset).length : offset);
  const regexp = ready(pattern);
  regexp.lastIndex = place(minOffset);
  const match = regexp.exec(text);
  if (!match) return false;
  if (maxOffset !== undefined && match.index > place(maxOffset)) return false;
  const newline = text.indexOf('\n', place(minOffset));
  return !pattern.firstLine || newline < 0 || match.index <= newline;
}

parentPort?.on('message', (question: ToSearcher) => {
  let answer: FromSearcher;
  try {
    answer = { found: search(question) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer);
});

parentPort?.postMessage({ ready: true } satisfies FromSearcher);
