/**
 * The demo at a terminal: draws the picture ten times a second and turns keys into deeds. It leaves the
 * terminal as it found it, however it ends.
 */
import { type Cluster, type RouterName, VIRTUAL_ADDRESS } from './cluster.js';
import type { Paint } from './paint.js';
import { draw } from './view.js';

const FRAME_MS = 100;
/** Keys that may wait for their turn; somebody leaning on the keyboard is not served for minutes. */
const MAX_WAITING = 4;
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

type Deed = { readonly words: string; readonly act: () => Promise<void> };

/** Resolves when the person quits. */
export function showLive(cluster: Cluster, paint: Paint): Promise<void> {
  const { stdin, stdout } = process;
  let busy: string | undefined;
  let last = '';

  const frame = (): void => {
    const { pings } = cluster;
    const picture = {
      address: VIRTUAL_ADDRESS,
      routers: cluster.routers,
      pings: pings.all,
      answered: pings.answered,
      lost: pings.lost,
      happenings: cluster.happenings,
      now: Date.now(),
      ...(busy === undefined ? {} : { busy }),
    };
    const lines = draw(picture, { columns: stdout.columns, rows: stdout.rows, paint });
    const text = HOME + lines.map((line) => paint.glyphs(line) + CLEAR_LINE).join('\r\n') + CLEAR_BELOW;
    // A terminal that is slower than we are (a bad ssh connection) is not fed what it cannot show.
    if (text === last || stdout.writableNeedDrain) return;
    last = text;
    stdout.write(text);
  };

  /** One deed after the other; what a key means is decided when its turn comes. */
  const perform = async (key: string): Promise<void> => {
    const deed = deedOf(cluster, key);
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

/** Small letters are srv1's, capitals srv2's; each key does or undoes, whichever is due. */
function deedOf(cluster: Cluster, key: string): Deed | undefined {
  const name: RouterName = key === key.toLowerCase() ? 'srv1' : 'srv2';
  const router = cluster.router(name);
  const letter = key.toLowerCase();
  if (letter === 'p') {
    return router.power
      ? { words: `switching ${name} off`, act: () => cluster.switchOff(name) }
      : { words: `switching ${name} on`, act: () => cluster.switchOn(name) };
  }
  if (!router.power) return undefined;
  if (letter === 'h') {
    return router.httpd
      ? { words: `stopping httpd on ${name}`, act: () => cluster.stopHttpd(name) }
      : { words: `starting httpd on ${name}`, act: () => cluster.startHttpd(name) };
  }
  if (letter !== 'c') return undefined;
  return router.cable
    ? { words: `cutting the cable of ${name}`, act: () => cluster.cutCable(name) }
    : { words: `mending the cable of ${name}`, act: () => cluster.mendCable(name) };
}
