/**
 * One picture of the demo as lines of text: the two routers, every ping, what happened, the keys. Pure: from a
 * model, a size and a painter; what is shown comes from cluster.ts, and terminal.ts puts it on the screen.
 */
import type { InstanceState } from '../core/effects.js';
import type { Happening, RouterView } from './cluster.js';
import { cut, fold, type Paint, pad, width } from './paint.js';
import type { Ping } from './pings.js';

export interface Picture {
  readonly address: string;
  readonly routers: readonly RouterView[];
  readonly pings: readonly Ping[];
  readonly answered: number;
  readonly lost: number;
  readonly happenings: readonly Happening[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly busy?: string;
}

export interface Canvas {
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

export const MIN_COLUMNS = 76;
export const MIN_ROWS = 22;
const BOX_ROWS = 8;
/** Title, blanks, headings and keys. */
const FIXED_ROWS = BOX_ROWS + 8;
const MAX_PING_ROWS = 8;
const TIME_COLUMNS = 10;

export function draw(picture: Picture, canvas: Canvas): string[] {
  const { columns, rows, paint } = canvas;
  if (columns < MIN_COLUMNS || rows < MIN_ROWS)
    return [`This window is too small: ${MIN_COLUMNS} columns and ${MIN_ROWS} rows, please.`, 'q quits.'];
  const free = rows - FIXED_ROWS;
  const pingRows = Math.min(MAX_PING_ROWS, Math.floor(free / 2));
  const lines = [
    ` ${paint.bold('Holdfast')}  ${paint.dim(`two routers, one address: ${picture.address}, pinged 20 times a second`)}`,
    '',
    ...boxes(picture, columns, paint),
    '',
    pingHeading(picture, columns, paint),
    ...pingLines(picture.pings, pingRows, columns, paint),
    '',
    ` ${paint.bold('What happened')}${picture.busy === undefined ? '' : paint.dim(`  ${picture.busy} …`)}`,
    ...happeningLines(picture.happenings, free - pingRows, columns, paint),
    '',
  ];
  while (lines.length < rows - 1) lines.push('');
  lines.push(keys(paint));
  return lines;
}

function boxes(picture: Picture, columns: number, paint: Paint): string[] {
  const outer = Math.floor((columns - 4) / 2);
  const [left = [], right = []] = picture.routers.map((router) => box(router, picture, outer, paint));
  return left.map((line, i) => ` ${line}  ${right[i] ?? ''}`);
}

function box(router: RouterView, picture: Picture, outer: number, paint: Paint): string[] {
  const inner = outer - 4;
  const state = stateOf(router);
  const frame = state === 'MASTER' ? paint.green : state === 'BACKUP' ? paint.dim : paint.red;
  const title = ` ${router.name} `;
  const place = ` ${router.address} `;
  const line = '─'.repeat(outer - 4 - title.length - place.length);
  const content = [
    headline(router, state, picture.now, paint),
    router.instance?.addresses.some((address) => address.present)
      ? `holds ${paint.bold(picture.address)}`
      : paint.dim('holds no address'),
    priority(router, paint),
    [
      lamp('httpd', router.httpd, paint),
      lamp('cable', router.cable, paint),
      lamp('power', router.power, paint),
    ].join('   '),
    ...reason(router, inner).map((text) => paint.dim(text)),
  ];
  return [
    frame(`┌─${paint.bold(title)}${line}${place}─┐`),
    ...Array.from({ length: BOX_ROWS - 2 }, (_, i) => {
      return `${frame('│')} ${pad(content[i] ?? '', inner)} ${frame('│')}`;
    }),
    frame(`└${'─'.repeat(outer - 2)}┘`),
  ];
}

type Shown = InstanceState | 'OFF' | 'STARTING' | 'ENDED';

function stateOf(router: RouterView): Shown {
  if (!router.power) return 'OFF';
  if (router.ended !== undefined) return 'ENDED';
  return router.instance?.state ?? 'STARTING';
}

function headline(router: RouterView, state: Shown, now: number, paint: Paint): string {
  const since = router.instance === undefined ? undefined : now - router.instance.since / 1000;
  const age = since === undefined ? '' : paint.dim(` for ${duration(since)}`);
  if (state === 'MASTER') return paint.green(paint.bold('● MASTER')) + age;
  if (state === 'BACKUP') return `${paint.cyan('○ BACKUP')}${age}`;
  if (state === 'OFF') return paint.red(paint.bold('✗ switched off'));
  if (state === 'ENDED') return paint.red(paint.bold('✗ the daemon ended'));
  if (state === 'STARTING') return paint.dim('… starting');
  return paint.red(paint.bold(`✗ ${state}`)) + age;
}

function priority({ instance }: RouterView, paint: Paint): string {
  if (instance === undefined) return '';
  const sum = instance.trackers
    .filter((tracker) => tracker.weight !== 0)
    .map((tracker) => ` + ${tracker.contribution}`)
    .join('');
  return `priority ${paint.bold(String(instance.effectivePriority))} ${paint.dim(`= ${instance.basePriority}${sum}`)}`;
}

function lamp(name: string, on: boolean, paint: Paint): string {
  return on ? `${name} ${paint.green('●')}` : `${paint.red(name)} ${paint.red('✗')}`;
}

/** Two lines: why it is in its state. */
function reason(router: RouterView, columns: number): string[] {
  const why = router.ended ?? router.instance?.faults[0]?.text ?? router.instance?.reason.text;
  return why === undefined || !router.power ? [] : fold(why, columns, 2);
}

function pingHeading(picture: Picture, columns: number, paint: Paint): string {
  const left = ` ${paint.bold('The client pings')}  ${health(picture, paint)}`;
  const lost = picture.lost === 0 ? paint.dim('none lost') : paint.red(`${picture.lost} lost`);
  const right = `${paint.green(`${picture.answered} answered`)}  ${lost} `;
  return pad(left, columns - width(right)) + right;
}

function health({ pings, answered }: Picture, paint: Paint): string {
  const last = pings.at(-1);
  if (last === undefined || answered === 0) return paint.dim('…');
  if (last.answered) return paint.green('● answered');
  const before = pings.findLast((ping) => ping.answered) ?? last;
  return paint.red(paint.bold(`✗ silence for ${((last.sent - before.sent) / 1000).toFixed(1)} s`));
}

/** The last row is still growing; each row begins with the time of its first ping. */
function pingLines(pings: readonly Ping[], rows: number, columns: number, paint: Paint): string[] {
  const perRow = columns - TIME_COLUMNS - 2;
  const first = Math.max(0, Math.ceil(pings.length / perRow) - rows) * perRow;
  const lines: string[] = [];
  for (let at = first; at < pings.length; at += perRow) {
    const row = pings.slice(at, at + perRow);
    lines.push(` ${paint.dim(clock(row[0]?.sent ?? 0))} ${dots(row, paint)}`);
  }
  while (lines.length < rows) lines.push('');
  return lines;
}

/** Runs of one colour share their escapes: less to send, less to flicker. */
function dots(pings: readonly Ping[], paint: Paint): string {
  let text = '';
  for (let at = 0; at < pings.length; ) {
    const answered = pings[at]?.answered === true;
    let end = at;
    while (end < pings.length && pings[end]?.answered === answered) end++;
    text += answered ? paint.green('•'.repeat(end - at)) : paint.red('×'.repeat(end - at));
    at = end;
  }
  return text;
}

function happeningLines(
  happenings: readonly Happening[],
  rows: number,
  columns: number,
  paint: Paint,
): string[] {
  const lines = happenings.slice(-rows).map((happening) => {
    const text = cut(happening.text, columns - TIME_COLUMNS - 9);
    const colour =
      happening.mood === 'good'
        ? paint.green
        : happening.mood === 'bad'
          ? paint.red
          : (t: string): string => t;
    return ` ${paint.dim(clock(happening.at))} ${pad(happening.who, 6)} ${colour(text)}`;
  });
  while (lines.length < rows) lines.push('');
  return lines;
}

function keys(paint: Paint): string {
  const key = (letter: string, name: string): string => `${paint.bold(paint.yellow(letter))} ${name}`;
  const bar = paint.dim('│');
  return ` srv1  ${key('h', 'httpd')}  ${key('c', 'cable')}  ${key('p', 'power')} ${bar} srv2  ${key('H', 'httpd')}  ${key('C', 'cable')}  ${key('P', 'power')} ${bar} ${key('q', 'quit')}`;
}

const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8);

export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
