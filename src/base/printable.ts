/** Text that others wrote (names, what scripts and servers say, where an error was thrown), made fit for a line that a person reads. */

/** Control characters, and those that turn the direction of writing, are shown as `?`: neither terminals obey them nor lines end. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}

/** What was thrown and from where, for one line: where it was called from stands behind `<`. */
export const errorLine = (error: unknown): string =>
  (error instanceof Error ? (error.stack ?? error.message) : String(error)).replace(/\n\s*(?:at )?/g, ' < ');
