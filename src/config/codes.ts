/**
 * Every finding: its stable id, how grave it is, what `-t` answers because of it, and what a person should know.
 * Ids never change their meaning. Where findings are made is left to the stages of the pipeline.
 * (configuration reference, sections 8 and 9)
 */
import { ADVICE_CODES } from './codes-advice.js';
import { LVS_CODES } from './codes-lvs.js';
import { MACHINE_CODES } from './codes-machine.js';
import { READING_CODES } from './codes-reading.js';
import { VRRP_CODES } from './codes-vrrp.js';

/**
 * fatal: cannot run. error: a piece is dropped; a start goes on, a reload is refused. warning: it runs, but
 * not as written or not as meant. note: good to know.
 */
export type Severity = 'fatal' | 'error' | 'warning' | 'note';
/** 0 fine, 5 runs with changes, 6 script security or a checked include, 4 cannot run, 2 a value is missing. */
export type ExitStatus = 0 | 2 | 4 | 5 | 6;

export interface CodeFacts {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly exit: ExitStatus;
  /** What follows from it, one sentence. */
  readonly consequence: string;
  /** What to do, where the finding itself does not know better. */
  readonly remedy: string;
  /** What `holdfast explain CODE` adds. */
  readonly explanation: string;
  /** Whether a comment `holdfast: allow CODE` silences it. */
  readonly silenceable: boolean;
}

export type Entry = Omit<CodeFacts, 'silenceable'> & { readonly silenceable?: boolean };

const code = (entry: Entry): CodeFacts => ({
  silenceable: entry.severity === 'note' || entry.severity === 'warning',
  ...entry,
});

const all = <K extends string>(entries: Readonly<Record<K, Entry>>): Readonly<Record<K, CodeFacts>> =>
  Object.fromEntries(Object.entries<Entry>(entries).map(([name, entry]) => [name, code(entry)])) as Record<
    K,
    CodeFacts
  >;

