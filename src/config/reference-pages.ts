/**
 * The reference pages that are made from the tables of keywords and of findings: texts by file name, for the
 * folder docs/reference. Writing them is left to `npm run docs`; a test compares what is committed.
 * (DESIGN section 2, docs/reference)
 */
import { CODES, type CodeFacts } from './codes.js';
import {
  type BlockEntry,
  type Fact,
  factsOf,
  type KeywordEntry,
  makeReference,
  type Reference,
  synopsis,
} from './reference.js';

interface Family {
  readonly file: string;
  readonly title: string;
  readonly about: string;
  /** Whether a block whose outermost name this is belongs here. */
  readonly holds: (outermost: string) => boolean;
}

const FAMILIES: readonly Family[] = [
  {
    file: 'keywords-global.md',
    title: 'Keywords: the outermost level and global_defs',
    about: 'Settings of the daemon as a whole, and defaults for what the other blocks leave out.',
    holds: (outermost) => outermost === '' || outermost === 'global_defs',
  },
  {
    file: 'keywords-bfd.md',
    title: 'Keywords: BFD',
    about: 'Sessions that tell within milliseconds whether a neighbour can be reached.',
    holds: (outermost) => outermost.startsWith('bfd_'),
  },
  {
    file: 'keywords-load-balancing.md',
    title: 'Keywords: load balancing',
    about: 'Virtual servers, the real servers behind them, and the checks that decide who gets connections.',
    holds: (outermost) => outermost.startsWith('virtual_server') || outermost === 'SSL',
  },
  {
    file: 'keywords-vrrp.md',
    title: 'Keywords: VRRP',
    about: 'Virtual routers, the groups they form, and what they track.',
    holds: () => true,
  },
];

const MADE = '<!-- Made from the tables in src/config by `npm run docs`. Edit those, not this page. -->';

/** Every generated page of docs/reference, by its file name. */
export function referencePages(): ReadonlyMap<string, string> {
  const reference = makeReference();
  const pages = new Map<string, string>();
  pages.set('keywords.md', indexPage(reference));
  for (const family of FAMILIES) pages.set(family.file, familyPage(family, reference));
  pages.set('diagnostics.md', diagnosticsPage());
  return pages;
}

const familyOf = ({ path }: BlockEntry): Family | undefined =>
  FAMILIES.find(({ holds }) => holds(path[0] ?? ''));

const OUTERMOST = 'The outermost level';
const titleOf = (name: string): string => (name === '' ? OUTERMOST : name);
/** The anchor that a forge makes of a heading. */
const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');

function indexPage({ blocks, words }: Reference): string {
  const placeOf = new Map(blocks.map((block) => [block.name, block]));
  const entries = new Set([...words.values()].flat());
  const effective = [...entries].filter((entry) => entry.effective).length;
  const rows = [...words]
    .sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0))
    .map(([word, meant]) => {
      const places = [...new Set(meant.map(({ block }) => block))].map((name) => {
        const block = placeOf.get(name);
        const file = block ? (familyOf(block)?.file ?? '') : '';
        return `[${titleOf(name)}](${file}#${anchor(titleOf(name))})`;
      });
      const [first] = meant;
      const alias = first && first.keyword !== word ? `, another spelling of \`${first.keyword}\`` : '';
      return `| \`${word}\`${alias} | ${places.join(', ')} | ${effectOf(meant)} |`;
    });
  return page('Keywords', [
    'Every keyword that a configuration may hold, with the blocks it stands in, and whether it has an effect when',
    'the daemon runs **today**. A keyword without effect is still read and checked like every other, and',
    '`holdfast check` says once that it does nothing yet. `holdfast explain KEYWORD` shows the same on a terminal.',
    '',
    `${words.size} words, ${entries.size} places where they stand; ${effective} of these have an effect today.`,
    '',
    ...FAMILIES.map(({ file, title, about }) => `* [${title}](${file}): ${lowerFirst(about)}`),
    '* [What `check` may say](diagnostics.md): every finding, with what follows from it and what to do.',
    '',
    '| Keyword | Stands in | Effect today |',
    '|---|---|---|',
    ...rows,
  ]);
}

function effectOf(entries: readonly KeywordEntry[]): string {
  const some = entries.filter(({ effective }) => effective).length;
  if (some === entries.length) return 'yes';
  if (some > 0) return 'in some blocks';
  return entries.every(({ row }) => row.effect === 'none') ? 'none' : 'not yet';
}

function familyPage(family: Family, { blocks }: Reference): string {
  const held = blocks.filter((block) => familyOf(block) === family);
  const lines: string[] = [
    family.about,
    '',
    'Written as `WORD` stands for a value, `[...]` may be left out, `A|B` is one of both. "Effect: not yet" marks',
    'what is read and checked but does nothing in this version, "none" what has nothing to do. Versions are those of',
    'Keepalived.',
    '',
    ...held.map(({ name }) => `* [${titleOf(name)}](#${anchor(titleOf(name))})`),
  ];
  for (const block of held) lines.push('', ...blockSection(block));
  return page(family.title, lines);
}

