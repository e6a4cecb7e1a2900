/**
 * Runs code that V8 need not optimise: what is done once, at a start, over a few megabytes. Compilers of V8 then take more
 * time, and touch more memory for the first time, than what they make saves; and marking garbage in small steps beside the
 * work finds little, and looks at the clock at every step. It switches them for the whole process, and
 * only between two scripts with code caches, which V8 takes only with the options with which they were made (docs/adr/0022).
 */
import { setFlagsFromString } from 'node:v8';

/** All are V8's defaults. */
const HELPERS = ['opt', 'sparkplug', 'incremental-marking'];

export function optimise(yes: boolean): void {
  for (const helper of HELPERS) setFlagsFromString(`--${yes ? '' : 'no-'}${helper}`);
}

export function unoptimised<T>(work: () => T): T {
  optimise(false);
  try {
    return work();
  } finally {
    optimise(true);
  }
}
