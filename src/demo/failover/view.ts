/**
 * One picture of the demo as lines of text: the two routers, every ping, what happened, the keys. Pure: from a
 * model, a size and a painter; what is shown comes from cluster.ts, and ../terminal.ts puts it on the screen.
 */
import type { InstanceState } from '../../core/effects.js';
import type { Happening } from '../happenings.js';
import { fold, type Paint, pad, width } from '../paint.js';
import {
  beside,
  type Canvas,
  clock,
  duration,
  framed,
  happeningLines,
  happeningsHeading,
  key,
  lamp,
  runs,
  TIME_COLUMNS,
  tooSmall,
} from '../picture.js';
import type { RouterView } from './cluster.js';
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

const BOX_ROWS = 8;
/** Title, blanks, headings and keys. */
const FIXED_ROWS = BOX_ROWS + 8;
const MAX_PING_ROWS = 8;

export function draw(picture: Picture, canvas: Canvas): string[] {
  const { columns, rows, paint } = canvas;
  const refusal = tooSmall(canvas);
  if (refusal) return refusal;
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
    happeningsHeading(picture.busy, paint),
    ...happeningLines(picture.happenings, free - pingRows, columns, paint),
    '',
  ];
  while (lines.length < rows - 1) lines.push('');
  lines.push(keys(paint));
  return lines;
}

function boxes(picture: Picture, columns: number, paint: Paint): string[] {
  const outer = Math.floor((columns - 4) / 2);
  return beside(picture.routers.map((router) => box(router, picture, outer, paint)));
}

function box(router: RouterView, picture: Picture, outer: number, paint: Paint): string[] {
  const inner = outer - 4;
  const state = stateOf(router);
  const colour = state === 'MASTER' ? paint.green : state === 'BACKUP' ? paint.dim : paint.red;
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
  return framed({ name: router.name, place: router.address, colour, content }, outer, BOX_ROWS - 2, paint);
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

const dots = (pings: readonly Ping[], paint: Paint): string =>
  runs(
    pings,
    ({ answered }) => (answered ? '•' : '×'),
    (glyph, length) => (glyph === '•' ? paint.green : paint.red)(glyph.repeat(length)),
  );

function keys(paint: Paint): string {
  const on = (letter: string, name: string): string => key(letter, name, paint);
  const bar = paint.dim('│');
  return ` srv1  ${on('h', 'httpd')}  ${on('c', 'cable')}  ${on('p', 'power')} ${bar} srv2  ${on('H', 'httpd')}  ${on('C', 'cable')}  ${on('P', 'power')} ${bar} ${on('q', 'quit')}`;
}
