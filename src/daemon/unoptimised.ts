/**
 * Runs code that V8 need not optimise: what is done once, at a start, over a few megabytes. Compilers of V8 then take more
 * time, and touch more memory for the first time, than what they make saves. It switches them for the whole process, and
 * only between two scripts with code caches, which V8 takes only with the options with which they were made (docs/adr/0022).
 */
import { setFlagsFromString } from 'node:v8';

/** Both are V8's defaults. */
const COMPILERS = ['opt', 'sparkplug'];

export function optimise(yes: boolean): void {
  for (const compiler of COMPILERS) setFlagsFromString(`--${yes ? '' : 'no-'}${compiler}`);
}

export function unoptimised<T>(work: () => T): T {
  optimise(false);
  try {
    return work();
  } finally {
    optimise(true);
  }
}
