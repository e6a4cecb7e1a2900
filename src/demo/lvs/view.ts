/**
 * One picture of the demo as lines of text: the three servers, how the last requests were shared as bars of their
 * colours, what happened, the keys. Pure: from a model, a size and a painter; what is shown comes from farm.ts, and
 * ../terminal.ts puts it on the screen.
 */
import type { Happening } from '../happenings.js';
import { fold, type Paint, pad, width } from '../paint.js';
import {
  beside,
  type Canvas,
  framed,
  happeningLines,
  happeningsHeading,
  key,
  lamp,
  runs,
  tooSmall,
} from '../picture.js';
import {
  type DirectorView,
  REQUEST_INTERVAL_MS,
  SERVERS,
  SERVICE_ADDRESS,
  type ServerName,
  type ServerView,
} from './farm.js';
import type { Request } from './requests.js';
import type { DownloadReport } from './visitor.js';

export interface Picture {
  readonly servers: readonly ServerView[];
  readonly director: DirectorView;
  readonly requests: readonly Request[];
  readonly downloads: readonly DownloadReport[];
  readonly happenings: readonly Happening[];
  /** To which the keys go. */
  readonly chosen: ServerName;
  readonly busy?: string;
}

/** Requests that the bars show: the last seconds. */
const SHOWN = Math.round(4000 / REQUEST_INTERVAL_MS);
const BOX_ROWS = 7;
/** Title, blanks, headings, bars, the row of requests and the keys. */
const FIXED_ROWS = BOX_ROWS + 12;
const NAME_COLUMNS = 8;
const NUMBER_COLUMNS = 14;

export function draw(picture: Picture, canvas: Canvas): string[] {
  const { columns, rows, paint } = canvas;
  const refusal = tooSmall(canvas);
  if (refusal) return refusal;
  const lines = [
    ` ${paint.bold('Holdfast')}  ${title(picture.director, paint)}`,
    '',
    ...boxes(picture, columns, paint),
    '',
    requestHeading(picture, columns, paint),
    ...bars(picture.requests.slice(-SHOWN), columns, paint),
    ` ${stream(picture.requests.slice(-(columns - 2)), paint)}`,
    '',
    happeningsHeading(picture.busy, paint),
    ...happeningLines(picture.happenings, rows - FIXED_ROWS, columns, paint),
  ];
  while (lines.length < rows - 1) lines.push('');
  lines.push(keys(picture.chosen, paint));
  return lines;
}

const colourOf = (name: string | undefined, paint: Paint): ((text: string) => string) => {
  if (name === undefined) return paint.red;
  return { web1: paint.green, web2: paint.yellow, web3: paint.cyan }[name] ?? paint.red;
};

function title({ master, plane, ended }: DirectorView, paint: Paint): string {
  if (ended !== undefined) return paint.red(`the director's daemon ended: ${ended}`.slice(0, 60));
  const by = plane === undefined ? '' : `, balanced by ${plane}`;
  return paint.dim(`three web servers behind ${SERVICE_ADDRESS}${by}${master ? '' : ', not yet there'}`);
}

function boxes(picture: Picture, columns: number, paint: Paint): string[] {
  const outer = Math.floor((columns - 6) / 3);
  return beside(picture.servers.map((server) => box(server, picture, outer, paint)));
}

function box(server: ServerView, picture: Picture, outer: number, paint: Paint): string[] {
  const { name, status } = server;
  const colour = colourOf(name, paint);
  const content = [
    headline(server, paint),
    `${lamp('runs', server.running, paint)}   ${lamp('page', server.wholePage, paint)}`,
    paint.dim(connections(server, picture.downloads)),
    ...(status === undefined ? [] : fold(status.reason, outer - 4, 2).map((text) => paint.dim(text))),
  ];
  const shown = name === picture.chosen ? `▶ ${name}` : name;
  return framed({ name: shown, place: placeOf(server), colour, content }, outer, BOX_ROWS - 2, paint);
}

/** The whole address does not fit into three boxes of the smallest window. */
const placeOf = ({ address }: ServerView): string => `.${address.split('.').slice(2).join('.')}`;

function headline({ status }: ServerView, paint: Paint): string {
  if (status === undefined) return paint.dim('… starting');
  if (!status.alive) return paint.red(paint.bold('✗ out'));
  if (status.drained === true) return paint.bold('○ drained');
  return `${paint.green(paint.bold('● in'))}, weight ${paint.bold(String(status.weight))}`;
}

function connections({ name, status }: ServerView, downloads: readonly DownloadReport[]): string {
  const running = downloads.filter((one) => one?.server === name && one.state === 'running').length;
  const active = status?.connections?.active;
  return [
    ...(active === undefined ? [] : [`${active} open`]),
    ...(running > 0 ? [`${running} downloads`] : []),
  ].join(', ');
}

function requestHeading({ requests }: Picture, columns: number, paint: Paint): string {
  const failed = requests.slice(-SHOWN).filter(({ server }) => server === undefined).length;
  const left = ` ${paint.bold('The last four seconds')}  ${paint.dim('every request from another client')}`;
  const right = `${failed === 0 ? paint.dim('none lost') : paint.red(`${failed} lost`)} `;
  return pad(left, columns - width(right)) + right;
}

/** One for each server and one for what nobody answered: the longest that can be is all of the requests. */
function bars(requests: readonly Request[], columns: number, paint: Paint): string[] {
  const room = columns - NAME_COLUMNS - NUMBER_COLUMNS - 2;
  return [...SERVERS, undefined].map((name) => {
    const count = requests.filter(({ server }) => server === name).length;
    const share = requests.length === 0 ? 0 : count / requests.length;
    const colour = colourOf(name, paint);
    const bar = '█'.repeat(Math.round(share * room));
    const number = `${String(count).padStart(5)}${`${Math.round(share * 100)} %`.padStart(7)}`;
    return ` ${pad(name ?? 'nobody', NAME_COLUMNS)}${pad(colour(bar), room)}${count === 0 ? paint.dim(number) : number}`;
  });
}

/** Each request in the colour of who answered, the newest last. */
const stream = (requests: readonly Request[], paint: Paint): string =>
  runs(
    requests,
    ({ server }) => server ?? '',
    (name, length) =>
      name === '' ? paint.red('×'.repeat(length)) : colourOf(name, paint)('■'.repeat(length)),
  );

function keys(chosen: ServerName, paint: Paint): string {
  const on = (letter: string, name: string): string => key(letter, name, paint);
  const bar = paint.dim('│');
  return ` ${on('1 2 3', 'choose')} ${bar} ${chosen}  ${on('s', 'stop')}  ${on('p', 'page')}  ${on('d', 'drain')} ${bar} ${on('l', 'downloads')} ${bar} ${on('q', 'quit')}`;
}
