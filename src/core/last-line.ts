/** What a script said last, for the end of a clause that tells how it ended. It decides nothing. */

/** Characters of it that fit into a log line. */
const SHOWN_OUTPUT = 120;

/** `: no route to host`; empty where it said nothing. */
export function lastLine(output: string | undefined): string {
  const line = output?.trimEnd().split('\n').at(-1)?.slice(0, SHOWN_OUTPUT);
  return line ? `: ${line}` : '';
}
