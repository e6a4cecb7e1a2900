/**
 * How a transcript is played, whichever engine it is about: lines before the first `>` are the configuration, `>` begins
 * a command, `|` lines below it are its block; every other line is an answer, and is replaced by what really happened.
 */

export interface TranscriptRig {
  /** The lines since the last time. */
  take(): readonly string[];
}

export type Commands<R> = Readonly<Record<string, (rig: R, words: readonly string[], block: string) => void>>;

/** One command, without its `>`; `block` is the configuration of a reload. */
export function performWith<R>(commands: Commands<R>, rig: R, line: string, block: string): void {
  const [verb = '', ...words] = line.trim().split(/\s+/);
  const command = commands[verb];
  if (!command) throw new Error(`unknown command ${verb}`);
  command(rig, words, block);
}

/** The transcript as it is now: its commands with what they really did. `make` gets the configuration. */
export function replayWith<R extends TranscriptRig>(
  transcript: string,
  make: (configuration: string) => R,
  commands: Commands<R>,
): string {
  const lines = transcript.split('\n');
  const first = lines.findIndex((line) => line.startsWith('>'));
  const head = lines.slice(0, first);
  const rig = make(head.filter((line) => !line.startsWith('#')).join('\n'));
  const out = [...head];
  const rest = lines.slice(first);
  for (const [i, line] of rest.entries()) {
    if (line.startsWith('#') || line === '') {
      out.push(line);
      continue;
    }
    if (!line.startsWith('>')) continue;
    const end = rest.findIndex((other, n) => n > i && !other.startsWith('|'));
    const block = rest.slice(i + 1, end < 0 ? rest.length : end);
    performWith(commands, rig, line.slice(1), block.map((one) => one.slice(1)).join('\n'));
    out.push(line, ...block, ...rig.take());
  }
  return out.join('\n');
}
