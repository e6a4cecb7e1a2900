/** docs/reference/conformance.md, made of the clauses. Whether what they name exists is the test's to find out. */
import { makeReference } from '../../src/config/reference.js';
import { AH_CLAUSES } from './ah-clauses.js';
import { BFD_CLAUSES } from './bfd-clauses.js';
import type { Clause, Rfc } from './clause.js';
import { OPERATION_CLAUSES } from './operation-clauses.js';
import { PACKET_CLAUSES } from './packet-clauses.js';
import { PARAMETER_CLAUSES } from './parameter-clauses.js';
import type { Subject } from './promise.js';
import { STATE_CLAUSES } from './state-clauses.js';

export const CLAUSES: readonly Clause[] = [
  ...PACKET_CLAUSES,
  ...PARAMETER_CLAUSES,
  ...STATE_CLAUSES,
  ...OPERATION_CLAUSES,
  ...AH_CLAUSES,
];

type Titles = readonly { readonly number: Rfc; readonly title: string }[];

const RFCS: Titles = [
  { number: '9568', title: 'VRRP version 3 (April 2024)' },
  { number: '5798', title: 'VRRP version 3 (March 2010), which RFC 9568 replaces' },
  { number: '3768', title: 'VRRP version 2 (April 2004)' },
  { number: '4302', title: 'the authentication header (December 2005), as far as VRRP uses it' },
  { number: '2402', title: 'the authentication header (November 1998), as far as VRRP uses it' },
];

const HEAD = `# Conformance

Every MUST and SHOULD of the three RFCs on VRRP, in our own words, with what covers it; of RFC 3768 and RFC 5798 also
every MAY, and every must, should and recommended in small letters of sections 5 to 9 and the appendices, what they
state without such a word of fields, parameters and timers, and the lines of the state machine, by the numbers that
RFC 5798 gives them. Of the authentication header of \`auth_type AH\` there is what applies to adverts. What covers a clause is a row of the transition
table (\`src/core/vrrp/transitions.ts\`), a receive check (\`src/core/vrrp/receive-checks.ts\`), a keyword whose
effect is shown by a case (\`test/core/effects\`), a transcript, an invariant of the simulator, a test. Each of them fails when the clause is
broken. Where a clause does not apply, is somebody else's to keep, or where Keepalived and we part from it, the
last column says why. Steps of the state machine that have no word in capitals of their own stand below the
sentence that demands them.

This page is generated: \`npm run docs\`. The data is in \`test/conformance\`.
`;

const BFD_RFCS: Titles = [
  { number: '5880', title: 'Bidirectional Forwarding Detection (June 2010)' },
  { number: '5881', title: 'BFD for one hop over IPv4 and IPv6 (June 2010)' },
  { number: '5883', title: 'BFD for multihop paths (June 2010)' },
];

const BFD_HEAD = `# Conformance: BFD

Every MUST and SHOULD of RFC 5880 section 6.8, of RFC 5881 and of RFC 5883, in our own words, and what else of RFC 5880
applies to a session between two routers, with what covers it: a row of the state machine (\`src/core/bfd/transitions.ts\`), a
receive check (\`src/core/bfd/receive-checks.ts\`), a transcript (\`test/transcripts-bfd\`), an invariant of the
simulator, a test. What is left out says so in the last column, and why: the Echo function, Demand mode of our own,
reports about other planes and paths. [Conformance](conformance.md) is about VRRP.

This page is generated: \`npm run docs\`. The data is in \`test/conformance\`.
`;

export const conformancePage = (): string =>
  `${HEAD}${RFCS.map(({ number, title }) => section(CLAUSES, number, title)).join('')}`;

export const bfdConformancePage = (): string =>
  `${BFD_HEAD}${BFD_RFCS.map(({ number, title }) => section(BFD_CLAUSES, number, title)).join('')}`;

function section(clauses: readonly Clause[], rfc: Rfc, title: string): string {
  const rows = clauses
    .flatMap((clause) => [...new Set(clause.at[rfc] ?? [])].map((where) => ({ where, clause })))
    .sort((a, b) => order(a.where, b.where));
  const lines = rows.map(({ where, clause }) => {
    const level = clause.step ? 'step' : clause.level;
    const numbers = rfc === '5798' && clause.lines ? ` (${clause.lines.replaceAll(',', ', ')})` : '';
    return `| ${where}${numbers} | ${level} | ${cell(clause.says)} | ${(clause.by ?? []).map(reference).join('<br>')} | ${remark(clause.note ?? '')} |`;
  });
  return `
## RFC ${rfc}: ${title}

| Section | | Says | Covered by | Remarks |
|---|---|---|---|---|
${lines.join('\n')}
`;
}

const promiseHead = ({ title, about, guards }: Subject): string => `# Promises: ${title}

What is promised about ${about}, with what fails when it is untrue: a keyword whose effect is
shown by a case (\`test/core/effects\`), a row of a state machine, a transcript, an invariant of the simulator, a test, a
story of the lab, a case of the bench (its figures are in [performance](../internals/performance.md)).${
  guards.length === 0
    ? ''
    : ` Below that what keeps bad
input from doing harm: \`node tools/guards.mjs\` takes each guard away and looks whether the test beside it fails.`
}
[Conformance](conformance.md) is about the RFCs.

This page is generated: \`npm run docs\`. The data is in \`test/conformance\`.
`;

export function promisePage(subject: Subject): string {
  const { promises, guards } = subject;
  const parts = [...new Set(promises.map(({ part }) => part))].map((part) => {
    const rows = promises
      .filter((one) => one.part === part)
      .map(({ says, by, note }) => `| ${cell(says)} | ${by.map(reference).join('<br>')} | ${note ?? ''} |`);
    return `\n## ${part}\n\n| Promised | Covered by | Remarks |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  const missed = guards.map(
    ({ against, file, by }) => `| ${cell(against)} | \`${file}\` | ${reference(by)} |`,
  );
  const table = `
## Guards

| Without it | Guard in | The test that fails then |
|---|---|---|
${missed.join('\n')}
`;
  return `${promiseHead(subject)}${parts.join('')}${guards.length === 0 ? '' : table}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

const words = makeReference().words;
/** A remark that counts on a keyword says so where that has no effect yet. */
const remark = (text: string): string =>
  cell(text).replace(/`([a-z_]+)`/g, (shown: string, word: string) => {
    const known = words.get(word);
    return known?.every(({ effective }) => !effective) ? `${shown} (which has no effect yet)` : shown;
  });

function reference(by: string): string {
  const [kind = '', ...rest] = by.split(' ');
  const what = rest.join(' ');
  if (kind !== 'test') return `${kind.replace(/^bfd-/, '')} \`${what}\``;
  const [file = '', ...title] = what.split(': ');
  return `\`${file}\`: ${cell(title.join(': '))}`;
}

/** Sections by their numbers, not their digits; appendices, which have letters, behind them. */
function order(a: string, b: string): number {
  const numbers = (section: string): number[] =>
    section.split('.').map((part) => (/\d/.test(part) ? Number(part) : 1000 + part.charCodeAt(0)));
  const [x, y] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