export const CODES = {
  // HF02xx: words and values.
  missingValue: code({
    id: 'HF0201',
    title: 'A value is missing',
    severity: 'fatal',
    exit: 2,
    consequence: 'The daemon does not start: Keepalived stops at such a line, too.',
    remedy: 'Add the value or remove the line.',
    explanation: 'The keyword demands a value and none stands behind it.',
  }),
  invalidValue: code({
    id: 'HF0202',
    title: 'A value is not valid',
    severity: 'error',
    exit: 5,
    consequence: 'The line is ignored and the default applies.',
    remedy: 'Use a value of the kind and range that the keyword takes.',
    explanation: 'The value has the wrong form or lies outside the range.',
  }),
  extraWords: code({
    id: 'HF0203',
    title: 'More words than the keyword takes',
    severity: 'note',
    exit: 0,
    consequence: 'They are ignored.',
    remedy: 'Remove them, or put quotes around a value that contains blanks.',
    explanation: 'Keepalived ignores them silently.',
  }),
  valueAdjusted: code({
    id: 'HF0204',
    title: 'A value is adjusted',
    severity: 'warning',
    exit: 5,
    consequence: 'Another value than the written one is used.',
    remedy: 'Write the value that is meant.',
    explanation: 'The value is outside what can be used and is moved to the nearest that can.',
  }),
  passwordTooLong: code({
    id: 'HF0205',
    title: 'auth_pass is longer than eight characters',
    severity: 'warning',
    exit: 5,
    consequence: 'Only the first eight are used, so passwords that differ later are equal.',
    remedy: 'Shorten it to eight characters, on all routers.',
    explanation: 'The field in the packet has eight bytes. The password is sent in clear text anyway.',
  }),
  deprecated: code({
    id: 'HF0206',
    title: 'A deprecated keyword',
    severity: 'warning',
    exit: 5,
    consequence: 'It still works.',
    remedy: 'Use its successor.',
    explanation: 'Keepalived has given it another name or another way and may drop it.',
  }),
  repeatedFirstWins: code({
    id: 'HF0207',
    title: 'Said twice, the first counts',
    severity: 'error',
    exit: 5,
    consequence: 'This line is ignored.',
    remedy: 'Keep one of the two.',
    explanation: 'For this keyword later lines do not replace the first one.',
  }),
  repeatedLastWins: code({
    id: 'HF0208',
    title: 'Said twice, the last counts',
    severity: 'note',
    exit: 0,
    consequence: 'The earlier line has no effect.',
    remedy: 'Keep one of the two.',
    explanation: 'Later lines replace earlier ones.',
  }),
  valueMissing: code({
    id: 'HF0209',
    title: 'A value or name is missing',
    severity: 'error',
    exit: 5,
    consequence: 'The line, or the block that has no name, is ignored.',
    remedy: 'Add it or remove the line.',
    explanation:
      'The keyword demands a value, or a name between the keyword and {. Keepalived reports it and goes on, too.',
  }),
  duplicateName: code({
    id: 'HF0210',
    title: 'Two blocks have the same name',
    severity: 'error',
    exit: 5,
    consequence: 'The second block is ignored.',
    remedy: 'Give it a name of its own.',
    explanation: 'References by name could not tell them apart.',
  }),
  entryInvalid: code({
    id: 'HF0211',
    title: 'An entry of a list is not valid',
    severity: 'error',
    exit: 5,
    consequence: 'The entry is left out.',
    remedy: 'Correct it.',
    explanation: 'Each line of the list is one entry.',
  }),
  optionUnknown: code({
    id: 'HF0212',
    title: 'An unknown option',
    severity: 'error',
    exit: 5,
    consequence: 'The option is ignored.',
    remedy: 'Correct its spelling or remove it.',
    explanation: 'The line takes a fixed set of options.',
  }),
  duplicateEntry: code({
    id: 'HF0213',
    title: 'An entry stands twice',
    severity: 'warning',
    exit: 5,
    consequence: 'The second one is ignored.',
    remedy: 'Remove it.',
    explanation: 'The same address or name is listed more than once.',
  }),
  emptyBlock: code({
    id: 'HF0214',
    title: 'A block is empty',
    severity: 'warning',
    exit: 5,
    consequence: 'It has no effect.',
    remedy: 'Fill or remove it.',
    explanation: 'Nothing stands between its braces.',
  }),
  noEffectEver: code({
    id: 'HF0216',
    title: 'A keyword that has nothing to do',
    severity: 'note',
    exit: 0,
    consequence: 'Nothing follows from it.',
    remedy: 'Leave it out, or keep it for a Keepalived that reads the same file.',
    explanation:
      'It is about something that Keepalived does in another way, about kernels that are too old for us, or Keepalived does nothing with it either; the page of its block says which.',
  }),
  noEffectYet: code({
    id: 'HF0215',
    title: 'Read, but without effect in this version',
    severity: 'note',
    exit: 0,
    consequence: 'It is checked, and nothing more happens yet.',
    remedy: 'Do not rely on it here yet; Keepalived carries it out.',
    explanation:
      'The keyword belongs to a part of Holdfast that is still to come. The reference marks them all.',
  }),

  // HF03xx: blocks and references.
  requiredMissing: code({
    id: 'HF0301',
    title: 'Something that a block needs is missing',
    severity: 'error',
    exit: 5,
    consequence: 'The block is ignored.',
    remedy: 'Add it.',
    explanation: 'Without it the block cannot work.',
  }),
  unknownReference: code({
    id: 'HF0302',
    title: 'A name refers to nothing',
    severity: 'error',
    exit: 5,
    consequence: 'The reference is ignored.',
    remedy: 'Correct the name or add the block.',
    explanation: 'No block of that kind has this name.',
  }),
  laterReference: code({
    id: 'HF0303',
    title: 'A name is used before it is defined',
    severity: 'error',
    exit: 5,
    consequence: 'The reference is ignored, as in Keepalived.',
    remedy: 'Move the definition above its use.',
    explanation: 'Scripts, files, processes and BFD sessions are looked up while the file is read.',
  }),
  clashingRouterId: code({
    id: 'HF0304',
    title: 'Two instances use the same virtual router id',
    severity: 'fatal',
    exit: 4,
    consequence: 'The two would answer to the same adverts, so the daemon does not start.',
    remedy: 'Give one of them another virtual_router_id, here and on its peers.',
    explanation:
      'The id must be unique per interface, address family and multicast group; unicast instances may share one if their peers differ.',
  }),
  familyMix: code({
    id: 'HF0305',
    title: 'IPv4 and IPv6 are mixed',
    severity: 'error',
    exit: 5,
    consequence: 'The address is left out.',
    remedy: 'Use two instances, or virtual_ipaddress_excluded for the other family.',
    explanation: 'One instance speaks one family; the first address decides which.',
  }),
  settingIgnored: code({
    id: 'HF0306',
    title: 'Two settings exclude each other',
    severity: 'warning',
    exit: 5,
    consequence: 'One of them is ignored.',
    remedy: 'Remove one of the two.',
    explanation: 'The combination is not possible.',
  }),
  unused: code({
    id: 'HF0307',
    title: 'A definition is not used',
    severity: 'warning',
    exit: 0,
    consequence: 'It is left out.',
    remedy: 'Use it in a track block or remove it.',
    explanation: 'Nothing refers to it.',
  }),

  weightIgnored: code({
    id: 'HF0308',
    title: 'A weight where weights have no effect',
    severity: 'warning',
    exit: 5,
    consequence: 'The priority does not change by it.',
    remedy:
      'Track it without a weight, so that its failure means FAULT; or, in a group, add sync_group_tracking_weight.',
    explanation:
      'The owner of the addresses always has priority 255. Members of a sync group move together, and weights that differ between them would tear the group apart, so they are ignored unless the group has sync_group_tracking_weight.',
  }),

  ...all(READING_CODES),
  ...all(MACHINE_CODES),
  ...all(ADVICE_CODES),
  ...all(LVS_CODES),
  ...all(VRRP_CODES),
} as const satisfies Record<string, CodeFacts>;

export type CodeName = keyof typeof CODES;

/** The entry with this id, in any case of letters. */
export function findCode(id: string): CodeFacts | undefined {
  const wanted = id.toUpperCase();
  return Object.values(CODES).find((entry) => entry.id === wanted);
}
