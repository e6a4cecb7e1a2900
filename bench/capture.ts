// What went over the lab's wire and when, as tcpdump saw it. Times are the kernel's, in seconds since the epoch
// with microseconds, taken when the frame passed the observed interface; they owe nothing to our own scheduling.

import { setTimeout as wait } from 'node:timers/promises';
import type { Line, Running } from '../src/lab/running.js';
import type { Topology } from '../src/lab/topology.js';

export interface Frame {
  /** Seconds since the epoch. */
  readonly at: number;
  /** tcpdump's words for it, without the time. */
  readonly text: string;
}

function parseFrame(text: string): Frame | undefined {
  const match = /^(\d+\.\d+) (.*)$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { at: Number(match[1]), text: match[2] };
}

/** What tcpdump printed. */
export const framesIn = (text: string): readonly Frame[] =>
  text.split('\n').flatMap((line) => parseFrame(line) ?? []);

/** KiB that tcpdump may be late with: bursts of thousands of frames come while a daemon has the processor. */
const BUFFER = '16384';
/** Bytes of a frame that are kept: the buffer has so many slots of this size, and adverts and ARP are shorter. */
const LONGEST = '512';

/** A running tcpdump on one port of the switch. */
export class Capture {
  private constructor(
    private readonly running: Running,
    private readonly lab: Topology,
    private readonly file: string | undefined,
  ) {}

  /**
   * Begins to capture and resolves once it does. With `file` the frames go there, at little cost, and are read
   * at the end; without it they are told as they come. With `any` as the port all that comes in at any port is
   * taken, once at the port and perhaps once more at the bridge.
   */
  static async start(lab: Topology, port: string, filter: string, file?: string): Promise<Capture> {
    const output = file === undefined ? ['-l'] : ['-U', '-w', file, '-B', BUFFER, '-s', LONGEST];
    const direction = port === 'any' ? ['-Q', 'in'] : [];
    // In a user namespace the only user is root: tcpdump must stay it.
    const words = [
      'tcpdump',
      '-Z',
      'root',
      '-nn',
      '-tt',
      '--immediate-mode',
      '-i',
      port,
      ...direction,
      ...output,
      filter,
    ];
    const running = await lab.start(words);
    await untilLine(running, ({ text }) => text.includes('listening on'), 10_000, 'tcpdump to listen');
    return new Capture(running, lab, file);
  }

  /** The next frame whose text matches, within `patience` milliseconds. */
  async next(pattern: RegExp, patience: number): Promise<Frame> {
    const fits = ({ text }: Line) => pattern.test(parseFrame(text)?.text ?? '');
    const line = await untilLine(this.running, fits, patience, `a frame like ${pattern}`, 'later');
    const frame = parseFrame(line.text);
    if (frame === undefined) throw new Error(`no time in ${line.text}`);
    return frame;
  }

  /** Takes every frame from now on, until `enough` says so of one, within `patience` milliseconds. */
  async take(enough: (frame: Frame) => boolean, patience: number, what: string): Promise<void> {
    const fits = ({ text }: Line) => {
      const frame = parseFrame(text);
      return frame !== undefined && enough(frame);
    };
    await untilLine(this.running, fits, patience, what, 'later');
  }

  /** Ends it and returns what was captured, in order; from a file each frame begins with its hardware addresses. */
  async stop(): Promise<readonly Frame[]> {
    this.running.signal('SIGINT');
    await this.running.exited;
    const text =
      this.file === undefined
        ? this.running.output
        : await this.lab.run(['tcpdump', '-Z', 'root', '-nn', '-tt', '-e', '-r', this.file]);
    return framesIn(text);
  }
}

/** Resolves with the first line that fits; `later` leaves out those that were read before the call. */
export async function untilLine(
  running: Running,
  fits: (line: Line) => boolean,
  patience: number,
  what: string,
  which: 'any' | 'later' = 'any',
): Promise<Line> {
  const earlier = which === 'any' ? running.lines.find(fits) : undefined;
  if (earlier !== undefined) return earlier;
  const given = new AbortController();
  let stopListening = (): void => {};
  const seen = new Promise<Line>((resolve) => {
    stopListening = running.onLine((line) => {
      if (fits(line)) resolve(line);
    });
  });
  const late = Symbol('late');
  const first = await Promise.race([
    seen,
    running.exited.then(() => late),
    wait(patience, late, { signal: given.signal }).catch(() => late),
  ]);
  stopListening();
  given.abort();
  if (typeof first === 'object') return first;
  throw new Error(`waited in vain for ${what}; ${running.command[0]} said:\n${running.output.slice(-2000)}`);
}
