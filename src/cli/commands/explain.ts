/**
 * `holdfast explain KEYWORD [BLOCK]` and `holdfast explain CODE`: what the tables of keywords and of findings say,
 * as text or as JSON. It adds nothing of its own, so whatever is wrong here is wrong in a table.
 */
import { printable } from '../../base/printable.js';
import { CODES, type CodeFacts, findCode } from '../../config/codes.js';
import {
  alternatives,
  type BlockEntry,
  example,
  type Fact,
  factsOf,
  type KeywordEntry,
  makeReference,
  type Reference,
  synopsis,
} from '../../config/reference.js';
import { type Output, styled } from '../output.js';

export interface ExplainOptions {
  /** One JSON document instead of text. */
  readonly json?: boolean;
}

/** Returns the exit code: 0 explained, 1 nothing of that name is known. */
export function runExplain(
  word: string,
  block: string | undefined,
  options: ExplainOptions,
  out: Output,
  err: Output,
): number {
  const unknown = (message: string): number => {
    err.write(`holdfast explain: ${printable(message)}\n`);
    return 1;
  };
  if (/^hf[0-9]+$/i.test(word)) {
    const facts = findCode(word.toUpperCase());
    const known = Object.values(CODES).map(({ id }) => id);
    if (!facts) return unknown(`there is no finding ${word}.${suggest(word, known)}`);
    out.write(options.json ? `${JSON.stringify(facts, null, 2)}\n` : codeText(facts, out));
    return 0;
  }
  const reference = makeReference();
  const meant = reference.words.get(word);
  if (!meant) {
    return unknown(`there is no keyword "${word}".${suggest(word, reference.words.keys())}`);
  }
  const entries = block === undefined ? meant : meant.filter((entry) => standsIn(entry, block));
  if (entries.length === 0) {
    const places = placesText([...new Set(meant.map((entry) => entry.block))]);
    return unknown(`${word} does not stand in ${block}, but ${places}.`);
  }
  if (options.json) out.write(`${JSON.stringify(toJson(word, entries, reference), null, 2)}\n`);
  else out.write(keywordText(word, entries, reference, out));
  return 0;
}

const placesText = (blocks: readonly string[]): string =>
  [
    ...(blocks.includes('') ? ['at the outermost level'] : []),
    ...(blocks.some((block) => block !== '')
      ? [`in ${blocks.filter((block) => block !== '').join(', ')}`]
      : []),
  ].join(' and ');

/** A block is meant by its name, or by the last part of it where blocks share a name. */
const standsIn = (entry: KeywordEntry, block: string): boolean =>
  entry.block === block || entry.block.split(' ').includes(block);

function suggest(word: string, known: Iterable<string>): string {
  const near = alternatives(word, known);
  return near.length === 0 ? '' : ` Did you mean ${near.join(', ')}?`;
}

interface Explained {
  readonly synopsis: readonly string[];
  readonly doc: string;
  readonly facts: readonly Fact[];
  readonly example: string | undefined;
  readonly inside: readonly string[];
}

function explained(entry: KeywordEntry, { blocks }: Reference): Explained {
  const { row } = entry;
  const block =
    row.kind === 'block' || row.kind === 'blocks'
      ? blocks.find((one: BlockEntry) => one.block === row.block())
      : undefined;
  return {
    synopsis: synopsis(row),
    doc: row.doc,
    facts: factsOf(entry),
    example: example(row),
    inside: block?.keywords.map(({ keyword }) => keyword) ?? [],
  };
}

/** Places in which the keyword is the same share a section. */
function keywordText(
  word: string,
  entries: readonly KeywordEntry[],
  reference: Reference,
  out: Output,
): string {
  const sections = new Map<string, { places: string[]; about: Explained; keyword: string }>();
  for (const entry of entries) {
    const about = explained(entry, reference);
    const key = JSON.stringify(about);
    const section = sections.get(key);
    if (section) section.places.push(entry.block);
    else sections.set(key, { places: [entry.block], about, keyword: entry.keyword });
  }
  const texts = [...sections.values()].map(({ places, about, keyword }) => {
    const lines = [
      ...about.synopsis.map((line) => styled(out, 'bold', line)),
      ...wrap(`Stands ${placesText(places)}.`, '  ').map((line) => styled(out, 'dim', line)),
      ...(keyword === word ? [] : [`  ${word} is another spelling of ${keyword}.`]),
      '',
      ...wrap(about.doc, '  '),
      '',
      ...about.facts.flatMap(({ name, text }) => factLines(name, text)),
      ...(about.example === undefined ? [] : factLines('example', about.example)),
      ...(about.inside.length === 0 ? [] : factLines('inside', about.inside.join(', '))),
    ];
    return `${lines.join('\n')}\n`;
  });
  return texts.join('\n');
}

function codeText(facts: CodeFacts, out: Output): string {
  const { id, title, severity, exit, consequence, remedy, explanation, silenceable } = facts;
  const style = severity === 'warning' ? 'yellow' : severity === 'note' ? 'green' : 'red';
  const lines = [
    `${styled(out, style, `${severity}[${id}]`)} ${styled(out, 'bold', title)}`,
    '',
    ...wrap(explanation, '  '),
    '',
    ...factLines('follows', consequence),
    ...factLines('remedy', remedy),
    ...factLines('exit', exit === 0 ? '-t is not affected' : `-t answers ${exit}`),
    ...factLines('silence', silencing(id, silenceable)),
  ];
  return `${lines.join('\n')}\n`;
}

const silencing = (id: string, silenceable: boolean): string =>
  silenceable
    ? `a comment "# holdfast: allow ${id}" on the line, or alone on the line above it`
    : 'not possible: what is written there is not used as it is written';

const WIDTH = 100;
const MARGIN = 12;

function factLines(name: string, text: string): string[] {
  const [first = '', ...rest] = wrap(text, ' '.repeat(MARGIN + 2));
  return [`  ${name.padEnd(MARGIN)}${first.trimStart()}`, ...rest];
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length > indent.length && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line.length > indent.length ? ` ${word}` : word;
  }
  return [...lines, line];
}

const toJson = (word: string, entries: readonly KeywordEntry[], reference: Reference) => ({
  word,
  meanings: entries.map((entry) => {
    const { row, keyword, block, effective } = entry;
    const { synopsis, doc, example, inside } = explained(entry, reference);
    const argument = row.kind === 'line' || row.kind === 'each' ? row.argument : undefined;
    return {
      keyword,
      block,
      kind: row.kind,
      synopsis: synopsis.join('\n'),
      doc,
      range: argument?.range,
      unit: argument?.unit,
      choices: argument?.choices,
      refers: argument?.refers,
      default: row.default,
      inherits: row.inherits,
      since: row.since,
      deprecated: row.deprecated,
      aliases: row.aliases ?? [],
      effective,
      example,
      inside,
    };
  }),
});
