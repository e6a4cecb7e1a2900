/** Guards against a hostile neighbour, and against a kernel that refuses, forgets and loses. */
import type { Guard } from './promise.js';

export const HOSTILE_GUARDS: readonly Guard[] = [];