function blockSection({ name, block, within, keywords, path }: BlockEntry): string[] {
  const lines = [`## ${titleOf(name)}`, '', block.doc];
  if (path.length > 0) {
    const head = [path.at(-1) ?? '', block.header.syntax].filter((part) => part !== '').join(' ');
    const places = within.length === 0 ? 'at the outermost level' : `in ${within.join(', ')}`;
    lines.push('', `Written \`${head} { ... }\`, ${places}.`);
  }
  lines.push('', '| Keyword | What it does | Values | Since | Effect |', '|---|---|---|---|---|');
  for (const entry of keywords) {
    const { row } = entry;
    const facts = factsOf(entry);
    const form = synopsis(row).join(' ').replace(/\s+/g, ' ');
    lines.push(
      `| ${[
        `\`${cell(form)}\``,
        cell([row.doc, ...remarks(facts)].join(' ')),
        cell(values(facts)),
        row.since,
        effectOf([entry]),
      ].join(' | ')} |`,
    );
  }
  return lines;
}

const textsOf = (facts: readonly Fact[], name: string): readonly string[] =>
  facts.filter((fact) => fact.name === name).map(({ text }) => text);

function remarks(facts: readonly Fact[]): string[] {
  const also = textsOf(facts, 'also');
  return [
    ...(also.length > 0
      ? [
          `Also written ${also.map((one) => `\`${one.split(' ')[0]}\`${one.slice(one.split(' ')[0]?.length)}`).join(', ')}.`,
        ]
      : []),
    ...textsOf(facts, 'deprecated').map((text) => `Deprecated: ${text}`),
    ...textsOf(facts, 'repeated')
      .filter((text) => text.startsWith('the first'))
      .map((text) => `Of several lines ${text}.`),
    ...(textsOf(facts, 'secret').length > 0 ? ['Never shown.'] : []),
  ];
}

function values(facts: readonly Fact[]): string {
  return [
    ...textsOf(facts, 'range'),
    ...textsOf(facts, 'names'),
    ...textsOf(facts, 'default').map((text) => `default: ${text}`),
    ...textsOf(facts, 'inherits').map((text) => `inherits ${text}`),
  ].join('; ');
}

const EXITS: Readonly<Record<number, string>> = {
  0: 'not affected',
  2: 'answers 2: a value is missing',
  4: 'answers 4: not usable as it is',
  5: 'answers 5: it runs, with remarks',
  6: 'answers 6: remarks on scripts or includes',
};

const GROUPS: readonly (readonly [prefix: string, title: string])[] = [
  ['HF00', 'Files'],
  ['HF01', 'Characters, expansion, structure'],
  ['HF02', 'Words and values'],
  ['HF03', 'Blocks and references'],
  ['HF04', 'The machine'],
  ['HF05', 'Advice'],
];

function diagnosticsPage(): string {
  const all = Object.values<CodeFacts>(CODES).sort((a, b) => (a.id < b.id ? -1 : 1));
  const lines = [
    'Everything that `holdfast check`, `-t` and a refused reload may say. `holdfast explain CODE` shows the same on',
    'a terminal. Codes never change their meaning.',
    '',
    '* **fatal**: the daemon does not start with it; a running one keeps the configuration it has.',
    '* **error**: a piece is left out. A start goes on without it, a reload is refused.',
    '* **warning**: it runs, but not as written or not as meant.',
    '* **note**: good to know.',
    '',
    'A warning or note that is known and wanted is silenced by a comment on its line, or alone on the line above:',
    '',
    '```',
    'nopreempt   # holdfast: allow HF0501, HF0502',
    '```',
  ];
  for (const { prefix, title } of sections(all)) {
    lines.push('', `## ${title}`);
    for (const facts of all.filter(({ id }) => id.startsWith(prefix))) lines.push('', ...finding(facts));
  }
  return page('What `check` may say', lines);
}

/** The known groups, and any that a new hundred begins. */
function sections(all: readonly CodeFacts[]): { prefix: string; title: string }[] {
  const named = new Map(GROUPS);
  return [...new Set(all.map(({ id }) => id.slice(0, 4)))].map((prefix) => ({
    prefix,
    title: named.get(prefix) ?? `${prefix}xx`,
  }));
}

function finding({
  id,
  title,
  severity,
  exit,
  consequence,
  remedy,
  explanation,
  silenceable,
}: CodeFacts): string[] {
  return [
    `### ${id}`,
    '',
    `**${title}.** ${explanation}`,
    '',
    `* Severity: ${severity}; \`-t\` ${exit === 0 ? 'is ' : ''}${EXITS[exit]}.`,
    `* What follows: ${lowerFirst(consequence)}`,
    `* What to do: ${lowerFirst(remedy)}`,
    ...(silenceable ? [] : ['* It cannot be silenced.']),
  ];
}

/** Lower case for the first letter of a sentence that goes on behind a colon; names keep theirs. */
const lowerFirst = (text: string): string =>
  /^[A-Z][a-z ]/.test(text) && !/^(IP|VRRP|BFD|Keepalived)/.test(text)
    ? `${text.charAt(0).toLowerCase()}${text.slice(1)}`
    : text;

/** Text that stays within one cell of a table. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');

const page = (title: string, lines: readonly string[]): string =>
  `${[`# ${title}`, '', MADE, '', ...lines].join('\n')}\n`;
