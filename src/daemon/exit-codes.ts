/** What the process ends with (runtime reference section 1): unit files and wrappers look at these. */

export const EXIT_OK = 0;
/** Something outside refused what we cannot do without. */
export const EXIT_FATAL = 1;
/** The configuration cannot be run. */
export const EXIT_CONFIG = 2;
export const EXIT_PERMISSION = 4;
/** There is no configuration to read, or a checked include is missing. */
export const EXIT_NO_CONFIG = 6;
/** An invariant of ours broke; a supervisor starts us again. */
export const EXIT_PROGRAM_ERROR = 70;

/** Ends that starting again would only repeat. */
export const isPermanent = (code: number): boolean =>
  code === EXIT_FATAL || code === EXIT_CONFIG || code === EXIT_PERMISSION || code === EXIT_NO_CONFIG;
