/**
 * A demo at a terminal: draws its picture ten times a second and turns keys into deeds. It leaves the terminal as
 * it found it, however it ends.
 */
import type { Demo } from './demo.js';
import type { Paint } from './paint.js';

const FRAME_MS = 100;
/** Keys that may wait for their turn; somebody leaning on the keyboard is not served for minutes. */
const MAX_WAITING = 4;
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Resolves when the person quits. */
export function showLive(demo: Demo, paint: Paint): Promise<void> {
  const { stdin, stdout } = process;
  let busy: string | undefined;
  let last = '';

  const frame = (): void => {
    const lines = demo.draw({ columns: stdout.columns, rows: stdout.rows, paint }, busy);
    const text = HOME + lines.map((line) => paint.glyphs(line) + CLEAR_LINE).join('\r\n') + CLEAR_BELOW;
    // A terminal that is slower than we are (a bad ssh connection) is not fed what it cannot show.
    if (text === last || stdout.writableNeedDrain) return;
    last = text;
    stdout.write(text);
  };

  /** One deed after the other; what a key means is decided when its turn comes. */
  const perform = async (key: string): Promise<void> => {
    const deed = demo.deed(key);
    if (deed === undefined) return;
    busy = deed.words;
    try {
      await deed.act();
    } finally {
      busy = undefined;
    }
  };
  let waiting = 0;
  let turn = Promise.resolve();

  return new Promise((resolve, reject) => {
    const timer = setInterval(frame, FRAME_MS);
    const restore = (): void => {
      stdout.write(LEAVE);
    };
    const finish = (error?: unknown): void => {
      clearInterval(timer);
      stdin.off('data', onKey);
      stdout.off('resize', redraw);
      for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
      process.off('exit', restore);
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      restore();
      if (error === undefined) resolve();
      else reject(error instanceof Error ? error : new Error(String(error)));
    };
    const onSignal = (): void => finish();
    const redraw = (): void => {
      last = '';
    };
    const onKey = (chunk: Buffer): void => {
      for (const key of chunk.toString('latin1')) {
        if (key === 'q' || key === '\x03' || key === '\x04') {
          finish();
          return;
        }
        if (waiting >= MAX_WAITING) continue;
        waiting++;
        turn = turn
          .then(() => perform(key))
          .catch(finish)
          .finally(() => waiting--);
      }
    };
    process.on('exit', restore);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
    stdout.on('resize', redraw);
    stdin.setRawMode(true);
    stdin.on('data', onKey);
    stdout.write(ENTER);
    frame();
  });
}
